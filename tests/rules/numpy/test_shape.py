"""Rules for making, joining and rearranging arrays."""

import copy
import operator

import numpy as np
import pytest
from checking import call_rule

from zygcore._check import image
from zygcore.errors import UnsupportedError
from zygcore.rules.numpy import _shape as rules
from zygcore.rules.registry import NONDIFFERENTIABLE, RULES
from zygcore.testing import check_adjoint

SHAPED = [
    (np.reshape, ((6, 4),), {}), (np.reshape, (-1,), {}), (np.reshape, ((4, 6), "F"), {}),
    (np.reshape, ((4, 6), "A"), {}), (np.ravel, (), {}), (np.ravel, ("F",), {}),
    (np.ravel, ("A",), {}), (np.transpose, (), {}), (np.transpose, ((1, 0, 2),), {}),
    (np.transpose, ((-1, 0, 1),), {}), (np.swapaxes, (0, -1), {}), (np.moveaxis, (0, 2), {}),
    (np.moveaxis, ((0, 1), (2, 0)), {}), (np.expand_dims, (1,), {}),
    (np.expand_dims, ((0, -1),), {}), (np.broadcast_to, ((5, 2, 3, 4),), {}), (np.flip, (), {}),
    (np.flip, (1,), {}), (np.flip, ((0, -1),), {}), (np.roll, (2,), {}), (np.roll, (2, 1), {}),
    (np.roll, ((1, -1), (0, 2)), {}), (np.tril, (), {}), (np.triu, (1,), {}),
    (np.tile, (2,), {}), (np.tile, ((2, 1, 3),), {}), (np.tile, ((2, 1, 1, 2),), {}),
    (np.repeat, (2,), {}), (np.repeat, (3, 1), {}), (np.repeat, ([1, 0, 2],), {"axis": -2}),
    (np.copy, (), {}), (np.diagonal, (), {}), (np.diagonal, (1, 0, 2), {}),
    (np.diagonal, (-1, -1, 1), {}), (np.trace, (), {}), (np.trace, (1, 2, 0), {}),
    (np.take, ([0, 5, 5, -1],), {}), (np.take, ([[0, 1], [1, 1]], 1), {}), (np.take, (1, -1), {}),
    (np.sort, (), {}), (np.sort, (0,), {}), (np.sort, (None,), {}), (np.squeeze, (), {}),
    (np.ndarray.reshape, (4, 6), {}), (np.ndarray.reshape, ((4, 6),), {"order": "F"}),
    (np.ndarray.transpose, (), {}), (np.ndarray.transpose, (1, 0, 2), {}),
    (np.ndarray.transpose, ((2, 0, 1),), {}), (np.ndarray.ravel, (), {}),
    (np.ndarray.flatten, ("F",), {}), (np.ndarray.flatten, (), {}), (np.ndarray.copy, (), {}),
    (np.ndarray.swapaxes, (0, 1), {}), (np.ndarray.repeat, (2,), {}),
    (np.ndarray.take, ([1, 0], 0), {}), (np.ndarray.diagonal, (), {}),
    (np.ndarray.squeeze, (), {}), (np.matrix_transpose, (), {}),
    (np.ndarray.item, (5,), {}), (np.ndarray.item, (1, 2, 0), {}), (np.ndarray.item, (-1,), {}),
    (np.ndarray.item, ((1, 2, 0),), {}),
]  # fmt: skip


@pytest.mark.parametrize(("f", "args", "options"), SHAPED)
def test_shapes(f, args, options):
    options = dict(options)
    x = np.random.default_rng(6).standard_normal((2, 3, 4))
    if "A" in args:  # the order depends on the layout
        options["layouts"] = False
        check_adjoint(f, np.asfortranarray(x), *args, wrt=[0], **options)
    check_adjoint(f, x, *args, wrt=[0], **options)
    check_adjoint(f, 1j + x, *args, wrt=[0], **options)


