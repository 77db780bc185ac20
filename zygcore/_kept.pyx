"""Memory that pullbacks keep, and what shows it.

Arrays are known by the owner of their memory.  What is no array, or is an array over something else
(a memoryview, an iterator of NumPy's), is known by the addresses that it shows.
"""

from cpython.buffer cimport PyBUF_FULL_RO, PyBuffer_Release, PyObject_GetBuffer

from ._arrays cimport is_array, itemsize_of
from ._capi cimport *
from ._library_memory cimport shares_memory
from ._machine cimport Machine
from ._structs cimport *
from ._tape cimport *

import sys
import weakref

import numpy as np

from ._memory import refer_to

cdef object ndarray = np.ndarray, flatiter = np.flatiter, nditer = np.nditer


cdef int keep_array(Tape* t, object a) except -1:
    """Notes that a pullback keeps an array."""
    cdef PyObject* owner = owner_of(<PyObject*>a)
    cdef int before = t.saved.used
    cdef size_t lo, hi
    if set_add(&t.saved, owner) < 0:
        return -1
    if t.saved.used != before or not is_array(owner):
        seen = <object>owner if is_array(owner) else a
        zyg_array_bounds(<PyObject*>seen, itemsize_of(<PyObject*>seen), &lo, &hi)
        if range_add(t, lo, hi) < 0:
            return -1
    if t.watched != NULL:
        (<list><object>t.watched).append(weakref.ref(a))
    return 0


cdef bint is_kept(Machine* m, PyObject* array) except -1:
    """Does some level keep (a view of) the memory of an array for a pullback?"""
    cdef int level
    for level in range(m.nlevels):
        if keeps(m.levels[level], array):
            return True
    return False


cdef bint is_referred(Machine* m, PyObject* array) except -1:
    """Does a pullback of some level really refer to an array?

    It may be another array that had this address once, or one that a pullback did not need after all.
    """
    cdef int level, i
    cdef Tape* t
    cdef PyObject* owner = owner_of(array)
    cdef list roots = []
    for level in range(m.nlevels):
        t = m.levels[level]
        if not set_has(&t.saved, owner):
            continue
        for i in range(t.nsides):
            if t.sides[i].back != NULL:
                roots.append(<object>t.sides[i].back)
            if t.sides[i].obj != NULL:
                roots.append(<object>t.sides[i].obj)
    return refer_to(roots, <object>owner)


cdef bint keeps(Tape* t, PyObject* array) except -1:
    """The same of one level."""
    cdef size_t lo, hi
    cdef PyObject* owner = owner_of(array)
    if set_has(&t.saved, owner):
        return True
    if t.library_arrays != NULL and shares_memory(t, array):
        return True
    if is_array(owner) or not t.nranges:
        return False
    zyg_array_bounds(array, itemsize_of(array), &lo, &hi)
    return has_range(t, lo, hi)


cdef bint has_range(Tape* t, size_t lo, size_t hi) noexcept:
    cdef int i
    for i in range(t.nranges):
        if t.ranges[i].lo < hi and lo < t.ranges[i].hi:
            return True
    return False


cdef bint is_kept_range(Machine* m, size_t lo, size_t hi) noexcept:
    cdef int level
    for level in range(m.nlevels):
        if has_range(m.levels[level], lo, hi):
            return True
    return False


cdef bint is_kept_address(Machine* m, size_t address) noexcept:
    return is_kept_range(m, address, address + 1)


cdef bint shows_kept(Machine* m, object x) except -1:
    """Can kept memory be written through an object that is no array?"""
    cdef int level
    cdef bint some = False
    for level in range(m.nlevels):
        some = some or m.levels[level].nranges
    if not some:
        return False
    if type(x) is flatiter:
        return is_kept(m, <PyObject*>(<object>x.base))
    if issubclass(type(x), nditer):
        return any([is_kept(m, <PyObject*>operand) for operand in operands(x)])
    if is_pointer(x):
        return True  # it may point anywhere
    return PyObject_CheckBuffer(<PyObject*>x) and buffer_shows(m, x)


cdef bint buffer_shows(Machine* m, object x) except -1:
    cdef Py_buffer view
    cdef size_t lo, hi
    cdef int i
    try:
        PyObject_GetBuffer(x, &view, PyBUF_FULL_RO)
    except (BufferError, ValueError, TypeError):  # TypeError: CuPy's, of memory on the GPU
        return False
    lo = hi = <size_t>view.buf
    for i in range(view.ndim if view.strides != NULL else 0):
        if view.strides[i] < 0:
            lo += (view.shape[i] - 1) * view.strides[i]
        else:
            hi += (view.shape[i] - 1) * view.strides[i]
    hi = hi + view.itemsize if view.strides != NULL else lo + view.len
    some = view.len > 0 and not view.readonly and is_kept_range(m, lo, hi)
    PyBuffer_Release(&view)
    return some


cdef list operands(object iterator):
    """The arrays of an `nditer`; none if it is closed."""
    try:
        return list(iterator.operands)
    except ValueError:
        return []


cdef bint is_pointer(object x):
    """A pointer of ctypes, which is not imported for that."""
    ctypes = sys.modules.get("_ctypes")
    return ctypes is not None and isinstance(x, ctypes._Pointer)


cdef object array_behind(object x):
    """An array over the memory that such an object shows; a list of several."""
    if type(x) is flatiter:
        return x.base
    if issubclass(type(x), nditer):
        return operands(x)
    return np.asarray(memoryview(x))
