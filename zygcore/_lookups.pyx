"""Looking things up in dicts under keys that a gradient depends on.

A dict that remembers results finds what was stored under an equal number.  That is the same
variable only if it is the same value of this gradient: a result from an earlier call, or that of
another variable that happens to be equal, has not the derivative that computing it again would
have.  Such a result is poisoned.  Integers are labels: what is found under one depends on nothing.
"""

cimport cython

from ._capi cimport *
from ._machine cimport *
from ._poison cimport poison_as
from ._structs cimport *
from ._values cimport *

import collections

cdef set LOOKUPS = {id(fn) for kind in (dict, collections.OrderedDict)
                    for fn in (kind.__getitem__, kind.get, kind.pop, kind.setdefault)}
cdef tuple WHAT = (
    "the gradient needs the derivative of something that was found in a dict under a number that it depends on; it "
    "was stored there by another call, or for another variable of the same value, and is not its function",
    "Remember results under keys that the gradient does not depend on, clear the dict before the gradient is taken, "
    "or use functools.cache, which knows the difference.")


@cython.final
cdef class Probe:
    """Equal to a key, and tells which object in the dict it is equal to."""
    cdef object key, found

    def __hash__(self):
        return hash(self.key)

    def __eq__(self, other):
        if self.key == other:
            self.found = other
            return True
        return False


cdef bint looks_up(PyObject* target) noexcept:
    """Is this a method of dicts that finds values?"""
    return <size_t>target in LOOKUPS


cdef bint is_variable(Machine* m, int level, Reg* key) except -1:
    """Is a key, or a part of it, a number that a gradient depends on, or may be equal to one?"""
    cdef int kind = key.tag & 0xFF
    if key.slot >= 0:
        return kind == F64 or kind == OBJ and not PyLong_CheckExact(key.v.o)
    if m.heap == 0 or kind == I64:
        return False
    return kind == F64 or PyFloat_CheckExact(key.v.o) or Py_TYPE(key.v.o) == &PyTuple_Type \
        and tuple_has_variable(m, level, key.v.o)


cdef bint tuple_has_variable(Machine* m, int level, PyObject* key) except -1:
    cdef PyObject* item
    cdef Py_ssize_t i
    cdef int slot
    for i in range(PyTuple_GET_SIZE(key)):
        item = PyTuple_GET_ITEM(key, i)
        if PyLong_CheckExact(item):
            continue
        if PyFloat_CheckExact(item) or known(m, level, item, &slot) >= 0:
            return True
        if Py_TYPE(item) == &PyTuple_Type and tuple_has_variable(m, level, item):
            return True
    return False


cdef object stored_key(object mapping, Reg* key):
    """The object in a dict that a key is equal to, None: there is none."""
    cdef Probe probe = Probe.__new__(Probe)
    probe.key = <object>box(key)
    return probe.found if issubclass(type(mapping), dict) and dict.__contains__(mapping, probe) else None


cdef int check_found(Machine* m, Frame* f, object stored, Reg* key, Reg* found) except -1:
    """Poisons what was found under an active key that is not the variable it was stored under."""
    cdef PyObject* o
    cdef int same, level
    if stored is None:
        return 0
    if found.tag & 0xFF == OBJ:
        o = found.v.o
        if o == Py_None or o == Py_True or o == Py_False or PyType_Check(o) or Py_TYPE(o) == &PyFunction_Type:
            return 0
    same = same_variable(m, f.level, key, <PyObject*>stored)
    if same == 1 or same == 2 and found.slot >= 0:
        return 0
    if found.slot < 0 and key.slot < 0 and not contains_active(m, f.level, key.v.o):
        return 0  # a constant that was found under a constant
    level = key.tag >> 8 if key.slot >= 0 else f.level
    poison_as(m, f, found, level, WHAT)
    return 0


cdef int same_variable(Machine* m, int level, Reg* key, PyObject* stored) except -1:
    """1: the key is what the value was stored under; 0: another variable; 2: nothing that is known."""
    cdef Reg item
    cdef int slot = -1, at, i, status, least = 1
    if key.v.o == stored:
        return 1
    at = known(m, level, stored, &slot)
    if key.slot >= 0:
        if at < 0:
            return 2
        return at == key.tag >> 8 and slot == key.slot
    if at >= 0:
        return 0
    if Py_TYPE(key.v.o) != &PyTuple_Type or Py_TYPE(stored) != &PyTuple_Type:
        return 1
    for i in range(<int>PyTuple_GET_SIZE(key.v.o)):
        item.tag, item.slot, item.v.o = OBJ, -1, PyTuple_GET_ITEM(key.v.o, i)
        lookup(m, level, &item)
        if PyLong_CheckExact(item.v.o):
            continue
        status = same_variable(m, level, &item, PyTuple_GET_ITEM(stored, i))
        if status == 0:
            return 0
        if status == 2:
            least = 2
    return least
