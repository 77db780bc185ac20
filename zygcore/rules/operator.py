"""Rules for the operators, on Python numbers and on arrays.

The machine looks up ``a * b`` under `operator.mul`, and the types of the
operands select the case: numbers and arrays have rules, and everything else
(lists, strings, user classes) has none here, because the machine runs their
methods.  In-place operators are covered for immutable operands only: on an
array they write, and that is the machine's own business.

Where no case of a rule fits, the function is what its symbol is: a *fallback*.
`itemgetter`, `attrgetter` and `methodcaller` make callable objects of C types;
what calling one does is below, too.

`UFUNCS` says which ufunc an operator on arrays is, for callers that would
rather use the elementwise rule of the ufunc.
"""

import cmath
import math
import operator

import numpy as np

from .broadcasting import Array, Numeric, Scalar, is_long, parts, project, unbroadcast
from .registry import (
    NUMBERS,
    OPERATORS,
    adjoint,
    consumer,
    each,
    fallback,
    instance_lowering,
    lowering,
    nondifferentiable,
)

__all__ = ["ARITHMETIC", "RULES_OF", "UFUNCS", "matmul_backs", "power_partials", "quotient_x"]


# --------------------------------------------------------- partial derivatives


def one(*args):
    return 1


def minus_one(*args):
    return -1


def quotient_x(x, y, z):
    if is_long(z):
        return z.dtype.type(1) / y
    if y.__class__ is float and y == 0:  # an array divided by 0.0
        return math.copysign(math.inf, y)
    return math.inf if y.__class__ is int and y == 0 else 1 / y


def quotient_y(x, y, z):
    if type(y) is int:  # maybe beyond the range of floats, where z / y raises
        return -z * (1 / y)
    return -z / y


def power_x(x, y, z):
    """y * x**(y-1), and 0 for the power 0 (also at x = 0)."""
    if isinstance(z, (np.ndarray, np.generic)):
        if np.asarray(x).dtype.kind in "biu":
            x = x * 1.0  # integers have no negative powers
        if isinstance(y, (int, float)):
            return 0 if y == 0 else 1 if y == 1 else 2 * x if y == 2 else y * x ** (y - 1)
        return np.where(np.equal(y, 0), 0, y * np.power(x, np.where(np.equal(y, 0), 1, y - 1)))
    if y == 0:
        return 0
    if x == 0 and y.real < 1:
        return math.inf
    try:
        return y * x ** (y - 1)
    except OverflowError:
        return y * (z / x)


def power_y(x, y, z):
    """x**y * log(x), and 0 at x = 0.

    For a negative real x this is x**y * log(abs(x)) where the power is real:
    the real part of the derivative of the complex power that Python computes.
    """
    if isinstance(z, (np.ndarray, np.generic)):
        zero = np.equal(x, 0)
        size = x if np.asarray(z).dtype.kind == "c" else np.abs(x)
        one_ = z.dtype.type(1) if is_long(z) else 1
        return np.where(zero, 0, z * np.log(np.where(zero, one_, size)))
    if x == 0:
        return 0
    if isinstance(z, complex):
        return z * cmath.log(x)
    if hasattr(z, "ln"):  # Decimal
        return z * abs(type(z)(x)).ln()
    return z * math.log(abs(x))


power_partials = (power_x, power_y)

