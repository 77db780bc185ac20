"""Launches from Python, with the kernels on the CPU: failures, orders, threads."""

import concurrent.futures

import faults
import numpy as np
import pytest

from zygcore import cuda
from zygcore.cuda import _backend
from zygcore.errors import CudaError


@pytest.fixture
def kernels():
    if cuda.backend() != "host":
        pytest.skip("the kernels run on a GPU")
    module = _backend.kernels()
    yield module
    module.fail_launch(0)
    module.fail_allocation(0)


def test_a_launch_can_be_made_to_fail(kernels):
    x, y = np.ones(5), np.ones(5)
    before = kernels.counters()
    kernels.fail_launch(2)
    cuda.axpy(2.0, x, y)
    with pytest.raises(CudaError, match="a failure that was asked for") as raised:
        cuda.axpy(2.0, x, y)
    assert raised.value.name == "cudaErrorLaunchFailure"
    assert y.tolist() == [3] * 5
    cuda.axpy(2.0, x, y)
    assert y.tolist() == [5] * 5
    after = kernels.counters()
    assert after["launches"] == before["launches"] + 3
    assert after["live_allocations"] == before["live_allocations"]
    assert kernels.unchecked() == ""


def test_orders_from_python(kernels):
    before = kernels.seed()
    try:
        for seed in (-1, 0, 5):
            kernels.set_seed(seed)
            assert kernels.seed() == seed
            y = np.arange(1000.0)
            cuda.axpy(1.0, np.ones(1000), y)
            assert (y == np.arange(1000) + 1).all()
    finally:
        kernels.set_seed(before)


def test_launches_of_several_python_threads(kernels):
    def work(k):
        y = np.zeros(3000, np.float32)
        for _ in range(20):
            cuda.axpy(float(k), np.ones(3000, np.float32), y)
        return (y == 20 * k).all()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(8)))


def test_failures_one_after_another(kernels):
    """`fails_cleanly` is what the tests of a family use; here it finds what it is for."""
    x, y = np.ones(5), np.ones(5)
    faults.fails_cleanly(lambda: cuda.axpy(2.0, x, y))

    def silent():
        try:
            cuda.axpy(2.0, x, y)
        except CudaError:
            pass

    with pytest.raises(AssertionError, match="launch 1 failed, and nobody said so"):
        faults.fails_cleanly(silent)
