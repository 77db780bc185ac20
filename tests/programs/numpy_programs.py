"""Programs on arrays that write into none of them."""

import math

import numpy as np

from . import FD, Fields, log, program

A = np.array
V3 = A([0.3, -0.7, 1.2])
M23 = A([[0.2, -0.4, 0.9], [1.1, 0.5, -0.3]])
M22 = A([[2.0, 0.5], [0.3, 1.5]])


@program(M23, A([0.1, -0.2]), A([0.7, -1.1]), V3, numpy=True)
def mlp_forward(w, b, v, x):
    return v @ np.tanh(w @ x + b)


@program([(M23, A([0.1, 0.2])), (A([[0.4, -0.6]]), A([0.3]))], V3, numpy=True)
def mlp_from_a_list_of_layers(layers, x):
    for w, b in layers:
        x = np.tanh(np.dot(w, x) + b)
    return np.sum(x**2)


@program(M23, A([1, 0]), numpy=True, grad=(FD, None))
def softmax_cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


@program(V3, M23, A([1.0, 0.0]), numpy=True, grad=(FD, FD, FD))
def logistic_regression(w, x, y):
    p = 1 / (1 + np.exp(-(x @ w)))
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.1 * np.sum(w * w)


@program(V3, A([0.5, -1.0, 2.0, 0.1]), numpy=True)
def polynomial_features(x, c):
    features = np.stack([x**k for k in range(4)], axis=1)
    return np.sum((features @ c) ** 2)


@program(V3, A([[1.0], [2.0]]), 0.5, numpy=True)
def broadcasting(row, column, scale):
    return np.sum((row * column + scale) * (column - row) / scale)


@program(A([0.0, 0.0, 0.0]), numpy=True, grad=(A([2.0, 0.0, 1.0]),))
def repeated_indices(x):
    return x[[0, 0, 2]].sum()


@program(M23, numpy=True)
def indexing_of_all_kinds(x):
    a = x[0] @ x[1, ::-1]
    b = x[:, 1:].sum() * x[-1, -1] + x[..., 0].prod()
    c = x[x > 0.4].sum() * x[np.array([0, 1]), np.array([2, 0])].sum()
    return a + b + c + np.sum(x[:, None, :] * x[None, :, :])


@program(M22, M22.T + 1, numpy=True)
def einsum_and_friends(a, b):
    c = np.einsum("ij,jk->ik", a, b)
    d = np.einsum("ii", a) + np.trace(b) + np.einsum("ij,ij->", a, b)
    return np.sum(c * c) + d + np.tensordot(a, b, axes=2) + np.inner(a[0], b[1])


@program(M23, V3, numpy=True)
def products_of_all_kinds(m, v):
    return np.sum(np.outer(v, v) @ m.T) + np.dot(m, v)[0] + np.vdot(v, v) + np.kron(v, v)[1]


@program(M23, numpy=True)
def reductions(x):
    a = np.sum(x, axis=0) @ np.mean(x, axis=0)
    b = np.prod(x, axis=1).sum() + np.std(x) + np.var(x, axis=1, ddof=1).sum()
    return a + b + np.max(x) * np.min(x, axis=0).sum() + np.cumsum(x, axis=1)[1, 1]


@program(M23, numpy=True)
def reshape_and_transpose(x):
    y = x.reshape(3, 2).T + x
    z = y.ravel()[::2] * np.swapaxes(x, 0, 1).flatten()[1::2]
    return np.sum(z) + np.sum(np.expand_dims(x, 1).squeeze(1) * np.moveaxis(y, 0, -1).T)


@program(V3, V3 * 2 + 1, numpy=True)
def joining(x, y):
    a = np.concatenate([x, y])[1:5] ** 2
    b = np.stack((x, y)) * np.vstack([y, x])
    c = np.hstack([x, y[:1]]) @ np.append(y, x[0])
    return np.sum(a) + np.sum(b[0]) + c + np.sum(np.column_stack([x, y])[:, 1] ** 2)


