"""The bidiagonalization ``a = q @ b @ p^H`` with which a singular value decomposition begins.

The matrix has at least as many rows as columns, q has as many columns as it, b is real and upper
bidiagonal, and the first column of p is the first unit vector: so all is determined but for signs
(Golub and Van Loan, "Matrix Computations", section 5.4.8), and has derivatives.
"""

import numpy as np

from ..registry import adjoint, nondifferentiable
from ._matrices import H, epsilon

__all__ = ["left_factor", "left_factor_cotangent"]


def reflector(x):
    """The vector and the factor of the reflector that LAPACK's `larfg` makes of a column."""
    alpha = x[..., :1, :]
    norm = np.sqrt(np.sum(np.abs(x) ** 2, -2, keepdims=True))
    beta = np.where(np.real(alpha) < 0, norm, -norm)
    v = np.concatenate([np.ones_like(alpha), x[..., 1:, :] / (alpha - beta)], -2)
    return v, (beta - alpha) / beta


def product(reflectors, m, k):
    """The first k columns of a product of reflectors of decreasing size."""
    q = np.eye(m, k)
    for v, tau in reversed(reflectors):
        v = np.concatenate([np.zeros((*v.shape[:-2], m - v.shape[-2], 1)), v], -2)
        q = q - tau * np.matmul(v, np.matmul(H(v), q))
    return q


def bidiagonalized(a):
    """q, the diagonal of b, the numbers beside it and a zero, and p.

    NaN where reflectors are left out.
    """
    m, n = a.shape[-2:]
    left, right, main, beside = [], [], [], []
    with np.errstate(all="ignore"):
        for _ in range(n):
            v, tau = reflector(a[..., :1])
            left.append((v, tau))
            a = a - np.conjugate(tau) * np.matmul(v, np.matmul(H(v), a))
            main.append(np.real(a[..., 0, 0]))
            a = a[..., 1:]
            if a.shape[-1] > (a.dtype.kind != "c"):
                w, factor = reflector(H(a[..., :1, :]))
                right.append((w, factor))
                a = a - factor * np.matmul(np.matmul(a, w), H(w))
            beside.append(np.real(a[..., 0, 0]) if a.shape[-1] else np.zeros_like(main[0]))
            a = a[..., 1:, :]
        return product(left, m, n), np.stack(main, -1), np.stack(beside, -1), product(right, n, n)


def after(x):
    """Each number is the next one's."""
    return np.concatenate([x[..., 1:], np.zeros_like(x[..., :1])], -1)


def before(x):
    return np.concatenate([np.zeros_like(x[..., :1]), x[..., :-1]], -1)


def only_imaginary(x):
    return 1j * np.imag(x) if np.asarray(x).dtype.kind == "c" else np.zeros_like(x)


def turns(inner, d, e):
    """How q, p and b change: ``q^H dq`` and ``p^H dp`` within the columns, and db.

    With ``inner = q^H da p``, the differential is ``inner = w @ b + db - b @ x``, where w and x are
    anti-Hermitian, and the first column of x is zero: one column of w below the diagonal after the
    other, each followed by the next one of x.
    """
    n = np.shape(inner)[-1]
    place, across = np.arange(n), H(inner)
    x = w = np.zeros_like(inner[..., 0])
    at_x = np.zeros_like(inner[..., 0, 0])
    ws, xs, on_w, on_x, dd, de = [], [], [], [], [], []
    for j in range(n):
        d_j, e_j, e_before = d[..., j : j + 1], e[..., j : j + 1], before(e)[..., j : j + 1]
        column = inner[..., j] - e_before * w
        whole = column[..., j] + e[..., j] * after(x)[..., j]
        w = np.where(place > j, (column + d * x + e * after(x)) / d_j, 0)
        at_w = at_x + only_imaginary(whole) / d[..., j]
        ws, xs = [*ws, w], [*xs, x]
        on_w, on_x, dd = [*on_w, at_w], [*on_x, at_x], [*dd, np.real(whole)]
        if j + 1 == n:
            break
        row = d * w + before(e) * before(w) - d_j * x + across[..., j]  # conjugate
        beside = np.conjugate(row[..., j + 1])
        x = np.where(place > j + 1, row / e_j, 0)
        at_x = at_w - only_imaginary(beside) / e[..., j]
        de = [*de, np.real(beside)]
    eye, de = np.eye(n), [*de, np.zeros_like(dd[0])]
    w, x = np.stack(ws, -1), np.stack(xs, -1)
    w = w - H(w) + eye * np.expand_dims(np.stack(on_w, -1), -1)
    x = x - H(x) + eye * np.expand_dims(np.stack(on_x, -1), -1)
    return w, x, np.stack(dd, -1), np.stack(de, -1)


def changes(a, y, da):
    """The differentials of the parts of `y`, along `da`."""
    q, d, e, p = y
    change = np.matmul(da, p)
    inner = np.matmul(H(q), change)
    w, x, dd, de = turns(inner, d, e)
    n = np.shape(a)[-1]
    b = np.eye(n) * np.expand_dims(d, -2) + np.eye(n, k=1) * np.expand_dims(before(e), -2)
    outside = H(np.linalg.solve(H(b), H(change - np.matmul(q, inner))))
    return np.matmul(q, w) + outside, dd, de, np.matmul(p, x)


@adjoint(bidiagonalized)
def bidiagonalized_rule(a):
    y = bidiagonalized(a)

    def bidiagonalized_back(dy):
        from ..._pullback import pullback  # which needs rules itself

        return pullback(lambda da: changes(a, y, da), np.zeros_like(a))[1](dy)

    return y, bidiagonalized_back


def left_factor_cotangent(a, dq):
    """Of `a`, from that of the first part alone."""
    from ..._pullback import pullback

    return pullback(lambda a: bidiagonalized(a)[0], a)[1](dq)[0]


def left_factor(a):
    """q, or None if a reflector is left out, or made of rounding errors."""
    q, d, e, _ = bidiagonalized(a)
    return q if is_regular(d, e[..., :-1]) else None


def is_regular(d, e):
    sizes = np.abs(np.concatenate([d, e], -1))
    limit = np.sqrt(epsilon(d)) * np.max(sizes, axis=-1, keepdims=True, initial=0)
    return bool(np.all(sizes > limit))  # which NaN is not


nondifferentiable(is_regular)
