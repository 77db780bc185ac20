"""Programs on arrays, each with the gradient that one would write by hand with NumPy."""

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import zygcore as zg

__all__ = ["ARRAY_PROGRAMS", "ArrayProgram", "elements", "operations", "peak_of_chain"]

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((100, 20)), (RNG.random(100) > 0.5) * 1.0


def logistic(X, Y):
    def loss(w):
        z = X @ w
        return np.mean(np.log(1 + np.exp(-z)) + (1 - Y) * z)

    return loss


def logistic_by_hand(w, X, Y):
    z = X @ w
    e = np.exp(-z)
    y = np.mean(np.log(1 + e) + (1 - Y) * z)
    dz = (1 - Y - e / (1 + e)) / len(Y)
    return y, (X.T @ dz,)


def network(x, t):
    def loss(W1, b1, W2, b2):
        h = np.tanh(W1 @ x + b1)
        r = W2 @ h + b2 - t
        return np.sum(r * r)

    return loss


def network_by_hand(W1, b1, W2, b2, x, t):
    h = np.tanh(W1 @ x + b1)
    r = W2 @ h + b2 - t
    y = np.sum(r * r)
    dr = 2 * r
    dh = (W2.T @ dr) * (1 - h * h)
    return y, (
        dh @ x.T, np.sum(dh, 1, keepdims=True), dr @ h.T, np.sum(dr, 1, keepdims=True)
    )  # fmt: skip


def logsumexp():
    def logsumexp(x):
        m = np.max(x)
        return m + np.log(np.sum(np.exp(x - m)))

    return logsumexp


def logsumexp_by_hand(x):
    m = np.max(x)
    e = np.exp(x - m)
    s = np.sum(e)
    return m + np.log(s), (e / s,)


def chain():
    def chain(x):
        return np.sum(np.tanh(2 * x + 1) * np.exp(-(x**2)))

    return chain


def chain_by_hand(x):
    t = np.tanh(2 * x + 1)
    e = np.exp(-(x**2))
    return np.sum(t * e), ((1 - t * t) * e * 2 + t * e * (-2 * x),)


@dataclass
class ArrayProgram:
    """`make(*constants)` is a function of `arguments`, `by_hand` one of both."""

    name: str
    make: Callable[..., Any]
    by_hand: Callable[..., Any]
    arguments: tuple
    constants: tuple = ()

    def plain(self):
        f, arguments = self.make(*self.constants), self.arguments
        return lambda: f(*arguments)

    def hand_written(self):
        f, arguments = self.by_hand, (*self.arguments, *self.constants)
        return lambda: f(*arguments)

    def gradient(self):
        f, arguments = self.make(*self.constants), self.arguments
        return lambda: zg.gradient(f, *arguments)


def layers():
    return (
        0.05 * RNG.standard_normal((32, 784)), np.zeros((32, 1)),
        0.1 * RNG.standard_normal((10, 32)), np.zeros((10, 1)),
    )  # fmt: skip


def batch(n):
    return RNG.standard_normal((784, n)), RNG.standard_normal((10, n))


ARRAY_PROGRAMS = [
    ArrayProgram("logistic 100x20", logistic, logistic_by_hand, (np.zeros(20),), (X, Y)),
    ArrayProgram("network, batch 1", network, network_by_hand, layers(), batch(1)),
    ArrayProgram("network, batch 64", network, network_by_hand, layers(), batch(64)),
    ArrayProgram("logsumexp of 100", logsumexp, logsumexp_by_hand, (RNG.standard_normal(100),)),
    ArrayProgram("chain of 1e6", chain, chain_by_hand, (RNG.standard_normal(1_000_000),)),
]


# ---------------------------------------------------------- what an operation costs


def operations(x):
    """Forty operations on an array of three elements."""
    for _ in range(20):
        x = np.tanh(x * 2.0)
    return np.sum(x)


def operations_by_hand(x):
    values = []
    for _ in range(20):
        x = np.tanh(x * 2.0)
        values.append(x)
    y, dx = np.sum(x), np.ones(3)
    for v in reversed(values):
        dx = dx * (1 - v * v)
        dx = dx * 2.0
    return y, (dx,)


def elements(x):
    """Every element is read by itself."""
    total = 0.0
    for i in range(len(x)):
        total += x[i]
    return total


def peak_of_chain(n=1_000_000):
    """The peak of memory during the gradient of the chain, in arrays."""
    x = RNG.standard_normal(n)
    f = chain()
    zg.gradient(f, x[:10])
    tracemalloc.start()
    zg.gradient(f, x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / x.nbytes


class Arrays:
    """asv: gradients of programs on arrays, and their controls."""

    params = [[p.name for p in ARRAY_PROGRAMS], ["gradient", "by hand", "plain"]]
    param_names = ["program", "what"]

    def setup(self, name, what):
        program = next(p for p in ARRAY_PROGRAMS if p.name == name)
        self.call = {
            "gradient": program.gradient(),
            "by hand": program.hand_written(),
            "plain": program.plain(),
        }[what]

    def time_program(self, name, what):
        self.call()

    def track_peak_of_chain(self, name, what):
        return peak_of_chain() if name == "chain of 1e6" and what == "gradient" else 0.0

    track_peak_of_chain.unit = "arrays"


class Operations:
    """asv: what an operation on a small array, and reading an element, cost."""

    params = ["gradient", "by hand", "plain"]

    def setup(self, what):
        x = np.array([0.1, 0.2, 0.3])
        self.operations = {
            "gradient": lambda: zg.gradient(operations, x),
            "by hand": lambda: operations_by_hand(x),
            "plain": lambda: operations(x),
        }[what]
        many = RNG.standard_normal(100_000)
        self.elements = (
            (lambda: zg.gradient(elements, many))
            if what == "gradient"
            else (lambda: elements(many))
        )

    def time_operations(self, what):
        self.operations()

    def time_elements(self, what):
        self.elements()
