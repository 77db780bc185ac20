"""Rules for `scipy.sparse`: products with dense arrays, conversions, sums.

A sparse matrix is a Python object, which the machine follows; what C code does with it is lowered
to functions of its `data` and of a *structure*: everything else that makes the matrix.  The
derivative is with respect to the entries that are stored.  Functions of SciPy's C library that
have no lowering are refused: they store results into arrays.
"""

import operator

import numpy as np
import scipy.sparse as sp
from scipy.sparse import _base, _coo, _sparsetools

from ...errors import UnsupportedError
from ..broadcasting import project, unsupported
from ..numpy._indexing import scatter
from ..registry import adjoint, each, lowering, nondifferentiable

__all__ = ["apart", "build", "entries", "flipped", "gathered", "places"]


# --------------------------------------------------------------------- structures


def apart(matrix):
    """The data of a sparse matrix, and its structure: all that is needed to build it again."""
    kind = matrix.format
    head = (kind, type(matrix), matrix.shape)
    if kind in ("csr", "csc", "bsr"):
        return matrix.data, (*head, matrix.indices, matrix.indptr)
    if kind == "coo":
        return matrix.data, (*head, matrix.row, matrix.col)
    if kind == "dia":
        return matrix.data, (*head, matrix.offsets)
    return apart(matrix.tocsr())


def build(data, structure):
    kind, class_, shape, *index = structure
    if kind == "coo":
        return class_((data, tuple(index)), shape=shape)
    return class_((data, *index), shape=shape)


def places(structure, shape):
    """For each number of the flattened data: its row, column, and whether it is in the matrix."""
    kind, _, (m, n), *index = structure
    if kind == "coo":
        return index[0], index[1], None
    if kind == "dia":
        columns = np.broadcast_to(np.arange(shape[1]), shape)
        rows = columns - np.asarray(index[0])[:, None]
        valid = ((rows >= 0) & (rows < m) & (columns < n)).ravel()
        return np.where(valid, rows.ravel(), 0), np.where(valid, columns.ravel(), 0), valid
    minor, pointers = index
    major = np.repeat(np.arange(len(pointers) - 1), np.diff(pointers))
    minor = minor[: len(major)]
    if kind == "bsr":
        _, r, c = shape
        rows = np.broadcast_to(r * major[:, None, None] + np.arange(r)[:, None], shape)
        return (
            rows.ravel(),
            np.broadcast_to(c * minor[:, None, None] + np.arange(c), shape).ravel(),
            None,
        )
    return (major, minor, None) if kind == "csr" else (minor, major, None)


def flipped(structure):
    """The structure of the transpose of a compressed matrix, with the same data."""
    kind, class_, shape, *index = structure
    other = {"csr": "csc", "csc": "csr"}[kind]
    return (other, getattr(sp, class_.__name__.replace(kind, other)), shape[::-1], *index)


def as_coo(structure, rows, columns):
    """The structure of the conjugate transpose, as coordinates."""
    return ("coo", sp.coo_array, structure[2][::-1], columns, rows)


nondifferentiable(places, flipped, as_coo)


def entries(data, valid):
    """The numbers that are in the matrix, the others as zero."""
    flat = np.ravel(data)
    return flat if valid is None else np.where(valid, flat, 0)


def gathered(d, valid, data):
    """The cotangent of the data from that of each of its numbers."""
    d = d if valid is None else np.where(valid, d, 0)
    return project(np.reshape(d, np.shape(data)), data)


# ----------------------------------------------------------------------- products


def product(data, x, structure):
    """A sparse matrix times a dense vector or matrix."""
    return build(data, structure) @ x


@adjoint(product)
def product_rule(data, x, structure):
    y = product(data, x, structure)

    def data_back(dy):
        rows, columns, valid = places(structure, np.shape(data))
        d = dy[rows] * np.conjugate(np.asarray(x)[columns])
        return gathered(np.sum(d, -1) if d.ndim > 1 else d, valid, data)

    def x_back(dy):
        rows, columns, valid = places(structure, np.shape(data))
        d = np.conjugate(entries(data, valid))
        return project(product(d, dy, as_coo(structure, rows, columns)), x)

    return y, each(data_back, x_back)


