"""CUDA threads on the CPU do what the manuals say: warps, atomics, shared memory, launches, errors.

All of it with each way to switch stacks, and under the sanitizers, which must report nothing.
"""

from pathlib import Path

import numpy as np
import pytest
import sanitizers
from bugs.table import given
from nets import Harness

BUILDS = {
    "quick": {},
    "ucontext": {"flags": ("-O2", "-DZYG_UCONTEXT")},
    "address": {"sanitize": "address"},
    "thread": {"sanitize": "thread"},
}


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    return Harness(tmp_path_factory.mktemp("shim"), Path(__file__).parent / "shim")


@pytest.fixture(params=BUILDS)
def run(harness, request):
    """``run(kernel, grid, block, shared, n, sizes=(of x, of y))``: y, or the text of an error."""
    kind = BUILDS[request.param].get("sanitize")
    if kind and not sanitizers.there_is(kind):
        pytest.skip(f"the C++ compiler has no {kind} sanitizer")

    def run(kernel, *launch, sizes=(0, 0), **options):
        done, y = harness.run(kernel, launch, sizes, **options, **BUILDS[request.param])
        assert done.returncode in (0, 3), done.stderr
        return done.stderr if done.returncode else y

    return run


def lane_read(kind, lane, b, width):
    """Which lane a shuffle reads: the pseudocode of shfl.sync in the PTX manual."""
    segment = 32 - width
    clamp = 0 if kind == "up" else 31
    b &= 31
    last = (lane & segment) | (clamp & ~segment & 31)
    first = lane & segment
    j, inside = {
        "up": (lane - b, lane - b >= last),
        "down": (lane + b, lane + b <= last),
        "xor": (lane ^ b, lane ^ b <= last),
        "index": (first | (b & ~segment & 31), (first | (b & ~segment & 31)) <= last),
    }[kind]
    return j if inside else lane


@pytest.mark.parametrize("kind", ["index", "xor", "down", "up"])
def test_shuffles(harness, kind):
    for width in (32, 16, 8, 4, 2, 1):
        for b in (0, 1, 3, 5, 8, 16, 17, 31, 32, 40):
            _, y = harness.run(f"shuffle_{kind}", (1, 32, 0, 100 * width + b), (0, 32))
            assert y.tolist() == [lane_read(kind, lane, b, width) for lane in range(32)], (width, b)


def test_shuffles_of_odd_widths(run):
    text = run("shuffle_xor", 1, 32, 0, 1201, sizes=(0, 32))
    assert "a shuffle whose width is no power of two at warps.cu:" in text


def test_types(run):
    assert (run("types", 1, 64, 0, 0, sizes=(0, 64)) == 1).all()


@pytest.mark.parametrize(("threads", "ended"), [(64, 31), (32, 20), (45, 32), (33, 32), (1, 32)])
def test_lanes_that_are_not_there(run, threads, ended):
    y = run("ended", 1, threads, 0, ended, sizes=(threads, threads))
    x = given(threads)
    for first in range(0, threads, 32):
        lanes = range(first, min(first + ended, threads))
        for i in lanes:
            other = x[i ^ 1] if i ^ 1 in lanes else -1
            assert y[i] == other + 100 * len(lanes) + 10000
    assert all(y[i] == 0 for i in range(threads) if i % 32 >= ended)


