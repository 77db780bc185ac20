"""The page of what whole runs found, in Markdown (`docs/fidelity.md`).

It is made of two files: `counts.json`, what the last run of each module on each version of
Python counted, and `known.json`, the cases that fail and why.
"""

import json
import os
import sys

from .known import load
from .modules import MODULES, VERSION

COUNTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "counts.json")

HEAD = """# What the machine does as CPython does

CPython's own regression suite, each test method and each example of a doctest called through
`zygcore.testing.run_in_machine`. Counted is what passes natively on the same interpreter:
"301 of 304" are 304 cases that pass natively, and 301 of them in the machine. Written by
`nox -s fidelity`, which runs all of it on each version of Python; the failing cases and their
reasons are `tests/fidelity/known.json`, and the ordinary tests fail if one passes or another fails.

"""


def counts():
    """version -> {"python": its full version, "modules": module -> [natively, in the machine]}."""
    with open(COUNTS, encoding="utf-8") as file:
        return json.load(file)


def record(results):
    """Notes a run on this version; `results`: module -> (native, machine, failures)."""
    data = counts()
    column = data.setdefault(VERSION, {"modules": {}})
    column["python"] = ".".join(str(n) for n in sys.version_info[:3])
    for module, (native, _, failed) in results.items():
        passed = len(native.named("passed"))
        column["modules"][module] = [passed, passed - len(failed)]
    lines = [
        f' "{version}": {{"python": "{data[version]["python"]}", "modules": {{\n'
        + ",\n".join(f'  "{m}": {json.dumps(row)}' for m, row in data[version]["modules"].items())
        + "\n }}"
        for version in sorted(data)
    ]
    with open(COUNTS, "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


def page():
    """The whole page."""
    return HEAD + "\n".join([*table(counts()), *reasons()]) + "\n"


def table(data):
    """A row for each module, a column for each version."""
    columns = [data[version] for version in sorted(data)]
    lines = [
        "| module | " + " | ".join(column["python"] for column in columns) + " |",
        "| --- |" + " ---: |" * len(columns),
    ]
    for module in MODULES:
        cells = [column["modules"][module] for column in columns]
        lines.append(f"| {module} | " + " | ".join(f"{b} of {a}" for a, b in cells) + " |")
    sums = [[sum(row) for row in zip(*c["modules"].values(), strict=True)] for c in columns]
    lines.append("| **all** | " + " | ".join(f"**{b} of {a}**" for a, b in sums) + " |")
    shares = [f"{100 * (a - b) / a:.2f} %" for a, b in sums]
    lines.append("| fail | " + " | ".join(shares) + " |")
    return lines


def reasons():
    """The failing cases by reason."""
    texts, cases = load()
    lines = ["", "## What fails, and why"]
    for key, text in texts.items():
        lines += ["", f"**{text}**", ""]
        for module, listed in cases.items():
            for case, (why, versions) in listed.items():
                if why == key:
                    lines.append(f"* {module}: `{case}` ({', '.join(versions)})")
    return lines
