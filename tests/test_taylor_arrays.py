"""Taylor mode: functions of whole arrays, with a recurrence and without."""

import math

import mpmath
import numpy as np
import pytest
from taylor_references import A0, V0, along, close, coefficients

import zygcore as zg

OF_MATRICES = [
    lambda a: a @ a @ a,
    lambda a: np.dot(a, a.T),
    lambda a: a.dot(np.arange(3.0)) @ a[0],
    lambda a: np.einsum("ij,kj->ik", a, a),
    lambda a: np.einsum("ij,jk,kl->il", a, a, a),
    lambda a: np.einsum("ii->i", a),
    lambda a: np.outer(a[0], a[1]),
    lambda a: np.inner(a, a),
    lambda a: np.tensordot(a, a, 1),
    lambda a: np.kron(a, a),
    lambda a: np.convolve(a[0], a[1]),
    lambda a: np.cross(a[0], a[1]),
    lambda a: np.linalg.inv(a),
    lambda a: np.linalg.solve(a, a[0]),
    lambda a: np.linalg.det(a),
    lambda a: np.sum(a, axis=0) * np.mean(a) + a.sum(axis=1),
    lambda a: np.concatenate([a, a[:1] ** 2]).reshape(2, -1),
    lambda a: np.stack([a[0], a[1] * a[2], np.ones(3)]),
    lambda a: np.array([a[0, 0], a[0, 1] * a[1, 0], 2.0]),
    lambda a: np.prod(a),
    lambda a: np.cumsum(a * a),
    lambda a: np.cumprod(a[0]),
    lambda a: np.trace(a @ a) * np.triu(a),
    lambda a: np.roll(a, 1, axis=0) * np.flip(a) * np.tile(a[0], (3, 1)),
    lambda a: a[[0, 2], 1:] * np.take(a, 1),
    lambda a: np.pad(a * a, 1),
    lambda a: np.exp(a).ravel()[::2],
    lambda a: a.copy().astype(a.dtype).flatten() * a.T.ravel(),
    lambda a: np.linalg.matrix_power(a, 3),
]


@pytest.mark.parametrize("f", OF_MATRICES, ids=range(len(OF_MATRICES)))
def test_arrays(f):
    found = zg.taylor(f, A0, 4, V0)
    np.testing.assert_array_equal(found[0], f(A0))
    close(found, along(f, A0, V0, 4), 1e-9)


def spread(a):
    apart = a - np.mean(a, axis=0)
    return np.mean(apart * apart, axis=0)


OF_REAL_MATRICES = [
    (lambda a: np.var(a, axis=0), spread),
    (lambda a: a.std(0, keepdims=True), lambda a: np.sqrt(spread(a))[None]),
    (lambda a: np.var(a, ddof=1), lambda a: np.sum((a - np.mean(a)) ** 2) / 8),
    (lambda a: np.linalg.norm(a), lambda a: np.sqrt(np.sum(a * a))),
    (lambda a: np.linalg.norm(a, axis=1), lambda a: np.sqrt(np.sum(a * a, axis=1))),
    (lambda a: np.linalg.norm(a, "fro"), lambda a: np.sqrt(np.sum(a * a))),
    (lambda a: np.where(a > 0.2, a * a, -a), lambda a: np.where(A0 > 0.2, a * a, -a)),
    (lambda a: np.abs(a) ** 3, lambda a: (np.sign(A0) * a) ** 3),
    (lambda a: np.max(a * a, axis=1), lambda a: (a * a)[[0, 1, 2], [0, 1, 2]]),
    (lambda a: np.sum(a * a, axis=0, initial=5.0), lambda a: np.sum(a * a, axis=0) + 5),
    (
        lambda a: np.clip(a * a, 0.05, 4.0),
        lambda a: np.where(A0**2 < 0.05, 0.05, np.where(A0**2 > 4, 4, a * a)),
    ),
    (
        lambda a: np.real(np.fft.fft(a)) ** 2,
        lambda a: (a @ np.cos(2 * np.pi / 3 * np.outer(range(3), range(3)))) ** 2,
    ),
    (lambda a: np.linalg.det(a - A0), lambda a: np.linalg.det(a - A0)),
    (lambda a: np.prod(a, axis=(0, 1), keepdims=True), lambda a: np.prod(a).reshape(1, 1)),
    (lambda a: np.cumprod(a, axis=1), lambda a: np.cumprod(a, axis=1)),
    (lambda a: np.linalg.solve(a, a), lambda a: 0 * a + np.eye(3)),
    (
        lambda a: np.linspace(a[0], a[1] ** 2, 3),
        lambda a: np.stack([a[0], (a[0] + a[1] ** 2) / 2, a[1] ** 2]),
    ),
    (
        lambda a: np.pad(a * a, 1, "edge"),
        lambda a: (a * a)[np.ix_([0, 0, 1, 2, 2], [0, 0, 1, 2, 2])],
    ),
]


