"""Arithmetic that rules share: how cotangents take the form of their primals.

Everything here is ordinary Python over functions that have rules themselves,
or has a rule below, so pullbacks that use it can be differentiated again.
Nothing here writes into an array that it did not make.

The conventions, in one place

* The gradient of a complex number z of a real L is dL/dx + i dL/dy; for a
  holomorphic f that is ``dx = dy * conj(f'(x))``.  The cotangent of a real
  argument is the real part.
* A zero cotangent stays zero, also where the partial derivative is infinite
  or NaN: what an untaken branch of ``np.where`` computed never matters.
* Floating arrays keep their dtype; integer and boolean arrays get float64.
  Python ints get whatever the arithmetic gives (ints from ints).
* Where a function only has one-sided derivatives (``abs`` and norms at 0) the
  result is the subgradient 0.
* The max family (``maximum``, ``max``, ``median``, ``sort`` ...) shares the
  gradient equally among ties, so that the shares sum to one.
"""

from numbers import Real

import numpy as np

from ..errors import AdjointError, UnsupportedError
from .registry import UNCHECKED, adjoint, checks, each, is_complex, nondifferentiable

__all__ = [
    "FORMS",
    "Array",
    "Numeric",
    "PullParts",
    "Scalar",
    "another",
    "apply_elementwise",
    "conj",
    "elementwise_pullback",
    "guarded_mul",
    "is_long",
    "kept_shape",
    "kind_of",
    "parts",
    "precise",
    "project",
    "refuse",
    "spread",
    "unbroadcast",
    "unsupported",
]

Scalar = float | int | complex
Array = np.ndarray | np.generic
Numeric = float | int | complex | np.ndarray | np.generic

_scalars = frozenset([float, int, complex, bool])
_plain = frozenset([np.ndarray, np.memmap])
_of_numpy = (np.ndarray, np.generic)

#: number type -> ``form(dx, x)``, a cotangent as a number of that type
FORMS = {}

#: options of ufuncs that change nothing about the derivative
_OF_UFUNCS = ("casting", "dtype", "order", "subok")


# ---------------------------------------------------------------- refusing


def unsupported(name, **options):
    """Raise for options of a call that its rule does not cover.

    An option counts as given unless it has its default: ``None``, ``True`` for
    ``where``, or NumPy's marker for no value.
    """
    for option, value in options.items():
        if value is None or value is np._NoValue or (option == "where" and value is True):
            continue
        raise UnsupportedError(
            f"{name}(..., {option}=...) cannot be differentiated yet: call it without {option}"
        )


def refuse_subclass(kind):
    """Raise for an array of a subclass, whose operators may mean something else."""
    raise UnsupportedError(
        f"arrays of the subclass {kind.__name__} cannot be differentiated in this way: use "
        "np.asarray(x), and np.where for what is masked"
    )


#: packages with rules of ours
OURS = ("zygcore.rules.", "zygcore.interop.", "zygcore.cuda.")

#: rules that take arrays of any class, and give back the numbers in them
for_subclasses = set()


def check_subclass(arg, rule):
    """Our rules are for plain arrays."""
    if not isinstance(arg, np.ndarray) or type(arg) in _plain:
        return
    ours = all(f.__module__.startswith(OURS) for f in functions_of(rule))
    if ours and rule.target not in for_subclasses:
        refuse_subclass(type(arg))


def functions_of(rule):
    return [f for _, f in rule.cases] + ([] if rule.function is None else [rule.function])


UNCHECKED.update(_plain, {kind for kind in np.sctypeDict.values()})
checks.append(check_subclass)


def refuse(what):
    """A pullback for a value whose derivative is not known."""

    def refuse_back(dy):
        raise AdjointError(
            f"no derivative is known for {what}; register one with zygcore.adjoint, "
            "or use zygcore.dropgrad if it should be a constant"
        )

    return refuse_back


# ------------------------------------------------------- shapes and number kinds


def unbroadcast(dx, shape):
    """Sum `dx` over the axes that broadcasting added or stretched."""
    dx_shape = np.shape(dx)
    if dx_shape == shape:
        return dx
    added = len(dx_shape) - len(shape)
    if added > 0:
        dx = np.sum(dx, axis=tuple(range(added)))
        dx_shape = dx_shape[added:]
    elif added < 0:
        return unbroadcast(np.broadcast_to(dx, shape), shape)
    axes = tuple([i for i, n in enumerate(shape) if n == 1 and dx_shape[i] != 1])
    if axes:
        dx = np.sum(dx, axis=axes, keepdims=True)
    if np.shape(dx) != shape:
        dx = np.broadcast_to(dx, shape)
    return dx


