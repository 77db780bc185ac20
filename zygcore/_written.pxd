"""Memory that is written for the first time."""

from ._arrays cimport Memory
from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg
from ._tape cimport Tape


cdef Memory input_memory(Tape* t, PyObject* array)
cdef Memory memory_to_write(Machine* m, Tape* t, PyObject* array, int slot)
cdef int check_alone(Machine* m, Tape* t, Memory memory, PyObject* array) except -1
cdef int begin(Machine* m, Tape* t, Memory memory, PyObject* array) except -1
cdef int refresh_iterator(Machine* m, Frame* f, Reg* r) except -1
cdef int refresh_buffer(Machine* m, Frame* f, Reg* r) except -1
cdef int count_write(Machine* m, PyObject* array) except -1
cdef list watch_arrays(Machine* m, Tape* t)
cdef int slot_at(Machine* m, int level, Reg* r) noexcept
cdef int note_outer(Machine* m, Tape* t, int slot, PyObject* array) except -1
