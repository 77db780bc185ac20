"""What a part of the demo reports: checks, each with obtained and expected.

A check never raises: the demo shows all of them before it fails.
"""

import math
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Check", "Report", "compare", "ignore", "require", "same"]

#: Relative tolerance where a check names none.
RTOL = 1e-12


@dataclass(frozen=True)
class Check:
    """One line of the demo."""

    name: str
    obtained: str
    expected: str
    ok: bool


@dataclass
class Report:
    """What one part found; `data` is what the picture is drawn from."""

    headline: str
    checks: list[Check] = field(default_factory=list)
    data: dict = field(default_factory=dict)

    @property
    def ok(self):
        return bool(self.checks) and all(check.ok for check in self.checks)


def same(obtained, expected, rtol=RTOL):
    """Whether two values agree.

    Numbers within `rtol`, and an int is not a float: gradients of ints are
    ints.  ``None`` is not zero.
    """
    if isinstance(expected, np.ndarray):
        return (
            isinstance(obtained, np.ndarray)
            and obtained.shape == expected.shape
            and bool(np.allclose(obtained, expected, rtol=rtol, atol=rtol))
        )
    if isinstance(expected, (tuple, list)):
        return (
            type(obtained) is type(expected)
            and len(obtained) == len(expected)
            and all(same(o, e, rtol) for o, e in zip(obtained, expected, strict=True))
        )
    if isinstance(expected, float):
        return isinstance(obtained, (float, np.floating)) and math.isclose(
            obtained, expected, rel_tol=rtol, abs_tol=rtol
        )
    return type(obtained) is type(expected) and obtained == expected


def show(value):
    """A value in one line."""
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=6, threshold=6, separator=", ")
    return str(value)


def compare(name, obtained, expected, rtol=RTOL):
    """A check that two values agree."""
    return Check(name, show(obtained), show(expected), same(obtained, expected, rtol))


def require(name, obtained, condition, expected):
    """A check of a condition, with both sides in words."""
    return Check(name, obtained, expected, bool(condition))


def ignore(done, total):
    """The `step` of a run that nobody watches."""
