"""Poison: values whose derivative is not known.

A poison node raises `AdjointError` if a cotangent or a tangent is asked of it.  What is made of something poisoned is
poisoned by the same call.
"""

from ._capi cimport *
from ._machine cimport *
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

from .rules.exact import Atom
from .rules.registry import describe


cdef bint is_exact_poison(Machine* m, Reg* args, int n, object y) except -1:
    """Is `y` an integer made of integers or text that may be all the digits of a number?"""
    cdef int i
    if type(y) is not int:
        return False
    for i in range(n):
        if args[i].slot >= 0 and (is_digits(m, args + i) or args[i].tag & 0xFF == OBJ and issubclass(
                type(<object>args[i].v.o), (str, bytes, bytearray)) and is_poisoned(m, args + i)):
            return True
    return False


cdef int poison(Machine* m, Frame* f, Reg* rd, int level, PyObject* target, Reg* args, int nargs) except -1:
    """The result of a call whose derivative nobody knows.

    What is made of something poisoned is poisoned by the same call.
    """
    cdef PyObject* o
    if rd.tag & 0xFF == OBJ:
        o = rd.v.o
        if o == Py_None or o == Py_True or o == Py_False or o == Py_NotImplemented or o == Py_Ellipsis:
            return 0
        if PyType_Check(o):
            return 0
    cdef Side* origin = NULL
    cdef int i
    for i in range(nargs):
        if args != NULL and is_poisoned(m, args + i):
            origin = side_of(m.levels[args[i].tag >> 8], args[i].slot)
    if origin != NULL:
        return poison_levels(m, rd, level, origin.obj, origin.code, origin.pc)
    what = describe(<object>target)
    return poison_levels(m, rd, level, <PyObject*>what, f.code_obj, pc_of(f))


cdef int poison_as(Machine* m, Frame* f, Reg* rd, int level, object what) except -1:
    """The same where it was no call: `what` is what happened, and the remedy."""
    if rd.tag & 0xFF == F64 or rd.tag & 0xFF == I64:
        box(rd)
    return poison_levels(m, rd, level, <PyObject*>what, f.code_obj, pc_of(f))


cdef int taint(Machine* m, Frame* f, PyObject* o, int level, PyObject* target, Reg* args, int nargs) except -1:
    """An object of a C type that something active went into: what comes out of it is not known.

    Registers that hold it already are told, too.
    """
    cdef Reg r
    cdef Frame* g = m.top
    cdef int i
    r.tag, r.slot, r.v.o = OBJ, -1, o
    poison(m, f, &r, level, target, args, nargs)
    m.ntainted += 1
    while g != NULL:
        for i in range(g.c.nconsts, g.c.nregs):
            if g.regs[i].tag & 0xFF == OBJ and g.regs[i].v.o == o and g.regs[i].slot < 0:
                lookup(m, g.level, g.regs + i)
        g = g.prev
    return 0


cdef bint is_shared(PyObject* o) noexcept:
    """Does CPython use one object for all that are equal to it, now and then?"""
    return PyFloat_CheckExact(o) or PyLong_CheckExact(o) or PyUnicode_CheckExact(o) or Py_TYPE(o) == &PyBytes_Type \
        or Py_TYPE(o) == &PyTuple_Type and PyTuple_GET_SIZE(o) == 0


cdef int poison_levels(Machine* m, Reg* rd, int level, PyObject* what, PyObject* code, int pc) except -1:
    """A poison node at a level and at all levels around it, outermost first."""
    cdef Tape* t = m.levels[level]
    cdef PyObject* o
    cdef int slot
    if t.parent >= 0:
        poison_levels(m, rd, t.parent, what, code, pc)
    slot = tape_side(t, S_POISON, 1, 0, NULL, what, code, pc)
    if slot < 0:
        return -1
    t.npoison += 1
    if t.level:
        set_outer(t, slot, rd)
    rd.tag = (rd.tag & 0xFF) | level << 8
    rd.slot = slot
    if rd.tag & 0xFF == OBJ:
        o = rd.v.o
        if not is_shared(o) and not issubclass(type(<object>o), Atom):
            if map_put(t, o, slot) < 0:
                return -1
    return 0
