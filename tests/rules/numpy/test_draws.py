"""Pathwise derivatives of random draws."""

import math
import pickle

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

MAKERS = {
    "PCG64": lambda: np.random.default_rng(7),
    "MT19937": lambda: np.random.Generator(np.random.MT19937(7)),
    "Philox": lambda: np.random.Generator(np.random.Philox(7)),
    "SFC64": lambda: np.random.Generator(np.random.SFC64(7)),
    "legacy": lambda: np.random.RandomState(7),
}
A = np.array([0.7, 1.9, 1.2])
B = np.array([[0.4], [2.3]])

#: method -> parameters that have a derivative
DRAWS = {
    "normal": (A, B), "gumbel": (A, B), "laplace": (A, B), "logistic": (A, B), "lognormal": (A, B),
    "uniform": (A - 2, B), "exponential": (A,), "rayleigh": (A,), "weibull": (A,), "power": (A,),
    "pareto": (A,), "triangular": (A - 2, A, B + 2),
}  # fmt: skip


def state(generator):
    """All that later draws depend on."""
    if isinstance(generator, np.random.RandomState):
        return pickle.dumps(generator.get_state(legacy=False))
    return pickle.dumps(generator.bit_generator.state)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("name", DRAWS)
def test_parameters(maker, name):
    draw = lambda *args, **options: getattr(maker(), name)(*args, **options)
    args = DRAWS[name]
    check_adjoint(draw, *args, rtol=1e-6)
    check_adjoint(draw, *[x.flat[0] for x in args], rtol=1e-6)
    check_adjoint(draw, *[float(x.flat[0]) for x in args], size=(2, 3), rtol=1e-6)
    check_adjoint(draw, *args, (4, 2, 3), wrt=range(len(args)), rtol=1e-6)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("name", DRAWS)
def test_values_and_states_are_those_of_plain_calls(maker, name):
    args = DRAWS[name]
    ours, plain = maker(), maker()
    seen = []

    def f(*args):
        for size in (None, (2, 3)):
            seen.append(np.copy(getattr(ours, name)(*args, size=size)))
        seen.append(ours.standard_normal(3))  # some legacy draws leave half of a pair behind
        return np.sum(getattr(ours, name)(*args))

    value, back = zg.pullback(f, *args)
    before = state(ours)
    expected = [getattr(plain, name)(*args, size=size) for size in (None, (2, 3))]
    expected.append(plain.standard_normal(3))
    assert value == np.sum(getattr(plain, name)(*args))
    for a, b in zip(seen, expected, strict=True):
        assert a.tobytes() == b.tobytes()
    back(1.0)
    assert state(ours) == before == state(plain)


@pytest.mark.parametrize("maker", MAKERS)
def test_draws_that_are_smooth_in_one_parameter(maker):
    make = MAKERS[maker]
    check_adjoint(lambda s: make().gamma(2.0, s, 4), 1.5)
    check_adjoint(lambda m: make().vonmises(m, 2.0), 0.3)


def test_keywords_and_defaults():
    draw = lambda s: np.random.default_rng(3).normal(scale=s, size=4)
    check_adjoint(draw, 2.5)
    check_adjoint(lambda m: np.random.default_rng(3).normal(loc=m), A)
    check_adjoint(lambda h: np.random.default_rng(3).uniform(high=h, size=3), 2.5)


def test_at_no_scale():
    """The draw is the location, and its derivative the standard draw, which it does not show."""
    for maker in MAKERS.values():
        for name, standard in (("normal", "standard_normal"), ("gumbel", "gumbel")):
            f = lambda s, maker=maker, name=name: getattr(maker(), name)(1e9, s)
            z = getattr(maker(), standard)()
            assert zg.gradient(f, 0.0) == (z,) and zg.gradient(f, 1e-9) == (z,)


def test_functions_of_the_module():
    def f(m, s):
        return np.sum(np.random.normal(m, s) ** 2)

    np.random.seed(11)
    z = np.random.standard_normal(3)
    after = np.random.random()
    np.random.seed(11)
    dm, ds = zg.gradient(f, A, 0.3)
    assert np.random.random() == after
    np.testing.assert_allclose(dm, 2 * (A + 0.3 * z), rtol=1e-14)
    assert ds == pytest.approx(np.sum(2 * (A + 0.3 * z) * z), rel=1e-14)


def test_mean_of_gradients_is_the_gradient_of_the_mean():
    """E exp(m + s z) = exp(m + s**2 / 2)."""
    rng = np.random.default_rng(5)
    dm, ds = zg.gradient(lambda m, s: np.mean(rng.lognormal(m, s, 200_000)), 0.2, 0.5)
    mean = math.exp(0.2 + 0.125)
    assert dm == pytest.approx(mean, rel=0.01) and ds == pytest.approx(0.5 * mean, rel=0.02)


def test_standard_draws_are_constants():
    for maker in MAKERS.values():
        f = lambda x, maker=maker: np.sum(x * maker().standard_normal(3)) * maker().random()
        z = maker().standard_normal(3) * maker().random()
        np.testing.assert_allclose(zg.gradient(f, A)[0], z, rtol=1e-15)


# ------------------------------------------------------------------ several variables

COV = np.array([[2.0, 0.3, 0.1], [0.3, 1.2, -0.4], [0.1, -0.4, 0.7]])


def symmetric(c):
    return 0.5 * (c + np.swapaxes(c, -1, -2))


