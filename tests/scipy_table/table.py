"""The table of SciPy's functions, made of verdicts on small programs of one number.

What a page is made of is told in `numpy_table.page`.
"""

import warnings

import numpy as np
from numpy_table.measure import judge
from numpy_table.page import lines, module

from zygcore.rules.libraries import everything

from . import (
    distributions,
    interpolate,
    linalg,
    ndimage,
    signal,
    solvers,
    sparse,
    special,
    stats,
    transforms,
)

__all__ = ["CHAPTERS", "table"]

everything()

POINT = np.array([1.1])


def judge_number(program, coarse=False):
    """The verdict on a program of one number."""
    coarse = coarse or getattr(program, "noisy", False)
    steps, rtol = ((1e-3, 1e-2), 1e-3) if coarse else ((1e-5, 1e-3), 1e-6)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return judge(lambda v: program(v[0].item()), POINT, steps, rtol)


def judge_solver(program):
    """The same for what is known to fewer digits."""
    return judge_number(program, True)


def of(title, programs, without=(), **options):
    options = {"judge": judge_number, **options}
    return module(f"scipy.{title}", programs, without, **options)


CHAPTERS = [
    of("special", special.PROGRAMS, special.WITHOUT),
    of("linalg", linalg.LINALG, linalg.LINALG_WITHOUT),
    of("fft", transforms.FFT, transforms.FFT_WITHOUT),
    of("sparse", sparse.SPARSE, sparse.SPARSE_WITHOUT),
    of("sparse.linalg", sparse.LINALG, sparse.LINALG_WITHOUT, judge=judge_solver),
    of("integrate", solvers.INTEGRATE, solvers.INTEGRATE_WITHOUT, judge=judge_solver),
    of("optimize", solvers.OPTIMIZE, solvers.OPTIMIZE_WITHOUT, judge=judge_solver),
    of("stats", {**stats.PROGRAMS, **distributions.PROGRAMS}, stats.WITHOUT),
    of("signal", signal.PROGRAMS, signal.WITHOUT),
    of("ndimage", ndimage.PROGRAMS, ndimage.WITHOUT),
    of("interpolate", interpolate.PROGRAMS, {"interp2d"}),
]


def table():
    """The table as Markdown."""
    head = [
        "# Gradients through SciPy",
        "",
        "Made with SciPy 1.17 by `python -m scipy_table > ../docs/scipy.md` in `tests`. Each entry",
        "was found out by small programs, whose gradients were compared with differences; a test",
        "does so again, and checks that this page is up to date. Of distributions, `logpdf`, `cdf`",
        "and `ppf` are tried with respect to the point, the location, the scale and each shape.",
        "",
    ]
    return "\n".join([*head, *lines(CHAPTERS)]) + "\n"
