"""Rules of einsum, vecdot and the methods of ufuncs."""

import warnings

import numpy as np
import pytest
from checking import call_rule

import zygcore as zg
from zygcore.errors import UnsupportedError
from zygcore.rules.numpy import _products as rules
from zygcore.rules.registry import LOWERING, RULES
from zygcore.testing import check_adjoint

RNG = np.random.default_rng(0)

EINSUM = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij->ji", (2, 3)), ("ij->", (2, 3)),
    ("ij->j", (2, 3)), ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)), ("i,i->", (3,), (3,)),
    ("ij,jk,k->i", (2, 3), (3, 4), (4,)), ("i,j->ij", (2,), (3,)), ("ij,k->k", (2, 3), (4,)),
    ("ba", (2, 3)), ("i j , j", (2, 3), (3,)),
    # one letter twice in an operand
    ("ii", (3, 3)), ("ii->i", (3, 3)), ("ii->", (3, 3)), ("iij->j", (3, 3, 2)), ("iij", (3, 3, 2)),
    ("ii,i->i", (3, 3), (3,)), ("iji,jj->i", (3, 2, 3), (2, 2)), ("ii,jj", (2, 2), (3, 3)),
    ("iii->i", (2, 2, 2)), ("ijij->", (2, 3, 2, 3)),
    # an ellipsis
    ("...ij,...jk->...ik", (5, 2, 3), (5, 3, 4)), ("...ij,jk", (5, 2, 3), (3, 4)),
    ("...i->...", (2, 3)), ("i...->i...", (2, 3)), ("...", (2, 3)), ("...,...", (2, 3), (3,)),
    ("...i,...i", (4, 2, 3), (2, 3)), ("...ii->...i", (2, 3, 3)), ("i...,i->...", (2, 3, 4), (2,)),
    ("...,->...", (2, 3), ()), ("...i,i...", (3,), (3, 4)), ("b...,...->b...", (2, 3), (1,)),
    # axes of length 1 are stretched
    ("i,i->i", (1,), (3,)), ("ij,ij->", (2, 1), (2, 3)), ("...i,...i", (1, 3), (2, 3)),
    ("ij,j", (0, 3), (3,)),
]  # fmt: skip


def array(shape, kind=float):
    x = RNG.standard_normal(shape)
    return np.asarray(x + 1j * RNG.standard_normal(shape) if kind is complex else x)


@pytest.mark.parametrize("case", EINSUM)
@pytest.mark.parametrize("kind", [float, complex])
def test_einsum(case, kind):
    spec, *shapes = case
    xs = [array(shape, kind) for shape in shapes]
    check_adjoint(rules.contract, spec, {}, *xs, wrt=list(range(2, 2 + len(xs))))
    lowered = RULES[np.einsum].function
    assert np.array_equal(lowered(spec, *xs), np.einsum(spec, *xs))


def test_einsum_with_lists_of_subscripts():
    lowered = RULES[np.einsum].function
    x, y = array((2, 3)), array((3, 4))
    for args in [
        (x, [0, 1], y, [1, 2], [0, 2]), (x, [0, 1], y, [1, 2]), (x, [0, 1], []), (x, [1, 0]),
        (x, [Ellipsis, 1], [1, Ellipsis]),
    ]:  # fmt: skip
        assert np.array_equal(lowered(*args), np.einsum(*args))


