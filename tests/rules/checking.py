"""One call checks one rule: `check(target, *args)`.

The value must be the target's, bit for bit; the pullback is compared with
central differences along random directions; cotangents must have the shape,
dtype and kind of the arguments; nothing may be written into.
"""

import numpy as np

from zygcore._check import direction, image, is_array
from zygcore.rules import registry
from zygcore.rules.broadcasting import apply_elementwise

#: five-point central difference: error of order h**4
H = 1e-3
STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def call_rule(target, *args, **options):
    """``(y, back)`` of the rule for `target`, whichever its kind."""
    rule = registry.RULES[registry.key_of(target)]
    if rule.kind == registry.ELEMENTWISE:
        return apply_elementwise(rule, *args, **options)
    assert rule.kind == registry.ADJOINT, f"{rule!r} is of another kind"
    function = rule.select(args)
    assert function is not None, f"{rule!r} has no case for {args}"
    return function(*args, **options)


def moves(x):
    """Whether an argument can be moved a little: floating or complex."""
    if is_array(x):
        return x.dtype.kind in "fc"
    return isinstance(x, (float, complex, np.floating, np.complexfloating))


def wide(x):
    """A copy of x in double precision, in the same memory layout."""
    if moves(x) and (is_array(x) or isinstance(x, np.generic)):
        return x.astype(complex if x.dtype.kind == "c" else float)
    return x


def cotangent(rng, y):
    """A random cotangent of the kind of `y`; arrays are read-only."""
    dy = direction(rng, y)
    if is_array(y):
        dtype = y.dtype if y.dtype.kind in "fc" else float
        dy = np.asarray(dy).astype(dtype)
        dy.flags.writeable = False
        return dy
    if isinstance(y, (np.floating, np.complexfloating)):
        return type(y)(dy)
    return complex(dy) if isinstance(y, (complex, np.complexfloating)) else float(dy)


def dot(a, b):
    """The real inner product."""
    return float(np.sum(np.real(np.conj(np.asarray(a)) * np.asarray(b))))


def check_form(dx, x):
    """The cotangent has the form of the primal."""
    if is_array(x):
        dtype = x.dtype if x.dtype.kind in "fc" else np.dtype(float)
        assert type(dx) is np.ndarray and dx.shape == x.shape and dx.dtype == dtype, (dx, x)
    elif isinstance(x, (np.floating, np.complexfloating)):
        assert type(dx) is type(x), (dx, x)
    elif isinstance(x, np.generic):
        assert type(dx) is np.float64, (dx, x)
    elif isinstance(x, float):
        assert type(dx) is float, (dx, x)
    elif isinstance(x, complex):
        assert type(dx) is complex, (dx, x)
    elif isinstance(x, (list, tuple)):
        assert type(dx) is type(x) and len(dx) == len(x)


def check(target, *args, wrt=None, rtol=1e-8, seed=0, **options):
    """Check the rule of `target` at `args`; `wrt` are the arguments to move."""
    rng = np.random.default_rng(seed)
    before = [image(x) for x in args]
    y, back = call_rule(target, *args, **options)
    assert image(y) == image(target(*args, **options)), (y, target(*args, **options))
    wrt = [i for i, x in enumerate(args) if moves(x)] if wrt is None else wrt
    for _ in range(2):
        dy = cotangent(rng, y)
        dy_before = image(dy)
        with np.errstate(all="raise", under="ignore"):
            dxs = back(dy)
        assert type(dxs) is tuple
        assert image(dy) == dy_before, "the cotangent was written into"
        assert [image(x) for x in args] == before, "an argument was written into"
        for i, x in enumerate(args):
            if i in wrt:
                check_form(dxs[i], x)
        directions = {i: direction(rng, args[i]) for i in wrt}
        low = any(getattr(v, "dtype", None) in (np.float32, np.complex64) for v in [y, *args])

        def moved(t, directions=directions):
            xs = [wide(x) for x in args]
            for i, v in directions.items():
                if is_array(args[i]):
                    xs[i][...] += t * v
                elif isinstance(args[i], np.generic):
                    xs[i] = type(xs[i])(xs[i] + t * v)
                else:
                    xs[i] = type(args[i])(xs[i] + t * v)
            return np.asarray(target(*xs, **options))

        slope = sum(w * moved(k * H) for k, w in STENCIL) / H
        expected = dot(dy, slope)
        parts = [dot(dxs[i], v) for i, v in directions.items()]
        size = float(np.sum(np.abs(np.asarray(dy) * slope))) + sum(map(abs, parts))
        error = abs(sum(parts) - expected)
        assert error <= (2e-5 if low else rtol) * size + 1e-12, (target, sum(parts), expected)


def variants(rng, shape, positive=False):
    """The same kind of array in every memory layout and precision."""
    x = rng.uniform(0.5, 1.5, shape) if positive else rng.standard_normal(shape)
    yield x
    yield x.astype(np.float32)
    yield np.asfortranarray(x)
    spaced = np.zeros((*x.shape[:-1], 2 * x.shape[-1])) if x.ndim else x
    if x.ndim:
        spaced[..., ::2] = x
        yield spaced[..., ::2]
    frozen = x.copy()
    frozen.flags.writeable = False
    yield frozen


def differences(f, xs, h=1e-6):
    """Central differences of a function of several numbers."""
    out = []
    for i in range(len(xs)):
        up, down = list(xs), list(xs)
        up[i] += h
        down[i] -= h
        out.append((f(*up) - f(*down)) / (2 * h))
    return out
