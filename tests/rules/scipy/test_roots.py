"""Roots have the derivatives that the implicit function theorem gives them."""

import math

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

optimize = pytest.importorskip("scipy.optimize")


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


BRACKETING = ["brentq", "brenth", "ridder", "bisect", "toms748"]


@pytest.mark.parametrize("name", BRACKETING)
def test_square_root(name):
    def root(k):
        return getattr(optimize, name)(lambda y: y * y - k, 0.0, 3.0, xtol=1e-14)

    assert zg.pullback(root, 2.0)[0] == root(2.0)
    assert grad(root)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-12)
    assert grad(grad(root))(2.0) == pytest.approx(-0.25 * 2.0**-1.5, rel=1e-11)
    assert grad(grad(grad(root)))(2.0) == pytest.approx(3 / 8 * 2.0**-2.5, rel=1e-11)


@pytest.mark.parametrize("name", BRACKETING)
def test_by_args_and_full_output(name):
    def root(k, c):
        x, report = getattr(optimize, name)(
            lambda y, k, c: y**3 + k * y - c, 0.0, 3.0, args=(k, c), xtol=1e-14, full_output=True
        )
        assert report.converged and report.root == x
        return x * report.root

    check_adjoint(root, 2.0, 5.0, atol=1e-9)
    (dk, dc) = zg.gradient(root, 2.0, 5.0)
    x = math.sqrt(root(2.0, 5.0))
    assert dk == pytest.approx(-2 * x * x / (3 * x * x + 2), rel=1e-10)
    assert dc == pytest.approx(2 * x / (3 * x * x + 2), rel=1e-10)


def test_one_argument_needs_no_tuple():
    assert grad(lambda k: optimize.brentq(lambda y, k: y * y - k, 0, 3, args=k))(
        2.0
    ) == pytest.approx(0.5 / math.sqrt(2.0))


class Model:
    def __init__(self, k):
        self.k = k

    def residual(self, y):
        return y * y - self.k


CONSTANTS = [2.0]


def by_global(y):
    return y * y - CONSTANTS[0]


def test_whatever_the_function_captures():
    model = Model(2.0)
    slope = 0.5 / math.sqrt(2.0)
    d = grad(lambda m: optimize.brentq(m.residual, 0.0, 3.0))(model)
    assert d.k == pytest.approx(slope)
    d = grad(lambda m: optimize.brentq(lambda y: m.residual(y), 0.0, 3.0))(model)
    assert d.k == pytest.approx(slope)
    d = grad(lambda ks: optimize.brentq(lambda y: y * y - ks["k"][0], 0.0, 3.0))({"k": [2.0]})
    assert d["k"][0] == pytest.approx(slope)

    def by_a_global(k):
        CONSTANTS[0] = k
        try:
            return optimize.brentq(by_global, 0.0, 3.0)
        finally:
            CONSTANTS[0] = 2.0

    assert grad(by_a_global)(2.0) == pytest.approx(slope)
    assert grad(grad(by_a_global))(2.0) == pytest.approx(-0.25 * 2.0**-1.5)


def test_calls_of_the_function():
    """One where the search starts and three at the solution more than in a plain call."""
    seen = []

    def root(k):
        seen.clear()

        def f(y):
            seen.append(float(y))
            return y * y - k

        return optimize.brentq(f, 0.0, 3.0)

    x = root(2.0)
    plain = list(seen)
    grad(root)(2.0)
    assert seen == [0.0, *plain, x, x, x]


def test_what_the_function_stores_at_the_solution():
    def last(k):
        values = []

        def f(y):
            values.append(k * y)
            return y * y - k

        optimize.brentq(f, 0.0, 3.0)
        return values[-1]

    assert grad(last)(2.0) == pytest.approx(1.5 * math.sqrt(2.0))


def test_what_the_function_makes_once():
    class Lazy:
        def __init__(self, k):
            self.k, self.twice = k, None

        def __call__(self, y):
            if self.twice is None:
                self.twice = 2.0 * self.k
            return y * y - self.twice

    assert grad(lambda k: optimize.brentq(Lazy(k), 0.0, 3.0))(2.0) == pytest.approx(0.5)


