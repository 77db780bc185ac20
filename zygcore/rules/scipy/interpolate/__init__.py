"""Rules for the functions in C and Fortran that `scipy.interpolate` is built on.

Values come from SciPy.  What a C function computes is written down once more in NumPy (an
*imitation*), and pullbacks that are not worth a formula of their own are those of the imitation.
So points, coefficients, knots and breakpoints all have derivatives.

What the data choose (how many knots, in which interval, which triangles) is constant; where a knot
is, if it is made from the data, is not.
"""

from . import (  # noqa: F401
    _bsplines,
    _curves,
    _fitpack,
    _grid_fits,
    _grids,
    _nearest,
    _poly1d,
    _polynomials,
    _radial,
    _reproductions,
    _scattered_fits,
    _sphere_grids,
    _spheres,
    _surfaces,
    _systems,
    _triangles,
)
