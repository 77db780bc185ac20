"""Iterators of the machine."""

cimport cython

from ._capi cimport PyList_GET_ITEM, PyList_GET_SIZE, PyList_Type, PyObject, PyFloat_Type, Py_TYPE, zyg_float
from ._locations cimport Location
from ._machine cimport Frame, Machine
from ._structs cimport OBJ, Ins, Reg
from ._values cimport put_f64, put_i64


@cython.final
cdef class RangeItems:
    """Iterator of a range in machine integers."""
    cdef long long at, step, left


@cython.final
cdef class ListItems:
    """Iterator of a list or tuple that keeps the register it came from."""
    cdef Reg source
    cdef Py_ssize_t at
    cdef bint by_place
    cdef bint plain             # a list or tuple, not an array
    cdef Location location
    cdef int* slots             # of the leaves of `location`
    cdef PyObject* originals
    cdef int count


cdef ListItems list_items(Machine* m, Reg* a)
cdef int find_places(Machine* m, ListItems items) except -1
cdef RangeItems range_items(PyObject* r)
cdef int get_iterator(Machine* m, Frame* f, Ins* ins) except -1
cdef int range_loop(Machine* m, Frame* f, Ins* ins, Ins* following) except -1
cdef int next_item(Machine* m, Frame* f, Ins* ins) except -1
cdef int next_in_list(Machine* m, Frame* f, ListItems items, Ins* ins) except -1
cdef int send(Machine* m, Frame* f, Ins* ins) except -1


cdef inline bint next_in_range(PyObject* items, Reg* d) noexcept:
    """The next item of a `RangeItems` to `d`; False: there is none."""
    cdef long long k
    if (<RangeItems>items).left <= 0:
        return False
    k = (<RangeItems>items).at
    (<RangeItems>items).at = k + (<RangeItems>items).step
    (<RangeItems>items).left -= 1
    put_i64(d, k, -1)
    return True


cdef inline bint next_leaf(PyObject* items, Reg* d) noexcept:
    """The next item of a list of floats that is an input to `d`; False: it is not that simple."""
    cdef Py_ssize_t i = (<ListItems>items).at
    cdef PyObject* seq = (<ListItems>items).source.v.o
    cdef PyObject* item
    if i >= (<ListItems>items).count or (<ListItems>items).source.tag & 0xFF != OBJ \
            or Py_TYPE(seq) != &PyList_Type or i >= PyList_GET_SIZE(seq):
        return False
    item = PyList_GET_ITEM(seq, i)
    if (<ListItems>items).slots[i] < 0 or Py_TYPE(item) != &PyFloat_Type \
            or PyList_GET_ITEM((<ListItems>items).originals, i) != item:
        return False
    (<ListItems>items).at = i + 1
    put_f64(d, zyg_float(item), (<ListItems>items).slots[i])
    return True
