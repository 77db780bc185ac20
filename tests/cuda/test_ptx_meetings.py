"""The interpreter of PTX where threads meet: shuffles, barriers, atomics, branches; its nets."""

import re
import shutil
from pathlib import Path

import numpy as np
import ptx
import pytest
from ptx import Memory, PtxError, parse

from zygcore.cuda import resources

pytestmark = pytest.mark.skipif(shutil.which("nvcc") is None, reason="nvcc is not installed")
SOURCE = Path(__file__).parent / "ptx_programs" / "meetings.cu"


@pytest.fixture(scope="module")
def program():
    path = resources.ptx(SOURCE, resources.NEWEST, resources.FOLDER / "programs")
    return parse(path.read_text(), path.name)


def line_of(text, nth=0):
    """The line of meetings.cu where a text is."""
    found = [i + 1 for i, line in enumerate(SOURCE.read_text().splitlines()) if text in line]
    return found[nth]


def refused(program, message, *args, **options):
    """The launch is an error that says this, and where in the source."""
    with pytest.raises(PtxError, match=message) as caught:
        ptx.launch(program, *args, **options)
    where = re.search(r"PTX line \d+, .*?\S*meetings\.cu:(\d+)", str(caught.value))
    assert where, caught.value
    return str(caught.value), int(where[1])


def test_a_reduction_of_blocks_and_grid(program):
    for n in (0, 1, 31, 5000):
        x, y = np.arange(n, dtype=np.float32), np.zeros(1, np.float32)
        ptx.launch(program, "total", (3,), (128,), [x, y, np.int64(n)])
        assert y[0] == n * (n - 1) // 2


def test_waves_of_blocks_see_each_other_s_memory(program, monkeypatch):
    monkeypatch.setattr("ptx.execute.LANES", 256)
    x, y = np.ones(5000, np.float32), np.zeros(1, np.float32)
    ptx.launch(program, "total", (40,), (128,), [x, y, np.int64(5000)])
    assert y[0] == 5000


def test_shuffles(program):
    x, y = np.arange(64, dtype=np.int32) ** 2, np.zeros((4, 64), np.int32)
    ptx.launch(program, "shuffles", (1,), (64,), [x, y])
    i = np.arange(64)
    base, lane = i // 8 * 8, i % 8
    np.testing.assert_array_equal(y[0], x[base + (i + 3) % 8])
    np.testing.assert_array_equal(y[1], np.where(lane >= 2, x[i - 2], x))
    warp = i % 32
    np.testing.assert_array_equal(y[2], np.where(warp + 5 < 32, x[np.minimum(i + 5, 63)], x))
    np.testing.assert_array_equal(y[3], x[i ^ 7])


def test_votes_and_matches(program):
    x = np.random.default_rng(0).integers(-9, 9, 64).astype(np.int32)
    y = np.zeros((6, 64), np.uint32)
    ptx.launch(program, "votes", (1,), (64,), [x, y])
    for start in (0, 32):
        v = x[start : start + 32]
        bits = lambda p: sum(1 << i for i in range(32) if p[i])
        got = y[:, start : start + 32]
        assert (got[0] == bits(v > 0)).all()
        assert (got[1] == (v > 5).any() + 2 * (v > -5).all()).all()
        assert got[2].tolist() == [bits(v == u) for u in v]
        assert (got[3] == np.uint32(int(v.max()) % 2**32)).all()
        assert (got[4] == np.uint32(int(v.sum()) % 2**32)).all()
        assert (got[5, ::3] == sum(1 << i for i in range(0, 32, 3) if v[i] > 0)).all()


def test_the_lanes_of_a_mask_must_be_those_that_come(program):
    x, y = np.ones(64, np.int32), np.zeros(64, np.uint32)
    text, line = refused(program, "not in its own mask", "foreign", (1,), (64,), [x, y])
    assert "thread (33, 0, 0)" in text and line == line_of("0x49249249u, x[i]")


