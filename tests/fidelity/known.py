"""Which cases are known to fail in the machine, on which versions, and why (`known.json`)."""

import json
import os

from .modules import VERSION

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "known.json")


def load():
    """The reasons: key -> text; the cases: module -> case -> (key, versions of Python)."""
    with open(PATH, encoding="utf-8") as file:
        data = json.load(file)
    cases = {
        module: {case: (key, versions) for case, (key, *versions) in listed.items()}
        for module, listed in data["cases"].items()
    }
    return data["reasons"], cases


def known_failures(module, version=VERSION):
    """case -> reason, of a module on a version."""
    reasons, cases = load()
    return {
        case: reasons[key]
        for case, (key, versions) in cases.get(module, {}).items()
        if version in versions
    }


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
