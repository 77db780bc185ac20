"""Which recurrence a callable has."""

import cmath
import math
import operator

import numpy as np

from ..rules import builtins as ours_of_builtins
from ..rules import math as ours_of_math
from ..rules.broadcasting import _partial, guarded_mul
from ..rules.numpy import (
    _indexing,
    _inplace,
    _making,
    _methods,
    _products,
    _shape,
    _subclasses,
    _windows,
)
from ..rules.operator import ARITHMETIC
from ..rules.registry import RULES
from . import elementary as el
from .arithmetic import difference, filled, plus, product, quotient, shaped, square, sum_of
from .calls import applied, is_number
from .general import by_tangents

__all__ = ["TABLE"]

#: callable -> function of a `Call` that gives the coefficients, or None: not for such arguments
TABLE = {}


def elementwise(f, *targets):
    """Declares ``f(*series, y)``: the series of a function of numbers, or of arrays' elements."""

    def rule(call):
        if not call.takes_numbers():
            return None
        y = f(*[call.of(i) for i in range(len(call.args))], call.y)
        return None if y is None else [shaped(c, call.y) for c in y[1:]]

    for target in targets:
        TABLE[target] = rule


# ------------------------------------------------------------------------ arithmetic

elementwise(lambda a, b, y: sum_of(a, b), operator.add, operator.iadd, np.add)
elementwise(lambda a, b, y: difference(a, b), operator.sub, operator.isub, np.subtract)
elementwise(lambda a, b, y: product(a, b), operator.mul, operator.imul, np.multiply, guarded_mul)
elementwise(quotient, operator.truediv, operator.itruediv, np.true_divide)
elementwise(lambda x, y: [None if c is None else -c for c in x], operator.neg, np.negative)
elementwise(lambda x, y: x, operator.pos, np.positive)
elementwise(lambda x, y: square(x), np.square)
elementwise(el.reciprocal, np.reciprocal)


def _power(x, a, y):
    if all([c is None for c in a[1:]]):
        return el.power(x, a[0], y)
    return el.power_of_both(x, a, y)


elementwise(_power, operator.pow, operator.ipow, np.power, np.float_power, math.pow)

# ------------------------------------------------------------- functions of one number

_MATH = {
    name: getattr(el, name)
    for name in (
        "exp",
        "expm1",
        "log2",
        "log10",
        "log1p",
        "sqrt",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
        "erf",
        "erfc",
    )
}
_NUMPY = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
}
for _name, _function in _MATH.items():
    elementwise(_function, getattr(math, _name))
    for _module, _alias in ((cmath, _name), (np, _NUMPY.get(_name, _name))):
        if hasattr(_module, _alias):
            elementwise(_function, getattr(_module, _alias))
for _module in (math, np):
    if hasattr(_module, "exp2"):  # math has it from Python 3.11 on
        elementwise(el.exp2, _module.exp2)
        elementwise(lambda x, y: el.power(x, 1 / 3, y), _module.cbrt)
elementwise(el.log, np.log)
elementwise(el.sinc, np.sinc)


def _log(x, *more):
    if len(more) == 1:
        return el.log(x, more[0])
    base, y = more
    up, down = el.log(x, el.value("log", x[0])), el.log(base, el.value("log", base[0]))
    return quotient(up, down, y)


elementwise(_log, math.log, cmath.log)

# ---------------------------------------------------------------- of several numbers

elementwise(lambda *xs: el.hypot(xs[:-1], xs[-1]), math.hypot, np.hypot)
elementwise(el.atan2, math.atan2, np.arctan2)
elementwise(el.logaddexp, np.logaddexp)
elementwise(lambda x, y, z: el.logaddexp(x, y, z, math.log(2)), np.logaddexp2)


def _total(*xs):
    total = xs[0]
    for x in xs[1:-1]:
        total = sum_of(total, x)
    return total


def _product_of_all(*xs):
    total = xs[0]
    for x in xs[1:-1]:
        total = product(total, x)
    return total


def _distance(n, *xs):
    half = (len(xs) - 1) // 2
    apart = [difference(a, b) for a, b in zip(xs[:half], xs[half:-1], strict=True)]
    return el.hypot(apart, xs[-1])


elementwise(_total, ours_of_builtins.add_numbers, ours_of_math._fsum)
elementwise(_product_of_all, ours_of_math._prod)
elementwise(_distance, ours_of_math._dist)


def _abs(x, y):
    if any([el.is_complex(c) for c in x]):
        return el.hypot(
            [
                [None if c is None else c.real for c in x],
                [None if c is None else c.imag for c in x],
            ],
            y,
        )
    sign = np.sign(x[0]) if el.is_array(x[0]) else 1 if x[0] > 0 else -1 if x[0] < 0 else 0
    return [y, *[None if c is None else sign * c for c in x[1:]]]


elementwise(_abs, operator.abs, abs, np.absolute)


def locally_linear(*targets):
    """Declares functions whose partial derivatives are constants near their arguments."""

    def rule(call):
        if not call.takes_numbers():
            return None
        partials = ARITHMETIC.get(call.target)
        partials = RULES[call.target].partials if partials is None else partials
        out = [None] * call.d
        for i in call.series:
            if i < len(partials) and partials[i] is not None:
                p = _partial(partials[i], call.args, call.y)
                for k, c in enumerate(call.of(i)[1:]):
                    if c is not None:
                        out[k] = plus(out[k], guarded_mul(c, p))
        return [shaped(c, call.y) for c in out]

    for target in targets:
        TABLE[target] = rule


