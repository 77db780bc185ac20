"""How near the kernels come to the bandwidth of a GPU: ``python asv_bench/gpu.py``.

For each function the bytes that it must move are declared: each input read once, each output
written once.  Where there is a GPU, and CuPy, each call is captured in a CUDA graph, the graph is
timed by events, and the bandwidth is compared with that of a copy in the same run.  Elsewhere the
table shows the bytes, the time that they take at least on an H100, and what the kernels need of a
multiprocessor: which ones is known by taking over their launches, so that nothing is carried out.
"""

import argparse
import contextlib
import shutil
import statistics
from dataclasses import dataclass

import numpy as np

from zygcore import cuda
from zygcore.cuda import _backend, resources

COPY = 3.0e12  # bytes a second that a copy moves on an H100 SXM, read and written
ROUNDS = 20
SIZES = {"float64": 8, "float32": 4, "float16": 2}
SUM = {"float64": "float64"}  # dtype of sums and of optimisers' state, else float32


class Arrays:
    """Makes arguments: on the GPU, or with no content where nothing is carried out."""

    def __init__(self, xp, dtype, real):
        self.xp, self.dtype, self.real = xp, dtype, real

    def of(self, dtype, *shape):
        return self.xp.full(shape, 0.5, dtype) if self.real else np.empty(shape, dtype)

    def __call__(self, *shape):
        return self.of(self.dtype, *shape)

    def state(self, *shape):
        return self.of(SUM.get(self.dtype, "float32"), *shape)

    def indices(self, count, below):
        return self.xp.arange(count) * 7919 % below


@dataclass
class Line:
    """A function of `zygcore.cuda`: what to call, and the bytes of an element, row and column."""

    name: str
    make: object  # (Arrays, rows, columns) -> arguments
    call: object  # arguments -> result
    element: object  # (bytes of a number, bytes of state) -> bytes
    row: object = lambda s, t: 0
    column: object = lambda s, t: 0

    def bytes(self, rows, columns, dtype):
        size, state = SIZES[dtype], SIZES[SUM.get(dtype, "float32")]
        element, row, column = (f(size, state) for f in (self.element, self.row, self.column))
        return rows * columns * element + rows * row + columns * column


def line(name, make, element, call=None, **more):
    f = call or (lambda *args: getattr(cuda, name)(*args))
    return Line(name, make, f, element, **more)


one = lambda new, r, c: [new(r, c)]
two = lambda new, r, c: [new(r, c), new(r, c)]
updated = lambda new, r, c: [*two(new, r, c), new.state(r, c), new.state(r, c)]
masked = lambda new, r, c: [new.of("bool", r, c), *two(new, r, c)]
ranged = lambda new, r, c: [new(r, c), new(c), new(c)]
picked = lambda new, r, c: [new(r, c), new.indices(r, r)]
classes = lambda new, r, c: [new(r, c), new.indices(r, c)]
copied = lambda s, t: 2 * s
joined = lambda s, t: 3 * s
read = lambda s, t: s
index = lambda s, t: 8
moments = lambda s, t: 2 * t

LINES = [
    *[
        line(name, one, copied)
        for name in (
            "tanh", "sigmoid", "relu", "gelu", "silu", "softplus", "exp", "log", "sin", "cos",
        )
    ],
    line("power", two, joined),
    line("where", masked, lambda s, t: 3 * s + 1),
    line("clip", one, copied, lambda x: cuda.clip(x, -1.0, 1.0)),
    line("add", two, joined),
    line("multiply", two, joined),
    line("unbroadcast", one, read, lambda x: cuda.unbroadcast(x, x.shape[1:]), column=read),
    line("permute", one, copied, lambda x: cuda.permute(x, (1, 0))),
    line("softmax", one, copied),
    line("log_softmax", one, copied),
    line("logsumexp", one, read, row=read),
    line("layer_norm", ranged, copied, row=moments, column=copied),
    line("rms_norm", lambda new, r, c: [new(r, c), new(c)], copied, row=moments, column=read),
    line("cross_entropy", classes, read, row=index),
    line("bias_add", lambda new, r, c: [new(r, c), new(c)], copied, column=read),
    line(
        "dropout", lambda new, r, c: [new(r, c), cuda.Generator(0)], copied,
        lambda x, g: cuda.dropout(x, 0.1, g),
    ),
    line("take", picked, copied, row=index),
    line("scatter_add", picked, copied, lambda x, i: cuda.scatter_add(x, i, len(x)), row=index),
    line("axpy", two, joined, lambda x, y: cuda.axpy(0.5, x, y)),
    line("accumulate", two, joined, lambda x, y: cuda.accumulate([(x, y)])),
    line(
        "sgd", lambda new, r, c: updated(new, r, c)[:3], lambda s, t: 3 * s + 2 * t,
        lambda p, g, m: cuda.sgd([p], [g], [m], lr=0.1, momentum=0.9),
    ),
    line(
        "adam", updated, lambda s, t: 3 * s + 4 * t,
        lambda p, g, m, v: cuda.adam([p], [g], [m], [v], 3),
    ),
    *[
        line(
            name,
            lambda new, r, c: [cuda.Generator(0), (r, c), new.dtype, new(1)],
            read,
        )
        for name in ("uniform", "normal")
    ],
]  # fmt: skip


