"""What kernels need on a GPU: no spills, no stack; the report of it."""

import re
import shutil

import pytest

from zygcore.cuda import resources
from zygcore.cuda.resources import Resources

needs_nvcc = pytest.mark.skipif(shutil.which("nvcc") is None, reason="nvcc is not installed")

# The reduction of large arguments of sine and cosine by libdevice keeps its words in an array.
STACK = re.compile(r"<(Sin|Cos)\w*, (float|double|f16|bf16)>")


@pytest.fixture(scope="module")
def found():
    return resources.resources()


@needs_nvcc
def test_no_kernel_spills_or_has_a_stack(found):
    names = resources.demangled([r.kernel for r in found])
    wrong = [
        f"{names[r.kernel]} for sm_{r.architecture}: {r.spills} bytes spilled, stack of {r.stack}"
        for r in found
        if r.spills or (r.stack and not STACK.search(names[r.kernel]))
    ]
    assert not wrong, "\n".join(wrong)


@needs_nvcc
def test_each_architecture_has_the_same_kernels(found):
    of = lambda a: {r.kernel for r in found if r.architecture == a}
    assert of("80") == of("90") != set()
    assert all(0 < r.occupancy <= 1 for r in found)


@needs_nvcc
def test_the_report_has_a_line_for_each_kernel(found):
    lines = resources.table(found)
    assert len(lines) == len(found) + 1
    assert lines[0].split()[:3] == ["kernel", "arch", "registers"]
    assert len({len(text) for text in lines}) == 1


# By the formulas of NVIDIA's occupancy calculator.
@pytest.mark.parametrize(
    "architecture, registers, shared, threads, warps",
    [
        ("90", 32, 0, 256, 64),
        ("90", 33, 0, 256, 48),
        ("80", 255, 0, 256, 8),
        ("90", 40, 0, 96, 48),
        ("80", 16, 0, 32, 32),
        ("80", 16, 48 * 1024, 256, 24),
        ("90", 16, 48 * 1024, 256, 32),
        ("90", 128, 0, 1024, 0),
    ],
)
def test_occupancy(architecture, registers, shared, threads, warps):
    r = Resources("f", architecture, registers, shared, 0, 0, threads)
    assert r.occupancy * 64 == warps


def test_names_are_brief():
    assert resources.brief("void zyg::f<zyg::f16, 4>(zyg::Rows<float (int)>, int)") == "f<f16, 4>"
    assert resources.brief("adam_step_kernel") == "adam_step_kernel"
