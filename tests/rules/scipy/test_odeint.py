"""Initial value problems: derivatives with respect to parameters, initial values and times."""

import math

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError

integrate = pytest.importorskip("scipy.integrate")
odeint, solve_ivp = integrate.odeint, integrate.solve_ivp


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


T = np.linspace(0.0, 2.0, 5)


def test_decay():
    def f(k, y0):
        return odeint(lambda y, t: -k * y, y0, T)

    y, back = zg.pullback(f, 1.5, 0.8)
    np.testing.assert_array_equal(y, f(1.5, 0.8))
    dk, dy0 = zg.jacobian(f, 1.5, 0.8)
    np.testing.assert_allclose(dk[:, 0], -0.8 * T * np.exp(-1.5 * T), rtol=1e-7, atol=1e-15)
    np.testing.assert_allclose(dy0[:, 0], np.exp(-1.5 * T), rtol=1e-7)


def test_second_order():
    f = lambda k: odeint(lambda y, t: -k * y, 1.0, [0.0, 1.0])[-1, 0]
    assert grad(grad(f))(1.5) == pytest.approx(math.exp(-1.5), rel=1e-7)


@pytest.mark.parametrize("kind", [np.array, list])
def test_initial_values_and_arguments(kind):
    """The matrix exponential of a rotation."""

    def f(y0, w):
        rhs = lambda t, y, w: [w * y[1], -w * y[0]]
        return odeint(rhs, y0, T, args=(w,), tfirst=True, rtol=1e-10, atol=1e-10)[-1]

    w, y0 = 1.3, kind([1.0, 0.5])
    c, s = math.cos(2 * w), math.sin(2 * w)
    jac, by_w = zg.jacobian(f, y0, w)
    np.testing.assert_allclose(jac, [[c, s], [-s, c]], rtol=1e-8)
    np.testing.assert_allclose(by_w, 2 * np.array([[-s, c], [-c, -s]]) @ np.array(y0), rtol=1e-8)


def test_times():
    """y' = t, so y = y0 + (t**2 - t0**2) / 2."""
    f = lambda t: odeint(lambda y, t: t, 1.0, t)[:, 0]
    (jac,) = zg.jacobian(f, np.array([0.5, 1.0, 2.0]))
    np.testing.assert_allclose(jac, [[0, 0, 0], [-0.5, 1, 0], [-0.5, 0, 2]], atol=1e-12)
    g = lambda a, b: odeint(lambda y, t: -1.5 * y, 1.0, [a, b])[-1, 0]
    slope = 1.5 * math.exp(-1.5)
    assert zg.gradient(g, 0.0, 1.0) == pytest.approx((slope, -slope), rel=1e-7)
    assert zg.gradient(g, 1.0, 0.0)[0] == pytest.approx(1.5 * math.exp(1.5), rel=1e-7)


def test_functions_that_write_into_arrays():
    def f(k):
        def rhs(y, t):
            dy = np.empty(2)
            dy[0] = y[1]
            dy[1] = -k * k * y[0]
            return dy

        return odeint(rhs, [1.0, 0.0], T)[-1, 0]  # cos(2 k)

    assert grad(f)(1.2) == pytest.approx(-2 * math.sin(2.4), rel=1e-6)


def test_whatever_the_function_captures():
    class Model:
        def __init__(self, rates):
            self.rates = rates

        def __call__(self, y, t):
            return -self.rates["slow"][0] * y

    d = grad(lambda m: odeint(m, 1.0, [0.0, 1.0])[-1, 0])(Model({"slow": [1.5]}))
    assert d.rates["slow"][0] == pytest.approx(-math.exp(-1.5), rel=1e-7)


def robertson(k):
    """The reaction of Robertson (1966), which is very stiff."""

    def rhs(y, t):
        a = k * y[0]
        b = 1e4 * y[1] * y[2]
        c = 3e7 * y[1] ** 2
        return [b - a, a - b - c, c]

    return rhs


def sensitivity(k):
    """By the variational equations, with another integrator."""
    rhs = robertson(k)

    def both(t, z):
        y, d = z[:3], z[3:]
        J = np.array(
            [
                [-k, 1e4 * y[2], 1e4 * y[1]],
                [k, -1e4 * y[2] - 6e7 * y[1], -1e4 * y[1]],
                [0, 6e7 * y[1], 0],
            ]
        )
        return np.concatenate([rhs(y, t), J @ d + np.array([-y[0], y[0], 0.0])])

    start = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    return solve_ivp(both, (0, 40), start, method="Radau", rtol=1e-10, atol=1e-14).y[3:, -1]


def test_stiff_problem():
    f = lambda k: odeint(robertson(k), [1.0, 0.0, 0.0], [0.0, 0.4, 40.0], rtol=1e-9, atol=1e-12)[-1]
    np.testing.assert_allclose(zg.jacobian(f, 0.04)[0], sensitivity(0.04), rtol=1e-6)


def test_full_output():
    def f(k):
        y, report = odeint(lambda y, t: -k * y, 1.0, [0.0, 1.0], full_output=True)
        assert report["message"] == "Integration successful."
        return y[-1, 0], report["hu"][0]

    assert grad(lambda k: f(k)[0])(1.5) == pytest.approx(-math.exp(-1.5), rel=1e-7)
    with pytest.raises(AdjointError, match="reports"):
        grad(lambda k: f(k)[1])(1.5)