def kept_shape(shape, axis):
    """`shape` after a reduction over `axis` with ``keepdims=True``."""
    if axis is None or not shape:  # NumPy has the axes 0 and -1 without any
        return (1,) * len(shape)
    kept = list(shape)
    for i in axis if isinstance(axis, tuple) else (axis,):
        kept[i] = 1
    return tuple(kept)


def spread(dy, shape, axis=None, keepdims=False):
    """The transpose of summing over `axis`: a read-only view of `dy`."""
    if not keepdims or np.shape(dy) != kept_shape(shape, axis):
        dy = np.reshape(dy, kept_shape(shape, axis))
    return np.broadcast_to(dy, shape)


def _to_number(dx, real):
    """A cotangent of any shape as one Python number."""
    if isinstance(dx, np.ndarray) and dx.ndim:
        dx = np.sum(dx)
    if isinstance(dx, (np.ndarray, np.generic)):
        dx = dx.item()
    return dx.real if real and is_complex(dx) else dx


def _to_float(dx):
    try:
        return float(_to_number(dx, True))
    except TypeError as error:
        raise AdjointError(
            f"the derivative with respect to a float is {dx}, which is not a number: pass what the "
            "program makes of the float instead, an expression"
        ) from error


def project(dx, x):
    """Give the cotangent `dx` the form of the primal `x`.

    Shape (broadcasting is undone), real or complex, dtype, Python number,
    NumPy scalar or array; lists and tuples of these become lists and tuples.
    """
    if dx is None:
        return None
    kind = type(x)
    if kind is float:
        return dx if type(dx) is float else _to_float(dx)
    if kind is int or kind is bool:
        return dx if type(dx) is int else _to_number(dx, True)
    if kind is complex:
        return dx if type(dx) is complex else complex(_to_number(dx, False))
    if isinstance(x, np.ndarray):
        return _to_array(dx, x)
    if isinstance(x, np.generic):
        if type(dx) is kind and kind_of(x.dtype) in "fc":
            return dx
        dtype = _gradient_dtype(x.dtype)
        if isinstance(dx, np.ndarray) and dx.ndim:
            dx = np.sum(dx)
        if dtype.kind != "c" and isinstance(dx, (complex, np.complexfloating, np.ndarray)):
            dx = dx.real
        return dtype.type(dx)
    if kind is list or kind is tuple:
        shape = np.shape(x)
        dx = unbroadcast(dx, shape)
        return kind([project(dx[i], item) for i, item in enumerate(x)])
    form = FORMS.get(kind)
    if form is not None and type(dx) is not kind:
        return form(_to_number(dx, True), x)
    return dx.real if is_complex(dx) and isinstance(x, Real) else dx


def another(y, x):
    """`y`, or a view of it where it is the very argument `x`: values of rules are known apart."""
    return y.view() if y is x and isinstance(y, np.ndarray) else y


def refuse_times(dtype):
    """Raise for dates and durations, which have no derivative."""
    if dtype.kind in "mM":
        raise AdjointError(
            f"the gradient needs the derivative of values of dtype {dtype}, and times have none: "
            "make numbers of durations first, duration / np.timedelta64(1, 's')"
        )


def kind_of(dtype):
    """The kind of a dtype; "f" also for floats like bfloat16, which have no kind of their own."""
    if dtype.kind == "V" and dtype.isbuiltin == 2 and "float" in dtype.name:
        return "f"
    return dtype.kind


def _gradient_dtype(dtype):
    refuse_times(dtype)
    return np.dtype(float) if dtype.kind in "biu" else dtype


def _to_array(dx, x):
    if type(x) not in _plain:
        refuse_subclass(type(x))
    if type(dx) is not np.ndarray:
        dx = np.asarray(dx)
    if dx.shape != x.shape:
        dx = unbroadcast(dx, x.shape)
        if type(dx) is not np.ndarray:
            dx = np.asarray(dx)
    dtype = _gradient_dtype(x.dtype)
    if dx.dtype == dtype or dtype.kind == "O":
        return dx
    if dx.dtype.kind == "c" and dtype.kind != "c":
        dx = dx.real
    return dx.astype(dtype)


def is_long(y):
    """Has a value more digits than a float?  Python's numbers, which stand beside it, have not."""
    return isinstance(y, (np.ndarray, np.generic)) and y.dtype.char in "gG"


def precise(y, constant):
    """A constant for the derivative of a value, given as a `np.longdouble`."""
    return constant if is_long(y) else float(constant)


def conj(p):
    """The complex conjugate; real numbers and arrays are passed through."""
    if isinstance(p, (float, int)):
        return p
    if isinstance(p, (np.ndarray, np.generic)):
        return np.conjugate(p) if p.dtype.kind == "c" else p
    return p.conjugate() if is_complex(p) else p


