"""What the rules of special functions share."""

import numpy as np
import scipy.special as sc
import scipy.special._ufuncs as ufuncs

from ....errors import AdjointError
from ...broadcasting import guarded_mul, project, unsupported
from ...registry import adjoint, each, elementwise

__all__ = ["available", "declare", "series", "several", "unknown"]


def available(name):
    """A ufunc of SciPy's by name; `None` where this SciPy has none."""
    found = getattr(ufuncs, name, None)
    return found if isinstance(found, np.ufunc) else getattr(sc, name, None)


def unknown(what):
    """A partial derivative that is not known: an error where a gradient needs it."""

    def unknown_partial(*args):
        raise AdjointError(
            f"no derivative is known of scipy.special.{what}; use zygcore.dropgrad if it is "
            "to be a constant, or register a rule with zygcore.adjoint"
        )

    return unknown_partial


def _known(name, partials):
    return [unknown(f"{name} with respect to {p}") if isinstance(p, str) else p for p in partials]


def declare(name, *partials):
    """`elementwise` for a function that other versions of SciPy may not have.

    A partial derivative that is text is the name of an argument whose derivative is not known.
    """
    target = available(name)
    if target is not None:
        elementwise(target, *_known(name, partials))


def several(name, *derivatives):
    """Declare an elementwise function with several results.

    ``derivatives[i](*args, ys)`` is a tuple: the derivatives of all results with respect to
    argument i, real or holomorphic; `None` for an argument that has to be a whole number.
    """
    target = available(name)
    if target is None:
        return
    known = _known(name, derivatives)

    @adjoint(target)
    def several_rule(*args, **options):
        unsupported(name, **options)
        ys = target(*args)

        def part(i):
            def several_back(dys):
                xs = [np.asarray(x)[()] for x in args]
                dx = 0.0
                with np.errstate(all="ignore"):
                    for dy, slope in zip(dys, known[i](*xs, ys), strict=True):
                        if dy is not None:
                            dx = dx + guarded_mul(dy, np.conjugate(slope))
                return project(dx, args[i])

            return several_back

        return ys, each(*[None if known[i] is None else part(i) for i in range(len(args))])


def series(coefficients, x):
    """A polynomial in x by Horner's scheme, lowest power first."""
    total = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = total * x + c
    return total
