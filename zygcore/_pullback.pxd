"""Running a function with its arguments active."""

from ._context cimport Context
from ._structs cimport Reg
from ._tape cimport Tape


cdef list run_recorded(Context context, Tape* t, object f, tuple args, Reg* regs, Reg* y, object start=*)
