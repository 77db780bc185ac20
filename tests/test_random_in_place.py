"""Random programs that write into arrays, through views and aliases, against differences."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import zygcore as zg

N = 6
KEYS = [
    "[1:]", "[:-1]", "[::2]", "[::-1]", "[2]", "[-1]", "[...]", "[1:4]", "[[0, 2, 2]]", "[[3, 1]]",
    "[np.arange(6) % 2 == 0]", "[np.array([5, 0, 3])]", "[4:1:-1]",
]  # fmt: skip
VIEWS = ["{}[:]", "{}[::-1]", "{}.reshape(2, 3).T.reshape(6)", "{}.reshape(2, 3).ravel()", "{}.T",
         "{}.real", "np.asarray({})", "{}.view()", "{}.copy()"]  # fmt: skip
VALUES = [
    "np.sin({b})",
    "{b} * {c}",
    "{b}[::-1]",
    "{b} + x",
    "np.cos({b}) * x[2]",
    "2.0 - {c}",
    "x",
    "{b} / ({c} * {c} + 2.0)",
]
SCALARS = [
    "{b}[0] * x[1]",
    "np.sum({b})",
    "0.5",
    "x[3]",
    "{b}[-1] * 0.5 + {c}[1]",
    "np.tanh({b}[2])",
]
IN_PLACE = ["+=", "-=", "*=", "="]
OUTPUTS = [
    "np.sin({}, out={})", "np.multiply({}, 0.5, {})", "np.copyto({1}, {0})",
    "np.tanh({}, out={}, where=np.arange(6) > 2)",
]  # fmt: skip


@st.composite
def programs(draw):
    names = ["a", "b0"]
    lines = ["a = x * 1.0", "b0 = np.ones(6)"]
    used = ["x", "a", "b0"] if draw(st.booleans()) else ["a", "b0"]
    loop = draw(st.booleans())
    for i in range(draw(st.integers(2, 8))):
        one = st.sampled_from(used)
        b, c = draw(one), draw(one)
        kind = draw(
            st.sampled_from(["view", "write", "element", "operate", "new", "total", "output"])
        )
        target = draw(st.sampled_from(names if draw(st.integers(0, 4)) else used))
        if kind == "view":
            lines.append(f"v{i} = " + draw(st.sampled_from(VIEWS)).format(b))
            names.append(f"v{i}")
            used.append(f"v{i}")
        elif kind == "write":
            key = draw(st.sampled_from(KEYS))
            value = draw(st.sampled_from(VALUES)).format(b=b, c=c)
            if draw(st.booleans()):
                lines.append(f"{target}{key} {draw(st.sampled_from(IN_PLACE))} ({value}){key}")
            else:
                scalar = draw(st.sampled_from(SCALARS)).format(b=b, c=c)
                lines.append(f"{target}{key} {draw(st.sampled_from(IN_PLACE))} {scalar}")
        elif kind == "element":
            where = draw(st.integers(-6, 5))
            scalar = draw(st.sampled_from(SCALARS)).format(b=b, c=c)
            lines.append(f"{target}[{where}] {draw(st.sampled_from(IN_PLACE))} {scalar}")
        elif kind == "operate":
            operator = draw(st.sampled_from(IN_PLACE[:3]))
            lines.append(f"{target} {operator} " + draw(st.sampled_from(VALUES)).format(b=b, c=c))
        elif kind == "output":
            ufunc = draw(st.sampled_from(OUTPUTS))
            lines.append(ufunc.format(b, target))
        elif kind == "new":
            lines.append(f"n{i} = " + draw(st.sampled_from(VALUES)).format(b=b, c=c))
            used.append(f"n{i}")
        else:
            lines.append(
                f"total = total + np.sum({b} * {c}) * {draw(st.sampled_from(['0.5', '1.0']))}"
            )
    body = "\n    ".join(lines[2:])
    if loop:
        body = "for _ in range(2):\n        " + "\n        ".join(lines[2:])
    out = " + ".join([f"np.sum({name} * W)" for name in ("a", "b0")])
    return (
        "def f(x):\n    total = 0.0\n    " + "\n    ".join(lines[:2]) + f"\n    {body}\n    "
        f"return total + {out}"
    )


W = np.array([0.7, -1.1, 0.4, 1.3, -0.2, 0.9])
X = np.array([0.3, -0.8, 0.6, 1.1, -0.4, 0.9])


def slopes(f, x):
    """Differences with two steps; None where they do not agree: the function is too crooked."""
    coarse, fine = (differences(f, x, step) for step in (1e-3, 5e-4))
    agree = np.abs(coarse - fine).max() <= 1e-7 * (1 + np.abs(fine).max())
    return fine if agree else None


def differences(f, x, step):
    out = np.zeros(N)
    for i in range(N):
        h = np.zeros(N)
        h[i] = step
        out[i] = (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * step)
    return out


def compiled(source):
    names = {"np": np, "W": W}
    exec(source, names)
    return names["f"]


def usable(f):
    """Does the plain program run, with moderate numbers?"""
    try:
        y = f(X.copy())
    except ValueError:  # the output of an operation does not fit
        return False
    return np.isfinite(y) and abs(y) < 1e4


@settings(max_examples=150, deadline=None)
@given(programs())
def test_gradient(source):
    f = compiled(source)
    if not usable(f):
        return
    wanted = slopes(lambda x: f(x.copy()), X)
    if wanted is None:
        return
    x, plain = X.copy(), X.copy()
    y, back = zg.pullback(f, x)
    assert y == f(plain) or y != y, source
    size = 1 + np.abs(wanted).max()
    for _ in range(2):
        (g,) = back(1.0)
        assert x.tobytes() == plain.tobytes(), source
        np.testing.assert_allclose(
            np.zeros(N) if g is None else g, wanted, atol=1e-6 * size, err_msg=source
        )


@settings(max_examples=60, deadline=None)
@given(programs())
def test_second_order(source):
    f = compiled(source)
    if not usable(f):
        return

    def along(x):
        (g,) = zg.gradient(f, x * 1.0)
        return 0.0 if g is None else np.sum(g * W)

    wanted = slopes(along, X)
    if wanted is None:
        return
    (g,) = zg.gradient(along, X.copy())
    size = 1 + np.abs(wanted).max()
    np.testing.assert_allclose(
        np.zeros(N) if g is None else g, wanted, atol=1e-6 * size, err_msg=source
    )
