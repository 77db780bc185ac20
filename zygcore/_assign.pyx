"""Writes into arrays that carry derivatives, or that pullbacks keep: done, and recorded.

All ways to write into an array come down to ``array[key] = value``: operators in place, ``out=``, methods
like `fill` are Python equivalents made of it (`rules.numpy._inplace`).
"""

from ._arrays cimport *
from ._capi cimport *
from ._frames cimport call_python
from ._generators cimport Generator
from ._hook cimport more_known
from ._methods cimport HEAPTYPE
from ._rules cimport taint
from ._kept cimport is_kept, keep_array, keeps
from ._machine cimport *
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import numpy as np

from .errors import UnsupportedError
from .rules.numpy import _inplace
from .rules.numpy._indexing import frozen

cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>np.ndarray
cdef PyTypeObject* MEMORYVIEW = <PyTypeObject*><PyObject*>memoryview
cdef PyTypeObject* FLAT = <PyTypeObject*><PyObject*>np.flatiter
cdef PyTypeObject* GENERATOR = <PyTypeObject*><PyObject*>Generator
cdef object ndarray = np.ndarray, as_array = _inplace.as_array
cdef tuple index_types = (int, np.integer, slice, type(None), type(Ellipsis))


cdef bint concerns(Machine* m, Frame* f, Reg* target, Reg* value) except -1:
    """Must a write into an array be recorded?"""
    cdef int level
    if target.slot >= 0 or value != NULL and value.slot >= 0:
        return True
    if not m.heap:
        return False
    if value != NULL and value.tag & 0xFF == OBJ and contains_active(m, f.level, value.v.o) > 0:
        return True
    if is_kept(m, target.v.o):
        return True
    for level in range(m.nlevels):
        if input_memory(m.levels[level], target.v.o) is not None:
            return True
    return False


cdef Memory input_memory(Tape* t, PyObject* array):
    """The memory of an input that an array shows, by whatever name; None."""
    cdef size_t lo, hi, low, high
    if t.roots == NULL:
        return None
    found = (<dict><object>t.roots).get(<size_t>owner_of(array))
    if found is None:
        return None
    zyg_array_bounds(array, itemsize_of(array), &lo, &hi)
    for slot, root in found:
        zyg_array_bounds(<PyObject*>root, itemsize_of(<PyObject*>root), &low, &high)
        if low < hi and lo < high:
            return memory_at(t, slot, <PyObject*>root)
    return None


# -- the write itself ------------------------------------------------------------------


cdef int write_item(Machine* m, Frame* f, Reg* base, Reg* key, Reg* value) except -1:
    """``array[key] = value``"""
    cdef Reg v
    cdef Memory memory = None
    cdef Write w = Write()
    cdef Tape* t = m.levels[0]
    cdef int slot, s = -1
    array, index = <object>base.v.o, <object>box(key)
    dtype = dtype_of(base.v.o)
    if dtype.hasobject:
        raise UnsupportedError(
            "an array of objects is written, and the array or what is written depends on what the gradient is taken "
            "with respect to: use a list, or an array of numbers")
    v.tag, v.slot = NUL, -1
    if base.slot < 0 and not is_array(owner_of(base.v.o)) and is_kept(m, base.v.o):
        raise UnsupportedError(
            f"an array over the memory of a {type(<object>owner_of(base.v.o)).__name__} is written, and an earlier "
            "operation keeps that memory, or it carries derivatives: write to an array with memory of its own")
    try:
        as_operand(m, f, value, &v)
        check_levels(m, base, &v)
        content, given = <object>box(value), <object>v.v.o
        basic = is_basic_key(index)
        plain = array if Py_TYPE(base.v.o) == ARRAY else ndarray.view(array, ndarray)
        region = region_of(plain, index) if basic else plain
        if basic and issubclass(type(content), ndarray) and same_array(<PyObject*>region, <PyObject*>content):
            return 0  # what was changed in place is stored where it was
        if v.slot >= 0 and not loses(given, dtype):
            s = v.slot
        if base.slot >= 0 or s >= 0 or input_memory(t, base.v.o) is not None:
            memory = memory_to_write(m, t, base.v.o, base.slot)
        if memory is not None:
            check_alone(m, t, memory, base.v.o)
            w.window = window_of(memory, <PyObject*>region)
            if w.window is None or w.window.overlaps:
                raise UnsupportedError(
                    "an array is written through a view that shows an element several times, or memory beyond that of "
                    "the array the gradient knows: write to a copy")
            w.key = None if basic else frozen(index)
            if s >= 0:
                w.form = form_of(given)
        if memory.kept if memory is not None else is_kept(m, base.v.o):
            w.array, w.key = region, None if basic else frozen(index)
            w.other = np.array(region if basic else plain[index])
        array[index] = content
        if memory is not None:
            begin(m, t, memory, base.v.o)
        elif w.other is None:
            return 0
        slot = tape_side(t, S_WRITE, 1, 2, NULL, <PyObject*>w, f.code_obj, <int>(f.ip - f.c.ins - 1))
        if slot < 0:
            raise MemoryError
        t.slots[side_of(t, slot).first] = memory.slot if memory is not None else -1
        t.slots[side_of(t, slot).first + 1] = s
        t.nwrites += 1
        t.nsaved += w.other is not None
    finally:
        drop(&v)
    return 0


