"""The table of mistakes and nets in docs/cuda-testing.md."""

import re
from pathlib import Path

from bugs.table import BUGS, NETS, concerns

PAGE = Path(__file__).parents[3] / "docs" / "cuda-testing.md"
FOLDER = Path(__file__).parent


def what(bug):
    """The first comment of the kernel's file."""
    lines = (FOLDER / f"{bug.name}.cu").read_text().splitlines()
    said = []
    for line in lines:
        if not line.startswith("//"):
            break
        said.append(line.removeprefix("//").strip())
    return " ".join(said)


def mark(net, bug):
    if not concerns(net, bug):
        return "–"
    return "yes" if net in bug.caught else ""


def table():
    rows = [f"| kernel | mistake | {' | '.join(NETS)} |", "| --- " * (len(NETS) + 2) + "|"]
    for bug in BUGS:
        marks = [mark(net, bug) for net in NETS]
        rows.append(f"| `{bug.name}` | {what(bug)} | {' | '.join(marks)} |")
    return "\n".join(rows)


def page(text):
    """The page with the table as it is."""
    part = re.compile("(<!-- nets -->\n).*(<!-- end of nets -->)", re.DOTALL)
    return part.sub(lambda found: f"{found[1]}\n{table()}\n\n{found[2]}", text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
