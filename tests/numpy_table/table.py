"""The table of NumPy's functions, made of verdicts on small programs.

To add a library, add a line to `CHAPTERS`.
"""

import numpy as np

from zygcore.rules.libraries import everything

from . import draws, functions, methods, polynomials, transforms
from .page import Chapter, lines, module, public

__all__ = ["CHAPTERS", "table"]

everything()


def called(name):
    return lambda v: getattr(np, name)(v)


def member(name):
    """A method called without arguments, or an attribute."""

    def program(v):
        found = getattr(v, name)
        return found() if callable(found) else found

    return program


def of_polynomials(name):
    prefix = polynomials.BASES[name][0]
    without = {prefix + word for word in polynomials.WITHOUT_NUMBERS}
    return module(f"numpy.polynomial.{name}", polynomials.functions(name), without)


def plain(cls):
    return [name for name in dir(cls) if name[0] != "_"]


_series = np.polynomial.Chebyshev

CHAPTERS = [
    Chapter("numpy", np, public(np), functions.PROGRAMS, functions.WITHOUT_NUMBERS, called),
    module("numpy.linalg", transforms.LINALG, transforms.LINALG_WITHOUT),
    module("numpy.fft", transforms.FFT),
    Chapter("ndarray", np.ndarray, methods.names_of(np.ndarray), methods.ARRAY,
            methods.ARRAY_WITHOUT, member),
    Chapter("ufunc", np.ufunc, [*plain(np.ufunc), "__call__"], methods.UFUNC,
            methods.UFUNC_WITHOUT),
    module("numpy.lib.stride_tricks", methods.STRIDES),
    Chapter("numpy.random.Generator", np.random.Generator, plain(np.random.Generator),
            draws.GENERATOR, draws.WITHOUT_NUMBERS),
    Chapter("numpy.random.RandomState", np.random.RandomState, plain(np.random.RandomState),
            draws.LEGACY, draws.WITHOUT_NUMBERS),
    *map(of_polynomials, polynomials.BASES),
    Chapter("Polynomial, Chebyshev ...", _series, polynomials.members(_series), polynomials.CLASS,
            polynomials.CLASS_WITHOUT),
]  # fmt: skip


def table():
    """The table as Markdown."""
    head = [
        "# Gradients through NumPy",
        "",
        f"Made with NumPy {np.__version__} by `python -m numpy_table > ../docs/numpy.md` in",
        "`tests`. Each entry was found out by a small program, whose gradient was compared with",
        "differences in every direction; a test does so again, and checks that this page is up to",
        "date.",
        "",
    ]
    return "\n".join([*head, *lines(CHAPTERS)]) + "\n"
