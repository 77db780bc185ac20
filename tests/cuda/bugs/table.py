"""The kernels of this folder: how they are launched, what they should give, and which nets catch
their mistakes.

A further net is a further name in the columns and a function in nets.py.
"""

from dataclasses import dataclass

import numpy as np

VALUES = "values"  # numbers, threads in order: what nobody wrote is NaN
ORDER = "order"  # numbers, threads and blocks in random orders
REPORT = "report"  # the scheduler of threads finds that they cannot go on, or gaps written to
ADDRESS = "address"  # AddressSanitizer and UndefinedBehaviorSanitizer
THREAD = "thread"  # ThreadSanitizer
PTX = "ptx"  # the interpreter of what nvcc makes of the kernel: errors, or numbers
FAULT = "fault"  # launches that are made to fail

NETS = [VALUES, ORDER, REPORT, ADDRESS, THREAD, PTX, FAULT]


def concerns(net, bug):
    """Is a mistake of the net's kind of programs?  The interpreter runs kernels, no launchers."""
    return not (net == PTX and bug.of_launcher)


def given(n):
    """The array x of all of them."""
    return 1 + np.arange(n) % 7.0


def blocks(x, size):
    return x.reshape(-1, size)


@dataclass(frozen=True)
class Bug:
    """`launch`: grid, block, bytes of dynamic shared memory, n; `sizes`: of x and y."""

    name: str
    launch: tuple
    sizes: tuple
    expected: object  # from x, the array y
    caught: dict  # net: what its report must say, "" for anything
    of_launcher: bool = (
        False  # a mistake of C++ that launches: what runs kernels alone has no column
    )


