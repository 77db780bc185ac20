"""Gradients of whole programs, and what a call costs at least."""

import zygcore as zg
from zygcore._bytecode import build

from .programs import PROGRAMS, new_function, sincos


class Programs:
    """Time of a gradient; `time_primal` is the control."""

    params = [[p.name for p in PROGRAMS]]
    param_names = ["program"]

    def setup(self, name):
        (program,) = [p for p in PROGRAMS if p.name == name]
        self.f, self.x = program.function, program.argument
        zg.gradient(self.f, self.x)

    def time_primal(self, name):
        self.f(self.x)

    def time_gradient(self, name):
        zg.gradient(self.f, self.x)

    def time_pullback(self, name):
        zg.pullback(self.f, self.x)


class Latency:
    def setup(self):
        zg.gradient(sincos, 0.5)

    def time_primal(self):
        sincos(0.5)

    def time_gradient(self):
        zg.gradient(sincos, 0.5)


class FirstGradient:
    """The first gradient of code that has not been seen before."""

    number = 1
    repeat = (5, 50, 5.0)
    warmup_time = 0.0

    def setup(self):
        zg.gradient(new_function(), 0.5)  # what is done once per process
        self.f = new_function()

    def time_first(self):
        zg.gradient(self.f, 0.5)


class SecondGradient:
    """The control of `FirstGradient`."""

    def setup(self):
        self.f = new_function()
        zg.gradient(self.f, 0.5)

    def time_primal(self):
        self.f(0.5)

    def time_gradient(self):
        zg.gradient(self.f, 0.5)


class Translation:
    """What the translation of long functions costs: it grows linearly."""

    params = [100, 400]
    param_names = ["statements"]
    number = 1
    repeat = (3, 10, 10.0)

    def setup(self, n):
        body = "".join(
            f" try:\n  v{i} = f(x)\n  x += v{i}\n except E: x = {i}\n while x < {i}: x += 1\n"
            for i in range(n)
        )
        self.source = f"def g(x, f, E):\n{body} return x"
        self.compile(n)

    def compile(self, n):
        namespace = {}
        exec(self.source, namespace)
        self.code = namespace["g"].__code__

    def time_primal(self, n):
        self.compile(n)

    def time_translation(self, n):
        build(self.code)
