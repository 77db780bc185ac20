"""Registers to objects and back, and where active values are on the heap.

An active value that leaves a register becomes a *fresh* object, and the tape
notes the object's identity (`escape`); an object that comes back from the heap
is looked up (`lookup`).  Identity cannot serve for what existed before: the leaves of
a container that is an input are known by their place in it (`_locations`).
"""

from ._arrays cimport is_array, written_slot
from ._library_memory cimport is_library_array, written_library_slot
from ._capi cimport *
from ._machine cimport Machine
from ._structs cimport *
from ._tape cimport *

import functools
import gc
import threading
import types

import numpy as np

from ._shown import arrays_of
from .attributes import slot_names
from .errors import UnsupportedError
from .rules.exact import Atom, another_atom


cdef extern from "_instance.h":
    PyTypeObject* zyg_c_class(PyTypeObject* tp) noexcept


cdef object ndarray = np.ndarray, generic = np.generic
cdef object object_dtype_ = np.dtype(object)
cdef PyObject* object_dtype = <PyObject*>object_dtype_
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>ndarray
cdef tuple LEAVES = (float, complex, np.ndarray, np.generic)
cdef tuple ARRAY_ITERATORS = (np.flatiter, np.nditer, np.broadcast)
cdef tuple OPAQUE = (str, bytes, bool, type(None), type, types.ModuleType, types.BuiltinFunctionType,
                     types.CodeType, np.dtype, np.ufunc, property, type(Ellipsis), type(NotImplemented),
                     slice, range, np.str_, np.bytes_, np.bool_)


def add_opaque(*types_):
    """Objects of these types are constants: nothing in them is looked for."""
    global OPAQUE
    OPAQUE += types_


cdef PyObject* box(Reg* r) noexcept:
    """The object of a register (borrowed); a number is boxed in place."""
    cdef int kind = r.tag & 0xFF
    cdef PyObject* o
    if kind == OBJ:
        return r.v.o
    if kind == F64:
        o = PyFloat_FromDouble(r.v.f)
    elif kind == I64:
        o = PyLong_FromLongLong(r.v.i)
    else:
        PyErr_SetString(PyExc_SystemError, "zygcore: an unbound register was read")
        return NULL
    if o == NULL:
        return NULL
    r.v.o = o
    r.tag = r.tag - kind + OBJ
    return o


cdef PyObject* escape(Machine* m, Reg* r) noexcept:
    """The object of a register that leaves it for the heap (borrowed).

    If the value is active, the object is one that nothing else refers to, and
    every level that knows the value knows the object from now on.
    """
    cdef PyObject* o
    cdef PyObject* fresh = NULL
    cdef Tape* t
    cdef int tag, slot
    if r.slot < 0:
        return box(r)
    t = m.levels[r.tag >> 8]
    if r.tag & 0xFF == OBJ:
        o = r.v.o
        if slot_of(t, o) == r.slot:
            return o
        fresh = freshen(m, t, r)
    elif r.tag & 0xFF == I64:
        fresh = zyg_fresh_int(r.v.i)
    else:
        fresh = zyg_fresh_float(r.v.f)
    if fresh == NULL:
        return NULL
    put_obj(r, fresh, (r.tag & ~0xFF) | OBJ, r.slot)
    tag, slot = r.tag, r.slot
    if PyFloat_CheckExact(fresh):
        if float_put(t, fresh, slot) < 0:
            return NULL
        if t.outer == NULL:
            return fresh
        tag, slot = t.outer[slot].tag, t.outer[slot].slot
    while slot >= 0:
        t = m.levels[tag >> 8]
        if map_put(t, fresh, slot) < 0:
            return NULL
        if t.outer == NULL:
            break
        tag, slot = t.outer[slot].tag, t.outer[slot].slot
    return fresh


cdef PyObject* freshen(Machine* m, Tape* t, Reg* r) noexcept:
    """A new reference to an object equal to the register's that only we know."""
    cdef PyObject* o = r.v.o
    cdef long long v
    cdef int overflow = 0
    cdef Side* side = side_of(t, r.slot)
    if PyFloat_CheckExact(o):
        return zyg_fresh_float(zyg_float(o))
    if PyLong_CheckExact(o):
        v = PyLong_AsLongLongAndOverflow(o, &overflow)
        if not overflow:
            return zyg_fresh_int(v)
    elif PyUnicode_CheckExact(o) or Py_TYPE(o) == &PyBytes_Type:
        return zyg_fresh_text(o)
    elif Py_REFCNT(o) > 1 and (side == NULL or side.kind != S_STRUCT):
        try:
            if Py_TYPE(o) == ARRAY:
                fresh = <object>o if is_new(side) and slot_of(t, o) < 0 else (<object>o).view()
            elif is_array(o):
                fresh = <object>o if slot_of(t, o) < 0 else another_of(m, <object>o)
            elif issubclass(type(<object>o), generic):
                fresh = (<object>o).copy()
            elif type(<object>o) is complex:
                fresh = complex.__new__(complex, (<object>o).real, (<object>o).imag)
            elif issubclass(type(<object>o), Atom):
                m.quiet += 1
                try:
                    fresh = another_atom(<object>o)
                finally:
                    m.quiet -= 1
            else:
                fresh = <object>o
        except BaseException as e:
            PyErr_SetObject(<PyObject*>Py_TYPE(<PyObject*>e), <PyObject*>e)
            return NULL
        Py_INCREF(<PyObject*>fresh)
        return <PyObject*>fresh
    Py_INCREF(o)
    return o


