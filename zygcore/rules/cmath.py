"""Rules for the standard library's `cmath`.

The functions are holomorphic, so the derivative says it all: the cotangent is
multiplied by its conjugate.  `phase` and `polar` are real functions of a
complex number and have rules of their own.
"""

import cmath
import math

from .broadcasting import project
from .registry import adjoint, elementwise, lowering, nondifferentiable

__all__ = []


def _over(a, b):
    return a / b if b != 0 else complex(math.inf, 0.0)


def _root(y, other, a, b):
    """The root of ``a * b`` that `other` of the value is, see `rules.numpy._ufuncs`."""
    root = cmath.sqrt(a) * cmath.sqrt(b)
    there = other(y)
    return -root if abs(root - there) > abs(root + there) else root


elementwise(cmath.exp, lambda z, y: y)
elementwise(cmath.log10, lambda z, y: 1 / (z * math.log(10)))
elementwise(cmath.sqrt, lambda z, y: _over(0.5, y))
elementwise(cmath.sin, lambda z, y: cmath.cos(z))
elementwise(cmath.cos, lambda z, y: -cmath.sin(z))
elementwise(cmath.tan, lambda z, y: 1 + y * y)
elementwise(cmath.sinh, lambda z, y: cmath.cosh(z))
elementwise(cmath.cosh, lambda z, y: cmath.sinh(z))
elementwise(cmath.tanh, lambda z, y: 1 - y * y)
elementwise(cmath.asin, lambda z, y: _over(1, _root(y, cmath.cos, 1 - z, 1 + z)))
elementwise(cmath.acos, lambda z, y: _over(-1, _root(y, cmath.sin, 1 - z, 1 + z)))
elementwise(cmath.atan, lambda z, y: _over(1, (1 + 1j * z) * (1 - 1j * z)))
elementwise(cmath.asinh, lambda z, y: _over(1, _root(y, cmath.cosh, 1 + 1j * z, 1 - 1j * z)))
elementwise(cmath.acosh, lambda z, y: _over(1, _root(y, cmath.sinh, z - 1, z + 1)))
elementwise(cmath.atanh, lambda z, y: _over(1, (1 - z) * (1 + z)))


@adjoint(cmath.log)
def log_rule(z, *base):
    y = cmath.log(z, *base)

    def log_back(dy):
        if not base:
            return (project(dy * (1 / complex(z)).conjugate(), z),)
        (b,) = base
        scale = cmath.log(b)
        return (
            project(dy * _over(1, z * scale).conjugate(), z),
            project(-dy * (y / (b * scale)).conjugate(), b),
        )

    return y, log_back


@adjoint(cmath.phase)
def phase_rule(z):
    y = cmath.phase(z)

    def phase_back(dy):
        z_ = complex(z)
        square = z_.real * z_.real + z_.imag * z_.imag
        if square == 0:
            return (project(0.0 * dy, z),)
        return (project(dy * (1j * z_ / square), z),)

    return y, phase_back


@lowering(cmath.polar)
def polar_lowering(z, /):
    z = complex(z)
    return abs(z), cmath.phase(z)


@adjoint(cmath.rect)
def rect_rule(r, phi):
    y = cmath.rect(r, phi)

    def rect_back(dy):
        turned = dy * cmath.exp(-1j * phi)  # real part: outward, imaginary part: around
        return project(turned.real, r), project(turned.imag * r, phi)

    return y, rect_back


nondifferentiable(cmath.isfinite, cmath.isinf, cmath.isnan, cmath.isclose)
