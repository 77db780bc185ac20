"""Each kind of error, of each public function: CUDA's name, the call, and nothing is left."""

import gc
import sys
import types

import device_memory as dm
import faults
import numpy as np
import pytest
from calls import CALLS, DRAWS, GENERATOR

import zygcore as zg
from zygcore import cuda
from zygcore.cuda import _arrays, _backend
from zygcore.errors import CudaError

#: what has no arrays to be wrong, or is no function of a kernel
OTHERS = {"Generator", "CudaError", "backend", "device_count", "is_available", "runtime_version"}


def test_each_function_is_in_the_table():
    named = {name for call in CALLS.values() for name in call.names}
    assert set(cuda.__all__) - OTHERS - {"accumulate"} <= named
    assert "accumulate" in CALLS


def fails(runtime, name, given, expected):
    """Calls a function that must fail, and leave nothing."""
    call = CALLS[name]
    before = runtime.counters()
    bits = [None if x.memory.address is None else dm.get(x).tobytes() for x in given]
    offset, device = GENERATOR.offset, runtime.get_device()
    with pytest.raises(CudaError) as raised:
        call.function(*given)
    assert raised.value.name == expected, raised.value
    assert raised.value.call in call.names, raised.value
    assert expected in str(raised.value) and raised.value.call in str(raised.value)
    del raised
    gc.collect()
    after = runtime.counters()
    assert after["live_allocations"] == before["live_allocations"]
    assert after["live_bytes"] == before["live_bytes"]
    assert runtime.unchecked() == ""
    assert bits == [None if x.memory.address is None else dm.get(x).tobytes() for x in given]
    assert GENERATOR.offset == offset
    assert runtime.get_device() == device


def wrong_dtype(x):
    return dm.put(x.astype(np.complex128))


def object_dtype(x):
    made = dm.put(x.astype(np.float64))
    return made.viewed(lambda a: a.view("M8[s]"))


def wrong_shape(x):
    """Nine axes, which no kernel takes."""
    return dm.put(x.reshape((1,) * (9 - x.ndim) + x.shape))


def another_shape(x):
    """One that goes with no other."""
    return dm.put(np.ones((7, 5), x.dtype))


def memory_of_the_host(x):
    own = dm.put(x)
    return dm.ndarray(own.memory, np.array(x))


def another_device(x):
    return dm.put(x, device=1)


def freed(x):
    """So much that it goes back to the system: what is allocated next must not be there."""
    memory = dm.Memory(1 << 26)
    memory.free()
    return dm.ndarray(memory, np.frombuffer(memory.bytes, x.dtype, x.size).reshape(x.shape))


def misaligned(x):
    made = dm.put(np.zeros(x.nbytes + 1, np.uint8))
    return made.viewed(lambda a: a[1:].view(x.dtype).reshape(x.shape))


def not_contiguous(x):
    made = dm.put(np.zeros((*x.shape, 2)))
    return made.viewed(lambda a: a[..., 0])


KINDS = {
    wrong_dtype: "cudaErrorInvalidValue",
    object_dtype: "cudaErrorInvalidValue",
    wrong_shape: "cudaErrorInvalidValue",
    another_shape: "cudaErrorInvalidValue",
    memory_of_the_host: "cudaErrorInvalidDevicePointer",
    another_device: "cudaErrorInvalidDevice",
    freed: "cudaErrorInvalidDevicePointer",
    misaligned: "cudaErrorMisalignedAddress",
    not_contiguous: "cudaErrorInvalidValue",
}


def pairs():
    for kind in KINDS:
        for name, call in CALLS.items():
            if name in DRAWS:
                continue
            for i, x in enumerate(call.arrays):
                if kind in (another_shape, another_device) and len(call.arrays) == 1:
                    continue
                if kind is another_shape and name == "take":  # any rows of any table
                    continue
                if kind is misaligned and x.itemsize == 1:
                    continue
                if kind is not_contiguous and (i not in call.written or x.size == 1):
                    continue
                yield pytest.param(kind, name, i, id=f"{kind.__name__}-{name}-{i}")


@pytest.mark.parametrize("kind, name, i", list(pairs()))
def test_arguments(device_runtime, kind, name, i):
    call = CALLS[name]
    given = [dm.put(x) for x in call.arrays]
    given[i] = kind(call.arrays[i])
    fails(device_runtime, name, given, KINDS[kind])


