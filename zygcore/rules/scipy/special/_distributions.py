"""Distribution functions, their inverses and the densities that `scipy.stats` is built on.

A distribution function is declared by its derivatives with respect to its arguments; an inverse
by the function that it inverts and by the argument that it finds, in the place of which SciPy
takes the probability.
"""

import math

import numpy as np
import scipy.special as sc

from ._common import available, declare
from ._gamma import digamma_rise
from ._parameters import betainc_a, betainc_b, betainc_x, gammainc_a, gammainc_x

__all__ = ["distribution", "inverse"]

_root_2_pi = math.sqrt(2 * math.pi)


def distribution(name, *slopes, complement=None):
    """`slopes` take the arguments; of the complement they have the other sign."""

    def with_sign(slope, sign):
        if slope is None or isinstance(slope, str):
            return slope
        return lambda *args: sign * slope(*args[:-1])

    declare(name, *[with_sign(slope, 1) for slope in slopes])
    if complement:
        declare(complement, *[with_sign(slope, -1) for slope in slopes])


def inverse(name, place, *slopes, sign=1):
    """Of the distribution function (or, with `sign` -1, its complement) with these slopes."""

    def partial(i):
        if i != place and (slopes[i] is None or isinstance(slopes[i], str)):
            return slopes[i]

        def implicit(*args):
            at = (*args[:place], args[-1], *args[place + 1 : -1])
            steepness = slopes[place](*at)
            return sign / steepness if i == place else -slopes[i](*at) / steepness

        return implicit

    declare(name, *[partial(i) for i in range(len(slopes))])


# -------------------------------------------------- gamma, chi-squared, Poisson

_gammainc = (gammainc_a, gammainc_x)
distribution("gammainc", *_gammainc, complement="gammaincc")
inverse("gammaincinv", 1, *_gammainc)
inverse("gammainccinv", 1, *_gammainc, sign=-1)

_chdtr = (
    lambda v, x: gammainc_a(v / 2, x / 2) / 2,
    lambda v, x: gammainc_x(v / 2, x / 2) / 2,
)
distribution("chdtr", *_chdtr, complement="chdtrc")
inverse("chdtri", 1, *_chdtr, sign=-1)
inverse("chdtriv", 0, *_chdtr)

_gdtr = (
    lambda a, b, x: x * gammainc_x(b, a * x),
    lambda a, b, x: gammainc_a(b, a * x),
    lambda a, b, x: a * gammainc_x(b, a * x),
)
distribution("gdtr", *_gdtr, complement="gdtrc")
inverse("gdtria", 0, *_gdtr)
inverse("gdtrib", 1, *_gdtr)
inverse("gdtrix", 2, *_gdtr)

_pdtr = (None, lambda k, m: -gammainc_x(np.floor(k) + 1.0, m))
distribution("pdtr", *_pdtr, complement="pdtrc")
inverse("pdtri", 1, *_pdtr)
inverse("pdtrik", 0, lambda k, m: -gammainc_a(k + 1.0, m), lambda k, m: -gammainc_x(k + 1.0, m))

# ------------------------------------------------------------- beta, F, Student

_betainc = (betainc_a, betainc_b, betainc_x)
distribution("betainc", *_betainc, complement="betaincc")
inverse("betaincinv", 2, *_betainc)
inverse("betainccinv", 2, *_betainc, sign=-1)
inverse("btdtria", 0, *_betainc)
inverse("btdtrib", 1, *_betainc)


def _fdtr(argument):
    """I(w; n/2, d/2) with w = n x / (d + n x)."""

    def slope(n, d, x):
        total = d + n * x
        moved = {"n": x * d, "d": -n * x, "x": n * d}[argument] / (total * total)
        a, b, w = n / 2, d / 2, n * x / total
        out = betainc_x(a, b, w) * moved
        if argument == "x":
            return out
        return out + (betainc_a if argument == "n" else betainc_b)(a, b, w) / 2

    return slope


_F = tuple(_fdtr(argument) for argument in "ndx")
distribution("fdtr", *_F, complement="fdtrc")
inverse("fdtri", 2, *_F)
inverse("fdtridfd", 1, *_F)


def _stdtr_df(df, t):
    """By I(df / (df + t²); df/2, 1/2), which is both tails."""
    square = t * t
    total = df + square
    a, w = df / 2, df / total
    inside = np.not_equal(t, 0) & np.less(square, math.inf)
    moved = betainc_x(a, 0.5, np.where(inside, w, 0.5)) * square / (total * total)
    tails = betainc_a(a, 0.5, w) / 2 + moved
    return np.where(inside, -np.sign(t) * tails / 2, 0.0)


def _stdtr_t(df, t):
    return np.exp(-sc.betaln(0.5, df / 2) - np.log(df) / 2 - (df + 1.0) / 2 * np.log1p(t * t / df))


distribution("stdtr", _stdtr_df, _stdtr_t)
inverse("stdtrit", 1, _stdtr_df, _stdtr_t)
inverse("stdtridf", 0, _stdtr_df, _stdtr_t)

