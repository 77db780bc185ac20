"""Rules of ufuncs and other functions that work element by element."""

import math

import numpy as np
import pytest
from checking import call_rule

import zygcore as zg
from zygcore.errors import UnsupportedError
from zygcore.rules.numpy import _ufuncs as rules
from zygcore.rules.registry import RULES
from zygcore.testing import check_adjoint

ONE_ARGUMENT = {  # name: an interval inside the domain
    "negative": (-2, 2), "positive": (-2, 2), "reciprocal": (0.5, 2), "square": (-2, 2),
    "exp": (-2, 2), "exp2": (-2, 2), "expm1": (-2, 2), "log": (0.5, 2), "log2": (0.5, 2),
    "log10": (0.5, 2), "log1p": (-0.5, 2), "sqrt": (0.5, 2), "cbrt": (0.5, 2), "sin": (-2, 2),
    "cos": (-2, 2), "tan": (-0.9, 0.9), "arcsin": (-0.6, 0.6), "arccos": (-0.6, 0.6),
    "arctan": (-2, 2), "sinh": (-2, 2), "cosh": (-2, 2), "tanh": (-2, 2), "arcsinh": (-2, 2),
    "arccosh": (1.5, 3), "arctanh": (-0.6, 0.6), "deg2rad": (-2, 2), "radians": (-2, 2),
    "rad2deg": (-2, 2), "degrees": (-2, 2), "fabs": (0.2, 2), "absolute": (-2, -0.2),
    "conjugate": (-2, 2), "real": (-2, 2), "sinc": (0.2, 0.8),
}  # fmt: skip
REAL_ONLY = {"cbrt", "deg2rad", "radians", "rad2deg", "degrees", "fabs"}


@pytest.mark.parametrize("name", ONE_ARGUMENT)
def test_one_argument(name):
    f = getattr(np, name)
    low, high = ONE_ARGUMENT[name]
    rng = np.random.default_rng(0)
    for shape in [(2, 3), (), (0,), (4,)]:
        check_adjoint(f, np.array(rng.uniform(low, high, shape)))
    for scalar in (float, np.float64, np.float32):
        check_adjoint(f, scalar((low + high) / 2 + 0.1))
    if name not in REAL_ONLY:
        z = rng.uniform(0.2, 0.6, 5) + 1j * rng.uniform(-0.6, 0.6, 5)
        check_adjoint(f, z, rtol=1e-6)
        check_adjoint(f, -z, rtol=1e-6)
        check_adjoint(f, z.astype(np.complex64))
        if name not in ("tan", "arcsin", "arccos", "arctanh"):
            check_adjoint(f, 3 * z, rtol=1e-6)


TWO_ARGUMENTS = [
    "add", "subtract", "multiply", "true_divide", "power", "float_power", "logaddexp",
    "logaddexp2", "arctan2", "hypot", "maximum", "minimum", "fmax", "fmin",
]  # fmt: skip


@pytest.mark.parametrize("name", TWO_ARGUMENTS)
def test_two_arguments(name):
    f = getattr(np, name)
    rng = np.random.default_rng(1)
    for shape in [(2, 3), (), (0, 3), (3,)]:
        x = np.array(rng.uniform(0.5, 1.5, shape))
        check_adjoint(f, x, np.full((4, 1, 1), 1.6))
        check_adjoint(f, 0.3, x)
        check_adjoint(f, x, np.float32(0.3))
    if name in TWO_ARGUMENTS[:6]:
        z = rng.uniform(0.5, 1.5, (2, 3)) + 1j * rng.standard_normal((2, 3))
        check_adjoint(f, z, np.array([1.2, 0.7, -0.4]))
        check_adjoint(f, np.array([1.2, 0.7, 0.4]), z)


def test_remainders():
    x, y = np.array([5.3, -2.2, 7.7]), np.array([1.5, 0.9, -2.0])
    for f in (np.remainder, np.fmod):
        check_adjoint(f, x, y)
    check_adjoint(np.copysign, x, -x, wrt=[0])
    check_adjoint(np.nextafter, x, 9.0, wrt=[0])
    check_adjoint(np.ldexp, x, np.array([1, 2, 3]), wrt=[0])
    check_adjoint(rules._fraction, x)
    check_adjoint(rules._mantissa, x)
    for f, args in ((np.modf, (x,)), (np.frexp, (x,)), (np.divmod, (x, y))):
        for ours, theirs in zip(RULES[f].function(*args), f(*args), strict=True):
            assert np.array_equal(ours, theirs)


inf, nan = math.inf, math.nan
AT_THE_EDGE = [
    # f, args, cotangent, expected
    (np.sqrt, (0.0,), 1.0, (inf,)),
    (np.sqrt, (0.0,), 0.0, (0.0,)),
    (np.log, (0.5,), 0.0, (0.0,)),
    (np.cbrt, (0.0,), 0.0, (0.0,)),
    (np.arccos, (1.0,), 0.0, (0.0,)),
    (np.arctanh, (0.5,), 0.0, (0.0,)),
    (np.absolute, (0.0,), 1.0, (0.0,)),
    (np.absolute, (0j,), 1.0, (0j,)),
    (np.hypot, (0.0, 0.0), 1.0, (0.0, 0.0)),
    (np.arctan2, (0.0, 0.0), 0.0, (0.0, 0.0)),
    (np.power, (0.0, 1.0), 1.0, (1.0, 0.0)),
    (np.power, (0.0, 0.0), 1.0, (0.0, 0.0)),
    (np.power, (0.0, 0.5), 0.0, (0.0, 0.0)),
    (np.maximum, (1.0, 1.0), 1.0, (0.5, 0.5)),
    (np.minimum, (1.0, 1.0), 1.0, (0.5, 0.5)),
    (np.maximum, (nan, 1.0), 1.0, (1.0, 0.0)),
    (np.fmax, (nan, 1.0), 1.0, (0.0, 1.0)),
    (np.logaddexp, (-inf, -inf), 1.0, (0.5, 0.5)),
    (np.logaddexp, (0.0, -inf), 1.0, (1.0, 0.0)),
    (np.sinc, (0.0,), 1.0, (0.0,)),
    (np.tanh, (1000.0,), 1.0, (0.0,)),
    (np.angle, (0j,), 1.0, (0j,)),
]