cdef bint is_basic_key(object key):
    """Does an index name a region of the array, rather than single elements of it?"""
    if type(key) is not tuple:
        return issubclass(type(key), index_types) and type(key) is not bool or type(key) is str
    for k in key:
        if not issubclass(type(k), index_types) or type(k) is bool:
            return False
    return True


cdef object region_of(object array, object key):
    """The view that a basic index is for, also if that is of one element."""
    if type(key) is str:  # a field of records
        return array[key]
    key = key if type(key) is tuple else (key,)
    return array[key if any([k is Ellipsis for k in key]) else (*key, Ellipsis)]


cdef int as_operand(Machine* m, Frame* f, Reg* value, Reg* v) except -1:
    """The value as a number or an array; one that is made of active numbers becomes an array of them."""
    cdef Reg own[1]
    copy_reg(v, value)
    if box(v) == NULL:
        return -1
    tp = type(<object>v.v.o)
    if tp is float or tp is int or tp is complex or issubclass(tp, (ndarray, np.generic)):
        return 0
    if v.slot < 0 and contains_active(m, f.level, v.v.o) <= 0:
        return 0
    own[0].tag = NUL
    copy_reg(own, v)
    try:
        call_python(m, f.level, <PyObject*>as_array, own, 1, v)
    finally:
        drop(own)
    return 0


cdef bint loses(object value, object dtype):
    """Is a value rounded when it is stored as that dtype?"""
    kind = value.dtype.kind if hasattr(value, "dtype") else "f" if type(value) is float else \
        "c" if type(value) is complex else "i"
    return dtype.kind in "biu" and kind in "fc" or dtype.kind == "b"


cdef int check_levels(Machine* m, Reg* base, Reg* v) except -1:
    cdef int level
    cdef bint inner = base.slot >= 0 and base.tag >> 8 or v.slot >= 0 and v.tag >> 8
    for level in range(1, m.nlevels):
        inner = inner or keeps(m.levels[level], base.v.o) \
            or input_memory(m.levels[level], base.v.o) is not None
    if inner:
        raise UnsupportedError(
            "an array is written in place inside of a nested gradient, and what it holds is kept or active there: "
            "this version differentiates that at the outermost level only; work on a copy")
    return 0


# -- memory that is written for the first time ---------------------------------------------


cdef Memory memory_to_write(Machine* m, Tape* t, PyObject* array, int slot):
    """The memory behind an array; a new node for what it held if that was a constant."""
    cdef Memory memory
    if slot >= 0:
        memory = memory_at(t, slot, array)
    else:
        memory = input_memory(t, array)
        if memory is None:
            memory = known_memory(m, t, array)
        if memory is None:
            array = root_of(array)
            slot = tape_side(t, S_MEMORY, 1, 0, NULL, NULL, NULL, 0)
            if slot < 0:
                raise MemoryError
            memory = memory_at(t, slot, array)
    if memory is None:
        raise UnsupportedError(
            f"what the gradient depends on is written into an array of dtype {dtype_of(array)}, whose elements "
            "have no derivatives: use an array of floats")
    if memory.owner is None:
        memory.kept = set_has(&t.saved, owner_of(array))
    return memory


cdef PyObject* root_of(PyObject* array) except NULL:
    """The array that has all of the memory."""
    cdef PyObject* owner = owner_of(array)
    if is_array(owner):
        return owner
    if type(<object>owner).__name__ != "PyCapsule":
        raise UnsupportedError(
            "what the gradient depends on is written into an array over the memory of a "
            f"{type(<object>owner).__name__}, which others may read as something else: use an array with memory of "
            "its own")
    while zyg_array_base(array) != owner:
        array = zyg_array_base(array)
    return array


cdef Memory known_memory(Machine* m, Tape* t, PyObject* array):
    """The memory of an active array that shows this one's; None if nobody knows one."""
    if not set_has(&t.saved, owner_of(array)):
        return None
    for slot, other in active_views(m, t, owner_of(array)):
        return memory_at(t, slot, <PyObject*>other)
    return None


