"""The programs that are measured, and where their controls come from.

Nothing in them is loop-invariant: a compiler that hoists the work out of the
loop would otherwise be measured for doing nothing.
"""

from dataclasses import dataclass
from math import cos, exp, log, sin

from .nbody import POSITIONS, energy_after

__all__ = ["NEW_FUNCTION", "PROGRAMS", "Program", "appends", "new_function", "sincos", "tape"]


def pow_(x, n):
    r = 1
    while n > 0:
        n -= 1
        r *= x
    return r


def f(x):
    for _ in range(5):
        x = sin(cos(x))
    return x


def loop(x, n):
    r = x / x
    for i in range(n):
        r *= f(x + i * 1e-3)
    return sin(cos(r))


def logsumexp(xs):
    m = max(xs)
    s = 0.0
    for x in xs:
        s += exp(x - m)
    return m + log(s)


def pow_rec(x, n):
    return x * pow_rec(x, n - 1) if n > 0 else 1.0


def sum_of_1000(xs):
    """Every item of a list is used, through an index and through the iterator."""
    total = 0.0
    for i, x in enumerate(xs):
        total += x * xs[-1 - i]
    return total


def appends(x, n):
    """A list of `n` active values is filled, then read."""
    values = []
    for i in range(n):
        values.append(x * i)
    total = 0.0
    for v in values:
        total += v
    return total


def nbody_1000(positions):
    return energy_after(positions, 1000)


def pow_1000(x):
    return pow_(x, 1000)


def loop_100(x):
    return loop(x, 100)


def pow_rec_500(x):
    return pow_rec(x, 500)


def sincos(x):
    return sin(cos(x))


@dataclass(frozen=True)
class Program:
    """A function of one argument: a float or a list of floats."""

    function: object
    argument: object

    @property
    def name(self):
        return self.function.__name__


PROGRAMS = [
    Program(pow_1000, 1.001),
    Program(loop_100, 0.7),
    Program(logsumexp, [0.01 * ((37 * i) % 100) for i in range(100)]),
    Program(pow_rec_500, 1.001),
    Program(sum_of_1000, [0.001 * ((37 * i) % 1000) for i in range(1000)]),
    Program(nbody_1000, POSITIONS),
]

#: 30 lines with a loop, branches, a tuple, a list, a helper and an exception
NEW_FUNCTION = """\
def new(x, n=4):
    def scale(v, by=2.0):
        if v > 10.0:
            return v / by
        return v * by

    total = 0.0
    history = []
    a, b = x, 1.0
    for i in range(n):
        if i % 2 == 0:
            a = sin(a) + b * x
        else:
            a, b = b, a
        history.append(a)
        try:
            if i == 3:
                raise ValueError(i)
            total += scale(a)
        except ValueError:
            total -= a * b
    while n > 0:
        n -= 1
        total = total * 0.5 + cos(total - x)
    for u, v in zip(history, history[1:]):
        total += u * v
    best = max(history)
    if total > best:
        return total - best
    return best * total
"""


def new_function():
    """The same 30 lines, but a code object that nobody has seen."""
    namespace = {"sin": sin, "cos": cos}
    exec(compile(NEW_FUNCTION, "<new function>", "exec"), namespace)
    return namespace["new"]


def tape(back):
    """Bytes and entries that a pullback holds.

    The one place that reads what a pullback tells about itself.
    """
    return back.nbytes, back.nentries
