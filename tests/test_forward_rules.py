"""Forward mode: rules of the library and of users, and values that are known in part."""

import math

import numpy as np
import pytest
from forward_slopes import same

import zygcore as zg
from zygcore.errors import AdjointError


def test_the_trace_is_no_special_case():
    """The pullback of `eigvals` has a quick way for equal cotangents."""
    rng = np.random.default_rng(0)
    for f in (np.linalg.eigvals, lambda a: np.poly(a), lambda a: np.roots(a[0])):
        a, v, h = rng.standard_normal((4, 4)), rng.standard_normal((4, 4)), 1e-6
        expected = (f(a + h * v) - f(a - h * v)) / (2 * h)
        np.testing.assert_allclose(zg.jvp(f, (a,), (v,))[1], expected, rtol=1e-6, atol=1e-8)


def test_ties_as_in_reverse_mode():
    a, v = np.ones(2), np.array([1.0, 0.0])
    for f in (np.max, np.min, lambda a: np.maximum(a[0], a[1]), lambda a: np.sort(a)[0]):
        assert zg.jvp(f, (a,), (v,))[1] == zg.gradient(f, a)[0] @ v


def test_users_adjoint_in_forward_mode():
    def sin_(x):
        return math.sin(x)

    @zg.adjoint(sin_)
    def _(x):
        return math.sin(x), lambda dy: (dy * math.cos(x),)

    assert zg.jvp(sin_, (0.5,), (2.0,)) == (math.sin(0.5), 2 * math.cos(0.5))
    assert zg.hessian(sin_, 0.5) == pytest.approx(-math.sin(0.5), rel=1e-15)


def test_adjoint_of_several_values():
    def both(x, y):
        return x * y, {"sum": x + y, "note": "text"}

    @zg.adjoint(both)
    def _(x, y):
        def back(dz):
            product, rest = dz
            dx = dy = 0.0
            if product is not None:
                dx, dy = product * y, product * x
            if rest is not None and rest["sum"] is not None:
                dx, dy = dx + rest["sum"], dy + rest["sum"]
            return dx, dy

        return (x * y, {"sum": x + y, "note": "text"}), back

    y, dy = zg.jvp(both, (2.0, 3.0), (1.0, 10.0))
    assert y == (6.0, {"sum": 5.0, "note": "text"})
    assert dy == (23.0, {"sum": 11.0, "note": None})


def test_an_adjoint_that_fails_shows_the_line():
    def broken(x):
        return x * 2

    @zg.adjoint(broken)
    def _(x):
        return x * 2, lambda dy: 0 // 0

    with pytest.raises(ZeroDivisionError) as info:
        zg.jvp(lambda x: broken(x) + 1, (1.0,), (1.0,))
    text = "".join(getattr(info.value, "__notes__", []))
    frames = [entry.path for entry in info.traceback]
    assert "test_forward" in text or any("test_forward" in str(p) for p in frames)
    assert zg.jvp(lambda x: (broken(x), x)[1], (1.0,), (1.0,)) == (1.0, 1.0)


def make_cube():
    def cube(x, scale=1.0):
        return scale * x**3

    calls = []

    @zg.tangent(cube)
    def _(primals, tangents, scale=1.0):
        (x,), (v,) = primals, tangents
        calls.append(scale)
        return scale * x**3, scale * 3 * x * x * v

    return cube, calls


def test_tangent_rule():
    cube, calls = make_cube()
    assert zg.jvp(cube, (2.0,), (1.5,)) == (8.0, 18.0)
    assert calls
    assert zg.gradient(cube, 2.0) == (12.0,)
    assert zg.pullback(cube, 2.0)[1](2.0) == (24.0,)


def test_tangent_rule_with_options():
    cube, calls = make_cube()
    f = lambda x: cube(x, scale=5.0)
    assert zg.jvp(f, (2.0,), (1.0,)) == (40.0, 60.0)
    assert zg.gradient(f, 2.0) == (60.0,)
    assert set(calls) == {5.0}


def test_tangent_rule_nested():
    cube, _ = make_cube()
    D = lambda f: lambda x: zg.gradient(f, x)[0]
    F = lambda f: lambda x: zg.jvp(f, (x,), (1.0,))[1]
    for first in (D, F):
        for second in (D, F):
            assert first(second(cube))(2.0) == 12.0
            for third in (D, F):
                assert third(first(second(cube)))(2.0) == 6.0