def test_results_that_the_function_remembers_are_an_error():
    def root(k):
        known = {}

        def f(y):
            if y not in known:
                known[y] = y * y - k
            return known[y]

        return optimize.brentq(f, 0.0, 3.0)

    with pytest.raises(AdjointError, match="remember"):
        grad(root)(2.0)


def test_solutions_that_do_not_depend_on_the_argument():
    def f(k):
        box = [k]  # something active on the heap
        return box[0] * optimize.brentq(lambda y: y * y - 2.0, 0.0, 3.0)

    assert grad(f)(5.0) == pytest.approx(math.sqrt(2.0), rel=1e-12)
    assert grad(lambda k: optimize.brentq(lambda y: y * y - 2.0, 0.0, 3.0))(5.0) is None


def test_multiple_roots_have_no_derivative():
    with pytest.raises(AdjointError, match="singular"):
        grad(lambda k: optimize.newton(lambda y: (y - k) ** 2, 1.0, fprime=lambda y: 0.0, disp=0))(
            1.0
        )


def test_the_unused_singular_root_is_no_error():
    def f(k):
        optimize.brentq(lambda y: (y - k) ** 3, 0.0, 1.0)
        return k * k

    assert grad(f)(0.5) == 1.0


def test_errors_of_the_solver_are_its_own():
    with pytest.raises(ValueError, match="different signs"):
        grad(lambda k: optimize.brentq(lambda y: y * y + k, 0.0, 3.0))(2.0)


# ---------------------------------------------------------------------------- newton


@pytest.mark.parametrize("fprime", [None, lambda y, k: 2 * y])
def test_newton(fprime):
    def root(k):
        return optimize.newton(lambda y, k: y * y - k, 1.0, fprime, (k,), tol=1e-14)

    check_adjoint(root, 2.0, atol=1e-9)


def test_newton_of_arrays():
    def roots(k):
        return optimize.newton(lambda y: y**3 - k, np.ones(3), tol=1e-14, maxiter=100)

    k = np.array([1.0, 2.0, 3.0])
    y, back = zg.pullback(roots, k)
    np.testing.assert_array_equal(y, roots(k))
    np.testing.assert_allclose(back(np.ones(3))[0], k ** (-2 / 3) / 3, rtol=1e-12)
    found = zg.gradient(
        lambda k: optimize.newton(lambda y: y**3 - k, np.ones(3), full_output=True).root.sum(), k
    )
    np.testing.assert_allclose(found[0], k ** (-2 / 3) / 3, rtol=1e-7)


def test_complex_root():
    def root(k):
        return optimize.newton(lambda z: z * z + k, 1.0j, tol=1e-14).imag

    assert grad(root)(2.0) == pytest.approx(0.5 / math.sqrt(2.0))


@pytest.mark.parametrize(
    "options",
    [
        {"bracket": (0.0, 3.0)},
        {"x0": 1.0, "fprime": lambda y, k: 2 * y, "method": "newton"},
        {"x0": 1.0, "x1": 1.5, "method": "secant"},
        {"x0": 1.0, "fprime": lambda y, k: 2 * y, "fprime2": lambda y, k: 2.0, "method": "halley"},
    ],
)
def test_root_scalar(options):
    def root(k):
        found = optimize.root_scalar(lambda y, k: y * y - k, args=(k,), xtol=1e-14, **options)
        assert found.converged
        return found.root

    check_adjoint(root, 2.0, atol=1e-9)


def test_root_scalar_with_the_derivative():
    def root(k):
        f = lambda y: (y * y - k, 2 * y)
        return optimize.root_scalar(f, x0=1.0, fprime=True, xtol=1e-14).root

    check_adjoint(root, 2.0, atol=1e-9)


# -------------------------------------------------------------------------- systems


