"""Minima have the derivatives that their conditions of optimality give them.

The quadratic form ``x A x / 2 - b x`` has its minimum at ``A^-1 b``, so its derivatives are known.
"""

import math

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError

scipy = pytest.importorskip("scipy")
optimize = pytest.importorskip("scipy.optimize")

#: how a generator of random numbers is given to this SciPy
RNG = {"rng" if tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 15) else "seed": 1}

A = np.array([[3.0, 1.0], [1.0, 2.0]])
INVERSE = np.linalg.inv(A)
B = np.array([1.0, -0.5])


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


def form(x, b):
    return 0.5 * np.dot(x, A @ x) - np.dot(b, x)


def quartic(x, k):
    """Its minimum solves ``2 (x - k) + 4 x**3 = 0``."""
    return (x[0] - k) ** 2 + x[0] ** 4


def quartic_slope(x):
    return 2.0 / (2.0 + 12.0 * x * x)


METHODS = [
    "Nelder-Mead", "Powell", "CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "COBYLA", "SLSQP",
    "trust-constr", "dogleg", "trust-ncg", "trust-exact", "trust-krylov",
]  # fmt: skip
#: what trust-constr warns of, with and without zygcore
QUIET = pytest.mark.filterwarnings("ignore:(Singular Jacobian|delta_grad == 0):UserWarning")
NEED = {"Newton-CG", "dogleg", "trust-ncg", "trust-exact", "trust-krylov"}


@pytest.mark.parametrize("method", METHODS)
def test_every_method(method):
    extra = {}
    if method in NEED:
        extra = {"jac": lambda x, b: A @ x - b, "hess": lambda x, b: A}

    def find(b):
        return optimize.minimize(form, [0.1, 0.1], args=(b,), method=method, **extra)

    y, back = zg.pullback(lambda b: find(b).x, B)
    np.testing.assert_array_equal(y, find(B).x)
    for row in np.eye(2):
        np.testing.assert_allclose(back(row)[0], INVERSE @ row, rtol=1e-12)
    y, back = zg.pullback(lambda b: find(b).fun, B)
    assert y == find(B).fun
    np.testing.assert_allclose(back(1.0)[0], -find(B).x, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        zg.jacobian(lambda b: grad(lambda b: np.sum(find(b).x ** 2))(b), B)[0],
        2 * INVERSE @ INVERSE, rtol=1e-10,
    )  # fmt: skip


def test_parameters_that_are_captured():
    def find(k):
        return optimize.minimize(lambda x: quartic(x, k), [0.0], tol=1e-10).x[0]

    x = find(1.3)
    assert grad(find)(1.3) == pytest.approx(quartic_slope(x), rel=1e-12)
    # x' = 1 / (1 + 6 x^2), so x'' = -12 x x'^3
    assert grad(grad(find))(1.3) == pytest.approx(-12 * x * quartic_slope(x) ** 3, rel=1e-10)


def test_objective_with_its_gradient():
    def find(b):
        f = lambda x: (form(x, b), A @ x - b)
        return optimize.minimize(f, [0.1, 0.1], jac=True).x

    np.testing.assert_allclose(zg.jacobian(find, B)[0], INVERSE, rtol=1e-12)


def test_the_starting_point_is_a_constant():
    def find(start):
        return optimize.minimize(form, start, args=(B,)).x[0]

    assert grad(find)(np.array([0.1, 0.2])) is None


def test_what_else_is_reported():
    find = lambda b: optimize.minimize(form, [0.1, 0.1], args=(b,))
    assert grad(lambda b: find(b).nit * b[0])(B)[0] == find(B).nit
    with pytest.raises(AdjointError, match="reports"):
        grad(lambda b: np.sum(find(b).hess_inv))(B)


def test_reports_that_are_objects():
    find = lambda b: optimize.minimize(form, [0.1, 0.1], args=(b,), method="L-BFGS-B")
    with pytest.raises(AdjointError, match="reports"):
        grad(lambda b: np.sum(find(b).hess_inv @ b))(B)


def test_number_of_calls():
    calls = []

    def find(b):
        def f(x):
            calls.append(1)
            return form(x, b)

        return optimize.minimize(f, [0.1, 0.1])

    plain = find(B)
    assert len(calls) == plain.nfev
    calls.clear()
    zg.gradient(lambda b: find(b).fun, B)
    # at the start; the value, its slope, the Hessian and the value at the solution
    assert len(calls) == plain.nfev + 5


def test_flat_minimum():
    with pytest.raises(AdjointError, match="singular"):
        grad(lambda k: optimize.minimize(lambda x: (x[0] - x[1] - k) ** 2, [0.0, 0.0]).x[0])(1.0)