@pytest.mark.parametrize("f", [np.einsum, lambda _, x, out: np.fft.ihfft(x, out=out)])
def test_outputs(f):
    x, kind = array((2, 3)), float if f is np.einsum else complex

    def active(x):
        y = f("ij->ij", x, out=np.zeros((2, 2 + (f is np.einsum)), kind))
        return np.real(np.sum(y * y))

    def constant(x):
        box = [x]  # what may be active lies in memory, so all code is run by the machine
        y = f("ij->ij", np.ones((2, 3)), out=np.zeros((2, 2 + (f is np.einsum)), kind))
        return np.sum(box[0]) * np.real(y[0, 0])

    check_adjoint(active, x)
    assert zg.gradient(constant, x)[0].tolist() == [[1.0] * 3] * 2


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("optimize", [False, True, "optimal", "greedy"])
@pytest.mark.parametrize("case", [
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("iij->j", (3, 3, 2)), (",ij->ij", (), (2, 3)),
    ("ab,bc,cd,de", (2, 3), (3, 2), (2, 3), (3, 2)), ("aab,bcc->ac", (2, 2, 3), (3, 4, 4)),
    ("...ij,...jk", (5, 2, 3), (3, 4)), ("ij,ij,ij->i", (2, 3), (2, 3), (2, 3)), ("->", ()),
])  # fmt: skip
def test_einsum_completely(kind, optimize, case):
    spec, *shapes = case
    xs = [array(shape, kind) for shape in shapes]
    check_adjoint(lambda *xs: np.einsum(spec, *xs, optimize=optimize), *xs)


def test_options_of_einsum():
    x, y = array((2, 3)), array((3, 4))
    check_adjoint(lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [2], optimize=True), x, y)
    check_adjoint(lambda x, y: np.einsum("ij,jk", x, y, dtype=complex, order="F"), x, y)
    path = np.einsum_path("ij,jk", x, y)[0]
    check_adjoint(lambda x, y: np.einsum("ij,jk", x, y, optimize=path), x, y)
    check_adjoint(
        lambda x, y: np.einsum("ij,jk", x, y, optimize=np.einsum_path("ij,jk", x, y)[0]), x, y
    )
    with pytest.raises(UnsupportedError, match="dtype"):
        zg.gradient(lambda x: np.einsum("ij->", x, dtype=int, casting="unsafe") * 1.0, x)


@pytest.mark.parametrize("kind", [float, complex])
def test_products_of_matrices_and_vectors(kind):
    if hasattr(np, "matvec"):  # NumPy 2.2
        for a, x in [((2, 4, 3), (3,)), ((4, 3), (5, 3)), ((2, 1, 4, 3), (5, 3)), ((0, 3), (3,))]:
            check_adjoint(np.matvec, array(a, kind), array(x, kind))
            b = np.swapaxes(array(a, kind), -1, -2)
            check_adjoint(np.vecmat, array(x, kind), b)
    for f, *shapes in [
        (np.kron, (2, 3), (3, 2)), (np.kron, (2,), (3, 2)), (np.dot, (3,), (3,)),
        (np.dot, (2, 3, 4), (4,)), (np.dot, (2, 3, 4), (5, 4, 2)), (np.dot, (4,), (5, 4, 2)),
        (np.dot, (), (2, 3)), (np.inner, (2, 3), (4, 5, 3)), (np.inner, (3,), (3,)),
        (np.inner, (), (3,)), (np.outer, (2, 3), (4,)), (np.vdot, (2, 3), (2, 3)),
        (np.matmul, (4,), (2, 4, 3)),
    ]:  # fmt: skip
        check_adjoint(f, *[np.asarray(array(shape, kind)) for shape in shapes])
    check_adjoint(
        np.tensordot, array((2, 3, 4), kind), array((4, 3, 2), kind), axes=((1, -1), (1, 0))
    )
    check_adjoint(np.tensordot, array((2, 3), kind), array((2,), kind), axes=0)