@pytest.mark.parametrize(("f", "reference"), OF_REAL_MATRICES, ids=range(len(OF_REAL_MATRICES)))
def test_functions_of_real_arrays(f, reference):
    found = zg.taylor(f, A0, 4, V0)
    np.testing.assert_array_equal(found[0], f(A0))
    close(found, along(reference, A0, V0, 4), 1e-9)


def test_norms_at_zero():
    for f in (np.linalg.norm, np.std, lambda a: np.hypot(a[0], a[1])):
        np.testing.assert_array_equal(zg.taylor(f, np.zeros(2), 3, np.array([1.0, 2.0])), [0.0] * 4)


def test_what_solvers_find():
    from scipy.integrate import quad
    from scipy.optimize import brentq, fsolve

    root = coefficients(mpmath.sqrt, mpmath.mpf(2), 3)
    close(zg.taylor(lambda a: brentq(lambda t: t * t - a, 0.1, 4), 2.0, 3), root, 1e-9)
    found = zg.taylor(lambda a: fsolve(lambda t: t * t - a, np.array([1.0]))[0] * a, 2.0, 3)
    close(found, coefficients(lambda a: a * mpmath.sqrt(a), mpmath.mpf(2), 3), 1e-9)
    found = zg.taylor(lambda a: quad(lambda t: math.exp(-a * t), 0, 1)[0], 1.0, 3)
    close(found, coefficients(lambda a: (1 - mpmath.exp(-a)) / a, mpmath.mpf(1), 3))
    found = zg.gradient(
        lambda x: zg.taylor(lambda a: brentq(lambda t: t * t - a, 0.1, 4), x, 2)[2], 2.0
    )
    assert found[0] == pytest.approx(3 * root[3], rel=1e-8)
    y, (first, second) = zg.jet(
        lambda a, b: brentq(lambda t: t * t - a * b, 0.1, 4), (1.0, 2.0), ([1.0, 1.0], None)
    )
    expected = coefficients(lambda t: mpmath.sqrt(2 * (1 + t + t * t)), mpmath.mpf(0), 2)
    close([y, first, second], expected, 1e-9)


def test_functions_without_a_recurrence():
    found = zg.taylor(lambda a: np.linalg.eigvalsh(a + a.T), A0, 3, V0)
    h = 1e-3
    values = [
        np.linalg.eigvalsh((A0 + t * V0) + (A0 + t * V0).T) for t in (-2 * h, -h, 0.0, h, 2 * h)
    ]
    second = (-values[0] + 16 * values[1] - 30 * values[2] + 16 * values[3] - values[4]) / (
        24 * h * h
    )
    np.testing.assert_allclose(found[2], second, atol=1e-7)
    found = zg.taylor(lambda a: np.max(a, axis=0) + np.sort(a, axis=0)[1] + np.median(a), A0, 2, V0)
    np.testing.assert_allclose(
        found[1], V0[[0, 1, 2], [0, 1, 2]] + V0[[2, 0, 0], [0, 1, 2]] + V0[0, 1], rtol=1e-12
    )
    np.testing.assert_array_equal(found[2], np.zeros(3))


def test_memory_that_is_used_again():
    """C code fills a new array where another one was that a rule was given: nobody keeps that."""
    signal = pytest.importorskip("scipy.signal")
    x, v = np.arange(1.0, 5.0).reshape(2, 2), np.ones((2, 2))
    for _ in range(20):
        found = zg.taylor(lambda a: signal.convolve2d(a * a, v), x, 2, v)
        for d, dy in enumerate([x * x, 2 * x, v]):
            np.testing.assert_allclose(found[d], signal.convolve2d(dy, v), rtol=1e-13)
