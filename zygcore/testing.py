"""Tools for testing that gradients, and the machine itself, are right."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._check import Checker, is_array
from ._pullback import run_in_machine

__all__ = ["check_adjoint", "run_in_machine"]


def check_adjoint(
    f: Callable[..., Any],
    /,
    *args: Any,
    wrt: Sequence[int] | None = None,
    forward: bool = True,
    second: bool = True,
    layouts: bool = True,
    single: bool = True,
    step: float = 1e-3,
    rtol: float = 1e-7,
    atol: float = 1e-10,
    seed: int = 0,
    **options: Any,
) -> None:
    """Check the derivative of a function at a point completely.

    The value must be that of a plain call, bit for bit.  The pullback is compared with five-point
    central differences along random directions; cotangents must have the shape, dtype and type of
    the arguments; a second call must give the same; neither arguments nor cotangents may be
    written into.

    Parameters
    ----------
    f : callable
        Returns a number, an array, or a tuple, list or dict of them.
    *args
        The point: numbers, arrays, lists or tuples of them.  What is not floating or complex is
        passed on as it is.
    wrt : sequence of int, optional
        Positions of the arguments to differentiate with respect to; by default all that are
        floating or complex.
    forward : bool
        Whether to compare the derivative in forward mode with that of reverse mode, too.  It is an
        error where `f` goes through vectors of a decomposition that have no derivative (of equal
        eigenvalues, or with phases of an iteration), even if the result has one.
    second : bool
        Whether to compare the second derivative with differences of the first, too.
    layouts : bool
        Whether to repeat the pullback with arrays in other memory layouts, and read-only.
    single : bool
        Whether to check that float32 stays float32.
    step : float
        Step of the differences.
    rtol, atol : float
        Tolerances of the comparison, relative to the sizes of what is summed up; where an argument
        is of single precision, `rtol` is at least 2e-5.
    seed : int
        Of the random directions.
    **options
        Keyword arguments of `f`.

    Raises
    ------
    AssertionError
        If anything differs; the message says what.

    Examples
    --------
    >>> import numpy as np
    >>> check_adjoint(np.hypot, np.array([1.0, 2.0]), 0.5)
    """
    checker = Checker(f, args, wrt, options, step, rtol, atol, seed)
    with np.errstate(under="ignore"):
        y, dy, dxs = checker.first_order()
        if forward:
            checker.forward(y, dy, dxs)
        if second:
            checker.second_order(y, dy)
        arrays = any(is_array(x) for x in args)
        if layouts and arrays:
            checker.layouts(dy)
        if single and arrays:
            checker.single_precision()
