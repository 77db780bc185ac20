"""Operands that are neither numbers nor plain arrays: arrays of subclasses, and objects that NumPy asks.

Rules are for plain arrays. What NumPy does with other operands is Python code of `rules.numpy._protocols`, which the
machine runs: it hands the call over to the methods of their classes, or carries it out on plain arrays.
"""

from ._arrays cimport is_array
from ._capi cimport *
from ._functions cimport prepended, push_hidden, release
from ._library_memory cimport is_library_array
from ._machine cimport *
from ._methods cimport borrowed, run_protocol
from ._rules cimport ADJOINT, ELEMENTWISE, LOWERING
from ._structs cimport *

import numpy as np

from .rules.numpy import _protocols

cdef enum:
    DEPTH = 8     # of lists of lists in which operands are looked for

cdef object dispatcher_type = type(np.sum), ufunc = np.ufunc
cdef PyTypeObject* DISPATCHER = <PyTypeObject*><PyObject*>dispatcher_type
cdef PyTypeObject* UFUNC = <PyTypeObject*><PyObject*>np.ufunc
cdef PyTypeObject* MEMMAP = <PyTypeObject*><PyObject*>np.memmap
cdef tuple METHODS = ("__array_ufunc__", "__array_function__", "__array__")
cdef object with_protocols = _protocols.with_protocols, with_operator = _protocols.with_operator
cdef tuple within = _protocols.WITHIN
cdef object with_unary = _protocols.with_unary


cdef bint asks(PyObject* o) noexcept:
    """The same of an object whose class may be a Python class."""
    cdef int i
    if is_array(o):
        return Py_TYPE(o) != MEMMAP
    if is_library_array(o):
        return False
    for i in range(3):
        if _PyType_Lookup(Py_TYPE(o), PyTuple_GET_ITEM(<PyObject*>METHODS, i)) != NULL:
            return True
    return False


cdef bint special_inside(PyObject* o, int depth) noexcept:
    """Is such an operand among the items of a list or tuple, or of the lists in it?"""
    cdef Py_ssize_t i
    cdef PyObject* item
    cdef bint is_list = Py_TYPE(o) == &PyList_Type
    if not is_list and Py_TYPE(o) != &PyTuple_Type:
        return is_special(o)
    if depth:
        for i in range(Py_SIZE(o)):
            item = PyList_GET_ITEM(o, i) if is_list else PyTuple_GET_ITEM(o, i)
            if Py_TYPE(item) != &PyFloat_Type and special_inside(item, depth - 1):
                return True
    return False


cdef bint special_among(Reg* args, int n) noexcept:
    cdef int i
    for i in range(n):
        if args[i].tag & 0xFF == OBJ and special_inside(args[i].v.o, DEPTH):
            return True
    return False


cdef bint carried_out(PyObject* callee, PyObject* self_object, object rule) noexcept:
    """Is this a function of NumPy's that asks its operands, or one of C's with a rule?"""
    if Py_TYPE(callee) == UFUNC or Py_TYPE(callee) == DISPATCHER:
        return True
    if Py_TYPE(callee) == &PyMethodDescr_Type and (<object>callee).__objclass__ is ufunc:
        return True
    if self_object != NULL:  # other methods come again with the object in front
        return Py_TYPE(self_object) == UFUNC
    return rule is not None and (rule.kind == ADJOINT or rule.kind == ELEMENTWISE or rule.kind == LOWERING)


cdef int special_call(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                      int level) except -1:
    """A call with such operands.  2: from the functions that carry such calls out, which want the call itself."""
    cdef int n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    cdef Reg* own
    if f.func != NULL and <object>f.func in within:
        return 2
    own = prepended(m, level, callee, args, n)
    try:
        return push_hidden(m, with_protocols, own, nargs + 1, kwnames, ret, dst, level)
    finally:
        release(own, n + 1)


cdef int special_binary(Machine* m, Frame* f, PyObject* operation, Reg* a, Reg* b, int dst) except -1:
    """``a op b`` that C code carries out.  2: neither of them is such an operand."""
    cdef Reg own[3]
    if not is_special(a.v.o) and not is_special(b.v.o) or f.func == <PyObject*>with_operator:
        return 2
    own[0], own[1], own[2] = a[0], b[0], borrowed(operation)
    return run_protocol(m, with_operator, own, 3, R_STORE, dst, f.level)


cdef int special_unary(Machine* m, Frame* f, PyObject* operation, Reg* a, int dst) except -1:
    """``op a`` that C code carries out.  2: it is not such an operand."""
    cdef Reg own[2]
    if not is_special(a.v.o) or f.func == <PyObject*>with_unary:
        return 2
    own[0], own[1] = a[0], borrowed(operation)
    return run_protocol(m, with_unary, own, 2, R_STORE, dst, f.level)
