"""Iteration: the iterators of the machine, taking items, and delegation (``yield from``).

Ranges, lists and tuples have iterators of our own: items of a range stay machine integers,
and those of an input list are known by their place.
"""

cimport cython

from ._array_iterators cimport is_array_iterator, next_of_array, reads_active
from ._arrays cimport is_array
from ._capi cimport *
from ._frames cimport push_function
from ._generators cimport Generator, generator_resume
from ._hook cimport more_known
from ._items cimport get_item
from ._locations cimport locate, location_of, materialise
from ._library_arrays cimport library_iterator
from ._library_memory cimport is_library_array
from ._machine cimport *
from ._methods cimport has_python_method
from ._opcodes cimport *
from ._placed cimport placed_argument
from ._structs cimport *
from ._values cimport *
from ._written cimport refresh_iterator

import numpy as np

from .protocols import by_index

cdef object by_index_function = by_index
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>np.ndarray
cdef PyTypeObject* RANGE_ITEMS = <PyTypeObject*><PyObject*>RangeItems
cdef PyTypeObject* LIST_ITEMS = <PyTypeObject*><PyObject*>ListItems
cdef PyTypeObject* GENERATOR = <PyTypeObject*><PyObject*>Generator
cdef str ITER_ = "__iter__", NEXT_ = "__next__", GETITEM_ = "__getitem__"


@cython.final
cdef class RangeItems:
    """Iterator of a range in machine integers."""
    def __iter__(self):
        return self

    def __next__(self):
        if self.left <= 0:
            raise StopIteration
        value = self.at
        self.at += self.step
        self.left -= 1
        return value


@cython.final
cdef class ListItems:
    """Iterator of a list or tuple that keeps the register it came from."""
    def __dealloc__(self):
        drop(&self.source)

    def __iter__(self):
        return self

    def __next__(self):
        # a comprehension that runs natively, because it sees nothing active
        if self.source.tag & 0xFF != OBJ:
            raise StopIteration
        seq = <object>self.source.v.o
        if self.at >= len(seq):
            drop(&self.source)
            raise StopIteration
        self.at += 1
        return seq[self.at - 1]


# -- iterators -----------------------------------------------------------------


cdef ListItems list_items(Machine* m, Reg* a):
    """An iterator over a list, tuple or array."""
    cdef ListItems items = ListItems.__new__(ListItems)
    items.source.tag = NUL
    copy_reg(&items.source, a)
    items.plain = not is_array(a.v.o)
    if not items.plain and a.slot >= 0 and m.levels[0].forward != NULL:
        escaped(m, &items.source)  # `_collect` does not see this register: `next_in_list` looks it up again
    find_places(m, items)
    return items


cdef int find_places(Machine* m, ListItems items) except -1:
    """Notes where the items have their slots."""
    cdef Reg* a = &items.source
    items.by_place = a.slot >= 0
    items.count = 0
    items.location = location_of(m, a)
    if items.location is not None and a.tag >> 8 == 0:
        items.slots = items.location.slots
        items.originals = <PyObject*>items.location.originals
        items.count = items.location.n
    return 0


cdef int get_iterator(Machine* m, Frame* f, Ins* ins) except -1:
    """ITER: ``iter(a)``"""
    cdef int packed = f.c.extra[ins.a + 1]
    cdef Reg* a = f.regs + (packed >> 1)
    cdef Reg* d = f.regs + ins.d
    cdef PyObject* o = box(a)
    cdef PyObject* it
    cdef RangeItems r
    cdef ListItems items
    cdef PyTypeObject* tp
    if o == NULL:
        return -1
    tp = Py_TYPE(o)
    if ins.aux and a.slot >= 0:
        more_known(&m.heap)  # our iterators do not look active, and this one goes to a function or a generator
    if tp == GENERATOR:
        if a != d:
            copy_reg(d, a)
            if packed & 1:
                drop(a)
        return 0
    if tp == &PyList_Type or tp == &PyTuple_Type or tp == ARRAY or is_array(o) and not has_python_method(
            o, <PyObject*>ITER_):
        if is_array(o) and zyg_array_ndim(o) == 0:
            raise TypeError("iteration over a 0-d array")
        items = list_items(m, a)
        it = <PyObject*>items
        Py_INCREF(it)
    elif tp == &PyRange_Type:
        r = range_items(o)
        if r is not None:
            it = <PyObject*>r
            Py_INCREF(it)
        else:
            it = PyObject_GetIter(o)
    else:
        return other_iterator(m, f, a, d, packed & 1, ins.d)
    put_obj(d, it, OBJ, -1)
    if packed & 1 and a != d:
        drop(a)
    return 0


