"""Rules of libraries that zygcore does not import: they are there once a program needs them."""

import subprocess
import sys

import pytest

LAZY = {"decimal", "fractions", "statistics", "scipy", "numpy.fft"}

# functions that import what they need while they are differentiated
PROGRAMS = {
    "statistics": """
def f(x):
    import statistics
    return statistics.stdev([x, 2.0, 5.0])
""",
    "fractions": """
def f(x):
    from fractions import Fraction
    return float(Fraction(x) ** 2 / Fraction(1, 3))
""",
    "decimal": """
def f(x):
    from decimal import Decimal
    return float(Decimal(x).exp() * Decimal(3))
""",
    "in the middle of an import": """
import numpy as np

def f(x):
    xs = x * np.array([1.0, 2.0])
    return __import__("statistics").mean([xs[0], xs[1]])
""",
    "import_module": """
import importlib

def f(x):
    statistics = importlib.import_module("statistics")
    return statistics.harmonic_mean([x, 2.0, 3 * x])
""",
    "a library that imports it": """
def f(x):
    import statistics
    half = statistics.Fraction(1, 2)
    return float(statistics.stdev([statistics.Fraction(x), half, half * 7]))
""",
    "scipy": """
def f(x):
    from scipy import integrate, optimize
    root = optimize.brentq(lambda y: y * y - x, 0.0, 3.0)
    return root * integrate.quad(lambda t: x * t, 0.0, 1.0)[0]
""",
    "scipy.special": """
def f(x):
    from scipy.special import gammaln
    return float(gammaln(x))
""",
    "scipy.stats through scipy": """
import scipy

def f(x):
    return float(scipy.stats.norm.logpdf(x, 0.3, 1.2))
""",
    "called back": """
def f(x):
    import statistics
    return sum(map(statistics.mean, [[x, 2.0], [x * x, x]]))
""",
}


def fresh(script):
    """What a script prints in an interpreter of its own."""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def slope(f, x, h=1e-6):
    return (f(x + h) - f(x - h)) / (2 * h)


def test_importing_zygcore_imports_none():
    script = """
import sys, numpy
before = set(sys.modules)
import zygcore
print(*(set(sys.modules) - before))
"""
    assert not LAZY & set(fresh(script).split())


@pytest.mark.parametrize("name", PROGRAMS)
def test_import_inside_a_gradient(name):
    space = {}
    exec(PROGRAMS[name], space)
    script = f"import zygcore\n{PROGRAMS[name]}\nprint(zygcore.gradient(f, 1.7)[0])"
    assert float(fresh(script)) == pytest.approx(slope(space["f"], 1.7), rel=1e-6)


@pytest.mark.parametrize("first, second", [("zygcore", "statistics"), ("statistics", "zygcore")])
def test_order_of_imports_does_not_matter(first, second):
    script = f"""
import {first}, {second}
from fractions import Fraction
f = lambda x: float(statistics.pstdev([Fraction(x), Fraction(1, 2), Fraction(7, 2)]))
print(zygcore.gradient(f, 1.7)[0])
"""
    mean, n = (1.7 + 0.5 + 3.5) / 3, 3
    deviation = (((1.7 - mean) ** 2 + (0.5 - mean) ** 2 + (3.5 - mean) ** 2) / n) ** 0.5
    assert float(fresh(script)) == pytest.approx((1.7 - mean) / (n * deviation), rel=1e-12)