BUGS = [
    Bug(
        "missing_barrier",
        (3, 128, 0, 384),
        (384, 384),
        lambda x: blocks(x, 128)[:, ::-1].ravel(),
        {
            VALUES: "",
            ORDER: "",
            THREAD: "missing_barrier.cu:",
            PTX: "a race in shared memory: reads what was written by thread (127, 0, 0)",
        },
    ),
    Bug(
        "missing_second_barrier",
        (1, 64, 0, 256),
        (256, 64),
        lambda x: np.roll(blocks(x, 64), -1, axis=1).sum(0),
        {
            VALUES: "",
            ORDER: "",
            THREAD: "missing_second_barrier.cu:",
            PTX: "a race in shared memory: writes what was read by thread (63, 0, 0)",
        },
    ),
    Bug(
        "missing_syncwarp",
        (1, 32, 0, 32),
        (32, 32),
        lambda x: x[::-1] / x.max(),
        {
            THREAD: "missing_syncwarp.cu:",
            PTX: "a race in shared memory: reads what was written by thread (31, 0, 0)",
        },
    ),
    Bug(
        "missing_atomic",
        (2, 64, 0, 100),
        (100, 1),
        lambda x: [x.sum()],
        {THREAD: "missing_atomic.cu:", PTX: "instead of [395.]"},
    ),
    Bug(
        "missing_block_atomic",
        (5, 64, 0, 320),
        (320, 1),
        lambda x: [x.sum()],
        {THREAD: "missing_block_atomic.cu:", PTX: "instead of [1275.]"},
    ),
    Bug(
        "missing_fence",
        (6, 32, 0, 6),
        (6, 7),
        lambda x: [x.sum(), *x],
        {THREAD: "missing_fence.cu:"},
    ),
    Bug(
        "wrong_mask",
        (1, 64, 0, 64),
        (64, 64),
        lambda x: np.where(np.arange(64) % 32 < 16, np.repeat(blocks(x, 16).sum(1), 16), x),
        {
            REPORT: "in block (0, 0, 0): thread (0, 0, 0) waits in __shfl_xor_sync"
            "(mask 0xffffffff) at wrong_mask.cu:10, but thread (16, 0, 0) waits in "
            "__syncthreads at wrong_mask.cu:12",
            PTX: "a lane waits for others of its warp that do not come: shfl.sync",
        },
    ),
    Bug(
        "not_in_mask",
        (1, 32, 0, 32),
        (32, 32),
        lambda x: np.full(32, (x > 3).sum()),
        {
            REPORT: "thread (24, 0, 0) waits in __ballot_sync(mask 0x00ffffff) at "
            "not_in_mask.cu:8, but is not in the mask",
            PTX: "a lane is not in its own mask, block (0, 0, 0), thread (24, 0, 0)",
        },
    ),
    Bug(
        "lane_outside",
        (1, 20, 0, 20),
        (20, 1),
        lambda x: [x.sum()],
        {VALUES: "", ORDER: "", PTX: "[nan] instead of [77.]"},
    ),
    Bug(
        "read_outside",
        (2, 64, 0, 100),
        (100, 100),
        lambda x: np.append(np.diff(x), 0),
        {ADDRESS: "read_outside.cu:9", PTX: "offset 400, block (1, 0, 0), thread (35, 0, 0): ld."},
    ),
    Bug(
        "write_outside",
        (2, 64, 0, 100),
        (100, 100),
        lambda x: 2 * x,
        {ADDRESS: "write_outside.cu:7", PTX: "offset 400, block (1, 0, 0), thread (36, 0, 0): st."},
    ),
    Bug(
        "shared_read_outside",
        (1, 64, 0, 64),
        (64, 64),
        lambda x: x + np.roll(x, -1),
        {
            VALUES: "",
            ORDER: "",
            ADDRESS: "shared_read_outside.cu:10",
            PTX: "in no variable, block (0, 0, 0), thread (63, 0, 0): ld.shared",
        },
    ),
    Bug(
        "shared_write_outside",
        (1, 64, 0, 64),
        (65, 64),
        lambda x: x[:64],
        {
            REPORT: "a write outside of shared memory, next to part",
            ADDRESS: "write_outside.cu:8",
            PTX: "in no variable, block (0, 0, 0), thread (63, 0, 0): st.shared",
        },
    ),
    Bug(
        "dynamic_outside",
        (1, 64, 256, 64),
        (64, 64),
        lambda x: x,
        {
            REPORT: "next to dynamic shared memory",
            ADDRESS: "dynamic_outside.cu:8",
            PTX: "in no variable, block (0, 0, 0), thread (0, 0, 0): st.shared",
        },
    ),
    Bug(
        "barrier_in_branch",
        (1, 64, 0, 64),
        (64, 64),
        lambda x: x[::-1],
        {
            REPORT: "thread (0, 0, 0) waits in __syncthreads at barrier_in_branch.cu:10, but "
            "thread (40, 0, 0) waits in __syncthreads at barrier_in_branch.cu:11",
            PTX: "threads of a block wait at different barriers: block (0, 0, 0), thread (0, 0, 0)",
        },
    ),
    Bug(
        "barrier_after_return",
        (1, 64, 0, 50),
        (50, 50),
        lambda x: x[::-1],
        {REPORT: "thread (50, 0, 0) has ended", PTX: "thread (50, 0, 0) at its end"},
    ),
    Bug(
        "uninitialised",
        (1, 64, 0, 200),
        (200, 64),
        lambda x: np.append(x, np.zeros(56)).reshape(-1, 64).sum(0),
        {VALUES: "", ORDER: "", PTX: "read of shared memory that nobody has written"},
    ),
    Bug(
        "unaligned",
        (1, 8, 0, 32),
        (33, 32),
        lambda x: x[1:],
        {ADDRESS: "unaligned.cu:", PTX: "misaligned: 16 bytes at"},
    ),
    Bug(
        "missing_check",
        (1, 64, 0, 50),
        (50, 50),
        lambda x: 2 * x,
        {FAULT: ""},
        of_launcher=True,
    ),
    Bug(
        "leak",
        (1, 64, 0, 50),
        (50, 50),
        lambda x: x,
        {FAULT: "memory was not freed"},
        of_launcher=True,
    ),
]
