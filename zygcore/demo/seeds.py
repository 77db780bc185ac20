"""Small programs whose gradients are known by heart.

Loops, pullbacks, a function chosen at run time, adjoints and utilities that
are written here as a user would write them, a program that mutates a global
dictionary, and the IR of a loop.
"""

import contextlib
import io
import math
import operator
import re
import sys

import zygcore as zg

from .checks import Report, compare, ignore

__all__ = ["PROGRAMS", "run"]


def pow_(x, n):
    r = 1
    while n > 0:
        n -= 1
        r *= x
    return r


def powers():
    """A loop: its gradient, and what has none."""
    yield compare("pow_(5, 3)", pow_(5, 3), 125)
    yield compare("gradient(lambda x: pow_(x, 3), 5)", zg.gradient(lambda x: pow_(x, 3), 5), (75,))
    yield compare("gradient(pow_, 5, 3)", zg.gradient(pow_, 5, 3), (75, None))
    yield compare("gradient(lambda a, b: a*b, 2, 3)", zg.gradient(lambda a, b: a * b, 2, 3), (3, 2))


def pullbacks():
    """`gradient` is a pullback that is called with 1."""
    y, back = zg.pullback(pow_, 5, 3)
    yield compare("y, back = pullback(pow_, 5, 3); y", y, 125)
    yield compare("back(1)", back(1), (75, None))
    yield compare("back(2)", back(2), (150, None))

    y, back = zg.pullback(math.sin, 0.5)
    yield compare("y, back = pullback(math.sin, 0.5); y", y, 0.479425538604203)
    yield compare("back(1.0)", back(1.0), (0.8775825618903728,))


fs = {"sin": math.sin, "cos": math.cos, "tan": math.tan}


@contextlib.contextmanager
def typing(text):
    """Runs the body as if somebody typed `text`."""
    stdin, sys.stdin = sys.stdin, io.StringIO(text + "\n")
    try:
        yield
    finally:
        sys.stdin = stdin


def chosen_at_run_time():
    """Which function it is, the keyboard decides."""

    def f(x):
        return fs[input()](x)

    for name, expected in [("sin", 0.5403023058681398), ("cos", -0.8414709848078965)]:
        with typing(name):
            yield compare(f"fs[input()](x), {name!r} typed", zg.gradient(f, 1), (expected,))


def mul(a, b):
    return a * b


@zg.adjoint(mul)
def _(a, b):
    return mul(a, b), lambda dc: (dc * b, dc * a)


def custom_adjoint():
    """An adjoint of one's own."""
    yield compare("gradient(mul, 2, 3)", zg.gradient(mul, 2, 3), (3, 2))


def hook(f, x):
    return x


@zg.adjoint(hook)
def _(f, x):
    return x, lambda dx: (None, f(dx))


def hooks():
    """A gradient hook in two lines: it changes gradients, or just looks."""
    yield compare(
        "gradient(lambda a, b: hook(operator.neg, a)*b, 2, 3)",
        zg.gradient(lambda a, b: hook(operator.neg, a) * b, 2, 3),
        (-3, 2),
    )
    seen = []

    def look(da):
        seen.append(da)
        return da

    yield compare(
        "gradient(lambda a, b: hook(look, a)*b, 2, 3)",
        zg.gradient(lambda a, b: hook(look, a) * b, 2, 3),
        (3, 2),
    )
    yield compare("what the hook saw", seen, [3])


def isderiving():
    return False


@zg.adjoint(isderiving)
def _():
    return True, lambda _: None


def nestlevel():
    return 0


@zg.adjoint(nestlevel)
def _():
    return nestlevel() + 1, lambda _: None


def grad(f, x):
    return zg.gradient(f, x)[0]


def printed(f, x):
    """What ``f(x)`` prints, as lines."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        f(x)
    return out.getvalue().splitlines()


def reflection():
    """A program that knows whether, and how deeply, it is differentiated."""

    def deriving(x):
        print(isderiving())
        return x

    yield compare("isderiving() in f(1)", printed(deriving, 1), ["False"])
    yield compare("isderiving() in grad(f, 1)", printed(lambda x: grad(deriving, x), 1), ["True"])

    def f(x):
        print(nestlevel(), "levels of nesting")
        return x

    yield compare("f(1) prints", printed(f, 1), ["0 levels of nesting"])
    yield compare("grad(f, 1) prints", printed(lambda x: grad(f, x), 1), ["1 levels of nesting"])
    yield compare(
        "grad(lambda x: x*grad(f, x), 1) prints",
        printed(lambda y: grad(lambda x: x * grad(f, x), y), 1),
        ["2 levels of nesting"],
    )


vars = {"r": 0, "n": 0}


def pow_in_dictionary(x, n):
    vars["r"] = 1
    vars["n"] = n
    while vars["n"] > 0:
        vars["n"] -= 1
        vars["r"] *= x


def mutation():
    """All state of the loop is in a global dictionary."""
    yield compare(
        "gradient(lambda x: (pow_(x, 3), vars['r'])[1], 5)",
        zg.gradient(lambda x: (pow_in_dictionary(x, 3), vars["r"])[1], 5),
        (75,),
    )
    yield compare("vars afterwards", vars, {"r": 125, "n": 0})


PRIMAL = """\
1: (%2, %3)
  br 2 (%3, 1)
2: (%4, %5)
  %6 = %4 > 0
  br 4 unless %6
  br 3
3:
  %7 = %4 - 1
  %8 = %5 * %2
  br 2 (%7, %8)
4:
  return %5"""


def intermediate_code():
    """The loop as the engine sees it; ``-=`` counts as ``-``."""
    lines = [re.sub(r" ([-*])= ", r" \1 ", line) for line in printed(zg.code_ir, pow_)]
    yield compare("code_ir(pow_) prints", "\n".join(lines), PRIMAL)


PROGRAMS = [
    powers,
    pullbacks,
    chosen_at_run_time,
    custom_adjoint,
    hooks,
    reflection,
    mutation,
    intermediate_code,
]


def run(step=ignore, programs=PROGRAMS):
    checks = []
    for done, program in enumerate(programs):
        step(done, len(programs))
        checks += program()
    step(len(programs), len(programs))
    return Report(f"{len(programs)} programs", checks)
