"""``for a, b in zip(...)`` and ``for i, x in enumerate(...)`` without tuples.

Where a loop goes over ``zip`` or ``enumerate`` of lists, tuples, arrays and ranges, the items go straight
into the registers that the loop unpacks them to.
"""

cimport cython

from ._capi cimport *
from ._frames cimport call_python
from ._hook cimport more_known
from ._iteration cimport ListItems, RangeItems, list_items, next_in_list, next_in_range, next_leaf, range_items
from ._machine cimport *
from ._opcodes cimport ITER, UNPACK
from ._operands cimport result
from ._structs cimport *
from ._values cimport *

import numpy as np

from .protocols import item

cdef PyTypeObject* RANGE_ITEMS = <PyTypeObject*><PyObject*>RangeItems
cdef object item_function = item
cdef object enumerate_type = enumerate, zip_type = zip
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>np.ndarray


@cython.final
cdef class Pairs:
    """Iterator over several of our iterators at once."""
    def __iter__(self):
        return self

    def __next__(self):
        # a comprehension that runs natively, because it sees nothing active
        return tuple([next(part) for part in self.owned])


cdef bint is_pairing(PyObject* fn) noexcept:
    return fn == <PyObject*>zip_type or fn == <PyObject*>enumerate_type


cdef int pairs_loop(Machine* m, Frame* f, Ins* ins, Ins* following) except -1:
    """A call of ``zip`` or ``enumerate`` whose result a loop takes.  2: not that simple."""
    cdef int* extra = f.c.extra + ins.b
    cdef int i, n = extra[1]
    cdef Pairs pairs
    if following.op != ITER or extra[2] >= 0 or extra[0] >= 0 or n < 1 or n >= MOST_PARTS:
        return 2
    i = f.c.extra[following.a + 1]
    if i >> 1 != ins.d or not (i & 1 or following.d == ins.d):
        return 2
    if f.regs[ins.a].v.o == <PyObject*>enumerate_type:
        pairs = enumerated(m, f.regs + (extra[6] >> 1), f.regs + (extra[7] >> 1) if n == 2 else NULL) if n < 3 else None
    else:
        pairs = Pairs.__new__(Pairs)
        pairs.owned = []
        for i in range(n):
            if not add_part(m, pairs, f.regs + (extra[6 + i] >> 1)):
                return 2
    if pairs is None:
        return 2
    for i in range(n):
        if following.aux and f.regs[extra[6 + i] >> 1].slot >= 0:
            more_known(&m.heap)
        if extra[6 + i] & 1:
            drop(f.regs + (extra[6 + i] >> 1))
    if extra[4]:
        drop(f.regs + ins.a)
    put_obj(f.regs + following.d, new_ref(pairs), OBJ, -1)
    return 0


cdef Pairs enumerated(Machine* m, Reg* a, Reg* start):
    """``enumerate(a, start)``, None if it is not that simple."""
    cdef Pairs pairs = Pairs.__new__(Pairs)
    cdef RangeItems count = RangeItems.__new__(RangeItems)
    count.at = 0
    count.step = 1
    count.left = ZYG_SMALL
    if start != NULL:
        if start.tag != I64 or start.slot >= 0 or not -ZYG_SMALL < start.v.i < ZYG_SMALL:
            return None
        count.at = start.v.i
    pairs.owned = [count]
    pairs.parts[0] = <PyObject*>count
    pairs.n = 1
    return pairs if add_part(m, pairs, a) else None


cdef bint add_part(Machine* m, Pairs pairs, Reg* a) except -1:
    """An iterator over a list, tuple, array or range as a further part."""
    cdef PyTypeObject* tp
    cdef object part
    if a.tag & 0xFF != OBJ:
        return False
    tp = Py_TYPE(a.v.o)
    if tp == &PyList_Type or tp == &PyTuple_Type or tp == ARRAY and zyg_array_ndim(a.v.o):
        part = list_items(m, a)
    elif tp == &PyRange_Type:
        part = range_items(a.v.o)
        if part is None:
            return False
    else:
        return False
    pairs.owned.append(part)
    pairs.parts[pairs.n] = <PyObject*>part
    pairs.n += 1
    return True


cdef bint has_next(PyObject* part) noexcept:
    cdef PyObject* seq
    if Py_TYPE(part) == RANGE_ITEMS:
        return (<RangeItems>part).left > 0
    if (<ListItems>part).source.tag & 0xFF != OBJ:
        return False
    seq = (<ListItems>part).source.v.o
    if Py_TYPE(seq) == &PyList_Type:
        return (<ListItems>part).at < PyList_GET_SIZE(seq)
    if Py_TYPE(seq) == &PyTuple_Type:
        return (<ListItems>part).at < PyTuple_GET_SIZE(seq)
    return (<ListItems>part).at < zyg_array_dims(seq)[0]


cdef int take_part(Machine* m, Frame* f, PyObject* part, int d) except -1:
    """The next item of a part, which has one, to register `d`."""
    cdef Ins to
    if Py_TYPE(part) == RANGE_ITEMS:
        next_in_range(part, f.regs + d)
        return 0
    if next_leaf(part, f.regs + d):
        return 0
    if f.level > 0 and Py_TYPE((<ListItems>part).source.v.o) == ARRAY:
        return take_element(m, f, <ListItems>part, d)
    to.d = d
    return next_in_list(m, f, <ListItems>part, &to)


cdef int take_element(Machine* m, Frame* f, ListItems part, int d) except -1:
    """The next item of an array at an inner level, where a rule is run by the machine: at once."""
    cdef Reg args[2]
    cdef Reg out
    out.tag = args[0].tag = args[1].tag = NUL
    copy_reg(args, &part.source)
    lookup(m, f.level, args)
    put_i64(args + 1, part.at, -1)
    part.at += 1
    try:
        call_python(m, f.level, <PyObject*>item_function, args, 2, &out)
        move_reg(f.regs + d, &out)
    finally:
        drop(args)
        drop(args + 1)
        drop(&out)
    return 0


cdef int next_pair(Machine* m, Frame* f, Pairs pairs, Ins* ins, Ins* after) except -1:
    """The next items: unpacked at once if that is what `after` does, else as a tuple.  2: there are none."""
    cdef int* extra
    cdef int i
    for i in range(pairs.n):
        if not has_next(pairs.parts[i]):
            for part in pairs.owned:
                if type(part) is ListItems:
                    drop(&(<ListItems>part).source)
            return 2
    if after.op == UNPACK and after.b == pairs.n:
        extra = f.c.extra + after.a
        if extra[0] == 1 and extra[1] == (ins.d << 1 | 1):
            for i in range(pairs.n):
                take_part(m, f, pairs.parts[i], result(f, after, i))
            return UNPACKED
    return whole_tuple(m, f, pairs, ins.d)


cdef int whole_tuple(Machine* m, Frame* f, Pairs pairs, int d) except -1:
    cdef PyObject* t = PyTuple_New(pairs.n)
    cdef PyObject* o
    cdef int i
    if t == NULL:
        return -1
    for i in range(pairs.n):
        take_part(m, f, pairs.parts[i], d)
        o = escape(m, f.regs + d)
        if o == NULL:
            Py_DECREF(t)
            return -1
        Py_INCREF(o)
        PyTuple_SET_ITEM(t, i, o)
    put_obj(f.regs + d, t, OBJ, -1)
    return 0