@pytest.mark.parametrize(("f", "args", "dy", "expected"), AT_THE_EDGE)
def test_at_the_edge(f, args, dy, expected):
    for make in (lambda v: v, lambda v: np.array([v]), np.array):
        _, back = call_rule(f, *[make(x) for x in args])
        dxs = back(make(dy))
        assert len(dxs) == len(expected)
        for dx, value in zip(dxs, expected, strict=True):
            assert dx == value, (f, dxs)


def test_untaken_branches_pass_nothing():
    x = np.array([0.0, 4.0])
    root, root_back = call_rule(np.sqrt, x)
    _, where_back = call_rule(np.where, x < 1, x, root)
    _, d_taken, d_root = where_back(np.ones(2))
    assert (d_taken + root_back(d_root)[0]).tolist() == [1, 0.25]


def test_integers():
    x = np.array([1, 4, 9])
    for f in (np.sqrt, np.exp, np.square, np.log):
        (dx,) = call_rule(f, x)[1](np.ones(3))
        assert dx.dtype == np.float64
    assert call_rule(np.square, x)[1](np.ones(3))[0].tolist() == [2, 8, 18]
    assert call_rule(np.power, x, 3)[1](np.ones(3))[0].tolist() == [3, 48, 243]
    assert call_rule(np.true_divide, np.zeros(2), 3.0)[1](np.ones(2))[1] == 0
    dx, dn = call_rule(np.multiply, True, x)[1](np.ones(3))
    assert dx == 14 and dn.tolist() == [1, 1, 1]


def test_where():
    rng = np.random.default_rng(0)
    c = np.array([[True], [False]])
    check_adjoint(np.where, c, rng.standard_normal(3), 2.0)
    check_adjoint(np.where, c, rng.standard_normal((2, 3)), 1j * rng.standard_normal((4, 1, 1)))
    check_adjoint(np.where, True, 2.0, np.float32(3))
    check_adjoint(np.where, c, 1.0, np.float32([1, 2, 3]))


def test_clip():
    x = np.array([[-2.0, 0.3], [0.7, 3.0]])
    check_adjoint(np.clip, x, -1.0, 1.0)
    check_adjoint(np.clip, x, None, np.array([0.1, 1.0]))
    check_adjoint(np.clip, x, 1.0, np.array([0.1, 2.0]))
    check_adjoint(np.ndarray.clip, x, 0.0, 1.0)
    check_adjoint(np.clip, 0.3, 0.0, 1.0)
    y, back = call_rule(np.clip, x, min=0.0, max=1.0)
    dx, *rest = back(np.ones((2, 2)))
    assert y.max() == 1 and dx.tolist() == [[0, 1], [1, 0]]
    assert rest == [None, None, None, 1, 1]
    assert call_rule(np.clip, np.array([0.0, 1.0]), 0, 1)[1](np.ones(2))[0].tolist() == [1, 1]
    with pytest.raises(UnsupportedError, match="out"):
        call_rule(np.clip, x, 0, 1, out=x)


def test_complex_parts():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((2, 3)) + 1j * rng.standard_normal((2, 3))
    for f in (np.real, np.imag, np.angle, np.absolute, np.conjugate):
        check_adjoint(f, z)
        check_adjoint(f, z[0, 0])
    check_adjoint(np.angle, z, True)
    check_adjoint(np.real, z.real)
    check_adjoint(np.angle, z.real)
    assert call_rule(np.imag, z.real)[1](z.real)[0].dtype == float
    assert not call_rule(np.imag, z.real)[1](z.real)[0].any()
    for name in ("real", "imag"):
        y, back = call_rule(getattr(np.ndarray, name), z)
        assert np.array_equal(y, getattr(z, name))
        assert np.array_equal(back(y)[0], y if name == "real" else 1j * y)


def test_gradient_of_a_real_argument_is_real():
    """d/dx imag(exp(i x)) = cos(x)."""
    y, mul_back = call_rule(np.multiply, 1j, 0.5)
    z, exp_back = call_rule(np.exp, y)
    dz = call_rule(np.imag, z)[1](1.0)[0]
    assert mul_back(exp_back(dz)[0])[1] == pytest.approx(math.cos(0.5), rel=1e-15)


def test_options_are_refused():
    with pytest.raises(UnsupportedError, match="out"):
        call_rule(np.absolute, np.ones(2), out=np.ones(2))
    assert call_rule(np.sign, np.ones(2))[1] is None


def test_sign_of_complex_numbers():
    """z / abs(z); at 0 it has no derivative, and gets zero."""
    z = np.array([0.3 - 2j, -1.5 + 0.2j, 2.0 + 0j, -1j])
    check_adjoint(np.sign, z)
    quotient = zg.gradient(lambda z: np.sum(np.real(z / np.abs(z))), z)[0]
    np.testing.assert_allclose(zg.gradient(lambda z: np.sum(np.real(np.sign(z))), z)[0], quotient)
    assert zg.gradient(lambda z: np.sign(z).imag, 0j) == (0j,)
