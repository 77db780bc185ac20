"""Arrays over the memory of others, and arrays whose shape or dtype is changed in place."""

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

#: since NumPy 2.5
pytestmark = pytest.mark.filterwarnings("ignore:Setting the .* has been deprecated")

X = np.array([[0.7, -0.4, 1.1], [0.3, 0.9, -1.3]])
W = np.array([[0.3, -0.2, 0.5], [1.0, 0.7, -0.9]])


def made(x):
    """An array of its own, in C's order."""
    return np.array(x, order="C") * 1.0


def written_through_a_buffer(x):
    y = made(x)
    v = np.ndarray((2,), y.dtype, y, y.itemsize, (2 * y.itemsize,))
    v[...] = x[0, :2] ** 2
    return [y * W, v[0]]


def constant_written_through_a_buffer(x):
    out = np.zeros(6)
    v = np.ndarray((3, 2), buffer=out)
    v[1] = x[0, 0] ** 2
    return out * out


def shape(x):
    y = made(x) * 2
    y.shape = (3, 2)
    return y**2 * W.reshape(3, 2)


def shape_of_what_pullbacks_keep(x):
    y = np.exp(made(x))
    z = y * y
    y.shape = (3, 2)
    w = np.sin(y) * np.arange(2.0)
    y.shape = 6
    return [z * W, w, y[3] ** 2]


def shape_under_another_name(x):
    y = made(x) * x
    names, row = [y], y[0]
    y.shape = -1
    names[0][2] *= 3.0
    return [y**3, row[1], names[0].shape[0] * x]


def shape_of_what_is_filled(x):
    out = np.zeros((2, 3))
    out[0] = x[0]
    out.shape = 6
    out[4] = x[1, 1] ** 2
    out.shape = (3, 2)
    return out * out


def shape_of_operands(x):
    a, b = np.exp(made(x)), np.sin(made(x))
    c = a * b
    a.shape = b.shape = (6,)
    return (a @ b) * c


def parts(x):
    y = made(x) + 1j * made(x) ** 2
    y.dtype = y.real.dtype
    return [y[:, ::2] * W, y**2]


def factor(x):
    y = np.linalg.inv(x[:, :2])
    t = np.tanh(y)
    y.shape = 4
    return [t * t, y[1] * y[2]]


def field(x):
    y = made(x) + 0j
    y.setfield(x * x, y.real.dtype, y.itemsize // 2)
    return [y.imag * W, y.getfield(y.real.dtype)[0, 1]]


def same_field(x):
    y = made(x)
    y.setfield(x[0, 0] ** 2, y.dtype)
    return y * W


PROGRAMS = {
    "ndarray": lambda x: np.ndarray((3, 2), x.dtype, buffer=made(x)) ** 2,
    "ndarray written": written_through_a_buffer,
    "ndarray of a constant": constant_written_through_a_buffer,
    "ndarray of nothing": lambda x: x * np.ndarray((3,)).size,
    "shape": shape,
    "shape of what is kept": shape_of_what_pullbacks_keep,
    "shape under another name": shape_under_another_name,
    "shape of what is filled": shape_of_what_is_filled,
    "shape of operands": shape_of_operands,
    "shape of a factor": factor,
    "dtype": parts,
    "setfield": field,
    "setfield of all": same_field,
    "transpose by an array": lambda x: x.transpose(np.array([1, 0])) * W.T,
}


@pytest.mark.parametrize("program", list(PROGRAMS.values()), ids=list(PROGRAMS))
def test_gradient(program):
    check_adjoint(program, X)


def test_a_pullback_leaves_arrays_as_they_were():
    """A second sweep starts from where the program ended."""
    seen = []

    def f(x):
        y = np.exp(x)
        z = y * y
        y.shape = (3, 2)
        seen.append(y)
        return (z * W).sum() + (y[0] * y[1]).sum()

    _, back = zg.pullback(f, X)
    first = back(1.0)[0]
    assert seen[0].shape == (3, 2)
    np.testing.assert_array_equal(first, back(1.0)[0])
    assert seen[0].shape == (3, 2)


def set_shape(x):
    x.shape = 6
    return (x * x).sum()


def set_item_of_argument(xs):
    xs[0].shape = 6
    return xs[0].sum()


def resized(x):
    y = x * 1.0
    y.resize((3, 3), refcheck=False)
    return y.sum()


def swapped(x):
    y = x * 1.0
    y.byteswap(inplace=True)
    return y.sum()


@pytest.mark.parametrize("program", [set_shape, resized, swapped])
def test_what_is_refused(program):
    x = X.copy()
    with pytest.raises(UnsupportedError, match="in place|stores into an array"):
        zg.gradient(program, x)
    assert x.shape == X.shape and (x == X).all()


def test_the_shape_of_an_item_of_an_argument_is_refused():
    with pytest.raises(UnsupportedError, match="shape of an array is changed in place"):
        zg.gradient(set_item_of_argument, [X.copy()])


def test_swapped_bytes_are_other_numbers():
    with pytest.raises(AdjointError):
        zg.gradient(lambda x: x.byteswap().sum(), X)


@pytest.mark.parametrize("shape", [(4, 2), 5, (-1, -1), "a"])
def test_errors_are_those_of_numpy(shape):
    y = X * 1.0
    with pytest.raises((ValueError, TypeError, AttributeError)) as plain:
        y.shape = shape

    def f(x):
        y = x * 1.0
        y.shape = shape
        return y.sum()

    with pytest.raises(plain.type) as ours:
        zg.gradient(f, X)
    assert str(ours.value) == str(plain.value)