@pytest.mark.parametrize("method", ["svd", "cholesky"])
@pytest.mark.parametrize("size", [None, 4, (2, 2)])
def test_multivariate_normal(method, size):
    def draw(m, c):
        rng = np.random.default_rng(3)
        return rng.multivariate_normal(m, symmetric(c), size, method=method)

    check_adjoint(draw, A, COV, rtol=1e-6, single=False)
    check_adjoint(lambda m: draw(m, COV), A, single=False)
    if method == "cholesky":
        check_adjoint(lambda c: draw(A, c), COV, rtol=1e-6, single=False)


def test_legacy_multivariate_normal():
    draw = lambda m, c: np.random.RandomState(3).multivariate_normal(m, symmetric(c), 4)
    check_adjoint(draw, A, COV, rtol=1e-6, single=False)


def test_multivariate_normal_with_equal_variances():
    draw = lambda c, **options: np.sum(
        np.random.default_rng(3).multivariate_normal(A, c, **options)
    )
    with pytest.raises(UnsupportedError, match="cholesky"):
        zg.gradient(draw, np.eye(3))
    z = np.random.default_rng(3).standard_normal(3)
    d = zg.gradient(lambda c: draw(c, method="cholesky"), np.eye(3))[0]
    np.testing.assert_allclose(np.diagonal(d), z / 2, rtol=1e-14)
    with pytest.raises(UnsupportedError, match="eigh"):
        zg.gradient(lambda c: draw(c, method="eigh"), COV)


# ------------------------------------------------------------- orders and selections

X = np.array([[0.7, 1.9, 1.2], [0.4, 2.3, 0.8], [1.6, 0.9, 3.1], [0.3, 1.1, 2.2]])


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_orders(maker):
    check_adjoint(lambda x: maker().permutation(x) ** 2, X)
    check_adjoint(lambda x: maker().permutation(x) ** 2, X[0])
    check_adjoint(lambda x: maker().permutation([x[0], x[1], x[2]]) ** 2, X[0])
    check_adjoint(lambda x: maker().choice(x, 5) ** 2, X[0])
    check_adjoint(lambda x: maker().choice(x, (2, 1), False, [0.2, 0.3, 0.5]) ** 2, X[0])
    check_adjoint(lambda x: x * maker().permutation(3) + maker().choice(4, 3), X[0])
    if not isinstance(maker(), np.random.RandomState):
        check_adjoint(lambda x: maker().permutation(x, axis=1) ** 2, X)
        check_adjoint(lambda x: maker().permuted(x, axis=1) ** 2, X)
        for x in (X, np.asfortranarray(X), X[:, ::2], X[::-1].T):  # the draw depends on the order
            check_adjoint(lambda x: maker().permuted(x) ** 2, x, layouts=False)
        check_adjoint(lambda x: maker().choice(x, 2, axis=1, shuffle=False) ** 2, X)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_shuffling_in_place(maker):
    def shuffled(x, **options):
        y = x * x
        rng = maker()
        rng.shuffle(y, **options)
        return y * np.arange(1.0, y.size + 1).reshape(y.shape) + rng.random()

    check_adjoint(shuffled, X)
    check_adjoint(shuffled, X[0])
    check_adjoint(lambda x: shuffled(x.T), X)
    if not isinstance(maker(), np.random.RandomState):
        check_adjoint(shuffled, X, axis=1)

    def items(x):
        values = [x[0] * 1.0, x[1] * x[1], x[2]]
        maker().shuffle(values)
        return values[0] + 2 * values[1] + 4 * values[2]

    check_adjoint(items, X[0], single=False)


def test_shuffling_data():
    """An array that an earlier operation needs, and that nothing depends on."""

    def f(x):
        w = np.array([1.0, 2.0, 3.0])
        y = np.sum(w * x)
        np.random.default_rng(0).shuffle(w)
        return y + w[0] * x[0] ** 2

    first = np.random.default_rng(0).permutation([1.0, 2.0, 3.0])[0]
    assert zg.gradient(f, np.ones(3))[0].tolist() == [1 + 2 * first, 2, 3]


# ----------------------------------------------------------------------- refused

REFUSED = {
    "beta": (0.5, 0.7), "binomial": (9, 0.4), "chisquare": (2.5,), "f": (2.5, 3.5), "gamma": (0.5,),
    "geometric": (0.4,), "logseries": (0.4,), "negative_binomial": (3, 0.4),
    "noncentral_chisquare": (3.0, 0.4), "noncentral_f": (3.0, 4.0, 0.4), "poisson": (3.5,),
    "standard_gamma": (1.5,), "standard_t": (2.5,), "vonmises": (0.5, 2.0), "wald": (0.5, 1.5),
    "zipf": (2.5,),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("maker", ["PCG64", "legacy"])
def test_no_pathwise_derivative(name, maker):
    args = REFUSED[name]
    f = lambda last: getattr(MAKERS[maker](), name)(*args[:-1], last) * 1.0
    with pytest.raises(AdjointError, match=f"a draw of {name}"):
        zg.gradient(f, args[-1])
    # which nothing depends on
    assert zg.gradient(lambda last: last * last + 0 * (f(last) > 1), args[-1])[0] == 2 * args[-1]


def test_probabilities_of_choices_are_refused():
    f = lambda p: np.random.default_rng(0).choice([1.0, 2.0, 3.0], p=p / p.sum())
    with pytest.raises(AdjointError, match="probabilities"):
        zg.gradient(f, A)