def counted(runtime, what, name):
    given = [dm.put(x) for x in CALLS[name].arrays]
    before = runtime.counters()[what]
    CALLS[name].function(*given)
    return runtime.counters()[what] - before


@pytest.mark.parametrize("name", CALLS)
def test_out_of_memory(device_runtime, name):
    for n in range(1, counted(device_runtime, "allocations", name) + 1):
        given = [dm.put(x) for x in CALLS[name].arrays]
        device_runtime.fail_allocation(n)
        fails(device_runtime, name, given, "cudaErrorMemoryAllocation")


@pytest.mark.parametrize("name", CALLS)
def test_a_launch_that_fails(device_runtime, name):
    n = counted(device_runtime, "launches", name)
    assert n > 0
    for k in range(1, n + 1):
        given = [dm.put(x) for x in CALLS[name].arrays]
        if k > 1 and CALLS[name].written:
            continue  # what the launch before it has written stays
        device_runtime.fail_launch(k)
        fails(device_runtime, name, given, "cudaErrorLaunchFailure")


@pytest.mark.parametrize("name", [n for n, c in CALLS.items() if not c.written and n not in DRAWS])
def test_pullbacks_that_fail(name):
    call = CALLS[name]
    given = call.arrays[:2] if name == "cross_entropy" else call.arrays  # weights are constants
    dy = np.ones_like(call.function(*given))
    faults.fails_cleanly(lambda: zg.pullback(call.function, *given)[1](dy))


@pytest.mark.parametrize("dtype", ["complex64", "float128x", "int8", "O"])
def test_dtypes_of_random_numbers(dtype):
    for name in DRAWS:
        offset = GENERATOR.offset
        with pytest.raises(CudaError) as raised:
            getattr(cuda, name)(GENERATOR, 5, dtype)
        assert raised.value.name == "cudaErrorInvalidValue"
        assert raised.value.call in CALLS[name].names
        assert GENERATOR.offset == offset


@pytest.mark.parametrize("shape", [(-1,), (2**40, 2**40), ("a",), (2.5,)])
def test_shapes_of_random_numbers(shape):
    for name in DRAWS:
        with pytest.raises(CudaError) as raised:
            getattr(cuda, name)(GENERATOR, shape)
        assert raised.value.name == "cudaErrorInvalidValue"
        assert raised.value.call in CALLS[name].names


@pytest.mark.parametrize("error", [MemoryError("no"), dm.OutOfMemoryError("no")])
def test_libraries_without_memory(monkeypatch, error):
    def empty(*args):
        raise error

    monkeypatch.setattr(np, "empty", empty)
    with pytest.raises(CudaError, match="out of memory: no") as raised:
        cuda.scatter_add(np.ones(1), np.zeros(1, int), 5)
    assert raised.value.name == "cudaErrorMemoryAllocation"
    assert raised.value.call == "scatter_add"


# -- no driver, or one that is too old ------------------------------------------------------------


class Module:
    """`_device` on a machine whose driver says no."""

    backend = "cuda"

    def __init__(self, error, driver, count=0):
        self.error, self.driver, self.count = error, driver, count

    def device_count(self):
        if self.error:
            raise CudaError(self.error, "cudaGetDeviceCount", "no")
        return self.count

    def driver_version(self):
        return self.driver

    def runtime_version(self):
        return 13000


MACHINES = {
    "no CUDA": (
        None,
        "cudaErrorNotSupported",
        "built without CUDA; install it with ZYGCORE_CUDA=1",
    ),
    "no driver": (
        Module("cudaErrorInsufficientDriver", 0),
        "cudaErrorInsufficientDriver",
        "no NVIDIA driver on this machine",
    ),
    "an old driver": (
        Module("cudaErrorInsufficientDriver", 12040),
        "cudaErrorInsufficientDriver",
        "driver is too old: it is for CUDA 12.4, and zygcore was built with CUDA 13.0",
    ),
    "no GPU": (Module("cudaErrorNoDevice", 13000), "cudaErrorNoDevice", "there is no GPU"),
    "hidden GPUs": (Module(None, 13000), "cudaErrorNoDevice", "CUDA_VISIBLE_DEVICES"),
}


