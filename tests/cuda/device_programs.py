"""Programs over a namespace like NumPy's, at arrays: the same on the host and on a device."""

import numpy as np

rng = np.random.default_rng(0)
A = rng.standard_normal((3, 4))
B = rng.standard_normal((4, 2))
V = rng.standard_normal(4)
EYE = np.eye(3)


def softmax(xp, x):
    e = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


def network(xp, p):
    h = xp.tanh(xp.asarray(A) @ p["w"] + p["b"])
    return xp.mean((h - 0.5) ** 2) + 0.1 * sum(xp.sum(v * v) for v in p.values())


def newton(xp, x):
    y = x
    for _ in range(5):
        y = y - (y * y - x) / (2 * y)
    return xp.sum(y)


def branches(xp, x):
    total = 0.0
    for i in range(3):
        total = total + (xp.sum(x[i]) if float(xp.sum(x[i])) > 0 else xp.sum(x[i] ** 2))
    return total


#: name -> (program of the namespace and the point, point)
PROGRAMS = {
    "tanh": (lambda xp, x: xp.tanh(x * 2).sum(), V),
    "operators": (lambda xp, x: xp.sum(x * x + 2 / x - x**3 + (-x) % 3), V),
    "reflected": (lambda xp, x: xp.sum((2 - x) * (1.0 + x) / 3 - 2**x), V),
    "broadcasting": (lambda xp, x: xp.sum(x * x[:, None] + x[None] / 2), V),
    "matmul": (lambda xp, x: (x @ xp.asarray(B)).sum(), A),
    "methods": (lambda xp, x: x.T.reshape(2, 6).mean() + x.ravel().sum() - x.max(), A),
    "take": (lambda xp, x: xp.sum(x[[0, 0, 2]] ** 2), A),
    "slices": (lambda xp, x: xp.sum(x[1:, ::2] * 3 - x[:2, 1::2]), A),
    "where": (lambda xp, x: xp.sum(xp.where(x > 0, x, x * x)), A),
    "counts": (lambda xp, x: (x**3).sum() / (x > 0.5).sum(), V),
    "concatenate": (lambda xp, x: xp.sum(xp.concatenate([x, x * 2]) ** 2), V),
    "stack": (lambda xp, x: xp.sum(xp.stack([x, x * 2], axis=1) ** 2), V),
    "extremes": (lambda xp, x: xp.max(x) * xp.min(x), V),
    "einsum": (lambda xp, x: xp.sum(xp.einsum("ij,kj->ik", x, x)), A),
    "norm": (lambda xp, x: xp.linalg.norm(x), A),
    "solve": (lambda xp, x: xp.sum(xp.linalg.solve(x @ x.T + 3 * xp.asarray(EYE), x)), A),
    "float": (lambda xp, x: float(xp.sum(x)) ** 2, V),
    "item": (lambda xp, x: xp.sum(x).item() ** 2, V),
    "variance": (lambda xp, x: xp.var(x) + xp.std(x), V),
    "cumsum": (lambda xp, x: xp.sum(xp.cumsum(x) ** 2), V),
    "sort": (lambda xp, x: xp.sum(xp.sort(x) * xp.asarray(V)), V),
    "maximum": (lambda xp, x: xp.sum(xp.maximum(x, 0.1) + xp.minimum(x, x * x)), V),
    "logsumexp": (lambda xp, x: xp.log(xp.sum(xp.exp(x))), V),
    "clip": (lambda xp, x: xp.sum(xp.clip(x, -0.5, 0.5) * x), V),
    "dict": (lambda xp, x: (lambda d: d["a"] + d["b"][0])({"a": x.sum(), "b": [xp.sum(x * x)]}), V),
    "tensordot": (lambda xp, x: xp.tensordot(x, x, axes=1), V),
    "outer": (lambda xp, x: xp.sum(xp.outer(x, x) ** 2), V),
    "pad": (lambda xp, x: xp.sum(xp.pad(x, 2) ** 2), V),
    "astype": (lambda xp, x: xp.sum(x.astype("float32") ** 2), V),
    "repeat": (lambda xp, x: xp.sum(xp.repeat(x, 2) ** 2 + xp.tile(x, 2)), V),
    "fft": (lambda xp, x: xp.sum(xp.abs(xp.fft.fft(x)) ** 2), V),
    "svd": (lambda xp, x: xp.linalg.svd(x)[1].sum(), A),
    "eigh": (lambda xp, x: (xp.linalg.eigh(x @ x.T)[0] ** 2).sum(), A),
    "inverse": (lambda xp, x: xp.linalg.inv(x @ x.T).sum() + xp.linalg.det(x @ x.T), A),
    "cholesky": (lambda xp, x: xp.linalg.cholesky(x @ x.T + xp.asarray(EYE)).sum(), A),
    "softmax": (lambda xp, x: xp.sum(softmax(xp, x) * xp.asarray(A)), A),
    "network": (network, {"w": B, "b": V[:2]}),
    "newton": (newton, np.abs(V) + 1),
    "branches": (branches, A),
    "zero slope": (lambda xp, x: xp.sum(xp.where(x > 0, xp.sqrt(xp.abs(x)), 0.0 * x)), V),
    "swapped": (lambda xp, x: xp.sum(xp.moveaxis(xp.swapaxes(x, 0, 1)[..., None], 0, 2) ** 2), A),
    "complex": (lambda xp, x: xp.sum(xp.real(xp.exp(1j * x) * xp.conj(x + 2j))), V),
    "flip": (lambda xp, x: xp.sum(xp.flip(x) * x + xp.roll(x, 1)), V),
    "triangles": (lambda xp, x: xp.sum(xp.tril(x) - xp.triu(x, 1) ** 2), A),
    "mean of rows": (lambda xp, x: xp.sum(xp.mean(x, axis=0) * xp.prod(x, axis=0)), A),
    "diagonal": (lambda xp, x: xp.trace(x @ x.T) + xp.sum(xp.diagonal(x)), A),
}