def test_squeeze_and_small_arrays():
    x = np.array([[[0.3], [0.4]]])
    check_adjoint(np.squeeze, x)
    check_adjoint(np.squeeze, x, 0)
    check_adjoint(np.ndarray.item, np.array([[0.3]]))
    check_adjoint(np.ndarray.item, np.array(0.3))
    check_adjoint(np.generic.item, np.float32(0.3))
    check_adjoint(np.ndarray.item, np.array([0.3, 0.4]), 1)
    check_adjoint(np.diag, np.array([0.3, 0.4]))
    check_adjoint(np.diag, np.array([0.3, 0.4]), -1)
    check_adjoint(np.diag, np.arange(6.0).reshape(2, 3), 1)
    check_adjoint(np.diag, np.arange(6.0).reshape(2, 3), -1)
    check_adjoint(np.broadcast_to, np.array(0.3), (2, 3))
    check_adjoint(np.reshape, 0.3, (1, 1))
    check_adjoint(np.repeat, np.float64(0.3), 3, wrt=[0])
    check_adjoint(np.reshape, np.zeros((0, 3)), (3, 0))
    assert call_rule(np.ndarray.T, x)[1](np.ones((1, 2, 1)))[0].shape == x.shape
    assert call_rule(np.ndarray.mT, x)[1](np.ones((1, 1, 2)))[0].shape == x.shape


def test_casts():
    x = np.array([0.3, 1.7])
    dx = call_rule(np.ndarray.astype, x, np.float32)[1](np.float32([1, 2]))[0]
    assert dx.dtype == float and dx.tolist() == [1, 2]
    check_adjoint(np.ndarray.astype, x.astype(np.float32), float, wrt=[0])
    check_adjoint(np.float64, 0.3)
    assert call_rule(np.float32, 0.3)[1](np.float32(2)) == (2.0,)
    check_adjoint(np.float64, np.float32(0.3))
    check_adjoint(np.complex128, 0.3)
    for copied in (x, x[0]):
        check_adjoint(copy.deepcopy, copied)
    check_adjoint(lambda x: x.__array__(x.dtype), x)
    assert call_rule(np.ndarray.astype, x, int)[1] is None
    assert call_rule(np.ndarray.astype, x, complex)[1](np.array([1j, 2]))[0].tolist() == [0, 2]
    n = np.array([1, 2])
    assert call_rule(np.ndarray.astype, n, float)[1](x)[0].tolist() == x.tolist()
    assert call_rule(np.ndarray.astype, n, np.int32)[1](x)[0].tolist() == x.tolist()
    assert call_rule(np.ndarray.astype, n, bool)[1] is None


def test_filled():
    check_adjoint(np.full, (2, 3), 0.7, wrt=[1])
    check_adjoint(np.full, (2, 3), np.array([0.1, 0.2, 0.3]), wrt=[1])
    check_adjoint(np.full_like, np.zeros((2, 3)), 0.7, wrt=[1])
    assert call_rule(np.full, 3, 2.5, int)[1] is None
    check_adjoint(np.arange, 0.3, 1.75, 0.2, wrt=[0, 2])
    assert call_rule(np.arange, 3)[1] is None


NESTED = [
    0.5, [0.5, 1.5], [[0.5, 1], [2, 3]], (0.5, (1.5)), [np.array([1.0, 2.0]), (3.0, 4.0)], [],
    np.array([1.0, 2.0]), [np.float32(1), np.float32(2)], [1, 2], [True, 0.5], [1j, 2.0],
]  # fmt: skip


@pytest.mark.parametrize("obj", NESTED)
@pytest.mark.parametrize("options", [{}, {"dtype": np.float32}, {"dtype": complex}])
def test_making_arrays(obj, options):
    if np.iscomplexobj(np.array(obj)) and options.get("dtype") is np.float32:
        return
    for f in (np.array, np.asarray, np.asanyarray, np.ascontiguousarray):
        ours, theirs = RULES[f].function(obj, **options), f(obj, **options)
        assert image(ours) == image(theirs)
        assert (ours is obj) == (theirs is obj)


