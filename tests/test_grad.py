"""`Grad`: a named tuple and a vector."""

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

import zygcore as zg
from zygcore import Grad
from zygcore.errors import CotangentError

# ------------------------------------------------------------------ a named tuple


def test_fields():
    g = Grad(x=1, y=None, z=[2.0])
    assert g._fields == ("x", "y", "z")
    assert (g.x, g["x"], g[0], g[-1], g[:2]) == (1, 1, 1, [2.0], (1, None))
    assert (len(g), list(g), dict(g._asdict())) == (
        3,
        [1, None, [2.0]],
        {"x": 1, "y": None, "z": [2.0]},
    )
    x, y, z = g
    assert (x, y, z) == (1, None, [2.0])
    assert None in g and 5 not in g
    assert g._replace(y=4) == Grad(x=1, y=4, z=[2.0])
    assert g == Grad(x=1, y=None, z=[2.0])


def test_what_is_not_there():
    g = Grad(x=1, y=None)
    with pytest.raises(AttributeError, match="no entry 'z', only 'x', 'y'"):
        g.z  # noqa: B018
    with pytest.raises(KeyError):
        g["z"]
    with pytest.raises(IndexError):
        g[2]
    with pytest.raises(ValueError, match="'z'"):
        g._replace(z=1)
    assert not hasattr(g, "z")


def test_it_cannot_be_changed():
    g = Grad(x=1)
    with pytest.raises(AttributeError, match="_replace"):
        g.x = 2
    with pytest.raises(AttributeError):
        del g.x
    with pytest.raises(TypeError):
        g["x"] = 2
    g._asdict()["x"] = 2
    assert g == Grad(x=1)


def test_patterns():
    def shape(g):
        match g:
            case Grad(x=int(a), y=None):
                return "named", a
            case [a, b]:
                return "sequence", a, b
            case Grad():
                return "grad"

    assert shape(Grad(x=1, y=None)) == ("named", 1)
    assert shape(Grad(p=1, q=2)) == ("sequence", 1, 2)
    assert shape(Grad(p=1)) == "grad"
    # and the same in differentiated code
    inner = lambda x: zg.gradient(lambda p: p[0] * p[1] ** 2, (x, 3.0))[0]

    def f(x):
        match Grad(a=x * x, b=2.0):
            case [a, b]:
                return a * b + inner(x)[1]

    assert zg.gradient(f, 5.0) == (26.0,)


@pytest.mark.parametrize(
    "name", ["self", "count", "index", "_asdict", "entries", "__func__", "items", "_entries"]
)
def test_any_name_of_an_attribute_may_be_an_entry(name):
    g = Grad(**{name: 2.0})
    assert getattr(g, name) == g[name] == 2.0
    assert g._fields == (name,)
    assert (2 * g + g)[name] == 6.0


def test_equality():
    a = np.ones(2)
    assert Grad(x=a, y=[a, {"k": a}]) == Grad(x=np.ones(2), y=[np.ones(2), {"k": np.ones(2)}])
    assert Grad(x=a) != Grad(x=np.ones(3))
    assert Grad(x=a) != Grad(x=1.0)  # equal to each element
    assert Grad(x=a) != Grad(x=np.array([1.0, 2.0]))
    assert Grad(x=None) != Grad(x=0)
    assert Grad(x=1, y=2) != Grad(y=2)
    assert Grad(x=1) != Grad(x=1, y=None)
    assert Grad(x=1, y=2) == (1, 2)
    assert Grad(x=1) != 1
    assert Grad() == Grad() and Grad()
    assert Grad(x=math.nan) != Grad(x=math.nan)
    with pytest.raises(TypeError):
        hash(Grad(x=1))


def test_repr():
    assert repr(Grad(x=1, y=None)) == "Grad(x=1, y=None)"
    assert repr(Grad()) == "Grad()"
    g = Grad(W=np.arange(4.0).reshape(2, 2), b=None, inner=Grad(v=np.eye(2)))
    assert repr(g).splitlines() == [
        "Grad(",
        "    W=array([[0., 1.],",
        "             [2., 3.]]),",
        "    b=None,",
        "    inner=Grad(",
        "        v=array([[1., 0.],",
        "                 [0., 1.]]),",
        "    ),",
        ")",
    ]
    assert eval(repr(g), {"Grad": Grad, "array": np.array}) == g
    knot = []
    knot.append(Grad(x=knot))
    assert repr(knot[0]) == "Grad(x=[Grad(...)])"


def test_copies():
    g = Grad(x=np.ones(2), y=Grad(z=1))
    assert copy.copy(g) == g
    assert pickle.loads(pickle.dumps(g)) == g
    other = copy.deepcopy(g)
    assert other == g and other.x is not g.x


# ------------------------------------------------------------------------ a vector


def test_sums():
    assert Grad(x=1, y=None) + Grad(x=2, y=3) == Grad(x=3, y=3)
    assert Grad(x=1, y=None) - Grad(x=2, y=3) == Grad(x=-1, y=-3)
    assert -Grad(x=1, y=[2.0, None]) == Grad(x=-1, y=[-2.0, None])
    assert Grad(x=1) + None == None + Grad(x=1) == Grad(x=1) - None == Grad(x=1)
    assert None - Grad(x=1) == Grad(x=-1)
    assert sum([Grad(x=1), Grad(x=2)]) == Grad(x=3)
    assert 0 - Grad(x=1) == Grad(x=-1)
    assert Grad(x=1) + Grad(y=2) == Grad(x=1, y=2)
    assert Grad(a=Grad(x=1), b=({"k": 1.0},)) + Grad(a=Grad(x=2), b=({"k": 2.0},)) == Grad(
        a=Grad(x=3), b=({"k": 3.0},)
    )


