"""Runs the demo: ``python -m zygcore.demo [--output PATH] [--only PART]``.

The exit status is 0 when every check holds, 1 when one does not, 2 when a
package that the demo needs is missing.
"""

import argparse
import sys
import time
from importlib import import_module, util
from pathlib import Path

#: module, what it shows; in the order in which they run
PARTS = {
    "seeds": "small programs",
    "trebuchet": "a simulation",
    "digits": "a neural network",
    "thirdparty": "other people's code",
}

#: what the demo imports, as module: distribution
NEEDED = {
    "matplotlib": "matplotlib",
    "rich": "rich",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
}


def missing():
    """The distributions that are not installed."""
    return [name for module, name in NEEDED.items() if util.find_spec(module) is None]


def arguments(argv):
    parser = argparse.ArgumentParser(prog="python -m zygcore.demo", description=__doc__)
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("demo_output/zygcore-demo.png"),
        help="where the picture goes (default: %(default)s)",
    )
    parser.add_argument(
        "--only", action="append", choices=list(PARTS), help="run this part (may be repeated)"
    )
    return parser.parse_args(argv)


def run_parts(names, console):
    """Runs the parts with progress bars; yields name, report and seconds.

    A part that raises shows its traceback and has no report.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks = {name: progress.add_task(PARTS[name], start=False, total=1) for name in names}
        for name, task in tasks.items():

            def step(done, total, task=task):
                progress.update(task, completed=done, total=total)

            progress.start_task(task)
            start = time.perf_counter()
            try:
                report = import_module(f"zygcore.demo.{name}").run(step)
            except Exception:
                report = None
                console.print_exception()
            seconds = time.perf_counter() - start
            progress.stop_task(task)
            show_checks(console, name, report)
            yield name, report, seconds


def show_checks(console, name, report):
    from rich.table import Table

    table = Table(title=f"{PARTS[name]} ({name})", title_justify="left", expand=True)
    table.add_column("program", ratio=3)
    table.add_column("obtained", ratio=2)
    table.add_column("expected", ratio=2)
    table.add_column("", width=5)
    for check in report.checks if report else ():
        table.add_row(plain(check.name), plain(check.obtained), plain(check.expected), mark(check))
    console.print(table)


def plain(text):
    """Text in which brackets are brackets, not markup."""
    from rich.text import Text

    return Text(text)


def mark(report):
    return "[green]ok[/]" if report and report.ok else "[bold red]WRONG[/]"


def show_summary(console, results):
    from rich.table import Table

    table = Table(title="zygcore demo", title_justify="left")
    table.add_column("part")
    table.add_column("result")
    table.add_column("checks", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("")
    for name, report, seconds in results:
        checks = report.checks if report else []
        table.add_row(
            PARTS[name],
            report.headline if report else "raised an exception",
            f"{sum(check.ok for check in checks)}/{len(checks)}",
            f"{seconds:.1f}",
            mark(report),
        )
    table.add_row("total", "", "", f"{sum(seconds for *_, seconds in results):.1f}", "")
    console.print(table)


def main(argv=None):
    options = arguments(argv)
    absent = missing()
    if absent:
        print(
            f"The demo needs {', '.join(absent)}. To install what it needs:\n"
            '    pip install "zygcore[demo]"',
            file=sys.stderr,
        )
        return 2

    from rich.console import Console

    from .picture import draw

    console = Console()
    names = [name for name in PARTS if not options.only or name in options.only]
    results = list(run_parts(names, console))
    reports = {name: report for name, report, _ in results if report}
    draw(options.output, reports)
    show_summary(console, results)
    console.print(f"Picture: {options.output}", soft_wrap=True, highlight=False)
    return 0 if all(report and report.ok for _, report, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
