"""Rules of `scipy.linalg` for systems of equations, factors and matrix equations."""

import matrices as mat
import numpy as np
import pytest
import scipy
import scipy.linalg as la
from scipy.integrate import solve_ivp

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

#: no stacks, and Toeplitz systems only of arrays that can be written
OLD = tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 16)
KINDS = mat.KINDS
COLUMNS = pytest.mark.parametrize("columns", [(), (2,)])
STRUCTURES = [None, "gen", "sym", "her", "pos", "diagonal", "tridiagonal", "banded",
              "upper triangular", "lower triangular"]  # fmt: skip


def matrix_for(structure, kind):
    symmetric = structure in ("her", "pos") or (structure == "sym" and kind is float)
    return (mat.hermitian if symmetric else mat.general)(3, 3, kind=kind)


@KINDS
@COLUMNS
@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("lower", [True, False])
def test_solve(kind, columns, structure, lower):
    a, b = matrix_for(structure, kind), mat.random(3, *columns, kind=kind)
    try:
        la.solve(a, b, lower=lower, assume_a=structure)
    except ValueError as error:  # SciPy before 1.15
        pytest.skip(str(error))
    for transposed in (False, True) if kind is float else (False,):
        check_adjoint(la.solve, a, b, lower=lower, assume_a=structure, transposed=transposed)


@KINDS
def test_inverse_and_determinant(kind):
    a = mat.general(3, 3, kind=kind)
    check_adjoint(la.inv, a)
    check_adjoint(la.det, a)
    dx = zg.gradient(lambda a: np.real(la.det(a)), a)[0]
    np.testing.assert_allclose(dx, np.conj(la.det(a) * la.inv(a).T), rtol=1e-12)


@KINDS
@pytest.mark.parametrize("structure", ["gen", "sym", "her", "pos", "upper triangular",
                                       "lower triangular"])  # fmt: skip
@pytest.mark.parametrize("lower", [True, False])
def test_inverse_of_structured_matrices(kind, structure, lower):
    a = matrix_for(structure, kind)
    try:
        la.inv(a, assume_a=structure, lower=lower)
    except TypeError as error:  # SciPy before 1.17
        pytest.skip(str(error))
    check_adjoint(la.inv, a, assume_a=structure, lower=lower)


def test_stacks():
    a, b = mat.general(2, 3, 3), mat.random(2, 3, 2)
    for f in (la.inv, la.det, la.pinv, la.svdvals, la.eigvalsh, la.lu, la.expm):
        try:
            f(np.stack([np.eye(3), 2 * np.eye(3)]))
        except ValueError:  # SciPy before 1.16
            continue
        g = (lambda a: la.lu(a)[1:]) if f is la.lu else f
        check_adjoint(
            g, 0.3 * mat.hermitian(2, 3, 3) if f is la.eigvalsh else a, second=False, step=2e-4
        )
    try:
        la.solve(a, b)
    except ValueError:
        return
    check_adjoint(la.solve, a, b)
    check_adjoint(la.solve_triangular, a, b)


@KINDS
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4)])
def test_pseudo_inverse(kind, shape):
    a = mat.with_singular_values(*shape, kind=kind)
    check_adjoint(la.pinv, a)
    check_adjoint(lambda a: la.pinv(a, return_rank=True)[0], a)


@KINDS
@pytest.mark.parametrize("lower", [True, False])
def test_pseudo_inverse_of_hermitian_matrices(kind, lower):
    check_adjoint(la.pinvh, mat.hermitian(3, 3, kind=kind), lower=lower)


@KINDS
@COLUMNS
@pytest.mark.parametrize("m, n", [(4, 3), (3, 4), (3, 3)])
def test_least_squares(kind, columns, m, n):
    a, b = mat.with_singular_values(m, n, kind=kind), mat.random(m, *columns, kind=kind)
    check_adjoint(lambda a, b: (lambda x, r, _, s: (x, r, s))(*la.lstsq(a, b)), a, b)
    check_adjoint(lambda a, b: la.lstsq(a, b, lapack_driver="gelsy")[0], a, b)


@KINDS
@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_norm(kind, ord):
    x = mat.with_singular_values(3, 4, kind=kind)
    check_adjoint(la.norm, x, ord=ord, step=1e-4, rtol=1e-6)
    check_adjoint(la.norm, x, ord=ord, axis=(-1, -2), keepdims=True, step=1e-4, rtol=1e-6)
    if ord not in ("fro", "nuc"):
        check_adjoint(la.norm, mat.random(4, kind=kind), ord=ord)


@KINDS
@COLUMNS
@pytest.mark.parametrize("trans", [0, 1, 2, "N", "T", "C"])
@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("unit", [True, False])
def test_solve_triangular(kind, columns, trans, lower, unit):
    a, b = mat.general(3, 3, kind=kind), mat.random(3, *columns, kind=kind)
    check_adjoint(la.solve_triangular, a, b, trans=trans, lower=lower, unit_diagonal=unit)


@KINDS
@COLUMNS
def test_banded(kind, columns):
    ab, b = 0.4 * mat.random(4, 5, kind=kind), mat.random(5, *columns, kind=kind)
    ab[2] += 3
    check_adjoint(lambda ab, b: la.solve_banded((1, 2), ab, b), ab, b)
    ab[0] = ab[3] + 4
    check_adjoint(lambda ab, b: la.solve_banded((3, 0), ab, b), ab, b)
    for lower in (True, False):
        h = 0.2 * mat.random(3, 5, kind=kind)
        h[0 if lower else -1] = [4, 5, 6, 5, 4]
        check_adjoint(la.solveh_banded, h, b, lower=lower)