cdef int other_iterator(Machine* m, Frame* f, Reg* a, Reg* d, bint last, int dst) except -1:
    cdef Reg own[1]
    cdef PyObject* it
    if a.slot >= 0 and is_library_array(a.v.o):
        return library_iterator(m, f, a, dst)
    if (m.heap or m.run_all or a.slot >= 0) and has_python_method(a.v.o, <PyObject*>ITER_):
        own[0].tag = NUL
        copy_reg(own, a)
        try:
            return push_function(m, _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>ITER_), own, 1, NULL, R_ITER, dst,
                                 f.level)
        finally:
            drop(own)
    own[0].tag = NUL
    copy_reg(own, a)
    if a.slot >= 0 and has_python_method(a.v.o, <PyObject*>GETITEM_) \
            and _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>ITER_) == NULL:
        try:
            return push_function(m, <PyObject*>by_index_function, own, 1, NULL, R_STORE, dst, f.level)
        finally:
            drop(own)
    try:
        if a.slot >= 0 and not placed_argument(m, own):
            materialise(m, f.level, own)
        it = PyObject_GetIter(own[0].v.o)
        if it == NULL:
            return -1
        if it == own[0].v.o:
            put_obj(d, it, own[0].tag, own[0].slot)
        else:
            load(m, f.level, d, it)
            if own[0].slot >= 0 and d.slot < 0:
                d.tag, d.slot = own[0].tag, own[0].slot
    finally:
        drop(own)
    if last and a != d:
        drop(a)
    return 0


cdef int range_loop(Machine* m, Frame* f, Ins* ins, Ins* following) except -1:
    """``for … in range(…)``: the iterator at once, without a range.  2: not that."""
    cdef int* extra = f.c.extra + ins.b
    cdef int n = extra[1], i
    cdef long long v[3]
    cdef Reg* r
    cdef RangeItems out
    if following.op != ITER or extra[2] >= 0 or n < 1 or n > 3 or extra[0] >= 0:
        return 2
    i = f.c.extra[following.a + 1]
    if i >> 1 != ins.d or not (i & 1 or following.d == ins.d):
        return 2
    for i in range(n):
        r = f.regs + (extra[6 + i] >> 1)
        if r.tag & 0xFF != I64:
            return 2
        v[i] = r.v.i
        if not -ZYG_SMALL <= v[i] <= ZYG_SMALL:
            return 2
    if n == 3 and v[2] == 0:
        return 2
    out = RangeItems.__new__(RangeItems)
    out.at = v[0] if n > 1 else 0
    out.step = v[2] if n == 3 else 1
    i = 0 if n == 1 else 1
    if out.step > 0:
        out.left = (v[i] - out.at + out.step - 1) // out.step if v[i] > out.at else 0
    else:
        out.left = (out.at - v[i] - out.step - 1) // (-out.step) if v[i] < out.at else 0
    if extra[4]:
        drop(f.regs + ins.a)
    put_new(f.regs + following.d, <PyObject*>out)
    return 0


