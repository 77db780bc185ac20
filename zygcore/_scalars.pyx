"""Arithmetic of `np.float64`, recorded as that of floats is: their cotangents are doubles."""

from libc.math cimport log, pow

from ._capi cimport *
from ._elementary cimport real_function, ufunc_number
from ._machine cimport *
from ._nodes cimport binary_function
from ._opcodes cimport *
from ._rules cimport cast_slot
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import numpy as np

cdef PyTypeObject* FLOAT64 = <PyTypeObject*><PyObject*>np.float64


cdef inline bint number_of(Reg* r, double* x) noexcept:
    """The value of a float, an `np.float64` or a small int."""
    cdef int kind = r.tag, overflow = 0
    cdef long long i
    if kind == F64:
        x[0] = r.v.f
        return True
    if kind == I64:
        x[0] = <double>r.v.i
        return -ZYG_EXACT < r.v.i < ZYG_EXACT
    if kind & 0xFF != OBJ:
        return False
    if Py_TYPE(r.v.o) == &PyLong_Type:
        i = PyLong_AsLongLongAndOverflow(r.v.o, &overflow)
        x[0] = <double>i
        return not overflow and -ZYG_EXACT < i < ZYG_EXACT
    if Py_TYPE(r.v.o) != FLOAT64 and Py_TYPE(r.v.o) != &PyFloat_Type:
        return False
    x[0] = zyg_float(r.v.o)  # both keep their number at the same place
    return True


cdef bint is_float64(Reg* r) noexcept:
    return r.tag & 0xFF == OBJ and Py_TYPE(r.v.o) == FLOAT64


cdef int float_slot(Machine* m, Reg* r) noexcept:
    """The slot of an active number as a float node; what is an object there is to get an `np.float64`."""
    cdef Tape* t = m.levels[0]
    cdef int slot = cast_slot(m, r)
    if slot >= 0 and slot != r.slot and is_float64(r):
        side_of(t, slot).pc = TO_FLOAT64
    return slot


cdef int record_number(Machine* m, Reg* a, Reg* b, double da, double db, PyObject* z, Reg* d) except -1:
    """A float node for an `np.float64` (reference stolen)."""
    cdef int slot, sa = -1, sb = -1
    if a.slot >= 0:
        sa = float_slot(m, a)
    if b != NULL and b.slot >= 0:
        sb = float_slot(m, b)
    slot = push2(m.levels[0], sa, sb, da, db) if sa >= -1 and sb >= -1 else -2
    if slot < 0:
        Py_DECREF(z)
        raise MemoryError("zygcore: no memory for the tape")
    put_obj(d, z, OBJ, slot)
    return 0


cdef int scalar_binary(Machine* m, Frame* f, int op, binary_function native, Reg* a, Reg* b, int dst) except -1:
    """``a op b`` of an `np.float64` and a number.  2: that is not what it is."""
    cdef double x, y, da, db
    cdef PyObject* z
    if op > O_DIV and op != O_POW or not number_of(a, &x) or not number_of(b, &y) \
            or is_poisoned(m, a) or is_poisoned(m, b):
        return 2
    if op == O_DIV and y == 0 or op == O_POW and (x < 0 and b.slot >= 0 or x == 0):
        return 2
    if box(a) == NULL or box(b) == NULL:
        return -1
    z = native(a.v.o, b.v.o)
    if z == NULL:
        return -1
    if Py_TYPE(z) != FLOAT64:
        Py_DECREF(z)
        return 2
    if op == O_ADD:
        da, db = 1, 1
    elif op == O_SUB:
        da, db = 1, -1
    elif op == O_MUL:
        da, db = y, x
    elif op == O_DIV:
        da, db = 1 / y, -zyg_float(z) / y
    else:
        da = 0 if y == 0 else 2 * x if y == 2 else y * pow(x, y - 1)
        db = zyg_float(z) * log(x) if x > 0 else 0
    return record_number(m, a, b, da, db, z, f.regs + dst)


cdef int scalar_negative(Machine* m, Reg* a, Reg* d) except -1:
    """``-a`` of an `np.float64`."""
    cdef PyObject* z
    if is_poisoned(m, a):
        return 2
    z = PyNumber_Negative(a.v.o)
    if z == NULL:
        return -1
    return record_number(m, a, NULL, -1, 0, z, d)


cdef int scalar_ufunc(Machine* m, Frame* f, PyObject* ufunc, Reg* a, int dst) except -1:
    """A ufunc of one number.  2: not here."""
    cdef double x, y, d = 0
    cdef int number = ufunc_number(ufunc)
    cdef PyObject* stack[2]
    cdef PyObject* z
    if number < 0 or not number_of(a, &x) or is_poisoned(m, a) or not real_function(number, x, True, &y, &d):
        return 2
    stack[1] = box(a)
    if stack[1] == NULL:
        return -1
    z = PyObject_Vectorcall(ufunc, stack + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
    if z == NULL:
        return -1
    if Py_TYPE(z) != FLOAT64:
        Py_DECREF(z)
        return 2
    return record_number(m, a, NULL, d, 0, z, f.regs + dst)
