"""Solutions that are defined by equations: what rules for solvers share.

A solver is called as it is, with the values, and what it finds is a constant of the gradient.  Then
its equation ``r(x, theta) = 0`` is evaluated at the solution, under the eyes of the machine: so the
derivative reaches whatever the user's function captures, reads or is given.  `solution` turns the
derivative of ``r`` into that of ``x``, by the implicit function theorem ``dx = -(dr/dx)^-1 dr``
(Griewank and Walther, "Evaluating Derivatives", 2008, chapter 15).

The user's function is called four times more than in a plain call: where the search starts, so that
what it computes once and keeps is known to the gradient; at the solution, for ``r``; there again,
for ``dr/dx``; and there again once the solution has its derivative, so that what it stores has one.
What it stores during the search itself is a constant.

Outer levels of nested gradients see the same functions: to them, what `held` returns is a solution
with its derivative, so derivatives of any order are right.
"""

import weakref

import numpy as np

from ..._pullback import pullback
from ...errors import AdjointError, ZygcoreError
from ..broadcasting import project
from ..functools import is_active
from ..registry import adjoint, nondifferentiable

__all__ = [
    "REMEMBERED",
    "as_tuple",
    "derivative_at",
    "held",
    "opaque",
    "opaque_parts",
    "pass_through",
    "same_value",
    "solution",
    "solved",
]


def held(function, /, *args, **options):
    """A call whose result is a constant at this level, and has its derivative at outer ones."""

    def call():
        return function(*args, **options)

    return constant(reference=weakref.ref(call))


def constant(*, reference):
    """What is called is out of sight: a rule's arguments may not refer to themselves.

    Without positional arguments the rule is asked in any case.
    """
    return reference()()


@adjoint(constant)
def constant_rule(reference):
    return reference()(), None


def pass_through(x):
    return x


def as_tuple(args):
    """The extra arguments of the user's function, as SciPy takes them."""
    return args if isinstance(args, tuple) else (args,)


def own(value):
    """A copy: solvers return arrays that the user's function returned, which have a derivative."""
    return np.copy(value) if isinstance(value, np.ndarray) else value


# ------------------------------------------------------------- values without derivative


def opaque(value, why, *sources):
    """A value that depends on `sources` in a way that is not known."""
    return value


@adjoint(opaque)
def opaque_rule(value, why, *sources):
    def opaque_back(dy):
        raise AdjointError(why)

    return own(value), opaque_back


def opaque_parts(value, why, *sources):
    """The same of what is in a structure, but for whole numbers and text."""
    if isinstance(value, (list, tuple)):
        parts = [opaque_parts(item, why, *sources) for item in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if type(value) is dict:
        return {key: opaque_parts(item, why, *sources) for key, item in value.items()}
    return opaque(value, why, *sources) if _may_depend(value) else value


def _may_depend(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "fcO"
    return not isinstance(value, (bool, int, str, bytes, type(None)))


def same_value(value, other):
    """`value`, bit for bit, with the derivative of `other`."""
    return value


@adjoint(same_value)
def same_value_rule(value, other):
    return own(value), lambda dy: (None, project(dy, other))


# ------------------------------------------------------------------- implicit functions


def derivative_at(f, x, each=False):
    """The conjugate transpose of the Jacobian of `f`, or why there is none; for `held`.

    With `each`, that `f` works element by element is made use of: its derivatives, in the shape
    of `x`.
    """
    try:
        y, back = pullback(f, x)
        if each:
            return back(np.ones(np.shape(y), np.result_type(y)) if np.ndim(y) else 1.0)[0]
        n = np.size(y)
        unit = np.eye(n, dtype=np.result_type(y))
        rows = [back(np.reshape(unit[i], np.shape(y)))[0] for i in range(n)]
    except ZygcoreError as error:
        return str(error)
    rows = [np.zeros(np.shape(x)) if row is None else row for row in rows]
    return np.stack([np.reshape(row, (-1,)) for row in rows], axis=-1)


def solution(x, r, transposed, each=False):
    """`x`, which solves ``r = 0``; `transposed` is what `derivative_at` returned.

    Where ``r`` has more elements than ``x``, the first unknowns are ``x``; the others (multipliers)
    are of no interest.
    """
    return x


@adjoint(solution)
def solution_rule(x, r, transposed, each=False):
    def solution_back(dy):
        if each:
            _check_invertible(transposed)
            return None, project(-(dy / transposed), r)
        dy = np.reshape(dy, (-1,))
        more = np.size(r) - np.size(dy)
        dr = _solve(transposed, np.concatenate([dy, np.zeros(more)]) if more else dy)
        return None, project(-np.reshape(dr, np.shape(r)), r)

    return x, solution_back


def _check_invertible(transposed):
    if isinstance(transposed, str):
        raise AdjointError(
            "the derivative of a solution needs that of the function with respect to its unknown: "
            + transposed
        )
    if transposed is None or not np.all(np.isfinite(transposed)) or not np.all(transposed):
        _refuse_singular()


def _solve(transposed, dy):
    if isinstance(transposed, str):
        _check_invertible(transposed)
    try:
        dr = np.linalg.solve(transposed, np.reshape(dy, (-1, 1)))
    except np.linalg.LinAlgError:
        dr = None
    return _refuse_singular() if dr is None else dr


def _refuse_singular():
    raise AdjointError(
        "this solution has no derivative: that of its equation with respect to the unknown is "
        "singular there (a multiple root, a flat minimum, or a function that does not depend on "
        "the unknown)"
    )


nondifferentiable(as_tuple, _check_invertible, _refuse_singular, _may_depend)

REMEMBERED = (
    "the function that a solver or integrator called depends on what the gradient is taken with "
    "respect to when it is first called, but not afterwards: it may have returned a value that it "
    "remembered from the search, which is not differentiated. Do not let it remember results"
)


def solved(equation, x, first, each=False):
    """The solution `x` of ``equation(x) = 0`` with its derivative; `first` is an earlier value."""
    r = equation(x)
    if not is_active(r):
        return opaque(x, REMEMBERED, first) if is_active(first) else x
    x = solution(x, r, held(derivative_at, equation, x, each), each)
    equation(x)
    return x
