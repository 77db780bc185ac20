"""`showgrad`: the text of its argument, and the cotangent."""

import functools
import math
import sys
import textwrap
from types import SimpleNamespace

import numpy as np
import pytest
from lines_printed import run_python

import zygcore as zg
from zygcore import showgrad as sg


def grad(f, x):
    return zg.gradient(f, x)[0]


# ------------------------------------------------------------------------- showgrad


def test_showgrad_as_in_the_manual(printed):
    assert zg.gradient(lambda a, b: zg.showgrad(a) * b, 2, 3) == (3, 2)
    assert printed() == ["∂(a) = 3"]
    assert zg.gradient(lambda a: zg.showgrad(a) * a, 2) == (4,)
    assert printed() == ["∂(a) = 2"]


def test_showgrad_of_what_is_not_used(printed):
    def f(a, b):
        zg.showgrad(a)
        return a * b

    assert zg.gradient(f, 2, 3) == (3, 2)
    assert printed() == ["∂(a) = None"]
    assert zg.gradient(lambda a: (sg(a), 1.0)[1], 2.0) == (None,)  # nothing to sweep
    assert printed() == ["∂(a) = None"]
    _, back = zg.pullback(lambda a: sg(a) * 2, 2.0)
    assert back(None) == (None,)
    assert printed() == ["∂(a) = None"]
    assert zg.gradient(lambda a, b: (sg([a, b]), a * b)[1], 2.0, 3.0) == (3.0, 2.0)
    assert printed() == ["∂([a, b]) = None"]


def test_showgrad_tells_zero_from_none(printed):
    zg.gradient(lambda a, b: (sg(a), sg(b) * 0.0 + a)[1], 2.0, 3.0)
    assert printed() == ["∂(b) = 0.0", "∂(a) = None"]


SEVERAL = """
def f(a, b):
    u = sg(a) + sg(b * 2); v = sg(
        u
        + a
    )
    sg(u)
    return v * sg(x=a) * sg(*[b])
"""


def test_showgrad_prints_what_was_computed_last_first(printed, tmp_path):
    path = tmp_path / "several.py"
    path.write_text(SEVERAL)
    space = {"sg": sg}
    exec(compile(SEVERAL, str(path), "exec"), space)
    zg.gradient(space["f"], 2.0, 3.0)
    assert printed() == [
        "∂(*[b]) = 20.0",
        "∂(a) = 30.0",
        "∂(u) = None",
        "∂(u + a) = 6.0",
        "∂(b * 2) = 6.0",
        "∂(a) = 6.0",
    ]


def test_showgrad_prints_a_line_for_each_evaluation(printed):
    def f(x):
        for _ in range(3):
            x = sg(x) * 2
        return sum(sg(v) for v in [x, x])

    assert grad(f, 1.0) == 16.0
    assert printed() == ["∂(v) = 1.0"] * 2 + [f"∂(x) = {d}" for d in (4.0, 8.0, 16.0)]
    _, back = zg.pullback(lambda a: sg(a) * 2, 1.0)
    assert printed() == []
    back(1.0), back(3.0)
    assert printed() == ["∂(a) = 2.0", "∂(a) = 6.0"]


def test_showgrad_of_expressions_and_structures(printed):
    xs = [1.0, 2.0]
    point = SimpleNamespace(x=3.0)
    zg.gradient(lambda xs, p: sg(xs[0]) * sg(p.x) * sg(math.sin(xs[1])), xs, point)
    assert len(lines := printed()) == 3
    assert [line.split(" = ")[0] for line in lines] == ["∂(math.sin(xs[1]))", "∂(p.x)", "∂(xs[0])"]
    zg.gradient(lambda xs: sg(xs)[0], xs)
    zg.gradient(lambda p: sg(p).x, point)
    zg.gradient(lambda a: sg(a).sum(), np.ones(2))
    assert printed() == ["∂(xs) = [1.0, None]", "∂(p) = Grad(x=1.0)", "∂(a) = array([1., 1.])"]


