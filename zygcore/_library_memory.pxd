"""Arrays of other libraries that pullbacks may keep."""

from ._capi cimport PyObject, Py_TYPE
from ._machine cimport Machine
from ._tape cimport Tape

cdef enum:
    CONSTANT = 1
    ACTIVE = 2

cdef dict LIBRARY_ARRAYS


cdef inline bint is_library_array(PyObject* o) noexcept:
    return LIBRARY_ARRAYS and <object>Py_TYPE(o) in LIBRARY_ARRAYS


cdef class Kept:
    """An array of another library that a pullback may keep; `lo` and `hi` are the addresses of its memory."""
    cdef object reference
    cdef size_t lo, hi
    cdef bint active, is_placed
    cdef bint uses(self, Machine* m, size_t lo, size_t hi) except -1


cdef bint has_derivatives(object array) except -1
cdef int keep_library_array(Tape* t, PyObject* o, bint active) except -1
cdef bint is_kept_library_array(Machine* m, PyObject* o) except -1
cdef list kept_library_arrays(Tape* t)
cdef int written_library_slot(Tape* t, PyObject* o) noexcept
cdef int shares_memory(Tape* t, PyObject* array) except -1
