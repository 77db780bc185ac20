"""The cotangents of the inputs."""

from ._structs cimport Adj
from ._tape cimport Tape


cdef tuple gather(Tape* t, Adj* adj, list outputs, list inputs)
