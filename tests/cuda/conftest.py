"""Tests of the kernels: on the CPU always, on a GPU as well where there is one.

With ``ZYGCORE_TEST_PTX=1`` they run a second time, slowly, by the interpreter of the PTX that nvcc
makes of the kernels.
"""

import contextlib
import gc
import importlib.util
import os
import sys

import numpy as np
import pytest

from zygcore import cuda
from zygcore.cuda import _backend


def use_module(path):
    """The kernels on the CPU as another build made them: sanitizers.py."""
    name = "zygcore.cuda._host"
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


if "ZYGCORE_TEST_HOST_MODULE" in os.environ:
    use_module(os.environ["ZYGCORE_TEST_HOST_MODULE"])
    # These build programs of their own, or ask nothing of the module: they run PTX.
    collect_ignore = ["test_host.py", "test_nets.py", "test_sanitizers.py", "test_resources.py"]
    collect_ignore_glob = ["test_ptx*.py"]


class Place:
    """Where the arrays of a test are: ``place.put(numpy array)`` and ``place.get(array)``."""

    def __init__(self, name):
        self.name = name
        if name == "gpu":
            self.cupy = pytest.importorskip("cupy", reason="tests on a GPU make arrays with CuPy")

    def put(self, x):
        return self.cupy.asarray(x) if self.name == "gpu" else np.asarray(x)

    def get(self, x):
        return x if isinstance(x, np.ndarray) else self.cupy.asnumpy(x)


def pytest_generate_tests(metafunc):
    """A test with an argument `place` runs in all places that there are."""
    if "place" in metafunc.fixturenames:
        places = [pytest.param("host", id="host")]
        if os.environ.get("ZYGCORE_TEST_PTX") == "1":
            places.append(pytest.param("ptx", id="ptx"))
        if cuda.is_available():
            places.append(pytest.param("gpu", id="gpu", marks=pytest.mark.gpu))
        metafunc.parametrize("place", places, indirect=True)


@pytest.fixture(autouse=True)
def arrays_of_the_host(monkeypatch):
    """CUDA arrays of these tests are over memory of the host, unless kernels run on a GPU."""
    monkeypatch.setattr(_backend, "simulated", True)


@pytest.fixture(autouse=True)
def nothing_is_left():
    """A launch whose error nobody asked for, or memory that nobody freed, fails the test."""
    module = sys.modules.get("zygcore.cuda._host")
    before = module and module.counters()["live_allocations"]
    yield
    if module:
        assert module.unchecked() == ""
        if module.counters()["live_allocations"] != before:
            gc.collect()  # of tracebacks
        assert module.counters()["live_allocations"] == before


@pytest.fixture
def device_runtime():
    """The kernels on the CPU, which take memory of that runtime only, of two devices."""
    if cuda.is_available():
        pytest.skip("the kernels run on a GPU")
    module = _backend.kernels()
    module.strict_pointers(True)
    module.set_devices(2)
    yield module
    module.fail_launch(0)
    module.fail_allocation(0)
    module.set_device(0)
    module.set_devices(1)
    module.strict_pointers(False)


@pytest.fixture
def place(request):
    running = contextlib.nullcontext()
    if request.param == "ptx":
        from ptx.launches import interpreted

        running = interpreted()
    with running:
        yield Place(request.param)
