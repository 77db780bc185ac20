"""The complete check of a derivative: what `zygcore.testing.check_adjoint` does.

Everything is compared with the function itself, run by CPython: its values, and its central
differences along random directions.
"""

import numpy as np

from .api import gradient, pullback
from .forward_mode import jvp
from .structure import Grad

#: five-point central differences: an error of order STEP**4
STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def is_array(x):
    return isinstance(x, np.ndarray)


def moves(x):
    """Can an argument be moved a little?"""
    if isinstance(x, (list, tuple)):
        return bool(x) and all(map(moves, x))
    if is_array(x):
        return x.dtype.kind in "fc"
    return isinstance(x, (float, complex, np.floating, np.complexfloating))


def is_low(x):
    """A number or array of single precision."""
    return getattr(x, "dtype", None) in (np.float32, np.complex64)


def image(x):
    """The bytes and the kind of a value, to compare before and after."""
    if isinstance(x, dict):
        return type(x), [(key, image(item)) for key, item in x.items()]
    if isinstance(x, (list, tuple)):
        return type(x), [image(item) for item in x]
    if isinstance(x, (np.ndarray, np.generic)):
        return type(x), x.dtype, x.shape, x.tobytes()
    return type(x), repr(x)


def mapped(f, *structures):
    """`f` of the corresponding leaves of structures of the same form."""
    first = structures[0]
    if isinstance(first, dict):
        return {key: mapped(f, *[s[key] for s in structures]) for key in first}
    if isinstance(first, (list, tuple)):
        parts = [mapped(f, *items) for items in zip(*structures, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    return f(*structures)


def leaves(structure):
    out = []
    mapped(out.append, structure)
    return out


def direction(rng, x):
    """A random direction of the form of a number or array."""
    v = rng.standard_normal(np.shape(x))
    if np.asarray(x).dtype.kind == "c":
        v = v + 1j * rng.standard_normal(np.shape(x))
    return v


def cotangent(rng, y):
    """A random cotangent of the form of a value; arrays are read-only."""
    if not moves(y):
        return None
    dy = direction(rng, y)
    if is_array(y):
        dy = np.asarray(dy).astype(y.dtype)
        dy.flags.writeable = False
        return dy
    if isinstance(y, np.generic):
        return type(y)(dy)
    return complex(dy) if isinstance(y, complex) else float(dy)


def dot(a, b):
    """The real inner product of structures; None is zero."""
    total = 0.0
    for x, y in zip(leaves(a), leaves(b), strict=True):
        if x is not None and y is not None:
            total = total + np.sum(np.real(np.conj(np.asarray(x)) * np.asarray(y)))
    return total


def moved(x, v, t):
    """``x + t * v`` in double precision, in the memory layout of x."""

    def one(x, v):
        if is_array(x):
            out = x.astype(np.result_type(x.dtype, float), copy=True)
            out[...] += t * v
            return out
        if isinstance(x, np.generic):
            return np.result_type(x.dtype, float).type(x + t * v)
        return type(x)(x + t * v)

    return mapped(one, x, v)


def check_form(dx, x, i):
    """Has the cotangent the form of the primal?"""
    if dx is None:
        return
    if isinstance(x, (list, tuple)):
        for part, item in zip(dx, x, strict=True):
            check_form(part, item, i)
        return
    if is_array(x):
        right = type(dx) is np.ndarray and dx.shape == x.shape and dx.dtype == x.dtype
    else:
        right = type(dx) is type(x)
    assert right, f"the cotangent of argument {i} is {dx!r}, which has not the form of {x!r}"


def filled(dy, y):
    """A tangent with entries for all leaves of the value, None for zero."""
    if isinstance(y, dict):
        return {key: filled(None if dy is None else dy[key], part) for key, part in y.items()}
    if isinstance(y, (list, tuple)):
        parts = [None] * len(y) if dy is None else vars(dy).values() if isinstance(dy, Grad) else dy
        items = [filled(d, part) for d, part in zip(parts, y, strict=True)]
        return type(y)(*items) if hasattr(y, "_fields") else type(y)(items)
    return dy


def check_tangent(dy, y):
    """Has the tangent the form of the value?"""
    for d, part in zip(leaves(dy), leaves(y), strict=True):
        if d is None:
            continue
        if is_array(part):
            right = type(d) is np.ndarray and d.shape == part.shape
            right = right and (d.dtype == part.dtype or part.dtype.kind in "biu")
        else:
            right = type(d) is type(part)
        assert right, f"the tangent {d!r} has not the form of the value {part!r}"


class Checker:
    """One function at one point."""

    def __init__(self, f, args, wrt, options, step, rtol, atol, seed):
        self.target, self.args, self.options = f, args, options
        self.wrt = [i for i, x in enumerate(args) if moves(x)] if wrt is None else list(wrt)
        self.low = any(map(is_low, leaves([*args, *options.values()])))
        self.step, self.rtol, self.atol = step, max(rtol, 2e-5 if self.low else 0.0), atol
        self.rng = np.random.default_rng(seed)

    def f(self, *args):
        return self.target(*args, **self.options)

    def slope(self, function, directions):
        """The derivative of a function of the arguments, by differences."""

        def at(t):
            args = [
                moved(x, directions[i], t) if i in directions else x
                for i, x in enumerate(self.args)
            ]
            return function(*args)

        values = [(w, at(k * self.step)) for k, w in STENCIL]

        def combined(*parts):
            if not moves(parts[0]):
                return 0.0
            pairs = zip(values, parts, strict=True)
            return sum(w * np.asarray(y) for (w, _), y in pairs) / self.step

        return mapped(combined, *[y for _, y in values])

    def directions(self):
        return {i: mapped(lambda x: direction(self.rng, x), self.args[i]) for i in self.wrt}

    def compare(self, got, expected, parts, what, how="by differences"):
        size = abs(got) + abs(expected) + parts
        close = abs(got - expected) <= self.rtol * size + self.atol
        assert close, f"{what}: the derivative is {got}, {how} {expected}"

    def first_order(self):
        before = image(self.args)
        y, back = pullback(self.f, *self.args)
        plain = self.f(*self.args)
        assert image(y) == image(plain), f"the value is {y!r}; the plain call gives {plain!r}"
        assert image(self.args) == before or image(plain) != before, "an argument was written into"
        for _ in range(2):
            dy = mapped(lambda part: cotangent(self.rng, part), y)
            dy_before = image(dy)
            dxs = back(dy)
            assert image(dxs) == image(back(dy)), "a second call of the pullback gives another"
            assert image(dy) == dy_before, "the cotangent was written into"
            assert image(self.args) == before, "an argument was written into"
            for i in self.wrt:
                check_form(dxs[i], self.args[i], i)
            directions = self.directions()
            slope = self.slope(self.f, directions)
            parts = [0.0 if dxs[i] is None else dot(dxs[i], v) for i, v in directions.items()]
            sizes = sum(abs(p) for p in parts) + sum(
                float(np.sum(np.abs(np.asarray(a) * np.asarray(b))))
                for a, b in zip(leaves(dy), leaves(slope), strict=True)
                if a is not None
            )
            self.compare(sum(parts), dot(dy, slope), sizes, "first order")
        return y, dy, dxs

    def forward(self, y, dy, dxs):
        """The same derivative in forward mode."""
        rng, self.rng = self.rng, np.random.default_rng(len(self.args))
        directions = self.directions()
        self.rng = rng
        tangents = [directions.get(i) for i in range(len(self.args))]
        value, tangent = jvp(self.f, self.args, tangents)
        assert image(value) == image(y), f"in forward mode the value is {value!r}, not {y!r}"
        tangent = filled(tangent, y)
        check_tangent(tangent, y)
        parts = [0.0 if dxs[i] is None else dot(dxs[i], v) for i, v in directions.items()]
        got, sizes = dot(dy, tangent), sum(abs(p) for p in parts)
        for a, b in zip(leaves(dy), leaves(tangent), strict=True):
            if a is not None and b is not None:
                sizes += float(np.sum(np.abs(np.asarray(a) * np.asarray(b))))
        self.compare(got, sum(parts), sizes, "forward mode", "in reverse mode")

    def second_order(self, y, dy):
        """The gradient of the gradient's inner product with a direction."""
        directions = self.directions()

        def inner(*args):
            _, back = pullback(self.f, *args)
            dxs = back(dy)
            total = 0.0
            for i, v in directions.items():
                total = total + (0.0 if dxs[i] is None else dot(dxs[i], v))
            return total

        grads = gradient(inner, *self.args)
        along = self.directions()
        parts = [0.0 if grads[i] is None else dot(grads[i], v) for i, v in along.items()]
        expected = float(np.asarray(self.slope(inner, along)))
        self.compare(sum(parts), expected, sum(abs(p) for p in parts), "second order")

    def layouts(self, dy):
        """The same gradient for every layout of the arrays, and for read-only ones."""
        _, back = pullback(self.f, *self.args)
        reference = back(dy)
        for change in (by_columns, spaced, frozen):
            args = [mapped(change, x) if i in self.wrt else x for i, x in enumerate(self.args)]
            _, back = pullback(self.f, *args)
            for i, (dx, expected) in enumerate(zip(back(dy), reference, strict=True)):
                if i not in self.wrt or expected is None:
                    continue
                for a, b in zip(leaves(dx), leaves(expected), strict=True):
                    rtol, atol = (1e-5, 1e-6) if self.low else (1e-9, 1e-12)
                    message = f"with {change.__name__}"
                    np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=message)

    def single_precision(self):
        """float32 stays float32."""
        args = [mapped(narrow, x) if i in self.wrt else x for i, x in enumerate(self.args)]
        y, back = pullback(self.f, *args)
        plain = self.f(*args)
        assert image(y) == image(plain), f"in float32 the value is {y!r}, of a plain call {plain!r}"
        dxs = back(mapped(lambda part: cotangent(self.rng, part), y))
        for i in self.wrt:
            check_form(dxs[i], args[i], i)


def by_columns(x):
    """The same array in Fortran's order."""
    return np.array(x, order="F") if is_array(x) else x


def spaced(x):
    """The same array with gaps between its elements."""
    if not is_array(x) or not x.ndim:
        return x
    out = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    out[..., ::2] = x
    return out[..., ::2]


def frozen(x):
    """A read-only copy."""
    if not is_array(x):
        return x
    out = x.copy()
    out.flags.writeable = False
    return out


def narrow(x):
    if is_array(x) or isinstance(x, np.generic):
        return x.astype(np.complex64 if x.dtype.kind == "c" else np.float32)
    return x
