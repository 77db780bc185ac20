"""Draws are constants; distributions are Python code over them."""

import random

from zygcore.rules.registry import NONDIFFERENTIABLE, RULES, key_of


def test_primitives_are_declared():
    for name in ("random", "getrandbits"):
        assert RULES[getattr(random.Random, name)].kind == NONDIFFERENTIABLE


def test_distributions_have_no_rule():
    for name in ("uniform", "gauss", "triangular", "expovariate", "choice", "shuffle"):
        assert key_of(getattr(random.Random, name)) not in RULES
