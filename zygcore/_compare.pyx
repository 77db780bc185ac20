"""Comparisons, membership and truth values that the machine's loop does not find itself.

The result of a comparison is never active.
"""

from ._capi cimport *
from ._machine cimport *
from ._methods cimport borrowed, call_method, has_python_method, run_protocol
from ._numbers cimport number_in, order
from ._opcodes cimport *
from ._special cimport is_special
from ._structs cimport *
from ._values cimport *

from . import protocols

cdef tuple COMPARE_METHODS = ("__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__")
cdef int[6] RICH
RICH[0], RICH[1], RICH[2], RICH[3], RICH[4], RICH[5] = Py_LT, Py_LE, Py_EQ, Py_NE, Py_GT, Py_GE
cdef int[6] SWAPPED
SWAPPED[0], SWAPPED[1], SWAPPED[2], SWAPPED[3], SWAPPED[4], SWAPPED[5] = 4, 5, 2, 3, 0, 1
cdef object compare_protocol = protocols.compare, contains_protocol = protocols.contains
cdef str BOOL_ = "__bool__", LEN_ = "__len__", CONTAINS_ = "__contains__", ITER_ = "__iter__"


cdef int compare(Machine* m, Frame* f, Reg* a, Reg* b, int op, int ret, int dst) except -1:
    """``dst = a op b``"""
    cdef double x = 0, y = 0
    cdef long long i = 0, j = 0
    cdef int ka, kb
    cdef PyObject* o
    if op >= IS:
        return identity_or_membership(m, f, a, b, op, dst)
    ka = number_in(a, &x, &i)
    kb = number_in(b, &y, &j) if ka >= 0 else -1
    if kb >= 0 and ka == kb:
        put_bool(f.regs + dst, order(x, y, op) if ka == 0 else order(i, j, op))
        return 0
    if box(a) == NULL or box(b) == NULL:
        return -1
    if (m.heap or m.run_all or a.slot >= 0 or b.slot >= 0) and python_compare(a, b, op - LT):
        return protocol_compare(m, f, a, b, op - LT, ret, dst)
    if (m.heap or a.slot >= 0 or b.slot >= 0) and (is_special(a.v.o) or is_special(b.v.o)):
        if escape(m, a) == NULL or escape(m, b) == NULL:  # NumPy may hand it over to their classes
            return -1
    o = PyObject_RichCompare(a.v.o, b.v.o, RICH[op - LT])
    if o == NULL:
        return -1
    load(m, f.level, f.regs + dst, o)
    return 0


cdef bint python_compare(Reg* a, Reg* b, int number) noexcept:
    return (has_python_method(a.v.o, <PyObject*>COMPARE_METHODS[number])
            or has_python_method(b.v.o, <PyObject*>COMPARE_METHODS[SWAPPED[number]])
            or number == 3 and (has_python_method(a.v.o, <PyObject*>COMPARE_METHODS[2])
                                or has_python_method(b.v.o, <PyObject*>COMPARE_METHODS[2])))


cdef int protocol_compare(Machine* m, Frame* f, Reg* a, Reg* b, int number, int ret, int dst) except -1:
    cdef Reg args[8]
    args[0], args[1] = a[0], b[0]
    args[2] = borrowed(<PyObject*>COMPARE_METHODS[number])
    args[3] = borrowed(<PyObject*>COMPARE_METHODS[SWAPPED[number]])
    return run_protocol(m, compare_protocol, args, 4, ret, dst, f.level)


cdef int identity_or_membership(Machine* m, Frame* f, Reg* a, Reg* b, int op, int dst) except -1:
    cdef Reg args[8]
    cdef int r
    if op == IS or op == ISNOT:
        r = identical(m, a, b)
        if op == ISNOT:
            r = not r
    else:
        if box(a) == NULL or box(b) == NULL:
            return -1
        if m.heap or m.run_all or a.slot >= 0 or b.slot >= 0:
            if has_python_method(b.v.o, <PyObject*>CONTAINS_) or has_python_method(b.v.o, <PyObject*>ITER_):
                args[0], args[1] = b[0], a[0]
                return run_protocol(m, contains_protocol, args, 2, R_TRUTH if op == IN else R_NOT, dst, f.level)
        r = PySequence_Contains(b.v.o, a.v.o)
        if r < 0:
            return -1
        if op == NOTIN:
            r = not r
    put_bool(f.regs + dst, r)
    return 0


cdef bint identical(Machine* m, Reg* a, Reg* b) noexcept:
    """Whether two registers would hold the same object."""
    cdef int ka = a.tag & 0xFF, kb = b.tag & 0xFF
    if ka == OBJ and kb == OBJ and a.v.o == b.v.o or a == b:
        return True
    if ka != I64 and kb != I64 and a.slot >= 0 and a.slot == b.slot and a.tag >> 8 == b.tag >> 8:
        return is_float(a) and is_float(b) and not is_poisoned(m, a)  # its objects are made when they are needed
    if (ka == I64 or ka == OBJ) and (kb == I64 or kb == OBJ):
        if box(a) == NULL or box(b) == NULL:
            PyErr_Clear()
            return False
        return a.v.o == b.v.o
    return False


cdef inline bint is_float(Reg* a) noexcept:
    return a.tag & 0xFF == F64 or a.tag & 0xFF == OBJ and Py_TYPE(a.v.o) == &PyFloat_Type


cdef int truth(Machine* m, Frame* f, Reg* a, int ret, int dst) except -1:
    """0 or 1: the truth value.  2: a frame was pushed that will tell."""
    cdef double x = 0
    cdef long long i = 0
    cdef int kind = number_in(a, &x, &i)
    cdef PyObject* method
    if kind == 0:
        return x != 0.0
    if kind == 1:
        return i != 0
    if box(a) == NULL:
        return -1
    if m.heap or m.run_all or a.slot >= 0:
        method = NULL
        if has_python_method(a.v.o, <PyObject*>BOOL_):
            method = _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>BOOL_)
        elif _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>BOOL_) == NULL and has_python_method(a.v.o, <PyObject*>LEN_):
            method = _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>LEN_)
        if method != NULL:
            call_method(m, f, method, a, 1, ret, dst)
            return 2
    return PyObject_IsTrue(a.v.o)
