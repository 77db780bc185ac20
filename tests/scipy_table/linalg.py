"""One small program for each function of `scipy.linalg`; see `solvers` about the form."""

import numpy as np
import scipy.linalg as la

__all__ = ["LINALG", "LINALG_WITHOUT"]

V = np.array([0.3, 1.2, -0.5])
M = np.array([[2.0, 0.3, 0.1], [0.5, 1.5, 0.2], [-0.7, 0.2, 1.0]])
N = np.array([[0.4, -0.3, 0.1], [0.6, 1.2, -0.8], [0.3, 0.9, -0.5]])
S = M @ M.T
BAND = np.array([[0.0, 0.3, 0.5], [2.0, 1.5, 1.8], [0.1, -0.4, 0.0]])
UPPER = np.array([[0.0, 0.3, 0.5], [2.0, 1.5, 1.8]])


def at(x):
    """A matrix that varies in no simple way."""
    return M + x * N + x * x * np.diag(V)


def symmetric(x):
    return S + x * (N + N.T) / 4


def columns(x):
    return at(x)[:, :2]


def of_matrix(names):
    return {name: lambda x, f=getattr(la, name): f(at(x)) for name in names.split()}


def of_symmetric(names):
    return {name: lambda x, f=getattr(la, name): f(symmetric(x)) for name in names.split()}


LINALG = {
    **of_matrix(
        "coshm cosm det expm inv logm norm pinv polar qr rq signm sinhm sinm sqrtm svd svdvals "
        "tanhm tanm lu eigvals lu_factor hessenberg schur matrix_balance expm_cond bandwidth "
        "issymmetric ishermitian"
    ),
    **of_symmetric("cholesky eigvalsh eigh pinvh cho_factor ldl"),
    "block_diag": lambda x: la.block_diag(at(x), V * x),
    "cdf2rdf": lambda x: la.cdf2rdf(*la.eig(np.array([[x, 1.0], [-2.0, 0.3]]))),
    "cho_solve": lambda x: la.cho_solve(la.cho_factor(symmetric(x)), V * x),
    "cho_solve_banded": lambda x: la.cho_solve_banded((UPPER * x, False), V * x),
    "cholesky_banded": lambda x: la.cholesky_banded(UPPER + x),
    "circulant": lambda x: la.circulant(V * x),
    "clarkson_woodruff_transform": lambda x: la.clarkson_woodruff_transform(at(x), 2, rng=1),
    "companion": lambda x: la.companion([x, 2.0, 3.0]),
    "convolution_matrix": lambda x: la.convolution_matrix(V * x, 4),
    "cossin": lambda x: la.cossin(la.expm(np.kron(np.eye(2), N - N.T)[:4, :4] * x), 2, 2),
    "dft": lambda x: la.dft(3) * x,
    "diagsvd": lambda x: la.diagsvd(V * x, 3, 4),
    "eig": lambda x: la.eig(at(x)),
    "eig_banded": lambda x: la.eig_banded(UPPER * x)[0],
    "eigvals_banded": lambda x: la.eigvals_banded(UPPER + x),
    "eigh_tridiagonal": lambda x: la.eigh_tridiagonal(V * x, V[:2] + x)[0],
    "eigvalsh_tridiagonal": lambda x: la.eigvalsh_tridiagonal(V * x, V[:2] + x),
    "expm_frechet": lambda x: la.expm_frechet(at(x), N * x),
    "fiedler": lambda x: la.fiedler(V * x),
    "fiedler_companion": lambda x: la.fiedler_companion([x, 2.0, 3.0, x * x]),
    "find_best_blas_type": lambda x: str(la.find_best_blas_type([at(x)])[0]),
    "fractional_matrix_power": lambda x: la.fractional_matrix_power(symmetric(x), 0.3),
    "funm": lambda x: la.funm(at(x), np.sin),
    "hadamard": lambda x: la.hadamard(2) * x,
    "hankel": lambda x: la.hankel(V * x, V),
    "helmert": lambda x: la.helmert(3) * x,
    "hilbert": lambda x: la.hilbert(3) * x,
    "invhilbert": lambda x: la.invhilbert(3) * x,
    "invpascal": lambda x: la.invpascal(3) * x,
    "khatri_rao": lambda x: la.khatri_rao(at(x), N),
    "leslie": lambda x: la.leslie(V * x, V[:2] * x),
    "lstsq": lambda x: la.lstsq(columns(x), V * x)[:2],
    "lu_solve": lambda x: la.lu_solve(la.lu_factor(at(x)), V * x),
    "matmul_toeplitz": lambda x: la.matmul_toeplitz(V * x, V[::-1] * x),
    "null_space": lambda x: la.null_space(columns(x).T) ** 2,
    "ordqz": lambda x: la.ordqz(at(x), N)[0],
    "orth": lambda x: la.orth(columns(x)) ** 2,
    "orthogonal_procrustes": lambda x: la.orthogonal_procrustes(at(x), N),
    "pascal": lambda x: la.pascal(3) * x,
    "qr_delete": lambda x: la.qr_delete(*la.qr(at(x)), 1),
    "qr_insert": lambda x: la.qr_insert(*la.qr(at(x)), V, 1),
    "qr_multiply": lambda x: la.qr_multiply(columns(x), V),
    "qr_update": lambda x: la.qr_update(*la.qr(at(x)), V, V[::-1]),
    "qz": lambda x: la.qz(at(x), N)[:2],
    "rsf2csf": lambda x: la.rsf2csf(*la.schur(at(x))),
    "solve": lambda x: la.solve(at(x), V * x),
    "solve_banded": lambda x: la.solve_banded((1, 1), BAND + x, V * x),
    "solve_circulant": lambda x: la.solve_circulant(V * x, V[::-1]),
    "solve_continuous_are": lambda x: la.solve_continuous_are(at(x), N[:, :2], S, np.eye(2) * x),
    "solve_continuous_lyapunov": lambda x: la.solve_continuous_lyapunov(at(x), S * x),
    "solve_discrete_are": lambda x: la.solve_discrete_are(at(x), N[:, :2], S, np.eye(2) * x),
    "solve_discrete_lyapunov": lambda x: la.solve_discrete_lyapunov(at(x) / 9, S * x),
    "solve_lyapunov": lambda x: la.solve_lyapunov(at(x), S * x),
    "solve_sylvester": lambda x: la.solve_sylvester(at(x), M, N * x),
    "solve_toeplitz": lambda x: la.solve_toeplitz(V + 3 * x, V[::-1]),
    "solve_triangular": lambda x: la.solve_triangular(at(x), V * x),
    "solveh_banded": lambda x: la.solveh_banded(UPPER * x, V),
    "subspace_angles": lambda x: la.subspace_angles(columns(x), N[:, :1]),
    "toeplitz": lambda x: la.toeplitz(V * x, V),
}

LINALG["svd"] = lambda x: [y * y for y in la.svd(at(x))]
LINALG["eigh"] = lambda x: [y * y for y in la.eigh(symmetric(x))]

LINALG_WITHOUT = {"LinAlgError", "LinAlgWarning", "get_blas_funcs", "get_lapack_funcs"}
