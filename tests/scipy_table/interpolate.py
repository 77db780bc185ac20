"""Programs for the functions of `scipy.interpolate`; see `solvers` about the form.

Most of them stand beside the tests of the rules; here are those that nothing else tries.
"""

import numpy as np
import scipy.interpolate as si
import scipy_programs

__all__ = ["PROGRAMS"]

X = np.linspace(0, 4, 9)
Y = np.sin(X) + 0.1 * X
GRID = np.outer(Y, Y) + X
KNOTS = np.array([0.0, 0, 0, 0, 2, 4, 4, 4, 4])
POINTS = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1.2], [0.4, 0.7]])
VALUES = np.array([1.0, 2.0, 3.0, 0.5, 0.3])
AT = np.array([0.5, 1.3, 2.2])
ANGLES = np.linspace(0.3, 2.8, 8)
SURFACE = [np.repeat(X[1:8], 7), np.tile(X[1:8], 7)]
BALL = [np.repeat(ANGLES, 8), np.tile(ANGLES * 2, 8)]


def heights(x):
    return np.sin(SURFACE[0] * x) + SURFACE[1]


def of_points(names):
    return {
        name: lambda x, f=getattr(si, name): f(POINTS, VALUES * x)([[0.3, 0.4]])
        for name in names.split()
    }


def spline(x):
    return si.splrep(X, Y * x)


OWN = {
    **of_points("LinearNDInterpolator CloughTocher2DInterpolator RBFInterpolator"),
    "LinearNDInterpolator where": lambda x: si.LinearNDInterpolator(POINTS, VALUES)(0.3 * x, 0.4),
    "LSQUnivariateSpline": lambda x: si.LSQUnivariateSpline(X, Y * x, [2.0])(AT),
    "RectBivariateSpline": lambda x: si.RectBivariateSpline(X, X, GRID * x)(AT, AT),
    "BivariateSpline": lambda x: si.RectBivariateSpline(X, X, GRID)(AT * x, AT),
    "SmoothBivariateSpline": lambda x: si.SmoothBivariateSpline(*SURFACE, heights(x))(AT, AT),
    "LSQBivariateSpline": lambda x: si.LSQBivariateSpline(*SURFACE, heights(x), [2.0], [2.0])(
        AT, AT
    ),
    "RectSphereBivariateSpline": lambda x: si.RectSphereBivariateSpline(
        ANGLES, ANGLES, np.outer(Y[1:], Y[1:]) * x
    )(AT, AT),
    "SmoothSphereBivariateSpline": lambda x: si.SmoothSphereBivariateSpline(
        *BALL, np.sin(BALL[0]) * x, s=10.0
    )(AT, AT),
    "LSQSphereBivariateSpline": lambda x: si.LSQSphereBivariateSpline(
        *BALL, np.sin(BALL[0]) * x, [1.5], [3.0]
    )(AT, AT),
    "bisplrep": lambda x: si.bisplrep(*SURFACE, heights(x), s=1.0)[2],
    "bisplev": lambda x: si.bisplev(AT * x, AT, si.bisplrep(*SURFACE, heights(1.0), s=1.0)),
    "NdPPoly": lambda x: si.NdPPoly(np.ones((2, 2, 1, 1)) * x, ([0.0, 1.0], [0.0, 1.0]))(
        [[0.3, 0.4 * x]]
    ),
    "generate_knots": lambda x: list(si.generate_knots(X, Y * x, s=0.1))[-1],
    "insert": lambda x: si.insert(1.7, spline(x))[1],
    "make_lsq_spline": lambda x: si.make_lsq_spline(X, Y * x, KNOTS)(AT),
    "make_splprep": lambda x: si.make_splprep([X, Y * x])[0](AT / 9),
    "spalde": lambda x: si.spalde(0.7, spline(x)),
    "splantider": lambda x: si.splantider(spline(x))[1],
    "sproot": lambda x: si.sproot(si.splrep(X, Y * x - 0.5)),
}

PROGRAMS = {
    name.removeprefix("interpolate."): program
    for name, program in scipy_programs.PROGRAMS.items()
    if name.split()[0].removeprefix("interpolate.") in si.__all__
}
#: those that stand there only by short names of their own
PROGRAMS = {**OWN, **PROGRAMS}
