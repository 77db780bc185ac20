"""Shared declarations of the IR: see `_ir.pyx` for what each class means."""


cdef class Const:
    cdef readonly object value


cdef class Edge:
    cdef public int target
    cdef public list args


cdef class Instr:
    cdef public str op
    cdef public list args
    cdef public object imm
    cdef public list results
    cdef public int offset


cdef class Terminator:
    cdef public str kind
    cdef public list args
    cdef public list results
    cdef public list edges
    cdef public int offset


cdef class Block:
    cdef public list params
    cdef public list instrs
    cdef public Terminator terminator
    cdef public Edge handler


cdef class IR:
    cdef public object code
    cdef public str name
    cdef public list blocks
    cdef public int nvalues
    cdef public list homes
    cdef public bint is_generator
    cdef public dict local_maps
