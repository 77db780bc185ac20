"""Linear programs, least squares under bounds, isotonic regression: against closed forms."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy import optimize

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

ONCE = {"layouts": False, "single": False}
C, A = np.array([-1.0, -2.0]), np.array([[1.0, 1.0], [0.3, 2.0]])
B = np.array([4.0, 3.0])


def vertex(c, a, b):
    found = optimize.linprog(c, A_ub=a, b_ub=b)
    return found.x, found.fun


def test_vertex_of_a_linear_program():
    """Both constraints hold with equality: ``x = inv(a) b``."""
    check_adjoint(vertex, C, A, B, **ONCE)
    weights = np.array([0.7, -1.3])
    got = zg.gradient(lambda a, b: weights @ vertex(C, a, b)[0], A, B)
    known = zg.gradient(lambda a, b: weights @ np.linalg.inv(a) @ b, A, B)
    for g, k in zip(got, known, strict=True):
        np.testing.assert_allclose(g, k, rtol=1e-9)
    multipliers = optimize.linprog(C, A_ub=A, b_ub=B).ineqlin.marginals
    np.testing.assert_allclose(zg.gradient(lambda b: vertex(C, A, b)[1], B)[0], multipliers)


def test_equations_and_bounds():
    def f(c, a, b, high):
        found = optimize.linprog(c, A_eq=a, b_eq=b, bounds=[(0, None), (0.1, high), (None, 2)])
        return found.x, found.fun

    check_adjoint(f, np.array([1.0, -2.0, 0.3]), np.array([[1.0, 1.0, 1.0]]), np.array([2.5]), 1.4,
                  **ONCE)  # fmt: skip
    check_adjoint(lambda b: optimize.linprog(C, sp.csr_array(A), b).x, B, **ONCE)
    one = lambda t: optimize.linprog([-1.0, -1.0], bounds=(0, t)).x
    check_adjoint(one, 1.5, single=False)


def test_where_too_many_constraints_meet():
    """The value has a derivative, by multipliers; the vertex has none, nor has the value a next."""
    rows, right = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([1.0, 1.0, 2.0])
    value = lambda c: optimize.linprog(c, rows, right).fun
    np.testing.assert_allclose(zg.gradient(value, C)[0], [1.0, 1.0])
    with pytest.raises(AdjointError, match="vertex"):
        zg.gradient(lambda b: optimize.linprog(C, rows, b).x[0], right)
    with pytest.raises(AdjointError, match="vertex"):
        zg.gradient(lambda c: zg.gradient(value, c)[0][0], C)
    with pytest.raises(AdjointError, match="report"):
        zg.gradient(lambda b: optimize.linprog(C, A, b).slack[0], B)


def test_transport_of_masses():
    """Of a degenerate program: the costs of what is moved."""
    import scipy.stats as st

    x, y = np.array([[0.0, 0.0], [1.0, 0.2]]), np.array([[0.1, 1.0], [1.3, 0.9]])
    known = lambda x: np.mean(np.linalg.norm(x - y, axis=1))
    assert st.wasserstein_distance_nd(x, y) == pytest.approx(known(x))
    got = zg.gradient(lambda x: st.wasserstein_distance_nd(x, y), x)[0]
    np.testing.assert_allclose(got, zg.gradient(known, x)[0], rtol=1e-8)


def test_integer_programs():
    bounds, limit = optimize.Bounds(0, 3), optimize.LinearConstraint([[1.0, 1.0]], ub=4.5)
    options = {"bounds": bounds, "constraints": limit}
    f = lambda c: optimize.milp(c, integrality=[1, 1], **options).fun
    dc = zg.gradient(f, C)[0]
    assert dc.tolist() == [1.0, 3.0]
    with pytest.raises(AdjointError, match="vertex"):
        zg.gradient(lambda c: optimize.milp(c, integrality=[1, 0], **options).fun, C)
    with pytest.raises(AdjointError, match="vertex"):
        zg.gradient(lambda b: optimize.linprog(C, A, b, integrality=[1, 0]).fun, B)


def test_programs_of_milp_without_whole_numbers():
    def f(c, a, low, high):
        limits = [
            optimize.LinearConstraint(a[:1], high, high),
            optimize.LinearConstraint(a[1:], low),
        ]
        found = optimize.milp(c, constraints=limits, bounds=optimize.Bounds(-3, 3))
        return found.x, found.fun

    check_adjoint(f, C, A, -2.0, 1.5, single=False, layouts=False)
    check_adjoint(lambda c: optimize.milp(c, bounds=(-3, 3)).fun, C, single=False)


def test_assignments_are_constant():
    costs = np.array([[4.0, 1.0], [2.0, 3.0]])

    def f(costs):
        rows, columns = optimize.linear_sum_assignment(costs)
        return costs[rows, columns].sum()

    assert zg.gradient(f, costs)[0].tolist() == [[0, 1], [1, 0]]


M = np.array([[1.0, 0.3, -0.2], [0.4, -1.2, 0.7], [0.1, 0.5, 1.3], [-0.6, 0.2, 0.9]])
R = np.array([1.0, -2.0, 0.3, 1.5])


def test_nonnegative_least_squares():
    for b in (M @ np.array([1.0, 2.0, 0.5]) + 0.1 * R, M @ np.array([1.0, -2.0, 0.5]) + 0.1 * R):
        assert np.any(optimize.nnls(M, b)[0] == 0) == (b @ M[:, 1] < 0)
        check_adjoint(optimize.nnls, M, b, rtol=1e-6, **ONCE)
    zero = zg.gradient(lambda b: np.sum(optimize.nnls(M[:, :1], b)[0]), -M[:, 0] * 2.0)[0]
    assert not np.any(zero)


@pytest.mark.parametrize("method", ["trf", "bvls"])
def test_least_squares_under_bounds(method):
    def f(a, b, low, high):
        found = optimize.lsq_linear(a, b, (low, high), method, tol=1e-14)
        return found.x, found.fun, found.cost

    low, high = np.array([-0.2, -0.1, -0.3]), np.array([0.4, 0.5, 0.6])
    active = optimize.lsq_linear(M, R, (low, high), "bvls").active_mask
    assert np.any(active) and not np.all(active)
    value, back = zg.pullback(f, M, R, low, high)
    plain = f(M, R, low, high)
    assert all(np.array_equal(v, p) for v, p in zip(value, plain, strict=True))
    free, bound = np.flatnonzero(active == 0), np.flatnonzero(active)

    def known(a, b, low, high):
        fixed = np.where(active > 0, high, low)[bound]
        chosen = np.linalg.lstsq(a[:, free], b - a[:, bound] @ fixed)[0]
        x = np.concatenate([chosen, fixed])[np.argsort(np.concatenate([free, bound]))]
        return x, a @ x - b, 0.5 * np.sum((a @ x - b) ** 2)

    dy = (np.array([0.3, -0.7, 1.1]), np.cos(np.arange(4.0)), 0.4)
    wanted = zg.pullback(known, M, R, low, high)[1](dy)
    for g, w in zip(back(dy), wanted, strict=True):
        np.testing.assert_allclose(np.zeros(3) if g is None else g, w, rtol=1e-6, atol=1e-9)
    with pytest.raises(UnsupportedError, match="LinearOperator"):
        from scipy.sparse.linalg import aslinearoperator

        zg.gradient(lambda b: optimize.lsq_linear(aslinearoperator(M), b).cost, R)


@pytest.mark.parametrize("increasing", [True, False])
def test_isotonic_regression(increasing):
    y, w = np.array([1.0, 3.0, 2.0, 2.4, 5.0, 0.3]), np.array([1.0, 2.0, 0.5, 1.0, 0.7, 1.3])

    def f(y, w):
        found = optimize.isotonic_regression(y, weights=w, increasing=increasing)
        return found.x, found.weights

    check_adjoint(f, y, w, **ONCE)
    check_adjoint(lambda y: optimize.isotonic_regression(y, increasing=increasing).x, y, **ONCE)