cdef list active_views(Machine* m, Tape* t, PyObject* owner):
    """(node, array) of the arrays over a memory that are active at a level: in registers, and on the heap."""
    cdef list out = []
    cdef int i
    cdef PyObject* o
    for i in range(t.map.mask + 1 if t.map.keys != NULL else 0):
        o = t.map.keys[i]
        if o != NULL and is_array(o) and owner_of(o) == owner:
            out.append((t.map.slots[i], <object>o))
    visit_registers(m, t.level, owner, out)
    return out


cdef int visit_registers(Machine* m, int level, PyObject* owner, list out) except -1:
    """Looks inactive arrays over a memory in registers up again; or lists the active ones of a level."""
    cdef Frame* g = m.top
    cdef PyObject* gen
    cdef int i
    while g != NULL:
        visit_frame(m, g, level, owner, out)
        g = g.prev
    for i in range(m.nlevels):
        gen = m.levels[i].generators
        while gen != NULL:
            if (<Generator>gen).frame != NULL:
                visit_frame(m, (<Generator>gen).frame, level, owner, out)
            gen = (<Generator>gen).after
    return 0


cdef bint shows_memory(PyObject* o) noexcept:
    """Is this an object of a C type that goes on reading an array: an iterator, a memoryview?"""
    return Py_TYPE(o) == MEMORYVIEW or Py_TYPE(o) == FLAT or PyIter_Check(o) and not is_plain_iterator(o)


cdef bint shows_active(Machine* m, int level, PyObject* o) except -1:
    cdef int slot
    if Py_TYPE(o) == FLAT:  # which tells the collector nothing
        return known(m, level, <PyObject*>(<object>o).base, &slot) >= 0
    return contains_active(m, level, o) > 0


cdef bint is_plain_iterator(PyObject* o) noexcept:
    """Iterators of ours, which look at what they read, and those of Python code."""
    return Py_TYPE(o) == GENERATOR or (<object>Py_TYPE(o)).__module__ == "zygcore._iteration" \
        or (<object>Py_TYPE(o)).__module__ == "zygcore._pairs" or PyType_GetFlags(Py_TYPE(o)) & HEAPTYPE


cdef int visit_frame(Machine* m, Frame* g, int level, PyObject* owner, list out) except -1:
    cdef int i
    cdef Reg* r
    for i in range(g.c.nconsts, g.c.nregs):
        r = g.regs + i
        if r.tag & 0xFF != OBJ:
            continue
        if not is_array(r.v.o):
            if out is None and r.slot < 0 and shows_memory(r.v.o) and shows_active(m, g.level, r.v.o):
                taint(m, g, r.v.o, g.level, <PyObject*>Py_TYPE(r.v.o), NULL, 0)
            continue
        if owner_of(r.v.o) != owner and (is_array(owner_of(r.v.o)) or out is not None):
            continue
        if out is None:
            if r.slot < 0:
                lookup(m, g.level, r)
        elif r.slot >= 0 and r.tag >> 8 == level:
            out.append((r.slot, <object>r.v.o))
    return 0


cdef int check_alone(Machine* m, Tape* t, Memory memory, PyObject* array) except -1:
    """Memory that is about to be written for the first time must have one derivative, whatever array shows it."""
    cdef PyObject* owner = owner_of(array)
    cdef size_t lo, hi
    cdef list inputs
    if memory.owner is not None:
        return 0
    inputs = (<dict><object>t.roots).get(<size_t>owner, []) if t.roots != NULL else []
    if not inputs and not set_has(&t.saved, owner):
        return 0
    for slot, other in [*active_views(m, t, owner), *inputs]:
        zyg_array_bounds(<PyObject*>other, itemsize_of(<PyObject*>other), &lo, &hi)
        if memory_node(t, slot) != memory.slot and lo < memory.hi and memory.lo < hi:
            raise UnsupportedError(
                "an array is written in place, and its memory is shown by another array with a derivative of its "
                "own (an argument that was passed twice, the value of a rule that returned its argument): copy it")
    return 0


cdef int begin(Machine* m, Tape* t, Memory memory, PyObject* array) except -1:
    """From now on arrays over this memory are looked for by the owner of their memory."""
    cdef PyObject* owner = owner_of(array)
    if memory.owner is not None:
        return 0
    memory.owner = <object>owner
    if t.written == NULL:
        t.written = PyDict_New()
        if t.written == NULL:
            raise MemoryError
    (<dict><object>t.written).setdefault(<size_t>owner, []).append(memory)
    t.nwritten += 1
    if t.heap != NULL:
        more_known(t.heap)
    keep_array(t, <object>array)
    return visit_registers(m, t.level, owner, None)