# ------------------------------------------- binomial and negative binomial


def _bdtr_p(k, n, p):
    k = np.floor(k)
    return -betainc_x(k + 1.0, np.trunc(n) - k, p)  # SciPy cuts the numbers of trials


_bdtr = (None, None, _bdtr_p)
distribution("bdtr", *_bdtr, complement="bdtrc")
inverse("bdtri", 2, *_bdtr)
_bdtr_real = (
    lambda k, n, p: betainc_b(n - k, k + 1.0, 1 - p) - betainc_a(n - k, k + 1.0, 1 - p),
    lambda k, n, p: betainc_a(n - k, k + 1.0, 1 - p),
    lambda k, n, p: -betainc_x(n - k, k + 1.0, 1 - p),
)
inverse("bdtrik", 0, *_bdtr_real)
inverse("bdtrin", 1, *_bdtr_real)

_nbdtr = (None, None, lambda k, n, p: betainc_x(np.trunc(n), np.floor(k) + 1.0, p))
distribution("nbdtr", *_nbdtr, complement="nbdtrc")
inverse("nbdtri", 2, *_nbdtr)
_nbdtr_real = (
    lambda k, n, p: betainc_b(n, k + 1.0, p),
    lambda k, n, p: betainc_a(n, k + 1.0, p),
    lambda k, n, p: betainc_x(n, k + 1.0, p),
)
inverse("nbdtrik", 0, *_nbdtr_real)
inverse("nbdtrin", 1, *_nbdtr_real)


def _binom_pmf(k, n, p):
    """0 outside of 0, ..., n, where SciPy's has no value."""
    inside = np.greater_equal(k, 0) & np.less_equal(k, n)
    mass = available("_binom_pmf")(np.where(inside, k, 0.0), np.where(inside, n, 0.0), p)
    return np.where(inside, mass, 0.0)


declare(
    "_binom_pmf",
    None,
    None,
    lambda k, n, p, y: n * (_binom_pmf(k - 1.0, n - 1.0, p) - _binom_pmf(k, n - 1.0, p)),
)
distribution(
    "_binom_cdf", None, None, lambda k, n, p: -n * _binom_pmf(k, n - 1.0, p),
    complement="_binom_sf",
)  # fmt: skip


def _nbinom_pmf_p(k, n, p, y):
    some = np.greater(k, 0)
    below = available("_nbinom_pmf")(np.where(some, k - 1.0, 0.0), n + 1.0, p)
    return n / p * (y - np.where(some, below, 0.0))


declare(
    "_nbinom_pmf",
    None,
    lambda k, n, p, y: y * (digamma_rise(n, k) + np.log(p)),
    _nbinom_pmf_p,
)
distribution(
    "_nbinom_cdf",
    None,
    lambda k, n, p: betainc_a(n, k + 1.0, p),
    lambda k, n, p: betainc_x(n, k + 1.0, p),
    complement="_nbinom_sf",
)


def _beta_pdf_x(x, a, b, y):
    """Without a division by x or 1 - x."""
    scale = -sc.betaln(a, b)
    up = np.exp(sc.xlogy(a - 2.0, x) + sc.xlog1py(b - 1.0, -x) + scale)
    down = np.exp(sc.xlogy(a - 1.0, x) + sc.xlog1py(b - 2.0, -x) + scale)
    rise = np.where(np.equal(a, 1), 0.0, (a - 1.0) * up)
    return rise - np.where(np.equal(b, 1), 0.0, (b - 1.0) * down)


declare(
    "_beta_pdf",
    _beta_pdf_x,
    lambda x, a, b, y: sc.xlogy(y, x) + y * digamma_rise(a, b),
    lambda x, a, b, y: sc.xlog1py(y, -x) + y * digamma_rise(b, a),
)
inverse(
    "_beta_ppf",
    0,
    lambda x, a, b: betainc_x(a, b, x),
    lambda x, a, b: betainc_a(a, b, x),
    lambda x, a, b: betainc_b(a, b, x),
)

# ------------------------------------------------------------- other distributions


def _normal_pdf(z):
    return np.exp(-0.5 * z * z) / _root_2_pi


declare(
    "nrdtrimn",
    lambda p, std, x, y: -std / _normal_pdf(sc.ndtri(p)),
    lambda p, std, x, y: -sc.ndtri(p),
    lambda p, std, x, y: 1,
)


def _nrdtrisd_p(mean, p, x, y):
    z = sc.ndtri(p)
    return -y / (z * _normal_pdf(z))


declare(
    "nrdtrisd",
    lambda mean, p, x, y: -1 / sc.ndtri(p),
    _nrdtrisd_p,
    lambda mean, p, x, y: 1 / sc.ndtri(p),
)


def _cauchy(name, sign):
    """loc + scale tan(± π (p - 1/2))"""

    def slope(p, loc, scale, y):
        z = (y - loc) / scale
        return sign * math.pi * scale * (1 + z * z)

    declare(name, slope, lambda p, loc, scale, y: 1, lambda p, loc, scale, y: (y - loc) / scale)


