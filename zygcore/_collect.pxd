"""Forgetting what the tape of a level in forward mode no longer needs."""

from ._machine cimport Machine
from ._push cimport Tangents
from ._tape cimport Tape


cdef int begin(Tape* t, Tangents tangents) except -1
cdef int pause(Machine* m) except -1
