"""Rules for what only moves the entries of sparse matrices: items, slices, blocks, stacks.

SciPy does it to a matrix of labels; where each label went, the entry that it stands for goes.
"""

import numpy as np
import scipy.sparse as sp
from scipy.sparse import _construct

from ...errors import UnsupportedError
from ..registry import lowering, nondifferentiable
from .sparse import apart, build

__all__ = ["moved"]


def labelled(matrices):
    """The matrices with numbers in (1, 2) in place of their entries, and all these numbers."""
    rng, out, labels = np.random.default_rng(0), [], []
    for matrix in matrices:
        data, structure = apart(matrix)
        labels.append(1 + rng.random(np.shape(data)))
        out.append(build(labels[-1], structure))
    return out, np.concatenate([np.ravel(x) for x in labels] or [np.zeros(0)])


def sources(found, labels):
    """For each number that was found, where it comes from; -1: it is zero."""
    order = np.argsort(labels)
    at = np.minimum(np.searchsorted(labels[order], found), max(len(labels) - 1, 0))
    place = order[at] if len(labels) else np.zeros(np.shape(found), int)
    zero = np.equal(found, 0)
    if not np.all(zero | (np.equal(labels[place], found) if len(labels) else False)):
        raise UnsupportedError(
            "an operation on sparse matrices adds up entries that are stored for the same place, "
            "which cannot be differentiated yet: call sum_duplicates() first"
        )
    return np.where(zero, -1, place)


def move(operation, *matrices):
    """Where the numbers of the result come from, and what else it is made of; None: a number."""
    known, labels = labelled(matrices)
    found = operation(*known)
    if not sp.issparse(found):
        return sources(np.asarray(found), labels), None
    data, structure = apart(found)
    return sources(data, labels), structure


def data_of(matrices):
    return np.concatenate([np.ravel(apart(matrix)[0]) for matrix in matrices])


nondifferentiable(move)


def moved(operation, *matrices):
    """The result of an operation that only moves the entries of sparse matrices."""
    place, structure = move(operation, *matrices)
    data = data_of(matrices)
    zero = data.dtype.type(0)
    values = np.where(place >= 0, data[np.maximum(place, 0)], zero) if len(data) else 0.0 * place
    return values[()] if structure is None else build(values, structure)


# --------------------------------------------------------------------------- items

#: what `__getitem__` goes on with
GETTERS = ["_get_int", "_get_slice", "_get_array", "_get_columnXarray"]
GETTERS += [f"_get_{a}X{b}" for a in ("int", "slice", "array") for b in ("int", "slice", "array")]


def _register_getter(original):
    @lowering(original)
    def getter_lowering(self, *key):
        return moved(lambda matrix: original(matrix, *key), self)


for _class in {c for k in (sp.csr_array, sp.csc_array) for c in k.__mro__}:
    for _name in GETTERS:
        if _name in vars(_class):
            _register_getter(vars(_class)[_name])


# -------------------------------------------------------------------------- blocks

_stacked = _construct._block


def entries_of(rows):
    """All blocks as sparse matrices, but for those that are None."""
    return [
        [block if block is None or sp.issparse(block) else sp.coo_array(block) for block in row]
        for row in rows
    ]


@lowering(_stacked)
def block_lowering(blocks, format, dtype, return_spmatrix=False):
    rows = entries_of(blocks)
    there = [block for row in rows for block in row if block is not None]

    def operation(*matrices):
        rest = list(matrices)
        again = [[None if block is None else rest.pop(0) for block in row] for row in rows]
        return _stacked(again, format, None, return_spmatrix)

    value = moved(operation, *there)
    return value if dtype is None else value.astype(dtype, copy=False)


def is_matrix(blocks):
    """Whether the result is to be an `spmatrix`."""
    return not any([isinstance(block, sp.sparray) for block in blocks])


@lowering(sp.vstack)
def vstack_lowering(blocks, format=None, dtype=None):
    return _stacked([[block] for block in blocks], format, dtype, is_matrix(blocks))


@lowering(sp.hstack)
def hstack_lowering(blocks, format=None, dtype=None):
    return _stacked([blocks], format, dtype, is_matrix(blocks))


@lowering(sp.bmat)
def bmat_lowering(blocks, format=None, dtype=None):
    return _stacked(blocks, format, dtype, all([is_matrix(row) for row in blocks]))


@lowering(sp.block_array)
def block_array_lowering(blocks, *, format=None, dtype=None):
    return _stacked(blocks, format, dtype)