def test_votes(run):
    x = given(64)
    y = run("votes", 1, 64, 0, 0, sizes=(64, 384)).reshape(64, 6)
    for i in range(64):
        own = np.arange(i // 32 * 32 + i % 2, i // 32 * 32 + 32, 2)
        v = x[own]
        assert y[i].tolist() == [
            (v > 4).sum(),
            ((v > 4) & (own < 4)).any(),
            (v > 0).all() + 2 * (v > 4).all(),
            (v - 4).sum(),
            v.max() * 10 + own.min(),
            (v == x[i]).sum(),
        ]


@pytest.mark.parametrize("threads", [1, 5, 64, 100])
def test_barriers_that_count(run, threads):
    x = given(threads)
    y = run("counted", 1, threads, 0, 0, sizes=(threads, 3 * threads)).reshape(threads, 3)
    assert (y == [(x > 4).sum(), (x > 6).any(), 1]).all()


def test_atomics(run):
    y = run("atomics", 3, 64, 0, 0, sizes=(0, 10))
    ids = np.arange(192)
    numbers = y.view(np.int32)
    assert numbers[:3].tolist() == [-2 * 192, 191, -191]
    assert numbers[3:6].tolist() == [2**20 - 1, np.bitwise_xor.reduce(ids), 192 % 10]
    assert y[6] == 96
    assert y[7:8].view(np.uint16).tolist() == [96, 96]


def test_atomics_of_8_bytes(run):
    y = run("atomics_of_8_bytes", 3, 64, 0, 0, sizes=(0, 4))
    assert y[:2].view(np.float64)[0] == 48
    assert y[2:].view(np.uint64)[0] == 192 << 33


def test_shared_memory_is_fresh(run):
    assert (run("fresh", 4, 32, 128, 0, sizes=(0, 128)) == 1).all()


def test_limits_of_shared_memory(run):
    kib = 1024
    assert (run("used", 1, 8, 48 * kib, 48 * kib, sizes=(0, 8)) == 1).all()
    text = run("used", 1, 8, 48 * kib + 1, 48 * kib + 1, sizes=(0, 8))
    assert "49153 bytes of dynamic shared memory; 49152 are allowed" in text
    assert "cudaErrorInvalidValue" in text
    assert (run("allowed", 1, 8, 227 * kib, 227 * kib, sizes=(0, 8)) == 1).all()
    assert "cudaFuncSetAttribute" in run("allowed", 1, 8, 1, 227 * kib + 1, sizes=(0, 8))
    text = run("too_much_static", 1, 8, 0, 0, sizes=(8, 8))
    assert "more than 48 KiB of static shared memory, with part" in text


def test_the_runtime(run):
    assert run("runtime", 1, 1, 0, 0, sizes=(0, 2)).tolist() == [18, 0]


def test_what_a_graph_cannot_have(run):
    assert run("capture", 1, 1, 0, 0, sizes=(0, 2)).tolist() == [19, 0]


@pytest.mark.parametrize("case", range(11))
def test_limits_of_launches(run, case):
    found = run("limits", 1, 1, 0, case, sizes=(0, 1))
    if case in (0, 4):
        assert len(found) == 1
    else:
        assert "nothing, launched at launches.cu:" in found
        assert "cudaErrorInvalidConfiguration" in found


def test_a_stream_that_is_not_there(run):
    assert "cudaErrorInvalidResourceHandle" in run("no_such_stream", 1, 1, 0, 0)


@pytest.mark.parametrize("seed", [-1, 0, 1])
def test_indices(run, seed):
    y = run("indices", 1, 1, 0, 0, sizes=(0, 576), seed=seed).reshape(4, 3, 2, 2, 3, 4)
    z, by, bx, tz, ty, tx = np.indices(y.shape)
    expected = 1 + bx + 10 * by + 100 * z + 1000 * tx + 10000 * ty + 100000 * tz
    assert (y == expected).all()


def test_orders(run):
    def tickets(seed):
        return run("tickets", 5, 16, 0, 80, sizes=(0, 81), seed=seed)[:80]

    assert tickets(-1).tolist() == list(range(80))
    seen = [tickets(seed) for seed in (0, 1, 2)]
    for y in seen:
        assert sorted(y) == list(range(80))
        blocks = y.reshape(5, 16)
        assert (blocks.max(1) - blocks.min(1) == 15).all(), "one block after another"
    assert len({y.tobytes() for y in seen}) == 3
    assert tickets(1).tobytes() == seen[1].tobytes()


@pytest.mark.parametrize(
    ("how", "text"),
    [
        (0, "thrown by a thread"),
        (1, "thread (70, 0, 0): __trap at launches.cu:"),
        (2, "thread (0, 0, 0) waits in __syncthreads at launches.cu:"),
    ],
)
@pytest.mark.parametrize("seed", [-1, 3])
def test_launches_that_fail_leave_nothing(run, how, text, seed):
    found = run("aborted", 1, 128, 0, how, sizes=(0, 128), seed=seed)
    assert "stuck, launched at launches.cu:" in found
    assert "in block (" in found
    if how < 2 or seed < 0:
        assert text in found
    else:
        assert "waits in __syncthreads at launches.cu:" in found


def test_launches_of_several_threads(run):
    assert run("at_once", 1, 1, 0, 4, sizes=(96, 2)).tolist() == [0, 0]
