"""Failures of launches and allocations, one after another."""

from zygcore.cuda import _backend
from zygcore.errors import CudaError


def fails_cleanly(call):
    """Makes each launch and each allocation of a call fail: CudaError tells, nothing is left.

    Only where the kernels run on the CPU.
    """
    module = _backend.kernels()
    before = module.counters()
    call()
    after = module.counters()
    kinds = [("launch", "launches", module.fail_launch)]
    kinds.append(("allocation", "allocations", module.fail_allocation))
    for what, counted, fail in kinds:
        for n in range(1, after[counted] - before[counted] + 1):
            live = module.counters()["live_allocations"]
            fail(n)
            try:
                call()
            except CudaError as error:
                names = ("cudaErrorLaunchFailure", "cudaErrorMemoryAllocation")
                assert error.name in names, error
            else:
                raise AssertionError(f"{what} {n} failed, and nobody said so")
            finally:
                fail(0)
            assert module.counters()["live_allocations"] == live, f"memory is left after {what} {n}"
    call()
