"""Forward mode through phases and complements, which are those that LAPACK makes.

Reverse mode refuses what depends on them; here derivatives are compared with differences of what
LAPACK returns, phases and all.
"""

import matrices as mat
import numpy as np
import pytest
from tangents import check_tangents

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.rules.numpy._bidiagonal import bidiagonalized
from zygcore.testing import check_adjoint

L = np.linalg
KINDS = mat.KINDS


def eigh(a, uplo="L"):
    return tuple(L.eigh(a, uplo))


def upper(a):
    return eigh(a, "U")


def svd(a, **options):
    return tuple(L.svd(a, **options))


def reduced(a):
    return svd(a, full_matrices=False)


def complete(a):
    return tuple(L.qr(a, "complete"))


def direction(*shape, kind=complex):
    """Not as long as the matrix, so that differences are exact."""
    return 0.1 * mat.random(*shape, kind=kind, seed=7)


def hermitian_direction(*shape):
    v = direction(*shape)
    return v + mat.adjoint(v)


# --------------------------------------------------------------------- against differences


@mat.SQUARE
@pytest.mark.parametrize("f", [eigh, upper])
def test_eigh(shape, f):
    a = mat.hermitian(*shape, kind=complex)
    check_tangents(f, a, hermitian_direction(*shape))
    check_tangents(f, a, direction(*shape))  # one triangle is read
    check_tangents(f, a, direction(*shape, kind=float).astype(complex))


SHAPES = [(1, 1), (3, 3), (4, 3), (3, 4), (5, 2), (2, 5), (2, 4, 3), (2, 3, 4), (2, 2, 5)]


@KINDS
@pytest.mark.parametrize("shape", [*SHAPES, (5, 3), (3, 5), (8, 1), (1, 8), (4, 6)])
def test_svd(kind, shape):
    """Higher than wide, LAPACK begins with a QR decomposition or not: complements are others."""
    a, v = mat.with_singular_values(*shape, kind=kind), direction(*shape, kind=kind)
    check_tangents(reduced, a, v)
    check_tangents(svd, a, v)


def test_svd_of_a_hermitian_matrix():
    a = mat.hermitian(3, 3, kind=complex, values=(-2.0, 1.0, 3.0))
    check_tangents(lambda a: svd(a, hermitian=True), a, hermitian_direction(3, 3))


@KINDS
@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (3, 2), (4, 3), (4, 4), (2, 5, 3)])
def test_bidiagonalization(kind, shape):
    a = mat.with_singular_values(*shape, kind=kind)
    q, d, e, p = bidiagonalized(a)
    b = np.zeros((*d.shape, d.shape[-1]))
    for i in range(d.shape[-1]):
        b[..., i, i] = d[..., i]
        b[..., i : i + 1, i + 1 : i + 2] = e[..., i, None, None]
    np.testing.assert_allclose(q @ b @ mat.adjoint(p), a, atol=1e-14)
    check_adjoint(bidiagonalized, a)


@KINDS
@pytest.mark.parametrize("shape", [*SHAPES, (7, 4)])
def test_complete_qr(kind, shape):
    a, v = mat.with_singular_values(*shape, kind=kind), direction(*shape, kind=kind)
    check_tangents(complete, a, v)


@pytest.mark.parametrize("f", [complete, svd, reduced])
@pytest.mark.parametrize("shape", [(0, 0), (3, 0), (0, 3), (0, 2, 2), (0, 3, 2)])
def test_empty_matrices(f, shape):
    a = np.zeros(shape, complex)
    for dy, y in zip(zg.jvp(f, (a,), (a,))[1], f(a), strict=True):
        assert dy.shape == y.shape and dy.dtype == y.dtype and not dy.any()


@pytest.mark.parametrize("f", [eigh, upper])
@pytest.mark.parametrize("shape", [(0, 0), (0, 2, 2), (2, 0, 0)])
def test_empty_hermitian_matrices(f, shape):
    a = np.zeros(shape, complex)
    for dy, y in zip(zg.jvp(f, (a,), (a,))[1], f(a), strict=True):
        assert dy.shape == y.shape and dy.dtype == y.dtype and not dy.any()


