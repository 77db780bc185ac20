"""The memory that iterators of NumPy's show, as arrays over their operands."""

cimport numpy as cnp

from ._capi cimport Py_INCREF, PyObject, PyTypeObject, zyg_array_bounds

import numpy as np

cnp.import_array()

cdef extern from "numpy/arrayobject.h":
    ctypedef struct FlatIterator "PyArrayIterObject":
        int nd_m1
        Py_ssize_t dims_m1[32]
    object PyArray_NewFromDescr(PyTypeObject*, PyObject* dtype, int, Py_ssize_t*, Py_ssize_t*, void*, int, PyObject*)

cdef enum:
    WRITEABLE = 0x400


def arrays_of(x):
    """The arrays that an iterator reads; none if it is closed."""
    if type(x) is np.flatiter:
        return [x.base]
    if type(x) is np.broadcast:
        return [part.base for part in x.iters]
    try:
        return list(x.operands)
    except ValueError:
        return []


def flat_shape(flat):
    """The shape that ``array.flat`` goes through: not the array's, if it is one of a `broadcast`."""
    cdef FlatIterator* it = <FlatIterator*><PyObject*>flat
    cdef int i
    return tuple([it.dims_m1[i] + 1 for i in range(it.nd_m1 + 1)])


def part_of(operand, x):
    """The array `x` of an iterator as a view of the operand whose memory it shows; else `x` itself."""
    cdef cnp.ndarray array = x
    cdef cnp.ndarray out
    cdef size_t lo, hi, low, high
    zyg_array_bounds(<PyObject*>array, cnp.PyArray_ITEMSIZE(array), &lo, &hi)
    zyg_array_bounds(<PyObject*>operand, cnp.PyArray_ITEMSIZE(operand), &low, &high)
    if lo < low or hi > high:
        return x
    dtype = x.dtype
    Py_INCREF(<PyObject*>dtype)  # the new array takes it
    out = PyArray_NewFromDescr(
        <PyTypeObject*><PyObject*>np.ndarray, <PyObject*>dtype, array.ndim, <Py_ssize_t*>array.shape,
        <Py_ssize_t*>array.strides, array.data, WRITEABLE if cnp.PyArray_ISWRITEABLE(array) else 0, NULL)
    cnp.set_array_base(out, operand)
    return out
