"""The machine while an outermost level is open."""

from ._capi cimport PyObject
from ._machine cimport Machine
from ._structs cimport Reg
from ._tape cimport Tape, TapeBox


cdef class Context:
    cdef Machine* m
    cdef Machine* saved
    cdef TapeBox box
    cdef PyObject* handled     # the exception that the caller handles

    cdef int open(self) except -1
    cdef Tape* level(self) except NULL
    cdef int close(self) noexcept
    cdef int recycle(self) except -1


cdef int input_register(Machine* m, Tape* t, object value, Reg* r) except -1
