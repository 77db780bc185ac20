"""The value of a level, and cotangents for it."""

from ._machine cimport Machine
from ._structs cimport Reg
from ._tape cimport Tape


cdef object value_of(Reg* y)
cdef str short(object y)
cdef list output_slots(Machine* m, Tape* t, Reg* r)
cdef object seed_for(object y)
cdef list shape_of(object y)
cdef int check_cotangent(list shape, object dy) except -1
cdef object at_path(object dy, tuple path)
