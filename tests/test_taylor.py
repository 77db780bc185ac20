"""Taylor mode: series as arguments, rules of users, errors."""

import math

import mpmath
import numpy as np
import pytest
from taylor_references import close, coefficients

import zygcore as zg
from zygcore.errors import AdjointError, TangentError


def test_jet():
    y, c = zg.jet(math.exp, (0.0,), ([1.0, 0.0, 2.0],))
    close([y, *c], coefficients(lambda t: mpmath.exp(t + 2 * t**3), mpmath.mpf(0), 3))
    y, c = zg.jet(lambda x, y, n: x**n / y, (2.0, 3.0, 2), ([1.0, 1.0], [None, 4.0], None))
    close([y, *c], coefficients(lambda t: (2 + t + t * t) ** 2 / (3 + 4 * t * t), mpmath.mpf(0), 2))
    assert zg.jet(lambda x: x, (1.0,), ([],)) == (1.0, [])
    assert zg.jet(lambda x: x, (1.0,), (None,)) == (1.0, [])


# ------------------------------------------------------------------------------ rules of users


def cube(x):
    return float(np.float64(x) ** 3)


def test_rules_of_users(monkeypatch):
    from zygcore.rules import registry

    rules = dict(registry.RULES)
    try:

        @zg.adjoint(cube)
        def cube_rule(x):
            return cube(x), lambda dy: (3 * x**2 * dy,)

        close(zg.taylor(cube, 2.0, 4), [8.0, 12.0, 6.0, 1.0, 0.0])

        def waves(x):
            raise NotImplementedError

        @zg.adjoint(waves)
        def waves_rule(x):
            return math.sin(x), lambda dy: (dy * math.cos(x),)

        close(zg.taylor(waves, 0.4, 4), coefficients(mpmath.sin, mpmath.mpf(0.4), 4))

        def grows(x):
            return math.exp(x)

        @zg.adjoint(grows)
        def grows_rule(x):
            y = math.exp(x)
            return y, lambda dy: (dy * grows(x),)

        close(zg.taylor(grows, 0.4, 6), coefficients(mpmath.exp, mpmath.mpf(0.4), 6))
    finally:
        for key in set(registry.RULES) - set(rules):
            del registry.RULES[key]


def test_forward_rules_of_users():
    from zygcore.rules import registry

    def quartic(x):
        raise NotImplementedError

    try:

        @zg.tangent(quartic)
        def quartic_tangent(primals, tangents):
            (x,), (v,) = primals, tangents
            return x**4, 4 * x**3 * v

        assert zg.taylor(quartic, 2.0, 5) == [16.0, 32.0, 24.0, 8.0, 1.0, 0.0]
        assert zg.taylor(lambda x: quartic(x * x), 1.0, 2) == [1.0, 8.0, 28.0]
    finally:
        registry.TANGENTS.pop(quartic, None)
        registry.RULES.pop(quartic, None)


# ---------------------------------------------------------------------------------- errors


def test_errors():
    with pytest.raises(TangentError, match="order"):
        zg.taylor(math.sin, 0.5, -1)
    with pytest.raises(TangentError, match="order"):
        zg.taylor(math.sin, 0.5, 1.5)
    with pytest.raises(TangentError, match="direction"):
        zg.taylor(np.sin, np.ones(3), 2)
    with pytest.raises(TangentError, match="direction"):
        zg.taylor(lambda x: x, "a", 2)
    with pytest.raises(TangentError, match="must agree"):
        zg.taylor(np.sin, np.ones(3), 2, np.ones(4))
    with pytest.raises(TangentError, match="complex"):
        zg.taylor(np.sin, np.ones(3), 2, 1j * np.ones(3))
    with pytest.raises(TangentError, match="give a number"):
        zg.taylor(math.sin, 1.0, 2, [1.0])
    with pytest.raises(TangentError, match="structure"):
        zg.taylor(lambda x: x[0], [1.0, 2.0], 2, [1.0])
    with pytest.raises(TangentError, match="one each"):
        zg.jet(lambda x, y: x, (1.0, 2.0), ([1.0],))
    with pytest.raises(TangentError, match="same number"):
        zg.jet(lambda x, y: x, (1.0, 2.0), ([1.0], [1.0, 2.0]))
    with pytest.raises(TangentError, match="tuple"):
        zg.jet(lambda x: x, 1.0, [1.0])
    with pytest.raises(TangentError, match="list of Taylor"):
        zg.jet(lambda x: x, (1.0,), (1.0,))
    with pytest.raises(TangentError, match="not differentiable"):
        zg.jet(lambda x: x, ("a",), ([1.0],))


def test_unknown_derivatives():
    import struct

    def through_bytes(x):
        return struct.unpack("d", struct.pack("d", x))[0] * 2

    with pytest.raises(AdjointError):
        zg.taylor(through_bytes, 0.5, 2)
    with pytest.raises(AdjointError):
        zg.taylor(through_bytes, 0.5, 0 + 1)


def test_errors_of_the_program_pass_through():
    with pytest.raises(ZeroDivisionError):
        zg.taylor(lambda x: 1 / x, 0.0, 3)
    with pytest.raises(ValueError, match="math domain"):
        zg.taylor(math.log, -1.0, 3)


def test_checkpoints_are_refused():
    with pytest.raises(AdjointError, match="without it"):
        zg.taylor(lambda a: zg.checkpoint(lambda b: b**3, a), 2.0, 3)
