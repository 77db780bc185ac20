"""Derivatives of special functions against mpmath at 30 digits, far out and at removable points."""

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

inf, nan = np.inf, np.nan


def slope(f, i, args):
    """The derivative with respect to argument i."""

    def of_one(x):
        return f(*args[:i], x, *args[i + 1 :])

    return zg.gradient(of_one, args[i])[0]


def exact(f, i, args):
    with mp.workdps(40):
        at = [mp.mpf(x) for x in args]
        return float(mp.diff(lambda x: f(*at[:i], x, *at[i + 1 :]), at[i]))


ONE = {
    "erf": (mp.erf, [-2.0, 0.0, 5.0]),
    "erfcx": (lambda x: mp.exp(x * x) * mp.erfc(x), [-3.0, 0.0, 2.0, 24.0, 26.0, 1e4]),
    "dawsn": (
        lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
        [-30.0, 0.0, 2.0, 24.0, 26.0],
    ),
    "log_ndtr": (lambda x: mp.log(mp.ncdf(x)), [-100.0, -30.0, -3.0, 0.0, 5.0]),
    "logit": (lambda x: mp.log(x / (1 - x)), [1e-10, 0.5, 0.99]),
    "expit": (lambda x: 1 / (1 + mp.exp(-x)), [-600.0, 0.0, 40.0]),
    "log_expit": (lambda x: -mp.log(1 + mp.exp(-x)), [-50.0, 0.0, 40.0]),
    "exprel": (lambda x: mp.expm1(x) / x if x else mp.mpf(1), [-800.0, -2.0, 1e-5, 2.0, 600.0]),
    "spence": (lambda x: mp.polylog(2, 1 - x), [0.5, 0.999, 1.001, 1.5]),
    "gamma": (mp.gamma, [-2.5, 0.3, 20.0, 150.0]),
    "gammaln": (mp.loggamma, [0.3, 20.0, 1e6]),
    "rgamma": (mp.rgamma, [-3.0, -1.0, 0.0, -2.5, 0.3, 20.0]),
    "psi": (mp.digamma, [-2.5, 0.3, 20.0, 1e6]),
    "zetac": (mp.zeta, [-3.5, -2.0, 0.0, 0.2, 0.5, 0.9, 1.5, 2.0, 12.0]),
    "zeta": (mp.zeta, [1.5, 2.0, 12.0, -2.0]),
    "j0": (lambda x: mp.besselj(0, x), [0.0, 3.0, 50.0]),
    "j1": (lambda x: mp.besselj(1, x), [0.0, 3.0, 50.0]),
    "y1": (lambda x: mp.bessely(1, x), [0.1, 3.0, 50.0]),
    "i1": (lambda x: mp.besseli(1, x), [0.0, 3.0, 50.0]),
    "k1e": (lambda x: mp.besselk(1, x) * mp.exp(x), [0.1, 3.0, 50.0]),
    "ellipk": (mp.ellipk, [-5.0, 0.0, 1e-9, 0.5, 0.999999]),
    "ellipe": (mp.ellipe, [-5.0, 0.0, 1e-9, 0.5, 0.999999]),
    "ellipkm1": (lambda p: mp.ellipk(1 - p), [1e-12, 0.5]),
    "expi": (mp.ei, [-3.0, 0.5, 30.0]),
    "exp1": (mp.e1, [0.5, 30.0]),
    "itstruve0": (lambda x: mp.quad(lambda t: mp.struveh(0, t), [0, x]), [0.5, 4.0]),
    "ndtri": (lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1), [1e-10, 0.3, 0.5]),
    "erfinv": (mp.erfinv, [-0.999, 0.0, 0.3]),
    "erfcinv": (lambda x: mp.erfinv(1 - x), [1e-10, 0.3, 1.0]),
    "wrightomega": (lambda x: mp.lambertw(mp.exp(x)).real, [-20.0, 0.0, 3.0]),
    "sinc": (lambda x: mp.sincpi(x), [0.3, 2.0]),
    "log1p": (mp.log1p, [-0.5, 1e-10]),
    "cosm1": (lambda x: mp.cos(x) - 1, [1e-8, 2.0]),
    "entr": (lambda x: -x * mp.log(x), [1e-10, 2.0]),
    "kolmogorov": (
        lambda x: 2 * mp.nsum(lambda k: (-1) ** (k - 1) * mp.exp(-2 * k * k * x * x), [1, mp.inf]),
        [0.5, 1.0],
    ),
}


