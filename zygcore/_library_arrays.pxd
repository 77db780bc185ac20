"""Arrays of other libraries."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg

cdef int library_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1
cdef int library_iterator(Machine* m, Frame* f, Reg* a, int dst) except -1
cdef int check_library_writes(Machine* m, PyObject* callee, PyObject** values, int nargs, PyObject* kwnames) except -1
cdef int check_numpy_call(PyObject* callee, Reg* args, int n) except -1
cdef int refuse_write(PyObject* o, str how) except -1
cdef list library_arrays_at_risk(Machine* m, PyObject* callee, PyObject** values, int n, int level)
cdef int check_library_arrays(Machine* m, PyObject* callee, list watched, PyObject* out) except -1
