"""Functions of `scipy.linalg` whose derivatives are not known: errors that say so.

Their results are not determined by the matrix alone (bases, orders, scalings), or nobody has
written the rule yet.
"""

import scipy.linalg as la

from ...broadcasting import refuse
from ...registry import adjoint

__all__ = []

NAMES = (
    "schur", "rsf2csf", "hessenberg", "ldl", "qz", "ordqz", "cossin", "expm_cond",
)  # fmt: skip


def _register(target):
    def refused_rule(*args, **options):
        return target(*args, **options), refuse(f"scipy.linalg.{target.__name__}")

    adjoint(target)(refused_rule)


for _name in NAMES:
    if hasattr(la, _name):
        _register(getattr(la, _name))
