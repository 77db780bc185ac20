"""The table of a whole run, in Markdown (`docs/fidelity.md`)."""

import sys

from .known import known_failures

HEAD = """# What the machine does as CPython does

CPython's own regression suite, each test method and each example of a doctest called through
`zygcore.testing.run_in_machine`, on Python {version}. Counted is what passes natively on the same
interpreter. Written by `nox -s fidelity`; the failing cases and their reasons are
`tests/fidelity/known.json`, and the ordinary tests fail if one passes or another fails.

| module | cases | pass natively | pass in the machine | failing |
| --- | ---: | ---: | ---: | ---: |
"""


def table(results):
    """`results`: module -> (native run, machine run, failures)."""
    version = ".".join(str(n) for n in sys.version_info[:3])
    lines, totals = [], [0, 0, 0, 0]
    for module, (native, _, failed) in results.items():
        passed = len(native.named("passed"))
        row = [len(native.cases), passed, passed - len(failed), len(failed)]
        totals = [a + b for a, b in zip(totals, row, strict=True)]
        lines.append(f"| {module} | " + " | ".join(str(n) for n in row) + " |")
    lines.append("| **all** | " + " | ".join(f"**{n}**" for n in totals) + " |")
    share = 100 * totals[3] / max(totals[1], 1)
    text = HEAD.format(version=version) + "\n".join(lines)
    return "\n".join([text, "", f"{share:.2f} % fail.", *reasons(results)])


def reasons(results):
    """The failing cases by reason."""
    by_reason = {}
    for module, (_, _, failed) in results.items():
        known = known_failures(module)
        for case, (outcome, _) in failed.items():
            reason = known.get(case, f"not looked at yet ({outcome})")
            by_reason.setdefault(reason, []).append(f"{module}: `{case}`")
    lines = ["", "## What fails, and why"]
    for reason, cases in by_reason.items():
        lines += ["", f"**{reason}**", "", *(f"* {case}" for case in cases)]
    return [*lines, ""]
