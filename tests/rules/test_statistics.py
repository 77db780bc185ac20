"""Rules of `statistics`."""

import statistics

import pytest

from zygcore.testing import check_adjoint

DATA = 0.7, 1.9, 0.4, 2.3

FUNCTIONS = {
    "mean": lambda *xs: statistics.mean(xs),
    "fmean": lambda *xs: statistics.fmean(xs, [1.0, 2.0, 0.5, 1.5]),
    "harmonic_mean": lambda *xs: statistics.harmonic_mean(xs),
    "harmonic_mean with weights": lambda *xs: statistics.harmonic_mean(xs[:2], xs[2:]),
    "geometric_mean": lambda *xs: statistics.geometric_mean(xs),
    "variance": lambda *xs: statistics.variance(xs),
    "pvariance": lambda *xs: statistics.pvariance(xs),
    "stdev": lambda *xs: statistics.stdev(xs),
    "pstdev": lambda *xs: statistics.pstdev(xs),
    "median": lambda *xs: statistics.median(xs),
    "covariance": lambda *xs: statistics.covariance(xs[:2], xs[2:]),
    "cdf": lambda *xs: statistics.NormalDist(xs[0], xs[1]).cdf(xs[2]),
    "inv_cdf": lambda *xs: statistics.NormalDist(xs[0], xs[1]).inv_cdf(xs[2]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradient(name):
    check_adjoint(FUNCTIONS[name], *DATA)