@program(V3, numpy=True)
def splitting_tiling_rolling(x):
    a, b, c = np.split(x, 3)
    t = np.tile(x, 2) * np.repeat(x, 2)
    return (
        (a * b + c).item() + np.sum(t * np.roll(t, 1)) + np.flip(x)[0] + np.pad(x, 1) @ np.ones(5)
    )


@program(M23, numpy=True)
def loop_over_rows(x):
    total = 0.0
    for i, row in enumerate(x):
        for v in row:
            total = total * 0.5 + v * v
        total = total + row[i]
    return total


@program(V3, numpy=True)
def loop_over_indices(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] ** 2 * x[i - 1]
    return total + sum(v * v for v in x.tolist())


@program(V3, numpy=True)
def rows_collected_in_a_list(x):
    rows = []
    for k in range(3):
        rows.append(x * (k + 1) + (rows[-1] if rows else 0))
    return np.sum(np.array(rows) ** 2) + np.array([x[0], x[1] * x[2]]).sum()


@program(V3, numpy=True)
def where_and_clip(x):
    y = np.where(x > 0, x * x, 3 * x)
    return np.sum(y) + np.sum(np.maximum(x, 0.5) * np.clip(x * 2, -1, 1.0)) + np.abs(x).sum()


@program(0.0, numpy=True, grad=(1.0,), fd=False)
def where_with_infinite_slope_elsewhere(x):
    return np.where(x < 1, x, np.sqrt(x))


@program(V3, M22, numpy=True)
def norms(v, m):
    return np.linalg.norm(v) * np.linalg.norm(m) + np.linalg.norm(v, 1) + np.sqrt(np.sum(m**2))


@program(np.zeros(3), numpy=True, grad=(np.zeros(3),), fd=False)
def norm_at_zero(x):
    return np.linalg.norm(x)


@program(M22, A([1.0, 2.0]), numpy=True)
def linear_algebra(a, b):
    x = np.linalg.solve(a, b)
    return x @ x + np.linalg.det(a) + np.sum(np.linalg.inv(a) ** 2)


@program(V3, numpy=True)
def ufuncs(x):
    y = np.sin(x) * np.cos(x) + np.exp(-(x**2)) + np.log(x**2 + 1) + np.sqrt(x * x + 2)
    y = y + np.arctan(x) + np.sinh(x) / np.cosh(x) + np.log1p(x**2) + np.hypot(x, 2.0)
    return np.sum(y * np.square(x) - np.reciprocal(x + 3) + np.expm1(x) + np.logaddexp(x, 1.0))


@program(0.7, numpy=True)
def numpy_functions_of_floats(x):
    y = np.sin(x) * np.exp(x) + np.sum([x, x * x]) + np.dot(x, 2.0)
    log(type(y).__name__)
    return float(y) * x


@program(2.0, numpy=True, grad=(4.0,))
def float_of_numpy_sum(x):
    return float(np.sum(x * x))


@program(0.5, numpy=True)
def imaginary_part(x):
    return np.imag(np.exp(1j * x))


@program(A([1.0, 2.0, 3.0, -1.0]), numpy=True)
def power_spectrum(x):
    z = np.sum(x * np.exp(-2j * np.pi * np.arange(4) / 4))
    return z.real**2 + np.abs(z) ** 2


@program({"w": M23, "b": A([0.1, 0.2])}, V3, numpy=True)
def parameters_in_a_dict(p, x):
    return np.sum(np.maximum(p["w"] @ x + p["b"], 0.05 * (p["w"] @ x)))


@program([V3, V3 * 2], 0.1, numpy=True)
def sum_of_a_list_of_arrays(xs, rate):
    total = sum(x * (i + 1) for i, x in enumerate(xs))
    total = total - rate * sum(xs)
    return (total * total).sum()


