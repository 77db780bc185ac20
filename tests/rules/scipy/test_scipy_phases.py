"""Forward mode of `scipy.linalg` through phases and complements that are those of LAPACK."""

import matrices as mat
import numpy as np
import pytest
import scipy.linalg as la
from tangents import check_tangents

import zygcore as zg
from zygcore.errors import AdjointError

KINDS = mat.KINDS
LOWER = pytest.mark.parametrize("lower", [True, False])


def direction(*shape, kind=complex):
    return 0.1 * mat.random(*shape, kind=kind, seed=7)


def hermitian_direction(n):
    v = direction(n, n)
    return v + mat.adjoint(v)


A = mat.hermitian(4, 4, kind=complex)
B = mat.hermitian(4, 4, kind=complex, values=(1, 1.5, 0.7, 1.2)) + 0.3 * np.diag([1.0, 2, 3, 4])


@LOWER
@pytest.mark.parametrize("driver", ["ev", "evd", "evr", "evx"])
def test_eigh(driver, lower):
    def f(a):
        l, v = la.eigh(a, lower=lower, driver=driver)
        return l, v * np.sign(np.real(v[0 if lower else -1]))  # signs of evr come and go

    check_tangents(f, A, hermitian_direction(4))
    check_tangents(f, A[:1, :1], np.ones((1, 1)) + 0j)


@LOWER
@pytest.mark.parametrize("driver", ["gv", "gvd", "gvx"])
@pytest.mark.parametrize("a, b", [(A, B), (A.real, B), (A, B.real)])
def test_generalized_eigh(driver, lower, a, b):
    """The lower factor of b makes a component of ``b v`` real, the upper one of v."""
    v = hermitian_direction(4)
    options = {"lower": lower, "driver": driver}
    for x, f in ((a, lambda a: la.eigh(a, b, **options)), (b, lambda b: la.eigh(a, b, **options))):
        check_tangents(f, x, v if x.dtype.kind == "c" else v.real.copy())


@LOWER
def test_some_of_the_eigenvectors(lower):
    v = hermitian_direction(4)
    check_tangents(lambda a: la.eigh(a, lower=lower, subset_by_index=[1, 2]), A, v)
    check_tangents(lambda a: la.eigh(a, lower=lower, subset_by_value=[1.5, 4.0]), A, v)
    check_tangents(lambda b: la.eigh(A, b, lower=lower, subset_by_index=[0, 1]), B, v)


def band(a, width, lower):
    n = len(a)
    out = np.zeros((width + 1, n), a.dtype)
    for k in range(width + 1):
        d = np.diagonal(a, -k if lower else k)
        out[k if lower else width - k, slice(0, n - k) if lower else slice(k, n)] = d
    return out


@LOWER
@pytest.mark.parametrize("width", [1, 2, 3])
def test_bands(width, lower):
    a, v = band(A, width, lower), band(hermitian_direction(4), width, lower)
    check_tangents(lambda a: la.eig_banded(a, lower=lower), a, v)
    some = {"select": "i", "select_range": (1, 2)}
    check_tangents(lambda a: la.eig_banded(a, lower=lower, **some), a, v)


SHAPES = [(1, 1), (3, 3), (4, 3), (3, 4), (5, 2), (2, 5), (5, 3)]


@KINDS
@pytest.mark.parametrize("shape", SHAPES)
def test_factors(kind, shape):
    a, v = mat.with_singular_values(*shape, kind=kind), direction(*shape, kind=kind)
    for driver in ("gesdd", "gesvd"):
        check_tangents(lambda a, d=driver: la.svd(a, lapack_driver=d), a, v)
    check_tangents(la.qr, a, v)
    check_tangents(lambda a: la.qr(a, pivoting=True)[:2], a, v)
    check_tangents(la.rq, a, v)
    check_tangents(lambda a: (la.rq(a, mode="r"),), a, v)


@KINDS
@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (4, 3), (1, 4)])
def test_bases(kind, shape):
    a, v = mat.with_singular_values(*shape, kind=kind), direction(*shape, kind=kind)
    check_tangents(lambda a: (la.orth(a), la.null_space(a)), a, v)