@pytest.mark.parametrize("f, columns", [
    (eigh, 4), (upper, 4), (svd, 4), (svd, 3), (svd, 1), (complete, 4), (complete, 2),
])  # fmt: skip
def test_single_precision(f, columns):
    a, v = mat.hermitian(4, 4, kind=complex)[:, :columns], hermitian_direction(4, 4)[:, :columns]
    known = zg.jvp(f, (a,), (v,))[1]
    narrow = a.astype(np.complex64)
    got = zg.jvp(f, (narrow,), (v.astype(np.complex64),))[1]
    for x, y, z in zip(got, known, f(narrow), strict=True):
        assert x.dtype == z.dtype
        np.testing.assert_allclose(x, y, atol=1e-5)


# -------------------------------------------------------------- against reverse mode

A, B = mat.hermitian(4, 4, kind=complex), hermitian_direction(4, 4)
C = np.diag([1.0, 0.3, -0.4, 0.1]) + 0j
WEIGHTS = np.cos(np.arange(16.0)).reshape(4, 4)


def at(t):
    return A + t[0] * B + t[1] * C + t[0] * t[1] * (B @ B)


def sizes(t):
    l, v = L.eigh(at(t))
    return np.sum(WEIGHTS * np.abs(v)) + l[1] * np.abs(v[0, 2])


def projection(t):
    v = L.eigh(at(t))[1][:, :2]
    return np.real(np.sum(WEIGHTS * (v @ mat.adjoint(v))))


def best_approximation(t):
    u, s, vh = L.svd(at(t)[:, :3])
    return np.real(np.sum(WEIGHTS[:, :3] * (u[:, :2] * s[:2] @ vh[:2])))


def left_null_space(t):
    u = L.svd(at(t)[:, :2])[0][:, 2:]
    return np.real(np.sum(WEIGHTS * (u @ mat.adjoint(u))))


def null_space(t):
    v = L.svd(at(t)[:3])[2][3:]
    return np.real(np.sum(WEIGHTS * (mat.adjoint(v) @ v)))


def complement(t):
    q = L.qr(at(t)[:, :2], "complete")[0][:, 2:]
    return np.real(np.sum(WEIGHTS * (q @ mat.adjoint(q))))


INVARIANT = [sizes, projection, best_approximation, left_null_space, null_space, complement]
T = np.array([0.1, 0.2])
UNITS = np.eye(2)


def slope(f, v):
    return lambda t: zg.jvp(f, (t,), (v,))[1]


@pytest.mark.parametrize("f", INVARIANT)
def test_what_does_not_depend_on_them(f):
    """Both modes to the second order, in all orders of nesting."""
    gradient = lambda t: zg.gradient(f, t)[0]
    known = gradient(T)
    np.testing.assert_allclose([slope(f, v)(T) for v in UNITS], known, rtol=1e-11)
    step = 1e-4
    second = np.array([(gradient(T + step * v) - gradient(T - step * v)) / step / 2 for v in UNITS])
    reverse = [zg.gradient(lambda t, v=v: gradient(t) @ v, T)[0] for v in UNITS]
    mixed = [zg.gradient(slope(f, v), T)[0] for v in UNITS]
    forward = [[slope(slope(f, v), w)(T) for v in UNITS] for w in UNITS]
    np.testing.assert_allclose(reverse, second, rtol=1e-6)
    for found in (mixed, forward, zg.hessian(f, T)):
        np.testing.assert_allclose(found, reverse, rtol=1e-9)


def test_jacobian():
    """With more values than variables it takes forward mode."""
    f = lambda t: np.abs(L.eigh(at(t))[1])
    got = zg.jacobian(f, T)[0]
    rows = [zg.gradient(lambda t, i=i: f(t).flat[i], T)[0] for i in range(16)]
    np.testing.assert_allclose(got.reshape(16, 2), rows, rtol=1e-10)


# ----------------------------------------------------------------------------- errors


@pytest.mark.parametrize("f", [
    lambda t: np.real(L.eigh(at(t))[1][1, 0]), lambda t: np.real(L.svd(at(t))[0][1, 0]),
])  # fmt: skip
def test_reverse_mode_refuses_phases(f):
    for g in (f, slope(f, UNITS[0])):
        with pytest.raises(AdjointError, match="phases"):
            zg.gradient(g, T)


