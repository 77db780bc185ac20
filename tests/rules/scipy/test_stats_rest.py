"""Lines, tests of normality, random matrices, and distributions whose density is in C."""

import matrices as mat
import mpmath
import numpy as np
import pytest
import scipy.special as sc
import scipy.stats as st

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

ONCE = {"second": False, "single": False}
V = np.array([0.35, 1.27, -0.5, 2.1, 0.8, -1.7, 1.15])
W = np.array([1.2, 0.3, 0.7, -0.4, 2.0, 0.1, 0.9])


# ------------------------------------------------------------------------------ lines


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_linregress(alternative):
    def f(x, y):
        found = st.linregress(x, y, alternative)
        return tuple(found), found.intercept_stderr

    check_adjoint(f, V, W, single=False)
    check_adjoint(f, V, V + 0.1 * W, single=False)
    dy = zg.gradient(lambda y: st.linregress(V, y, alternative).slope, W)[0]
    centred = V - V.mean()
    np.testing.assert_allclose(dy, centred / np.sum(centred**2), rtol=1e-12)


def test_lines_without_a_correlation():
    for x, y in ((np.array([0.0, 2.0]), np.array([1.0, 4.0])), (V, np.full(7, 3.0))):
        slope = lambda y, x=x: st.linregress(x, y).slope
        known = zg.gradient(lambda y, x=x: np.polyfit(x, y, 1)[0], y)[0]
        np.testing.assert_allclose(zg.gradient(slope, y)[0], known, rtol=1e-12, atol=1e-15)
        with pytest.raises(AdjointError, match="correlation"):
            zg.gradient(lambda y, x=x: st.linregress(x, y).stderr, y)


@pytest.mark.parametrize("method", ["hierarchical", "separate"])
def test_siegelslopes(method):
    check_adjoint(lambda y, x: st.siegelslopes(y, x, method), V, np.cumsum(W**2), **ONCE)
    check_adjoint(lambda y: st.siegelslopes(y, method=method), V[:6], **ONCE)
    y, x = np.array([1.0, 3.0, 5.0]), np.array([0.0, 1.0, 1.0])  # two points above each other
    assert (
        st.siegelslopes(y, x, method) == zg.pullback(lambda y: st.siegelslopes(y, x, method), y)[0]
    )


@pytest.mark.parametrize("n", [3, 4, 6, 7])
def test_shapiro(n):
    check_adjoint(lambda v: st.shapiro(v)[0], V[:n], **ONCE)
    assert zg.pullback(st.shapiro, V[:n])[0] == st.shapiro(V[:n])
    with pytest.raises(AdjointError, match="p-value"):
        zg.gradient(lambda v: st.shapiro(v)[1], V[:n])


def test_grand_median():
    g = zg.gradient(lambda v: st.median_test(v, W)[2], V)[0]
    known = zg.gradient(lambda v: np.median(np.concatenate([v, W])), V)[0]
    assert np.any(g) and np.array_equal(g, known)


@pytest.mark.parametrize("name", ["wishart", "invwishart"])
def test_random_matrices(name):
    symmetric = lambda a: (a + a.T) / 2
    x, scale = mat.hermitian(3, 3), mat.hermitian(3, 3, values=(2.0, 1.0, 0.5)) + 0.1
    f = lambda x, s, df: getattr(st, name).logpdf(symmetric(x), df, symmetric(s))
    check_adjoint(f, x, symmetric(scale), 5.5, layouts=False, single=False, rtol=1e-6)
    g = zg.gradient(lambda t: st.invwishart.logpdf(t, 5.5, 1.3), 0.7)[0]
    known = zg.gradient(lambda t: st.invgamma.logpdf(t, 2.75, scale=0.65), 0.7)[0]
    assert g == pytest.approx(known, rel=1e-9)


# ---------------------------------------------------------------- densities in C

FAMILIES = {
    "genhyperbolic": (0.5, 1.5, -0.5), "geninvgauss": (2.3, 1.5), "vonmises": (1.7,),
    "vonmises_line": (1.7,), "nct": (3.5, 0.7), "ncf": (3.0, 6.0, 1.2), "landau": (),
    "kstwobign": (),
}  # fmt: skip
if not hasattr(st, "landau"):  # SciPy 1.15
    del FAMILIES["landau"]
#: whose derivative is not known
UNKNOWN = {("nct", 0), ("ncf", 0), ("ncf", 1), ("landau", "logpdf")}


