"""``max``, ``min`` and ``sum`` of a list or tuple of floats, without looking at its items one by one in Python.

What is not that simple is left to the lowerings of these builtins.
"""

from ._capi cimport *
from ._locations cimport Location, locate, location_of
from ._machine cimport *
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import builtins

cdef object max_builtin = builtins.max, min_builtin = builtins.min, sum_builtin = builtins.sum


def sum_of_floats(items, start):
    """``sum(items, start)`` where the machine can do it at once, otherwise NotImplemented.

    Only the machine calls this.
    """
    return NotImplemented


cdef object sum_of_floats_function = sum_of_floats


cdef bint reduces(PyObject* callee) noexcept:
    """Is it one of the functions of this module?"""
    return (callee == <PyObject*>sum_builtin or callee == <PyObject*>max_builtin or callee == <PyObject*>min_builtin
            or callee == <PyObject*>sum_of_floats_function)


cdef bint reduced(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, int dst) except -1:
    """Carries out a call of one of them if it is simple."""
    if callee == <PyObject*>max_builtin or callee == <PyObject*>min_builtin:
        return nargs == 1 and extreme_of_floats(m, callee, args, f.regs + dst)
    if nargs == 0 or nargs > 2:
        return False
    if sum_recorded(m, f, args, args + 1 if nargs == 2 else NULL, dst):
        return True
    if callee == <PyObject*>sum_of_floats_function:
        put_new(f.regs + dst, Py_NotImplemented)
        return True
    return False


cdef PyObject** items_of(Reg* a, Py_ssize_t* n) noexcept:
    """The items of a list or tuple; none of anything else."""
    n[0] = 0
    if a.tag & 0xFF == OBJ:
        if Py_TYPE(a.v.o) == &PyList_Type:
            n[0] = PyList_GET_SIZE(a.v.o)
            return zyg_list_items(a.v.o)
        if Py_TYPE(a.v.o) == &PyTuple_Type:
            n[0] = PyTuple_GET_SIZE(a.v.o)
            return zyg_tuple_items(a.v.o)
    return NULL


cdef bint extreme_of_floats(Machine* m, PyObject* callee, Reg* a, Reg* d) except -1:
    """``max`` or ``min`` of a list or tuple of nothing but floats: one of its items."""
    cdef Py_ssize_t n = 0
    cdef PyObject** items = items_of(a, &n)
    cdef bint largest = callee == <PyObject*>max_builtin
    cdef Py_ssize_t i, best = 0
    cdef double v, extreme
    cdef Reg found
    cdef object place
    if n == 0 or Py_TYPE(items[0]) != &PyFloat_Type:
        return False
    extreme = zyg_float(items[0])
    for i in range(1, n):
        if Py_TYPE(items[i]) != &PyFloat_Type:
            return False
        v = zyg_float(items[i])
        if (v > extreme) if largest else (v < extreme):
            extreme = v
            best = i
    found.tag = NUL
    Py_INCREF(items[best])
    load(m, m.top.level, &found, items[best])
    if further_out(&found, a):
        place = best
        locate(m, a, <PyObject*>place, items[best], &found)
    if found.slot >= 0 and found.tag == OBJ and not is_object(m.levels[0], found.slot):
        put_f64(&found, extreme, found.slot)
    move_reg(d, &found)
    return True


cdef bint sum_recorded(Machine* m, Frame* f, Reg* a, Reg* start, int dst) except -1:
    """A sum of floats: one node with the active ones as operands."""
    cdef Py_ssize_t n
    cdef PyObject** items = items_of(a, &n)
    cdef PyObject* stack[3]
    cdef PyObject* value
    cdef Tape* t = m.levels[0]
    cdef Side* side
    cdef int slot, count = 0
    cdef Py_ssize_t i
    if n == 0 or m.nlevels != 1 or f.level != 0 or a.tag >> 8:
        return False
    if start != NULL and not simple_start(t, start):
        return False
    for i in range(n):
        if Py_TYPE(items[i]) != &PyFloat_Type:
            return False
    slot = tape_side(t, S_SUM, 0, <int>n + 1, NULL, NULL, f.code_obj, pc_of(f))
    if slot < 0:
        return -1
    side = t.sides + t.entries[slot].b
    if not operands(t, location_of(m, a), a.slot >= 0, items, n, t.slots + side.first, &count):
        forget(t)
        return False
    if start != NULL and start.slot >= 0:
        t.slots[side.first + count] = start.slot
        count += 1
    stack[1] = a.v.o
    if start != NULL:
        stack[2] = box(start)
    value = PyObject_Vectorcall(<PyObject*>sum_builtin, stack + 1,
                                <size_t>(1 if start == NULL else 2) | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
    if value == NULL:
        forget(t)
        return -1
    put_f64(f.regs + dst, zyg_float(value), slot if count else -1)
    Py_DECREF(value)
    if count:
        t.nslots -= side.nargs - count
        side.nargs = count
    else:
        forget(t)
    return True


cdef bint simple_start(Tape* t, Reg* start) noexcept:
    """A float of this tape, or an inactive number."""
    if start.slot >= 0:
        return start.tag == F64
    if start.tag == OBJ:
        return (PyFloat_CheckExact(start.v.o) or PyLong_CheckExact(start.v.o)) and slot_of(t, start.v.o) < 0
    return start.tag == F64 or start.tag == I64


cdef bint operands(Tape* t, Location loc, bint by_place, PyObject** items, Py_ssize_t n, int* slots,
                   int* count) noexcept:
    """The slots of the active items; False if they are not plain floats of this tape."""
    cdef Py_ssize_t i
    cdef int slot
    if by_place and loc is None:
        return False
    for i in range(n):
        slot = -1
        if by_place:
            if i >= loc.n or PyList_GET_ITEM(<PyObject*>loc.originals, i) != items[i]:
                return False
            slot = loc.slots[i]
        if slot < 0:
            slot = slot_of(t, items[i])
        if slot >= 0:
            if is_object(t, slot):
                return False
            slots[count[0]] = slot
            count[0] += 1
    return True


cdef void forget(Tape* t) noexcept:
    """Takes the side record that was made last off the tape again."""
    cdef Side* side = t.sides + t.nsides - 1
    Py_XDECREF(side.code)
    t.nslots -= side.nargs
    t.nsides -= 1
    t.n -= 1
