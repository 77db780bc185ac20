"""Operations on arrays that are recorded without Python code: each call leaves a `Node` on the outermost tape.

An `Operation` says how a callable is called and what its node keeps; anything it does not know (other operands,
options, levels) is left to the rule of the callable, which is also what it is tested against.
"""

from ._arrays cimport Memory, is_array, written_memory
from ._capi cimport *
from ._hook cimport more_known
from ._library_memory cimport is_library_array, keep_library_array
from ._kept cimport keep_array
from ._machine cimport *
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

from types import FunctionType

import numpy as np

from .rules import registry

cdef enum:
    NEAREST = 1000

cdef PyTypeObject* FLOAT64 = <PyTypeObject*><PyObject*>np.float64
cdef dict operations = {}     # callable -> Operation
cdef dict dispatchers = {}    # the Python code of a callable -> the callable
cdef bint declared = False    # at the first use: then all rules are there


cdef class Operation:
    """A callable whose calls with plain operands need no Python code to be recorded."""

    cdef int call(self, Machine* m, Frame* f, binary_function native, Reg* args, int nargs, PyObject* kwnames,
                  int dst) except -1:
        """Calls it, and records a node.  2: nothing was done, the rule has to."""
        return 2


cdef class Node:
    """One call: what the pullback needs, and the pullback itself."""

    cdef int count(self, dict references) except -1:
        """Counts the references to what is kept."""
        cdef object one
        for one in (self.x, self.y, self.z):
            if one is not None:
                references[id(one)] = references.get(id(one), 0) + 1
        return 0

    cdef object form(self, int j):
        """What the cotangent of an operand is to be like; None: as the value."""
        return self.form_y if j else self.form_x

    cdef object prepared(self, object dy):
        """The cotangent of the value as `part` takes it."""
        return dy

    cdef object part(self, int j, object dy, PyObject* into):
        """The cotangent of an operand; None if it was added to the array `into`, which only the sweep can see."""
        raise NotImplementedError

    cdef bint reuses(self, int j, object dy) noexcept:
        """Can the memory of the cotangent become that of an operand's cotangent?"""
        return False

    cdef object part_in(self, int j, object dy):
        """The cotangent of an operand, in the memory of `dy`."""
        raise NotImplementedError

    cdef object push(self, int j, object dx, int width):
        """What the tangent of an operand adds to that of the value; with `width`, of so many at once."""
        raise NotImplementedError


cdef int declare(Operation op, object target) except -1:
    """Operations give way to rules that users register."""
    rule = registry.RULES.get(target)
    if rule is not None and (rule.users and rule.takes_numbers() or rule.kind == registry.NONDIFFERENTIABLE):
        return 0
    op.target = target
    code = getattr(target, "_implementation", None)
    if code is not None:
        dispatchers[code] = target
    operations[target] = op
    return 0


def forget(rule):
    """A user's rule goes before what is here."""
    if rule.users and rule.takes_numbers() or rule.kind == registry.NONDIFFERENTIABLE:
        operations.pop(rule.target, None)
        operations.pop(dispatchers.get(rule.target), None)


registry.on_change.append(forget)


cdef int declare_all() except -1:
    global declared
    declared = True
    from . import _elements, _folds, _views
    for module in (_elements, _folds, _views):
        module.declare_all()
    return 0


cdef object operation_of(PyObject* target):
    """The operation that a callable is, or None."""
    cdef PyObject* out
    if not declared:
        declare_all()
    out = PyDict_GetItemWithError(<PyObject*>operations, target)
    if out == NULL:
        PyErr_Clear()  # it cannot be hashed
        return None
    return <object>out


cdef int keep(Tape* t, object x) except -1:
    """A pullback needs what is in an array now."""
    cdef Memory memory
    cdef int before = t.saved.used
    if not is_array(<PyObject*>x):
        return 0
    keep_array(t, x)
    if t.nwritten:
        memory = written_memory(t, <PyObject*>x)
        if memory is not None:
            memory.kept = True
    if before == 0 and t.heap != NULL:
        more_known(t.heap)  # from now on Python code runs in the machine: it might write into it
    return 0


cdef int keep_captured(Tape* t, object back) except -1:
    """The arrays that the pullback of a rule refers to, besides those that the call was about.

    Only the nearest are looked for: what a closure refers to may be a whole program.
    """
    cdef list todo = [back]
    cdef set seen = set()
    cdef int i = 0
    cdef object x
    while i < len(todo) and i < NEAREST:
        x = todo[i]
        i += 1
        if is_array(<PyObject*>x):
            keep(t, x)
            continue
        if is_library_array(<PyObject*>x):
            keep_library_array(t, <PyObject*>x, False)
            continue
        if id(x) in seen or not is_container(x):
            continue
        seen.add(id(x))
        if type(x) is FunctionType and not (x.__module__ or "").startswith("zygcore."):
            todo += [x.__globals__[name] for name in x.__code__.co_names if name in x.__globals__]
        todo += children(x)
    return 0


cdef int record_node(Machine* m, Frame* f, Node node, Reg* args, int nargs, PyObject* z, int dst) except -1:
    """Records a call with the value `z` (reference stolen), which goes to a register.

    The cotangent of an `np.float64` is a double.
    """
    cdef Tape* t = m.levels[0]
    cdef Reg value
    cdef int i, slot
    value.tag, value.slot, value.v.o = OBJ, -1, z
    if t.forward != NULL:
        node.z = <object>z  # what the tangent is to be like
    try:
        keep(t, node.x)
        keep(t, node.y)
        keep(t, node.z)
        slot = tape_side(t, S_NODE, Py_TYPE(z) != FLOAT64, nargs, NULL, <PyObject*>node, f.code_obj,
                         pc_of(f))
        if slot < 0:
            return -1
        for i in range(nargs):
            t.slots[side_of(t, slot).first + i] = args[i].slot
        value.slot = slot
        move_reg(f.regs + dst, &value)
    finally:
        drop(&value)
    return 0
