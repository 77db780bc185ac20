"""Rules for least squares with sparse matrices by iteration: `lsqr` and `lsmr`.

The derivative is that of the exact solution of ``(a^H a + damp^2) x = a^H b``, by solving with
``[[1, a], [a^H, -damp^2]]`` (Bjorck, "Numerical Methods for Least Squares Problems", 1996, section
2.6.4), which takes as many columns as independent ones.
"""

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as spl

from ...errors import AdjointError
from ..broadcasting import project
from ..registry import adjoint, lowering, nondifferentiable
from ._implicit import held, opaque_parts, own
from ._roots import DIAGNOSTIC
from ._sparse_spectral import parts_of, quietly_solved
from .sparse import entries, gathered

__all__ = []


def refuse_rank():
    raise AdjointError(
        "the least-squares solution of a sparse matrix without full column rank has no derivative "
        "that zygcore knows: use numpy.linalg.lstsq of the dense matrix, or damp"
    )


nondifferentiable(refuse_rank)


def augmented(a, rows, columns, shape, damp):
    (m, n), every = shape, np.arange
    data = [np.ones(m), a, np.conjugate(a), np.broadcast_to(-(damp**2), (n,))]
    where = (
        np.concatenate([every(m), rows, columns + m, every(n) + m]),
        np.concatenate([every(m), columns + m, rows, every(n) + m]),
    )
    data = np.concatenate([x.astype(np.result_type(*data)) for x in data])
    return sp.csc_array(sp.coo_array((data, where), shape=(m + n, m + n)))


def fitted(data, b, damp, rows, columns, valid, shape, x):
    """The solution x that was found, as a function of the numbers of the matrix."""
    return x


@adjoint(fitted)
def fitted_rule(data, b, damp, rows, columns, valid, shape, x):
    y = own(x)

    def fitted_back(dy):
        a, m = entries(data, valid), shape[0]
        right = np.concatenate([np.zeros(m), np.reshape(dy, (-1,))])
        solution = quietly_solved(augmented(a, rows, columns, shape, damp), right)
        if not np.all(np.isfinite(solution)):
            refuse_rank()
        db, q = solution[:m], -solution[m:]  # a q = db
        product = sp.coo_array((a, (rows, columns)), shape=shape) @ y
        r = np.reshape(b, (-1,)) - product
        d = r[rows] * np.conjugate(q[columns]) - db[rows] * np.conjugate(y[columns])
        ddamp = -2 * damp * np.sum(np.real(np.conjugate(q) * y))
        return (
            gathered(d, valid, data),
            project(np.reshape(db, np.shape(b)), b),
            project(ddamp, damp),
        )

    return y, fitted_back


def _register(function):
    @lowering(function)
    def fitted_lowering(A, b, damp=0.0, **options):
        x, *report = held(function, A, b, damp, **options)
        parts = parts_of(A, function.__name__)
        data, *where = parts
        x = fitted(data, np.asarray(b), damp, *where, np.shape(A), x)
        return x, *opaque_parts(report, DIAGNOSTIC, x)


_register(spl.lsqr)
_register(spl.lsmr)
