"""Complaints about classes of the user's own and about code of others.

The numbers in the headings are those of PAINS.
"""

import array
import functools
import json
import math
import pickle
import statistics
import struct
import sys
from dataclasses import dataclass, field

import numpy as np
import pytest

import zygcore as zg
from zygcore import _bytecode
from zygcore.errors import AdjointError, UnsupportedError


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


# -------------------------------------------------------------- 28: custom types


@dataclass
class P:
    a: float
    b: float


@dataclass
class Strict:
    """Making one is not for everybody."""

    a: float
    b: float
    made: list = field(default_factory=list)

    def __init__(self, *, token):
        assert token == "secret"
        self.made = [token]

    def __post_init__(self):
        raise AssertionError("never called")


class Slots:
    __slots__ = ("a", "b", "unset")

    def __init__(self, a, b):
        self.a, self.b = a, b


@dataclass(frozen=True, slots=True)
class Frozen:
    a: float
    b: float = 3.0


class Mutable:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __setattr__(self, name, value):
        super().__setattr__(name, value)

    def __getattr__(self, name):
        raise AttributeError(f"no {name}")


def product(p):
    return p.a * p.b


@pytest.mark.parametrize("p", [P(2.0, 3.0), Slots(2.0, 3.0), Frozen(2.0), Mutable(2.0, 3.0)])
def test_objects_of_any_class(p):
    d = grad(product)(p)
    assert (d.a, d.b) == (3.0, 2.0)
    assert type(d) is zg.Grad
    (nested,) = grad(lambda ps: product(ps[0]) * 2.0)([p])
    assert nested == 2.0 * d
    assert grad(lambda q: grad(product)(q).a ** 2)(p).b == 6.0


def test_init_is_never_called():
    p = Strict(token="secret")
    p.a, p.b = 2.0, 3.0
    d = grad(product)(p)
    assert (d.a, d.b, d.made) == (3.0, 2.0, None)


def test_mutable_objects_made_and_changed_inside():
    def f(x):
        p = P(x, x * x)
        q = p
        q.a = q.a * p.b  # x**3
        p.b, p.a = p.a, p.b  # x**3, x**2
        vars(q)["c"] = p.a + q.b
        return p.c * q.a

    # (x**2 + x**3) x**2
    assert grad(f)(2.0) == 4 * 8 + 5 * 16
    assert grad(grad(f))(2.0) == 12 * 4 + 20 * 8


def test_argument_is_mutated():
    def f(p):
        p.a = p.a * p.b
        p.a *= p.a
        return p.a

    p = P(2.0, 3.0)
    d = grad(f)(p)
    assert (d.a, d.b) == (2 * 2.0 * 9.0, 2 * 3.0 * 4.0)
    assert p == P(36.0, 3.0) and type(p.a) is float


# ------------------------------------------------------------ 29, 30: third parties


def test_plain_numpy_and_library_code():
    """NumPy as it is, and what libraries have written in Python on top of it."""
    x = np.array([0.5, 1.5, 3.0])

    def slopes(f):
        out = []
        for i in range(3):
            h = 1e-5 * np.eye(3)[i]
            out.append((f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / 12e-5)
        return np.array(out)

    for f in (
        lambda v: np.trapezoid(v * v, dx=0.5),
        lambda v: np.average(v) * np.std(v),
        lambda v: np.polyval(v, 2.0),
        lambda v: np.kron(v, v)[2] + np.ediff1d(v)[1] ** 2,
        lambda v: np.linspace(v[0], v[1] * v[2], 4)[1],
        lambda v: statistics.fmean(v.tolist()) * statistics.fmean(v),
        lambda v: functools.reduce(lambda a, b: a * b, v),
    ):
        np.testing.assert_allclose(grad(f)(x), slopes(f), rtol=1e-7, atol=1e-9)


def test_pure_python_solver():
    """SciPy's `newton` is Python code: nobody has to write a rule for it."""
    optimize = pytest.importorskip("scipy.optimize")

    def root(k):
        return optimize.newton(lambda y: y * y - k, 1.0, fprime=lambda y: 2 * y, tol=1e-13)

    assert grad(root)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-9)


@pytest.mark.parametrize("name", ["quad", "odeint", "brentq"])
def test_compiled_solvers(name):
    """Solvers in C have rules, which see what the function that they are given captures."""
    integrate = pytest.importorskip("scipy.integrate")
    optimize = pytest.importorskip("scipy.optimize")
    f, slope = {
        "quad": (
            lambda k: integrate.quad(lambda t: math.exp(-k * t), 0, 1)[0],
            lambda k: ((1 + k) * math.exp(-k) - 1) / k**2,
        ),
        "odeint": (
            lambda k: integrate.odeint(lambda y, t: -k * y, 1.0, [0.0, 1.0])[-1, 0],
            lambda k: -math.exp(-k),
        ),
        "brentq": (
            lambda k: optimize.brentq(lambda y: y * y - k, 0.0, 3.0, xtol=1e-13),
            lambda k: 0.5 / math.sqrt(k),
        ),
    }[name]
    assert grad(f)(1.5) == pytest.approx(slope(1.5), rel=1e-7)


def test_opaque_call_is_never_a_silent_zero():
    for f in (
        lambda x: struct.unpack("d", struct.pack("d", x))[0],
        lambda x: float(np.frombuffer(struct.pack("d", x))[0]),
        lambda x: float(repr(x)),
        lambda x: pickle.loads(pickle.dumps(x)),
        lambda x: array.array("d", [x, 1.0])[0],
        lambda x: float(json.dumps([x])[1:-1]),
        lambda x: math.fsum(array.array("d", [x])),
        lambda x: memoryview(array.array("d", [x]))[0],
        lambda x: np.float64.fromhex(np.float64(x).hex()),
    ):
        try:
            d = grad(f)(2.0)
        except (AdjointError, UnsupportedError):
            continue
        assert d == 1.0


def test_unknown_bytecode_is_refused(monkeypatch):
    """The corpus runs on every supported Python; another one is refused by name."""
    monkeypatch.setattr(_bytecode, "TABLE", None)
    with pytest.raises(UnsupportedError) as caught:
        exec("def f(x):\n    return x\nzg.gradient(f, 1.0)", {"zg": zg})
    assert f"{sys.version_info[0]}.{sys.version_info[1]}" in str(caught.value)


@pytest.mark.parametrize("method", ["RK45", "RK23", "DOP853"])
def test_initial_value_problems(method):
    """`solve_ivp` fills arrays that it has made; its integrators are Python code."""
    integrate = pytest.importorskip("scipy.integrate")

    def decay(k):
        out = integrate.solve_ivp(
            lambda t, y: -k * y, (0.0, 1.0), [1.0], method=method, rtol=1e-8, atol=1e-10
        )
        return out.y[0, -1]

    assert grad(decay)(1.0) == pytest.approx(-math.exp(-1.0), rel=1e-7)