def test_an_objective_that_writes_into_arrays():
    def find(k):
        def f(x):
            terms = np.empty(2)
            terms[0], terms[1] = (x[0] - k) ** 2, x[0] ** 4
            return np.sum(terms)

        return optimize.minimize(f, [0.0]).x[0]

    x = find(1.3)
    assert grad(find)(1.3) == pytest.approx(2 / (2 + 12 * x * x), rel=1e-6)


# -------------------------------------------------------------------------- conditions


@QUIET
@pytest.mark.parametrize("method", ["L-BFGS-B", "TNC", "SLSQP", "trust-constr"])
def test_bounds(method):
    """At a bound the solution is the bound, and the other unknown is free."""

    def find(b, upper):
        bounds = [(None, upper), (None, None)]
        return optimize.minimize(form, [-0.1, 0.1], (b,), method, bounds=bounds, tol=1e-12)

    assert (INVERSE @ B)[0] > 0.2
    for row, by_b, by_upper in [(0, [0.0, 0.0], 1.0), (1, [0.0, 0.5], -0.5)]:
        db, dupper = zg.gradient(lambda b, u, row=row: find(b, u).x[row], B, 0.2)
        np.testing.assert_allclose(db, by_b, atol=1e-12)
        assert dupper == pytest.approx(by_upper)
    free = zg.jacobian(lambda b: find(b, 5.0).x, B)[0]
    np.testing.assert_allclose(free, INVERSE, rtol=1e-9)


def test_kinds_of_bounds():
    for bounds in (
        lambda k: optimize.Bounds([k, -5.0], [9.0, 5.0]),
        lambda k: [(k, 9.0), (-5.0, 5.0)],
        lambda k: [(k, None), (None, None)],
    ):
        find = lambda k, bounds=bounds: (
            optimize.minimize(form, [2.0, 0.0], (B,), "L-BFGS-B", bounds=bounds(k)).x
        )
        np.testing.assert_allclose(zg.jacobian(find, 1.0)[0], [1.0, -0.5], rtol=1e-12)


CONSTRAINTS = {
    "dict": lambda k: {"type": "eq", "fun": lambda x: x[0] + 2 * x[1] - k},
    "dict with args": lambda k: [
        {"type": "eq", "fun": lambda x, k: [x[0] + 2 * x[1] - k], "args": (k,)}
    ],
    "inequality": lambda k: {"type": "ineq", "fun": lambda x: x[0] + 2 * x[1] - k},
    "linear": lambda k: optimize.LinearConstraint([[1.0, 2.0]], k, k),
    "nonlinear": lambda k: optimize.NonlinearConstraint(
        lambda x: (x[0] + 2 * x[1]) ** 3, k**3, np.inf
    ),
    "twice": lambda k: [
        {"type": "eq", "fun": lambda x: x[0] + 2 * x[1] - k},
        {"type": "eq", "fun": lambda x: 2 * x[0] + 4 * x[1] - 2 * k},
    ],
    "and one that is inactive": lambda k: [
        {"type": "eq", "fun": lambda x: x[0] + 2 * x[1] - k},
        {"type": "ineq", "fun": lambda x: 100.0 * k - x[0]},
    ],
}


@QUIET
@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraints(name):
    """Under ``c x = k`` it is ``A^-1 (b + c m)`` with ``m = (k - c A^-1 b) / c A^-1 c``."""
    c, k = np.array([1.0, 2.0]), 1.5
    method = "trust-constr" if name == "twice" else "SLSQP"

    def find(b, k):
        return optimize.minimize(
            form, [0.6, 0.5], (b,), method, constraints=CONSTRAINTS[name](k), tol=1e-12
        ).x

    by_k = INVERSE @ c / (c @ INVERSE @ c)
    by_b = INVERSE - np.outer(by_k, c @ INVERSE)
    db, dk = zg.jacobian(find, B, k)
    np.testing.assert_allclose(dk, by_k, rtol=1e-6)
    np.testing.assert_allclose(db, by_b, rtol=1e-6, atol=1e-7)


def test_constraints_of_second_order():
    """The nearest point to the origin on ``x y = k`` is ``(sqrt k, sqrt k)``."""

    def find(k):
        constraint = {"type": "eq", "fun": lambda x: x[0] * x[1] - k}
        objective = lambda x: np.sum(x * x)
        return optimize.minimize(objective, [1.0, 2.0], constraints=constraint, tol=1e-14).x[0]

    assert grad(find)(2.0) == pytest.approx(0.5 * 2**-0.5, rel=1e-6)
    assert grad(grad(find))(2.0) == pytest.approx(-0.25 * 2**-1.5, rel=1e-6)


# -------------------------------------------------------------------------- one unknown


