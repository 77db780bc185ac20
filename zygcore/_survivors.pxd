"""Generators that outlive the level they were made under."""

from ._machine cimport Machine
from ._tape cimport Tape


cdef int release_generators(Machine* m, Tape* t) except -1
