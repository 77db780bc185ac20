"""Rules for statistics that are computed in C, or by C code that a rule knows no way around.

Each keeps the value of SciPy's, with the derivative of the formula that is in its documentation.
"""

import numpy as np
import scipy.linalg as la
import scipy.special as sc
import scipy.stats as st
from scipy.stats import _ansari_swilk_statistics, _stats_pythran
from scipy.stats._multivariate import invwishart_gen

from ...registry import lowering, nondifferentiable
from .._implicit import held, opaque, same_value

__all__ = []


# ------------------------------------------------------------------------- lines

TAILS = {"two-sided": (2.0, -1.0), "less": (1.0, 1.0), "greater": (1.0, -1.0)}


def line_statistics(x, y, n, alternative):
    """Slope, intercept, correlation, p-value and the errors of slope and intercept."""
    mean_x, mean_y = np.mean(x), np.mean(y)
    dx, dy = x - mean_x, y - mean_y
    xx, xy, yy = np.mean(dx * dx), np.mean(dx * dy), np.mean(dy * dy)
    slope, r = xy / xx, xy / np.sqrt(xx * yy)
    rest = np.maximum((1 - r) * (1 + r), 0)
    error = np.sqrt(rest * yy / xx / (n - 2))
    t = r * np.sqrt((n - 2) / (rest + 1e-20))
    count, sign = TAILS[alternative]
    p = count * sc.stdtr(n - 2.0, sign * (np.abs(t) if count == 2 else t))
    return slope, mean_y - slope * mean_x, r, p, error, error * np.sqrt(xx + mean_x**2)


def is_regular(x, y):
    """More than two points, not all of the same height."""
    return np.size(x) > 2 and np.ptp(y) != 0


nondifferentiable(is_regular)


@lowering(st.linregress)
def linregress_lowering(x, y, alternative="two-sided"):
    found = held(st.linregress, x, y, alternative)
    x, y = np.asarray(x), np.asarray(y)
    if not is_regular(x, y):
        return exact_line(found, x, y)
    values = line_statistics(x, y, np.size(x), alternative)
    names = ("slope", "intercept", "rvalue", "pvalue", "stderr", "intercept_stderr")
    parts = {
        name: same_value(getattr(found, name), value)
        for name, value in zip(names, values, strict=True)
    }
    return type(found)(**parts)


FLAT = "a correlation of points of the same height, or of two points, has no derivative"


def exact_line(found, x, y):
    """Through two points, or points of the same height."""
    dx = x - np.mean(x)
    slope = np.sum(dx * y) / np.sum(dx * dx)
    return type(found)(
        slope=same_value(found.slope, slope),
        intercept=same_value(found.intercept, np.mean(y) - slope * np.mean(x)),
        rvalue=opaque(found.rvalue, FLAT, slope),
        pvalue=opaque(found.pvalue, FLAT, slope),
        stderr=opaque(found.stderr, FLAT, slope),
        intercept_stderr=opaque(found.intercept_stderr, FLAT, slope),
    )


def pairs_of(x):
    """For each point, the others at another place."""
    return [np.flatnonzero(x != x[i]) for i in range(len(x))]


nondifferentiable(pairs_of)


@lowering(_stats_pythran.siegelslopes)
def siegelslopes_lowering(y, x, method):
    """Medians of medians of the slopes between points."""
    slope, intercept = held(_stats_pythran.siegelslopes, y, x, method)
    others = [(i, j) for i, j in enumerate(pairs_of(x)) if len(j)]
    m = np.median(np.stack([np.median((y[j] - y[i]) / (x[j] - x[i])) for i, j in others]))
    if method == "hierarchical":
        b = np.median(y - m * x)
    else:
        b = np.median(
            np.stack([np.median((y[i] * x[j] - y[j] * x[i]) / (x[j] - x[i])) for i, j in others])
        )
    return same_value(slope, m), same_value(intercept, b)


# ---------------------------------------------------------------------- normality

TEST = "the derivative of the p-value of scipy.stats.shapiro is not known; that of W is"


@lowering(_ansari_swilk_statistics.swilk)
def swilk_lowering(y, a, init):
    """W is a correlation with constant coefficients, of which the half is given back in `a`."""
    coefficients = np.zeros(np.shape(a))
    w, p, fault = held(_ansari_swilk_statistics.swilk, copied(y), coefficients, init)
    n, half = len(y), len(coefficients)
    spread = np.sum(coefficients * (y[:half] - y[::-1][:half]))
    deviations = y - np.mean(y)
    value = spread * spread / np.sum(deviations * deviations) if n > 1 else 0.0
    return same_value(w, value), opaque(p, TEST, value), fault


def copied(y):
    return np.array(y)


nondifferentiable(copied)


# ---------------------------------------------------------------- random matrices


@lowering(invwishart_gen._logpdf)
def invwishart_lowering(self, x, dim, df, log_det_scale, C):
    found = held(invwishart_gen._logpdf, self, x, dim, df, log_det_scale, C)
    traces, sizes = [], []
    for i in range(np.shape(x)[-1]):
        factor = la.cholesky(x[:, :, i], lower=True)
        traces.append(np.sum(la.solve_triangular(factor, C, lower=True) ** 2))
        sizes.append(2 * np.sum(np.log(np.diagonal(factor))))
    size = np.stack(sizes)
    value = 0.5 * df * log_det_scale - 0.5 * np.stack(traces) - 0.5 * df * dim * np.log(2.0)
    value = value - 0.5 * (df + dim + 1) * size - sc.multigammaln(0.5 * df, dim)
    return same_value(found, value)
