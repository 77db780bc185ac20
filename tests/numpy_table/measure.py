"""What is found out about a function: whether a gradient through a small program of it is right.

`judge` compares the gradient of a program with differences, in every direction.
"""

import numpy as np

import zygcore as zg
from zygcore.errors import ZygcoreError
from zygcore.rules import registry

__all__ = ["POINT", "Verdict", "judge", "rule_of"]

#: and the steps are exact also in half precision
POINT = np.array([47, 23, 58, 17]) / 64
STEPS = (1e-5, 2.0**-7)


class Verdict:
    """How the gradient of a program compares.

    `kind` is ``right``, ``none`` (the value does not vary, and there is no gradient), ``error`` (an
    error of ours), or else what is wrong; `detail` says more.
    """

    def __init__(self, kind, detail=""):
        self.kind, self.detail = kind, str(detail)

    def __repr__(self):
        return f"{self.kind}: {self.detail}"


def total(value):
    """All numbers in a value, each with a weight of its own, summed up; text has none."""
    return summed(value, [0.0])


def summed(value, place):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        out = 0.0
        for item in value:
            out = out + summed(item, place)
        return out
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return summed(value.ravel().tolist(), place)
    if isinstance(value, (bool, str, bytes)) or value is None:
        return 0.0
    place[0] += 1
    if isinstance(value, np.ndarray):
        weights = np.cos(place[0] + np.arange(value.size)).reshape(value.shape)
        if value.dtype.kind == "c":
            return np.sum(value.real * weights) + np.sum(value.imag * weights) * 0.3
        return np.sum(value * weights)
    weight = float(np.cos(place[0] * 1.7))
    return (
        (value.real + 0.3 * value.imag) * weight if isinstance(value, complex) else value * weight
    )


def precision(value):
    """That of a cotangent, which is of the value's type."""
    kind = getattr(value, "dtype", np.dtype(float))
    return float(np.finfo(kind).eps) if kind.kind in "fc" else 0.0


def slopes(f, x, step, rtol=1e-6):
    """Central differences in every direction, by two steps; None where they disagree."""
    out = []
    for i in range(len(x)):
        e = step * np.eye(len(x))[i]
        near, far = ((float(f(x + k * e)) - float(f(x - k * e))) / (2 * k * step) for k in (1, 3))
        if not abs(near - far) <= rtol * (1 + abs(near)):
            return None
        out.append(near)
    return np.array(out)


def judge(program, point=POINT, steps=STEPS, rtol=1e-6):
    """The verdict on a program, a function of an array like `point`."""

    def loss(x):
        return total(program(x))

    value, wanted = float(loss(point.copy())), slopes(loss, point, steps[0], rtol)
    if wanted is None or not np.any(wanted):
        # in low precision too small a step shows nothing, and what is linear needs no small one
        longer = slopes(loss, point, steps[1], rtol)
        wanted = wanted if longer is None else longer
    try:
        got, (grad,) = zg.withgradient(loss, point.copy())
    except ZygcoreError as error:
        return Verdict("error", error)
    except Exception as error:
        return Verdict("broken", f"{type(error).__name__}: {error}")
    if not (float(got) == value or got != got and value != value):
        return Verdict("value", (got, value))
    if wanted is None:
        return Verdict("rough", "differences do not converge")
    if not np.any(wanted):
        constant = grad is None or not np.any(np.abs(grad) > 1e-14)
        return Verdict("none" if constant else "wrong", grad)
    if grad is None:
        return Verdict("dropped", wanted)
    near = max(rtol, precision(program(point.copy())))
    same = np.allclose(grad, wanted, rtol=near, atol=rtol / 100)
    return Verdict("right" if same else "wrong", (grad, wanted))


def rule_of(value):
    """The rule that is registered for a callable or a descriptor, or None."""
    key = registry.key_of(value)
    return registry.RULES.get(key) or registry.RULES.get(getattr(key, "_implementation", None))
