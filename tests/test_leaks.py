"""Running code in the machine, and differentiating it, leaves no objects behind."""

import functools
import gc
import json
import subprocess
import sys

import numpy as np
import pytest

import zygcore as zg
from zygcore.testing import run_in_machine


def constants_become_objects(x):
    return {1.5: x, 2: x}[1.5] + len(f"{2.5:.1f}") * 0.0


def containers(x):
    pairs = [(i, x * i) for i in range(4)]
    table = dict(pairs)
    table.update(k=x)
    return sum(v for v in table.values()) + max(pairs, key=lambda p: p[0])[1]


def exceptions(x):
    try:
        try:
            raise KeyError(x * x)
        finally:
            x = x + 1
    except KeyError as error:
        return error.args[0] * x


def generators(x):
    def values(v):
        for i in range(3):
            got = yield v * i
            v = v if got is None else v + got

    def outer(v):
        yield from values(v)

    it = outer(x)
    return next(it) + it.send(x) + sum(outer(x))


def classes(x):
    class Point:
        def __init__(self, *args, **kwargs):
            self.args, self.kwargs = args, kwargs

        def __add__(self, other):
            return Point(*self.args, **other.kwargs)

        def __enter__(self):
            return self

        def __exit__(self, *info):
            return False

    with Point(x, k=x) + Point(1, k=x * x) as p:
        return p.args[0] * p.kwargs["k"]


def closures(x):
    def add(y):
        nonlocal x
        x = x + y
        return x

    return add(x) * add(1.0)


def arrays(x):
    a = np.ones(3) * x
    return float(np.sum(np.tanh(a) @ np.eye(3))) + a[0] * 0.0


def nested(x):
    return x * zg.gradient(lambda y: x * y * y, x)[0]


def structures(x):
    return zg.gradient(lambda d: d["a"][0] ** 2, {"a": [x, 1.0]})[0]["a"][0]


class Box:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Box(self.value + other.value)


def weigh(box):
    return box.value


def wrapped(x):
    return [[x, Box(x)], {"k": x}]


zg.adjoint(weigh)(lambda box: (box.value, lambda d: (Box(d),)))
zg.adjoint(wrapped)(lambda x: (wrapped(x), lambda d: (d[0][0],)))


def own_cotangents(x):
    boxes = [Box(x), Box(x * x)]
    (g,) = zg.gradient(lambda bs: weigh(bs[0]) * weigh(bs[1]) * bs[1].value, boxes)
    boxes[0] = Box(x)
    return weigh(boxes[0]) * g[0].value + wrapped(x)[0][0]


def updates(x):
    f = functools.partial(lambda a, b: lambda y: a * b * y, x, b=2.0)
    (g,) = zg.gradient(lambda f: f()(3.0), f)
    return (f - 0.1 * g)()(1.0)


PROGRAMS = [
    own_cotangents,
    updates,
    constants_become_objects,
    containers,
    exceptions,
    generators,
    classes,
    closures,
    arrays,
    nested,
    structures,
]
ENGINES = {"gradient": zg.gradient, "pullback": zg.pullback, "run_in_machine": run_in_machine}


def left_behind(call, runs=100):
    """Blocks of memory that `runs` calls leave, caches that fill up not counted."""
    batches = []
    for _ in range(6):
        for _ in range(20):
            call()
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(runs):
            call()
        gc.collect()
        batches.append(sys.getallocatedblocks() - before)
    return min(batches)


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_left_behind(engine):
    """In a process of its own: what other tests left to be collected would count here."""
    out = subprocess.run(
        [sys.executable, __file__, engine], capture_output=True, text=True, check=True
    )
    figures = json.loads(out.stdout)
    assert figures.keys() == {f.__name__ for f in PROGRAMS}
    assert all(ours - plain < 50 for ours, plain in figures.values()), figures


if __name__ == "__main__":
    run = ENGINES[sys.argv[1]]
    print(
        json.dumps(
            {
                f.__name__: (
                    left_behind(lambda f=f: run(f, 1.5)),
                    max(0, left_behind(lambda f=f: f(1.5))),
                )
                for f in PROGRAMS
            }
        )
    )
