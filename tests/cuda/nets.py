"""The nets that kernels with mistakes should end in: each runs a kernel of bugs/ and says what it found.

A net gets the name of a kernel, its row of the table, and where programs are built; it returns None
or a text.
"""

import subprocess
from pathlib import Path

import numpy as np
import sanitizers
from bugs.table import ADDRESS, FAULT, ORDER, REPORT, THREAD, VALUES, given

from zygcore.cuda import build

BUGS = Path(__file__).parent / "bugs"
IN_ORDER, SEEDS = -1, range(8)


class Harness:
    """The programs with all kernels of bugs/, each built when it is first needed."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.built = {}

    def program(self, sanitize=None):
        if sanitize not in self.built:
            self.built[sanitize] = self.build(sanitize)
        return self.built[sanitize]

    def build(self, sanitize):
        folder = self.folder / (sanitize or "plain")
        folder.mkdir(parents=True)
        kernels = folder / "kernels.cu"
        kernels.write_text("".join(f'#include "{p}"\n' for p in sorted(BUGS.glob("*.cu"))))
        scheduler = (build.SOURCE / "host").glob("*.cpp")
        sources = [kernels, BUGS / "harness.cpp", *sorted(scheduler)]
        objects = build.host_objects(sources, folder, sanitize=sanitize)
        build.link(objects, folder / "harness", sanitize, kind=())
        return folder / "harness"

    def run(self, kernel, bug, sanitize=None, seed=IN_ORDER, fail=0):
        """What the program says, and the array y."""
        given = [kernel, *bug.launch[:3], *bug.sizes, bug.launch[3], seed, fail]
        options = {k: v for o in sanitizers.OPTIONS.values() for k, v in o.items()}
        command = [str(self.program(sanitize)), *map(str, given)]
        done = subprocess.run(command, capture_output=True, text=True, env=options)
        return done, np.array(done.stdout.split(), float)


def wrong_values(harness, kernel, bug, seed):
    done, y = harness.run(kernel, bug, seed=seed)
    if done.returncode:
        return None  # another net's
    expected = np.asarray(bug.expected(given(bug.sizes[0])), float)
    # sums of a few hundred numbers in float32
    if np.allclose(y, expected, rtol=1e-5, atol=0):
        return None
    return f"seed {seed}: {y} instead of {expected}"


def values(harness, kernel, bug):
    return wrong_values(harness, kernel, bug, IN_ORDER)


def order(harness, kernel, bug):
    found = (wrong_values(harness, kernel, bug, seed) for seed in SEEDS)
    return next(filter(None, found), None)


def report(harness, kernel, bug):
    done, _ = harness.run(kernel, bug)
    return done.stderr or None


def sanitized(sanitize, harness, kernel, bug):
    """An error of the runtime is the business of `report`."""
    done, _ = harness.run(kernel, bug, sanitize)
    found = done.returncode not in (0, 3)
    return f"{done.returncode}: {done.stderr}" if found else None


def address(harness, kernel, bug):
    return sanitized("address", harness, kernel, bug)


def thread(harness, kernel, bug):
    return sanitized("thread", harness, kernel, bug)


def fault(harness, kernel, bug):
    done, _ = harness.run(kernel, bug, fail=1)
    return None if done.returncode == 3 else f"{done.returncode}: {done.stderr}"


NETS = {
    VALUES: values,
    ORDER: order,
    REPORT: report,
    ADDRESS: address,
    THREAD: thread,
    FAULT: fault,
}