@pytest.mark.parametrize("kind", [float, complex])
def test_cross(kind):
    check_adjoint(np.cross, array((4, 3), kind), array((3,), kind))
    check_adjoint(np.cross, array((3, 2), kind), array((2, 3), kind), axisa=0, axisb=1, axisc=0)
    check_adjoint(np.cross, array((3, 2), kind), array((3, 2), kind), axis=0)
    with pytest.raises(ValueError, match="dimension"):
        zg.gradient(lambda x: np.cross(x, x).sum(), np.ones(4))


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) >= "2.5.0", reason="NumPy 2.5 refuses such vectors"
)
def test_cross_in_the_plane():
    x = np.array([1.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        g = zg.gradient(lambda x: np.cross(x, [3.0, 4.0]) * 1.0, x)
    assert g[0].tolist() == [4.0, -3.0]


def test_scattering_to_a_diagonal():
    check_adjoint(rules.on_diagonal, array((3, 2)), "iij", "ij", (3, 3, 2))


@pytest.mark.parametrize("kind", [float, complex])
def test_vecdot(kind):
    for f in (np.vecdot, np.linalg.vecdot):
        for a, b in [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (4, 1, 3)), ((0, 3), (3,))]:
            check_adjoint(f, array(a, kind), array(b, kind))
        check_adjoint(f, array((3, 2), kind), array((3, 2), kind), axis=0)
        check_adjoint(f, array((3, 2), kind), array((4, 3, 1), kind), axis=-2)


METHODS = [
    lambda x, y: np.multiply.outer(x, y),
    lambda x, y: np.subtract.outer(y, x[0]),
    lambda x, y: np.add.outer(x[0, 0], y),
    lambda x, y: np.arctan2.outer(x, y),
    lambda x, y: np.add.reduce(x) * np.add.reduce(y),
    lambda x, y: np.multiply.reduce(x, axis=1) * np.add.reduce(y, keepdims=True),
    lambda x, y: np.maximum.reduce(x, axis=None) * np.minimum.reduce(y),
    lambda x, y: np.add.accumulate(x, axis=1) * np.multiply.accumulate(y),
]


@pytest.mark.parametrize("f", METHODS)
def test_methods_of_ufuncs(f):
    x, y = array((2, 3)), array(3)
    weights = np.cos(np.arange(f(x, y).size)).reshape(f(x, y).shape)

    def total(x, y):
        return np.sum(f(x, y) * weights)

    grads = zg.gradient(total, x, y)
    for i, (x_, g) in enumerate(zip((x, y), grads, strict=True)):
        v = array(x_.shape)
        moved = [[x, y], [x, y]]
        moved[0][i], moved[1][i] = x_ + 1e-6 * v, x_ - 1e-6 * v
        slope = (total(*moved[0]) - total(*moved[1])) / 2e-6
        assert np.sum(g * v) == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_outer_is_the_method():
    x, y = array((2, 3)), array(3)
    assert RULES[np.ufunc.outer].kind == LOWERING
    for args in [(np.multiply, x, y), (np.add, 2.0, 3.0), (np.hypot, [1.0, 2.0], x)]:
        ours, theirs = RULES[np.ufunc.outer].function(*args), np.ufunc.outer(*args)
        assert type(ours) is type(theirs) and np.array_equal(ours, theirs)


@pytest.mark.parametrize("f", [np.convolve, np.correlate])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolution(f, mode):
    for kind in (float, complex):
        for n, m in [
            (5, 3),
            (3, 5),
            (4, 4),
            (6, 4),
            (4, 6),
            (5, 2),
            (2, 5),
            (3, 1),
            (1, 4),
            (1, 1),
        ]:
            check_adjoint(f, array(n, kind), array(m, kind), mode)
        check_adjoint(f, array(4, complex), array(3))


PADS = [
    (3, 1), ((2, 3), 1), ((2, 3), ((1, 0), (0, 2))), ((2, 3), (1, 2)), ((2, 3, 2), 1), (4, 0),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap"])
@pytest.mark.parametrize("case", PADS)
def test_pad(mode, case):
    shape, width = case
    check_adjoint(np.pad, array(shape), width, mode)
    check_adjoint(np.pad, array(shape, complex), width, mode=mode)
    if mode == "constant":
        check_adjoint(np.pad, array(shape), width, constant_values=2.0)


def test_einsum_pullback_needs_no_other_rule():
    x = array((3, 3))
    _, back = call_rule(rules.contract, "ii->i", {}, x)
    assert np.array_equal(back(np.ones(3))[2], np.eye(3))