@pytest.fixture
def machine(monkeypatch):
    """Sets what `_device` is, and whether there is `_host`."""
    host = _backend._module("_host")

    def machine(device, with_host=True):
        modules = {"_device": device, "_host": host if with_host else None}
        monkeypatch.setattr(_backend, "_module", modules.get)
        monkeypatch.setattr(_backend, "simulated", False)
        _backend._devices.cache_clear()

    yield machine
    monkeypatch.undo()
    _backend._devices.cache_clear()


@pytest.mark.parametrize("which", MACHINES)
@pytest.mark.parametrize("name", [name for name in CALLS if name not in DRAWS])
def test_arrays_of_a_gpu_without_one(machine, device_runtime, which, name):
    module, expected, text = MACHINES[which]
    machine(module)
    assert (cuda.device_count(), cuda.is_available(), cuda.backend()) == (0, False, "host")
    given = [dm.put(x) for x in CALLS[name].arrays]
    fails(device_runtime, name, given, expected)
    with pytest.raises(CudaError, match=text):
        CALLS[name].function(*given)


@pytest.mark.parametrize("which", MACHINES)
def test_what_is_asked_for_by_name(machine, which):
    module, expected, text = MACHINES[which]
    machine(module, with_host=False)
    assert cuda.device_count() == 0
    for name, call in CALLS.items():
        with pytest.raises(CudaError, match=text) as raised:
            call.function(*call.arrays)
        assert raised.value.name == expected
        assert raised.value.call in call.names
        assert "neither were the kernels for the CPU" in str(raised.value), name
    with pytest.raises(CudaError, match=text) as raised:
        cuda.backend()
    assert raised.value.call == "backend"
    if module is None:
        with pytest.raises(CudaError, match=text):
            cuda.runtime_version()
    else:
        assert cuda.runtime_version() == 13000


def test_other_errors_of_the_driver_are_told(machine):
    machine(Module("cudaErrorSystemDriverMismatch", 13000))
    for f in (cuda.device_count, cuda.is_available, cuda.backend):
        with pytest.raises(CudaError, match="cudaErrorSystemDriverMismatch"):
            f()


def test_arrays_of_the_host_where_there_is_a_gpu(machine):
    machine(Module(None, 13000, 2))
    assert (cuda.device_count(), cuda.is_available(), cuda.backend()) == (2, True, "cuda")
    for call in CALLS.values():
        if call.names[0] in DRAWS:
            continue
        with pytest.raises(CudaError, match="an array on the GPU is needed") as raised:
            call.function(*call.arrays)
        assert raised.value.name == "cudaErrorInvalidValue"
        assert raised.value.call in call.names


class Device:
    """As `cupy.cuda.Device` is."""

    id = 1
    entered = 0

    def __enter__(self):
        Device.entered += 1

    def __exit__(self, *error):
        Device.entered -= 1


def test_cupys_results_are_made_on_the_device_of_the_arrays(machine, monkeypatch):
    machine(Module(None, 13000, 2))
    x = types.SimpleNamespace(device=Device())
    monkeypatch.setattr(_arrays, "library_of", lambda x: "cupy")
    streams = types.SimpleNamespace(
        get_current_stream=lambda device: types.SimpleNamespace(ptr=100 + device)
    )
    library = types.SimpleNamespace(
        empty=lambda shape, dtype: (shape, dtype, Device.entered), cuda=streams
    )
    monkeypatch.setitem(sys.modules, "cupy", library)
    assert _arrays.empty((3, 4), "float32", x, "f") == ((3, 4), "float32", 1)
    assert Device.entered == 0
    assert _arrays.stream_of(x) == 101


def test_pytorchs_results_are_made_on_the_device_of_the_arrays(machine, monkeypatch):
    machine(Module(None, 13000, 2))
    x = types.SimpleNamespace(device="cuda:1")
    monkeypatch.setattr(_arrays, "library_of", lambda x: "torch")
    streams = types.SimpleNamespace(
        current_stream=lambda device: types.SimpleNamespace(cuda_stream=device)
    )
    library = types.SimpleNamespace(
        empty=lambda shape, dtype, device: (shape, dtype, device), bfloat16="b", cuda=streams
    )
    monkeypatch.setitem(sys.modules, "torch", library)
    assert _arrays.empty((3,), "bfloat16", x, "f") == ((3,), "b", "cuda:1")
    assert _arrays.stream_of(x) == "cuda:1"