@pytest.mark.parametrize("name", ONE)
def test_of_one_number(name):
    known, points = ONE[name]
    for x in points:
        assert slope(getattr(sc, name), 0, [x]) == pytest.approx(
            exact(known, 0, [x]), rel=1e-11, abs=1e-300
        ), x


def binomial(n, k):
    return mp.gamma(n + 1) / mp.gamma(k + 1) / mp.gamma(n - k + 1)


MANY = {  # name: function, points, positions of the arguments
    "beta": (mp.beta, [(0.5, 2.0), (30.0, 0.3), (25.0, 1e-3)], (0, 1)),
    "betaln": (
        lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b),
        [(0.5, 2.0), (1e10, 2.0), (30.0, 0.3)],
        (0, 1),
    ),
    "binom": (binomial, [(5.5, 2.3), (100.0, 40.0), (4.5, 0.0)], (0, 1)),
    "poch": (mp.rf, [(2.3, 1.2), (50.0, 3.0), (-2.5, 1.2)], (0, 1)),
    "jv": (mp.besselj, [(0.0, 0.0), (1.0, 0.0), (2.5, 3.0), (-0.5, 2.0)], (1,)),
    "iv": (mp.besseli, [(0.0, 0.0), (1.0, 0.0), (2.5, 3.0)], (1,)),
    "kv": (mp.besselk, [(0.0, 0.1), (2.5, 3.0)], (1,)),
    "yv": (mp.bessely, [(0.0, 0.1), (2.5, 3.0)], (1,)),
    "struve": (mp.struveh, [(1.0, 0.5), (2.5, 8.0)], (1,)),
    "modstruve": (mp.struvel, [(1.0, 0.5), (2.5, 8.0)], (1,)),
    "expn": (mp.expint, [(0, 0.5), (1, 0.5), (5, 3.0)], (1,)),
    "zeta": (mp.zeta, [(1.2, 0.3), (2.0, 0.5), (3.5, 20.0)], (0, 1)),
    "ellipkinc": (mp.ellipf, [(0.5, 0.0), (1.5, 0.9), (4.0, 0.5), (-2.0, -3.0)], (0, 1)),
    "ellipeinc": (mp.ellipe, [(0.5, 0.0), (1.5, 0.9), (4.0, 0.5), (-2.0, -3.0)], (0, 1)),
    "agm": (mp.agm, [(1.0, 1.0), (1.0, 2.0), (5.0, 1e-3)], (0, 1)),
    "elliprc": (mp.elliprc, [(0.5, 0.5), (0.0, 2.0), (3.0, 0.2)], (1,)),
    "elliprf": (mp.elliprf, [(1.0, 1.0, 1.0), (0.0, 1.0, 2.0)], (1, 2)),
    "elliprd": (mp.elliprd, [(0.5, 1.2, 3.0), (0.0, 1.0, 2.0)], (1, 2)),
    "elliprj": (mp.elliprj, [(0.5, 1.2, 3.0, 0.7), (0.0, 1.0, 2.0, 3.0)], (1, 2, 3)),
    "elliprg": (mp.elliprg, [(0.5, 1.2, 3.0), (0.1, 1.0, 2.0)], (0, 1, 2)),
    "hyp0f1": (mp.hyp0f1, [(1.5, 0.0), (0.3, -4.0)], (1,)),
    "hyp1f1": (mp.hyp1f1, [(0.5, 1.5, 0.0), (2.5, 0.3, -4.0)], (2,)),
    "hyp2f1": (mp.hyp2f1, [(0.5, 1.5, 2.0, 0.0), (2.5, 0.3, 1.1, -4.0)], (3,)),
    "hyperu": (mp.hyperu, [(0.5, 1.5, 0.3), (2.5, 1.3, 0.4)], (2,)),
    "xlogy": (lambda x, y: x * mp.log(y), [(0.0, 2.0), (3.0, 0.1)], (0, 1)),
    "xlog1py": (lambda x, y: x * mp.log1p(y), [(0.0, 2.0), (3.0, -0.1)], (0, 1)),
    "rel_entr": (lambda x, y: x * mp.log(x / y), [(2.0, 3.0)], (0, 1)),
    "kl_div": (lambda x, y: x * mp.log(x / y) - x + y, [(2.0, 3.0)], (0, 1)),
    "pseudo_huber": (
        lambda d, r: d * d * (mp.sqrt(1 + (r / d) ** 2) - 1),
        [(1.0, 1e-4), (0.5, 3.0)],
        (0, 1),
    ),
    "boxcox": (
        lambda x, k: (x**k - 1) / k if k else mp.log(x),
        [(2.0, 0.3), (0.5, -2.0), (3.0, 1e-9)],
        (0, 1),
    ),
    "boxcox1p": (lambda x, k: ((1 + x) ** k - 1) / k, [(2.0, 0.3), (1e-9, 2.0)], (0, 1)),
    "inv_boxcox": (lambda y, k: (1 + k * y) ** (1 / k), [(2.0, 0.3), (0.5, -1.0)], (0, 1)),
    "owens_t": (
        lambda h, a: mp.quad(
            lambda t: mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]
        ) / (2 * mp.pi),
        [(0.5, 1.2), (2.0, -0.3)],
        (0, 1),
    ),
    "powm1": (lambda x, y: x**y - 1, [(2.0, 0.0), (1.0, 3.0)], (0, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", MANY)
def test_of_several_numbers(name):
    known, points, places = MANY[name]
    for args in points:
        for i in places:
            got = slope(getattr(sc, name), i, list(args))
            assert got == pytest.approx(exact(known, i, args), rel=2e-11, abs=1e-300), (args, i)


GAMMA_POINTS = [
    (0.01, 0.001), (0.01, 3.0), (0.5, 0.1), (0.5, 5.0), (1.0, 1.0), (3.0, 0.01), (3.0, 3.1),
    (10.0, 30.0), (19.0, 19.0), (25.0, 20.0), (100.0, 130.0), (1000.0, 1010.0), (1e4, 9.9e3),
]  # fmt: skip


@pytest.mark.parametrize("a, x", GAMMA_POINTS)
def test_incomplete_gamma(a, x):
    lower = lambda a, x: mp.gammainc(a, 0, x, regularized=True)
    for i in (0, 1):
        known = exact(lower, i, (a, x))
        assert slope(sc.gammainc, i, [a, x]) == pytest.approx(known, rel=1e-10)
        assert slope(sc.gammaincc, i, [a, x]) == pytest.approx(-known, rel=1e-10)


BETA_POINTS = [
    (0.01, 0.02, 0.3), (0.5, 0.5, 1e-6), (0.5, 0.5, 0.999), (1.0, 1.0, 0.5), (2.0, 3.0, 0.4),
    (2.0, 300.0, 0.01), (100.0, 80.0, 0.55), (100.0, 0.1, 0.99), (0.2, 50.0, 0.3),
    (1000.0, 1200.0, 0.46),
]  # fmt: skip


@pytest.mark.parametrize("a, b, x", BETA_POINTS)
def test_incomplete_beta(a, b, x):
    lower = lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True)
    for i in (0, 1, 2):
        known = exact(lower, i, (a, b, x))
        assert slope(sc.betainc, i, [a, b, x]) == pytest.approx(known, rel=1e-9)


@pytest.mark.parametrize("t", [-300.0, -2.0, 1e-3, 0.7, 40.0])
@pytest.mark.parametrize("df", [0.3, 2.0, 30.0])
def test_student(df, t):
    def density(df, t):
        c = mp.gamma((df + 1) / 2) / mp.gamma(df / 2) / mp.sqrt(df * mp.pi)
        return c * (1 + t * t / df) ** (-(df + 1) / 2)

    def distribution(df, t):
        return 0.5 + mp.sign(t) / 2 * (1 - mp.betainc(df / 2, 0.5, 0, df / (df + t * t), True))

    assert slope(sc.stdtr, 0, [df, t]) == pytest.approx(exact(distribution, 0, (df, t)), rel=1e-9)
    assert slope(sc.stdtr, 1, [df, t]) == pytest.approx(float(density(df, t)), rel=1e-11)


AT_THE_EDGE = [
    (lambda x: sc.xlogy(x, 0.0) * 0.0, 0.0, 0.0),
    (lambda y: sc.xlogy(0.0, y), 0.0, 0.0),
    (lambda y: sc.xlogy(0.0, y), 2.0, 0.0),
    (lambda x: sc.entr(x), 0.0, inf),
    (lambda y: sc.rel_entr(0.0, y), 0.0, 0.0),
    (lambda y: sc.kl_div(0.0, y), 0.0, 1.0),
    (lambda r: sc.huber(1.0, r), 0.0, 0.0),
    (lambda r: sc.huber(1.0, r), 1.0, 1.0),
    (lambda r: sc.pseudo_huber(0.0, r), 2.0, 0.0),
    (lambda d: sc.pseudo_huber(d, -2.0), 0.0, 2.0),
    (lambda r: sc.pseudo_huber(0.0, r), 0.0, 0.0),
    (lambda x: sc.spence(x), 1.0, -1.0),
    (lambda k: sc.boxcox(np.e, k), 0.0, 0.5),
    (lambda k: sc.boxcox(0.0, k), 2.0, 0.25),
    (lambda k: sc.inv_boxcox(2.0, k), 0.0, -2 * np.exp(2.0)),
    (lambda x: sc.exprel(x), 0.0, 0.5),
    (lambda x: sc.lambertw(x).real, 0.0, 1.0),
    (lambda x: sc.sici(x)[0], 0.0, 1.0),
    (lambda x: sc.shichi(x)[0], 0.0, 1.0),
    (lambda x: sc.it2struve0(x), 0.0, -2 / np.pi),
    (lambda x: sc.it2j0y0(x)[0], 0.0, 0.0),
    (lambda x: sc.beip(x), 0.0, 0.5),
    (lambda x: sc.spherical_jn(1, x), 0.0, 1 / 3),
    (lambda x: sc.gammainc(1.0, x), 0.0, 1.0),
    (lambda x: sc.gammainc(0.5, x), 0.0, inf),
    (lambda a: sc.gammainc(a, 0.0), 2.0, 0.0),
    (lambda x: sc.gammaincc(2.0, x), inf, 0.0),
    (lambda t: sc.stdtr(3.0, t), 0.0, 2 / (np.pi * np.sqrt(3.0))),
    (lambda v: sc.stdtr(v, 0.0), 3.0, 0.0),
    (lambda n: sc.binom(n, 4.0), 2.0, -1 / 12),  # n (n - 1) (n - 2) (n - 3) / 24 at 2
    (lambda z: sc.poch(z, 3.0), -1.0, -1.0),  # z (z + 1) (z + 2) at -1
    (lambda z: sc.poch(z, 2.0), -5.0, -9.0),  # z (z + 1) at -5
    (lambda x: sc.eval_legendre(0, x), 0.3, 0.0),
    (lambda x: sc.eval_legendre(3, x), 1.0, 6.0),
    (lambda x: sc.eval_chebyt(3, x), -1.0, 9.0),
    (lambda x: sc.voigt_profile(x, 0.0, 1.0), 1.0, -1 / (2 * np.pi)),
    (lambda s: sc.voigt_profile(1.0, s, 1.0), 0.0, 0.0),
    (lambda x: sc._ufuncs._beta_pdf(x, 1.0, 2.0), 0.0, -2.0),
    (lambda p: sc._ufuncs._binom_pmf(1.0, 3.0, p), 0.0, 3.0),
]


@pytest.mark.parametrize("case", range(len(AT_THE_EDGE)))
def test_at_the_edge(case):
    f, x, known = AT_THE_EDGE[case]
    assert zg.gradient(f, x)[0] == pytest.approx(known, rel=1e-12, abs=1e-14)


SECOND = [  # second derivatives where the first is a limit
    (sc.spence, 1.0, 0.5),
    (sc.rgamma, 0.0, 2 * np.euler_gamma),
    (sc.j1, 0.0, 0.0),
    (lambda x: zg.gradient(lambda x: sc.sici(x)[0], x)[0], 0.0, -1 / 3),
    (lambda x: zg.gradient(lambda x: sc.shichi(x)[0], x)[0], 0.0, 1 / 3),
    (lambda x: sc.sici(x)[0], 0.0, 0.0),
    (sc.exprel, 0.0, 1 / 3),
    (sc.ellipk, 0.0, np.pi * 9 / 64),
    (sc.ellipe, 0.0, -np.pi * 3 / 64),
    (lambda x: sc.xlogy(x, 1 + x), 0.0, 2.0),
    (lambda x: sc.eval_legendre(3, x), 1.0, 15.0),
]


@pytest.mark.parametrize("case", range(len(SECOND)))
def test_second_derivatives_at_limits(case):
    f, x, known = SECOND[case]
    second = zg.gradient(lambda x: zg.gradient(f, x)[0], x)[0]
    assert second == pytest.approx(known, rel=1e-9, abs=1e-12)


COMPLEX = [
    "erf", "erfc", "erfcx", "erfi", "dawsn", "wofz", "ndtr", "log_ndtr", "gamma", "loggamma",
    "rgamma", "psi", "exp1", "expi", "spence", "wrightomega", "log1p", "expm1",
]  # fmt: skip


@pytest.mark.parametrize("name", COMPLEX)
@pytest.mark.parametrize("z", [0.6 + 0.8j, -1.2 + 0.4j, 3.3 - 2.1j])
def test_complex(name, z):
    f, h = getattr(sc, name), 1e-3
    _, back = zg.pullback(f, z)
    known = (f(z - 2 * h) - 8 * f(z - h) + 8 * f(z + h) - f(z + 2 * h)) / (12 * h)
    assert back(1.0)[0] == pytest.approx(np.conj(known), rel=2e-9)


@pytest.mark.parametrize("name", ["ive", "jve", "yve", "hankel1e", "hankel2e", "kve", "jv", "yv"])
@pytest.mark.parametrize("z", [0.6 + 0.8j, 2.3 - 2.1j])
def test_scaled_functions_of_complex_numbers(name, z):
    """They are not all holomorphic: both directions."""
    f, h = getattr(sc, name), 1e-5
    for dy in (1.0, 1j):
        along = [
            np.real(np.conj(dy) * (f(1.5, z + d) - f(1.5, z - d)) / (2 * h)) for d in (h, h * 1j)
        ]
        known = complex(*along)
        assert zg.pullback(lambda z: f(1.5, z), z)[1](dy)[0] == pytest.approx(known, rel=1e-8)


UNKNOWN = {
    "order": lambda v: sc.jv(v, 2.0),
    "order of airye": lambda z: sc.airye(z + 1j)[0].real,
    "parameter": lambda a: sc.hyp1f1(a, 2.0, 0.3),
    "degree": lambda n: sc.eval_legendre(n, 0.3),
    "degrees of freedom": lambda v: sc.chndtr(2.0, v, 0.3),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_an_error(name):
    with pytest.raises(AdjointError, match="no derivative is known"):
        zg.gradient(UNKNOWN[name], 1.5)


def test_integers_and_single_precision():
    f = lambda x: np.sum(sc.gammaln(x))
    for dtype in (np.int64, np.uint8, np.int32):
        g = zg.gradient(f, np.array([1, 2, 5], dtype))[0]
        assert g.dtype == np.float64
        assert g == pytest.approx(sc.psi([1.0, 2.0, 5.0]), rel=1e-6)
    x = np.array([0.5, 1.5], np.float32)
    for name in ("erf", "gammaln", "psi", "expit", "j1", "ellipk", "ndtr", "log_ndtr", "dawsn"):
        g = zg.gradient(lambda x, f=getattr(sc, name): np.sum(f(x * x / 4)), x)[0]
        assert g.dtype == np.float32, name
    assert zg.gradient(sc.gammaln, 3)[0] == pytest.approx(1.5 - np.euler_gamma)


def test_broadcasting():
    a, x = np.array([[0.5], [2.0]]), np.array([0.3, 1.0, 4.0])
    da, dx = zg.gradient(lambda a, x: np.sum(sc.gammainc(a, x)), a, x)
    assert da.shape == a.shape and dx.shape == x.shape
    singles = [
        [[slope(sc.gammainc, i, [p.item(), q.item()]) for q in x] for p in a] for i in (0, 1)
    ]
    assert da == pytest.approx(np.sum(singles[0], 1, keepdims=True), rel=1e-12)
    assert dx == pytest.approx(np.sum(singles[1], 0), rel=1e-12)
    empty = np.zeros((0, 3))
    assert zg.gradient(lambda a: np.sum(sc.gammainc(a, x)), empty)[0].shape == (0, 3)


LEGENDRE = {
    "legendre_p": lambda x: sc.legendre_p(3, np.array([x, 0.2]))[0],
    "legendre_p with derivatives": lambda x: sc.legendre_p(3, x, diff_n=1),
    "legendre_p_all": lambda x: sc.legendre_p_all(3, np.array([x, 0.2])),
    "assoc_legendre_p": lambda x: sc.assoc_legendre_p([3, 2], 1, x),
    "assoc_legendre_p_all": lambda x: sc.assoc_legendre_p_all(3, 1, x),
    "sph_legendre_p": lambda x: sc.sph_legendre_p(3, 1, x),
    "sph_legendre_p_all": lambda x: sc.sph_legendre_p_all(3, 1, x, diff_n=1),
    "sph_harm_y": lambda x: sc.sph_harm_y(3, [[0], [1], [3], [-3]], x, np.array([0.3, x * x])),
}


@pytest.mark.skipif(not hasattr(sc, "legendre_p"), reason="SciPy 1.15 has them first")
@pytest.mark.parametrize("name", LEGENDRE)
def test_legendre_functions(name):
    second = "derivatives" not in name and "_all" not in name
    check_adjoint(LEGENDRE[name], 0.6, second=second)
    check_adjoint(LEGENDRE[name], -0.3, second=second)


def test_harmonics_at_the_pole():
    # Y(1, 1) = -sqrt(3 / (8 π)) sin(θ) exp(i φ)
    g = zg.gradient(lambda t: sc.sph_harm_y(1, 1, t, 0.0).real, 0.0)[0]
    assert g == pytest.approx(-np.sqrt(3 / (8 * np.pi)))


LOG_SUMS = {
    "plain": lambda a, b: sc.logsumexp(a),
    "axis": lambda a, b: sc.logsumexp(a, axis=-1),
    "axes": lambda a, b: sc.logsumexp(a, axis=(0, 1), keepdims=True),
    "weights": lambda a, b: sc.logsumexp(a, b=b, axis=0),
    "sign": lambda a, b: sc.logsumexp(a, b=-b, axis=0, return_sign=True)[0],
    "lists": lambda a, b: sc.logsumexp([[a[0, 0], 2.0], [1.0, b[0, 0]]], axis=0),
    "softmax": lambda a, b: sc.softmax(a, axis=0) * b,
    "log_softmax": lambda a, b: sc.log_softmax(a, axis=(0, 1)) * b,
    "softplus": lambda a, b: sc.softplus(a) * b,
    "multigammaln": lambda a, b: sc.multigammaln(b + 3, 3) * a,
}


@pytest.mark.parametrize("name", LOG_SUMS)
def test_sums_of_exponentials(name):
    a = np.array([[0.3, -1.2, 2.0], [1.4, 0.2, -0.5]])
    b = np.array([[0.7, 0.3, 1.1], [0.4, 1.6, 0.9]])
    second = name in ("plain", "axis", "axes", "weights", "sign", "softplus")
    check_adjoint(LOG_SUMS[name], a, b, second=second)


def test_sums_of_exponentials_at_infinity():
    a = np.array([0.3, -inf, 1.0])
    p = np.exp(a - sc.logsumexp(a))
    assert zg.gradient(sc.logsumexp, a)[0] == pytest.approx(p)
    assert zg.gradient(lambda a: sc.softmax(a)[0], a)[0] == pytest.approx(p[0] * ([1, 0, 0] - p))
    g = zg.gradient(lambda a: sc.log_softmax(a)[0], a)[0]
    assert g == pytest.approx([1, 0, 0] - p)
    large = np.array([1e4, 1e4, 0.0])
    assert zg.gradient(sc.logsumexp, large)[0] == pytest.approx([0.5, 0.5, 0.0])
    b = np.array([1.0, 0.0, 2.0])  # a weight of 0: the element does not count
    g, db = zg.gradient(lambda a, b: sc.logsumexp(a, b=b), np.array([0.0, 0.5, 0.0]), b)
    assert g == pytest.approx([1 / 3, 0, 2 / 3])
    assert db == pytest.approx([1 / 3, np.exp(0.5) / 3, 1 / 3])
    for edge in (inf, -inf):  # the limit, shared equally
        g = zg.gradient(sc.logsumexp, np.array([edge, 0.0 if edge > 0 else edge, edge]))[0]
        assert g == pytest.approx([0.5, 0.0, 0.5] if edge > 0 else [1 / 3] * 3)


def test_sums_of_complex_exponentials():
    z = np.array([0.3 + 1j, -0.2j, 1.0 - 2j])
    check_adjoint(lambda z: sc.logsumexp(z, b=np.array([1.0, 2.0, 0.5])), z)
    with pytest.raises(AdjointError, match="return_sign"):
        zg.gradient(lambda z: sc.logsumexp(z, return_sign=True)[0], z)


@pytest.mark.filterwarnings("ignore:floating point number truncated:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:non-integer arg n is deprecated:DeprecationWarning")
def test_whole_numbers_that_scipy_cuts():
    x, choose = 0.4, mp.binomial
    of_bessel = [(sc.kn, mp.besselk), (sc.yn, mp.bessely), (sc.expn, mp.expint)]
    for f, reference in of_bessel:
        assert slope(f, 1, (2.7, x)) == pytest.approx(exact(reference, 1, (2, x)), rel=1e-13)
    trials = {
        sc.bdtr: lambda n, p: mp.fsum(choose(n, i) * p**i * (1 - p) ** (n - i) for i in range(2)),
        sc.nbdtr: lambda n, p: mp.fsum(
            choose(n + i - 1, i) * p**n * (1 - p) ** i for i in range(2)
        ),
    }
    for f, reference in trials.items():
        expected = exact(reference, 1, (3, x))
        assert slope(f, 2, (1.0, 3.6, x)) == pytest.approx(expected, rel=1e-13)
        assert slope(f, 2, (1.6, 3.0, x)) == pytest.approx(expected, rel=1e-13)
    expected = 1 / slope(sc.bdtr, 2, (1.0, 3.0, sc.bdtri(1.0, 3.0, x)))
    assert slope(sc.bdtri, 2, (1.0, 3.6, x)) == pytest.approx(expected, rel=1e-12)
