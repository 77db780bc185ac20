"""One small program for each function of `scipy.integrate` and `scipy.optimize`.

A program is a function of one number near 1, whose gradient is compared with differences. The first
word of its name is the function's, more words say what else is tried.
"""

import warnings

import numpy as np
from scipy import integrate, optimize

__all__ = ["INTEGRATE", "INTEGRATE_WITHOUT", "OPTIMIZE", "OPTIMIZE_WITHOUT", "noisy"]

V = np.array([0.3, 1.2, -0.5, 2.1, 0.8, -1.7, 1.1])
T = np.linspace(0.0, 2.0, 5)
M = np.array([[2.0, 0.3], [0.5, 1.5], [-0.7, 0.2]])


def noisy(program):
    """What is known to a few digits only, so that differences need large steps."""
    program.noisy = True
    return program


def growth(x):
    return lambda t, y: -x * y + np.sin(t) * x


def solved(method):
    def program(x):
        return integrate.solve_ivp(growth(x), (0, 1), [x], method=method, rtol=1e-9, atol=1e-9).y[
            :, -1
        ]

    return program


def stepped(solver):
    """By the class of a method, step by step."""

    def program(x):
        steps = solver(growth(x), 0.0, np.array([x]), 1.0, rtol=1e-9, atol=1e-9)
        steps.step()
        return steps.y

    return program


def old_fashioned(x):
    solver = integrate.ode(growth(x)).set_integrator("dopri5", rtol=1e-10)
    return solver.set_initial_value([x], 0.0).integrate(1.0)


def old_fashioned_complex(x):
    solver = integrate.complex_ode(lambda t, y: 1j * x * y).set_integrator("dopri5", rtol=1e-10)
    return solver.set_initial_value([1.0], 0.0).integrate(1.0)


def boundary(x):
    return integrate.solve_bvp(
        lambda t, y: np.stack([y[1], -x * y[0]]),
        lambda a, b: np.array([a[0], b[0] - x]),
        T / 2,
        np.ones((2, 5)),
        tol=1e-8,
    ).sol(0.3)


def dense(x):
    steps = integrate.RK45(growth(x), 0.0, np.array([x]), 1.0)
    steps.step()
    return steps.dense_output()(steps.t / 2)


INTEGRATE = {
    "quad": lambda x: integrate.quad(lambda t: np.exp(-x * t * t), 0, x)[0],
    "dblquad": lambda x: integrate.dblquad(lambda s, t: np.exp(-x * s * t), 0, x, 0, 1)[0],
    "tplquad": lambda x: integrate.tplquad(lambda r, s, t: x * r * s + t, 0, 1, 0, 1, 0, x)[0],
    "nquad": lambda x: integrate.nquad(lambda s, t: np.exp(-x * s * t), [[0, x], [0, 1]])[0],
    "quad_vec": lambda x: integrate.quad_vec(lambda t: np.exp(-x * t * V), 0, x)[0],
    "fixed_quad": lambda x: integrate.fixed_quad(lambda t: np.exp(-x * t), 0, x)[0],
    "cubature": lambda x: integrate.cubature(lambda t: np.exp(-x * t[:, 0]), [0], [1]).estimate,
    "tanhsinh": lambda x: integrate.tanhsinh(lambda t: np.exp(-x * t), 0, x).integral,
    "nsum": lambda x: integrate.nsum(lambda k: 1 / k ** (x + 2), 1, np.inf).sum,
    "qmc_quad": lambda x: (
        integrate.qmc_quad(lambda t: np.exp(-x * t[0]), 0, 1, qrng=halton(), n_points=64).integral
    ),
    "lebedev_rule": lambda x: integrate.lebedev_rule(3)[1] * x,
    "newton_cotes": lambda x: integrate.newton_cotes(3)[0] * x,
    "romb": lambda x: integrate.romb(V[:5] * x, 0.5 * x),
    "simpson": lambda x: integrate.simpson(V * x, x=np.cumsum(V * V + x)),
    "trapezoid": lambda x: integrate.trapezoid(V * x, np.cumsum(V * x)),
    "cumulative_simpson": lambda x: integrate.cumulative_simpson(V * x, dx=x),
    "cumulative_trapezoid": lambda x: integrate.cumulative_trapezoid(V * x, dx=x),
    "odeint": lambda x: integrate.odeint(lambda y, t: -x * y, x, T, rtol=1e-10, atol=1e-10),
    **{f"solve_ivp {name}": solved(name) for name in ("RK45", "RK23", "DOP853", "LSODA")},
    **{name: stepped(getattr(integrate, name)) for name in ("RK23", "RK45", "DOP853")},
    **{name: stepped(getattr(integrate, name)) for name in ("Radau", "BDF", "LSODA")},
    "DenseOutput": dense,
    "OdeSolution": lambda x: integrate.solve_ivp(
        growth(x), (0, 1), [x], dense_output=True, rtol=1e-9, atol=1e-9
    ).sol(0.3),
    "ode": old_fashioned,
    "complex_ode": old_fashioned_complex,
    "solve_bvp": boundary,
}

