"""Checked by mypy, not run: the types that users of the public functions see."""

from typing import assert_type

import zygcore as zg
from zygcore import Pullback


def square(x: float) -> float:
    return x * x


y, back = zg.pullback(square, 2.0)
assert_type(y, float)
assert_type(back, Pullback)
assert_type(back.nbytes, int)

value, grads = zg.withgradient(square, 2.0)
assert_type(value, float)


@zg.adjoint(square)
def square_rule(x: float) -> object:
    return square(x), lambda dy: (2 * x * dy,)
