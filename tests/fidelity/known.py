"""Which cases are known to fail in the machine, and why (`known.json`)."""

import json
import os

from .modules import VERSION

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "known.json")


def known_failures(module=None):
    """case -> reason for a module; without one, module -> case -> reason."""
    with open(PATH, encoding="utf-8") as file:
        data = json.load(file)
    table = {
        name: {case: data["reasons"][key] for case, key in cases.items()}
        for name, cases in data.get(VERSION, {}).items()
    }
    return table if module is None else table.get(module, {})


def is_known_version():
    """Whether the failures of this Python have been looked at."""
    with open(PATH, encoding="utf-8") as file:
        return VERSION in json.load(file)


def verdict(module, machine, native=None):
    """What is wrong with a run, as lines of text: news, good and bad.

    `native` is a function that runs cases natively: what fails there is not counted.
    """
    known = known_failures(module)
    failing = {c: o for c, (o, _) in machine.cases.items() if o not in ("passed", "skipped")}
    fresh = [case for case in failing if case not in known]
    if fresh and native is not None:
        natively = native(fresh)
        fresh = [case for case in fresh if natively.cases.get(case, ("", ""))[0] == "passed"]
    lines = [f"{module}: {case} {failing[case]}\n{machine.cases[case][1]}" for case in fresh]
    lines += [
        f"{module}: {case} is listed in known.json and passes"
        for case in known
        if machine.cases.get(case, ("passed", ""))[0] == "passed"
    ]
    return lines
