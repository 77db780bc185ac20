"""Programs for functions of `scipy.interpolate`; see `scipy_programs`."""

import numpy as np
import scipy.interpolate as si

A = np.array
x0 = np.linspace(0, 4, 9)
y0 = np.sin(x0) + 0.1 * x0
x1 = x0 + 0.1 * np.cos(3 * x0)
corners = A([[0.0, 0], [1, 0], [0, 1], [1, 1.2]])
T2 = A([0, 0, 0, 1, 2, 3, 3, 3.0])
C2 = np.cos(np.arange(25.0))
rng = np.random.default_rng(3)
P = rng.random((30, 2))
V = np.sin(3 * P[:, 0]) * P[:, 1]
Z = np.outer(y0, np.cos(x0[:7]))


def s(y):
    """A weighted sum of all elements."""
    y = np.real(y)
    return np.sum(y * np.linspace(1, 2, np.size(y)).reshape(np.shape(y)))


def bivariate(x):
    return si.BivariateSpline._from_tck((T2, T2, C2 * x, 2, 2))


PROGRAMS = {
    "UnivariateSpline data": lambda x: s(si.UnivariateSpline(x0, y0 * x, s=0.1)(A([0.5, x]))),
    "LSQUnivariateSpline": lambda x: s(
        si.LSQUnivariateSpline(x0, y0 * x, A([1.0, x + 1]))(A([0.5, x]))
    ),
    "splrep smoothing": lambda x: s(si.splev(0.7, si.splrep(x0, y0 * x, s=0.1))),
    "splrep points": lambda x: s(si.splev(0.7, si.splrep(x0 * x, y0))),
    "splprep": lambda x: s(si.splprep([y0 * x, x1], s=0.1)[0][1]),
    "splint": lambda x: si.splint(0.3, x, si.splrep(x0, y0 * x)),
    "spalde": lambda x: s(si.spalde(x, si.splrep(x0, y0 * x))),
    "sproot": lambda x: s(si.sproot(si.splrep(x0, y0 * x - 0.3))),
    "insert": lambda x: s(si.insert(x, si.splrep(x0, y0 * x))[1][:10]),
    "splantider": lambda x: s(si.splev(x, si.splantider(si.splrep(x0, y0)))),
    "make_splrep smoothing": lambda x: s(si.make_splrep(x1, y0 * x, s=0.1)(A([0.5, x]))),
    "make_splprep": lambda x: s(si.make_splprep([y0 * x, x1], s=0.1)[0](0.4)),
    "make_lsq_spline": lambda x: s(
        si.make_lsq_spline(x0, y0 * x, A([0.0, 0, 0, 0, 2, 4, 4, 4, 4]))(A([0.5, x]))
    ),
    "generate_knots": lambda x: s(list(si.generate_knots(x1 * x, y0, s=0.02))[-1]),
    "NdBSpline": lambda x: s(si.NdBSpline((T2, T2), C2.reshape(5, 5) * x, 2)(A([[0.5, x]]))),
    "NdPPoly": lambda x: s(
        si.NdPPoly(C2[:24].reshape(2, 3, 2, 2) * x, (T2[2:5], T2[3:6]))(A([[0.5, x]]))
    ),
    "BivariateSpline": lambda x: s(bivariate(x).ev(A([0.5, x]), A([x, 0.7]))),
    "RectBivariateSpline": lambda x: s(si.RectBivariateSpline(x1, x0[:7], Z * x)(0.5, x)),
    "SmoothBivariateSpline": lambda x: s(
        si.SmoothBivariateSpline(*P.T, V * x, kx=2, ky=2, s=0.01)(0.5, x / 2)
    ),
    "LSQBivariateSpline": lambda x: s(
        si.LSQBivariateSpline(*P.T, V * x, [0.5], [0.4 * x], kx=2, ky=1)(0.5, x / 2)
    ),
    "bisplrep": lambda x: si.bisplrep(*P.T, V * x, kx=2, ky=2, s=0.01)[2].sum(),
    "bisplev": lambda x: s(si.bisplev(A([0.5, x]), 0.7, (T2, T2, C2 * x, 2, 2))),
    "SmoothSphereBivariateSpline": lambda x: s(
        si.SmoothSphereBivariateSpline(*(P * [3, 6]).T, V * x, s=0.5)(0.5, x)
    ),
    "LSQSphereBivariateSpline": lambda x: s(
        si.LSQSphereBivariateSpline(*(P * [3, 6]).T, V * x, [1.5], [2.0, 4.0])(0.5, x)
    ),
    "RectSphereBivariateSpline": lambda x: s(
        si.RectSphereBivariateSpline((x1 + 0.1) / 2, x0[:7], Z * x)(0.5, x)
    ),
    "LinearNDInterpolator": lambda x: s(
        si.LinearNDInterpolator(corners * x, A([1.0, x, 2, 3]))(0.3, 0.3 * x)
    ),
    "CloughTocher2DInterpolator": lambda x: s(
        si.CloughTocher2DInterpolator(corners * x, A([1.0, x, 2, 3]), tol=1e-14)(0.3, 0.3 * x)
    ),
    "griddata": lambda x: s(si.griddata(corners, A([1.0, x, 2, 3]), A([[0.3 * x, 0.3]]))),
    "NearestNDInterpolator": lambda x: s(
        si.NearestNDInterpolator(corners, A([1.0, x, 2, 3]))(0.8, 0.1)
    ),
    "RBFInterpolator": lambda x: s(si.RBFInterpolator(x1[:, None], y0 * x)(A([[0.5], [x]]))),
    "Rbf": lambda x: s(si.Rbf(x1 * x, y0 * x)(A([0.5, x]))),
    "lagrange": lambda x: s(si.lagrange(x0[:4], y0[:4] * x)(x)),
    "pade": lambda x: si.pade([1.0, x, 0.5], 1)[0](0.3),
    "AAA": lambda x: s(si.AAA(x0, np.exp(y0 * x), max_terms=3)(A([0.55]))),
}  # fmt: skip
