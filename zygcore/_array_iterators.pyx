"""Iterators of NumPy's, ``array.flat``, `nditer` and `broadcast`: what they show of active arrays.

They are NumPy's own objects, and have their own state; what they give is read by the machine.  An item of
``array.flat`` is that of the array at the same place.  The arrays of an `nditer` show memory of its operands, but
belong to the iterator: they are replaced by views of the operands, which is what the machine can follow.
"""

from ._array_items cimport read_element
from ._arrays cimport shared_slot
from ._assign cimport concerns
from ._capi cimport *
from ._frames cimport call_python
from ._machine cimport *
from ._methods cimport borrowed, run_protocol
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import numpy as np

from ._shown import arrays_of, part_of
from .rules.numpy import _inplace, _iterators

cdef extern from "numpy/arrayobject.h":
    ctypedef struct FlatIterator "PyArrayIterObject":
        Py_ssize_t index

cdef PyTypeObject* FLAT = <PyTypeObject*><PyObject*>np.flatiter
cdef PyTypeObject* NDITER = <PyTypeObject*><PyObject*>np.nditer
cdef PyTypeObject* BROADCAST = <PyTypeObject*><PyObject*>np.broadcast
# attributes that are no numbers with derivatives
cdef frozenset PLACES = frozenset(
    "base index coords ndim nd numiter shape size finished multi_index iterindex iterrange itersize nop operands "
    "dtypes has_delayed_bufalloc has_index has_multi_index iterationneedsapi".split())
cdef PyTypeObject* UFUNC = <PyTypeObject*><PyObject*>np.ufunc
cdef object dispatcher_type = type(np.sum)
cdef PyTypeObject* DISPATCHER = <PyTypeObject*><PyObject*>dispatcher_type
cdef object fromiter = np.fromiter, put_flat = _inplace.put_flat
cdef object flat_item = _iterators.flat_item, flat_next = _iterators.flat_next, flat_array = _iterators.flat_array
cdef object flat_arrays = _iterators.flat_arrays
cdef object broadcast_next = _iterators.broadcast_next, shown_items = _iterators.shown_items
cdef object nditer_item = _iterators.nditer_item, nditer_attribute = _iterators.nditer_attribute
cdef object set_nditer_item = _iterators.set_nditer_item


cdef bint is_array_iterator(PyObject* o) noexcept:
    return Py_TYPE(o) == FLAT or Py_TYPE(o) == NDITER or Py_TYPE(o) == BROADCAST


cdef bint reads_active(Machine* m, int level, PyObject* o) except -1:
    """Is this an iterator over active arrays?"""
    cdef int slot
    if m.heap == 0 or not is_array_iterator(o):
        return False
    for array in arrays_of(<object>o):
        if known(m, level, <PyObject*>array, &slot) >= 0:
            return True
    return False


cdef bint is_active_flat(Machine* m, int level, PyObject* o) except -1:
    return Py_TYPE(o) == FLAT and reads_active(m, level, o)


# -- items -----------------------------------------------------------------------------


cdef int next_of_array(Machine* m, Frame* f, PyObject* o, int dst) except -1:
    """The next item to register `dst`.  2: there is none."""
    cdef Reg own[2]
    cdef PyObject* item
    cdef bint active
    cdef Py_ssize_t index = (<FlatIterator*>o).index if Py_TYPE(o) == FLAT else 0
    iterator = <object>o
    if Py_TYPE(o) == BROADCAST:
        index = iterator.index
    item = PyIter_Next(o)
    if item == NULL:
        return -1 if PyErr_Occurred() != NULL else 2
    if Py_TYPE(o) == FLAT and read_at(m, f, iterator, index, dst) == 0:
        Py_DECREF(item)
        return 0
    active = reads_active(m, f.level, o) or Py_TYPE(o) == NDITER and m.heap and is_writeable(<object>item)
    if not active:
        load(m, f.level, f.regs + dst, item)
        return 0
    own[0].tag = own[1].tag = NUL
    try:
        if Py_TYPE(o) == NDITER:
            arrays = tuple(arrays_of(iterator))
            if m.nlevels == 1 and take_views(m, f, arrays, <object>item, dst):
                return 0
            put_new(own, <PyObject*>arrays)
            put_obj(own + 1, item, OBJ, -1)
            item = NULL
            call_python(m, f.level, <PyObject*>shown_items, own, 2, f.regs + dst)
            return 0
        put_new(own, o)
        put_i64(own + 1, index, -1)
        function = flat_next if Py_TYPE(o) == FLAT else broadcast_next
        call_python(m, f.level, <PyObject*>function, own, 2, f.regs + dst)
    finally:
        Py_XDECREF(item)
        drop(own)
        drop(own + 1)
    return 0


cdef int read_at(Machine* m, Frame* f, object flat, Py_ssize_t index, int dst) except -1:
    """An item of an active ``array.flat`` without Python code.  2: not here."""
    cdef Reg base, key
    cdef PyObject* array
    cdef int i
    if m.heap == 0 or m.nlevels != 1:
        return 2
    of = flat.base
    array = <PyObject*>of
    base = borrowed(array)
    lookup(m, f.level, &base)
    if base.slot < 0 or not 0 <= index < of.size or len(flat) != of.size:
        return 2
    key.slot = -1
    if zyg_array_ndim(array) == 1:
        key.tag, key.v.i = I64, index
        return read_element(m, f, &base, &key, dst)
    places = []
    for i in range(zyg_array_ndim(array) - 1, -1, -1):
        places.append(index % zyg_array_dims(array)[i])
        index //= zyg_array_dims(array)[i]
    place = tuple(reversed(places))
    key.tag, key.v.o = OBJ, <PyObject*>place
    return read_element(m, f, &base, &key, dst)


