"""One small program for each function and each method of the classes of `numpy.polynomial`."""

import numpy as np
import numpy.polynomial as npp

from .functions import B, W, cube, square
from .methods import names_of

__all__ = ["BASES", "CLASS", "CLASS_WITHOUT", "WITHOUT_NUMBERS", "functions", "members"]

#: module -> prefix of its functions, its class
BASES = {
    "polynomial": ("poly", "Polynomial"), "chebyshev": ("cheb", "Chebyshev"),
    "legendre": ("leg", "Legendre"), "hermite": ("herm", "Hermite"),
    "hermite_e": ("herme", "HermiteE"), "laguerre": ("lag", "Laguerre"),
}  # fmt: skip

X = np.array([-0.8, -0.1, 0.3, 0.7, 0.9])

TWO = {
    "add": lambda f, v: f(v, W),
    "sub": lambda f, v: f(v, W[:3]),
    "mul": lambda f, v: f(v, v),
    "div": lambda f, v: f(v, v[1:3]),
    "mulx": lambda f, v: f(v),
    "pow": lambda f, v: f(v, 3),
    "val": lambda f, v: f(v[0] * X, v),
    "valfromroots": lambda f, v: f(X, v),
    "der": lambda f, v: f(v, 2),
    "int": lambda f, v: f(v, 2, [v[0], 0.5]),
    "fromroots": lambda f, v: f(v),
    "vander": lambda f, v: f(v, 3),
    "fit": lambda f, v: f(W, v, 2, w=B),
    "trim": lambda f, v: f(np.append(v, 0.0)),
    "roots": lambda f, v: f(v),
    "line": lambda f, v: f(v[0], v[1]),
    "val2d": lambda f, v: f(X, v[0] * X, square(v)),
    "val3d": lambda f, v: f(X, v[0] * X, X, cube(v)),
    "valnd": lambda f, v: f((X, v[0] * X), square(v)),
    "grid2d": lambda f, v: f(X[:2], v[0] * X, square(v)),
    "grid3d": lambda f, v: f(X[:2], v[0] * X, X[1:3], cube(v)),
    "vander2d": lambda f, v: f(v, W * v, [1, 2]),
    "vander3d": lambda f, v: f(v, W * v, v, [1, 2, 1]),
    "companion": lambda f, v: f(v),
    "weight": lambda f, v: f(v),
    "gauss": lambda f, v: f(3),
    "pts1": lambda f, v: f(3),
    "pts2": lambda f, v: f(3),
    "interpolate": lambda f, v: f(lambda x: v[0] * x**3 + np.sin(v[1] * x), 3),
}
WITHOUT_NUMBERS = {"zero", "one", "x", "domain"}


def functions(module):
    """The programs for the functions of one module."""
    prefix, class_name = BASES[module]
    names = {prefix + name: program for name, program in TWO.items()}
    names[f"{prefix}2poly"] = names[f"poly2{prefix}"] = lambda f, v: f(v)
    space = getattr(npp, module)
    out = {
        name: lambda v, name=name: names[name](getattr(space, name), v)
        for name in names
        if hasattr(space, name)
    }
    out[class_name] = lambda v: getattr(npp, class_name)(v, [0, 2])(X).sum() * W
    return out


def p(v):
    return npp.Chebyshev(v, domain=[-1.0, 2.0])


#: of the classes' shared base, on the example of Chebyshev's
CLASS = {
    "__add__": lambda v: (p(v) + p(W)).coef,
    "__call__": lambda v: p(v)(v * 0.9),
    "__divmod__": lambda v: [q.coef for q in divmod(p(v), p(v[:2]))],
    "__eq__": lambda v: p(v) == p(W),
    "__floordiv__": lambda v: (p(v) // p(v[1:3])).coef,
    "__iter__": lambda v: [c * c for c in p(v)],
    "__len__": lambda v: len(p(v)),
    "__mod__": lambda v: (p(v) % p(v[1:3])).coef,
    "__mul__": lambda v: (p(v) * p(v)).coef,
    "__ne__": lambda v: p(v) != p(W),
    "__neg__": lambda v: (-p(v)).coef,
    "__pos__": lambda v: (+p(v)).coef,
    "__pow__": lambda v: (p(v) ** 2).coef,
    "__radd__": lambda v: (v[0] + p(v)).coef,
    "__rdivmod__": lambda v: [q.coef for q in divmod(W, p(v[:2]))],
    "__rfloordiv__": lambda v: (W // p(v[1:3])).coef,
    "__rmod__": lambda v: (W % p(v[1:3])).coef,
    "__rmul__": lambda v: (W * p(v)).coef,
    "__rsub__": lambda v: (W - p(v)).coef,
    "__rtruediv__": None,
    "__sub__": lambda v: (p(v) - p(W)).coef,
    "__truediv__": lambda v: (p(v) / 2.5).coef,
    "basis": lambda v: v * npp.Chebyshev.basis(3).coef,
    "cast": lambda v: npp.Chebyshev.cast(npp.Polynomial(v)).coef,
    "coef": lambda v: p(v).coef,
    "convert": lambda v: p(v).convert(kind=npp.Legendre).coef,
    "copy": lambda v: p(v).copy().coef,
    "cutdeg": lambda v: p(v).cutdeg(2).coef,
    "degree": lambda v: p(v).degree(),
    "deriv": lambda v: p(v).deriv(2).coef,
    "domain": lambda v: npp.Chebyshev(W, domain=v[:2])(v),
    "fit": lambda v: npp.Chebyshev.fit(W, v, 2).coef,
    "fromroots": lambda v: npp.Chebyshev.fromroots(v, domain=[-1, 1]).coef,
    "has_samecoef": lambda v: p(v).has_samecoef(p(W)),
    "has_samedomain": lambda v: p(v).has_samedomain(p(W)),
    "has_sametype": lambda v: p(v).has_sametype(p(W)),
    "has_samewindow": lambda v: p(v).has_samewindow(p(W)),
    "identity": lambda v: npp.Chebyshev.identity().coef,
    "integ": lambda v: p(v).integ(2, [v[0], 0.5], v[1]).coef,
    "interpolate": lambda v: npp.Chebyshev.interpolate(lambda x: v[0] * x**3, 3).coef,
    "linspace": lambda v: p(v).linspace(5),
    "mapparms": lambda v: npp.Chebyshev(W, domain=v[:2]).mapparms(),
    "roots": lambda v: p(v).roots(),
    "trim": lambda v: p(np.append(v, 0.0)).trim().coef,
    "truncate": lambda v: p(v).truncate(2).coef,
    "window": lambda v: npp.Chebyshev(W, window=v[:2])(v),
}
CLASS = {name: f for name, f in CLASS.items() if f is not None}

CLASS_WITHOUT = {
    "__array_ufunc__", "__class__", "__delattr__", "__dict__", "__dir__", "__doc__", "__format__",
    "__getattribute__", "__getstate__", "__hash__", "__init__", "__init_subclass__", "__module__",
    "__new__", "__reduce__", "__reduce_ex__", "__repr__", "__setattr__", "__setstate__",
    "__sizeof__", "__slots__", "__abstractmethods__", "__subclasshook__", "__str__",
    "__weakref__", "__ge__", "__gt__", "__le__", "__lt__", "__rtruediv__", "__rdiv__",
    "basis_name", "maxpower", "symbol", "__annotations__",
}  # fmt: skip


def members(cls):
    """The names of its methods and attributes, also those of operators."""
    return [name for name in names_of(cls) if name[0] != "_" or name.endswith("__")]
