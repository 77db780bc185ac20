"""Arrays of several streams in one call: the kernel waits for all of them, the host for none."""

import types

import numpy as np
import pytest

from zygcore import cuda
from zygcore.cuda import _arrays, _backend
from zygcore.errors import CudaError


class Array:
    """An array over memory of the host whose producer works on a stream of its own."""

    def __init__(self, array, stream, device=None):
        self.array, self.stream = array, stream
        if device is not None:
            self.device = types.SimpleNamespace(id=device)

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)

    @property
    def __cuda_array_interface__(self):
        found = dict(self.array.__array_interface__)
        return {**found, "version": 3, "stream": self.stream}


@pytest.fixture
def followed(monkeypatch):
    """The calls of `follow`, with the device that was current; streams are what arrays say."""
    runtime = _backend.kernels()
    calls = []
    seen = types.SimpleNamespace(
        **{name: getattr(runtime, name) for name in dir(runtime) if name[:2] != "__"}
    )
    seen.follow = lambda stream, other: calls.append((stream, other, runtime.get_device()))
    monkeypatch.setattr(_arrays, "kernels", lambda call="": seen)
    monkeypatch.setattr(_arrays, "stream_of", lambda x: getattr(x, "stream", 0))
    return calls


def streams(*numbers):
    return [Array(np.ones(3), n) for n in numbers]


@pytest.mark.parametrize("given, expected", [
    ([7, 7, 7], []),
    ([7, 8, 7], [(7, 8, 0)]),
    ([8, 7, 9], [(8, 7, 0), (8, 9, 0)]),
    ([0, 1, 0], []),
    ([1, 0, 2], [(1, 2, 0)]),
    ([7], []),
    ([], []),
])  # fmt: skip
def test_the_stream_of_the_first_waits_for_the_others(followed, given, expected):
    assert _arrays.stream_for(streams(*given), "f") == (given[0] if given else 0)
    assert followed == expected


def test_libraries_with_a_current_stream_are_asked_once(followed, monkeypatch):
    asked = []
    monkeypatch.setattr(_arrays, "library_of", lambda x: "cupy" if x.stream < 8 else "torch")
    monkeypatch.setattr(_arrays, "stream_of", lambda x: asked.append(x.stream) or x.stream)
    assert _arrays.stream_for(streams(7, 7, 8, 7, 8), "f") == 7
    assert followed == [(7, 8, 0)] and asked == [7, 8]


def test_streams_are_those_of_the_device_of_the_array(followed):
    runtime = _backend.kernels()
    runtime.set_devices(2)
    try:
        _arrays.stream_for([Array(np.ones(3), 7, 1), Array(np.ones(3), 8, 1)], "f")
        assert followed == [(7, 8, 1)] and runtime.get_device() == 0
    finally:
        runtime.set_devices(1)


def test_calls_wait_before_they_launch(followed):
    cuda.axpy(2.0, Array(np.ones(3), 2), Array(np.zeros(3), 1))
    assert followed == [(2, 1, 0)]
    followed.clear()
    cuda.sgd([Array(np.ones(3), 1)], [Array(np.ones(3), 2)], lr=0.5)
    assert followed == [(1, 2, 0)]


def test_the_runtime_waits_on_the_device_only():
    runtime = _backend.kernels()
    before = runtime.counters()
    runtime.follow(1, 2)
    after = runtime.counters()
    assert after["synchronizations"] == before["synchronizations"]
    assert after["live_handles"] == before["live_handles"]
    with pytest.raises(CudaError, match="cudaErrorInvalidResourceHandle"):
        runtime.follow(1, 12345678)
    assert runtime.counters()["live_handles"] == before["live_handles"]