def _product_lowering(self, other):
    data, structure = apart(self)
    return product(data, other, structure)


# ------------------------------------------------------ sums and products of two


def keys_of(structure, shape, width):
    """A number for the place of each entry, and whether it is in the matrix."""
    rows, columns, valid = places(structure, shape)
    if valid is None:
        valid = np.ones(len(rows), bool)
    return rows * np.int64(width) + columns, valid


def positions(keys, structure, shape):
    """Where in the data of a matrix without repetitions each key stands."""
    found, _ = keys_of(structure, shape, structure[2][1])
    order = np.argsort(found)
    at = np.minimum(np.searchsorted(found[order], keys), max(len(found) - 1, 0))
    if len(keys) and (not len(found) or not np.array_equal(found[order][at], keys)):
        raise UnsupportedError(
            "an operation on sparse matrices drops zeros that it computed, and their derivatives: "
            "make one of the matrices dense"
        )
    return order[at] if len(found) else at


def combined(operation, a, a_structure, b, b_structure):
    """The data and the structure of a sum, difference or product."""
    return apart(operation(build(a, a_structure), build(b, b_structure)))


def combined_data(operation, a, a_structure, b, b_structure):
    return combined(operation, a, a_structure, b, b_structure)[0]


def combined_structure(operation, a, a_structure, b, b_structure):
    return combined(operation, a, a_structure, b, b_structure)[1]


def sum_places(structure, shape, result, size):
    """Where in the data of a sum each stored number goes, and whether it does."""
    keys, valid = keys_of(structure, shape, result[2][1])
    where = np.zeros(len(keys), np.intp)
    where[valid] = positions(keys[valid], result, size)
    return where, None if valid.all() else valid


def product_terms(a_structure, a_shape, b_structure, b_shape, result, size):
    """Which stored numbers are multiplied for a product, and where in its data they go."""
    rows, middle, a_valid = places(a_structure, a_shape)
    b_rows, columns, b_valid = places(b_structure, b_shape)
    if a_valid is not None or b_valid is not None:
        raise UnsupportedError(
            "the product of diagonal sparse matrices cannot be differentiated yet: make csr arrays "
            "of them first"
        )
    order = np.argsort(b_rows, kind="stable")
    starts = np.searchsorted(b_rows[order], np.arange(a_structure[2][1] + 1))
    counts = np.diff(starts)[middle]
    first = np.repeat(np.arange(len(middle)), counts)
    step = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    second = order[starts[middle[first]] + step]
    keys = rows[first] * np.int64(result[2][1]) + columns[second]
    return first, second, positions(keys, result, size)


nondifferentiable(keys_of, positions, combined_structure, sum_places, product_terms)


@adjoint(combined_data)
def combined_data_rule(operation, a, a_structure, b, b_structure):
    y = combined_data(operation, a, a_structure, b, b_structure)
    size, result = np.shape(y), combined_structure(operation, a, a_structure, b, b_structure)
    if operation is operator.matmul:
        terms = product_terms(a_structure, np.shape(a), b_structure, np.shape(b), result, size)
        first, second, where = terms

        def product_back(dy):
            dy = np.ravel(dy)[where]
            da = scatter(dy * np.conjugate(np.ravel(b)[second]), first, (np.size(a),))
            db = scatter(dy * np.conjugate(np.ravel(a)[first]), second, (np.size(b),))
            return None, gathered(da, None, a), None, gathered(db, None, b), None

        return y, product_back
    left = sum_places(a_structure, np.shape(a), result, size)
    right = sum_places(b_structure, np.shape(b), result, size)

    def sum_back(dy):
        dy = np.ravel(dy)
        da, db = [dy[where] if dy.size else np.zeros(len(where)) for where, _ in (left, right)]
        db = -db if operation is operator.sub else db
        return None, gathered(da, left[1], a), None, gathered(db, right[1], b), None

    return y, sum_back