cdef RangeItems range_items(PyObject* r):
    """An iterator in machine integers, None if the range has larger ones."""
    cdef RangeItems out = RangeItems.__new__(RangeItems)
    cdef int overflow = 0, big = 0
    out.at = PyLong_AsLongLongAndOverflow(zyg_range_start(r), &overflow)
    big |= overflow
    out.step = PyLong_AsLongLongAndOverflow(zyg_range_step(r), &overflow)
    big |= overflow
    out.left = PyLong_AsLongLongAndOverflow(zyg_range_length(r), &overflow)
    big |= overflow
    PyLong_AsLongLongAndOverflow(zyg_range_stop(r), &overflow)
    return None if big or overflow else out


# -- items ---------------------------------------------------------------------


cdef int next_item(Machine* m, Frame* f, Ins* ins) except -1:
    """FOR_ITER beyond ranges.  0: item in d; 1: frame pushed; 2: exhausted."""
    cdef Reg* a = f.regs + ins.a
    cdef PyObject* o = a.v.o
    cdef PyTypeObject* tp = Py_TYPE(o)
    cdef PyObject* item
    cdef Reg own[1]
    cdef int status
    if tp == LIST_ITEMS:
        return next_in_list(m, f, <ListItems>o, ins)
    if tp == GENERATOR:
        status = generator_resume(m, f, <Generator>o, NULL, R_NEXT, ins.d)
        return status
    if (m.heap or m.run_all or a.slot >= 0) and has_python_method(o, <PyObject*>NEXT_):
        own[0].tag = NUL
        copy_reg(own, a)
        try:
            return push_function(m, _PyType_Lookup(tp, <PyObject*>NEXT_), own, 1, NULL, R_NEXT, ins.d, f.level)
        finally:
            drop(own)
    if m.heap and is_array_iterator(o) and (a.slot < 0 or reads_active(m, f.level, o)):
        return next_of_array(m, f, o, ins.d)
    if m.heap:
        refresh_iterator(m, f, a)
    item = PyIter_Next(o)
    if item == NULL:
        return -1 if PyErr_Occurred() != NULL else 2
    load(m, f.level, f.regs + ins.d, item)
    if a.slot >= 0 and f.regs[ins.d].slot < 0:
        poisoned_item(m, a, f.regs + ins.d)
    return 0


cdef int poisoned_item(Machine* m, Reg* source, Reg* d) except -1:
    """What comes out of a poisoned iterator is poisoned."""
    if is_poisoned(m, source) and d.v.o != Py_None:
        d.tag, d.slot = source.tag, source.slot
    return 0


cdef int next_in_list(Machine* m, Frame* f, ListItems items, Ins* ins) except -1:
    cdef PyObject* seq
    cdef PyObject* item
    cdef Reg key
    cdef Py_ssize_t i = items.at
    cdef Reg* d = f.regs + ins.d
    if items.source.tag & 0xFF != OBJ:
        return 2
    seq = items.source.v.o
    if Py_TYPE(seq) == &PyList_Type:
        if i >= PyList_GET_SIZE(seq):
            drop(&items.source)
            return 2
        item = PyList_GET_ITEM(seq, i)
        if i < items.count and items.slots[i] >= 0 and Py_TYPE(item) == &PyFloat_Type \
                and PyList_GET_ITEM(items.originals, i) == item:
            items.at = i + 1
            put_f64(d, zyg_float(item), items.slots[i])
            return 0
    elif Py_TYPE(seq) == &PyTuple_Type:
        if i >= PyTuple_GET_SIZE(seq):
            drop(&items.source)
            return 2
        item = PyTuple_GET_ITEM(seq, i)
    else:
        if i >= zyg_array_dims(seq)[0]:
            return 2
        if m.heap and (items.source.slot < 0 or items.source.tag >> 8 < f.level
                       or m.nlevels and m.levels[0].forward != NULL):
            lookup(m, f.level, &items.source)  # something may have been written into it
        key.tag = I64
        key.slot = -1
        key.v.i = i
        items.at = i + 1
        try:
            return get_item(m, f, &items.source, &key, ins.d)
        finally:
            drop(&key)
    items.at = i + 1
    if items.by_place:
        return item_by_place(m, f, items, i, item, d)
    Py_INCREF(item)
    load(m, f.level, d, item)
    return 0


