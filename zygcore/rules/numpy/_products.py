"""Rules for products in general: `np.einsum`, `np.vecdot`, methods of ufuncs.

`einsum` is brought to explicit subscripts, one letter per axis (`explicit`);
the pullback then needs one case.  The methods of ufuncs are lowered to the
functions that they are: ``np.add.reduce`` to ``np.sum``, and so on.
"""

import string

import numpy as np

from ..broadcasting import project, refuse, unbroadcast, unsupported
from ..registry import adjoint, each, lowering, nondifferentiable
from ._matrices import H

__all__ = []

# ---------------------------------------------------------------------- einsum


def explicit(subscripts, ranks):
    """The letters of each operand's axes, and of the result's.

    ``"...i,i"`` with operands of rank 3 and 1 becomes ``(["abi", "i"], "ab")``.
    """
    inputs, arrow, result = subscripts.replace(" ", "").partition("->")
    inputs = inputs.split(",")
    free = [c for c in string.ascii_letters if c not in subscripts]
    dots = [n - len(mine.replace("...", "")) for mine, n in zip(inputs, ranks, strict=True)]
    longest = max([0, *[n for n, mine in zip(dots, inputs, strict=True) if "..." in mine]])
    letters = "".join(free[:longest])  # axes of an ellipsis are aligned at the right
    if not arrow:
        named = "".join(inputs).replace("...", "")
        once = sorted(c for c in set(named) if named.count(c) == 1)
        result = ("..." if "..." in subscripts else "") + "".join(once)
    inputs = [
        mine.replace("...", letters[longest - n :]) for n, mine in zip(dots, inputs, strict=True)
    ]
    return inputs, result.replace("...", letters)


def spelled(operands):
    """``einsum(x, [0, 1], y, [1, 2], [0, 2])`` as subscripts and arrays."""
    if len(operands) % 2:
        *operands, last = operands
        result = "->" + _letters(last)
    else:
        result = ""
    return ",".join([_letters(x) for x in operands[1::2]]) + result, operands[::2]


def _letters(numbers):
    return "".join(["..." if i is Ellipsis else string.ascii_letters[i] for i in numbers])


@lowering(np.einsum)
def einsum_lowering(*operands, out=None, **options):
    if out is not None:  # of constants: the machine itself sees to outputs that get derivatives
        return contract_into(out, operands, options)
    if isinstance(operands[0], str):
        subscripts, arrays = operands[0], operands[1:]
    else:
        subscripts, arrays = spelled(operands)
    arrays = [np.asarray(x) if isinstance(x, (list, tuple)) else x for x in arrays]
    return contract(subscripts, options, *arrays)


def contract_into(out, operands, options):
    return np.einsum(*operands, out=out, **options)


@adjoint(contract_into)
def contract_into_rule(out, operands, options):
    unsupported("np.einsum", out=out)  # of another library


def contract(subscripts, options, *operands):
    """``np.einsum`` in one form."""
    return np.einsum(subscripts, *operands, **options)


@adjoint(contract)
def contract_rule(subscripts, options, *operands):
    y = contract(subscripts, options, *operands)
    if options.get("dtype") is not None and y.dtype.kind not in "fc":
        unsupported("np.einsum", dtype=y.dtype)
    optimize = options.get("optimize", False)
    inputs, result = explicit(subscripts, [np.ndim(x) for x in operands])

    def part(i):
        mine, x = inputs[i], operands[i]
        letters = "".join(dict.fromkeys(mine))
        size = dict(zip(mine, np.shape(x), strict=True))
        others = [inputs[j] for j in range(len(inputs)) if j != i]
        known = set("".join([result, *others]))
        reached = "".join([c for c in letters if c in known])  # the rest was summed: spread it

        def einsum_back(dy):
            rest = [np.conjugate(operands[j]) for j in range(len(inputs)) if j != i]
            spec = ",".join([result, *others]) + "->" + reached
            dx = np.einsum(spec, dy, *rest, optimize=optimize)
            long = dict(zip(reached, np.shape(dx), strict=True))
            dx = np.reshape(dx, [long.get(c, 1) for c in letters])
            dx = np.broadcast_to(dx, [long.get(c, size[c]) for c in letters])
            dx = unbroadcast(dx, tuple([size[c] for c in letters]))
            if letters != mine:
                dx = on_diagonal(dx, mine, letters, np.shape(x))
            return project(dx, x)

        return einsum_back

    return y, each(None, None, *[part(i) for i in range(len(operands))])


def on_diagonal(dx, mine, letters, shape):
    """The transpose of ``einsum("iij->ij", x)``: zeros but on the diagonal."""
    out = np.zeros(shape, dx.dtype)
    places = [np.reshape(np.arange(n), [-1 if c == letter else 1 for c in letters])
              for letter, n in zip(mine, shape, strict=True)]  # fmt: skip
    out[tuple(places)] = dx
    return out


@adjoint(on_diagonal)
def on_diagonal_rule(dx, mine, letters, shape):
    def on_diagonal_back(d):
        return (project(np.einsum(f"{mine}->{letters}", d), dx),)

    return on_diagonal(dx, mine, letters, shape), on_diagonal_back


nondifferentiable(explicit)


@adjoint(np.einsum_path)
def einsum_path_rule(*operands, **options):
    return np.einsum_path(*operands, **options), None


# ---------------------------------------------------------------------- vecdot


