"""Programs for the functions of `scipy.interpolate` that numbers flow through.

A program is a function of one number, whose gradient is compared with differences. The first word
of its name is the function's.
"""

import interpolate_programs
import numpy as np
import scipy.interpolate as si

A = np.array
M2 = np.arange(20.0).reshape(4, 5) ** 1.3
x0 = np.linspace(0, 4, 9)
y0 = np.sin(x0) + 0.1 * x0


def s(y):
    """A weighted sum of all elements."""
    y = np.real(y)
    return np.sum(y * np.linspace(1, 2, np.size(y)).reshape(np.shape(y)))


PROGRAMS = {
    "interpolate.interp1d cubic": lambda x: s(
        si.interp1d(x0, y0 * x, kind="cubic")(A([0.5, x, 2.3]))
    ),
    "interpolate.interp1d nearest": lambda x: s(
        si.interp1d(x0, y0 * x, kind="nearest")(A([0.6, 2.3]))
    ),
    "interpolate.interp1d quad": lambda x: s(si.interp1d(x0, y0 * x, kind=2)(A([0.6, x, 2.3]))),
    "interpolate.interp1d extrap": lambda x: s(
        si.interp1d(x0, y0 * x, fill_value="extrapolate")(A([0.6, x, 5.3]))
    ),
    "interpolate.CubicSpline": lambda x: s(si.CubicSpline(x0, y0 * x)(A([0.5, x, 2.3]))),
    "interpolate.CubicSpline nat": lambda x: s(
        si.CubicSpline(x0 * x, y0, bc_type="natural")(A([0.5, x, 2.3]))
    ),
    "interpolate.CubicSpline per": lambda x: s(
        si.CubicSpline(x0, np.r_[y0[:-1] * x, y0[0] * x], bc_type="periodic")(A([0.5, x, 2.3]))
    ),
    "interpolate.CubicSpline der": lambda x: s(si.CubicSpline(x0, y0 * x)(A([0.5, x, 2.3]), 1)),
    "interpolate.CubicSpline integrate": lambda x: si.CubicSpline(x0, y0 * x).integrate(0.2, x),
    "interpolate.PchipInterpolator": lambda x: s(
        si.PchipInterpolator(x0, y0 * x)(A([0.5, x, 2.3]))
    ),
    "interpolate.Akima1DInterpolator": lambda x: s(
        si.Akima1DInterpolator(x0, y0 * x)(A([0.5, x, 2.3]))
    ),
    "interpolate.CubicHermiteSpline": lambda x: s(
        si.CubicHermiteSpline(x0, y0 * x, y0 * x)(A([0.5, x, 2.3]))
    ),
    "interpolate.make_interp_spline": lambda x: s(
        si.make_interp_spline(x0, y0 * x)(A([0.5, x, 2.3]))
    ),
    "interpolate.BSpline": lambda x: s(
        si.BSpline(A([0, 0, 0, 1, 2, 3, 3, 3.0]), A([1.0, x, 2, x, 3.0]), 2)(A([0.5, x, 2.3]))
    ),
    "interpolate.BSpline der": lambda x: s(
        si.BSpline(A([0, 0, 0, 1, 2, 3, 3, 3.0]), A([1.0, x, 2, x, 3.0]), 2).derivative()(
            A([0.5, x, 2.3])
        )
    ),
    "interpolate.BSpline int": lambda x: si.BSpline(
        A([0, 0, 0, 1, 2, 3, 3, 3.0]), A([1.0, x, 2, x, 3.0]), 2
    ).integrate(0.1, x),
    "interpolate.PPoly": lambda x: s(
        si.PPoly(A([[1.0, x], [2.0, 3.0]]), A([0.0, 1.0, 2.0]))(A([0.5, x]))
    ),
    "interpolate.BPoly": lambda x: s(
        si.BPoly(A([[1.0, x], [2.0, 3.0]]), A([0.0, 1.0, 2.0]))(A([0.5, x]))
    ),
    "interpolate.splev": lambda x: s(si.splev(A([0.5, x]), si.splrep(x0, y0))),
    "interpolate.splrep": lambda x: s(si.splev(A([0.5, 1.3]), si.splrep(x0, y0 * x))),
    "interpolate.splder": lambda x: s(si.splev(A([0.5, x]), si.splder(si.splrep(x0, y0)))),
    "interpolate.UnivariateSpline": lambda x: s(si.UnivariateSpline(x0, y0)(A([0.5, x]))),
    "interpolate.InterpolatedUnivariateSpline": lambda x: s(
        si.InterpolatedUnivariateSpline(x0, y0)(A([0.5, x]))
    ),
    "interpolate.RegularGridInterpolator": lambda x: s(
        si.RegularGridInterpolator((x0, x0), np.outer(y0, y0) * x)(A([[0.5, x]]))
    ),
    "interpolate.RegularGridInterpolator nearest": lambda x: s(
        si.RegularGridInterpolator((x0, x0), np.outer(y0, y0) * x, method="nearest")(
            A([[0.5, 0.6]])
        )
    ),
    "interpolate.interpn": lambda x: s(si.interpn((x0, x0), np.outer(y0, y0) * x, A([[0.5, x]]))),
    "interpolate.BarycentricInterpolator": lambda x: s(
        si.BarycentricInterpolator(x0[:4], y0[:4] * x)(A([0.6, x]))
    ),
    "interpolate.KroghInterpolator": lambda x: s(
        si.KroghInterpolator(x0[:4], y0[:4] * x)(A([0.6, x]))
    ),
    "interpolate.make_smoothing_spline": lambda x: s(
        si.make_smoothing_spline(x0, y0 * x, lam=0.1)(A([0.5, x]))
    ),
    "interpolate.pchip_interpolate": lambda x: s(si.pchip_interpolate(x0, y0 * x, A([0.5, x]))),
    "interpolate.barycentric_interpolate": lambda x: s(
        si.barycentric_interpolate(x0[:4], y0[:4] * x, A([0.55, x]))
    ),
    "interpolate.FloaterHormannInterpolator": lambda x: s(
        si.FloaterHormannInterpolator(x0, y0 * x)(A([0.55, x]))
    ),
    "interpolate.krogh_interpolate": lambda x: s(
        si.krogh_interpolate(x0[:4], y0[:4] * x, A([0.55, x]))
    ),
    "interpolate.approximate_taylor_polynomial": lambda x: si.approximate_taylor_polynomial(
        lambda t: t * t * x, 1.0, 2, 0.5
    )(0.3),
    "interpolate.make_splrep": lambda x: s(si.make_splrep(x0, y0 * x)(A([0.5, x]))),
    **{f"interpolate.{name}": f for name, f in interpolate_programs.PROGRAMS.items()},
}
