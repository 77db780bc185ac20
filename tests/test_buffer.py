"""`Buffer`: an array to build a result in."""

import copy
import doctest

import numpy as np
import pytest

import zygcore as zg
from zygcore import buffer
from zygcore.testing import check_adjoint


def vstack(xs):
    out = zg.Buffer(xs, len(xs), 5)
    for i in range(5):
        out[:, i] = xs
    return out.copy()


def test_examples():
    failed, tried = doctest.testmod(buffer)
    assert tried and not failed


@pytest.mark.parametrize("kind", [np.array, list, tuple])
def test_vstack(kind):
    x = kind([1.0, 2.0, 3.0])
    (dx,) = zg.gradient(lambda x: np.sum(vstack(x)), x)
    assert type(dx) is type(x) and list(dx) == [5.0, 5.0, 5.0]


def test_integers_have_gradients_in_floating_point():
    (dx,) = zg.gradient(lambda x: np.sum(vstack(x)), np.array([1, 2, 3]))
    assert dx.dtype == float and list(dx) == [5.0, 5.0, 5.0]


def test_vstack_completely():
    check_adjoint(lambda x: vstack(x) ** 3, np.array([1.0, -2.0, 3.0]), second=False)


def powers(x):
    """Each row is the one before times x: the buffer is read while it is written."""
    out = zg.Buffer(x, 4, len(x))
    out[0] = np.ones(len(x))
    for i in range(1, 4):
        out[i] = out[i - 1] * x
    out[2, 0] += x[-1]
    out[1] *= 2.0
    return out.copy()


def test_read_while_written():
    check_adjoint(powers, np.array([0.5, -1.5, 2.0]), second=False)


def test_what_is_read_is_no_view():
    b = zg.Buffer(np.zeros(3))
    row = b[:2]
    b[0] = 7.0
    assert row[0] == 0.0
    row[1] = 5.0
    assert b[1] == 0.0 and type(b[0]) is np.float64
    assert [float(v) for v in b] == [7.0, 0.0, 0.0] and len(b) == 3


def test_similar():
    b = zg.Buffer(np.zeros((2, 3), np.float32))
    assert (b.shape, b.ndim, b.size, b.dtype) == ((2, 3), 2, 6, np.float32)
    b = zg.Buffer([1, 2], 4, 1, dtype=complex)
    assert (b.shape, b.dtype) == ((4, 1), complex)
    assert repr(b) == "<Buffer of shape (4, 1) and dtype complex128, open>"
    assert not b.copy().any()
    assert "read-only" in repr(b)


def test_copy_freezes_without_copying():
    b = zg.Buffer([0.0, 0.0])
    b[0] = 1.0
    a = b.copy()
    assert b.copy() is a and copy.copy(b) is a and b[0] == 1.0
    with pytest.raises(TypeError, match=r"copy\(\)"):
        b[1] = 2.0
    assert list(a) == [1.0, 0.0]
    a[1] = 3.0  # the array is an ordinary one
    assert type(a) is np.ndarray


def test_a_frozen_buffer_is_an_error_in_a_gradient_too():
    def f(x):
        b = zg.Buffer(x)
        b.copy()
        b[0] = x[0]
        return b[0]

    with pytest.raises(TypeError, match="read-only|cannot be written"):
        zg.gradient(f, np.ones(2))


def test_values_that_do_not_fit():
    b = zg.Buffer([1, 2])
    with pytest.raises(TypeError, match="dtype=float"):
        b[0] = 0.5
    with pytest.raises(TypeError, match="float64"):
        zg.gradient(lambda x: zg.Buffer([1, 2]).__setitem__(0, x), np.array([0.5, 1.5]))
    with pytest.raises(ValueError, match="broadcast"):
        b[:] = [1, 2, 3]
    b[:] = True
    assert list(b.copy()) == [1, 1]


@pytest.mark.parametrize(
    "use", [np.sum, np.asarray, np.sin, lambda b: np.ones(2) + b, lambda b: b @ np.ones(2)]
)
def test_a_buffer_is_no_array(use):
    b = zg.Buffer([1.0, 2.0])
    with pytest.raises(TypeError):
        use(b)
    with pytest.raises(TypeError):
        zg.gradient(lambda x: use(filled(x)), np.ones(2))


def filled(x):
    b = zg.Buffer(x)
    b[:] = x
    return b


def test_single_precision_and_complex():
    x = np.array([1.0, 2.0], np.float32)
    (dx,) = zg.gradient(lambda x: np.sum(vstack(x)), x)
    assert dx.dtype == np.float32
    z = np.array([1 + 2j, 3 - 1j])
    (dz,) = zg.gradient(lambda z: np.sum(np.abs(vstack(z)) ** 2), z)
    np.testing.assert_allclose(dz, 10 * z)


def test_what_was_overwritten_has_no_gradient():
    def f(x):
        b = zg.Buffer(x)
        b[:] = x * x
        b[0] = 3.0
        return np.sum(b.copy())

    assert list(zg.gradient(f, np.array([2.0, 3.0]))[0]) == [0.0, 6.0]


def test_second_order():
    x = np.array([1.0, 2.0])
    g = zg.gradient(lambda x: zg.gradient(lambda x: np.sum(vstack(x) ** 2), x)[0][0], x)
    assert g[0].tolist() == [10.0, 0.0]
