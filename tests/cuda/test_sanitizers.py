"""Kernels under AddressSanitizer and ThreadSanitizer, in a Python of their own.

Here only accumulation, to see that it works; `nox -s cuda` runs all tests of the kernels so.
"""

import pytest
import sanitizers

PROGRAM = """
import sys
sys.path.insert(0, "tests/cuda")
import conftest
import numpy as np
from zygcore import cuda
from zygcore.cuda import _arrays, _backend

module = _backend.kernels()
assert "host-{kind}" in module.__file__, module.__file__
for dtype in (np.float64, np.float32, np.float16):
    for n in (1, 31, 257, 1025):
        x, y = np.arange(n).astype(dtype) % 8, np.ones(n, dtype)
        cuda.axpy(2.0, x, y)
        assert (y == 1 + 2 * x).all()
x = np.ones(500, np.float32)
print("right", flush=True)
if {wrong}:
    (address, code, _, *rest), longer = _arrays.view(x, "axpy"), np.ones(600, np.float32)
    if "{kind}" == "address":  # more elements than the array has
        module.accumulate([(address, code, (600,), *rest)], [_arrays.view(longer, "axpy")], 1.0)
    else:  # a thread reads what another writes
        numbers = (address, code, (300,), *rest)
        module.bias_add(numbers, _arrays.view(longer[:300], "y"), (address + 4, *numbers[1:]))
    print("not found", flush=True)
"""


@pytest.mark.parametrize("kind", ["address", "thread"])
def test_python_under_a_sanitizer(kind):
    if not sanitizers.there_is(kind):
        pytest.skip(f"the C++ compiler has no {kind} sanitizer")
    for wrong in (False, True):
        text = PROGRAM.format(kind=kind, wrong=wrong)
        done = sanitizers.python(kind, ["-c", text], capture_output=True, text=True)
        assert done.stdout == "right\n", done.stdout + done.stderr
        if wrong:
            assert done.returncode == 66, done.stderr
            found = {"address": "heap-buffer-overflow", "thread": "data race"}[kind]
            assert found in done.stderr
            name = {"address": "update", "thread": "bias"}[kind]
            assert f"{name}_" in done.stderr and f"{name}.cuh:" in done.stderr
        else:
            assert done.returncode == 0, done.stderr
