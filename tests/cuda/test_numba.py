"""Numba's own device arrays, over memory of the host: transfers, views, our kernels on the CPU."""

import contextlib
import ctypes

import numpy as np
import pytest

import zygcore as zg
from zygcore import cuda
from zygcore.errors import AdjointError, CudaError, OutputError, UnsupportedError

numba_cuda = pytest.importorskip("numba.cuda", reason="Numba with CUDA is not installed")

from numba.cuda.cudadrv import devicearray, devices, driver  # noqa: E402

pytestmark = pytest.mark.skipif(cuda.is_available(), reason="its arrays are on a GPU here")

A = np.random.default_rng(0).uniform(0.5, 1.5, (3, 4))
D = devicearray.DeviceNDArray


class Context:
    """What allocates in place of a CUDA context."""

    def memalloc(self, size):
        owner = (ctypes.c_char * max(size, 1))()
        pointer = ctypes.c_void_p(ctypes.addressof(owner))
        return driver.MemoryPointer(self, pointer, size, owner=owner)


def to_host(dst, src, size, stream=0):
    address = driver.host_pointer(dst)
    ctypes.memmove(address, src.device_ctypes_pointer.value, size)


def from_host(dst, src, size, stream=0):
    address = driver.host_pointer(src, readonly=True)
    ctypes.memmove(dst.device_ctypes_pointer.value, address, size)


@pytest.fixture(autouse=True)
def on_the_host(monkeypatch):
    monkeypatch.setattr(devices._runtime, "ensure_context", contextlib.nullcontext)
    monkeypatch.setattr(devices, "get_context", Context)
    monkeypatch.setattr(driver, "device_to_host", to_host)
    monkeypatch.setattr(driver, "host_to_device", from_host)
    zg.gradient(lambda x: x, 1.0)  # the rules for what was imported are registered


def put(x):
    return numba_cuda.to_device(np.ascontiguousarray(x))


def scalar(x):
    return cuda.unbroadcast(x, ())


def test_the_arrays_of_this_test():
    x = put(A)
    assert type(x) is D
    np.testing.assert_array_equal(x.copy_to_host(), A)
    np.testing.assert_array_equal(x[1:, 2:].copy_to_host(), A[1:, 2:])