@KINDS
@COLUMNS
def test_toeplitz(kind, columns):
    c, r = 0.3 * mat.random(5, kind=kind), 0.3 * mat.random(5, kind=kind, seed=1)
    c[0] += 3
    b = mat.random(5, *columns, kind=kind)
    check_adjoint(lambda c, r, b: la.solve_toeplitz((c, r), b), c, r, b, layouts=not OLD)
    check_adjoint(la.solve_toeplitz, c, b, layouts=not OLD)
    check_adjoint(lambda c, r, b: la.matmul_toeplitz((c, r), b), c, r, b)
    check_adjoint(la.solve_circulant, c, mat.random(5, kind=kind))


@KINDS
@COLUMNS
@pytest.mark.parametrize("trans", [0, 1, 2])
def test_lu_solve(kind, columns, trans):
    a, b = mat.general(3, 3, kind=kind), mat.random(3, *columns, kind=kind)
    check_adjoint(lambda a, b: la.lu_solve(la.lu_factor(a), b, trans), a, b)
    factors = la.lu_factor(a)
    check_adjoint(lambda b: la.lu_solve(factors, b, trans), b)


@KINDS
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4), (2, 3, 4)])
def test_lu(kind, shape):
    a = mat.with_singular_values(*shape, kind=kind)
    check_adjoint(lambda a: la.lu(a)[1:], a, step=3e-4)
    check_adjoint(la.lu, a, permute_l=True, step=3e-4)
    check_adjoint(lambda a: la.lu(a, p_indices=True)[1:], a, step=3e-4)
    if shape == (3, 3):
        check_adjoint(lambda a: la.lu_factor(a)[0], a, step=3e-4)


@KINDS
@COLUMNS
@pytest.mark.parametrize("lower", [True, False])
def test_cholesky(kind, columns, lower):
    a, b = mat.hermitian(3, 3, kind=kind), mat.random(3, *columns, kind=kind)
    check_adjoint(la.cholesky, a, lower=lower)
    check_adjoint(lambda a: la.cho_factor(a, lower=lower)[0], a)
    check_adjoint(lambda a, b: la.cho_solve(la.cho_factor(a, lower=lower), b), a, b)


@KINDS
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4), (2, 4, 3)])
@pytest.mark.parametrize("pivoting", [False, True])
def test_qr(kind, shape, pivoting):
    if OLD and len(shape) > 2:
        pytest.skip("this SciPy takes no stacks of matrices")
    a = mat.with_singular_values(*shape, kind=kind)
    check_adjoint(lambda a: la.qr(a, mode="economic", pivoting=pivoting)[:2], a, step=3e-4)
    check_adjoint(lambda a: np.asarray(la.qr(a, mode="r")), a, second=False)
    if shape[-2] <= shape[-1]:
        check_adjoint(lambda a: la.qr(a, pivoting=pivoting)[:2], a, step=3e-4)


@KINDS
def test_matrix_equations(kind):
    a, b, q = (
        mat.general(3, 3, kind=kind),
        mat.hermitian(2, 2, kind=kind),
        mat.random(3, 2, kind=kind),
    )
    check_adjoint(la.solve_sylvester, a, 3 * b, q)
    a, q = mat.hermitian(3, 3, kind=kind) + 0.1 * a, mat.random(3, 3, kind=kind)
    check_adjoint(la.solve_continuous_lyapunov, a, q)
    for method in (None, "direct", "bilinear"):
        check_adjoint(la.solve_discrete_lyapunov, 0.1 * a, q, method=method)


@pytest.mark.parametrize("method", ["Radau", "BDF"])
def test_implicit_solvers_of_differential_equations(method):
    def decay(k):
        options = {"method": method, "rtol": 1e-8, "atol": 1e-10}
        return solve_ivp(lambda t, y: -k * y, (0, 1), [1.0], **options).y[0, -1]

    assert zg.gradient(decay, 1.0)[0] == pytest.approx(-np.exp(-1), rel=1e-6)


@pytest.mark.parametrize("method", ["Radau", "BDF"])
def test_implicit_solver_with_a_jacobian(method):
    # y1' = -3 y1, y0' = -k y0 + y1, so y0(1) = (exp(-k) - exp(-3)) / (3 - k) from (0, 1)
    def f(k):
        def jacobian(t, y):
            return np.array([[-k, 1.0], [0.0, -3.0]])

        options = {"method": method, "rtol": 1e-8, "atol": 1e-10, "jac": jacobian}
        return solve_ivp(lambda t, y: jacobian(t, y) @ y, (0, 1), [0.0, 1.0], **options).y[0, -1]

    expected = -np.exp(-1) / 2 + (np.exp(-1) - np.exp(-3)) / 4
    assert zg.gradient(f, 1.0)[0] == pytest.approx(expected, rel=1e-6)


def test_what_is_refused():
    singular = np.array([[1.0, 2], [2, 4]])
    with pytest.raises(AdjointError, match="singular"):
        zg.gradient(lambda a: la.lu(a)[2].sum(), singular)
    with pytest.raises(AdjointError, match="raw"):
        zg.gradient(lambda a: la.qr(a, mode="raw")[1].sum(), np.eye(2))
    with pytest.raises(UnsupportedError, match="diagonal|assume_a"):
        zg.gradient(lambda a: la.inv(a, assume_a="diagonal").sum(), np.eye(2))


REFUSED = ["schur", "hessenberg", "ldl"]


@pytest.mark.parametrize("name", REFUSED)
def test_functions_without_a_rule(name):
    def total(a):
        y = getattr(la, name)(a)
        return np.sum(y[0] if isinstance(y, tuple) else y)

    a = mat.general(3, 3)
    with pytest.raises(AdjointError, match=name):
        zg.gradient(total, a)