@pytest.mark.parametrize(
    "find",
    [
        lambda k: optimize.minimize_scalar(lambda x: quartic([x], k)).x,
        lambda k: optimize.minimize_scalar(lambda x, k: quartic([x], k), args=(k,)).x,
        lambda k: optimize.minimize_scalar(lambda x: quartic([x], k), method="golden").x,
        lambda k: optimize.minimize_scalar(lambda x: quartic([x], k), bounds=(-9, 9)).x,
        lambda k: optimize.brent(lambda x: quartic([x], k)),
        lambda k: optimize.brent(lambda x, k: quartic([x], k), (k,), full_output=True)[0],
        lambda k: optimize.golden(lambda x: quartic([x], k)),
        lambda k: optimize.fminbound(lambda x: quartic([x], k), -9, 9),
    ],
)
def test_functions_of_a_number(find):
    y, back = zg.pullback(find, 1.3)
    assert y == find(1.3) and type(y) is type(find(1.3))
    assert back(1.0)[0] == pytest.approx(quartic_slope(y), rel=1e-12)
    assert grad(grad(find))(1.3) == pytest.approx(-12 * y * quartic_slope(y) ** 3, rel=1e-10)


def test_minimum_of_a_number_at_a_bound():
    find = lambda k: optimize.minimize_scalar(lambda x: quartic([x], 1.3), bounds=(k, 9.0))
    k = 1.0
    assert grad(lambda k: find(k).x)(k) == pytest.approx(1.0)
    assert grad(lambda k: find(k).fun)(k) == pytest.approx(2 * (k - 1.3) + 4 * k**3, rel=1e-4)


# ------------------------------------------------------------------ the other functions

OLDER = {
    "fmin": lambda k: optimize.fmin(quartic, [0.1], (k,), disp=False),
    "fmin_powell": lambda k: np.ravel(optimize.fmin_powell(quartic, [0.1], args=(k,), disp=False)),
    "fmin_cg": lambda k: optimize.fmin_cg(quartic, [0.1], args=(k,), disp=False),
    "fmin_bfgs": lambda k: optimize.fmin_bfgs(quartic, [0.1], None, (k,), disp=False),
    "fmin_ncg": lambda k: optimize.fmin_ncg(
        quartic, [0.1], lambda x, k: 2 * (x - k) + 4 * x**3, args=(k,), disp=False
    ),
    "fmin_l_bfgs_b": lambda k: optimize.fmin_l_bfgs_b(quartic, [0.1], None, (k,), 1)[0],
    "fmin_tnc": lambda k: optimize.fmin_tnc(
        quartic, [0.1], args=(k,), approx_grad=True, messages=0
    )[0],
    "fmin_slsqp": lambda k: optimize.fmin_slsqp(quartic, [0.1], args=(k,), iprint=0),
    "fmin_cobyla": lambda k: optimize.fmin_cobyla(
        quartic, [0.1], [lambda x, k: 9.0 - x[0]], args=(k,), rhoend=1e-6
    ),
    "basinhopping": lambda k: (
        optimize.basinhopping(quartic, [0.1], niter=2, minimizer_kwargs={"args": (k,)}, **RNG).x
    ),
    "differential_evolution": lambda k: (
        optimize.differential_evolution(quartic, [(-3, 3)], (k,), **RNG, maxiter=5).x
    ),
    "dual_annealing": lambda k: (
        optimize.dual_annealing(quartic, [(-3, 3)], (k,), **RNG, maxiter=5).x
    ),
    "shgo": lambda k: optimize.shgo(quartic, [(-3, 3)], (k,)).x,
    "shgo without bounds": lambda k: optimize.shgo(quartic, [(None, None)], (k,)).x,
    "direct": lambda k: optimize.direct(quartic, [(-3, 3)], args=(k,)).x,
}


@pytest.mark.parametrize("name", OLDER)
def test_older_functions_and_global_searches(name):
    find = lambda k: OLDER[name](k)[0]
    y, back = zg.pullback(find, 1.3)
    assert y == find(1.3)
    assert back(1.0)[0] == pytest.approx(quartic_slope(y), rel=1e-9)


def test_full_output_of_the_older_functions():
    def value(k):
        x, y, *counts = optimize.fmin(quartic, [0.1], (k,), full_output=True, disp=False)
        assert counts[-1] == 0
        return y

    x = OLDER["fmin"](1.3)[0]
    assert grad(value)(1.3) == pytest.approx(-2 * (x - 1.3), rel=1e-3)


def test_equality_by_fmin_slsqp():
    def find(k):
        return optimize.fmin_slsqp(
            lambda x: np.sum(x * x), [1.0, 2.0], eqcons=[lambda x: x[0] * x[1] - k],
            acc=1e-14, iprint=0,
        )[1]  # fmt: skip

    assert grad(find)(2.0) == pytest.approx(0.5 * 2**-0.5, rel=1e-6)


# ------------------------------------------------------------------------ least squares