# -- with a GPU -----------------------------------------------------------------------------------


def seconds(f, cupy):
    """The median time of a call, captured in a graph and replayed."""
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        f()  # memory for results is in CuPy's pool from now on
        stream.synchronize()
        stream.begin_capture()
        kept = f()
        graph = stream.end_capture()
        graph.launch(stream)
        times = []
        for _ in range(ROUNDS):
            begin, end = cupy.cuda.Event(), cupy.cuda.Event()
            begin.record(stream)
            graph.launch(stream)
            end.record(stream)
            end.synchronize()
            times.append(cupy.cuda.get_elapsed_time(begin, end) / 1e3)
    del kept
    return statistics.median(times)


def with_device(lines, rows, columns, dtype):
    import cupy

    new = Arrays(cupy, dtype, True)
    x, y = new(rows, columns), new(rows, columns)
    copy = 2 * x.nbytes / seconds(lambda: cupy.copyto(y, x), cupy)
    print(f"a copy moves {copy / 1e12:.2f} TB/s\n")
    print(f"{'function':14}{'MB':>9}{'bound us':>10}{'us':>10}{'TB/s':>8}{'of copy':>9}")
    for case in lines:
        args = case.make(new, rows, columns)
        moved = case.bytes(rows, columns, dtype)
        time = seconds(lambda case=case, args=args: case.call(*args), cupy)
        print(
            f"{case.name:14}{moved / 1e6:9.1f}{moved / copy * 1e6:10.1f}{time * 1e6:10.1f}"
            f"{moved / time / 1e12:8.2f}{moved / time / copy:9.0%}"
        )


# -- without --------------------------------------------------------------------------------------


@contextlib.contextmanager
def recorded():
    """Launches are written down, (address of the kernel, threads, shared memory), and not done."""
    launches = []
    host = _backend.kernels("gpu")

    def take(address, name, grid, block, shared, arguments):
        launches.append((address, block[0] * block[1] * block[2], shared))

    host.take_over_launches(take)
    try:
        yield launches
    finally:
        host.take_over_launches(None)


def needs(launches, known):
    """The kernels of some launches, and their registers and occupancy."""
    texts = []
    for address, threads, shared in launches:
        found = [known[n] for n in resources.host_functions().get(address, []) if n in known]
        for name, r in found:
            full = r.occupancy_of(threads, shared)
            texts.append(f"{name} {r.registers} registers, {full:.0%} of {threads}-thread warps")
    return "; ".join(texts)


def without_device(lines, rows, columns, dtype):
    known = {}
    if shutil.which("nvcc"):
        found = resources.resources((resources.NEWEST,))
        names = resources.demangled([r.kernel for r in found])
        known = {resources.plain(r.kernel): (names[r.kernel], r) for r in found}
    print("no GPU was there: nothing is timed; bounds are for an H100 that copies 3.0 TB/s\n")
    print(f"{'function':14}{'MB':>9}{'bound us':>10}  kernels")
    for case in lines:
        args = case.make(Arrays(np, dtype, False), rows, columns)
        with recorded() as launches:
            case.call(*args)
        moved = case.bytes(rows, columns, dtype)
        bound = moved / COPY * 1e6
        print(f"{case.name:14}{moved / 1e6:9.1f}{bound:10.1f}  {needs(launches, known)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("functions", nargs="*", help="names of functions; all without")
    parser.add_argument("--dtype", default="float32", choices=SIZES)
    parser.add_argument("--rows", type=int, default=16384)
    parser.add_argument("--columns", type=int, default=4096)
    given = parser.parse_args()
    lines = [case for case in LINES if not given.functions or case.name in given.functions]
    there = [case for case in lines if hasattr(cuda, case.name)]
    run = with_device if cuda.is_available() else without_device
    run(there, given.rows, given.columns, given.dtype)
    missing = sorted({case.name for case in lines} - {case.name for case in there})
    if missing:
        print(f"\nzygcore.cuda has no {', '.join(missing)}")


if __name__ == "__main__":
    main()
