"""Arrays of subclasses: right, or refused by name."""

import math
import warnings

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import UnsupportedError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    MATRIX = np.matrix([[1.0, 2.0], [3.0, 4.0]])
MASKED = np.ma.masked_array([1.0, 2.0, 4.0], [False, True, False])
SQUARE = np.array([[1.0, 2.0], [3.0, 5.0]])


class Tagged(np.ndarray):
    pass


PROGRAMS = {
    "matrix": [
        (lambda m: (m * m).sum(), MATRIX), (lambda m: m.sum(), MATRIX), (lambda m: m[0, 0], MATRIX),
        (lambda m: np.sum(m + m), MATRIX), (lambda m: np.exp(m)[0, 0], MATRIX),
        (lambda m: m.T[0, 1], MATRIX), (lambda m: (m**2)[0, 1], MATRIX),
        (lambda m: m.mean(), MATRIX),
        (lambda x: (x * MATRIX).sum(), SQUARE), (lambda x: np.multiply(x, MATRIX).sum(), SQUARE),
        (lambda x: np.asarray(MATRIX @ x).sum(), SQUARE), (lambda x: (x @ MATRIX).A1[0], SQUARE),
        (lambda x: np.asmatrix(x)[0, 0], SQUARE), (lambda x: np.sum(x - MATRIX), SQUARE),
        (lambda x: x.view(np.matrix).sum(), SQUARE),
    ],
    "MaskedArray": [
        (lambda m: np.sum(m), MASKED), (lambda m: np.exp(m).sum(), MASKED),
        (lambda x: np.ma.masked_array(x, x > 3).sum(), SQUARE),
        (lambda x: np.ma.masked_where(x > 3, x).mean(), SQUARE),
        (lambda x: np.ma.masked_invalid(x).compressed().sum(), SQUARE),
        (lambda x: np.sum(a=np.ma.masked_array(x * 2, x > 3)), SQUARE),
    ],
    "Tagged": [
        (lambda x: (x * x).sum(), SQUARE.view(Tagged)),
        (lambda x: x[0, 0] ** 2, SQUARE.view(Tagged)),
        (lambda x: (x.view(Tagged) * x).sum(), SQUARE),
        (lambda x: np.sum(x * SQUARE.view(Tagged)), SQUARE),
    ],
}  # fmt: skip
CASES = [(name, f, x) for name, programs in PROGRAMS.items() for f, x in programs]


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize(("name", "f", "x"), CASES)
def test_refused_by_name(name, f, x):
    f(x)  # which works
    with pytest.raises(UnsupportedError, match=f"subclass {name}"):
        zg.gradient(f, x)


def test_the_numbers_in_them():
    d = zg.gradient(lambda m: (np.asarray(m) ** 2).sum(), MATRIX)[0]
    assert type(d) is np.ndarray and d.tolist() == [[2, 4], [6, 8]]
    d = zg.gradient(lambda m: (m.A**2).sum(), MATRIX)[0]
    assert type(d) is np.ndarray and d.tolist() == [[2, 4], [6, 8]]
    d = zg.gradient(lambda x: (np.asarray(x) ** 2).sum(), SQUARE.view(Tagged))[0]
    assert d.tolist() == (2 * SQUARE).tolist()


def test_masked_numbers():
    for f, expected in [
        (lambda m: m.sum(), [1, 0, 1]),
        (lambda m: m.mean(), [0.5, 0, 0.5]),
        (lambda m: m.max(), [0, 0, 1]),
        (lambda m: m.prod(), [4, 0, 1]),
        (lambda m: np.sum(m.filled(3.0) ** 2), [2, 0, 8]),
        (lambda m: np.sum(m.data**2), [2, 4, 8]),
    ]:
        d = zg.gradient(f, MASKED)[0]
        assert type(d) is np.ndarray and d.tolist() == expected


def test_memory_maps_are_plain(tmp_path):
    x = np.memmap(tmp_path / "x", np.float64, "w+", shape=3)
    x[:] = [1.0, 2.0, 3.0]
    assert zg.gradient(lambda x: np.sum(x * x), x)[0].tolist() == [2, 4, 6]
    del x


def test_rules_for_them_are_for_them():
    def doubled(x):
        return x * 2

    @zg.adjoint(doubled)
    def doubled_rule(x):
        return doubled(x), lambda dy: (2 * np.asarray(dy),)

    d = zg.gradient(lambda x: np.asarray(doubled(x)).sum(), SQUARE.view(Tagged))[0]
    assert np.asarray(d).tolist() == [[2, 2], [2, 2]]


def test_attributes_of_masked_arrays_may_be_set():
    def f(x):
        m = np.ma.masked_array([1.0, 2.0], [0, 1])
        y = np.sum(x * m.data)
        m.fill_value = 3.0
        return y

    assert zg.gradient(f, np.ones(2))[0].tolist() == [1.0, 2.0]


def test_a_class_attribute_that_has_a_rule_is_not_called():
    class Model:
        kind = int
        make = np.float32
        function = math.sin

        def __init__(self, x):
            self.x = x

    def f(m):
        assert m.kind is int and m.make is np.float32 and m.function is math.sin
        return m.x * 2

    assert zg.gradient(f, Model(3.0))[0].x == 2.0
