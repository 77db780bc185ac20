"""Rules of interpolation and of weighted bins."""

import numpy as np
import pytest

import zygcore as zg
from zygcore.testing import check_adjoint

AT = np.array([[-0.7, 0.25, 1.9], [2.6, 3.4, 0.8]])
NODES = np.array([0.0, 0.5, 1.2, 3.0])
VALUES = np.array([1.0, -0.4, 2.2, 0.7])


def test_interpolation():
    check_adjoint(np.interp, AT, NODES, VALUES)
    check_adjoint(np.interp, AT, NODES, VALUES, 0.3, -0.8)
    check_adjoint(np.interp, 0.8, NODES, VALUES)
    check_adjoint(np.interp, np.float32(0.8), NODES, VALUES)
    check_adjoint(np.interp, AT, NODES[:1], VALUES[:1], 0.3, -0.8)
    check_adjoint(np.interp, AT[:0], NODES, VALUES)


def test_interpolation_of_a_periodic_function():
    check_adjoint(np.interp, AT, NODES, VALUES, period=3.5, single=False)
    check_adjoint(np.interp, AT, NODES[::-1], VALUES, period=3.5, single=False)


def test_interpolation_of_complex_values():
    check_adjoint(np.interp, AT, NODES, VALUES + 1j * VALUES[::-1])
    check_adjoint(np.interp, AT, NODES, VALUES + 1j * VALUES[::-1], 0.3j, 1.0 - 2j)


def test_at_nodes():
    """The value at a node is that of the table; its slope is that of the piece to the right."""
    slopes = np.diff(VALUES) / np.diff(NODES)
    for i, x in enumerate(NODES):
        dx, _, dvalues = zg.gradient(np.interp, x, NODES, VALUES)
        assert dx == pytest.approx(slopes[min(i, 2)], rel=1e-14)
        assert dvalues.tolist() == np.eye(4)[i].tolist()


def test_unknown_and_repeated_nodes():
    dx, dnodes, dvalues = zg.gradient(
        lambda x, xp, fp: np.nansum(np.interp(x, xp, fp)), np.array([np.nan, 0.25]), NODES, VALUES
    )
    assert dx[0] == 0 and np.isfinite(dx).all() and np.isfinite(dnodes).all()
    assert dvalues.tolist() == [0.5, 0.5, 0, 0]
    steps = np.array([0.0, 1.0, 1.0, 2.0])
    for x in (0.5, 1.0, 1.5):
        assert all(np.isfinite(d).all() for d in zg.gradient(np.interp, x, steps, VALUES))


def test_lists_and_integers():
    d = zg.gradient(lambda fp: np.interp(1, [0, 2], fp), [3.0, 5.0])[0]
    assert d == [0.5, 0.5]
    d = zg.gradient(lambda x: np.interp(x, [0, 4], [0, 8]), np.array(1))[0]
    assert d == 2 and d.dtype == np.float64


def test_bins():
    where = np.array([2, 0, 2, 5])
    check_adjoint(lambda w: np.bincount(where, w), VALUES)
    check_adjoint(lambda w: np.bincount(where, weights=w, minlength=9), VALUES)
    assert zg.gradient(lambda x: np.bincount(where).sum() * 1.0, VALUES)[0] is None


def test_histograms():
    x = np.array([0.1, 0.4, 0.45, 0.9])
    for density in (False, True):
        check_adjoint(
            lambda w, density=density: np.histogram(
                x, [0.0, 0.2, 0.5, 1.0], weights=w, density=density
            )[0],
            VALUES + 2,
            single=False,
        )
    options = {"single": False, "second": False}
    check_adjoint(lambda w: np.histogram(x, 3, weights=w)[0], VALUES, **options)
    check_adjoint(lambda w: np.histogram2d(x, x, 2, weights=w)[0], VALUES, **options)
