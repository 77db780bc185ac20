"""Shared declarations of the clean-up of SSA form: see `_ssa.pyx`."""

from zygcore._ir cimport IR


cdef int finish(IR ir, list starts) except -1
