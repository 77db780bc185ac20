"""Programs written against the array API standard, for the arrays of two libraries."""

import numpy as np
import pytest
from agreement import agree, slopes, weights_of

import zygcore as zg

strict = pytest.importorskip("array_api_strict")
compat = pytest.importorskip("array_api_compat")

M = np.array([[1.0, 0.4], [0.2, 2.0]])


def of_numpy(x):
    return compat.array_namespace(x), x


def of_strict(x):
    x = strict.asarray(x)
    return x.__array_namespace__(), x


LIBRARIES = pytest.mark.parametrize("library", [of_numpy, of_strict])


def total(y, xp):
    """A number of an array, that depends on each of its elements differently."""
    if y.dtype in (xp.complex128, xp.complex64):
        y = xp.real(y) + 2 * xp.imag(y)
    return float(xp.sum(xp.asarray(y) * xp.asarray(weights_of(tuple(y.shape)))))


# ---------------------------------------------------------------- function by function

UNARY = (
    "abs asinh atan cos cosh exp expm1 log log10 log1p log2 negative positive reciprocal sign sin "
    "sinh sqrt square tan tanh"
).split()
BINARY = (
    "add subtract multiply divide pow remainder maximum minimum hypot logaddexp copysign atan2"
).split()


def complex_of(xp, x):
    return xp.astype(x, xp.complex128) * (1 + 2j)