cdef int item_by_place(Machine* m, Frame* f, ListItems items, Py_ssize_t i, PyObject* item, Reg* d) except -1:
    """An item of an input list: its slot is known by its place."""
    cdef object key
    Py_INCREF(item)
    load(m, f.level, d, item)
    if further_out(d, &items.source):
        key = i
        if not locate(m, &items.source, <PyObject*>key, item, d) and d.slot < 0:
            poisoned_item(m, &items.source, d)
    return 0


# -- delegation ------------------------------------------------------------------


cdef int send(Machine* m, Frame* f, Ins* ins) except -1:
    """SEND: resumes what is delegated to.  2: it is done, its value in d."""
    cdef Reg* to = f.regs + (f.c.extra[ins.a + 1] >> 1)
    cdef Reg* v = f.regs + (f.c.extra[ins.a + 2] >> 1)
    cdef PyObject* o = box(to)
    cdef PyObject* item
    if o == NULL or box(v) == NULL:
        return -1
    if Py_TYPE(o) == GENERATOR:
        return generator_resume(m, f, <Generator>o, v, R_SEND, ins.d)
    if Py_TYPE(o) == LIST_ITEMS or Py_TYPE(o) == RANGE_ITEMS:
        if v.v.o != Py_None:
            raise AttributeError(f"'{iterator_name(o)}' object has no attribute 'send'", name="send", obj=<object>o)
        return send_items(m, f, ins, to)
    if v.v.o == Py_None and PyIter_Check(o):
        item = zyg_next(o)
        if item == NULL and PyErr_Occurred() == NULL:
            put_new(f.regs + ins.d, Py_None)
            return 2
    else:
        item = PyObject_CallOneArg_send(o, v.v.o)
    if item == NULL:
        if not PyErr_ExceptionMatches(PyExc_StopIteration):
            return -1
        try:
            stop_value(m, f, ins.d)
        except BaseException:
            return -1
        return 2
    load(m, f.level, f.regs + ins.d, item)
    if to.slot >= 0 and f.regs[ins.d].slot < 0:
        poisoned_item(m, to, f.regs + ins.d)
    return 0


cdef str iterator_name(PyObject* o):
    """What CPython calls the type of one of our iterators."""
    if Py_TYPE(o) == RANGE_ITEMS:
        return "range_iterator"
    return "tuple_iterator" if Py_TYPE((<ListItems>o).source.v.o) == &PyTuple_Type else "list_iterator"


cdef PyObject* PyObject_CallOneArg_send(PyObject* o, PyObject* v) noexcept:
    try:
        out = (<object>o).send(<object>v)
    except BaseException as e:
        PyErr_SetObject(<PyObject*>Py_TYPE(<PyObject*>e), <PyObject*>e)
        return NULL
    Py_INCREF(<PyObject*>out)
    return <PyObject*>out


cdef int stop_value(Machine* m, Frame* f, int dst) except -1:
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    PyErr_Fetch(&tp, &value, &tb)
    PyErr_NormalizeException(&tp, &value, &tb)
    out = (<object>value).value
    Py_INCREF(<PyObject*>out)
    load(m, f.level, f.regs + dst, <PyObject*>out)
    Py_XDECREF(tp)
    Py_XDECREF(value)
    Py_XDECREF(tb)
    return 0


cdef int send_items(Machine* m, Frame* f, Ins* ins, Reg* to) except -1:
    """``yield from`` a list, tuple or range."""
    cdef Ins fake
    cdef int status
    fake = ins[0]
    fake.a = <int>(to - f.regs)
    if Py_TYPE(to.v.o) == RANGE_ITEMS:
        if next_in_range(to.v.o, f.regs + ins.d):
            return 0
        status = 2
    else:
        status = next_item(m, f, &fake)
    if status == 2:
        put_new(f.regs + ins.d, Py_None)
    return status