def test_tangent_rule_of_arrays():
    def outer(a, b):
        return np.outer(a, b)

    @zg.tangent(outer)
    def _(primals, tangents):
        (a, b), (da, db) = primals, tangents
        return np.outer(a, b), np.outer(da, b) + np.outer(a, db)

    rng = np.random.default_rng(0)
    a, b, w = rng.standard_normal(2), rng.standard_normal(3), rng.standard_normal((2, 3))
    zg.testing.check_adjoint(outer, a, b, single=False)
    da, db = zg.gradient(lambda a, b: np.sum(w * outer(a, b)), a, b)
    np.testing.assert_allclose(da, w @ b, rtol=1e-14)
    np.testing.assert_allclose(db, a @ w, rtol=1e-14)


def test_tangent_and_adjoint_together():
    used = []

    def twice(x):
        return 2 * x

    @zg.tangent(twice)
    def _(primals, tangents):
        used.append("tangent")
        return 2 * primals[0], 2 * tangents[0]

    @zg.adjoint(twice)
    def _(x):
        used.append("adjoint")
        return 2 * x, lambda dy: (2 * dy,)

    assert zg.gradient(twice, 1.0) == (2.0,) and set(used) == {"adjoint"}
    used.clear()
    assert zg.jvp(twice, (1.0,), (1.0,)) == (2.0, 2.0) and set(used) == {"tangent"}


def test_tangent_rule_must_return_a_pair():
    def f(x):
        return x

    @zg.tangent(f)
    def _(primals, tangents):
        return primals[0]

    with pytest.raises(zg.errors.RuleError, match="tangent"):
        zg.jvp(f, (1.0,), (1.0,))


# ---------------------------------------------------------- values that are known in part


#: no component tells which phases LAPACK gives to its eigenvectors
DIAGONAL = np.diag([2.0, 1.0]) + 0j


@pytest.mark.parametrize("f", [np.linalg.eigh, lambda a: [np.linalg.eigh(a)]])
def test_a_part_that_is_not_known(f):
    """The phases of eigenvectors are not known; eigenvalues have derivatives."""
    from zygcore._forward import pushed

    a = DIAGONAL
    with pytest.raises(AdjointError, match="phases"):
        zg.jvp(f, (a,), (a,))
    with pytest.raises(AdjointError, match="phases"):
        pushed(f, (a,), (np.stack([a, a]),), 2)
    with pytest.raises(AdjointError, match="phases"):
        zg.gradient(lambda t: (zg.jvp(f, (a * t,), (a,)), t)[1], 1.0)


def test_a_part_that_is_known():
    from zygcore._forward import pushed

    a, expected = DIAGONAL, np.linalg.eigvalsh(DIAGONAL)  # of degree one
    values = lambda a: np.linalg.eigh(a)[0]
    np.testing.assert_allclose(zg.jvp(values, (a,), (a,))[1], expected, rtol=1e-14)
    _, several = pushed(values, (a,), (np.stack([a, 2 * a]),), 2)
    np.testing.assert_allclose(several, [expected, 2 * expected], rtol=1e-14)
    f = lambda t: np.sum(zg.jvp(values, (a * t * t,), (a,))[0])
    assert zg.gradient(f, 1.0)[0] == pytest.approx(2 * expected.sum(), rel=1e-14)


def test_values_that_are_lists_of_rules():
    a, v = np.arange(4.0), np.array([1.0, 2.0, 3.0, 4.0])
    _, dy = zg.jvp(lambda a: np.split(a, 2), (a,), (v,))
    same(dy, [np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    assert zg.jvp(lambda x: divmod(x, 2.0), (5.0,), (1.0,))[1] in ((0.0, 1.0), (None, 1.0))


def test_hooks_have_no_cotangents_in_forward_mode(capsys):
    seen = []

    def f(x):
        return zg.hook(seen.append, x) * zg.showgrad(x) ** 2

    assert zg.jvp(f, (2.0,), (1.0,)) == (8.0, 12.0)
    assert not seen and not capsys.readouterr().out


def test_hessians_of_other_numbers_are_refused():
    import sympy

    with pytest.raises(zg.errors.OutputError, match="nest `gradient`"):
        zg.hessian(lambda x: x**3, sympy.Symbol("x"))
