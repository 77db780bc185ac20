"""Applying rules: recording what a call with active arguments did."""

from ._capi cimport PyObject, PyTuple_GET_SIZE
from ._machine cimport Frame, Machine
from ._structs cimport Reg
from ._tape cimport Tape


cdef enum RuleKind:         # as in `rules.registry`
    ADJOINT = 1
    ELEMENTWISE = 2
    NONDIFFERENTIABLE = 3
    CONSUMER = 4
    LOWERING = 5

cdef int innermost(Reg* args, int n) noexcept
cdef object find_rule(PyObject* target)
cdef bint new_libraries() except -1
cdef int apply_rule(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs,
                    PyObject* kwnames, int level, int dst) except -1
cdef int finish_rule(Machine* m, Frame* f, Reg* result, object aux, int dst) except -1
cdef int cast_slot(Machine* m, Reg* r) noexcept


cdef inline int innermost_all(Reg* args, int n, PyObject* kwnames) noexcept:
    """The same for a call with keywords, whose values follow the positional arguments."""
    return innermost(args, n + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0))