cdef bint is_new(Side* side) except -1:
    """Has the machine, or a rule of ours, made the array of a node, so that it is known as nothing else?

    Arguments and values of users' rules may be arrays that somebody has.
    """
    if side == NULL or side.kind == S_INPUT:
        return False
    return side.kind != S_RULE or (<tuple><object>side.back)[1].__module__.startswith("zygcore.rules.")


cdef object another_of(Machine* m, object array):
    """An array of a subclass that is known as another variable: one that is equal to it, attributes and all."""
    m.quiet += 1
    try:
        fresh = ndarray.view(array)
        if own_dict(array):
            own_dict(fresh).update(own_dict(array))
    except Exception:
        raise UnsupportedError(
            f"an array of the subclass {type(array).__name__} stands for two variables of the gradient, and has no "
            "view: pass a copy of it for one of them")
    finally:
        m.quiet -= 1
    return fresh


cdef int known(Machine* m, int level, PyObject* o, int* slot) noexcept:
    """The innermost visible level that knows an object, or -1."""
    cdef Tape* t
    cdef int s
    while level >= 0:
        t = m.levels[level]
        s = slot_of(t, o)
        if s < 0 and t.nwritten and (is_array(o) or is_library_array(o)):
            s = written_slot(t, o) if is_array(o) else written_library_slot(t, o)
            if s >= 0 and t.level:
                note_further_out(m, t, s, o)
        if s >= 0:
            slot[0] = s
            return level
        level = t.parent
    return -1


cdef void note_further_out(Machine* m, Tape* t, int slot, PyObject* o) noexcept:
    """What an array that was just found at a level is further out."""
    cdef Reg r
    r.tag, r.slot, r.v.o = OBJ, -1, o
    lookup(m, t.parent, &r)
    try:
        set_outer(t, slot, &r)
    except BaseException as e:
        PyErr_WriteUnraisable(<PyObject*>e)


cdef void lookup(Machine* m, int level, Reg* r) noexcept:
    """Gives a register that holds an object from the heap its slot.

    What is known of the register further in stays: an argument of an inner level is not known by identity there.
    """
    cdef int slot = -1
    level = known(m, level, r.v.o, &slot)
    if level >= 0 and (r.slot < 0 or level >= r.tag >> 8):
        r.tag = OBJ | level << 8
        r.slot = slot


cdef int outer_of(Machine* m, Reg* r) noexcept:
    """Makes a value what it is one level further out."""
    cdef Tape* t = m.levels[r.tag >> 8]
    cdef int slot = r.slot
    if slot < 0:
        return 0
    if t.outer == NULL:
        r.tag = r.tag & 0xFF
        r.slot = -1
    else:
        r.tag = (r.tag & 0xFF) | (t.outer[slot].tag & ~0xFF)
        r.slot = t.outer[slot].slot
        if r.slot < 0:
            r.tag = r.tag & 0xFF
    return 0


cdef bint is_leaf(object tp):
    """A type of numbers or arrays that have derivatives."""
    return issubclass(tp, LEAVES)


cdef bint is_opaque(object tp):
    """A type that has nothing differentiable in it."""
    return issubclass(tp, OPAQUE)


cdef bint is_container(object o):
    """Can a differentiable leaf be inside?"""
    cdef PyTypeObject* tp = Py_TYPE(<PyObject*>o)
    if tp == &PyFloat_Type or tp == &PyLong_Type or tp == ARRAY or tp == &PyUnicode_Type:
        return False
    if tp == &PyTuple_Type:
        return PyTuple_GET_SIZE(<PyObject*>o) > 0  # there is one empty tuple, for all uses
    if tp == &PyList_Type or tp == &PyDict_Type:
        return True
    if tp == &PySlice_Type:
        return True
    if PyCFunction_Check(<PyObject*>o):  # a method of something?
        return zyg_cfunction_self(<PyObject*>o) != NULL and Py_TYPE(zyg_cfunction_self(<PyObject*>o)) != &PyModule_Type
    if is_leaf(type(o)) or is_opaque(type(o)) or issubclass(type(o), int):
        return False
    return True


