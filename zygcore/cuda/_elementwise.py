"""How elementwise functions are carried out, and their derivatives.

`call` is the only function here that runs a kernel, by the name of one of the structs of
``src/functions.cuh``.  `PARTS` says what the pullbacks are: calls again, so that there are
derivatives of any order.
"""

import math
from numbers import Real

import numpy as np

from ..rules.broadcasting import project
from ..rules.registry import adjoint, each, nondifferentiable
from . import _arrays
from .copy import permute
from .reduce import shape_of, unbroadcast

__all__ = ["call"]

#: in `PARTS`: the value of the function, rather than one of its operands
VALUE = "value"

#: arrays of fewer elements are read in any order: caches hold them
SMALL = 1 << 16


def is_array(x):
    return not isinstance(x, (Real, np.generic))


def _operands(op, operands):
    """Arrays and numbers; at least one of them is an array."""
    if any(isinstance(x, np.complexfloating) for x in operands):
        raise _arrays.invalid(op, "complex numbers are not supported")
    if not any(is_array(x) for x in operands):
        operands = [np.asarray(x) if isinstance(x, np.generic) else x for x in operands]
    arrays = [x for x in operands if is_array(x)]
    _arrays.need(op, *arrays)
    if not arrays:
        raise _arrays.invalid(op, "one of the operands must be an array")
    return [x if is_array(x) else float(x) for x in operands], arrays


def in_order(op, x):
    """A copy, made through tiles, of a large array whose neighbours are not along its last axis.

    To be read as it is would cost a line of memory for each element.
    """
    if not is_array(x) or math.prod(x.shape) < SMALL:
        return x
    _, _, shape, strides, _ = _arrays.view(x, op)
    steps = [abs(step) for n, step in zip(shape, strides, strict=True) if n > 1]
    scattered = any(0 < step < steps[-1] for step in steps)
    return permute(x, range(len(shape))) if scattered else x


def call(op, scale, *operands):
    """``scale * op(operands...)``, broadcast; a `scale` of None is 1."""
    operands, arrays = _operands(op, operands)
    try:
        shape = np.broadcast_shapes(*[tuple(x.shape) for x in arrays])
    except ValueError:
        shapes = ", ".join(str(tuple(x.shape)) for x in arrays)
        raise _arrays.invalid(op, f"the shapes {shapes} do not broadcast") from None
    like = next((x for x in arrays if _arrays.dtype_name(x) != "bool"), arrays[0])
    y = _arrays.empty(shape, _arrays.dtype_name(like), like, op)
    operands = [in_order(op, x) for x in operands]
    factor = 1.0 if scale is None else float(scale)
    _arrays.launch("elementwise", op, y, factor, *operands, call=op)
    return y


# ------------------------------------------------------------------------- pullbacks


def product(x, y, scale=None):
    return call("product", scale, x, y)


def difference(x, y):
    return call("subtract", None, x, y)


def affine(x, factor, constant):
    """``factor * x + constant``"""
    return call("add", None, call("scaled", factor, x), constant)


def scaled(dy, scale):
    return dy if scale is None else call("scaled", scale, dy)


def negated(dy, scale):
    return call("scaled", -1.0 if scale is None else -scale, dy)


def less_one(x):
    return call("subtract", None, x, 1.0) if is_array(x) else x - 1.0


def log_size(x):
    """The logarithm of abs(x); anything finite of the number 0, whose powers have no slope."""
    if is_array(x):
        return call("log_size", None, x)
    return math.log(abs(x)) if x else 0.0


def times(scale, factor):
    return factor if scale is None else factor * scale


def first_chosen(dy, scale, condition):
    return call("where", scale, condition, dy, 0.0)


def second_chosen(dy, scale, condition):
    return call("where", scale, condition, 0.0, dy)


# Derivatives of ``dy * slope`` with respect to what the slope is of; v is the cotangent.


def tanh_curve(v, scale, dy, y):
    return product(product(v, dy), y, times(scale, -2.0))


def sigmoid_curve(v, scale, dy, y):
    return product(product(v, dy), affine(y, -2.0, 1.0), scale)


def sin_curve(v, scale, dy, x):
    return call("cos_back", scale, product(v, dy), x)


def cos_curve(v, scale, dy, x):
    return call("sin_back", times(scale, -1.0), product(v, dy), x)


def softplus_curve(v, scale, dy, x):
    return call("sigmoid_back", scale, product(v, dy), call("sigmoid", None, x))


def silu_curve(v, scale, dy, x):
    """s' (2 + x (1 - 2 s)), where s is the sigmoid"""
    s = call("sigmoid", None, x)
    inner = affine(product(affine(s, -2.0, 1.0), x), 1.0, 2.0)
    return product(call("sigmoid_back", None, product(v, dy), s), inner, scale)


def gelu_curve(v, scale, dy, x):
    """phi(x) (2 - x**2)"""
    square = product(x, x)
    density = call("exp", (2 * np.pi) ** -0.5, call("scaled", -0.5, square))
    return product(product(product(v, dy), density), affine(square, -1.0, 2.0), scale)


def gelu_tanh_curve(v, scale, dy, x):
    """Of x s(u), s the sigmoid, u a cubic: s' (2 u' + x ((1 - 2 s) u'**2 + u''))."""
    root, cube = (8 / np.pi) ** 0.5, 0.044715
    square = product(x, x)
    s = call("sigmoid", None, product(x, affine(square, root * cube, root)))
    slope = affine(square, 3 * root * cube, root)
    bend = product(affine(s, -2.0, 1.0), product(slope, slope))
    inner = product(x, call("add", None, bend, call("scaled", 6 * root * cube, x)))
    both = call("add", None, call("scaled", 2.0, slope), inner)
    return product(call("sigmoid_back", None, product(v, dy), s), both, scale)


