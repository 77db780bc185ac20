"""Gradients through code that was written without thinking of gradients.

SciPy's Rosenbrock function, and the standard library's normal distribution,
colour conversion and fractions, as they are installed.
"""

import colorsys
import statistics
from fractions import Fraction

import numpy as np
import scipy.optimize

import zygcore as zg

from .checks import Report, compare, ignore, require

__all__ = ["run"]


def rosenbrock(n=8):
    """SciPy's function against SciPy's own derivative; then minimised."""
    rosen, rosen_der = scipy.optimize.rosen, scipy.optimize.rosen_der
    x = np.linspace(0.2, 1.6, n)
    yield compare("scipy.optimize.rosen, rosen_der", zg.gradient(rosen, x)[0], rosen_der(x))
    found = scipy.optimize.minimize(rosen, x, jac=lambda x: zg.gradient(rosen, x)[0])
    yield require(
        f"minimised by BFGS with this gradient ({found.njev} gradients)",
        f"within {np.max(np.abs(found.x - 1)):.0e} of 1",
        np.allclose(found.x, 1, atol=1e-4),
        "within 1e-04 of 1",
    )


def normal_distribution():
    """The density is the derivative of the distribution function."""
    normal = statistics.NormalDist(mu=1.5, sigma=0.7)
    for x in (0.4, 1.5, 2.9):
        yield compare(
            f"statistics.NormalDist: cdf'({x}), pdf({x})",
            zg.gradient(normal.cdf, x),
            (normal.pdf(x),),
        )
    yield compare(
        "d cdf(2) / d (mu, sigma)",
        zg.gradient(lambda mu, sigma: statistics.NormalDist(mu, sigma).cdf(2.0), 1.5, 0.7),
        (-normal.pdf(2.0), -normal.pdf(2.0) * (2.0 - 1.5) / 0.7),
    )


def colours():
    """Lightness is half of the largest and half of the smallest component."""

    def lightness(r, g, b):
        return colorsys.rgb_to_hls(r, g, b)[1]

    def hue(r, g, b):
        return colorsys.rgb_to_hls(r, g, b)[0]

    # Red, green, blue in this order of size: hue = (g - b) / (r - b) / 6.
    r, g, b = 0.8, 0.5, 0.2
    yield compare(
        "colorsys.rgb_to_hls: lightness", zg.gradient(lightness, r, g, b), (0.5, None, 0.5)
    )
    d = 6 * (r - b)
    yield compare(
        "colorsys.rgb_to_hls: hue",
        zg.gradient(hue, r, g, b),
        (-(g - b) / (r - b) / d, 1 / d, (g - r) / (r - b) / d),
    )


def fractions():
    """Exact numbers have exact gradients."""
    yield compare(
        "x**3 / 2 at Fraction(2, 3)",
        zg.gradient(lambda x: x * x * x / 2, Fraction(2, 3)),
        (Fraction(2, 3),),
    )


def run(step=ignore):
    programs = [rosenbrock, normal_distribution, colours, fractions]
    checks = []
    for done, program in enumerate(programs):
        step(done, len(programs))
        checks += program()
    step(len(programs), len(programs))
    return Report("SciPy, statistics, colorsys, fractions", checks)