FUNCTIONS = {
    **{name: lambda xp, x, name=name: getattr(xp, name)(x) for name in UNARY},
    **{name: lambda xp, x, name=name: getattr(xp, name)(x, xp.sqrt(x) + 0.35) for name in BINARY},
    "acos": lambda xp, x: xp.acos(x / 3),
    "acosh": lambda xp, x: xp.acosh(x + 2),
    "asin": lambda xp, x: xp.asin(x / 3),
    "atanh": lambda xp, x: xp.atanh(x / 3),
    "clip": lambda xp, x: xp.clip(x, 0.5, 1.5),
    "conj": lambda xp, x: xp.conj(complex_of(xp, x)),
    "real": lambda xp, x: xp.real(complex_of(xp, x)),
    "imag": lambda xp, x: xp.imag(complex_of(xp, x)),
    "where": lambda xp, x: xp.where(x > 0.5, x, x * x),
    "isfinite": lambda xp, x: xp.astype(xp.isfinite(x), xp.float64) * x,
    # linear algebra
    "matmul": lambda xp, x: xp.matmul(x, x),
    "matrix_transpose": lambda xp, x: xp.matrix_transpose(x) * x,
    "tensordot": lambda xp, x: xp.tensordot(x, x, axes=1),
    "vecdot": lambda xp, x: xp.vecdot(x, x),
    "inv": lambda xp, x: xp.linalg.inv(x),
    "det": lambda xp, x: xp.linalg.det(x),
    "solve": lambda xp, x: xp.linalg.solve(x, x * x),
    "solve of a vector": lambda xp, x: xp.linalg.solve(x, x[:, 0]),
    "svdvals": lambda xp, x: xp.linalg.svdvals(x),
    "svd": lambda xp, x: xp.linalg.svd(x).S,
    "eigvalsh": lambda xp, x: xp.linalg.eigvalsh(x),
    "eigh": lambda xp, x: xp.linalg.eigh(x).eigenvalues,
    "cholesky": lambda xp, x: xp.linalg.cholesky(x @ xp.matrix_transpose(x)),
    "qr": lambda xp, x: xp.linalg.qr(x).R,
    "vector_norm": lambda xp, x: xp.linalg.vector_norm(x),
    "matrix_norm": lambda xp, x: xp.linalg.matrix_norm(x),
    "trace": lambda xp, x: xp.linalg.trace(x),
    "diagonal": lambda xp, x: xp.linalg.diagonal(x),
    "outer": lambda xp, x: xp.linalg.outer(x[0, :], x[1, :]),
    "matrix_power": lambda xp, x: xp.linalg.matrix_power(x, 3),
    "slogdet": lambda xp, x: xp.linalg.slogdet(x).logabsdet,
    "pinv": lambda xp, x: xp.linalg.pinv(x),
    # Fourier transforms
    "fft": lambda xp, x: xp.fft.fft(complex_of(xp, x)),
    "ifft": lambda xp, x: xp.fft.ifft(complex_of(xp, x)),
    "fftn": lambda xp, x: xp.fft.fftn(complex_of(xp, x)),
    "rfft": lambda xp, x: xp.fft.rfft(x),
    "irfft": lambda xp, x: xp.fft.irfft(xp.fft.rfft(x)),
    "hfft": lambda xp, x: xp.fft.hfft(complex_of(xp, x)),
    "fftshift": lambda xp, x: xp.fft.fftshift(x) * x,
    # statistics
    "sum": lambda xp, x: xp.sum(x, axis=0),
    "mean": lambda xp, x: xp.mean(x, axis=1),
    "var": lambda xp, x: xp.var(x),
    "std": lambda xp, x: xp.std(x, axis=0, correction=1),
    "prod": lambda xp, x: xp.prod(x, axis=0),
    "max": lambda xp, x: xp.max(x, axis=0),
    "min": lambda xp, x: xp.min(x),
    "cumulative_sum": lambda xp, x: xp.cumulative_sum(x, axis=0),
    "cumulative_prod": lambda xp, x: xp.cumulative_prod(x, axis=1),
    # manipulation
    "concat": lambda xp, x: xp.concat([x, x * x]),
    "stack": lambda xp, x: xp.stack([x, x * x], axis=1),
    "expand_dims": lambda xp, x: xp.expand_dims(x, axis=1) * x,
    "flip": lambda xp, x: xp.flip(x, axis=0) * x,
    "permute_dims": lambda xp, x: xp.permute_dims(x, (1, 0)) * x,
    "reshape": lambda xp, x: xp.reshape(x, (4,)),
    "roll": lambda xp, x: xp.roll(x, 1) * x,
    "squeeze": lambda xp, x: xp.squeeze(x[None, :, :], axis=0) * x,
    "broadcast_to": lambda xp, x: xp.broadcast_to(x, (3, 2, 2)),
    "broadcast_arrays": lambda xp, x: xp.broadcast_arrays(x, x[0, :])[1] * x,
    "moveaxis": lambda xp, x: xp.moveaxis(x, 0, 1) * x,
    "repeat": lambda xp, x: xp.repeat(x, 2, axis=0),
    "tile": lambda xp, x: xp.tile(x, (2, 1)),
    "unstack": lambda xp, x: xp.unstack(x)[0] * x,
    "tril": lambda xp, x: xp.tril(x) + xp.triu(x),
    "diff": lambda xp, x: xp.diff(x, axis=0),
    # indexing, sorting, sets, searching
    "element": lambda xp, x: x[0, 1] * x,
    "slice": lambda xp, x: x[1:, :] * x,
    "ellipsis": lambda xp, x: x[..., 0],
    "new axis": lambda xp, x: x[:, None, :],
    "mask": lambda xp, x: x[x > 0.3],
    "take": lambda xp, x: xp.take(x, xp.asarray([1, 0, 1]), axis=0),
    "take_along_axis": lambda xp, x: xp.take_along_axis(x, xp.asarray([[1, 0], [0, 0]]), axis=1),
    "sort": lambda xp, x: xp.sort(x, axis=1, descending=True),
    "argsort": lambda xp, x: xp.take_along_axis(x, xp.argsort(x, axis=1), axis=1),
    "unique_values": lambda xp, x: xp.unique_values(x),
    "unique_all": lambda xp, x: xp.unique_all(x).values,
    "unique_counts": lambda xp, x: xp.unique_counts(x).values,
    "argmax": lambda xp, x: x[:, int(xp.argmax(x[0, :]))],
    "nonzero": lambda xp, x: x * xp.nonzero(x)[0].shape[0],
    "any": lambda xp, x: x * 3 if xp.any(x > 1.0) else x,
    # creation
    "asarray of numbers": lambda xp, x: xp.asarray([float(x[0, 0]), 2 * float(x[1, 0])]),
    "asarray of an array": lambda xp, x: xp.asarray(x, copy=True) * x,
    "full": lambda xp, x: xp.full((2, 2), float(x[0, 0])) * x,
    "full_like": lambda xp, x: xp.full_like(x, float(x[0, 1])),
    "zeros_like": lambda xp, x: xp.zeros_like(x) + x,
    "eye": lambda xp, x: xp.eye(2) * x,
    "linspace": lambda xp, x: xp.linspace(float(x[0, 0]), float(x[1, 1]), 5),
    "meshgrid": lambda xp, x: xp.meshgrid(x[0, :], x[1, :])[0],
    # operators and conversions
    "negative operator": lambda xp, x: -x,
    "reflected": lambda xp, x: 1 - 2.0 / x,
    "power operators": lambda xp, x: x**2 + 2.0**x,
    "remainder operator": lambda xp, x: x % 0.3,
    "absolute operator": lambda xp, x: abs(x),
    "product operator": lambda xp, x: x @ x,
    "transposes": lambda xp, x: x.T * x.mT,
    "float": lambda xp, x: float(x[0, 0]) * x,
    "bool": lambda xp, x: x * 2 if bool(x[0, 0] > 0.5) else x,
}


def filled(xp, x):
    a = xp.zeros((2, 2))
    a[0, :] = x[1, :] * x[0, 0]
    a[1, 0] = float(x[1, 1]) ** 2
    a[1, 1] = x[0, 1]
    a *= 2.0
    a += x
    return a * a


def masked(xp, x):
    a = xp.asarray(x * x, copy=True)
    a[a > 0.5] = 0.25
    a -= x
    return a