def _operation(operation):
    def operation_lowering(self, other):
        (a, a_structure), (b, b_structure) = apart(self), apart(other)
        data = combined_data(operation, a, a_structure, b, b_structure)
        return build(data, combined_structure(operation, a, a_structure, b, b_structure))

    return operation_lowering


# ---------------------------------------------------- dense arrays, diagonals, sums


def dense(data, structure, order):
    return build(data, structure).toarray(order)


@adjoint(dense)
def dense_rule(data, structure, order):
    def dense_back(dy):
        rows, columns, valid = places(structure, np.shape(data))
        return (gathered(dy[rows, columns], valid, data),)

    return dense(data, structure, order), dense_back


def _toarray_lowering(self, order=None, out=None):
    unsupported("scipy.sparse toarray", out=out)
    return dense(*apart(self), order)


def diagonal(data, structure, k):
    return build(data, structure).diagonal(k)


@adjoint(diagonal)
def diagonal_rule(data, structure, k):
    def diagonal_back(dy):
        rows, columns, valid = places(structure, np.shape(data))
        on = columns - rows == k
        on = on if valid is None else on & valid
        place = np.where(on, np.minimum(rows, columns), 0)
        return (gathered(np.where(on, dy[place] if len(dy) else 0, 0), None, data),)

    return diagonal(data, structure, k), diagonal_back


def _diagonal_lowering(self, k=0):
    return diagonal(*apart(self), k)


def row_sums(data, starts):
    """Of the pieces of `data` from each start to the next."""
    return np.add.reduceat(data, starts)


@adjoint(row_sums)
def row_sums_rule(data, starts):
    n = np.diff(np.append(starts, len(data)))
    return row_sums(data, starts), lambda dy: (project(np.repeat(dy, n), data),)


def _minor_reduce_lowering(self, ufunc, data=None):
    if ufunc is not np.add:
        raise UnsupportedError(
            f"np.{ufunc.__name__} over rows of a sparse matrix cannot be differentiated yet: "
            "make the matrix dense first"
        )
    rows = np.flatnonzero(np.diff(self.indptr))
    return rows, row_sums(self.data if data is None else data, self.indptr[rows])


# -------------------------------------------------------------------- conversions


IN_PLACE = ("sum_duplicates", "sort_indices")


def convert(data, structure, kind):
    """The data and the structure of the same matrix in another format, or brought in order."""
    matrix = build(data, structure)
    if kind in IN_PLACE:
        matrix = matrix.copy()
        getattr(matrix, kind)()
        return apart(matrix)
    return apart(matrix.asformat(kind))


def origins(data, structure, kind, result, size):
    """For each number of the flattened data, its place in the data of the result (-1: dropped)."""
    rows, columns, valid = places(structure, np.shape(data))
    new_rows, new_columns, new_valid = places(result, size)
    width = structure[2][1]
    keys, new_keys = rows * np.int64(width) + columns, new_rows * np.int64(width) + new_columns
    order = np.lexsort((np.arange(len(new_keys)), new_keys))
    if new_valid is not None:
        order = order[new_valid[order]]
    old = np.lexsort((np.arange(len(keys)), keys))
    if valid is not None:
        old = old[valid[old]]
    ordered, out = new_keys[order], np.full(len(keys), -1)
    if len(old) == len(order):  # equal places, if there are any, keep their order
        out[old] = order
        if np.array_equal(keys[old], ordered):
            return out
    at = np.searchsorted(ordered, keys[old])
    found = (at < len(ordered)) & (ordered[np.minimum(at, len(ordered) - 1)] == keys[old])
    out[old] = np.where(found, order[np.minimum(at, len(ordered) - 1)], -1)
    if not found.all():
        raise UnsupportedError(
            f"making a sparse matrix of format {kind} drops zeros that are stored, and their "
            "derivatives: use csr_array((data, (row, column))), which keeps them"
        )
    return out


nondifferentiable(origins)


def converted(data, structure, kind):
    """The data of `convert`."""
    return convert(data, structure, kind)[0]