PROGRAMS = {
    "tanh": lambda x: scalar(cuda.tanh(x)),
    "softmax": lambda x: scalar(cuda.multiply(cuda.softmax(x), x)),
    "logsumexp": lambda x: scalar(cuda.logsumexp(x, 0, keepdims=True)),
    "layer_norm": lambda x: scalar(cuda.multiply(cuda.layer_norm(x), x)),
    "used twice": lambda x: scalar(cuda.add(cuda.multiply(x, x), cuda.cos(x))),
    "T": lambda x: scalar(cuda.multiply(cuda.softmax(x.T), x.T)),
    "transpose": lambda x: scalar(cuda.exp(x.transpose())),
    "reshape": lambda x: scalar(cuda.multiply(cuda.softmax(x.reshape(2, 6)), x.reshape((2, 6)))),
    "reshape -1": lambda x: scalar(cuda.softmax(cuda.exp(x.reshape(-1, 2)), 0)),
    "ravel": lambda x: scalar(cuda.multiply(cuda.softmax(x.ravel()), cuda.exp(x.ravel()))),
    "reshaped transpose": lambda x: scalar(cuda.exp(cuda.softmax(x.T.reshape(2, 6)))),
    "slice": lambda x: scalar(cuda.exp(x[1:, ::2])),
    "row": lambda x: scalar(cuda.multiply(x[1], x[2])),
    "column": lambda x: scalar(cuda.multiply(x[:, 1], x[:, 3])),
    "negative": lambda x: scalar(cuda.exp(x[-1])),
    "backwards": lambda x: scalar(cuda.multiply(x[2:0:-1], x[:2])),
    "slices of slices": lambda x: scalar(cuda.exp(x[1:][:, 1:3])),
    "two slices": lambda x: scalar(cuda.multiply(x[:2], x[1:])),
    "element": lambda x: x[1, 2] * x[2, 3],
    "shape": lambda x: scalar(cuda.exp(x, scale=float(x.shape[0] * len(x) * x.size * x.ndim))),
    "float": lambda x: cuda.multiply(scalar(cuda.exp(x)), 0.5),
    "bias": lambda x: scalar(cuda.exp(cuda.bias_add(x, x[0]))),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients(name):
    """Those with NumPy's arrays, whose kernels are the same."""
    f = PROGRAMS[name]
    expected = zg.gradient(f, A)[0]
    y, (got,) = zg.withgradient(f, put(A))
    assert type(got) is D
    assert (got.shape, got.dtype) == (A.shape, A.dtype)
    np.testing.assert_allclose(got.copy_to_host(), expected, rtol=1e-14)
    y = y.copy_to_host() if type(y) is D else y
    np.testing.assert_allclose(y, f(A), rtol=1e-15)


@pytest.mark.parametrize("name", PROGRAMS)
def test_second_derivatives(name):
    f = PROGRAMS[name]

    def slope(x):
        (dx,) = zg.gradient(f, x)
        return scalar(cuda.multiply(dx, dx))

    expected = zg.gradient(slope, A)[0]
    (got,) = zg.gradient(slope, put(A))
    if expected is None or got is None:
        assert got is None and (expected is None or not np.any(expected))
        return
    np.testing.assert_allclose(got.copy_to_host(), expected, rtol=1e-12, atol=1e-14)


def test_forward_mode():
    f = PROGRAMS["two slices"]
    _, expected = zg.jvp(f, (A,), (A * 2,))
    _, got = zg.jvp(f, (put(A),), (put(A * 2),))
    np.testing.assert_allclose(got.copy_to_host(), expected, rtol=1e-14)


def test_transfers():
    """In and out of the device, as parts of a program of NumPy's."""

    def f(x):
        on_device = numba_cuda.to_device(np.sin(x))
        return (cuda.tanh(on_device).copy_to_host() * x).sum()

    expected = zg.gradient(lambda x: (np.tanh(np.sin(x)) * x).sum(), A)[0]
    (got,) = zg.gradient(f, A)
    assert type(got) is np.ndarray
    np.testing.assert_allclose(got, expected, rtol=1e-14)
    (got,) = zg.gradient(lambda x: zg.gradient(f, x)[0].sum(), A)
    plain = lambda x: (np.tanh(np.sin(x)) * x).sum()
    expected = zg.gradient(lambda x: zg.gradient(plain, x)[0].sum(), A)[0]
    np.testing.assert_allclose(got, expected, rtol=1e-13)


def test_transfers_of_lists_and_of_device_arrays():
    (got,) = zg.gradient(lambda x: scalar(cuda.exp(numba_cuda.to_device([x, 2.0]))), 0.5)
    assert got == pytest.approx(np.exp(0.5))
    (got,) = zg.gradient(lambda x: scalar(cuda.exp(numba_cuda.to_device(x))), put(A))
    np.testing.assert_allclose(got.copy_to_host(), np.exp(A))


def test_from_the_device_to_the_host():
    (got,) = zg.gradient(lambda x: np.prod(x.copy_to_host()[0]), put(A))
    expected = zg.gradient(lambda x: np.prod(x[0]), A)[0]
    assert type(got) is D
    np.testing.assert_allclose(got.copy_to_host(), expected, rtol=1e-15)


def test_cotangents_are_added_by_a_kernel():
    from zygcore.cuda import _backend

    x = put(A)
    y, back = zg.pullback(lambda x: cuda.multiply(x, x), x)
    before = _backend.kernels().counters()["launches"]
    (dx,) = back(put(A))
    assert _backend.kernels().counters()["launches"] == before + 3
    np.testing.assert_allclose(dx.copy_to_host(), 2 * A * A)


def test_a_broadcast_array():
    """Its own interface says that it is contiguous."""
    row = put(A[0])
    x = D((3, 4), (0, 8), row.dtype, gpu_data=row.gpu_data)
    np.testing.assert_array_equal(cuda.add(x, 0.0).copy_to_host(), np.broadcast_to(A[0], (3, 4)))


def test_float32_and_integers():
    (got,) = zg.gradient(lambda x: scalar(cuda.exp(x)), put(A.astype(np.float32)))
    assert got.dtype == np.float32
    labels = put(np.array([1, 0, 3]))
    (got,) = zg.gradient(lambda x: cuda.cross_entropy(x, labels[:]), put(A))
    expected = zg.gradient(lambda x: cuda.cross_entropy(x, np.array([1, 0, 3])), A)[0]
    np.testing.assert_allclose(got.copy_to_host(), expected, rtol=1e-15)


def test_updates():
    w = put(A)
    (dw,) = zg.gradient(PROGRAMS["tanh"], w)
    cuda.sgd([w], [dw], lr=0.5)
    np.testing.assert_allclose(w.copy_to_host(), A - 0.5 * (1 - np.tanh(A) ** 2))


def test_structures():
    params = {"w": put(A), "b": [put(A[0])]}
    (got,) = zg.gradient(lambda p: scalar(cuda.exp(cuda.bias_add(p["w"], p["b"][0]))), params)
    expected = np.exp(A + A[0])
    np.testing.assert_allclose(got["w"].copy_to_host(), expected)
    np.testing.assert_allclose(got["b"][0].copy_to_host(), expected.sum(0))


def stored(x):
    y = cuda.tanh(x)
    y[0] = 1.0
    return scalar(y)


def copied_into(x):
    y = cuda.tanh(x)
    y.copy_to_device(x)
    return scalar(y)


def set_with_a_stream(x):
    y = cuda.tanh(x)
    y.setitem(0, 1.0)
    return scalar(y)


def stored_in_a_constant(x):
    y = put(A)
    y[0] = x[0]
    return scalar(y)


def stored_after_use(x):
    k = put(A)
    y = cuda.multiply(x, k)
    k[0] = 1.0
    return scalar(y)


@pytest.mark.parametrize("f", [
    stored, copied_into, set_with_a_stream, stored_in_a_constant, stored_after_use,
    lambda x: scalar(numba_cuda.to_device(x.copy_to_host(), to=put(A))),
    lambda x: x.copy_to_host(np.empty((3, 4))).sum(),
    lambda x: scalar(x.reshape(2, 6, order="F")),
])  # fmt: skip
def test_writing_is_refused(f):
    with pytest.raises(UnsupportedError):
        zg.gradient(f, put(A))


@pytest.mark.filterwarnings("ignore:Grid size")
def test_a_kernel_of_numbas():
    def f(x):
        y = numba_cuda.device_array_like(x)
        kernel[1, 1](x, y)
        return scalar(y)

    @numba_cuda.jit
    def kernel(x, y):
        y[0] = x[0]

    with pytest.raises(UnsupportedError, match="kernel of Numba"):
        zg.gradient(f, put(A))


def test_what_there_is_not():
    with pytest.raises(TypeError):
        zg.gradient(lambda x: scalar(x * 2.0), put(A))
    with pytest.raises(AdjointError):
        zg.gradient(lambda x: scalar(x.view(np.float64)), put(A))
    with pytest.raises(OutputError, match="scalar"):
        zg.gradient(lambda x: cuda.tanh(x), put(A))
    with pytest.raises(CudaError, match="float64, float32"):
        zg.gradient(lambda x: scalar(cuda.tanh(put(np.arange(3)))), put(A))
    with pytest.raises(AdjointError):
        zg.gradient(lambda x: (np.ones((3, 4)) * x).sum(), put(A))


@pytest.mark.parametrize("f", [
    lambda x: np.asarray(x)[1].prod(), lambda x: np.array(x)[1].prod(),
    lambda x: np.ascontiguousarray(x)[1].prod(), lambda x: np.stack([x, x])[1, 1].prod(),
])  # fmt: skip
def test_what_numpy_fetches(f):
    """An array of Numba's says to NumPy what is in it."""
    expected = zg.gradient(f, A)[0]
    np.testing.assert_allclose(zg.gradient(f, put(A))[0].copy_to_host(), expected, rtol=1e-15)


@pytest.mark.parametrize("call", [
    lambda x: np.asarray(x).sum(), lambda x: np.array(x)[0, 0] * 2.0,
    lambda x: np.exp(np.asarray(x)).sum(),
])  # fmt: skip
def test_nothing_is_lost_on_the_way_to_the_host(call):
    assert zg.gradient(call, put(A))[0] is not None