def test_showgrad_at_nested_levels(printed):
    assert grad(lambda x: grad(lambda y: sg(y) * y * y, x), 2.0) == 12.0
    assert printed() == ["∂(y) = 4.0"]  # the level whose variable it is
    assert grad(lambda x: grad(lambda y: sg(x) * y, 3.0), 2.0) == 1.0
    assert printed() == ["∂(x) = 1.0"]
    assert grad(lambda x: grad(lambda y: (sg(y), y * x)[1], x), 2.0) == 1.0
    assert printed() == ["∂(y) = None"]
    assert grad(lambda x: grad(lambda y: sg(y) ** 3, x) + sg(x), 2.0) == 13.0
    assert printed() == ["∂(y) = 12.0", "∂(x) = 1.0"]


def test_showgrad_where_the_call_has_no_text(printed):
    assert zg.gradient(sg, 2.0) == (1.0,)
    assert zg.gradient(lambda x: sum(map(sg, x)), [1.0]) == ([1.0],)
    assert printed() == ["∂(?) = 1.0"] * 2
    assert zg.gradient(lambda x: functools.partial(sg)(x * 2), 1.0) == (2.0,)
    assert zg.gradient(lambda x: (lambda f, v: f(v))(sg, x), 1.0) == (1.0,)
    assert printed() == ["∂(x * 2) = 1.0", "∂(v) = 1.0"]


def test_showgrad_outside_of_differentiated_code(printed):
    x = [1.0]
    assert sg(x) is x
    assert printed() == []


EXPRESSIONS = """
a
a * b
(a + b) * a
a ** b ** 2
-a
-(a + b)
(a - b) * b
xs[0]
xs[0] * xs[1]
p.x
np.sin(a)
max(a, b)
a if a > b else b
(a, b)
[a, b]
f(a, scale=b)
{'k': a}
a @ b if p is None else a
sum(v for v in xs)
[v for v in xs]
a if a > b and b > 0 else b
a if b is None else b if a > 0 else xs[0]
(a if a > b else b) * 2
a if not b else xs[0]
a and b and xs[0]
a or b
(a or b) and xs[0]
a and b or xs[0]
xs[0] if a and b else b
xs[0 if a > b else 1]
[*xs, a]
(*xs, a)
[*xs][0]
{**{'k': a}}
{a, b}
{a, *xs}
"""


@pytest.mark.parametrize("text", EXPRESSIONS.split("\n")[1:-1])
def test_showgrad_in_code_without_source(printed, text):
    space = {"zg": zg, "np": np, "f": lambda x, scale: x * scale}
    exec(f"def g(a, b, xs, p):\n zg.showgrad({text})\n return a", space)
    zg.gradient(space["g"], 2.0, 3.0, [4.0, 5.0], SimpleNamespace(x=6.0))
    (line,) = printed()
    readable = " for " not in text
    assert line == f"∂({text if readable else '?'}) = None"


@pytest.mark.parametrize("text", EXPRESSIONS.split("\n")[1:-1])
@pytest.mark.parametrize("run", [exec, eval], ids=["exec", "eval"])
def test_showgrad_at_the_top_level_of_code_that_is_run(printed, text, run):
    """Its names are looked up in a namespace."""

    def g(a, b, xs, p):
        space = {"zg": zg, "np": np, "f": lambda x, scale: x * scale}
        run(f"zg.showgrad({text})", {**space, "a": a, "b": b, "xs": xs, "p": p})
        return a

    zg.gradient(g, 2.0, 3.0, [4.0, 5.0], SimpleNamespace(x=6.0))
    if " for " in text:
        text = "?"
    elif run is eval and sys.version_info >= (3, 12):
        text = REPEATED.get(text, text)
    assert printed() == [f"∂({text}) = None"]


#: where an expression is all of the code, compilers since 3.12 repeat what follows a condition
REPEATED = {
    "(a if a > b else b) * 2": "a * 2 if a > b else b * 2",
    "xs[0 if a > b else 1]": "xs[0] if a > b else xs[1]",
}


def test_showgrad_of_choices_in_loops(printed):
    """Branches around the call are none of the argument's."""
    space = {"zg": zg}
    exec(
        "def f(a):\n"
        " while a < 50.0 and a:\n"
        "  if a > 10:\n"
        "   a = a * 2\n"
        "  else:\n"
        "   a = zg.showgrad(a if a < 3 else 2 * a) * 3\n"
        " for b in [a]:\n"
        "  a = a or zg.showgrad(b and a or b)\n"
        " return zg.showgrad(a if b else 2 * b)\n",
        space,
    )
    zg.gradient(space["f"], 2.0)
    assert printed() == [
        "∂(a if b else 2 * b) = 1.0",
        "∂(a if a < 3 else 2 * a) = 6.0",
        "∂(a if a < 3 else 2 * a) = 36.0",
    ]