def divide_back_x(v, scale, dy, y):
    """Of -dy x / y**2 with respect to x."""
    return call("quotient", times(scale, -1.0), call("quotient", None, product(v, dy), y), y)


def divide_back_y(v, scale, dy, x, y):
    """Of the same with respect to y: 2 dy x / y**3."""
    once = call("divide_back", None, product(v, dy), x, y)
    return call("quotient", times(scale, -2.0), once, y)


def power_x_x(v, scale, dy, x, y):
    """y (y - 1) x**(y - 2)"""
    return call("power_x", scale, product(product(v, dy), y), x, less_one(y))


def power_x_y(v, scale, dy, x, y):
    """x**(y - 1) + y x**(y - 1) log(x)"""
    w, less = product(v, dy), less_one(y)
    once = product(w, call("power", None, x, less))
    return call("add", scale, once, call("power_y", None, product(w, y), x, less))


def power_y_y(v, scale, dy, x, y):
    """x**y log(x)**2"""
    return product(call("power_y", None, product(v, dy), x, y), log_size(x), scale)


#: function -> for each operand its pullback, and what that keeps: positions of operands, or
#: `VALUE`.  A pullback is the name of a function of the cotangent and what is kept, or a Python
#: function of the cotangent, the scale and what is kept.  None: there is no gradient.
PARTS = {
    "scaled": [(scaled,)],
    "tanh": [("tanh_back", VALUE)],
    "sigmoid": [("sigmoid_back", VALUE)],
    "relu": [("relu_back", VALUE)],
    "exp": [("product", VALUE)],
    "log": [("quotient", 0)],
    "log_size": [("quotient", 0)],
    "sin": [("sin_back", 0)],
    "cos": [("cos_back", 0)],
    "silu": [("silu_back", 0)],
    "softplus": [("softplus_back", 0)],
    "gelu": [("gelu_back", 0)],
    "gelu_tanh": [("gelu_tanh_back", 0)],
    "add": [(scaled,), (scaled,)],
    "subtract": [(scaled,), (negated,)],
    "multiply": [("product", 1), ("product", 0)],
    "divide": [("quotient", 1), ("divide_back", 0, 1)],
    "power": [("power_x", 0, 1), ("power_y", 0, 1)],
    "where": [None, (first_chosen, 0), (second_chosen, 0)],
    "clip": [("clip_x", 0, 1, 2), ("clip_lower", 0, 1, 2), ("clip_upper", 0, 1, 2)],
    # of pullbacks
    "product": [("product", 1), ("product", 0)],
    "quotient": [("quotient", 1), ("divide_back", 0, 1)],
    "tanh_back": [("tanh_back", 1), (tanh_curve, 0, 1)],
    "sigmoid_back": [("sigmoid_back", 1), (sigmoid_curve, 0, 1)],
    "relu_back": [("relu_back", 1), None],
    "sin_back": [("sin_back", 1), (sin_curve, 0, 1)],
    "cos_back": [("cos_back", 1), (cos_curve, 0, 1)],
    "silu_back": [("silu_back", 1), (silu_curve, 0, 1)],
    "softplus_back": [("softplus_back", 1), (softplus_curve, 0, 1)],
    "gelu_back": [("gelu_back", 1), (gelu_curve, 0, 1)],
    "gelu_tanh_back": [("gelu_tanh_back", 1), (gelu_tanh_curve, 0, 1)],
    "divide_back": [("divide_back", 1, 2), (divide_back_x, 0, 2), (divide_back_y, 0, 1, 2)],
    "power_x": [("power_x", 1, 2), (power_x_x, 0, 1, 2), (power_x_y, 0, 1, 2)],
    "power_y": [("power_y", 1, 2), (power_x_y, 0, 1, 2), (power_y_y, 0, 1, 2)],
    "clip_x": [("clip_x", 1, 2, 3), None, None, None],
    "clip_lower": [("clip_lower", 1, 2, 3), None, None, None],
    "clip_upper": [("clip_upper", 1, 2, 3), None, None, None],
}


def form_of(x):
    """What the cotangent of an operand needs to know of it: a shape, or the number."""
    return shape_of(x) if is_array(x) else x


def shaped(dx, form):
    """The cotangent of an operand, summed over the axes that broadcasting gave it."""
    return unbroadcast(dx, form) if isinstance(form, tuple) else project(unbroadcast(dx, ()), form)


def part_of(entry, op, scale, operands, y):
    """The pullback for one operand, which holds on to what it needs only."""
    back, *keeps = entry[1]
    form = form_of(operands[entry[0]])
    if keeps == [VALUE]:
        if scale is not None:  # the value is not at hand: y is a multiple of it, perhaps of 0
            x = operands[0]
            return lambda dy: shaped(call(back, scale, dy, call(op, None, x)), form)
        return lambda dy: shaped(call(back, None, dy, y), form)
    kept = [operands[k] for k in keeps]
    if isinstance(back, str):
        return lambda dy: shaped(call(back, scale, dy, *kept), form)
    return lambda dy: shaped(back(dy, scale, *kept), form)


def scale_part(op, scale, operands):
    if scale is None:
        return None
    return lambda dy: project(unbroadcast(product(dy, call(op, None, *operands)), ()), scale)


@adjoint(call)
def call_rule(op, scale, *operands):
    y = call(op, scale, *operands)
    entries = enumerate(PARTS[op])
    parts = [None if e[1] is None else part_of(e, op, scale, operands, y) for e in entries]
    return y, each(None, scale_part(op, scale, operands), *parts)


nondifferentiable(is_array, form_of)