@pytest.mark.parametrize("f", [
    lambda t: np.real(L.svd(at(t)[:, :2])[0][0, 3]),
    lambda t: np.real(L.qr(at(t)[:, :2], "complete")[0][0, 3]),
])  # fmt: skip
def test_reverse_mode_refuses_bases_of_complements(f):
    for g in (f, slope(f, UNITS[0])):
        with pytest.raises(AdjointError, match="complement"):
            zg.gradient(g, T)


@pytest.mark.parametrize("a", [np.diag([1.0, 2, 3, 4]) + 0j, np.kron(np.diag([1, 4]), A[:2, :2])])
def test_components_that_vanish(a):
    """The phases are not told by a component that is zero; LAPACK's would jump."""
    with pytest.raises(AdjointError, match="(?s)phases.*Use reverse mode"):
        zg.jvp(eigh, (a,), (B,))
    l = zg.jvp(lambda a: L.eigh(a)[0], (a,), (B,))[1]
    np.testing.assert_allclose(l, zg.jvp(L.eigvalsh, (a,), (B,))[1], rtol=1e-12)


VALUES = {
    "eigvalsh": lambda a: np.sum(np.cos(L.eigvalsh(a))),
    "eigvalsh of U": lambda a: np.sum(np.cos(L.eigvalsh(a, "U"))),
    "svdvals": lambda a: np.sum(np.cos(L.svdvals(a[:, :3]))),
    "svd": lambda a: np.sum(np.cos(L.svd(a, compute_uv=False))),
    "hermitian": lambda a: np.sum(np.cos(L.svd(a, compute_uv=False, hermitian=True))),
    "nuclear norm": lambda a: L.norm(a[:3], "nuc"),
    "largest": lambda a: L.norm(a, 2),
    "cond": L.cond,
}


@pytest.mark.parametrize("name", VALUES)
def test_second_derivatives_of_values(name):
    """Their pullbacks use vectors, but not phases: also where these are not told."""
    f, start = VALUES[name], np.diag([1.0, 2.0, 3.0, 5.0]) + 0j
    along = lambda t: f(start + t * B + t * t * C)
    step = 1e-3
    known = (along(step) - 2 * along(0.0) + along(-step)) / step**2
    reverse = zg.gradient(lambda t: zg.gradient(along, t)[0], 0.0)[0]
    assert reverse == pytest.approx(known, rel=1e-4)
    assert zg.hessian(along, 0.0) == pytest.approx(reverse, rel=1e-12)
    slope = lambda t: zg.jvp(along, (t,), (1.0,))[1]
    assert zg.jvp(slope, (0.0,), (1.0,))[1] == pytest.approx(reverse, rel=1e-12)
    assert zg.gradient(slope, 0.0)[0] == pytest.approx(reverse, rel=1e-12)


def test_complements_of_fewer_reflectors():
    a = np.eye(4)[:, :2] + 0j
    with pytest.raises(AdjointError, match="(?s)complement.*Use reverse mode"):
        zg.jvp(complete, (a,), (B[:, :2],))
    for vectors in (np.eye(6, 4), mat.unitary(6)[:, :4]):
        a = vectors * np.array([3.0, 2.0, 1.0, 0.5])  # its columns are orthogonal
        with pytest.raises(AdjointError, match="(?s)complement.*Use reverse mode"):
            zg.jvp(svd, (a,), (direction(6, 4, kind=float),))


@pytest.mark.filterwarnings("ignore::zygcore.errors.NotSmoothWarning")  # of what is tried first
def test_equal_values():
    """The vectors are any basis of a space, and have no derivative."""
    a = mat.hermitian(4, 4, kind=complex, values=(1.0, 1.0, 2.0, 3.0))
    with pytest.raises(AdjointError, match="(?s)eigenvalues are equal.*Use reverse mode"):
        zg.jvp(lambda a: L.eigh(a)[1], (a,), (B,))
    a = mat.with_singular_values(4, 4, values=(2.0, 2.0, 1.0, 0.5))
    with pytest.raises(AdjointError, match="(?s)singular values are equal.*Use reverse mode"):
        zg.jvp(lambda a: L.svd(a)[0], (a,), (WEIGHTS,))