locally_linear(
    operator.mod,
    operator.imod,
    np.remainder,
    np.fmod,
    np.maximum,
    np.minimum,
    np.fmax,
    np.fmin,
    np.fabs,
    np.copysign,
    np.ldexp,
    np.deg2rad,
    np.radians,
    np.rad2deg,
    np.degrees,
    np.nextafter,
    np.heaviside,
    math.fabs,
    math.degrees,
    math.radians,
    math.ldexp,
    math.copysign,
    math.fmod,
    math.remainder,
    ours_of_math._modf_fraction,
    ours_of_math._mantissa,
    ours_of_builtins._rest,
)

# ------------------------------------------------------------- linear in some arguments

#: options that do not matter for the derivative
_OPTIONS = frozenset(
    "axis keepdims order copy offset axis1 axis2 k shape newshape "
    "repeats shift reps source destination mode indices axes ddof casting dtype subok".split()
)


def linear(*targets, first=0, several=False, positions=None):
    """Declares functions that are linear in an argument, in all from it on, or at `positions`."""

    def rule(call):
        keys = positions or (range(first, len(call.args)) if several else (first,))
        if any([key not in keys or not is_number(call.args[key]) for key in call.series]):
            return None
        if not _OPTIONS.issuperset(call.options) or not several and len(call.args) > 5:
            return by_tangents(call)  # an initial value, or the like
        zeros = [filled(call.args[i], None) for i in keys]
        out = []
        for k in range(1, call.d + 1):
            given = [call.series[i][k] if i in call.series else None for i in keys]
            if all([c is None for c in given]):
                out.append(None)
                continue
            xs = [
                zero if c is None else filled(call.args[i], c)
                for i, zero, c in zip(keys, zeros, given, strict=True)
            ]
            out.append(shaped(applied(call, keys, xs), call.y))
        return out

    for target in targets:
        TABLE[target] = rule


def _there(owner, names):
    """Those of the functions that this version of NumPy has."""
    return [getattr(owner, name) for name in names.split() if hasattr(owner, name)]


linear(
    *_there(
        np,
        "sum mean reshape transpose ravel squeeze expand_dims broadcast_to cumsum "
        "diagonal diag trace flip moveaxis roll repeat tile swapaxes tril triu take copy "
        "conjugate real imag matrix_transpose",
    )
)
for _kind in (np.ndarray, np.generic):
    linear(
        *_there(
            _kind,
            "sum mean reshape transpose ravel flatten squeeze cumsum diagonal trace repeat "
            "swapaxes take copy conj conjugate item",
        )
    )
    linear(*[vars(_kind)[name] for name in ("T", "real", "imag", "mT") if name in vars(_kind)])
linear(operator.getitem, np.linalg.matrix_transpose, _indexing.scatter, _products.on_diagonal)
linear(np.ndarray.__copy__, np.ndarray.__deepcopy__, np.generic.__deepcopy__)
linear(
    float,
    float.__float__,
    float.conjugate,
    complex.conjugate,
    vars(complex)["real"],
    vars(complex)["imag"],
)
linear(_shape.join, _shape.pile, _indexing.chosen, first=2, several=True)
linear(np.where, positions=(1, 2))

# linear near the arguments (extremes and medians choose), or in a way that depends on options
for _target in (
    *_there(
        np,
        "max min amax amin sort median clip ptp nansum nanmean nanmedian nancumsum full "
        "full_like linspace",
    ),
    *_there(np.ndarray, "max min clip astype view getfield"),
    *_there(np.generic, "max min astype view"),
    _shape.assemble,
    _shape.padded,
    _shape.from_object,
    _making.spaced,
    _making.step_of,
    _methods.converted,
    _methods.viewed,
    _indexing.arranged,
    _indexing.average_ties,
    _windows.made,
    _windows.window,
    _inplace.sums_at,
    _subclasses.base_array,
    _subclasses.shown,
    int,
    complex,
    np.float64,
    np.float32,
    np.complex128,
):
    TABLE[_target] = by_tangents

# ------------------------------------------------------------------ products of arrays


def bilinear(*targets, operands=(0, 1)):
    """Declares functions that are linear in each of two arguments."""

    def rule(call):
        a, b = operands
        if not _OPTIONS.issuperset(call.options) or any(
            [key not in operands for key in call.series]
        ):
            return None
        u, v = call.of(a), call.of(b)
        out = []
        for k in range(1, call.d + 1):
            total = None
            for j in range(k + 1):
                if u[j] is not None and v[k - j] is not None:
                    total = plus(total, applied(call, operands, [u[j], v[k - j]]))
            out.append(shaped(total, call.y))
        return out

    for target in targets:
        TABLE[target] = rule


bilinear(
    operator.matmul,
    *_there(
        np, "matmul dot inner outer vdot tensordot convolve correlate cross vecdot matvec vecmat"
    ),
)
bilinear(np.ndarray.dot, *_there(np.linalg, "vecdot"))


def _contract(call):
    """``np.einsum`` of one operand, or of two."""
    if len(call.args) == 3:
        return _contract_one(call)
    return _contract_two(call) if len(call.args) == 4 else None


linear(_contract, first=2)
_contract_one = TABLE.pop(_contract)
bilinear(_contract, operands=(2, 3))
_contract_two = TABLE[_contract]
TABLE[_products.contract] = _contract
del TABLE[_contract]