@pytest.mark.parametrize("method", ["logpdf", "pdf", "cdf", "sf", "ppf", "isf"])
@pytest.mark.parametrize("name", FAMILIES)
def test_families(name, method):
    d, shapes = getattr(st, name), FAMILIES[name]
    f = getattr(d, method)
    args = (0.37 if method in ("ppf", "isf") else float(d.ppf(0.42, *shapes)), *shapes)
    y, back = zg.pullback(f, *args)
    assert y == f(*args)
    for i in range(len(args)):
        if (name, i - 1) in UNKNOWN or (name == "landau" and "pdf" in method):
            with pytest.raises(AdjointError):
                zg.gradient(lambda p, i=i: f(*args[:i], p, *args[i + 1 :]), args[i])
            continue
        h = 1e-3
        at = [f(*args[:i], args[i] + k * h, *args[i + 1 :]) for k in (-2, -1, 1, 2)]
        known = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * h)
        got = zg.gradient(lambda p, i=i: f(*args[:i], p, *args[i + 1 :]), args[i])[0]
        assert got == pytest.approx(known, rel=2e-6, abs=1e-8), i


@pytest.mark.parametrize("kappa", [0.0, 0.3, 20.0, 200.0])
def test_von_mises_with_any_concentration(kappa):
    """The derivative is an integral from 0, by symmetry."""
    x = np.array([-2.5, -0.3, 0.1, 1.9])
    slope = lambda t: mpmath.exp(kappa * (mpmath.cos(t) - 1)) * (
        mpmath.cos(t) - mpmath.besseli(1, kappa) / mpmath.besseli(0, kappa)
    ) / (2 * mpmath.pi * mpmath.besseli(0, kappa) * mpmath.exp(-kappa))  # fmt: skip
    got = [zg.gradient(lambda k, t=t: st.vonmises.cdf(t, k), kappa)[0] for t in x]
    known = [float(mpmath.quad(slope, np.linspace(0, t, 20))) for t in x]
    np.testing.assert_allclose(got, known, rtol=1e-10, atol=1e-14)


def test_points_only():
    """Where the parameters are counts, or their derivative is not known."""
    for d, shapes in ((st.kstwo, (7,)), (st.ksone, (5,)), (st.levy_stable, (1.7, 0.3))):
        x = d.ppf(0.4, *shapes) if d is not st.levy_stable else 0.3
        assert zg.gradient(lambda x, d=d, s=shapes: d.cdf(x, *s), x)[0] == pytest.approx(
            d.pdf(x, *shapes), rel=1e-7
        )
    q = zg.gradient(lambda q: st.kstwo.ppf(q, 7), 0.4)[0]
    assert q == pytest.approx(1 / st.kstwo.pdf(st.kstwo.ppf(0.4, 7), 7), rel=1e-7)
    with pytest.raises(AdjointError, match="parameters"):
        zg.gradient(lambda a: st.levy_stable.cdf(0.3, a, 0.3), 1.7)
    f = lambda x: st.kstwo.logpdf(x, 7)
    differences = [(f(0.4 + h) - f(0.4 - h)) / (2 * h) for h in (1e-3, 2e-3)]
    extrapolated = (4 * differences[0] - differences[1]) / 3
    assert zg.gradient(f, 0.4)[0] == pytest.approx(extrapolated, rel=1e-7)


def test_whole_numbers():
    k = np.array([1.0, 2.0, 5.0])
    for method in ("pmf", "logpmf", "cdf", "sf"):
        f = lambda a, m=method: getattr(st.zipfian, m)(k, a, 7)
        check_adjoint(f, 1.3, layouts=False)
        check_adjoint(f, 0.4, layouts=False)
        g = lambda w, m=method: getattr(st.nchypergeom_fisher, m)(k, 20, 8, 7, w)
        check_adjoint(g, 1.7, layouts=False, single=False, rtol=1e-6)
    with pytest.raises(AdjointError, match="Wallenius"):
        zg.gradient(lambda w: st.nchypergeom_wallenius.pmf(2, 20, 8, 7, w), 1.7)


@pytest.mark.parametrize("z", [1e-6, 0.01, 1.0, 30.0, 1e5])
@pytest.mark.parametrize("v", [0.3, -1.5, 10.0])
def test_bessel_functions_with_respect_to_the_order(v, z):
    with mpmath.workdps(40):
        exact = lambda v: mpmath.exp(mpmath.mpf(z)) * mpmath.besselk(v, mpmath.mpf(z))
        known = float(mpmath.diff(exact, mpmath.mpf(v)))
        second = float(mpmath.diff(exact, mpmath.mpf(v), 2))
    slope = lambda v: zg.gradient(lambda v: sc.kve(v, z), v)[0]
    assert slope(v) == pytest.approx(known, rel=1e-13)
    assert zg.gradient(slope, v)[0] == pytest.approx(second, rel=1e-12)
    with pytest.raises(AdjointError, match="complex"):
        zg.gradient(lambda v: np.real(sc.kv(v, z + 1j)), v)
