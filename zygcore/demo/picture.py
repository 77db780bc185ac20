"""The picture of the demo: flights, loss curve, digits."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

__all__ = ["draw"]


def draw(path, reports):
    """Writes the picture to `path`; parts that did not run stay empty."""
    figure = Figure(figsize=(11, 7.5), layout="constrained")
    FigureCanvasAgg(figure)
    top, bottom = figure.subfigures(2, 1, height_ratios=[1, 1])
    left, right = bottom.subfigures(1, 2, width_ratios=[3, 2])
    if "trebuchet" in reports:
        draw_flights(top.subplots(), **reports["trebuchet"].data)
    if "digits" in reports:
        data = reports["digits"].data
        draw_losses(left.subplots(), data["losses"], data["accuracy"])
        draw_digits(right, *data["digits"])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def draw_flights(axes, flights):
    for target, wind, path in flights:
        x, y = zip(*path, strict=True)
        (line,) = axes.plot(x, y, label=f"{target:g} m, wind {wind:+g} m/s")
        axes.plot([target], [0], "v", color=line.get_color(), markersize=9, clip_on=False)
    axes.set(title="Trebuchet, aimed by its gradient", xlabel="m", ylabel="m")
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper right")


def draw_losses(axes, losses, accuracy):
    axes.semilogy(losses, linewidth=0.8)
    axes.set(
        title=f"Handwritten digits: test accuracy {accuracy:.1%}",
        xlabel="mini-batch",
        ylabel="cross-entropy",
    )


def draw_digits(figure, images, labels, guesses):
    grid = figure.subplots(4, 5)
    for axes, image, label, guess in zip(grid.flat, images, labels, guesses, strict=False):
        axes.imshow(image.reshape(8, 8), cmap="gray_r")
        axes.set_title(str(guess), fontsize=9, color="C2" if guess == label else "C3")
        axes.set_axis_off()