def test_making_arrays_has_a_gradient():
    y, back = call_rule(rules.assemble, np.array, [[0.5, 1], [2.0, 3.0]], {}, 0.5, 1, 2.0, 3.0)
    assert y.tolist() == [[0.5, 1.0], [2.0, 3.0]]
    assert back(np.array([[1.0, 2.0], [3.0, 4.0]])) == (None, None, None, 1.0, 2.0, 3.0, 4.0)
    rows = [np.ones(2), np.zeros(2, np.float32)]
    _, back = call_rule(rules.assemble, np.array, rows, {}, *rows)
    d = back(np.array([[1.0, 2.0], [3.0, 4.0]]))[3:]
    assert [x.tolist() for x in d] == [[1, 2], [3, 4]] and d[1].dtype == np.float32
    _, back = call_rule(rules.assemble, np.array, 0.5, {"ndmin": 2}, 0.5)
    assert back(np.array([[7.0]]))[3] == 7.0
    assert call_rule(rules.assemble, np.array, [0.5], {"dtype": int}, 0.5)[1] is None


def test_joining():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3)), rng.standard_normal((2, 1)).astype(np.float32)
    check_adjoint(rules.join, 1, {}, x, y, wrt=[2, 3])
    check_adjoint(rules.join, -1, {}, x, y.astype(complex), wrt=[2, 3])
    check_adjoint(rules.join, None, {}, x, y, wrt=[2, 3])
    check_adjoint(rules.join, 0, {}, x, x[:0], wrt=[2, 3])
    for axis in (0, 1, 2, -1):
        check_adjoint(rules.pile, axis, {}, x, 2 * x, x[::-1], wrt=[2, 3, 4])
    check_adjoint(rules.pile, 0, {}, 0.5, 0.7, wrt=[2, 3])
    for f, args in [
        (np.concatenate, ([x, y], 1)), (np.concatenate, ([[1.0], [2.0, 3.0]],)),
        (np.stack, ([x, x],)), (np.stack, ([x, x], -1)), (np.concatenate, (x,)),
    ]:  # fmt: skip
        assert image(RULES[f].function(*args)) == image(f(*args))
    with pytest.raises(UnsupportedError, match="out"):
        RULES[np.concatenate].function([x, x], out=np.zeros((4, 3)))
    for f in (np.ndarray.tolist, np.generic.tolist):
        assert RULES[f].function(x) == x.tolist()


KEYS = [
    0, -1, (0, 1), (slice(None), 1), (Ellipsis, 0), (None, 1), slice(None, None, -1),
    (slice(0, 1), slice(2, None)), np.array([0, 1, 1, -1]), [1, 1, 0], (np.array([0, 1]), [2, 2]),
    np.array([[0, 1], [1, 1]]), (slice(None), [0, 0, 2]), (0, np.array([1, 1])),
    np.array([True, False]), (slice(None), np.array([True, False, True])), (), np.array(1),
    (np.array([[0], [1]]), np.array([0, 2])), (Ellipsis, np.array([0, 0])),
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_indexing(key):
    x = np.random.default_rng(0).standard_normal((2, 3))
    check_adjoint(operator.getitem, x, key, wrt=[0])
    check_adjoint(operator.getitem, 1j * np.ones((2, 3)), key, wrt=[0])


def test_indexing_with_a_mask_and_repeats():
    x = np.arange(6.0).reshape(2, 3)
    check_adjoint(operator.getitem, x, x > 2, wrt=[0])
    _, back = call_rule(operator.getitem, np.zeros(3), [0, 0, 2])
    assert back(np.ones(3))[0].tolist() == [2, 0, 1]
    key = np.array([0, 1])
    y, back = call_rule(operator.getitem, np.zeros(3), key)
    key[:] = 2  # the pullback belongs to the key as it was
    assert back(np.ones(2))[0].tolist() == [1, 1, 0]


def test_sorting_shares_ties():
    x = np.array([[2.0, 1.0, 2.0], [3.0, 3.0, 3.0]])
    dx = call_rule(np.sort, x)[1](np.array([[1.0, 2.0, 4.0], [1.0, 2.0, 3.0]]))[0]
    assert dx.tolist() == [[3, 1, 3], [2, 2, 2]]


def test_attributes_have_no_gradient():
    for f in (np.ndarray.shape, np.ndarray.dtype, np.generic.ndim, np.zeros_like, np.argmax):
        assert RULES[getattr(f, "_implementation", f)].kind == NONDIFFERENTIABLE
