"""Forward mode, derivatives of derivatives, Hessians."""

import math

import numpy as np

import zygcore as zg

from .programs import PROGRAMS, loop_100

SCALAR = [p for p in PROGRAMS if not isinstance(p.argument, list)]
VARIABLES = np.linspace(0.5, 1.5, 100)


def rosenbrock(x):
    """SciPy's own code."""
    from scipy.optimize import rosen

    return rosen(x)


def nested_gradient(x):
    """Reverse over reverse."""
    return zg.gradient(lambda x: zg.gradient(loop_100, x)[0], x)


def nth_derivative(n):
    """Reverse mode nested `n` deep."""
    f = math.sin
    for _ in range(n):
        f = _derivative(f)
    return f


def _derivative(f):
    return lambda x: zg.gradient(f, x)[0]


class Forward:
    """Time of a directional derivative in forward mode; `time_primal` is the control."""

    params = [[p.name for p in SCALAR]]
    param_names = ["program"]

    def setup(self, name):
        (program,) = [p for p in SCALAR if p.name == name]
        self.f, self.x = program.function, program.argument
        zg.jvp(self.f, (self.x,), (1.0,))

    def time_primal(self, name):
        self.f(self.x)

    def time_jvp(self, name):
        zg.jvp(self.f, (self.x,), (1.0,))


class Second:
    """Second derivatives; the gradients are the controls."""

    def setup(self):
        nested_gradient(0.5)
        zg.hessian(rosenbrock, VARIABLES)

    def time_gradient_of_loop(self):
        zg.gradient(loop_100, 0.5)

    def time_reverse_over_reverse(self):
        nested_gradient(0.5)

    def time_gradient_of_rosenbrock(self):
        zg.gradient(rosenbrock, VARIABLES)

    def time_product(self):
        zg.hvp(rosenbrock, VARIABLES, VARIABLES)

    def time_hessian(self):
        zg.hessian(rosenbrock, VARIABLES)


class Depth:
    """The derivative of the sine, nested so deep."""

    params = [[1, 3, 5, 7, 9]]
    param_names = ["levels"]

    def setup(self, levels):
        self.f = nth_derivative(levels)
        self.f(1.0)

    def time_derivative(self, levels):
        self.f(1.0)
