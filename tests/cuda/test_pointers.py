"""What kernels take: memory of the runtime, on one device, aligned; and what they refuse."""

import types

import device_memory as dm
import ml_dtypes
import numpy as np
import pytest
from calls import CALLS, DRAWS, GENERATOR

from zygcore import cuda
from zygcore.cuda import _arrays, _backend
from zygcore.errors import CudaError

A = np.arange(1.0, 13.0).reshape(3, 4)


class Given:
    """An array with an interface made by hand."""

    def __init__(self, array, **changes):
        self.array = array
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim
        found = dict(array.__array_interface__, version=3)
        found.update(changes)
        self.__cuda_array_interface__ = found

    def __array_namespace__(self):
        return np


def raised(name, call, function, *args):
    with pytest.raises(CudaError) as error:
        function(*args)
    assert (error.value.name, error.value.call) == (name, call), error.value
    return str(error.value)


def on_host(x):
    """A CUDA array whose memory the runtime does not know."""
    return Given(np.array(x))


# -- memory of the runtime ------------------------------------------------------------------


def results(name, to):
    GENERATOR.offset = 7
    call = CALLS[name]
    given = [to(x) for x in call.arrays]
    y = call.function(*given)
    return [y, *given] if y is not None else given


@pytest.mark.parametrize("name", CALLS)
def test_memory_of_the_runtime(device_runtime, name):
    before = device_runtime.counters()["live_allocations"]
    got = [dm.get(x) for x in results(name, dm.put)]
    assert device_runtime.counters()["live_allocations"] == before
    device_runtime.strict_pointers(False)
    for a, b in zip(got, results(name, np.array), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", [dm.HOST, dm.MANAGED])
def test_pinned_and_managed_memory(device_runtime, kind):
    x = dm.put(A, kind)
    np.testing.assert_array_equal(dm.get(cuda.add(x, dm.put(A))), A + A)


@pytest.mark.parametrize("name", CALLS)
def test_launches_go_to_the_device_of_the_arrays(device_runtime, name):
    got = results(name, lambda x: dm.put(x, device=1))
    assert device_runtime.launched_on() == 1
    assert device_runtime.get_device() == 0
    assert {x.device for x in got} == {1}
    results(name, dm.put)
    assert device_runtime.launched_on() == 0
    device_runtime.set_device(1)
    results(name, dm.put)
    assert device_runtime.launched_on() == 0
    assert device_runtime.get_device() == 1


def test_the_device_stays_after_errors(device_runtime):
    x, y = dm.put(A, device=1), dm.put(A)
    text = raised("cudaErrorInvalidDevice", "add", cuda.add, x, y)
    assert "arrays of the devices 1 and 0 in one call" in text
    assert device_runtime.get_device() == 0
    raised("cudaErrorInvalidValue", "bias_add", cuda.bias_add, x, x)
    assert device_runtime.get_device() == 0
    device_runtime.fail_launch(1)
    raised("cudaErrorLaunchFailure", "tanh", cuda.tanh, x)
    assert device_runtime.get_device() == 0
    device_runtime.set_devices(1)
    raised("cudaErrorInvalidDevice", "tanh", cuda.tanh, x)
    assert device_runtime.get_device() == 0


def test_part_of_an_allocation(device_runtime):
    x = dm.put(np.arange(10.0))
    got = cuda.add(x.viewed(lambda a: a[3:7]), x.viewed(lambda a: a[9:5:-1]))
    np.testing.assert_array_equal(dm.get(got), [12, 12, 12, 12])
    x.memory.free()
    assert "was freed" in raised(
        "cudaErrorInvalidDevicePointer", "tanh", cuda.tanh, x.viewed(lambda a: a[3:])
    )


# -- what interfaces say ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16", "int64", "int32"])
def test_misaligned(dtype):
    size = np.dtype(dtype).itemsize
    for k in range(1, size):
        x = np.zeros(4 * size + k, np.uint8)[k:].view(dtype)
        text = raised("cudaErrorMisalignedAddress", "permute", cuda.permute, x, (0,))
        assert f"multiple of their {size} bytes" in text
    assert cuda.permute(np.zeros(9, bool)[1:], (0,)).shape == (8,)


@pytest.mark.parametrize("name", ["tanh", "softmax", "column_sum", "dropout", "take"])
def test_functions_with_misaligned_arrays(name):
    x = np.zeros(A.nbytes + 1, np.uint8)[1:].view(A.dtype).reshape(A.shape)
    call = CALLS[name]
    raised("cudaErrorMisalignedAddress", call.names[0], call.function, x, *call.arrays[1:])


class WithMask:
    """The mask of an interface is an array with one, too."""

    def __init__(self, array):
        self.__array_interface__ = array.__array_interface__


@pytest.mark.parametrize("changes, message", [
    ({"shape": (3, -4)}, "and shape"),
    ({"shape": (12,)}, "and shape"),
    ({"shape": (2**62, 2**62)}, "interface"),
    ({"shape": (3, 4.0)}, "4.0"),
    ({"shape": (3, "4")}, "'4'"),
    ({"strides": (8,)}, "1 strides and 2 axes"),
    ({"strides": (32, 8, 8)}, "3 strides and 2 axes"),
    ({"strides": (32, 4)}, "no multiples"),
    ({"strides": (2**70, 8)}, str(2**70)),
    ({"typestr": ">f8"}, "byte order"),
    ({"typestr": "<f4"}, "interface of <f4"),
    ({"typestr": "<i8"}, "interface of <i8"),
    ({"typestr": "<c16"}, "interface of <c16"),
    ({"typestr": ""}, "interface"),
    ({"mask": WithMask(np.ones((3, 4), bool))}, "mask"),
    ({"data": (0, False)}, "its address is 0"),
    ({"data": (None, False)}, "its address is 0"),
    ({"data": (-8, False)}, "-8"),
    ({"data": (2**64, False)}, str(2**64)),
    ({"data": None}, "interface"),
    ({"data": (16,)}, "interface"),
])  # fmt: skip
def test_interfaces_made_by_hand(changes, message):
    text = raised("cudaErrorInvalidValue", "tanh", cuda.tanh, Given(A, **changes))
    assert message in text
    y = A.copy()
    raised("cudaErrorInvalidValue", "axpy", cuda.axpy, 1.0, Given(A, **changes), y)
    np.testing.assert_array_equal(y, A)


def test_shapes_larger_than_memory():
    x = Given(A)
    for shape, strides in (((-3, 4), None), ((2**40, 2**40), None), ((2**40, 2**40), (0, 0))):
        x.shape = shape
        x.__cuda_array_interface__ = dict(A.__array_interface__, shape=shape, strides=strides)
        raised("cudaErrorInvalidValue", "take", cuda.take, x, np.zeros(1, np.int64))


def test_an_interface_made_by_hand_that_is_right():
    for strides in (None, A.strides):
        np.testing.assert_array_equal(cuda.add(Given(A, strides=strides), Given(A)), A + A)
    half = Given(A[:, ::2], strides=A[:, ::2].strides)
    np.testing.assert_array_equal(cuda.add(half, 1.0), A[:, ::2] + 1)


@pytest.mark.parametrize("x", [
    A.astype(complex), A.astype(object), A.astype(">f8"), A.astype("U3"), A.astype(np.longdouble),
    A.astype(np.int8), A.astype("M8[s]"), A.astype([("re", "f8")]), A.astype(ml_dtypes.float8_e5m2),
], ids=lambda x: str(x.dtype))  # fmt: skip
def test_dtypes(x):
    for name in ("tanh", "softmax", "layer_norm", "take", "dropout", "axpy", "cross_entropy"):
        call = CALLS[name]
        raised("cudaErrorInvalidValue", call.names[0], call.function, x, *call.arrays[1:])
    raised("cudaErrorInvalidValue", "permute", cuda.permute, x, (1, 0))


class Quantity(np.ndarray):
    """As libraries of units have."""


@pytest.mark.parametrize("x", [
    np.ma.masked_array(A, A > 3), A.view(np.matrix), A.view(Quantity), A.view(np.recarray),
], ids=lambda x: type(x).__name__)  # fmt: skip
def test_classes_that_are_more_than_their_numbers(x):
    for name, call in CALLS.items():
        if name in DRAWS:
            continue
        for i, a in enumerate(call.arrays):
            if a.shape != A.shape or a.dtype != A.dtype:
                continue
            given = [np.array(b) for b in call.arrays]
            given[i] = x
            with pytest.raises(CudaError, match="plain numpy.ndarray") as error:
                call.function(*given)
            assert error.value.name == "cudaErrorInvalidValue"
            assert error.value.call in call.names


def test_files_are_plain(tmp_path):
    x = np.memmap(tmp_path / "x", np.float64, "w+", shape=(3, 4))
    x[...] = A
    y = cuda.add(x, 1.0)
    np.testing.assert_array_equal(y, A + 1)
    assert type(y) is np.ndarray


def test_a_number_of_numpys():
    """Its interface is that of a copy, which ends with the interface."""
    raised("cudaErrorInvalidValue", "f", _arrays.view, np.float64(2), "f")
    x, labels = np.log([[1.0, 3.0]]), np.array([1])
    from zygcore.cuda import loss

    parts = loss.losses(x, labels, None, -100, np.float64(0.0), "mean")
    dx = loss.losses_back(np.float64(2), x, labels, None, np.int64(-100), 0.0, *parts[1:])
    np.testing.assert_allclose(dx, [[0.5, -0.5]])
    np.testing.assert_allclose(cuda.softmax(x, np.int64(1)), [[0.25, 0.75]])
    assert cuda.layer_norm(x, eps=np.float32(0.5)).shape == (1, 2)


@pytest.mark.parametrize("x", [None, [1.0, 2.0], "text", 3.0, object(), types.SimpleNamespace()])
def test_what_is_no_array(x):
    for name, call in CALLS.items():
        for i in range(len(call.arrays)):
            given = [np.array(b) for b in call.arrays]
            given[i] = x
            optional = x is None and name in (
                "cross_entropy", "layer_norm", "rms_norm", "clip", *DRAWS
            )  # fmt: skip
            number = isinstance(x, float) and name in (
                "add", "subtract", "multiply", "divide", "power", "where", "clip"
            )  # fmt: skip
            if (optional and (i or name in DRAWS)) or (number and (name != "where" or i)):
                continue
            with pytest.raises(CudaError) as error:
                call.function(*given)
            assert error.value.name == "cudaErrorInvalidValue"
            assert error.value.call in call.names


# -- writing -------------------------------------------------------------------------------------


WRITING = [(name, i) for name, call in CALLS.items() for i in call.written]


@pytest.mark.parametrize("name, i", WRITING)
def test_read_only(name, i):
    call = CALLS[name]
    for fixed in ("numpy", "interface"):
        given = [np.array(x) for x in call.arrays]
        kept = [x.copy() for x in given]
        own = given[i]
        if fixed == "numpy":
            own.flags.writeable = False
        else:
            given[i] = Given(own, data=(own.ctypes.data, True))
        text = raised("cudaErrorInvalidValue", call.names[0], call.function, *given)
        assert "read-only" in text
        for x, k in zip((*given[:i], own, *given[i + 1 :]), kept, strict=True):
            np.testing.assert_array_equal(x, k)


def test_read_only_arrays_are_read():
    x, y = A.copy(), A.copy()
    x.flags.writeable = False
    cuda.axpy(1.0, x, y)
    cuda.sgd([y], [x], lr=0.5)
    np.testing.assert_array_equal(y, 2 * A - 0.5 * A)
    np.testing.assert_array_equal(cuda.add(np.broadcast_to(x[0], (3, 4)), x), A[0] + A)


@pytest.mark.parametrize("name, i", WRITING)
def test_arrays_that_are_written_overlap(name, i):
    """What is read element by element may be the array that is written, but no part of it."""
    call = CALLS[name]
    for j in range(len(call.arrays)):
        if j == i:
            continue
        for shift in (0, 1):
            if shift == 0 and j not in call.written:
                continue
            given = [np.array(x) for x in call.arrays]
            memory = np.zeros(20)
            given[i] = memory.view(given[i].dtype)[: given[i].size].reshape(given[i].shape)
            given[j] = memory.view(given[j].dtype)[shift : shift + given[j].size]
            given[j] = given[j].reshape(call.arrays[j].shape)
            if min(given[i].size, given[j].size) <= shift:
                continue
            text = raised("cudaErrorInvalidValue", call.names[0], call.function, *given)
            assert "shares memory" in text
            assert (memory == 0).all()


def test_nothing_is_counted_after_an_error():
    """The step of Adam is counted up only if there is a step."""
    w, g, m, v = (A.copy() for _ in range(4))
    count = np.zeros(1, np.int64)
    raised("cudaErrorInvalidValue", "adam", cuda.adam, [w], [g[:2]], [m], [v], count)
    raised("cudaErrorInvalidValue", "adam", cuda.adam, [w], [g], [m.T], [v], count)
    raised("cudaErrorInvalidValue", "adam", cuda.adam, [w], [g], [m], [v], count.astype(float))
    assert count[0] == 0
    np.testing.assert_array_equal(w, A)


# -- nothing -------------------------------------------------------------------------------------


def nothing(shape, dtype=float):
    """As libraries on GPUs have it: no memory at all."""
    made = Given(np.zeros(shape, dtype), data=(0, False))
    made.reshape = lambda shape: made
    return made


@pytest.mark.parametrize("f, shape", [
    (lambda: cuda.tanh(nothing((0, 3))), (0, 3)),
    (lambda: cuda.add(nothing((0, 3)), np.ones((1, 3))), (0, 3)),
    (lambda: cuda.permute(nothing((0, 3)), (1, 0)), (3, 0)),
    (lambda: cuda.unbroadcast(nothing((0, 3)), (3,)), (3,)),
    (lambda: cuda.softmax(nothing((0, 3))), (0, 3)),
    (lambda: cuda.softmax(nothing((3, 0))), (3, 0)),
    (lambda: cuda.logsumexp(nothing((3, 0))), (3,)),
    (lambda: cuda.layer_norm(nothing((0, 3))), (0, 3)),
    (lambda: cuda.rms_norm(nothing((0, 3))), (0, 3)),
    (lambda: cuda.cross_entropy(nothing((0, 3)), nothing((0,), int), reduction="sum"), ()),
    (lambda: cuda.take(np.ones((2, 3)), nothing((0,), int)), (0, 3)),
    (lambda: cuda.scatter_add(nothing((0, 3)), nothing((0,), int), 2), (2, 3)),
    (lambda: cuda.bias_add(nothing((0, 3)), np.ones(3)), (0, 3)),
    (lambda: cuda.column_sum(nothing((0, 3))), (3,)),
    (lambda: cuda.dropout(nothing((0, 3)), 0.5, cuda.Generator(1)), (0, 3)),
    (lambda: cuda.axpy(1.0, nothing((0, 3)), nothing((0, 3))), (0, 3)),
])  # fmt: skip
def test_arrays_of_nothing_without_memory(f, shape):
    assert f().shape == shape


def test_updates_of_nothing():
    empty = [nothing((0, 3))]
    cuda.accumulate([(empty[0], empty[0])])
    cuda.sgd(empty, empty, empty, lr=0.1, momentum=0.5)
    cuda.adam(empty, empty, empty, empty, 1)
    w = A.copy()
    cuda.sgd([*empty, w], [*empty, A], lr=1.0)
    assert (w == 0).all()


# -- CUDA arrays where the kernels run on the CPU -------------------------------------------------


def test_arrays_of_a_gpu_that_is_not_there(monkeypatch):
    """The kernels on the CPU must not read what a GPU has."""
    monkeypatch.setattr(_backend, "simulated", False)
    x = on_host(A)
    for name, call in CALLS.items():
        if name in DRAWS:
            continue
        with pytest.raises(CudaError) as error:
            call.function(*[on_host(a) for a in call.arrays])
        assert error.value.name in ("cudaErrorNotSupported", "cudaErrorInsufficientDriver")
        assert error.value.call in call.names
    assert not _arrays.within_reach(x)
    assert _arrays.within_reach(A)


class Adding(Given):
    def __add__(self, other):
        return "by the library"


def test_cotangents_are_added_by_the_library_where_no_kernel_can(monkeypatch):
    x = Adding(A)
    np.testing.assert_array_equal(_arrays.accumulated(x, x), 2 * A)
    monkeypatch.setattr(_backend, "simulated", False)
    assert _arrays.accumulated(x, x) == "by the library"