def in_place(xp, x):
    a = x * 1.0
    a /= 2.0
    a **= 2
    return a


FUNCTIONS.update({"items that are set": filled, "a mask that is set": masked, "in place": in_place})


@LIBRARIES
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_the_standard(name, library):
    def f(m):
        xp, x = library(m)
        return total(FUNCTIONS[name](xp, x), xp)

    agree(f, M)


@pytest.mark.parametrize("name", ["matmul", "where", "sort", "svd", "items that are set"])
def test_the_gradient_of_a_strict_array_has_its_array(name):
    f = lambda x: total(FUNCTIONS[name](strict, x), strict)
    d = zg.gradient(f, strict.asarray(M))[0]
    assert type(d) is zg.Grad and d._dtype is None
    expected = slopes(lambda m: f(strict.asarray(m)), M)
    np.testing.assert_allclose(d._array, expected, rtol=1e-6, atol=1e-8)


# ---------------------------------------------------------------------- whole programs


class Layer:
    """A dense layer over the arrays of any library."""

    def __init__(self, xp, weights, bias):
        self.xp = xp
        self.weights = weights
        self.bias = bias

    def __call__(self, x):
        return self.xp.matmul(x, self.weights) + self.bias


def network(library):
    """The loss of a small network after steps of gradient descent, of its first weights."""
    rng = np.random.default_rng(0)
    data, labels = rng.normal(size=(6, 2)), rng.integers(0, 3, 6)
    biases, last = rng.normal(size=(1, 2)), rng.normal(size=(2, 3))

    def loss(xp, first, second, x, y):
        hidden = xp.tanh(first(x))
        logits = second(hidden)
        shifted = logits - xp.max(logits, axis=1, keepdims=True)
        log_sum = xp.log(xp.sum(xp.exp(shifted), axis=1))
        chosen = xp.take_along_axis(shifted, xp.expand_dims(y, axis=1), axis=1)
        return xp.mean(log_sum - xp.squeeze(chosen, axis=1))

    def after_training(m):
        xp, w = library(m)
        x, y = xp.asarray(data), xp.asarray(labels)
        first, bias, second = w, xp.asarray(biases), Layer(xp, xp.asarray(last), xp.zeros((1, 3)))
        for _ in range(3):
            step = zg.gradient(
                lambda w, b, x=x, y=y: float(loss(xp, Layer(xp, w, b), second, x, y)), first, bias
            )
            dw, db = [getattr(d, "_array", d) for d in step]
            first = first - 0.1 * xp.asarray(dw)
            bias = bias - 0.1 * xp.asarray(db)
        return float(loss(xp, Layer(xp, first, bias), second, x, y))

    return after_training


@LIBRARIES
def test_a_network_that_is_trained(library):
    agree(network(library), M, second=False)


@LIBRARIES
def test_means_of_clusters(library):
    """The inertia after rounds of k-means, of the points."""

    def inertia(m):
        xp, points = library(m)
        centres = xp.asarray(points[:2, :], copy=True)
        for _ in range(4):
            distances = xp.sum((points[:, None, :] - centres[None, :, :]) ** 2, axis=-1)
            nearest = xp.argmin(distances, axis=1)
            for k in range(2):
                mine = xp.take(points, xp.nonzero(nearest == k)[0], axis=0)
                if mine.shape[0]:
                    centres[k, :] = xp.mean(mine, axis=0)
        distances = xp.sum((points[:, None, :] - centres[None, :, :]) ** 2, axis=-1)
        return float(xp.sum(xp.min(distances, axis=1)))

    rng = np.random.default_rng(1)
    points = np.concatenate([rng.normal(size=(4, 2)), rng.normal(size=(4, 2)) + 6.0])
    agree(inertia, points[[0, 4, 1, 5, 2, 6, 3, 7]])


@LIBRARIES
def test_steps_of_gauss_and_newton(library):
    """The parameters of a curve that is fitted, as a function of the data."""
    times = np.linspace(0.0, 1.0, 5)

    def fitted(data):
        xp, y = library(data)
        t = xp.asarray(times)
        p = xp.asarray([1.0, -0.5])
        for _ in range(5):
            curve = p[0] * xp.exp(p[1] * t)
            jacobian = xp.stack([curve / p[0], t * curve], axis=1)
            normal = xp.matrix_transpose(jacobian)
            p = p - xp.linalg.solve(normal @ jacobian, normal @ (curve - y))
        return float(p[0] + 3.0 * p[1] ** 2)

    agree(fitted, 2.0 * np.exp(-times) + np.array([0.01, -0.02, 0.0, 0.03, -0.01]))


def test_a_namespace_that_an_object_names():
    class Named:
        def __init__(self, data):
            self.data = data

        def __array_namespace__(self, api_version=None):
            return np

    def f(x):
        named = Named(x * x)
        return float(np.sum(named.__array_namespace__().sin(named.data)))

    agree(f, M)