def vecdot_rule(x1, x2, axis=-1):
    y = np.vecdot(x1, x2, axis=axis)
    a, b = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)

    def vecdot_x1_back(dy):
        da = unbroadcast(np.expand_dims(np.conjugate(dy), -1) * b, a.shape)
        return project(np.moveaxis(da, -1, axis), x1)

    def vecdot_x2_back(dy):
        db = unbroadcast(np.expand_dims(dy, -1) * a, b.shape)
        return project(np.moveaxis(db, -1, axis), x2)

    return y, each(vecdot_x1_back, vecdot_x2_back)


if hasattr(np, "vecdot"):  # NumPy 2.0
    adjoint(np.vecdot)(vecdot_rule)
    adjoint(np.linalg.vecdot)(vecdot_rule)

# --------------------------------------------------------- matrices and vectors


def matvec_rule(x1, x2, /, **options):
    unsupported("np.matvec", **options)
    a, x = np.asarray(x1), np.asarray(x2)

    def matvec_x1_back(dy):
        da = np.expand_dims(dy, -1) * np.expand_dims(np.conjugate(x), -2)
        return project(unbroadcast(da, a.shape), x1)

    def matvec_x2_back(dy):
        dx = np.matmul(H(a), np.expand_dims(dy, -1))[..., 0]
        return project(unbroadcast(dx, x.shape), x2)

    return np.matvec(x1, x2), each(matvec_x1_back, matvec_x2_back)


def vecmat_rule(x1, x2, /, **options):
    unsupported("np.vecmat", **options)
    x, a = np.asarray(x1), np.asarray(x2)  # the vector is conjugated

    def vecmat_x1_back(dy):
        dx = np.matmul(a, np.expand_dims(np.conjugate(dy), -1))[..., 0]
        return project(unbroadcast(dx, x.shape), x1)

    def vecmat_x2_back(dy):
        da = np.expand_dims(x, -1) * np.expand_dims(dy, -2)
        return project(unbroadcast(da, a.shape), x2)

    return np.vecmat(x1, x2), each(vecmat_x1_back, vecmat_x2_back)


if hasattr(np, "matvec"):  # NumPy 2.2
    adjoint(np.matvec)(matvec_rule)
    adjoint(np.vecmat)(vecmat_rule)


@lowering(np.cross)
def cross_lowering(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.asarray(a), np.asarray(b)
    if not (a.ndim and b.ndim and a.shape[axisa] == b.shape[axisb] == 3):
        return planar_cross(a, b, axisa, axisb, axisc)
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    dtype = np.promote_types(a.dtype, b.dtype)
    a, b = a.astype(dtype), b.astype(dtype)
    a0, a1, a2 = a[..., 0], a[..., 1], a[..., 2]
    b0, b1, b2 = b[..., 0], b[..., 1], b[..., 2]
    y = np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], -1)
    return np.moveaxis(y, -1, axisc)


def planar_cross(a, b, axisa, axisb, axisc):
    """Of vectors in the plane, which NumPy deprecates, or of what it refuses."""
    return np.cross(a, b, axisa, axisb, axisc)


@adjoint(planar_cross)
def planar_cross_rule(a, b, axisa, axisb, axisc):
    y = planar_cross(a, b, axisa, axisb, axisc)
    return y, refuse("np.cross of two-dimensional vectors (add a third component, 0)")


# ------------------------------------------------------------ methods of ufuncs


@lowering(np.ufunc.outer)
def outer_lowering(self, A, B, /, **options):
    unsupported(f"np.{self.__name__}.outer", **options)
    A, B = np.asarray(A), np.asarray(B)
    return self(np.reshape(A, (*np.shape(A), *(1,) * np.ndim(B))), B)


# ----------------------------------------------------------------- convolution

MODES = {0: "valid", 1: "same", 2: "full", "v": "valid", "s": "same", "f": "full"}


def in_full(dy, n, m, mode, mirrored):
    """The cotangent of the full convolution of n and m numbers, from that of a part of it."""
    mode = MODES.get(mode, mode)
    if mode == "full":
        return dy
    short = min(n, m) - 1
    left = short if mode == "valid" else short - short // 2 if mirrored else short // 2
    length = np.shape(dy)[0]
    return np.concatenate([np.zeros(left), dy, np.zeros(n + m - 1 - left - length)])


@adjoint(np.convolve)
def convolve_rule(a, v, mode="full"):
    n, m = np.size(a), np.size(v)

    def convolve_a_back(dy):
        da = np.correlate(in_full(dy, n, m, mode, False), np.atleast_1d(v), "valid")
        return project(np.reshape(da, np.shape(a)), a)

    def convolve_v_back(dy):
        dv = np.correlate(in_full(dy, n, m, mode, False), np.atleast_1d(a), "valid")
        return project(np.reshape(dv, np.shape(v)), v)

    return np.convolve(a, v, mode), each(convolve_a_back, convolve_v_back)


@adjoint(np.correlate)
def correlate_rule(a, v, mode="valid"):
    n, m = np.size(a), np.size(v)

    def correlate_a_back(dy):
        reverse = np.conjugate(np.flip(v))
        da = np.correlate(in_full(dy, n, m, mode, n < m), reverse, "valid")
        return project(da, a)

    def correlate_v_back(dy):
        dw = np.correlate(in_full(dy, n, m, mode, n < m), a, "valid")
        return project(np.conjugate(np.flip(dw)), v)

    return np.correlate(a, v, mode), each(correlate_a_back, correlate_v_back)