cdef int contains_active(Machine* m, int level, PyObject* o) except -2:
    """Is anything active inside a container?  Looks through what Python code can reach."""
    cdef int slot
    cdef set seen
    cdef list todo
    if m.heap == 0:
        return 0
    if not is_container(<object>o) and not has_objects(o):
        return 0
    seen = {id(<object>o)}
    todo = [<object>o]
    while todo:
        x = todo.pop()
        for child in children(x):
            if known(m, level, <PyObject*>child, &slot) >= 0:
                return 1
            if (is_container(child) or has_objects(<PyObject*>child)) and id(child) not in seen:
                seen.add(id(child))
                todo.append(child)
                if len(seen) > 100000:
                    return 1
    return 0


cdef bint has_objects(PyObject* o) noexcept:
    """Is this an array of objects?"""
    return Py_TYPE(o) == ARRAY and zyg_array_type(o) == <void*>object_dtype


cdef object own_dict(object x):
    """The attributes of an instance, without running code of its class; None if it has no dict."""
    try:
        return object.__getattribute__(x, "__dict__")
    except AttributeError:  # what is local to a thread has one for each
        return x.__dict__ if issubclass(type(x), threading.local) else None
    except TypeError:  # a class
        return getattr(x, "__dict__", None)


cdef list slots_of(object x):
    """The names and values of what ``__slots__`` names."""
    cdef list out = []
    for name in slot_names(type(x)):
        try:
            out.append((name, object.__getattribute__(x, name)))
        except AttributeError:
            pass
    return out


cpdef object c_class(object tp):
    """The class of C code, `tp` or a base of it, that keeps more in its instances than attributes; or None.

    Python code can derive from such a class, and then its instances have a dict too.
    """
    cdef PyTypeObject* found = zyg_c_class(<PyTypeObject*>tp)
    return None if found == NULL else <object>found


cdef object children(object x):
    """The objects directly inside a container."""
    tp = type(x)
    if tp in ARRAY_ITERATORS:
        return arrays_of(x)
    if tp is ndarray:  # of objects
        return x.ravel().tolist()
    if issubclass(tp, (list, tuple, set, frozenset)):
        out = list.__iter__(x) if issubclass(tp, list) else list(x)
        if tp in (list, tuple, set, frozenset):
            return out
        return [*out, own_dict(x)]
    if issubclass(tp, dict):
        return [*dict.keys(x), *dict.values(x), own_dict(x)]
    if tp is types.FunctionType:
        out = [x.__closure__, x.__defaults__, x.__kwdefaults__]
        if x.__dict__:
            out.append(x.__dict__)
        return out
    if tp is types.CellType:
        try:
            return [x.cell_contents]
        except ValueError:
            return []
    if tp is types.MethodType:
        return [x.__self__, x.__func__]
    if tp is slice:
        return [x.start, x.stop, x.step]
    out = [part for _, part in slots_of(x)]
    d = own_dict(x)
    if type(d) is dict:
        out.append(d)
    if issubclass(tp, functools.partial):
        out += [x.func, x.args, x.keywords]
    elif c_class(tp) is not None and not issubclass(tp, BaseException):
        out += [part for part in gc.get_referents(x) if type(part) is not types.ModuleType and not is_class(part)]
    return out


cdef bint is_class(object x):
    return issubclass(type(x), type)


cdef bint is_poisoned(Machine* m, Reg* r) noexcept:
    """Does the value come from something whose derivative is not known?"""
    cdef Side* side
    if r.slot < 0:
        return False
    side = side_of(m.levels[r.tag >> 8], r.slot)
    return side != NULL and side.kind == S_POISON


cdef bint is_digits(Machine* m, Reg* r) noexcept:
    """Is this an integer that may be all the digits of a number: poisoned, or made of a float?

    No operation on it loses the derivative, as `//` does with integers that count.  What took very
    long to compute counts as one.
    """
    if r.slot < 0 or r.tag & 0xFF == F64 or r.tag & 0xFF == OBJ and not PyLong_CheckExact(r.v.o):
        return False
    return is_digits_node(m.levels[r.tag >> 8], r.slot)


cdef bint is_digits_node(Tape* t, int slot) noexcept:
    """The same of the node of an integer."""
    cdef int budget = 1000
    if not t.digits and not t.npoison and t.level == 0:
        return False
    return from_float(t, slot, &budget) or budget <= 0 and t.level == 0  # an outer level asks for itself


cdef bint from_float(Tape* t, int slot, int* budget) noexcept:
    """Does a float go into the computation of a node?"""
    cdef Entry* e
    cdef Side* s
    cdef int i
    while slot >= 0 and budget[0] > 0:
        budget[0] -= 1
        e = t.entries + slot
        if e.a > SPECIAL:
            return True
        if e.a <= INTS:
            if e.b >= 0 and from_float(t, e.b, budget):
                return True
            slot = INTS - e.a
            continue
        s = t.sides + e.b
        if s.kind == S_POISON:
            return True
        if s.kind == S_STRUCT:
            return False
        for i in range(1, s.nargs):
            if from_float(t, t.slots[s.first + i], budget):
                return True
        slot = t.slots[s.first] if s.nargs else -1
    return False
