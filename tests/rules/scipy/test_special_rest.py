"""Sequences of functions, characteristic values, parameters of polynomials, nodes of quadrature."""

import mpmath
import numpy as np
import pytest
import scipy
import scipy.special as sc

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

ONCE = {"second": False, "single": False, "rtol": 1e-6}
SEQUENCES = {
    "lqn": lambda x: sc.lqn(3, x / 3),
    "lqn of an array": lambda x: sc.lqn(2, np.stack([x / 3, x / 4])),
    "lqn beyond 1": lambda x: sc.lqn(3, 1.7 * x),
    "lqmn": lambda x: sc.lqmn(2, 3, x / 3),
    "lqmn of an array": lambda x: sc.lqmn(1, 3, np.stack([x / 3, x / 4])),
    "riccati_jn": lambda x: sc.riccati_jn(3, x),
    "riccati_yn": lambda x: sc.riccati_yn(3, x),
    "lmbda": lambda x: sc.lmbda(2, x),
    "lmbda of a fraction": lambda x: sc.lmbda(2.3, x),
    "pbdv_seq": lambda x: sc.pbdv_seq(2.5, x),
    "pbvv_seq": lambda x: sc.pbvv_seq(2.5, x),
    "sph_harm_y_all": lambda x: np.abs(sc.sph_harm_y_all(3, 2, x, 0.3)) ** 2,
    "pro_cv_seq": lambda x: sc.pro_cv_seq(1, 3, x),
    "obl_cv_seq": lambda x: sc.obl_cv_seq(0, 2, x),
}

if tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 17):
    # they write beyond their memory there
    del SEQUENCES["pro_cv_seq"], SEQUENCES["obl_cv_seq"]


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences(name):
    check_adjoint(SEQUENCES[name], 1.1, **ONCE)


def test_harmonics_of_all_orders():
    f = lambda t, p: sc.sph_harm_y_all(3, 2, t, p)
    check_adjoint(f, np.array([0.5, 1.2]), np.array([0.3, -0.7]), **ONCE)


def test_sequences_of_complex_numbers():
    z = 0.4 + 0.3j
    check_adjoint(lambda z: sc.lqn(3, z), z, **ONCE)
    check_adjoint(lambda x: sc.pbdn_seq(3, x)[0].real, 0.4, **ONCE)
    with pytest.raises(AdjointError, match="complex"):
        zg.gradient(lambda z: np.real(sc.pbdn_seq(3, z)[0][2]), z)


def test_orders_of_sequences_are_errors():
    for f in (lambda v: sc.lmbda(v, 1.1)[0][1], lambda v: sc.pbdv_seq(v, 1.1)[0][1]):
        with pytest.raises(AdjointError, match="order"):
            zg.gradient(f, 2.3)
    with pytest.raises(AdjointError, match="negative"):
        zg.gradient(lambda x: sc.pbdv_seq(-2.5, x)[0][0], 1.1)


def test_characteristic_values_for_small_parameters():
    """DLMF 28.6: ``a(0) = -q^2/2``, ``a(1) = 1 + q``, ``b(1) = 1 - q``, ``a(2) = 4 + 5 q^2/12``."""
    q = 1e-3
    slope = lambda f, m: zg.gradient(lambda q: f(m, q), q)[0]
    assert slope(sc.mathieu_a, 0) == pytest.approx(-q, rel=1e-5)
    assert slope(sc.mathieu_a, 1) == pytest.approx(1 - q / 4, rel=1e-6)
    assert slope(sc.mathieu_b, 1) == pytest.approx(-1 - q / 4, rel=1e-6)
    assert slope(sc.mathieu_a, 2) == pytest.approx(5 * q / 6, rel=1e-4)
    assert zg.gradient(lambda c: sc.pro_cv(0, 0, c), 1e-2)[0] == pytest.approx(2e-2 / 3, rel=1e-4)
    with pytest.raises(AdjointError, match="eigenfunction"):
        zg.gradient(lambda q: zg.gradient(lambda q: sc.mathieu_a(2, q), q)[0], 0.7)


# --------------------------------------------------------------- parameters, quadrature


@pytest.mark.parametrize("parameters", [(-0.5, -0.5), (0.0, 0.0), (0.3, -0.9), (2.0, 0.7)])
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_jacobi_polynomials(n, parameters):
    """Also where their sum makes terms of the formula vanish."""
    for i in range(2):
        at = lambda p, i=i: mpmath.jacobi(n, *parameters[:i], p, *parameters[i + 1 :], 0.3)
        with mpmath.workdps(30):
            known = float(mpmath.diff(at, parameters[i]))
        f = lambda p, i=i: sc.eval_jacobi(n, *parameters[:i], p, *parameters[i + 1 :], 0.3)
        assert zg.gradient(f, parameters[i])[0] == pytest.approx(known, rel=1e-11, abs=1e-14)


def test_gegenbauer_polynomials_at_zero():
    for n in range(4):
        got = zg.gradient(lambda a, n=n: sc.eval_gegenbauer(n, a, 0.3), 0.0)[0]
        assert got == pytest.approx(0.0 if n == 0 else 2 / n * sc.eval_chebyt(n, 0.3))


def test_degrees_that_are_not_whole_are_errors():
    for f in (
        lambda a: sc.eval_jacobi(1.5, a, 0.2, 0.3),
        lambda a: sc.eval_genlaguerre(1.5, a, 0.3),
        lambda a: sc.eval_gegenbauer(1.5, a, 0.3),
    ):
        with pytest.raises(AdjointError, match="whole"):
            zg.gradient(f, 0.7)


NODES = {
    "jacobi": (lambda a, b: sc.roots_jacobi(4, a, b, True), [(0.3, 1.2), (0.5, 0.5), (0.0, 0.0)]),
    "sh_jacobi": (lambda p, q: sc.roots_sh_jacobi(3, p, q), [(2.5, 1.2), (1.0, 1.0)]),
    "gegenbauer": (lambda a: sc.roots_gegenbauer(4, a, True), [(0.7,), (0.5,), (1.0,), (-0.3,)]),
    "genlaguerre": (lambda a: sc.roots_genlaguerre(4, a, True), [(0.7,), (0.0,)]),
    "genlaguerre of one": (lambda a: sc.roots_genlaguerre(1, a), [(0.7,)]),
}


@pytest.mark.parametrize("name", NODES)
def test_nodes_and_weights(name):
    """Also for parameters that SciPy sees to in other ways."""
    f, points = NODES[name]
    for point in points:
        check_adjoint(f, *point, rtol=1e-6)


def test_integrals_depend_on_parameters_as_the_weight_does():
    def integral(a):
        x, w = sc.roots_genlaguerre(6, a)
        return np.sum(w * x**2)

    assert zg.gradient(integral, 0.7)[0] == pytest.approx(sc.gamma(3.7) * sc.digamma(3.7))
