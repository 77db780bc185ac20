"""Every program of the corpus in forward mode: its value, and the derivative of reverse mode."""

import random

import numpy as np
import pytest
from programs import differences, load, run_engine, run_plain

import zygcore as zg

PROGRAMS = load()
DIFFERENTIABLE = {name: p for name, p in PROGRAMS.items() if p.differentiable}

every_program = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
differentiable = pytest.mark.parametrize(
    "program", DIFFERENTIABLE.values(), ids=DIFFERENTIABLE.keys()
)


def complain(lines):
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def direction(rng, grad):
    """A random tangent in the structure of a gradient."""
    if isinstance(grad, (list, tuple)):
        return type(grad)([direction(rng, part) for part in grad])
    if isinstance(grad, dict):
        return {key: direction(rng, part) for key, part in grad.items()}
    if isinstance(grad, zg.Grad):
        return zg.Grad(**{key: direction(rng, part) for key, part in vars(grad).items()})
    if grad is None:
        return None
    if isinstance(grad, np.ndarray):
        noise = [rng.uniform(0.5, 1.5) * rng.choice((-1, 1)) for _ in range(grad.size)]
        v = np.array(noise).reshape(grad.shape)
        return (v * (1 + 0.5j) if grad.dtype.kind == "c" else v).astype(grad.dtype)
    if isinstance(grad, int):
        return rng.choice((-3, -2, 2, 3))
    v = rng.uniform(0.5, 1.5)
    return type(grad)(complex(v, -v) if isinstance(grad, (complex, np.complexfloating)) else v)


def products(grad, v):
    """The terms of the inner product of a gradient and a tangent."""
    if grad is None or v is None:
        return []
    if isinstance(grad, (list, tuple)):
        return [t for pair in zip(grad, v, strict=True) for t in products(*pair)]
    if isinstance(grad, dict):
        return [t for key in grad for t in products(grad[key], v[key])]
    if isinstance(grad, zg.Grad):
        return [t for key in vars(grad) for t in products(vars(grad)[key], vars(v)[key])]
    if isinstance(grad, (np.ndarray, complex, np.generic)):
        return np.ravel(np.real(np.conj(grad) * v)).tolist()
    return [grad * v]


@differentiable
def test_forward_is_reverse(program):
    grads = run_engine(program, zg.gradient).value
    rng = random.Random(0)
    tangents = direction(rng, grads)
    outcome = run_engine(program, lambda f, *args: zg.jvp(f, args, tangents))
    complain(differences(run_plain(program), outcome, value=False))
    terms = products(grads, tangents)
    _, dy = outcome.value
    expected = sum(terms)
    got = 0 if dy is None else dy
    assert np.shape(got) == ()
    if isinstance(expected, int) and isinstance(got, int):
        assert got == expected
    elif np.isfinite(expected):
        assert abs(got - expected) <= 1e-9 * sum(map(abs, terms)) + 1e-13, (got, expected)
    else:
        assert not np.isfinite(got)


@every_program
def test_value_in_forward_mode(program):
    outcome = run_engine(program, lambda f, *args: zg.jvp(f, args, (None,) * len(args))[0])
    complain(differences(run_plain(program), outcome))