@adjoint(converted)
def converted_rule(data, structure, kind):
    y = converted(data, structure, kind)
    place = origins(data, structure, kind, convert(data, structure, kind)[1], np.shape(y))

    def converted_back(dy):
        d = np.ravel(dy)[np.maximum(place, 0)] if np.size(dy) else np.zeros(len(place))
        return (gathered(d, place >= 0, data),)

    return y, converted_back


def structure_of(data, structure, kind):
    return convert(data, structure, kind)[1]


nondifferentiable(structure_of)


def _conversion(kind):
    def conversion_lowering(self, copy=False, **options):
        unsupported(f"scipy.sparse to{kind}", **options)
        data, structure = apart(self)
        if structure[0] == kind:
            return build(np.copy(data), structure) if copy else self
        return build(converted(data, structure, kind), structure_of(data, structure, kind))

    return conversion_lowering


def _tidying(name, done):
    def tidying_lowering(self):
        if getattr(self, done):
            return
        data, structure = apart(self)
        index = structure_of(data, structure, name)[3:]
        self.data = converted(data, structure, name)
        self.indices, self.indptr = index
        setattr(self, done, True)

    return tidying_lowering


def compressed(shape, coords, swap):
    """The order in which coordinates are compressed, with the pointers and indices."""
    size = len(coords[0])
    labels = sp.coo_array((np.arange(size), coords), shape=shape)
    return labels._coo_to_compressed(swap)


nondifferentiable(compressed)


def _compress_lowering(self, swap, copy=False):
    pointers, indices, order, shape = compressed(self.shape, self.coords, swap)
    return pointers, indices, self.data[order], shape


# ------------------------------------------------------------------- registration

LOWERINGS = {
    "_matmul_vector": _product_lowering,
    "_matmul_multivector": _product_lowering,
    "_matmul_sparse": _operation(operator.matmul),
    "_add_sparse": _operation(operator.add),
    "_sub_sparse": _operation(operator.sub),
    "toarray": _toarray_lowering,
    "diagonal": _diagonal_lowering,
    "_minor_reduce": _minor_reduce_lowering,
    "_coo_to_compressed": _compress_lowering,
    **{f"to{kind}": _conversion(kind) for kind in ("csr", "csc", "coo", "dia", "bsr")},
}


def _lower(original, lowered):
    """Lowers a method, for matrices: other arrays are left to its own code."""

    @lowering(original)
    def sparse_lowering(self, *args, **options):
        if self.ndim != 2 or (args and np.ndim(args[0]) > 2):
            return original(self, *args, **options)
        return lowered(self, *args, **options)


for _class in {c for k in (sp.csr_array, sp.csc_array, sp.coo_array, sp.dia_array, sp.bsr_array)
               for c in k.__mro__ if c.__module__ != "scipy.sparse._base"}:  # fmt: skip
    for _name, _lowered in LOWERINGS.items():
        if _name in vars(_class):
            _lower(vars(_class)[_name], _lowered)

_lower(_base._spbase.toarray, _toarray_lowering)


@lowering(_coo._coo_base.toarray)
def coo_toarray_lowering(self, order=None, out=None):
    """Of any number of dimensions."""
    if self.ndim == 2 or out is not None or order == "F":
        return _toarray_lowering(self, order, out)
    return scatter(self.data, tuple(self.coords), self.shape)


for _name, _done in zip(IN_PLACE, ("has_canonical_format", "has_sorted_indices"), strict=True):
    _method = getattr(sp.csr_array, _name)
    if _method is getattr(sp.csc_array, _name):
        _lower(_method, _tidying(_name, _done))


def _refuse(function):
    def refused_rule(*args):
        raise UnsupportedError(
            f"this operation on sparse matrices (scipy.sparse's C function {function.__name__}) "
            "cannot be differentiated yet: products, sums and conversions can"
        )

    adjoint(function)(refused_rule)


#: of the places of entries only
PLACES = "csr_has_canonical_format", "csr_has_sorted_indices", "csr_matmat_maxnnz"

for _name in dir(_sparsetools):
    if _name in PLACES:
        nondifferentiable(getattr(_sparsetools, _name))
    elif callable(getattr(_sparsetools, _name)) and not _name.startswith("_"):
        _refuse(getattr(_sparsetools, _name))