#: operator -> partial derivatives: ``partial(x, y, z)`` for ``z = x op y``
ARITHMETIC = {
    operator.add: (one, one),
    operator.sub: (one, minus_one),
    operator.mul: (lambda x, y, z: y, lambda x, y, z: x),
    operator.truediv: (quotient_x, quotient_y),
    operator.mod: (one, lambda x, y, z: -(x // y)),
    operator.pow: power_partials,
    operator.neg: (minus_one,),
    operator.pos: (one,),
}

#: the ufunc that an operator is on arrays
UFUNCS = {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.true_divide,
    operator.floordiv: np.floor_divide,
    operator.mod: np.remainder,
    operator.pow: np.power,
    operator.matmul: np.matmul,
    operator.neg: np.negative,
    operator.pos: np.positive,
    operator.abs: np.absolute,
}

_in_place = {
    operator.add: operator.iadd,
    operator.sub: operator.isub,
    operator.mul: operator.imul,
    operator.truediv: operator.itruediv,
    operator.mod: operator.imod,
    operator.pow: operator.ipow,
}


# ----------------------------------------------------------------- arithmetic


def _register_binary(op, partials):
    def scalar_rule(x: Scalar, y: Scalar):
        z = op(x, y)
        return z, parts(partials, (x, y), z)

    def array_rule(x: Numeric, y: Numeric):
        z = op(x, y)
        return z, parts(partials, (x, y), z)

    def array_list_rule(x: np.ndarray, y: list | tuple):
        return array_rule(x, y)

    def list_array_rule(x: list | tuple, y: np.ndarray):
        return array_rule(x, y)

    scalar_rule.__name__ = array_rule.__name__ = f"{op.__name__}_rule"
    for rule in (scalar_rule, array_rule, array_list_rule, list_array_rule):
        adjoint(op)(rule)
    adjoint(_in_place[op])(scalar_rule)
    return scalar_rule, array_rule


def _register_unary(op, partials):
    def rule(x: Numeric):
        y = op(x)
        return y, parts(partials, (x,), y)

    rule.__name__ = f"{op.__name__}_rule"
    adjoint(op)(rule)
    return (rule,)


OPERATORS.update(UFUNCS)
NUMBERS += [np.ndarray, np.float64]

#: operator -> its rules for numbers and for arrays
RULES_OF = {
    op: (_register_binary if len(partials) == 2 else _register_unary)(op, partials)
    for op, partials in ARITHMETIC.items()
}


@adjoint(operator.abs)
def abs_rule(x: Scalar):
    def abs_back(dy):
        if isinstance(x, complex):
            return (project(dy.real * (x / y) if y else 0 * x, x),)
        return (project(dy if x > 0 else -dy if x < 0 else 0 * dy, x),)

    y = abs(x)
    return y, abs_back


def unit(x, y):
    """x / abs(x), and 0 at 0: what the cotangent of abs(x) is multiplied by."""
    if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "c":
        return x / np.where(np.equal(y, 0), 1, y)
    return np.sign(x)


@adjoint(operator.abs)
def array_abs_rule(x: Array):
    def abs_back(dy):
        return (project(dy * unit(x, y), x),)

    y = abs(x)
    return y, abs_back


@adjoint(operator.floordiv, operator.ifloordiv)
def floordiv_rule(x: Scalar, y: Scalar):
    return x // y, None


@adjoint(operator.floordiv)
def array_floordiv_rule(x: Numeric, y: Numeric):
    return x // y, None


# ------------------------------------------------------------- matrix products


def _swap(x):
    return np.swapaxes(np.conjugate(x) if x.dtype.kind == "c" else x, -1, -2)


def matmul_backs(x, y):
    """Both parts of the pullback of ``x @ y``, for all ranks from 1 on."""

    def matmul_x_back(dy):
        if y.ndim == 1:
            dx = np.expand_dims(dy, -1) * np.conjugate(y)
        elif x.ndim == 1:
            dx = np.matmul(np.expand_dims(dy, -2), _swap(y))[..., 0, :]
        else:
            dx = np.matmul(dy, _swap(y))
        return project(unbroadcast(dx, x.shape), x)

    def matmul_y_back(dy):
        if x.ndim == 1 and y.ndim == 1:
            dy_ = dy * np.conjugate(x)
        elif x.ndim == 1:
            dy_ = np.expand_dims(np.conjugate(x), -1) * np.expand_dims(dy, -2)
        elif y.ndim == 1:
            dy_ = np.matmul(_swap(x), np.expand_dims(dy, -1))[..., 0]
        else:
            dy_ = np.matmul(_swap(x), dy)
        return project(unbroadcast(dy_, y.shape), y)

    return each(matmul_x_back, matmul_y_back)


@adjoint(operator.matmul)
def matmul_rule(x: np.ndarray, y: np.ndarray):
    return x @ y, matmul_backs(x, y)


def _matmul_of_lists(x, y):
    first, second = matmul_backs(np.asarray(x), np.asarray(y)).parts
    backs = each(lambda dy: project(first(dy), x), lambda dy: project(second(dy), y))
    return x @ y, backs


@adjoint(operator.matmul)
def matmul_list_rule(x: np.ndarray, y: list | tuple):
    return _matmul_of_lists(x, y)


@adjoint(operator.matmul)
def list_matmul_rule(x: list | tuple, y: np.ndarray):
    return _matmul_of_lists(x, y)


# ------------------------------------------------ operators on other objects


@fallback(operator.add)
def add_fallback(a, b, /):
    return a + b


@fallback(operator.sub)
def sub_fallback(a, b, /):
    return a - b


@fallback(operator.mul)
def mul_fallback(a, b, /):
    return a * b


@fallback(operator.matmul)
def matmul_fallback(a, b, /):
    return a @ b


@fallback(operator.truediv)
def truediv_fallback(a, b, /):
    return a / b


@fallback(operator.floordiv)
def floordiv_fallback(a, b, /):
    return a // b


@fallback(operator.mod)
def mod_fallback(a, b, /):
    return a % b


@fallback(operator.pow)
def pow_fallback(a, b, /):
    return a**b


@fallback(operator.and_)
def and_fallback(a, b, /):
    return a & b


@fallback(operator.or_)
def or_fallback(a, b, /):
    return a | b


@fallback(operator.xor)
def xor_fallback(a, b, /):
    return a ^ b


@fallback(operator.lshift)
def lshift_fallback(a, b, /):
    return a << b


@fallback(operator.rshift)
def rshift_fallback(a, b, /):
    return a >> b


@fallback(operator.neg)
def neg_fallback(a, /):
    return -a


@fallback(operator.pos)
def pos_fallback(a, /):
    return +a


@fallback(operator.invert, operator.inv)
def invert_fallback(a, /):
    return ~a


@fallback(operator.abs, abs)
def abs_fallback(x, /):
    method = getattr(type(x), "__abs__", None)
    if method is None:
        raise TypeError(f"bad operand type for abs(): '{type(x).__name__}'")
    return method(x)


@fallback(operator.iadd)
def iadd_fallback(a, b, /):
    a += b
    return a


@fallback(operator.isub)
def isub_fallback(a, b, /):
    a -= b
    return a


@fallback(operator.imul)
def imul_fallback(a, b, /):
    a *= b
    return a


@fallback(operator.itruediv)
def itruediv_fallback(a, b, /):
    a /= b
    return a


@fallback(operator.ifloordiv)
def ifloordiv_fallback(a, b, /):
    a //= b
    return a


@fallback(operator.imod)
def imod_fallback(a, b, /):
    a %= b
    return a


@fallback(operator.ipow)
def ipow_fallback(a, b, /):
    a **= b
    return a


@fallback(operator.iand)
def iand_fallback(a, b, /):
    a &= b
    return a


@fallback(operator.ior)
def ior_fallback(a, b, /):
    a |= b
    return a


@fallback(operator.ixor)
def ixor_fallback(a, b, /):
    a ^= b
    return a


@fallback(operator.ilshift)
def ilshift_fallback(a, b, /):
    a <<= b
    return a


@fallback(operator.irshift)
def irshift_fallback(a, b, /):
    a >>= b
    return a


@fallback(operator.getitem)
def getitem_fallback(a, b, /):
    return a[b]


# the rest has no rule by type: it is lowered at once


@lowering(operator.imatmul)
def imatmul_lowering(a, b, /):
    a @= b
    return a


@lowering(operator.setitem)
def setitem_lowering(a, b, c, /):
    a[b] = c


@lowering(operator.delitem)
def delitem_lowering(a, b, /):
    del a[b]


def _check_sequence(a):
    if isinstance(a, dict) or not hasattr(type(a), "__getitem__"):
        raise TypeError(f"'{type(a).__name__}' object can't be concatenated")


@lowering(operator.concat)
def concat_lowering(a, b, /):
    _check_sequence(a)
    return a + b


@lowering(operator.iconcat)
def iconcat_lowering(a, b, /):
    _check_sequence(a)
    a += b
    return a


@lowering(operator.contains)
def contains_lowering(a, b, /):
    return b in a


if hasattr(operator, "call"):

    @lowering(operator.call)
    def call_lowering(obj, /, *args, **kwargs):
        return obj(*args, **kwargs)


# -------------------------------------------------------------- callable objects

# what they hold is passed on, also when they are taken apart
consumer(operator.itemgetter, operator.attrgetter, operator.methodcaller, passes=range(16))
consumer(
    operator.itemgetter.__reduce__, operator.attrgetter.__reduce__,
    operator.methodcaller.__reduce__, passes=range(1),
)  # fmt: skip


def _only_argument(name, args, keywords):
    if keywords:
        raise TypeError(f"{name}() takes no keyword arguments")
    if len(args) != 1:
        raise TypeError(f"{name} expected 1 argument, got {len(args)}")
    return args[0]


@instance_lowering(operator.itemgetter)
def itemgetter_call(getter, /, *args, **keywords):
    obj = _only_argument("itemgetter", args, keywords)
    items = getter.__reduce__()[1]
    if len(items) == 1:
        return obj[items[0]]
    return tuple([obj[item] for item in items])


@instance_lowering(operator.attrgetter)
def attrgetter_call(getter, /, *args, **keywords):
    obj = _only_argument("attrgetter", args, keywords)
    found = []
    for path in getter.__reduce__()[1]:
        value = obj
        for name in path.split("."):
            value = getattr(value, name)
        found.append(value)
    return found[0] if len(found) == 1 else tuple(found)


@instance_lowering(operator.methodcaller)
def methodcaller_call(caller, /, *args, **keywords):
    obj = _only_argument("methodcaller", args, keywords)
    make, given = caller.__reduce__()
    if make is operator.methodcaller:
        return getattr(obj, given[0])(*given[1:])
    # with keywords: a partial of methodcaller that has the name
    return getattr(obj, make.args[0])(*given, **make.keywords)


# -------------------------------------------------------- no gradient at all


def _register_bits(op, in_place):
    # by type, because these operators also merge dicts and sets

    def bits_rule(x: Scalar, y: Scalar):
        return op(x, y), None

    def array_bits_rule(x: Numeric, y: Numeric):
        return op(x, y), None

    adjoint(op)(bits_rule)
    adjoint(op)(array_bits_rule)
    adjoint(in_place)(bits_rule)


for _op, _in in (
    (operator.and_, operator.iand),
    (operator.or_, operator.ior),
    (operator.xor, operator.ixor),
    (operator.lshift, operator.ilshift),
    (operator.rshift, operator.irshift),
):
    _register_bits(_op, _in)


@adjoint(operator.invert, operator.inv)
def invert_rule(x: Numeric):
    return ~x, None


nondifferentiable(
    operator.lt, operator.le, operator.eq, operator.ne, operator.ge, operator.gt,
    operator.is_, operator.is_not, operator.not_, operator.truth, operator.countOf,
    operator.indexOf, operator.length_hint,
)  # fmt: skip
