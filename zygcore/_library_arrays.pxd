"""Arrays of other libraries."""

from ._capi cimport PyObject, Py_TYPE
from ._machine cimport Frame, Machine
from ._structs cimport Reg
from ._tape cimport Tape

cdef dict LIBRARY_ARRAYS


cdef inline bint is_library_array(PyObject* o) noexcept:
    return LIBRARY_ARRAYS and <object>Py_TYPE(o) in LIBRARY_ARRAYS


cdef int library_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1
cdef int library_iterator(Machine* m, Frame* f, Reg* a, int dst) except -1
cdef int keep_library_array(Tape* t, PyObject* o) except -1
cdef bint is_kept_library_array(Machine* m, PyObject* o) except -1
cdef int check_library_writes(Machine* m, PyObject* callee, PyObject** values, int nargs, PyObject* kwnames) except -1
cdef int refuse_write(PyObject* o, str how) except -1