# --------------------------------------------------- zero cotangents stay zero


#: the product of arrays of one form, in one pass over the memory, or None; `_elements` puts it here
quick_product = [lambda dy, p: None]


def guarded_mul(dy, p):
    """``dy * p``, but 0 where ``dy`` is 0, even if ``p`` is infinite or NaN.

    It has a rule of its own (it is bilinear), because a branch on the value of
    ``dy`` would have the derivative 0 at ``dy = 0``.
    """
    if type(dy) in _scalars and type(p) in _scalars:
        dx = dy * p
        return dx if dx == dx or dy != 0 else 0.0
    if type(dy) is np.ndarray and type(p) is np.ndarray:
        dx = quick_product[0](dy, p)
        if dx is not None:
            return dx
    if not isinstance(dy, _of_numpy) and not isinstance(p, _of_numpy):
        return dy * p if dy != 0 else 0 * dy
    with np.errstate(all="ignore"):
        dx = dy * p
        bad = dx != dx
        if np.any(bad):
            dx = np.where(bad & np.equal(dy, 0), dx.dtype.type(0), dx)[()]
    return dx


@adjoint(guarded_mul)
def guarded_mul_rule(dy, p):
    y = guarded_mul(dy, p)
    return y, parts((lambda dy, p, y: p, lambda dy, p, y: dy), (dy, p), y)


def _converted(args):
    if all(type(x) in _scalars for x in args):  # a ufunc of Python numbers: dividing by 0 is inf
        return [np.asarray(x)[()] for x in args]
    return [np.asarray(x) if isinstance(x, (list, tuple)) else x for x in args]


def _partial(partial, args, y):
    if type(y) in _scalars:
        return partial(*args, y)
    for x in args:
        if type(x) is not np.ndarray:
            args = _converted(args)
            break
    with np.errstate(all="ignore"):  # what is infinite is seen to by guarded_mul
        return partial(*args, y)


class PullParts:
    """One argument's part of the pullback of an elementwise function."""

    __slots__ = ("args", "index", "partial", "y")

    def __init__(self, partial, args, y, index):
        self.partial = partial
        self.args = args
        self.y = y
        self.index = index

    def __call__(self, dy):
        for value in (self.y, *self.args):
            if isinstance(value, _of_numpy):
                refuse_times(value.dtype)
        p = _partial(self.partial, self.args, self.y)
        if type(p) is int and p == 1:
            dx = dy
        elif type(p) is int and p == -1:
            dx = -dy
        else:
            dx = guarded_mul(dy, conj(p))
        return project(dx, self.args[self.index])


def pushed(part, v):
    """The tangent of an elementwise function for that of one operand, up to broadcasting."""
    if isinstance(v, (list, tuple)):
        v = np.array([0.0 if one is None else one for one in v])
    p = _partial(part.partial, part.args, part.y)
    if type(p) is int and p == 1:
        return v
    if type(p) is int and p == -1:
        return -v
    return guarded_mul(v, p)


def parts(partials, args, y):
    """The pullback of an elementwise function, from its partial derivatives."""
    return each(
        *[
            None if partial is None else PullParts(partial, args, y, i)
            for i, partial in enumerate(partials)
        ]
    )


def elementwise_pullback(rule, args, y):
    """What `elementwise` promises, in Python: the reference for the machine."""
    return parts(rule.partials[: len(args)], args, y)


def elementwise_adjoint(rule):
    """The elementwise rule as an adjoint: a Python function of the target's arguments."""

    def elementwise_rule(*args, **options):
        return apply_elementwise(rule, *args, **options)

    return elementwise_rule


def apply_elementwise(rule, *args, **options):
    """Call an elementwise rule as if it were an adjoint: ``(y, back)``."""
    name = getattr(rule.target, "__name__", "function")
    for x in args:
        if type(x) not in UNCHECKED:
            check_subclass(x, rule)
    given = {key: options.pop(key) for key in _OF_UFUNCS if key in options}
    if options.get("out") is Ellipsis:  # an array, also where there are no axes
        given["out"] = options.pop("out")
    unsupported(name, **options)
    y = rule.target(*args, **given)
    if given.get("dtype") is not None and rounds(y, args):
        return y, None
    return y, elementwise_pullback(rule, args, y)


def rounds(y, args):
    """Were numbers with fractions made whole for the sake of a dtype that was asked for?"""
    return y.dtype.kind in "biu" and any([kind_of(np.asarray(x).dtype) in "fc" for x in args])


# reading the kind of a value is never differentiable
nondifferentiable(
    is_complex, is_long, precise, np.shape, np.ndim, np.size, np.errstate, _gradient_dtype,
    kind_of, kept_shape, refuse_times, rounds,
)  # fmt: skip