def test_times_that_are_equal():
    f = lambda k: odeint(lambda y, t: -k * y, 1.0, [0.0, 0.0, 1.0, 1.0])[:, 0]
    expected = [0.0, 0.0, -math.exp(-1.5), -math.exp(-1.5)]
    np.testing.assert_allclose(zg.jacobian(f, 1.5)[0], expected, rtol=1e-7)
    assert np.all(zg.jacobian(lambda k: odeint(lambda y, t: -k * y, k, [0.0, 0.0]), 1.5)[0] == 1)


def test_right_hand_side_that_jumps():
    f = lambda k: odeint(lambda y, t: 1.0 if t < 0.3 else k, 0.0, [0.0, 1.0])[-1, 0]
    assert grad(f)(2.0) == pytest.approx(0.7, rel=1e-6)


def test_constant_problems():
    f = lambda k: [k][0] * odeint(lambda y, t: -y, 1.0, [0.0, 1.0])[-1, 0]
    assert grad(f)(2.0) == pytest.approx(math.exp(-1.0), rel=1e-6)


# ------------------------------------------------------------------------------ solve_ivp

BY_CODE = ["RK45", "RK23", "DOP853"]
TIGHT = {"rtol": 1e-9, "atol": 1e-11}


@pytest.mark.parametrize("method", [*BY_CODE, "LSODA"])
def test_solve_ivp(method):
    k, y0, end = 1.5, 0.8, 1.2

    def f(k, y0, end):
        rhs = lambda t, y, k: -k * y
        return solve_ivp(rhs, (0.0, end), [y0], method, args=(k,), **TIGHT).y[0, -1]

    y, back = zg.pullback(f, k, y0, end)
    assert y == f(k, y0, end)
    decay = math.exp(-k * end)
    expected = (-y0 * end * decay, decay, -y0 * k * decay)
    assert back(1.0) == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize("vectorized", [False, True])
@pytest.mark.parametrize("method", [*BY_CODE, "LSODA"])
def test_chosen_times(method, vectorized):
    def f(k, t):
        rhs = lambda t, y: -k * y
        return solve_ivp(
            rhs, (0.0, 2.0), [1.0], method, t_eval=t, vectorized=vectorized, **TIGHT
        ).y[0]

    t = np.array([0.3, 1.1, 2.0])
    (by_k,) = zg.jacobian(lambda k: f(k, t), 1.5)
    np.testing.assert_allclose(by_k, -t * np.exp(-1.5 * t), rtol=1e-6)
    if method == "LSODA":
        (by_t,) = zg.jacobian(lambda t: f(1.5, t), t)
        np.testing.assert_allclose(by_t, np.diag(-1.5 * np.exp(-1.5 * t)), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("method", BY_CODE)
def test_dense_output(method):
    f = lambda k: solve_ivp(
        lambda t, y: -k * y, (0, 1), [1.0], method, dense_output=True, **TIGHT
    ).sol(0.5)[0]
    assert grad(f)(1.5) == pytest.approx(-0.5 * math.exp(-0.75), rel=1e-6)


@pytest.mark.parametrize("method", BY_CODE)
def test_events(method):
    """A ball thrown from the ground returns after 2 v / g, with the velocity -v."""

    def fall(v, g):
        event = lambda t, y: y[0]
        event.terminal, event.direction = True, -1
        return solve_ivp(
            lambda t, y: [y[1], -g], (0.0, 9.0), [0.0, v], method, events=event, **TIGHT
        )

    v, g = 3.0, 9.81
    by_v, by_g = zg.gradient(lambda v, g: fall(v, g).t_events[0][0], v, g)
    assert (by_v, by_g) == pytest.approx((2 / g, -2 * v / g**2), rel=1e-9)
    by_v, by_g = zg.gradient(lambda v, g: fall(v, g).y_events[0][0, 1], v, g)
    assert (by_v, by_g) == pytest.approx((-1.0, 0.0), rel=1e-9, abs=1e-9)
    by_v, by_g = zg.gradient(lambda v, g: fall(v, g).t[-1], v, g)
    assert (by_v, by_g) == pytest.approx((2 / g, -2 * v / g**2), rel=1e-9)


@pytest.mark.parametrize("method", BY_CODE)
def test_complex_solutions(method):
    f = lambda k: solve_ivp(lambda t, y: 1j * k * y, (0, 1), [1 + 0j], method, **TIGHT).y[0, -1]
    assert grad(lambda k: f(k).real)(1.5) == pytest.approx(-math.sin(1.5), rel=1e-6)


@pytest.mark.parametrize("options", [{"dense_output": True}, {"events": lambda t, y: y[0]}])
def test_lsoda_is_an_error_where_it_is_not_covered(options):
    f = lambda k: solve_ivp(lambda t, y: -k * y, (0, 1), [1.0], "LSODA", **options).y[0, -1]
    with pytest.raises(UnsupportedError, match="RK45"):
        grad(f)(1.5)
    assert grad(lambda k: f(1.0) * k)(1.5) == f(1.0)


@pytest.mark.parametrize("name", ["vode", "lsoda", "dopri5", "dop853"])
def test_the_class_ode_is_an_error(name):
    def f(k):
        solver = integrate.ode(lambda t, y: -k * y).set_integrator(name)
        return solver.set_initial_value(1.0, 0.0).integrate(1.0)[0]

    with pytest.raises(UnsupportedError, match="solve_ivp"):
        grad(f)(1.5)
    assert grad(lambda k: [k][0] * f(1.0))(2.0) == pytest.approx(math.exp(-1.0), rel=1e-4)
