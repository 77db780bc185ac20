"""Programs for the distributions of one variable in `scipy.stats`; see `solvers` about the form.

Each is tried at a point that is typical of it: the density, the distribution function and quantiles
as functions of the point, and of each shape apart.
"""

import numpy as np
import scipy.stats as st
from scipy.stats._distr_params import distcont, distdiscrete

__all__ = ["PROGRAMS"]

#: whose quantiles take too long to be tried
SLOW = {"levy_stable", "studentized_range"}
LOC, SCALE = 0.1, 1.3


def shaped(shapes, i, x):
    """The shapes, one of them scaled by x, which is near 1.1."""
    return [*shapes[:i], shapes[i] * (x / 1.1), *shapes[i + 1 :]]


def of_continuous(name, shapes):
    d = getattr(st, name)
    point = d.ppf(0.37, *shapes) * SCALE + LOC if name not in SLOW else 1.7
    tried = {
        "logpdf": lambda x, *shapes: d.logpdf(point * x / 1.1, *shapes, LOC * x, SCALE * x),
        "cdf": lambda x, *shapes: d.cdf(point * x / 1.1, *shapes, LOC, SCALE * x),
        "ppf": lambda x, *shapes: d.ppf(0.3 * x, *shapes, LOC, SCALE * x),
    }
    if name in SLOW:
        del tried["ppf"]
    for method, f in tried.items():
        yield f"{name} {method}", lambda x, f=f: f(x, *shapes)
        if name in SLOW and method == "cdf":
            continue
        for i, shape in enumerate((d.shapes or "").split(", ")):
            if shape and isinstance(shapes[i], float):
                yield (
                    f"{name} {method} in {shape}",
                    lambda x, f=f, i=i: f(1.1, *shaped(shapes, i, x)),
                )


def of_discrete(name, shapes):
    d = getattr(st, name)
    k = d.ppf(np.array([0.3, 0.7]), *shapes)
    tried = {"logpmf": lambda *shapes: d.logpmf(k, *shapes), "cdf": lambda *s: d.cdf(k, *s)}
    for method, f in tried.items():
        yield f"{name} {method}", lambda x, f=f: f(*shapes) * x
        for i, shape in enumerate((d.shapes or "").split(", ")):
            if shape and isinstance(shapes[i], float):
                yield f"{name} {method} in {shape}", lambda x, f=f, i=i: f(*shaped(shapes, i, x))


def first(parameters):
    """The first example of each public distribution."""
    out = {}
    for name, shapes in parameters:
        if isinstance(name, str) and hasattr(st, name):
            out.setdefault(name, tuple(shapes))
    if "kappa4" in out:
        out["kappa4"] = (0.3, 0.2)  # the first is without shapes
    return out


PROGRAMS = {
    key: program
    for make, parameters in ((of_continuous, distcont), (of_discrete, distdiscrete))
    for name, shapes in first(parameters).items()
    for key, program in make(name, shapes)
}