@program(V3, numpy=True)
def rebinding_is_not_in_place(x):
    y = x
    for _ in range(3):
        y = y * x + 1
    z = x.copy()
    return y.sum() + z.dot(x)


@program(M22, numpy=True)
def power_iteration(a):
    v = np.ones(2)
    for _ in range(30):
        v = a @ v
        v = v / np.sqrt(v @ v)
    return v @ a @ v


@program(V3, 4, numpy=True, grad=(FD, None))
def rnn_over_time(h, steps):
    w = np.array([[0.1, 0.5, -0.3], [0.2, -0.1, 0.4], [0.0, 0.3, 0.2]])
    for t in range(steps):
        h = np.tanh(w @ h + math.sin(t) * h[::-1])
    return h.sum() * h[0]


@program(A([1.0, 2.0, 3.0, 4.0]), numpy=True)
def finite_difference_stencil(u):
    d = np.diff(u) ** 2
    lap = u[2:] - 2 * u[1:-1] + u[:-2]
    return d.sum() + (lap * u[1:-1]).sum() + np.sum(np.convolve(u, [1.0, -0.5], "valid") ** 2)


@program(V3, numpy=True)
def sorting_and_extremes(x):
    order = np.argsort(x)
    y = np.sort(x)
    return x[order][0] * y[-1] + x[np.argmax(x)] ** 2 + y @ np.arange(3.0) + np.median(x)


@program(M23, numpy=True)
def function_along_rows(x):
    def f(row, k=2.0):
        return np.sum(row**2) * k

    return sum(map(f, x)) + np.sum([f(row, k=1.0) for row in x]) * f(x[0])


@program(M23, A([1.0, 2.0]), numpy=True, grad=(FD, None))
def shape_is_no_gradient(x, y):
    n, m = x.shape
    log(x.ndim, x.size, y.dtype.name, np.zeros_like(y).shape)
    return np.sum(x * n) / m + np.mean(x) * len(y) + np.sum(np.ones(y.shape)) * x[0, 0]


def dense(w, b, act=np.tanh):
    return lambda x: act(w @ x + b)


@program(dense(M23, A([0.1, -0.2])), V3, numpy=True, grad=(Fields(w=FD, b=FD, act=None), FD))
def dense_layer_as_argument(layer, x):
    return np.sum(layer(x) ** 2)


@program(V3, A([1.0, 2.0]), raises=ValueError, numpy=True)
def shapes_do_not_match(x, y):
    return log(np.sum)(x + y)


@program(V3, raises=IndexError, numpy=True)
def array_index_error(x):
    return x[0] + x[3]


@program(M23, numpy=True)
def attention(x):
    scores = x @ x.T / np.sqrt(x.shape[1])
    weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return ((weights @ x) ** 2).sum()


@program(M23, numpy=True)
def layer_norm(x):
    mean = x.mean(axis=1, keepdims=True)
    y = (x - mean) / np.sqrt(((x - mean) ** 2).mean(axis=1, keepdims=True) + 1e-2)
    return np.sum(y * np.arange(6.0).reshape(2, 3))


@program(M23, V3, numpy=True)
def pairwise_distances(points, centre):
    d = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(-1) + 0.1)
    return np.sum(np.exp(-d)) + np.sum((points - centre) ** 2)


@program(A([1.5, 0.5]), A([0.2, 0.8, 1.1]), numpy=True)
def gaussian_likelihood(theta, data):
    mu, s = theta
    return np.sum(-0.5 * ((data - mu) / s) ** 2 - np.log(s))


@program(np.array([1.0, 2.0]), numpy=True)
def generator_over_an_array(x):
    """Nothing but the iterator of the generator knows what it iterates over."""
    return sum(v * v for v in x)


@program(np.array([1.0, 2.0, 4.0]), grad=(np.array([2.0, 0.0, 8.0]),), numpy=True)
def generators_in_c_iterators(x):
    return sum(v * v for i, v in enumerate(v for v in x) if i % 2 == 0)
