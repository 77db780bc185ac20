"""The nets that kernels with mistakes should end in: each runs a kernel and says what it found.

A net gets the name of a kernel, its row of the table, and where programs are built; it returns None
or a text.
"""

import functools
import subprocess
from pathlib import Path

import numpy as np
import ptx as interpreter
import sanitizers
from bugs.table import ADDRESS, FAULT, ORDER, PTX, REPORT, THREAD, VALUES, given

from zygcore.cuda import build, resources

BUGS = Path(__file__).parent / "bugs"
IN_ORDER, SEEDS = -1, range(8)


class Harness:
    """The programs with all kernels of a folder, each built when it is first needed."""

    def __init__(self, folder, kernels=BUGS):
        self.folder, self.kernels = Path(folder), kernels
        self.built = {}

    def program(self, sanitize=None, flags=("-O2",)):
        if (sanitize, flags) not in self.built:
            self.built[sanitize, flags] = self.build(sanitize, flags)
        return self.built[sanitize, flags]

    def all_kernels(self, folder):
        """A source with all of them."""
        folder.mkdir(parents=True, exist_ok=True)
        kernels = folder / "kernels.cu"
        kernels.write_text("".join(f'#include "{p}"\n' for p in sorted(self.kernels.glob("*.cu"))))
        return kernels

    @functools.cached_property
    def ptx(self):
        """What nvcc makes of them."""
        source = self.all_kernels(self.folder / "ptx")
        path = resources.ptx(source, resources.NEWEST, source.parent)
        return interpreter.parse(path.read_text(), path.name)

    def build(self, sanitize, flags):
        folder = self.folder / str(len(self.built))
        kernels = self.all_kernels(folder)
        scheduler = (build.SOURCE / "host").glob("*.cpp")
        sources = [kernels, BUGS / "harness.cpp", *sorted(scheduler)]
        objects = build.host_objects(sources, folder, flags, sanitize)
        build.link(objects, folder / "harness", sanitize, kind=("-pthread",))
        return folder / "harness"

    def run(self, kernel, launch, sizes, seed=IN_ORDER, fail=0, **built):
        """What the program says, and the array y."""
        *shape, n = launch
        arguments = [kernel, *shape, *sizes, n, seed, fail]
        options = {k: v for o in sanitizers.OPTIONS.values() for k, v in o.items()}
        command = [str(self.program(**built)), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=options)
        bits = [int(word, 16) for word in done.stdout.split()]
        return done, np.array(bits, np.uint32).view(np.float32)


def wrong_values(harness, kernel, bug, seed):
    done, y = harness.run(kernel, bug.launch, bug.sizes, seed)
    if done.returncode:
        return None  # another net's
    wrong = difference(bug, y)
    return wrong and f"seed {seed}: {wrong}"


def difference(bug, y):
    expected = np.asarray(bug.expected(given(bug.sizes[0])), float)
    # sums of a few hundred numbers in float32
    if np.allclose(y, expected, rtol=1e-5, atol=0):
        return None
    return f"{y} instead of {expected}"


def values(harness, kernel, bug):
    return wrong_values(harness, kernel, bug, IN_ORDER)


def order(harness, kernel, bug):
    found = (wrong_values(harness, kernel, bug, seed) for seed in SEEDS)
    return next(filter(None, found), None)


def report(harness, kernel, bug):
    done, _ = harness.run(kernel, bug.launch, bug.sizes)
    return done.stderr or None


def sanitized(sanitize, harness, kernel, bug):
    """An error of the runtime is the business of `report`."""
    done, _ = harness.run(kernel, bug.launch, bug.sizes, sanitize=sanitize)
    found = done.returncode not in (0, 3)
    return f"{done.returncode}: {done.stderr}" if found else None


def address(harness, kernel, bug):
    return sanitized("address", harness, kernel, bug)


def thread(harness, kernel, bug):
    return sanitized("thread", harness, kernel, bug)


def fault(harness, kernel, bug):
    done, _ = harness.run(kernel, bug.launch, bug.sizes, fail=1)
    return None if done.returncode == 3 else f"{done.returncode}: {done.stderr}"


def ptx(harness, kernel, bug):
    grid, block, shared, n = bug.launch
    x, y = given(bug.sizes[0]).astype(np.float32), np.zeros(bug.sizes[1], np.float32)
    arguments = [x, y, np.int32(n)]
    try:
        interpreter.launch(harness.ptx, kernel, (grid,), (block,), arguments, shared=shared)
    except interpreter.PtxError as error:
        return str(error)
    return difference(bug, y)


NETS = {
    VALUES: values,
    ORDER: order,
    REPORT: report,
    ADDRESS: address,
    THREAD: thread,
    PTX: ptx,
    FAULT: fault,
}
