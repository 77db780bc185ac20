"""One small program for each function of `scipy.sparse` and `scipy.sparse.linalg`.

See `solvers` about the form.
"""

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as spl

__all__ = ["LINALG", "LINALG_WITHOUT", "SPARSE", "SPARSE_WITHOUT"]

V = np.array([0.3, 1.2, -0.5])
M = np.array([[2.0, 0.3, 0.1], [0.5, 1.5, 0.2], [-0.7, 0.2, 1.0]])
ROW, COLUMN = np.array([0, 1, 2, 2]), np.array([1, 0, 2, 0])


def stored(x):
    return V[[0, 1, 2, 0]] * x + x * x


def at(x, kind=sp.csr_array):
    return kind(sp.coo_array((stored(x), (ROW, COLUMN)), shape=(3, 3)))


def square(x):
    """One that can be solved with."""
    return sp.csc_array(M + x * np.diag(V))


def symmetric(x):
    return sp.csc_array(M @ M.T + np.diag(x * x * V))


def made(names):
    return {name: lambda x, f=getattr(sp, name): f(at(x)).toarray() for name in names.split()}


SPARSE = {
    **made(
        "bsr_array bsr_matrix coo_array coo_matrix csc_array csc_matrix csr_array csr_matrix "
        "dia_array dia_matrix dok_array dok_matrix lil_array lil_matrix tril triu"
    ),
    "csr_array of dense": lambda x: sp.csr_array(M * x).toarray(),
    "csr_array product": lambda x: at(x) @ V * x,
    "csr_array times a number": lambda x: (at(x) * x).toarray(),
    "csr_array sum": lambda x: at(x).sum(axis=0),
    "csr_array transpose": lambda x: at(x).T @ (V * x),
    "csr_array item": lambda x: at(x)[2, 0],
    "csr_array row": lambda x: at(x)[[2]].toarray(),
    "csr_array multiply": lambda x: at(x).multiply(M).toarray(),
    "csr_array matmul": lambda x: (at(x) @ at(x)).toarray(),
    "coo_array of numbers": lambda x: sp.coo_array((V * x, (ROW[:3], COLUMN[:3]))).toarray(),
    "block_array": lambda x: sp.block_array([[at(x), None], [None, at(2.0)]]).toarray(),
    "block_diag": lambda x: sp.block_diag([at(x), M * x]).toarray(),
    "bmat": lambda x: sp.bmat([[at(x), None], [None, at(2.0)]]).toarray(),
    "diags": lambda x: sp.diags([V * x, V[:2]], [0, 1]).toarray(),
    "diags_array": lambda x: sp.diags_array([V * x, V[:2]], offsets=[0, 1]).toarray(),
    "expand_dims": lambda x: sp.expand_dims(sp.coo_array(at(x)), axis=0).toarray(),
    "eye": lambda x: sp.eye(3).toarray() * x,
    "eye_array": lambda x: sp.eye_array(3).toarray() * x,
    "identity": lambda x: sp.identity(3).toarray() * x,
    "find": lambda x: sp.find(at(x)),
    "hstack": lambda x: sp.hstack([at(x), at(2.0)]).toarray(),
    "vstack": lambda x: sp.vstack([at(x), at(2.0)]).toarray(),
    "kron": lambda x: sp.kron(at(x), M).toarray(),
    "kronsum": lambda x: sp.kronsum(at(x), M).toarray(),
    "permute_dims": lambda x: sp.permute_dims(sp.coo_array(at(x)), (1, 0)).toarray(),
    "swapaxes": lambda x: sp.swapaxes(sp.coo_array(at(x)), 0, 1).toarray(),
    "spdiags": lambda x: sp.spdiags(M * x, [0, 1, -1], 3, 3).toarray(),
    "random": lambda x: sp.random(3, 3, 0.5, random_state=1).toarray() * x,
    "random_array": lambda x: sp.random_array((3, 3), density=0.5, rng=1).toarray() * x,
    "rand": lambda x: sp.rand(3, 3, 0.5, random_state=1).toarray() * x,
    **{
        name: lambda x, f=getattr(sp, name): f(at(x))
        for name in sp.__all__
        if name.startswith("iss")
    },
}

SPARSE_WITHOUT = set(
    """
    SparseEfficiencyWarning SparseWarning get_index_dtype safely_cast_index_arrays load_npz
    save_npz sparray spmatrix
    """.split()
)


def solving(names, matrix=square, tight=True):
    """Of iterative solvers."""
    options = {"rtol": 1e-13, "atol": 0.0} if tight else {}
    return {
        name: lambda x, f=getattr(spl, name): f(matrix(x), V * x, **options)[0]
        for name in names.split()
    }


class Doubled(spl.LinearOperator):
    def __init__(self, x):
        super().__init__(float, (3, 3))
        self.x = x

    def _matvec(self, v):
        return 2 * self.x * v


LINALG = {
    **solving("bicg bicgstab cgs gmres lgmres qmr gcrotmk tfqmr"),
    **solving("cg", symmetric),
    "minres": lambda x: spl.minres(symmetric(x), V * x, rtol=1e-13)[0],
    "lsmr": lambda x: spl.lsmr(square(x), V * x, atol=1e-14, btol=1e-14)[0],
    "lsqr": lambda x: spl.lsqr(square(x), V * x, atol=1e-14, btol=1e-14)[0],
    "LaplacianNd": lambda x: spl.LaplacianNd((3,)) @ (V * x),
    "LinearOperator": lambda x: Doubled(x) @ V,
    "SuperLU": lambda x: spl.splu(square(1.0)).solve(V * x),
    "aslinearoperator": lambda x: spl.aslinearoperator(at(x)) @ V,
    "eigs": lambda x: spl.eigs(square(x), 1, v0=V)[0],
    "eigsh": lambda x: spl.eigsh(symmetric(x), 1, v0=V)[0],
    "expm": lambda x: spl.expm(square(x)).toarray(),
    "expm_multiply": lambda x: spl.expm_multiply(square(x), V * x),
    "factorized": lambda x: spl.factorized(square(1.0))(V * x),
    "factorized matrix": lambda x: spl.factorized(square(x))(V),
    "funm_multiply_krylov": lambda x: spl.funm_multiply_krylov(
        np.linalg.inv, square(x), V * x, restart_every_m=3
    ),
    "inv": lambda x: spl.inv(square(x)).toarray(),
    "is_sptriangular": lambda x: spl.is_sptriangular(at(x)),
    "lobpcg": lambda x: spl.lobpcg(symmetric(x), V[:, None] + 1, maxiter=99, tol=1e-13)[0],
    "matrix_power": lambda x: spl.matrix_power(square(x), 3).toarray(),
    "norm": lambda x: [spl.norm(at(x)), spl.norm(at(x), 1)],
    "onenormest": lambda x: spl.onenormest(square(x)),
    "spbandwidth": lambda x: spl.spbandwidth(at(x)),
    "spilu": lambda x: spl.spilu(square(1.0)).solve(V * x),
    "splu": lambda x: spl.splu(square(1.0)).solve(V * x),
    "splu matrix": lambda x: spl.splu(square(x)).solve(V),
    "spsolve": lambda x: spl.spsolve(square(x), V * x),
    "spsolve_triangular": lambda x: spl.spsolve_triangular(
        sp.csr_array(np.tril(M) * x), V * x, lower=True
    ),
    "svds": lambda x: spl.svds(square(x), 1, v0=V)[1],
}

LINALG_WITHOUT = set("ArpackError ArpackNoConvergence MatrixRankWarning use_solver".split())