T = np.linspace(0.0, 2.0, 15)
DATA = 2.0 * np.exp(-1.3 * T) + 0.1 * np.sin(20 * T)


def slope(f, x, h=2e-2):  # solutions are exact to 1e-8
    return (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)


@pytest.mark.parametrize("loss", ["linear", "huber", "soft_l1", "cauchy", "arctan"])
def test_least_squares(loss):
    """Differences of solutions that are exact to many digits."""

    def find(k):
        def residuals(p):
            return p[0] * np.exp(-p[1] * T) - k * DATA

        def jac(p):
            return np.stack([np.exp(-p[1] * T), -p[0] * T * np.exp(-p[1] * T)], axis=1)

        return optimize.least_squares(
            residuals, [2.2, 1.4], jac, loss=loss, f_scale=0.15, xtol=1e-15, ftol=None, gtol=1e-14
        )

    for f in (
        lambda k: find(k).x[0],
        lambda k: find(k).x[1],
        lambda k: find(k).cost,
        lambda k: find(k).fun[3],
    ):
        y, back = zg.pullback(f, 1.1)
        assert y == f(1.1)
        assert back(1.0)[0] == pytest.approx(slope(f, 1.1), rel=1e-5, abs=2e-6)


def test_least_squares_of_a_linear_model():
    """The solution is ``pinv(M) d``; bounds cut it off."""
    M = np.stack([np.ones(15), T], axis=1)

    def find(d, bounds=(-np.inf, np.inf)):
        return optimize.least_squares(lambda p, d: M @ p - d, [0.1, 0.1], bounds=bounds, args=(d,))

    (jac,) = zg.jacobian(lambda d: find(d).x, DATA)
    np.testing.assert_allclose(jac, np.linalg.pinv(M), rtol=1e-9, atol=1e-12)
    limit = find(DATA).x[0] - 0.2
    for bounds in (
        lambda k: ([-np.inf, -np.inf], [k, np.inf]),
        lambda k: optimize.Bounds([-9.0, -9.0], [k, 9.0]),
    ):
        (dk,) = zg.jacobian(lambda k, bounds=bounds: find(DATA, bounds(k)).x, limit)
        np.testing.assert_allclose(dk, [1.0, -np.sum(T) / np.sum(T * T)], rtol=1e-6)
    with pytest.raises(AdjointError, match="reports"):
        grad(lambda d: np.sum(find(d).jac))(DATA)


def test_leastsq():
    M = np.stack([np.ones(15), T], axis=1)
    find = lambda d: optimize.leastsq(lambda p, d: M @ p - d, [0.1, 0.1], args=(d,))[0]
    (jac,) = zg.jacobian(find, DATA)
    np.testing.assert_allclose(jac, np.linalg.pinv(M), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"bounds": ([-9, -9], [9, 9])}, {"method": "dogbox"}])
def test_curve_fit(options):
    def find(data, weights):
        model = lambda t, a, b: a + b * t
        return optimize.curve_fit(model, T, data, [0.1, 0.1], sigma=1 / weights, **options)[0]

    weights = 1.0 + T
    W = np.diag(weights**2)
    M = np.stack([np.ones(15), T], axis=1)
    solve = np.linalg.inv(M.T @ W @ M) @ M.T @ W
    by_data, by_weights = zg.jacobian(find, DATA, weights)
    np.testing.assert_allclose(by_data, solve, rtol=1e-6, atol=1e-8)
    residual = DATA - M @ (solve @ DATA)
    expected = np.linalg.inv(M.T @ W @ M) @ M.T * (2 * weights * residual)
    np.testing.assert_allclose(by_weights, expected, rtol=1e-5, atol=1e-7)


def test_curve_fit_of_a_model_that_captures():
    def rate(k):
        model = lambda t, a, b: a * np.exp(-b * k * t)
        return optimize.curve_fit(model, T, DATA, [2.0, 1.0])[0][1]

    assert grad(rate)(1.2) == pytest.approx(-rate(1.2) / 1.2, rel=1e-6)


def test_residuals_of_curve_fit():
    """The memory of the residuals is that of an array that the user's function returned."""
    t = np.arange(5.0)

    def residual(k):
        report = optimize.curve_fit(lambda t, a: a * t, t, k * t**2, full_output=True)[2]
        return report["fvec"][1]

    # a = k sum(t**3) / sum(t**2)
    assert grad(residual)(1.3) == pytest.approx(np.sum(t**3) / np.sum(t**2) - 1, rel=1e-9)


def test_covariances_are_errors():
    def spread(k):
        return optimize.curve_fit(lambda t, a: a * t, T, k * DATA)[1][0, 0]

    assert math.isfinite(spread(1.0))
    with pytest.raises(AdjointError, match="reports"):
        grad(spread)(1.0)
