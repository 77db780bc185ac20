"""Functions of `scipy.linalg` whose derivatives are not known: errors that say so.

Their results are not determined by the matrix alone (bases, orders, scalings), or nobody has
written the rule yet.
"""

import scipy.linalg as la

from ...broadcasting import refuse
from ...registry import adjoint

__all__ = []

NAMES = (
    "schur", "rsf2csf", "hessenberg", "ldl", "qz", "ordqz", "cossin", "null_space", "orth", "rq",
    "qr_multiply", "qr_insert", "qr_delete", "qr_update", "funm", "signm", "expm_cond",
    "matrix_balance", "cholesky_banded", "cho_solve_banded", "eig_banded", "eigvals_banded",
    "eigh_tridiagonal", "eigvalsh_tridiagonal", "solve_continuous_are", "solve_discrete_are",
    "subspace_angles", "cdf2rdf",
)  # fmt: skip


def _register(target):
    def refused_rule(*args, **options):
        return target(*args, **options), refuse(f"scipy.linalg.{target.__name__}")

    adjoint(target)(refused_rule)


for _name in NAMES:
    if hasattr(la, _name):
        _register(getattr(la, _name))
