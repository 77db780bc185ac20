"""Every launcher can be captured in a CUDA graph: all its work is on the stream that it was given,
it allocates nothing and waits for nothing.
"""

import contextlib

import numpy as np
import pytest
from kernel_lines import LINES, RANDOM, gradients, in_dtype

from zygcore import cuda
from zygcore.cuda import _arrays, _backend
from zygcore.errors import CudaError


@pytest.fixture(autouse=True)
def on_the_host():
    if cuda.backend() != "host":
        pytest.skip("the host looks at what is captured")


@contextlib.contextmanager
def captured(monkeypatch):
    """All launches go to a stream that is captured."""
    module = _backend.kernels()
    before = module.counters()
    stream = module.begin_capture()
    monkeypatch.setattr(_arrays, "stream_of", lambda x: stream)
    try:
        yield stream
    finally:
        monkeypatch.undo()
        module.end_capture(stream)
    after = module.counters()
    for what in ("allocations", "synchronizations", "live_handles"):
        assert after[what] == before[what]


@pytest.mark.parametrize("number", range(len(LINES)), ids=lambda i: f"{LINES[i]}-{i}")
def test_lines(number, monkeypatch):
    case = LINES[number]
    for dtype in ("float32", "float16"):
        args = [in_dtype(a, dtype) for a in case.args]
        expected = case.f(*[in_dtype(a, dtype) for a in case.args])
        with captured(monkeypatch):
            got = case.f(*args)
            if case.gradient:
                gradients(case, args)
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", RANDOM)
def test_random_numbers(name, monkeypatch):
    with captured(monkeypatch):
        got = RANDOM[name]("float32")
    np.testing.assert_array_equal(got, RANDOM[name]("float32"))


def test_empty_sums(monkeypatch):
    with captured(monkeypatch):
        got = cuda.unbroadcast(np.ones((0, 3)), (3,))
    assert got.tolist() == [0, 0, 0]


def test_what_cannot_be_captured_is_found(monkeypatch):
    module = _backend.kernels()
    x, y = np.ones(3), np.zeros(3)
    with captured(monkeypatch):
        monkeypatch.undo()  # the default stream
        with pytest.raises(CudaError, match="work on another stream") as found:
            _arrays.launch("elementwise", "scaled", y, 2.0, x)
        assert found.value.name == "cudaErrorStreamCaptureUnsupported"
        with pytest.raises(CudaError, match="work on another stream"):
            _arrays.launch("clear", np.ones(3))
    assert y.tolist() == [0] * 3
    with pytest.raises(AssertionError), captured(monkeypatch) as stream:
        with pytest.raises(CudaError, match="waiting while a stream is captured"):
            module.synchronize(stream)