def test_loops_that_lanes_leave_at_different_times(program):
    x, y = np.arange(1, 301, dtype=np.int32), np.zeros(300, np.int32)
    ptx.launch(program, "collatz", (3,), (128,), [x, y, np.int32(300)])

    def steps(v):
        return 0 if v == 1 else 1 + steps(3 * v + 1 if v % 2 else v // 2)

    assert y.tolist() == [steps(v) for v in range(1, 301)]


def test_cases(program):
    x = np.tile(np.arange(-1, 7, dtype=np.int32), 4)
    v = np.linspace(1, 9, 32).astype(np.float32)
    y = v.copy()
    ptx.launch(program, "cases", (1,), (32,), [x, y])
    one = np.float32(1)
    pick = [v * 0, v * v, one / np.sqrt(v), one / v, v - 7, -v, v * 0, v * 0]
    np.testing.assert_array_equal(y, np.choose(x + 1, pick))


def test_parameters_at_computed_addresses(program):
    table, y = np.arange(9, dtype=np.int32) ** 2, np.zeros(32, np.int32)
    table[8] = 0
    ptx.launch(program, "looked_up", (1,), (32,), [table.tobytes(), y])
    assert y.tolist() == [i**2 for i in range(8)] * 4
    table[8] = 2
    message = "of (local|parameter) memory are in no variable"  # nvcc makes a copy of the table
    refused(program, message, "looked_up", (1,), (32,), [table.tobytes(), y])


def test_arrays_of_a_thread(program):
    x, y = np.arange(40, dtype=np.int32), np.zeros(40, np.int32)
    ptx.launch(program, "kept", (1,), (40,), [x, y])
    np.testing.assert_array_equal(y, 2 * x + x % 8 + (x + 3) % 8)


def test_functions_that_are_called(program):
    x, y = np.arange(40, dtype=np.int32), np.zeros(40, np.int32)
    ptx.launch(program, "called", (1,), (40,), [x, y])
    twice = lambda x: np.where(x > 5, 2 * x, x)
    np.testing.assert_array_equal(y, np.where(x % 2, twice(x) + twice(x - 3), 0))


def test_dynamic_shared_memory(program):
    x, y = np.random.default_rng(1).normal(size=(8, 24)), np.zeros((24, 8))
    ptx.launch(program, "transposed", (1,), (24, 8), [x, y], shared=x.nbytes)
    np.testing.assert_array_equal(y, x.T)
    message = "of shared memory are in no variable, block .*, thread"
    _, line = refused(program, message, "transposed", (1,), (24, 8), [x, y], shared=x.nbytes - 8)
    assert line == line_of("tile[i] = x[i]")


def test_atomics_of_many_threads_on_few_places(program):
    n = 1000
    x = np.random.default_rng(2).integers(0, 7, n).astype(np.int32)
    count, old = np.zeros(7, np.uint32), np.zeros(n, np.int32)
    largest, spin = np.zeros(1, np.int64), np.zeros(1, np.uint32)
    ptx.launch(program, "counts", (8,), (128,), [x, count, old, largest, spin, np.int32(n)])
    assert count.tolist() == np.bincount(x).tolist()
    for k in range(7):
        assert sorted(old[x == k]) == list(range(count[k]))
    assert (largest[0], spin[0]) == ((n - 1) << 33, 2 * n)


def test_barriers_that_not_all_threads_reach(program):
    y = np.zeros(64, np.int32)
    text, line = refused(program, "different barriers", "lost", (1,), (64,), [y])
    assert "thread (0, 0, 0)" in text and "thread (40, 0, 0) at its end" in text
    assert line == line_of("if (threadIdx.x < 40) __syncthreads")


def test_two_barriers_are_not_one(program):
    refused(program, "different barriers", "apart", (1,), (64,), [np.zeros(64, np.int32)])


def test_a_shuffle_without_one_of_its_lanes(program):
    y = np.zeros(32, np.int32)
    text, line = refused(program, "has ended|do not come", "alone", (1,), (32,), [y])
    assert line == line_of("__shfl_sync(~0u, threadIdx.x, 0)")


def test_out_of_bounds(program):
    y = np.zeros(31, np.float32)
    text, line = refused(program, "in no array", "beyond", (4,), (32,), [y, np.int32(3)])
    assert "thread (31, 0, 0)" in text and "offset 124" in text and line == line_of("void beyond")


def test_views_end_where_their_elements_end(program):
    whole, memory = np.zeros(64, np.float32), Memory()
    memory.add(whole[::2])  # the last byte is that of element 62
    with pytest.raises(PtxError, match="offset 252"):
        address = np.uint64(whole.ctypes.data)
        ptx.launch(program, "beyond", (1,), (64,), [address, np.int32(3)], memory)


def test_misaligned_loads_of_16_bytes(program):
    x, y = np.arange(130, dtype=np.float32), np.zeros(32, np.float32)
    start = next(i for i in range(4) if x[i:].ctypes.data % 16 == 0)
    ptx.launch(program, "quads", (1,), (31,), [x[start:], y])
    expected = x[start : start + 124].reshape(31, 4).sum(axis=1)
    np.testing.assert_array_equal(y[:31], expected)
    odd = x[start + 1 :]
    text, line = refused(program, "misaligned: 16 bytes", "quads", (1,), (31,), [odd, y])
    assert line == line_of("float4 v = x[threadIdx.x]") and "ld.global" in text


def test_shared_memory_that_nobody_wrote_is_not_read(program):
    y = np.zeros(64, np.float32)
    message = "read of shared memory that nobody has written"
    text, line = refused(program, message, "unset", (1,), (64,), [y])
    assert "thread (0, 0, 0)" in text and line == line_of("b[63 - threadIdx.x]")


def test_one_shared_array_is_not_another(program):
    y = np.zeros(64, np.float32)
    ptx.launch(program, "past_shared", (1,), (64,), [y, np.int32(0)])
    for by in (1, 64, -1):
        message = "of shared memory are in no variable"
        refused(program, message, "past_shared", (1,), (64,), [y, np.int32(by)])


def test_constant_memory_is_not_written(program):
    y, memory = np.zeros(32, np.float32), Memory()
    memory.add(y, writable=False)
    address = np.uint64(y.ctypes.data)
    with pytest.raises(PtxError, match="store into constant memory"):
        ptx.launch(program, "beyond", (1,), (32,), [address, np.int32(3)], memory)


@pytest.mark.parametrize(
    "grid, block, shared",
    [((0,), (32,), 0), ((1,), (1025,), 0), ((1, 65536), (32,), 0), ((1,), (1, 1, 65), 0)],
)
def test_launches_that_no_device_carries_out(program, grid, block, shared):
    with pytest.raises(PtxError, match="cannot be"):
        ptx.launch(program, "lost", grid, block, [np.zeros(1, np.int32)], shared=shared)
    with pytest.raises(PtxError, match="too much shared memory"):
        x = np.zeros(1)
        ptx.launch(program, "transposed", (1,), (1,), [x, x], shared=228 * 1024)


def test_arguments_have_the_size_of_parameters(program):
    with pytest.raises(PtxError, match="an argument of 4 bytes"):
        x = np.zeros(1, np.float32)
        ptx.launch(program, "total", (1,), (32,), [x, x, np.int32(1)])
    with pytest.raises(PtxError, match="3 parameters"):
        ptx.launch(program, "total", (1,), (32,), [x, x])


TEXT = """
.version 9.0
.target sm_90
.address_size 64
.visible .entry table(.param .u64 p) {{
    .reg .b32 %r<4>; .reg .b64 %rd<3>; .reg .pred %p<2>;
    ld.param.u64 %rd1, [p];
    mov.u32 %r1, %tid.x;
    mad.wide.u32 %rd2, %r1, 4, %rd1;
    and.b32 %r2, %r1, 3;
    $table: .branchtargets $A, $B, $A, $C;
    brx.idx %r2, $table;
$A: mov.u32 %r3, 10; bra.uni $D;
$B: mov.u32 %r3, 20; bra.uni $D;
$C: mov.u32 %r3, 30;
$D: {body}
    st.global.u32 [%rd2], %r3;
    ret;
}}
"""


def test_tables_of_branches_and_names_of_a_block():
    body = "{ .reg .b32 %r1; mov.u32 %r1, 1; add.u32 %r3, %r3, %r1; }"
    y = np.zeros(32, np.uint32)
    ptx.launch(parse(TEXT.format(body=body)), "table", (1,), (32,), [y])
    assert y.tolist() == [11, 21, 11, 31] * 8


def test_unknown_instructions_are_loud():
    for body, message in (
        ("wgmma.fence;", "wgmma"),
        ("add.f16 %r3, %r3, %r3;", "f16"),
        ("ld.global.strange.u32 %r3, [%rd2];", "strange"),
        ("call nowhere;", "nowhere"),
        ("bar.red.popc.u32 %r3, 0, %p1;", "barriers"),
        ("mov.u32 %r3, %clock;", "clock"),
        ("trap;", "trap"),
    ):
        with pytest.raises(PtxError, match=message):
            module = parse(TEXT.format(body=body))
            ptx.launch(module, "table", (1,), (32,), [np.zeros(32, np.uint32)])
