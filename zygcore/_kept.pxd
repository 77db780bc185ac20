"""Memory that pullbacks keep, and what shows it."""

from ._capi cimport PyObject
from ._machine cimport Machine
from ._tape cimport Tape


cdef int keep_array(Tape* t, object a) except -1
cdef bint is_kept(Machine* m, PyObject* array) except -1
cdef bint is_referred(Machine* m, PyObject* array) except -1
cdef bint keeps(Tape* t, PyObject* array) except -1
cdef bint shows_kept(Machine* m, object x) except -1
cdef bint is_kept_address(Machine* m, size_t address) noexcept
cdef bint is_pointer(object x)
cdef object array_behind(object x)