@KINDS
def test_procrustes(kind):
    a, v = mat.random(4, 2, kind=kind), direction(4, 2, kind=kind)
    b = mat.random(4, 2, kind=kind, seed=1)
    check_tangents(lambda a: la.orthogonal_procrustes(a, b), a, v)


@KINDS
def test_complements_of_rq_in_reverse_mode(kind):
    """The other rows of q may be asked for what they span."""
    a, w = mat.with_singular_values(2, 4, kind=kind), mat.random(4, 4)

    def f(a):
        q = la.rq(a)[1][:2]
        return np.real(np.sum(w * (mat.adjoint(q) @ q)))

    v = direction(2, 4, kind=kind)
    slope = np.real(np.sum(np.conj(zg.gradient(f, a)[0]) * v))
    assert slope == pytest.approx(zg.jvp(f, (a,), (v,))[1], rel=1e-11)
    z = la.null_space(a)  # w is not symmetric, but the projection is
    step = 1e-5
    assert slope == pytest.approx((f(a + step * v) - f(a - step * v)) / step / 2, rel=1e-7)
    assert f(a) == pytest.approx(np.real(np.sum(w * (z @ mat.adjoint(z)))), rel=1e-12)


def test_changed_factors():
    """Their complements are made in another way, which is not known."""
    a, u = mat.with_singular_values(5, 2), mat.random(5)
    update = lambda a: la.qr_update(*la.qr(a), u, u[:2])
    with pytest.raises(AdjointError, match="(?s)complement.*Use reverse mode"):
        zg.jvp(lambda a: update(a)[0], (a,), (a,))

    def f(a):
        q = update(a)[0][:, 2:]
        return np.sum(mat.random(5, 5) * (q @ q.T))

    v, step = direction(5, 2, kind=float), 1e-5
    slope = (f(a + step * v) - f(a - step * v)) / step / 2
    assert np.sum(zg.gradient(f, a)[0] * v) == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("b", [None, np.diag([1.0, 1.0, 1.0, 1.1])])
def test_components_that_vanish(b):
    a = np.diag([1.0, 2.0, 3.0, 5.0]) + 0j
    with pytest.raises(AdjointError, match="(?s)phases.*Use reverse mode"):
        zg.jvp(lambda a: la.eigh(a, b), (a,), (A,))


VALUES = {
    "eigvalsh": lambda a: np.sum(np.cos(la.eigvalsh(a))),
    "generalized": lambda a: np.sum(np.cos(la.eigvalsh(a, a @ a + 1.0))),
    "some": lambda a: np.sum(np.cos(la.eigvalsh(a, lower=False, subset_by_index=[1, 2]))),
    "svdvals": lambda a: np.sum(np.cos(la.svdvals(a[:, :3]))),
    "svd": lambda a: np.sum(np.cos(la.svd(a, compute_uv=False))),
    "polar": lambda a: np.sum(np.abs(la.polar(a)[1]) ** 3),
}


@pytest.mark.parametrize("name", VALUES)
def test_second_derivatives_of_values(name):
    """Their pullbacks use vectors, but not phases: also where these are not told."""
    f, v = VALUES[name], hermitian_direction(4)
    along = lambda t: f(np.diag([1.0, 2.0, 3.0, 5.0]) + t * v)
    step = 1e-3
    known = (along(step) - 2 * along(0.0) + along(-step)) / step**2
    reverse = zg.gradient(lambda t: zg.gradient(along, t)[0], 0.0)[0]
    assert reverse == pytest.approx(known, rel=1e-4)
    assert zg.hessian(along, 0.0) == pytest.approx(reverse, rel=1e-12)
    slope = lambda t: zg.jvp(along, (t,), (1.0,))[1]
    assert zg.jvp(slope, (0.0,), (1.0,))[1] == pytest.approx(reverse, rel=1e-12)
    assert zg.gradient(slope, 0.0)[0] == pytest.approx(reverse, rel=1e-12)
