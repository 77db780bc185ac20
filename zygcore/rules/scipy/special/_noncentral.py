"""Non-central distributions: their densities and distribution functions.

Those of chi-squared and F are mixtures of central ones with Poisson weights, so derivatives with
respect to the non-centrality are differences of neighbours (Johnson, Kotz and Balakrishnan,
"Continuous Univariate Distributions", volume 2, 1995, chapters 29 and 30).  The functions of t are
integrals over the chi distribution, with a recurrence (the same, chapter 31).
"""

import numpy as np
import scipy.special as sc

from ._common import available, declare
from ._distributions import distribution, inverse

__all__ = []

# -------------------------------------------------------------------- chi-squared


def _ncx2_pdf(x, df, nc):
    return available("_ncx2_pdf")(x, df, nc)


def _ncx2_pdf_x(x, df, nc, y):
    return y * ((df - 2.0) / (2 * x) - 0.5) + nc / (2 * x) * _ncx2_pdf(x, df + 2.0, nc)


if available("_ncx2_pdf") is not None:
    declare(
        "_ncx2_pdf", _ncx2_pdf_x, "df", lambda x, df, nc, y: (_ncx2_pdf(x, df + 2.0, nc) - y) / 2
    )
    _chndtr = (_ncx2_pdf, "df", lambda x, df, nc: -_ncx2_pdf(x, df + 2.0, nc))
    distribution("chndtr", *_chndtr, complement="_ncx2_sf")
    inverse("chndtrix", 0, *_chndtr)
    inverse("chndtrinc", 2, *_chndtr)
    inverse("_ncx2_isf", 0, *_chndtr, sign=-1)

# ------------------------------------------------------------------------------ F


def _ncf_pdf(x, m, n, nc):
    return available("_ncf_pdf")(x, m, n, nc)


def _next(x, m):
    """Where the same ratio of sums of squares lies with two more of them in the numerator."""
    return x * (m / (m + 2.0))


def _ncf_pdf_next(x, m, n, nc):
    """The density of the ratio with two more squares, in the scale of the given one."""
    return _ncf_pdf(_next(x, m), m + 2.0, n, nc) * (m / (m + 2.0))


def _ncf_pdf_x(x, m, n, nc, y):
    ratio = x * m / n
    pull = (m / 2 - 1.0) / x - (m + n) / 2 * (m / n) / (1 + ratio)
    return pull * y + nc / 2 * _ncf_pdf_next(x, m, n, nc) / (x * (1 + ratio))


def _ncf_pdf_nc(x, m, n, nc, y):
    return (_ncf_pdf_next(x, m, n, nc) - y) / 2


def _ncfdtr_nc(m, n, nc, x):
    return (sc.ncfdtr(m + 2.0, n, nc, _next(x, m)) - sc.ncfdtr(m, n, nc, x)) / 2


if available("_ncf_pdf") is not None:
    declare("_ncf_pdf", _ncf_pdf_x, "dfn", "dfd", _ncf_pdf_nc)
    _ncfdtr = ("dfn", "dfd", _ncfdtr_nc, lambda m, n, nc, x: _ncf_pdf(x, m, n, nc))
    distribution("ncfdtr", *_ncfdtr)
    inverse("ncfdtri", 3, *_ncfdtr)
    inverse("ncfdtrinc", 2, *_ncfdtr)
    # SciPy's own code takes the point first
    _ncf_sf = (_ncf_pdf, "dfn", "dfd", lambda x, m, n, nc: _ncfdtr_nc(m, n, nc, x))
    distribution("_ncf_cdf", *_ncf_sf, complement="_ncf_sf")
    inverse("_ncf_ppf", 0, *_ncf_sf)
    inverse("_ncf_isf", 0, *_ncf_sf, sign=-1)

# ------------------------------------------------------------------------------ t


def _nct_pdf(x, df, nc):
    return available("_nct_pdf")(x, df, nc)


def _moments(x, df, nc):
    """Of ``w exp(-(a w - nc)^2 / 2)``, ``w^2 ...`` and ``w^3 ...``, and the slope a.

    w has the chi distribution with df degrees of freedom, ``a = x / sqrt(df)``.
    """
    a = x / np.sqrt(df)
    above = np.sqrt(2.0) * sc.poch(df / 2, 0.5)
    first = _nct_pdf(x, df, nc) * np.sqrt(df)
    second = _nct_pdf(a * np.sqrt(df + 1.0), df + 1.0, nc) * np.sqrt(df + 1.0) * above
    third = ((df + 1.0) * first + a * nc * second) / (1 + a * a)
    return a, first, second, third


def _nct_pdf_x(x, df, nc, y):
    a, _, second, third = _moments(x, df, nc)
    return (nc * second - a * third) / df


def _nct_pdf_nc(x, df, nc, y):
    a, first, second, _ = _moments(x, df, nc)
    return (a * second - nc * first) / np.sqrt(df)


def _nctdtr_nc(df, nc, x):
    """By the density with one degree of freedom less, or by the recurrence."""
    a, first, second, _ = _moments(x, df, nc)
    more = df > 1.01
    less = np.where(more, df - 1.0, 1.0)
    direct = _nct_pdf(a * np.sqrt(less), less, nc) * np.sqrt(less / 2) / sc.poch(less / 2, 0.5)
    return -np.where(more, direct, ((1 + a * a) * second - a * nc * first) / df)


if available("_nct_pdf") is not None:
    declare("_nct_pdf", _nct_pdf_x, "df", _nct_pdf_nc)
    _nctdtr = ("df", _nctdtr_nc, lambda df, nc, x: _nct_pdf(x, df, nc))
    distribution("nctdtr", *_nctdtr)
    inverse("nctdtrit", 2, *_nctdtr)
    inverse("nctdtrinc", 1, *_nctdtr)
    _nct_sf = (_nct_pdf, "df", lambda x, df, nc: _nctdtr_nc(df, nc, x))
    distribution("_nct_cdf", *_nct_sf, complement="_nct_sf")
    inverse("_nct_ppf", 0, *_nct_sf)
    inverse("_nct_isf", 0, *_nct_sf, sign=-1)