INTEGRATE_WITHOUT = {"IntegrationWarning", "ODEintWarning", "OdeSolver"}


def halton():
    from scipy.stats import qmc

    return qmc.Halton(1, rng=1)


def cubic(x):
    return lambda t: t**3 + x * t - 2.0


def system(x):
    return lambda t: np.array([t[0] + 0.3 * t[1] ** 2 - x, t[1] - 0.2 * t[0] * x])


def bowl(x):
    return lambda t: (t[0] - x) ** 2 + (t[1] * x - 1) ** 2 + 0.3 * t[0] ** 4


def valley(x):
    return lambda t: (t - x) ** 2 + 0.1 * t**4


def residuals(x):
    return lambda p: p[0] * np.exp(-p[1] * T) - 2.0 * np.exp(-T * x) * (1 + 0.1 * np.sin(3 * T))


def quiet(program):
    def quietly(x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return program(x)

    return quietly


def brackets(names):
    return {
        name: lambda x, f=getattr(optimize, name): f(cubic(x), 0.0, 3.0, xtol=1e-13)
        for name in names.split()
    }


def systems(names, **options):
    return {
        name: lambda x, f=getattr(optimize, name): f(system(x), [0.5, 0.5], **options)
        for name in names.split()
    }


def minima(names, **options):
    return {
        name: quiet(lambda x, f=getattr(optimize, name): f(bowl(x), [0.5, 0.5], **options))
        for name in names.split()
    }


BOX = [(-3.0, 3.0), (-3.0, 3.0)]
LINE = {"c": [1.0, 2.0], "A_ub": [[-1.0, -1.0]], "b_ub": [-1.0]}


def slope(x):
    return lambda t: np.array([2 * (t[0] - x) + 1.2 * t[0] ** 3, 2 * x * (t[1] * x - 1)])


OPTIMIZE = {
    **brackets("bisect brentq brenth ridder toms748"),
    "newton": lambda x: optimize.newton(cubic(x), 1.0),
    "root_scalar": lambda x: optimize.root_scalar(cubic(x), bracket=(0.0, 3.0)).root,
    "fixed_point": lambda x: optimize.fixed_point(lambda t: np.cos(x * t), 0.5),
    "fsolve": lambda x: optimize.fsolve(system(x), [0.5, 0.5]),
    "root": lambda x: optimize.root(system(x), [0.5, 0.5]).x,
    **systems("anderson broyden1 broyden2 newton_krylov", f_tol=1e-10),
    **systems("diagbroyden linearmixing", f_tol=1e-10, alpha=-0.7),
    "excitingmixing": lambda x: optimize.excitingmixing(
        lambda t: -system(x)(t), [0.5, 0.5], f_tol=1e-10, alpha=0.5
    ),
    **minima("fmin", disp=False, xtol=1e-9, ftol=1e-16),
    **minima("fmin_powell", disp=False, xtol=1e-9, ftol=1e-14),
    **minima("fmin_bfgs fmin_cg", disp=False, gtol=1e-7),
    "fmin_ncg": lambda x: optimize.fmin_ncg(bowl(x), [0.5, 0.5], slope(x), disp=False),
    "fmin_cobyla": quiet(lambda x: optimize.fmin_cobyla(bowl(x), [0.5, 0.5], [], rhoend=1e-8)),
    "fmin_l_bfgs_b": lambda x: optimize.fmin_l_bfgs_b(bowl(x), [0.5, 0.5], approx_grad=True)[0],
    "fmin_slsqp": lambda x: optimize.fmin_slsqp(bowl(x), [0.5, 0.5], iprint=0, acc=1e-12),
    "fmin_tnc": lambda x: optimize.fmin_tnc(bowl(x), [0.5, 0.5], approx_grad=True, disp=0)[0],
    "minimize": lambda x: optimize.minimize(bowl(x), [0.5, 0.5], tol=1e-10).x,
    "minimize_scalar": lambda x: optimize.minimize_scalar(valley(x)).x,
    "brent": lambda x: optimize.brent(valley(x)),
    "golden": lambda x: optimize.golden(valley(x)),
    "fminbound": lambda x: optimize.fminbound(valley(x), -2.0, 3.0),
    "bracket": lambda x: optimize.bracket(valley(x), 0.0, 0.1),
    "brute": lambda x: optimize.brute(bowl(x), BOX, Ns=5),
    "basinhopping": quiet(lambda x: optimize.basinhopping(bowl(x), [0.5, 0.5], 3, rng=1).x),
    "differential_evolution": lambda x: (
        optimize.differential_evolution(bowl(x), BOX, rng=1, maxiter=20).x
    ),
    "direct": lambda x: optimize.direct(bowl(x), BOX, maxfun=4000).fun,
    "dual_annealing": lambda x: optimize.dual_annealing(bowl(x), BOX, rng=1, maxiter=20).x,
    "shgo": lambda x: optimize.shgo(bowl(x), BOX).x,
    "least_squares": lambda x: optimize.least_squares(residuals(x), [1.0, 1.0], xtol=1e-12).x,
    "leastsq": lambda x: optimize.leastsq(residuals(x), [1.0, 1.0])[0],
    "curve_fit": lambda x: optimize.curve_fit(
        lambda t, a, b: a * np.exp(-b * t), T, 2 * np.exp(-x * T) + 0.1 * T, [1.0, 1.0]
    )[0],
    "linprog": lambda x: optimize.linprog(**{**LINE, "b_ub": [-x]}).fun,
    "linprog costs": lambda x: optimize.linprog(**{**LINE, "c": [x, 2.0 * x]}).fun,
    "lsq_linear": lambda x: optimize.lsq_linear(M * x, [1.0, x, 0.3], (0.0, 0.4)).x,
    "milp": lambda x: optimize.milp([x, 2.0], bounds=optimize.Bounds(1.0, 3.0)).fun,
    "nnls": lambda x: optimize.nnls(M * x, [1.0, x, 0.3])[0],
    "isotonic_regression": lambda x: optimize.isotonic_regression(V * x).x,
    "linear_sum_assignment": lambda x: optimize.linear_sum_assignment(M * x),
    "quadratic_assignment": lambda x: optimize.quadratic_assignment(M[:2] * x, M[1:]).fun,
    "line_search": lambda x: optimize.line_search(
        bowl(x), slope(x), np.array([0.5, 0.5]), np.array([0.1, 0.1])
    )[0],
    "approx_fprime": lambda x: optimize.approx_fprime([x, 0.5], bowl(x), 1e-4),
    "check_grad": lambda x: optimize.check_grad(bowl(x), slope(1.0), [0.5, 0.5], epsilon=1e-4),
    "rosen": lambda x: optimize.rosen(V * x),
    "rosen_der": lambda x: optimize.rosen_der(V * x),
    "rosen_hess": lambda x: optimize.rosen_hess(V * x),
    "rosen_hess_prod": lambda x: optimize.rosen_hess_prod(V * x, V[::-1]),
    "Bounds": lambda x: (
        optimize.minimize(bowl(x), [0.1, 0.1], bounds=optimize.Bounds(-1.0, 0.2 * x)).x
    ),
    "LinearConstraint": lambda x: (
        optimize.minimize(
            bowl(x),
            [0.1, 0.1],
            constraints=optimize.LinearConstraint([[1.0, 1.0]], x, x),
            tol=1e-10,
        ).x
    ),
    "NonlinearConstraint": lambda x: (
        optimize.minimize(
            bowl(x),
            [0.1, 0.1],
            constraints=optimize.NonlinearConstraint(lambda t: t[0] * t[1], 0.2 * x, 0.2 * x),
            tol=1e-10,
        ).x
    ),
    "OptimizeResult": lambda x: optimize.OptimizeResult(x=x * V).x,
    "RootResults": lambda x: optimize.root_scalar(cubic(x), bracket=(0.0, 3.0)).root,
    "LbfgsInvHessProduct": lambda x: optimize.LbfgsInvHessProduct(M.T * x, M.T + x) @ V[:3],
}

OPTIMIZE_WITHOUT = set(
    """
    BFGS SR1 HessianUpdateStrategy BroydenFirst InverseJacobian KrylovJacobian NoConvergence
    OptimizeWarning linprog_verbose_callback show_options
    """.split()
)
