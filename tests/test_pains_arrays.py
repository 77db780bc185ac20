"""Complaints about arrays: writing, indexing, kinds of numbers, NaN, ties.

The numbers in the headings are those of PAINS.  More of each in `test_in_place.py` and in
`rules/numpy/test_degenerate.py`.
"""

import time

import numpy as np
import pytest

import zygcore as zg


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


# -------------------------------------------------------------------- 1, 2, 3: mutation


def test_filling_an_array():
    def f(x):
        b = np.zeros((4, 4))
        b[:2, :2] = x
        return (b**2).sum()

    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert grad(f)(x).tolist() == (2 * x).tolist()


def test_aliases_are_the_same_array():
    def f(x):
        z = y = x * 1
        y += x
        return (z * y).sum()

    x = np.array([1.0, -2.0, 3.0])
    assert grad(f)(x).tolist() == (8 * x).tolist()

    def of_number(x):
        z = y = x * 1
        y += x  # another number: z is what it was
        return z * y

    assert grad(of_number)(3.0) == 12.0


def test_what_was_kept_is_what_it_was():
    def f(x):
        y = np.exp(x)
        z = (y * y).sum()
        y[:] = 0
        return z

    x = np.array([0.1, 0.7])
    np.testing.assert_allclose(grad(f)(x), 2 * np.exp(2 * x), rtol=1e-14)


# -------------------------------------------------------------------- 4, 5: indexing loops


def test_loops_over_elements_take_linear_time():
    f = lambda x: sum(x[i] ** 2 for i in range(len(x)))

    def seconds(n):
        x = np.ones(n)
        grad(f)(x)
        before = time.process_time()
        grad(f)(x)
        return time.process_time() - before

    # 4 times as long, and 16 times if each element cost an array; not every time is a quiet one
    assert min(seconds(4000) / seconds(1000) for _ in range(8)) < 6


def test_repeated_indices_add_up():
    assert grad(lambda x: x[[0, 0, 2]].sum())(np.zeros(3)).tolist() == [2, 0, 1]
    x = np.arange(6.0).reshape(2, 3)
    d = grad(lambda x: (x[[0, 0, 1], [1, 1, 2]] * np.array([1.0, 2.0, 3.0])).sum())(x)
    assert d.tolist() == [[0, 3, 0], [0, 0, 3]]
    assert grad(lambda x: x[np.array([[0, 0], [0, 2]])].sum())(np.zeros(3)).tolist() == [3, 0, 1]


# ---------------------------------------------------------------------- 13: complex numbers


def test_gradients_of_real_numbers_are_real():
    d = grad(lambda x: np.imag(np.exp(1j * x)))(0.5)
    assert type(d) is float and d == pytest.approx(np.cos(0.5), rel=1e-15)
    d = grad(lambda x: np.sum(np.real(x * (1 + 2j)) + np.imag(x * 3j)))(np.ones(2))
    assert d.dtype == np.float64 and d.tolist() == [4, 4]


def test_the_convention_for_complex_numbers():
    """dL/dx + i dL/dy: the direction of steepest ascent."""
    z = np.array([1 + 2j, -0.5j])
    assert grad(lambda z: np.sum(np.abs(z) ** 2))(z).tolist() == (2 * z).tolist()
    assert grad(lambda z: np.sum(np.real(z * (3 + 4j))))(z).tolist() == [3 - 4j] * 2


# ----------------------------------------------------------------------------- 15, 16: NaN


def test_untaken_branches_pass_nothing():
    with np.errstate(all="ignore"):
        assert grad(lambda x: np.where(x < 1, x, np.sqrt(x)))(0.0) == 1
        assert grad(lambda x: np.where(x < 1, x, np.sqrt(x)).sum())(np.zeros(2)).tolist() == [1, 1]
        assert grad(lambda x: np.where(x > 0, np.log(x), 0.0))(0.0) == 0
        assert grad(grad(lambda x: np.where(x < 1, x**3, np.sqrt(x))))(0.0) == 0


def test_norms_and_powers_at_zero():
    assert grad(np.linalg.norm)(np.zeros(3)).tolist() == [0, 0, 0]
    assert grad(lambda b: 0.0**b)(1.0) == 0
    assert grad(lambda b: np.sum(np.zeros(2) ** b))(1.0) == 0
    assert grad(lambda x: np.sum(x**0))(np.zeros(2)).tolist() == [0, 0]


# --------------------------------------------------------------------------------- 17: ties


def test_ties_share():
    one = np.ones(2)
    for f in (np.max, np.min, np.median, np.amax, lambda x: np.maximum(x[0], x[1]),
              lambda x: np.sort(x)[0], lambda x: np.percentile(x, 30), np.fmax.reduce):  # fmt: skip
        assert grad(f)(one).tolist() == [0.5, 0.5]
    assert grad(lambda x: x[np.argmax(x)])(one).tolist() == [1, 0]  # an index is a constant