cdef bint take_views(Machine* m, Frame* f, tuple arrays, object items, int dst) except -1:
    """The arrays that a `nditer` gave as views of its operands, without Python code.  False: not here."""
    cdef Tape* t = m.levels[0]
    cdef int slot
    cdef list out = []
    for operand, x in zip(arrays, items if type(items) is tuple else (items,)):
        view = part_of(operand, x)
        slot = -1
        if known(m, 0, <PyObject*>operand, &slot) >= 0:
            slot = shared_slot(t, slot, <PyObject*>operand, <PyObject*>view) if view is not x else -1
            if slot < 0:
                return False
            if map_put(t, <PyObject*>view, slot) < 0:
                raise MemoryError
        out.append(view)
    given = tuple(out) if type(items) is tuple else out[0]
    Py_INCREF(<PyObject*>given)
    load(m, f.level, f.regs + dst, <PyObject*>given)
    return True


cdef bint is_writeable(object items) except -1:
    """Can an array that a `nditer` gave be written?"""
    for x in items if type(items) is tuple else (items,):
        if x.flags.writeable:
            return True
    return False


cdef int iterator_item(Machine* m, Frame* f, Reg* base, Reg* key, int dst) except -1:
    """``iterator[key]``.  2: as it is."""
    cdef Reg args[2]
    cdef Py_ssize_t i
    cdef int overflow = 0
    if Py_TYPE(base.v.o) == BROADCAST or not is_followed(m, f.level, base):
        return 2
    if Py_TYPE(base.v.o) == FLAT and Py_TYPE(box(key)) == &PyLong_Type:
        i = PyLong_AsLongLongAndOverflow(key.v.o, &overflow)
        i = i + len(<object>base.v.o) if i < 0 else i
        if not overflow and read_at(m, f, <object>base.v.o, i, dst) == 0:
            return 0
    args[0], args[1] = base[0], key[0]
    return run_protocol(m, nditer_item if Py_TYPE(base.v.o) == NDITER else flat_item, args, 2, R_STORE, dst, f.level)


cdef int set_iterator_item(Machine* m, Frame* f, Reg* base, Reg* key, Reg* v) except -1:
    """``iterator[key] = v``.  2: as it is."""
    cdef Reg args[3]
    args[1], args[2] = key[0], v[0]
    if Py_TYPE(base.v.o) == NDITER:
        if not m.heap and v.slot < 0:
            return 2
        args[0] = base[0]
        return run_protocol(m, set_nditer_item, args, 3, R_DISCARD, -1, f.level)
    args[0] = borrowed(<PyObject*>(<object>base.v.o).base)
    lookup(m, f.level, args)
    if not concerns(m, f, args, v):
        return 2
    return run_protocol(m, put_flat, args, 3, R_DISCARD, -1, f.level)


cdef int iterator_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1:
    """Those that show arrays, and those that tell where it is.  2: another."""
    cdef Reg args[2]
    if not is_followed(m, f.level, base):
        return 2
    if <object>name in PLACES:
        load_attribute(m, f, base, name, dst)
        return 0
    if Py_TYPE(base.v.o) != NDITER or <object>name not in ("value", "itviews"):
        return 2
    args[0], args[1] = base[0], borrowed(name)
    return run_protocol(m, nditer_attribute, args, 2, R_STORE, dst, f.level)


cdef int load_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1:
    cdef PyObject* v = PyObject_GetAttr(base.v.o, name)
    if v == NULL:
        return -1
    load(m, f.level, f.regs + dst, v)
    return 0


cdef bint is_followed(Machine* m, int level, Reg* r) except -1:
    """Is it known what an iterator shows?  It is poisoned for all that do not ask here."""
    return r.slot < 0 and Py_TYPE(r.v.o) == NDITER and m.heap or reads_active(m, level, r.v.o)


# -- as an array -----------------------------------------------------------------------


cdef int flat_argument(Machine* m, int level, Reg* r) except -1:
    """Makes ``array.flat``, or those in a list, what NumPy makes of it."""
    cdef Reg own[1]
    function = flat_array if Py_TYPE(r.v.o) == FLAT else flat_arrays
    own[0].tag = NUL
    copy_reg(own, r)
    try:
        call_python(m, level, <PyObject*>function, own, 1, r)
    finally:
        drop(own)
    return 0


cdef int flat_arguments(Machine* m, PyObject* callee, Reg* args, int n, int level) except -1:
    """The same for the arguments of a function of NumPy's that makes arrays of them."""
    cdef int i
    for i in range(n):
        if args[i].tag & 0xFF == OBJ and has_active_flat(m, level, args[i].v.o) and makes_arrays(callee):
            flat_argument(m, level, args + i)
    return 0


cdef bint has_active_flat(Machine* m, int level, PyObject* o) except -1:
    """Is this an active ``array.flat``, or a list or tuple that has one?"""
    if Py_TYPE(o) == &PyList_Type or Py_TYPE(o) == &PyTuple_Type:
        for x in <object>o:
            if is_active_flat(m, level, <PyObject*>x):
                return True
    return is_active_flat(m, level, o)


cdef bint makes_arrays(PyObject* callee) except -1:
    """A function of NumPy's that takes arrays, and what can be made one."""
    if Py_TYPE(callee) == UFUNC or Py_TYPE(callee) == DISPATCHER:
        return True
    return PyCFunction_Check(callee) and callee != <PyObject*>fromiter and (<object>callee).__module__ == "numpy"
