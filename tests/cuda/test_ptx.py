"""The PTX that nvcc makes of the kernels, run by the interpreter in `ptx`: Python functions of
`zygcore.cuda` launch as ever, on the grids that their launchers choose.

What a line of the table should give is in float64 NumPy; where it is differentiated, the same is
done by the host's kernels in float64, which other tests check.
"""

import functools
import re
import shutil

import numpy as np
import pytest
from kernel_lines import DIFFERENTIABLE, DTYPES, EPS, LINES, RANDOM, exactly, gradients, in_dtype
from ptx.launches import interpreted, kernels

from zygcore import cuda
from zygcore.cuda import resources

pytestmark = pytest.mark.skipif(shutil.which("nvcc") is None, reason="nvcc is not installed")


def close(got, expected, dtype, ulps):
    """Within some units of the last place of the largest number."""
    got, unit = np.asarray(got).astype(np.float64), ulps * EPS[dtype]
    assert got.shape == np.shape(expected)
    scale = np.abs(expected).max(initial=0)
    np.testing.assert_allclose(got, expected, rtol=unit, atol=unit * scale)


@functools.cache
def interpreted_values(number, dtype):
    """What a line gives, and the kernels that ran."""
    case = LINES[number]
    with interpreted() as interpreter:
        got = case.f(*[in_dtype(a, dtype) for a in case.args])
    return got, {launch.kernel for launch in interpreter.log}


@functools.cache
def interpreted_gradients(number, dtype):
    case = LINES[number]
    with interpreted() as interpreter:
        got = gradients(case, [in_dtype(a, dtype) for a in case.args])
    return got, {launch.kernel for launch in interpreter.log}


NUMBERS = [pytest.param(i, id=f"{case}-{i}") for i, case in enumerate(LINES)]
DIFFERENTIATED = [NUMBERS[i] for i, case in enumerate(LINES) if case.gradient]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("number", NUMBERS)
def test_values(number, dtype):
    case = LINES[number]
    expected = case.expected(*[exactly(a, dtype) for a in case.args])
    close(interpreted_values(number, dtype)[0], expected, dtype, 8)


@pytest.mark.parametrize("dtype", DIFFERENTIABLE)
@pytest.mark.parametrize("number", DIFFERENTIATED)
def test_gradients(number, dtype):
    case = LINES[number]
    expected = gradients(case, [exactly(a, dtype) for a in case.args])
    for x, e in zip(interpreted_gradients(number, dtype)[0], expected, strict=True):
        if e is None:
            assert x is None
        else:
            close(x, e, dtype, 32)


@functools.cache
def interpreted_random(name, dtype):
    with interpreted() as interpreter:
        got = RANDOM[name](dtype)
    return got, {launch.kernel for launch in interpreter.log}


RANDOM_CASES = [
    pytest.param(name, dtype, id=f"{name}-{dtype}")
    for name in RANDOM
    for dtype in DTYPES
    if hasattr(cuda, name)
    # NumPy makes no arrays of bfloat16 by name
    and (name == "dropout" or dtype != "bfloat16")
]


@pytest.mark.parametrize("name, dtype", RANDOM_CASES)
def test_random_numbers_are_those_of_the_host(name, dtype):
    got, expected = interpreted_random(name, dtype)[0], RANDOM[name](dtype)
    if name == "normal":  # logarithm, sine and cosine differ in the last place
        close(got, expected.astype(np.float64), dtype, 4)
    else:
        assert got.tobytes() == expected.tobytes()


def template(kernel):
    """A kernel without the numbers and the storage type among its arguments, and that type."""
    kinds = [
        kind for kind in ("double", "float", "f16", "bf16") if re.search(rf"\b{kind}\b", kernel)
    ]
    return re.sub(r"\b(double|float|f16|bf16|\d+)\b", "_", kernel), kinds[-1] if kinds else None


def test_every_kernel_is_run_by_a_line():
    names = resources.demangled(sorted(kernels().values()))
    wanted = {template(name) for name in names.values()}
    ran = set()
    for dtype in DTYPES:
        for i, case in enumerate(LINES):
            ran |= interpreted_values(i, dtype)[1]
            if case.gradient and dtype in DIFFERENTIABLE:
                ran |= interpreted_gradients(i, dtype)[1]
    for case in RANDOM_CASES:
        ran |= interpreted_random(*case.values)[1]
    known = {template(names[kernel]) for kernel in ran}
    # pullbacks run in no line with bfloat16: there float16 is enough
    known |= {(name, "bf16") for name, kind in known if kind == "f16"}
    missing = wanted - known
    assert not missing, sorted(map(str, missing))
