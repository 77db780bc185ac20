"""Calls of builtins that neither run Python code nor need a rule: `max`, `min`, `len`, `isinstance`, ``xs.append``.

What is not that simple is left to the ordinary way of calls, which gives the same.
"""

from ._capi cimport *
from ._machine cimport *
from ._structs cimport *
from ._values cimport *

import builtins

cdef enum Quick:
    Q_MAX, Q_MIN, Q_LEN, Q_ISINSTANCE, Q_APPEND

cdef object list_append = list.append
cdef dict numbers = {id(builtins.max): Q_MAX, id(builtins.min): Q_MIN, id(builtins.len): Q_LEN,
                     id(builtins.isinstance): Q_ISINSTANCE, id(list_append): Q_APPEND}


cdef int quick_number(PyObject* fn) except -2:
    """The number of such a builtin, -1: none of these."""
    return numbers.get(<size_t>fn, -1)


cdef int quick_call(Machine* m, Frame* f, Ins* ins, int number) noexcept:
    """Carries out a call without keywords.  2: nothing was done, it is not that simple."""
    cdef int* extra = f.c.extra + ins.b
    cdef int n = extra[1], status = 2
    cdef bint method = extra[0] >= 0 and f.regs[extra[0] >> 1].tag & 0xFF != NUL
    if extra[2] >= 0 or m.ntainted or method != (number == Q_APPEND):
        return 2
    if number == Q_APPEND:
        if n == 1:
            status = append(m, f.regs + (extra[0] >> 1), f.regs + (extra[6] >> 1), f.regs + ins.d)
    elif number <= Q_MIN:
        return extreme(f, extra, number == Q_MAX, f.regs + ins.d) if n > 1 else 2  # numbers need not be let go of
    elif number == Q_LEN:
        if n == 1:
            status = length(m, f.regs + (extra[6] >> 1), f.regs + ins.d)
    elif n == 2:
        status = is_instance(m, f.regs + (extra[6] >> 1), f.regs + (extra[7] >> 1), f.regs + ins.d)
    if status == 0:
        let_go(f, extra, ins)
    return status


cdef void let_go(Frame* f, int* extra, Ins* ins) noexcept:
    """Of operands that the call uses last; the result may have taken the place of one."""
    cdef int i
    if extra[0] >= 0 and extra[0] & 1 and extra[0] >> 1 != ins.d:
        drop(f.regs + (extra[0] >> 1))
    for i in range(extra[1]):
        if extra[6 + i] & 1 and extra[6 + i] >> 1 != ins.d:
            drop(f.regs + (extra[6 + i] >> 1))
    if extra[4] and ins.a != ins.d:
        drop(f.regs + ins.a)


cdef int extreme(Frame* f, int* extra, bint largest, Reg* d) noexcept:
    """``max(a, b, ...)`` of numbers is one of them."""
    cdef Reg* best = NULL
    cdef Reg* r
    cdef double v, found = 0
    cdef int i
    for i in range(extra[1]):
        r = f.regs + (extra[6 + i] >> 1)
        if r.tag == F64:
            v = r.v.f
        elif r.tag == I64 and -ZYG_EXACT < r.v.i < ZYG_EXACT:
            v = <double>r.v.i
        else:
            return 2
        if best == NULL or (v > found if largest else v < found):
            best, found = r, v
    if best.tag == F64:
        put_f64(d, best.v.f, best.slot)
    else:
        put_i64(d, best.v.i, best.slot)
    return 0


cdef int length(Machine* m, Reg* x, Reg* d) noexcept:
    """``len`` of a list, tuple or dict."""
    cdef PyObject* o = x.v.o
    if x.tag & 0xFF != OBJ or is_poisoned(m, x):
        return 2
    if Py_TYPE(o) == &PyList_Type:
        put_i64(d, PyList_GET_SIZE(o), -1)
    elif Py_TYPE(o) == &PyTuple_Type:
        put_i64(d, PyTuple_GET_SIZE(o), -1)
    elif Py_TYPE(o) == &PyDict_Type:
        put_i64(d, PyDict_Size(o), -1)
    else:
        return 2
    return 0


cdef int is_instance(Machine* m, Reg* x, Reg* kind, Reg* d) noexcept:
    """``isinstance`` of a class with the ordinary metaclass, where the type of the object decides."""
    cdef PyTypeObject* tp
    cdef bint found
    if kind.tag & 0xFF != OBJ or kind.slot >= 0 or Py_TYPE(kind.v.o) != &PyType_Type:
        return 2
    if x.tag & 0xFF == OBJ:
        tp = Py_TYPE(x.v.o)
    else:
        tp = &PyFloat_Type if x.tag & 0xFF == F64 else &PyLong_Type
    found = x.tag & 0xFF != NUL and PyType_IsSubtype(tp, <PyTypeObject*>kind.v.o)
    if not found and tp != &PyFloat_Type and tp != &PyLong_Type or is_poisoned(m, x):
        return 2  # `__class__` may say something else
    put_bool(d, found)
    return 0


cdef int append(Machine* m, Reg* xs, Reg* x, Reg* d) noexcept:
    """To a list that is no input, a number or something active."""
    cdef PyObject* o
    if xs.tag & 0xFF != OBJ or xs.slot >= 0 or Py_TYPE(xs.v.o) != &PyList_Type \
            or x.tag & 0xFF == NUL or x.tag & 0xFF == OBJ and x.slot < 0:
        return 2
    o = escape(m, x)
    if o == NULL or PyList_Append(xs.v.o, o) < 0:
        return -1
    put_new(d, Py_None)
    return 0