def test_showgrad_in_programs_that_are_run(printed):
    statements = {
        "y = zg.showgrad(a) * a": ["∂(a) = 3.0"],
        "b = a * a\ny = zg.showgrad(b + a)": ["∂(b + a) = 1.0"],
        "b = zg.showgrad\ny = b(x=a * 2)": ["∂(a * 2) = 1.0"],
        "y = 0\nfor v in [a, 2 * a]:\n    y = y + zg.showgrad(v * 2)": ["∂(v * 2) = 1.0"] * 2,
        "class K:\n    w = a * 2\n    z = zg.showgrad(w)\ny = K.z": ["∂(w) = 1.0"],
        "def g(q):\n    return zg.showgrad(q * a)\ny = g(a)": ["∂(q * a) = 1.0"],
        "exec('y = zg.showgrad(a * 3)')": ["∂(a * 3) = 1.0"],
        "y = zg.gradient(lambda b: zg.showgrad(b) * a, a)[0]": ["∂(b) = 3.0"],
    }
    for text, expected in statements.items():

        def f(a, text=text):
            space = {"zg": zg, "a": a}
            exec(text, space)
            return space["y"]

        zg.gradient(f, 3.0)
        assert printed() == expected, text
        space = {"zg": zg, "text": text}  # all of it in code that is run
        exec("def f(a):\n d = {'zg': zg, 'a': a}\n exec(text, d)\n return d['y']", space)
        exec("zg.gradient(f, 3.0)", space)
        assert printed() == expected, text


def test_showgrad_in_a_cell_of_a_notebook(printed):
    import linecache

    source = "g = lambda a, b: (zg.showgrad(a if a > b\n  else b)) * b\n"
    name = "<ipython-input-7-0123456789ab>"  # as IPython enters its cells
    linecache.cache[name] = len(source), None, source.splitlines(True), name
    try:
        space = {"zg": zg}
        exec(compile(source, name, "exec"), space)
        assert zg.gradient(space["g"], 2.0, 3.0) == (None, 6.0)
        assert printed() == ["∂(a if a > b else b) = 3.0"]
        linecache.cache[name] = len(source), None, ["something else\n"] * 2, name
        zg.gradient(space["g"], 2.0, 3.0)
        assert printed() == ["∂(a if a > b else b) = 3.0"]  # not what the source has become
    finally:
        del linecache.cache[name]


def test_showgrad_inside_of_a_format_string(printed):
    assert grad(lambda a: a * (2 if f"{sg(a)}" else 1), 1.0) == 2.0
    assert printed() == ["∂(a) = None"]


def test_showgrad_at_the_prompt():
    session = textwrap.dedent("""
        import zygcore as zg
        from zygcore import showgrad as sg
        zg.gradient(lambda a, b: zg.showgrad(a) * b, 2, 3)
        def f(x):
            y = sg(x[0] * x[1])
            return y * y

        zg.gradient(f, [2.0, 3.0])
    """)
    lines = ["∂(a) = 3", "(3, 2)", "∂(x[0] * x[1]) = 12.0", "([36.0, 24.0],)"]
    assert run_python("-i", "-q", stdin=session) == lines


PROGRAM = """
import zygcore as zg
print(zg.gradient(lambda a, b: zg.showgrad(a) * b, 2, 3))
"""


@pytest.mark.parametrize("options", [[], ["-X", "no_debug_ranges"], ["-O"]], ids=str)
def test_showgrad_in_a_program_given_as_text(options):
    assert run_python(*options, "-c", PROGRAM) == ["∂(a) = 3", "(3, 2)"]


def test_showgrad_where_the_sign_cannot_be_printed():
    assert run_python("-c", PROGRAM, PYTHONIOENCODING="ascii") == ["d(a) = 3", "(3, 2)"]


def test_showgrad_in_ipython():
    assert run_python("-m", "IPython", "--colors=NoColor", "-c", PROGRAM) == ["∂(a) = 3", "(3, 2)"]
