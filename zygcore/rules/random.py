"""Rules for the standard library's `random`.

Draws depend on no argument, so only the C primitives are declared; `uniform`,
`gauss`, `choice`, `shuffle` ... are Python code over them, and gradients with
respect to their parameters come from that code.
"""

import _random

from .registry import nondifferentiable

__all__ = []

# the methods of random.Random that are written in C are those of its base
nondifferentiable(
    _random.Random.random,
    _random.Random.getrandbits,
    _random.Random.seed,
    _random.Random.getstate,
    _random.Random.setstate,
)