def test_multiples():
    assert 2 * Grad(x=1, y=None) == Grad(x=1, y=None) * 2 == Grad(x=2, y=None)
    assert 2 * Grad(x=[1.0], y={"k": (1, None)}) == Grad(x=[2.0], y={"k": (2, None)})
    assert Grad(x=7, y=None, z=Fraction(1)) / 2 == Grad(x=3.5, y=None, z=Fraction(1, 2))
    assert (Grad(x=3.0) / 3).x == 1.0 and (Grad(x=49.0) / 49).x == 1.0
    assert +Grad(x=1) == Grad(x=1)


@pytest.mark.parametrize("half", [0.5, np.float64(0.5), np.float32(0.5), np.array(0.5)])
def test_numbers_of_all_kinds_scale(half):
    g = half * Grad(x=3.0, y=np.float32(2), z=np.ones(2, np.float32), w=None)
    assert g == Grad(x=1.5, y=1.0, z=np.full(2, 0.5), w=None)
    assert (type(g.x), type(g.y), g.z.dtype) == (float, np.float32, np.float32)
    g = Grad(x=3.0, z=np.ones(2, np.float32)) / (1 / half)
    assert g == Grad(x=1.5, z=np.full(2, 0.5)) and g.z.dtype == np.float32


def test_arrays_without_axes_stay_arrays():
    for g in (2 * Grad(x=np.array(1.0)), Grad(x=np.array(1.0)) / 2, -Grad(x=np.array(1.0))):
        assert type(g.x) is np.ndarray and g.x.shape == ()


def test_arithmetic_writes_into_nothing():
    a = np.ones(2)
    g = Grad(x=a, y=[a])
    g + g, g - g, -g, 2 * g, g / 2
    assert a.tolist() == [1, 1]
    h = g
    h += g
    assert g.x.tolist() == [1, 1] and h.x.tolist() == [2, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda g: g * g,
        lambda g: g * [1.0],
        lambda g: g * "a",
        lambda g: g * np.ones(2),
        lambda g: np.ones(2) * g,
        lambda g: g / g,
        lambda g: g - 1.0,
        lambda g: g + 1.0,
        lambda g: 1.0 + g,
        lambda g: 1.0 - g,
        lambda g: np.ones(2) - g,
        lambda g: np.ones(2) + g,
        lambda g: np.float64(1.0) - g,
        lambda g: "a" + g,
        lambda g: g + "a",
        lambda g: g @ g,
        lambda g: g < g,
    ],
)
def test_wrong_arithmetic(wrong):
    with pytest.raises(TypeError):  # CotangentError is one
        wrong(Grad(x=1.0))


def test_wrong_structures():
    with pytest.raises(CotangentError, match="lengths 1 and 2"):
        Grad(x=[1.0]) + Grad(x=[1.0, 2.0])
    with pytest.raises(CotangentError, match="Grad of 'x'"):
        Grad(a=Grad(x=1)) + Grad(a=3.0)
    with pytest.raises(CotangentError, match="do not add up"):
        Grad(a={"k": 1}) + Grad(a=3.0)


# ------------------------------------------------------------ in differentiated code


class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b


def test_gradient_of_what_is_done_with_a_grad():
    """For f(a, b) = a**2 * b the inner gradient is (2*a*b, a**2)."""

    def outer(use):
        def f(a):
            (g,) = zg.gradient(lambda p: p.a * p.a * p.b, Pair(a, 3.0))
            return use(g, a)

        return zg.gradient(f, 5.0)[0]

    assert outer(lambda g, a: g.a) == 6.0
    assert outer(lambda g, a: g["b"]) == 10.0
    assert outer(lambda g, a: g[0] + g[1]) == 16.0
    assert outer(lambda g, a: sum(v * v for v in g)) == 2 * 30 * 6 + 2 * 25 * 10
    assert outer(lambda g, a: (a * g).a) == 6 * 10
    assert outer(lambda g, a: (g / a).b) == 1.0
    assert outer(lambda g, a: (g - a * g).a) == 6 - 60
    assert outer(lambda g, a: (g + g + (-g)).b) == 10.0
    assert outer(lambda g, a: g._replace(a=a * a).a) == 10.0
    assert outer(lambda g, a: g._asdict()["a"]) == 6.0
    assert outer(lambda g, a: (lambda x, y: x * y)(*g)) == 6 * 25 + 30 * 10
    assert outer(lambda g, a: g.b if g == g else 0.0) == 10.0


def test_gradient_with_respect_to_a_grad():
    g = Grad(x=2.0, y=None, z=Grad(w=[3.0]))
    assert zg.gradient(lambda g: g.x * g["z"].w[0], g) == (Grad(x=3.0, y=None, z=Grad(w=[2.0])),)
    assert zg.gradient(lambda g: (3 * g + g).x, g) == (Grad(x=4.0, y=None, z=None),)
    (d,) = zg.gradient(lambda g: (g - g).x + sum(v for v in (g.x, g[0])), g)
    assert d == Grad(x=2.0, y=None, z=None)
