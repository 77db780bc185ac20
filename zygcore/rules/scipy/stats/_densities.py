"""Rules for distributions whose density, or its integral, is computed in C.

Where the density is a formula, its value keeps that of SciPy, with the formula's derivative.  The
derivative of a distribution function is the density; with respect to shapes it is the integral of
that of the density, if it is known.
"""

import numpy as np
import scipy.special as sc
import scipy.stats as st
from scipy.stats import _stats

from ...broadcasting import project, refuse
from ...registry import adjoint, each, lowering, nondifferentiable
from .._implicit import held, same_value
from ._methods import in_line, shape_slopes

__all__ = []


# --------------------------------------------------------- distribution functions


def _by_density(distribution, slopes=True):
    """``_cdf`` and ``_sf`` as integrals of the density, ``_ppf`` and ``_isf`` as their inverses."""
    kind = type(distribution)
    name = f"a quantity of scipy.stats.{distribution.name} with respect to its parameters"

    def shape_back(self, i, x, args, dy, sign):
        if not slopes:
            return refuse(name)(dy)
        return project(sign * dy * shape_slopes(self, i, x, args), args[i])

    def register(method, sign):
        function = vars(kind)[method]

        @adjoint(function)
        def integral_rule(self, x, *args):
            def x_back(dy):
                return project(sign * dy * self._pdf(x, *args), x)

            backs = [
                lambda dy, i=i: shape_back(self, i, x, args, dy, sign) for i in range(len(args))
            ]
            return function(self, x, *args), each(None, x_back, *backs)

    def register_inverse(method, sign):
        function = vars(kind)[method]

        @adjoint(function)
        def quantile_rule(self, q, *args):
            x = function(self, q, *args)

            def q_back(dy):
                return project(sign * dy / self._pdf(x, *args), q)

            return x, each(None, q_back, *[refuse(name)] * len(args))

    for method, sign in (("_cdf", 1), ("_sf", -1)):
        if method in vars(kind):
            register(method, sign)
    for method, sign in (("_ppf", 1), ("_isf", -1)):
        if method in vars(kind):
            register_inverse(method, sign)


_by_density(st.genhyperbolic)
_by_density(st.geninvgauss)
for _distribution in (st.kstwo, st.studentized_range, st.levy_stable):
    _by_density(_distribution, slopes=False)


# -------------------------------------------------------------------- densities


def _with_formula(distribution, name, formula):
    """A density whose value is SciPy's, with the derivative of a formula."""
    kind, method = type(distribution), getattr(type(distribution), name)

    @lowering(method)
    def density_lowering(self, *args):
        if not isinstance(self, kind):  # which shares the method
            return method(self, *args)
        return same_value(held(method, self, *args), formula(*args))


def _log_kv(v, z):
    return np.log(sc.kve(v, z)) - z


def genhyperbolic_logpdf(x, p, a, b):
    """Prause, "The generalized hyperbolic model" (1999), section 1.1."""
    root, size = np.sqrt((a - b) * (a + b)), np.sqrt(1 + x * x)
    return (
        p * np.log(root) - (p - 0.5) * np.log(a) - _log_kv(p, root) - 0.5 * np.log(2 * np.pi)
        + b * x + (p - 0.5) * np.log(size) + _log_kv(p - 0.5, a * size)
    )  # fmt: skip


def geninvgauss_logpdf(x, p, b):
    return (p - 1) * np.log(x) - b * (x + 1 / x) / 2 - np.log(2.0) - _log_kv(p, b)


def _exp(f):
    return lambda *args: np.exp(f(*args))


_with_formula(st.genhyperbolic, "_logpdf", genhyperbolic_logpdf)
_with_formula(st.genhyperbolic, "_pdf", _exp(genhyperbolic_logpdf))
_with_formula(st.geninvgauss, "_logpdf", geninvgauss_logpdf)


# --------------------------------------------------------------------- von Mises


def count_of_terms(kappa):
    """After which the coefficients of the Fourier series are below rounding errors."""
    return int(20 + 9 * np.sqrt(np.max(np.abs(kappa), initial=0)))


nondifferentiable(count_of_terms)


@adjoint(_stats.von_mises_cdf)
def von_mises_cdf_rule(kappa, x):
    """The distribution function is ``x / 2 pi + sum sin(n x) I(n) / (n pi I(0))``; Mardia and
    Jupp, "Directional Statistics" (2000), section 3.5.4."""

    def kappa_back(dy):
        k, first = np.asarray(kappa), sc.ive(1.0, kappa) / sc.ive(0.0, kappa)
        slope = 0.0
        for n in range(1, count_of_terms(kappa)):
            ratio = sc.ive(float(n), k) / sc.ive(0.0, k)
            beside = (sc.ive(n - 1.0, k) + sc.ive(n + 1.0, k)) / (2 * sc.ive(0.0, k))
            slope = slope + np.sin(n * x) * (beside - ratio * first) / n
        return project(dy * slope / np.pi, kappa)

    def x_back(dy):
        density = np.exp(kappa * sc.cosm1(x)) / (2 * np.pi * sc.i0e(kappa))
        return project(dy * density, x)

    return _stats.von_mises_cdf(kappa, x), each(kappa_back, x_back)


# ------------------------------------------------------------------------ whole numbers


def power_sums(first, last, a):
    """``sum i^-a`` over the whole numbers from `first` to `last`."""
    i = np.arange(first, last + 1.0)
    return np.sum(i**-a)


def zipfian(first, last):
    """The probability of numbers from first(k, n) to last(k, n)."""

    def formula(k, a, n):
        k, n, a = in_line(np.floor(k), np.floor(n), a)
        at = [(float(x), float(y), a[i]) for i, (x, y) in enumerate(zip(k, n, strict=True))]
        return np.stack(
            [power_sums(first(k, n), last(k, n), a) / power_sums(1.0, n, a) for k, n, a in at]
        )

    return formula


_with_formula(st.zipfian, "_pmf", zipfian(lambda k, n: k, lambda k, n: k))
_with_formula(st.zipfian, "_cdf", zipfian(lambda k, n: 1.0, lambda k, n: k))
_with_formula(st.zipfian, "_sf", zipfian(lambda k, n: k + 1.0, lambda k, n: n))


def fisher_pmf(x, M, n, N, odds):
    """Of Fisher's non-central hypergeometric distribution: McCullagh and Nelder (1989), 7.3.2."""
    x, M, n, N, odds = in_line(x, M, n, N, odds)
    return np.stack([_fisher(x[i], M[i], n[i], N[i], odds[i]) for i in range(len(x))])


def _fisher(x, M, n, N, odds):
    k = np.arange(max(0.0, N - (M - n)), min(n, N) + 1)
    weights = np.log(sc.binom(n, k)) + np.log(sc.binom(M - n, N - k)) + k * np.log(odds)
    here = np.log(sc.binom(n, x)) + np.log(sc.binom(M - n, N - x)) + x * np.log(odds)
    return np.exp(here - sc.logsumexp(weights))


_with_formula(st.nchypergeom_fisher, "_pmf", fisher_pmf)