_cauchy("_cauchy_ppf", 1)
_cauchy("_cauchy_isf", -1)


def _skewed(x, loc, scale, a):
    z = (x - loc) / scale
    return z, 2 / scale * _normal_pdf(z) * sc.ndtr(a * z)


def _skewnorm_scale(x, loc, scale, a):
    z, density = _skewed(x, loc, scale, a)
    return -z * density


def _skewnorm_a(x, loc, scale, a):
    """Of Φ(z) - 2 T(z, a), T being Owen's."""
    z = (x - loc) / scale
    return -np.exp(-0.5 * z * z * (1 + a * a)) / (math.pi * (1 + a * a))


_skewnorm = (
    lambda x, loc, scale, a: _skewed(x, loc, scale, a)[1],
    lambda x, loc, scale, a: -_skewed(x, loc, scale, a)[1],
    _skewnorm_scale,
    _skewnorm_a,
)
distribution("_skewnorm_cdf", *_skewnorm)
inverse("_skewnorm_ppf", 0, *_skewnorm)
inverse("_skewnorm_isf", 0, *_skewnorm, sign=-1)


def _invgauss_mu(x, mu, scale):
    """Of Φ(√(1/x) (x/μ - 1)) + exp(2/μ) Φ(-√(1/x) (x/μ + 1)): the normal densities cancel."""
    far = sc.log_ndtr(-(x / mu + 1) / np.sqrt(x))
    return -2 / (mu * mu) * np.exp(2 / mu + far)


_invgauss = (
    lambda x, mu, scale: np.exp(-((x / mu - 1) ** 2) / (2 * x)) / (_root_2_pi * x**1.5),
    _invgauss_mu,
    "scale",
)
inverse("_invgauss_ppf", 0, *_invgauss)
inverse("_invgauss_isf", 0, *_invgauss, sign=-1)


def _cosine_pdf(x):
    return np.where(np.abs(x) < math.pi, (1 + np.cos(x)) / (2 * math.pi), 0.0)


distribution("_cosine_cdf", _cosine_pdf)
inverse("_cosine_invcdf", 0, _cosine_pdf)


def _landau_pdf(x, loc, scale):
    return available("_landau_pdf")(x, loc, scale)


#: stable of index 1: the scale moves it, too (Nolan, "Stable Distributions", section 1.3)
_landau = (
    _landau_pdf,
    lambda x, loc, scale: -_landau_pdf(x, loc, scale),
    lambda x, loc, scale: -(2 / math.pi + (x - loc) / scale) * _landau_pdf(x, loc, scale),
)
distribution("_landau_cdf", *_landau, complement="_landau_sf")
inverse("_landau_ppf", 0, *_landau)
inverse("_landau_isf", 0, *_landau, sign=-1)

# ------------------------------------------------------------ Kolmogorov and Smirnov


def _kolmogp(x):
    return available("_kolmogp")(x)


def _smirnovp(n, x):
    return available("_smirnovp")(n, x)


def _kolmogorov_curvature(x, y):
    """The second derivative of ``2 sum (-1)^(k-1) exp(-2 k^2 x^2)``.

    For small x, that of the same as ``1 - sqrt(2 pi) / x sum exp(-(2 k - 1)^2 pi^2 / (8 x^2))``:
    Marsaglia, Tsang and Wang, "Evaluating Kolmogorov's distribution" (2003).
    """
    small = np.less(x, 1)
    z = np.where(small, 1.0, x)
    terms = [8 * k * k * (4 * k * k * z * z - 1) * np.exp(-2 * k * k * z * z) for k in range(1, 9)]
    large = sum([t if k % 2 == 0 else -t for k, t in enumerate(terms)])
    z = np.where(small, np.maximum(x, 0.02), 1.0)
    total = 0.0
    for k in range(1, 6):
        c = (2 * k - 1) ** 2 * math.pi**2 / 8
        total = total + np.exp(-c / z**2) * (2 / z**3 - 10 * c / z**5 + 4 * c * c / z**7)
    return np.where(small, -_root_2_pi * total, large)


declare("_kolmogp", _kolmogorov_curvature)
distribution("kolmogorov", _kolmogp, complement="_kolmogc")
inverse("kolmogi", 0, _kolmogp)
inverse("_kolmogci", 0, _kolmogp, sign=-1)
distribution("smirnov", None, _smirnovp, complement="_smirnovc")
inverse("smirnovi", 1, None, _smirnovp)
inverse("_smirnovci", 1, None, _smirnovp, sign=-1)


# --------------------------------------------------------- ratios of Bessel functions


def _iv_ratio_x(v, x, r):
    """Of I(v, x) / I(v - 1, x): Riccati's equation, from DLMF 10.29.2."""
    zero = np.equal(x, 0)
    safe = np.where(zero, 1.0, x)
    return np.where(zero, 0.5 / v, 1 - r * r - (2.0 * v - 1) * r / safe)


declare("_iv_ratio", "the order", _iv_ratio_x)
declare("_iv_ratio_c", "the order", lambda v, x, c: -_iv_ratio_x(v, x, 1 - c))