def system(x, k):
    return [x[0] + 0.5 * (x[0] - x[1]) ** 3 - k[0], 0.5 * (x[1] - x[0]) ** 3 + x[1] * k[1]]


@pytest.mark.parametrize("method", ["hybr", "lm", "krylov", "df-sane"])
def test_root(method):
    def root(k):
        options = {} if method in ("hybr", "lm") else {"fatol": 1e-10}
        return optimize.root(system, [0.5, 0.5], (k,), method, tol=1e-13, options=options).x

    check_adjoint(root, np.array([1.0, 0.7]), rtol=1e-6, atol=1e-7, single=False)


def test_root_with_jacobian():
    def f(x, k):
        d = 1.5 * (x[0] - x[1]) ** 2
        return system(x, k), [[1 + d, -d], [-d, d + k[1]]]

    k = np.array([1.0, 0.7])
    plain = zg.jacobian(lambda k: optimize.root(system, [0.5, 0.5], (k,)).x, k)[0]
    given = zg.jacobian(lambda k: optimize.root(f, [0.5, 0.5], (k,), jac=True).x, k)[0]
    np.testing.assert_allclose(given, plain, rtol=1e-9)
    x = optimize.root(system, [0.5, 0.5], (k,)).x
    expected = -np.linalg.solve(f(x, k)[1], [[-1.0, 0.0], [0.0, x[1]]])
    np.testing.assert_allclose(given, expected, rtol=1e-9)


def test_what_else_root_reports():
    k = np.array([1.0, 0.7])
    found = lambda k: optimize.root(system, [0.5, 0.5], (k,))
    assert grad(lambda k: np.sum(found(k).fun))(k) is None
    with pytest.raises(AdjointError, match="reports"):
        grad(lambda k: np.sum(found(k).fjac))(k)
    assert found(k).success


def test_fsolve():
    def root(k):
        return optimize.fsolve(system, [0.5, 0.5], args=(k,), xtol=1e-12)

    def root_too(k):
        x, report, status, message = optimize.fsolve(
            system, [0.5, 0.5], args=(k,), xtol=1e-12, full_output=True
        )
        assert status == 1 and message and report["nfev"] > 1
        return x

    for f in (root, root_too):
        check_adjoint(f, np.array([1.0, 0.7]), rtol=1e-6, atol=1e-7, single=False)


@pytest.mark.parametrize("name", ["broyden1", "anderson", "newton_krylov"])
def test_large_scale_solvers(name):
    def root(k):
        return getattr(optimize, name)(lambda x: np.cos(x) - k * x, np.ones(3), f_tol=1e-13)

    k = np.array([1.0, 1.1, 0.9])
    y, back = zg.pullback(root, k)
    np.testing.assert_array_equal(y, root(k))
    np.testing.assert_allclose(back(np.ones(3))[0], -y / (np.sin(y) + k), rtol=1e-8)


def test_functions_that_write_into_arrays():
    def root(k):
        def f(x):
            out = np.empty(2)
            out[0] = x[0] ** 2 - k[0]
            out[1] = x[0] * x[1] - k[1]
            return out

        return optimize.root(f, [1.0, 1.0], tol=1e-14).x

    a, b = 2.0, 3.0
    (jac,) = zg.jacobian(root, np.array([a, b]))
    expected = [[0.5 * a**-0.5, 0.0], [-0.5 * b * a**-1.5, a**-0.5]]
    np.testing.assert_allclose(jac, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("x0", [1.0, np.ones(2)])
def test_fixed_point(x0):
    def point(k):
        x = optimize.fixed_point(lambda x, k: np.cos(k * x), x0, args=(k,), xtol=1e-12)
        return np.sum(x)

    x = optimize.fixed_point(lambda x: np.cos(1.1 * x), 1.0, xtol=1e-14)
    expected = -x * np.sin(1.1 * x) / (1 + 1.1 * np.sin(1.1 * x)) * np.size(x0)
    assert grad(point)(1.1) == pytest.approx(expected, rel=1e-10)
