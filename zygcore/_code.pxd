"""Executable code: what `_code.pyx` makes of the IR."""

from ._capi cimport PyObject
from ._structs cimport Cache, Handler, Ins, Reg


cdef struct CodeC:
    Ins* ins
    int* extra
    Reg* consts              # registers 0 .. nconsts, never written
    int nconsts
    int nregs
    int nparams              # registers nconsts .. nconsts + nparams
    int argcount             # positional parameters
    int kwonly
    int posonly
    int flags                # of the code object
    int* offsets             # bytecode offset of each instruction
    int* handler_of          # handler number of each instruction, or -1
    Handler* handlers
    Cache* caches
    PyObject** imms          # borrowed from the lists of `Code`
    int hidden               # no traceback entry, not counted: a lowering
    int generator


cdef class Code:
    cdef CodeC c
    cdef PyObject* original  # borrowed: the code object
    cdef list keep           # owns constants and immediates
    cdef object shadow       # code object for traceback entries and messages
    cdef tuple freevars, cellvars, varnames
    cdef readonly dict local_maps

cdef unsigned int* version_address() noexcept
cdef bint is_native(PyObject* code) noexcept
cdef void mark_native(PyObject* code) noexcept
cdef Code code_for(object code)
cdef int mark_rule(object code) except -1
cdef bint has_rule(PyObject* code) noexcept
