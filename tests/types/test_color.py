"""Colours: published differences, and gradients against finite differences and mpmath."""

import math

import numpy as np
import pytest

import zygcore as zg
from zygcore import Grad
from zygcore.rules.registry import RULES
from zygcore.types import RGB, ciede2000, color, colordiff, lab

RED, GREEN = RGB(1, 0, 0), RGB(0, 1, 0)

# G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes,
# Supplementary Test Data, and Mathematical Observations", Color Research & Application 30(1),
# 2005, Table 1: L*, a*, b* of two colours and their difference, to four places.
PAIRS = [
    (50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425),
    (50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615),
    (50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412),
    (50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000),
    (50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000),
    (50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000),
    (50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669),
    (50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669),
    (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792),
    (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792),
    (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195),
    (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195),
    (50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045),
    (50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045),
    (50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461),
    (50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065),
    (50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492),
    (50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977),
    (50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030),
    (50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535),
    (50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000),
    (50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000),
    (50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000),
    (50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000),
    (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
    (63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630),
    (61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731),
    (35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645),
    (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
    (36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146),
    (90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441),
    (90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381),
    (6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377),
    (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
]


# -------------------------------------------------------- values of the specification


def test_colours_of_the_specification():
    grads = zg.gradient(lambda c: c.r**2, RED)
    assert grads == (Grad(r=2.0, g=None, b=None),)
    assert colordiff(RED, GREEN) == pytest.approx(86.60823557376344, rel=1e-6)
    (g,) = zg.gradient(lambda c: colordiff(c, GREEN), RED)
    assert g._fields == ("r", "g", "b")
    # The red one is what is left of terms a hundred times as large: it is sensitive to the
    # sixth digit of the matrix.
    assert g.r == pytest.approx(0.4590887719632896, rel=1e-6)
    assert g.g == pytest.approx(-9.598786801605689, rel=1e-6)
    assert g.b == pytest.approx(14.181383399012862, rel=1e-6)


def test_no_adjoint_is_written_for_it():
    """It is differentiated from its code."""
    functions = [f for f in vars(color).values() if getattr(f, "__module__", "") == color.__name__]
    assert colordiff in functions and ciede2000 in functions
    assert not [f for f in functions if f in RULES]


# ------------------------------------------------------------------ values


@pytest.mark.parametrize("pair", PAIRS)
def test_published_differences(pair):
    first, second, expected = pair[:3], pair[3:6], pair[6]
    assert ciede2000(first, second) == pytest.approx(expected, abs=5.01e-5)
    assert ciede2000(second, first) == pytest.approx(expected, abs=5.01e-5)
    value, _ = zg.withgradient(ciede2000, first, second)
    assert value == ciede2000(first, second)


def test_matrix_is_that_of_the_primaries():
    """Columns are the primaries, scaled so that they add up to white."""
    xy = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
    primaries = np.array([[x / y, 1, (1 - x - y) / y] for x, y in xy]).T
    matrix = primaries * np.linalg.solve(primaries, np.array(color.WHITE))
    np.testing.assert_allclose(color.TO_XYZ, matrix, atol=5.1e-9, rtol=0)


@pytest.mark.parametrize(
    "rgb, expected",
    # B. Lindbloom's CIE colour calculator, http://www.brucelindbloom.com (sRGB, D65)
    [
        ((1, 0, 0), (53.2408, 80.0925, 67.2032)),
        ((0, 1, 0), (87.7347, -86.1827, 83.1793)),
        ((0, 0, 1), (32.2970, 79.1875, -107.8602)),
        ((1, 1, 1), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
    ],
)
def test_lab(rgb, expected):
    assert lab(RGB(*rgb)) == pytest.approx(expected, abs=1e-4)


def test_black_and_white():
    assert colordiff(RGB(0, 0, 0), RGB(1, 1, 1)) == pytest.approx(100, abs=1e-5)
    assert colordiff(RED, RED) == 0


# ------------------------------------------------------------------ gradients


def reference(mp, lab1, lab2):
    """CIEDE2000 in mpmath, along another way: hues from differences of vectors.

    2*sqrt(C1*C2)*sin(t/2) for the turn t, whose sine and cosine are (a1*b2 - a2*b1) / (C1*C2) and
    (a1*a2 + b1*b2) / (C1*C2); the mean hue is the direction of the sum of the unit vectors.
    """
    L1, a1, b1 = lab1
    L2, a2, b2 = lab2
    rad = mp.pi / 180
    power = lambda c: mp.sqrt(c**7 / (c**7 + mp.mpf(25) ** 7))
    mean = (mp.sqrt(a1**2 + b1**2) + mp.sqrt(a2**2 + b2**2)) / 2
    a1, a2 = (a * (1 + (1 - power(mean)) / 2) for a in (a1, a2))
    C1, C2 = mp.sqrt(a1**2 + b1**2), mp.sqrt(a2**2 + b2**2)
    turn = (a1 * b2 - a2 * b1) / mp.sqrt((C1 * C2 + a1 * a2 + b1 * b2) / 2)
    h = mp.atan2(b1 / C1 + b2 / C2, a1 / C1 + a2 / C2) / rad % 360
    L, C = (L1 + L2) / 2, (C1 + C2) / 2
    T = 1 - mp.mpf("0.17") * mp.cos((h - 30) * rad) + mp.mpf("0.24") * mp.cos(2 * h * rad)
    T += mp.mpf("0.32") * mp.cos((3 * h + 6) * rad) - mp.mpf("0.2") * mp.cos((4 * h - 63) * rad)
    dL = (L2 - L1) / (1 + mp.mpf("0.015") * (L - 50) ** 2 / mp.sqrt(20 + (L - 50) ** 2))
    dC = (C2 - C1) / (1 + mp.mpf("0.045") * C)
    dH = turn / (1 + mp.mpf("0.015") * C * T)
    R = -2 * power(C) * mp.sin(60 * rad * mp.exp(-(((h - 275) / 25) ** 2)))
    return mp.sqrt(dL**2 + dC**2 + dH**2 + R * dC * dH)


# without greys, opposite hues and the mean hue 0, where the formula has corners or jumps
SMOOTH = [p for i, p in enumerate(PAIRS) if i not in (*range(6, 15), 21)]


@pytest.mark.parametrize("pair", SMOOTH)
def test_gradient_against_mpmath(pair):
    mp = pytest.importorskip("mpmath")
    value, grads = zg.withgradient(ciede2000, pair[:3], pair[3:6])
    with mp.workdps(40):
        args = [mp.mpf(v) for v in pair[:6]]
        f = lambda *v: reference(mp, v[:3], v[3:])
        assert value == pytest.approx(float(f(*args)), rel=1e-11)
        for i, got in enumerate([*grads[0], *grads[1]]):
            order = tuple(int(i == j) for j in range(6))
            assert got == pytest.approx(float(mp.diff(f, args, order)), rel=1e-9, abs=1e-9)


def moved(c, name, by):
    return RGB(**{k: getattr(c, k) + (by if k == name else 0) for k in "rgb"})


@pytest.mark.parametrize("seed", range(20))
def test_gradient_of_colours_against_finite_differences(seed):
    r = np.random.default_rng(seed).uniform(0.05, 0.95, 6).tolist()
    a, b = RGB(*r[:3]), RGB(*r[3:])
    ga, gb = zg.gradient(colordiff, a, b)
    h = 1e-4
    for name in "rgb":
        for g, f in [
            (ga, lambda e, name=name: colordiff(moved(a, name, e), b)),
            (gb, lambda e, name=name: colordiff(a, moved(b, name, e))),
        ]:
            slope = (f(-2 * h) - 8 * f(-h) + 8 * f(h) - f(2 * h)) / (12 * h)
            assert g[name] == pytest.approx(slope, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize(
    "a, b",
    [
        ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        ((0, 0, 0), (0, 0, 0)),
        ((0, 0, 0), (1, 1, 1)),
        ((0.5, 0.5, 0.5), (0.2, 0.6, 0.1)),
        ((0.04045, 0.2, 0.3), (1, 1, 1)),
    ],
)
def test_gradients_at_corners_are_finite(a, b):
    a, b = (RGB(*map(float, c)) for c in (a, b))
    for g in zg.gradient(colordiff, a, b):
        assert all(math.isfinite(v) for v in g)


def test_equal_colours_have_the_gradient_zero():
    for g in zg.gradient(colordiff, RGB(0.2, 0.3, 0.4), RGB(0.2, 0.3, 0.4)):
        assert g == Grad(r=0.0, g=0.0, b=0.0)
    for g in zg.gradient(ciede2000, (50.0, 0.0, 0.0), (50.0, 0.0, 0.0)):
        assert g == (0.0, 0.0, 0.0)


def test_gradient_at_greys_of_lab():
    """No contribution of chroma at its corner: only L* of the grey changes the difference."""
    grey, other = zg.gradient(ciede2000, (50.0, 0.0, 0.0), (60.0, 10.0, 0.0))
    assert grey[1:] == (0.0, 0.0)
    assert other[1] > 0


def test_second_derivatives():
    """Of a difference of colours, against differences of the gradient."""
    b = RGB(0.3, 0.7, 0.2)
    slope = lambda r: zg.gradient(lambda c: colordiff(c, b), RGB(r, 0.4, 0.6))[0].r
    h = 1e-4
    expected = (
        slope(0.5 - 2 * h) - 8 * slope(0.5 - h) + 8 * slope(0.5 + h) - slope(0.5 + 2 * h)
    ) / (12 * h)
    assert zg.gradient(slope, 0.5)[0] == pytest.approx(expected, rel=1e-7)


def test_descent_makes_colours_alike():
    """A colour moves toward another along the gradient."""
    c, target = RGB(0.8, 0.3, 0.2), RGB(0.3, 0.6, 0.7)
    before = colordiff(c, target)
    for _ in range(200):
        (g,) = zg.gradient(lambda c: colordiff(c, target), c)
        c -= 0.0005 * g
    assert type(c) is RGB
    assert colordiff(c, target) < 0.2 * before
