"""Writes into arrays that carry derivatives, or that pullbacks keep: done, and recorded.

All ways to write into an array come down to ``array[key] = value``: operators in place, ``out=``, methods
like `fill` are Python equivalents made of it (`rules.numpy._inplace`).
"""

from ._arrays cimport *
from ._capi cimport *
from ._frames cimport call_python
from ._kept cimport is_kept, is_referred, keeps
from ._library_memory cimport ACTIVE, shares_memory
from ._poison cimport poison_levels
from ._machine cimport *
from ._methods cimport borrowed, has_python_method
from ._structs cimport *
from ._tape cimport *
from ._values cimport *
from ._written cimport *

import numpy as np

from ._shown import arrays_of, part_of
from .errors import UnsupportedError
from .rules.numpy import _inplace
from .rules.numpy._indexing import frozen

cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>np.ndarray
cdef PyTypeObject* NDITER = <PyTypeObject*><PyObject*>np.nditer
cdef object ndarray = np.ndarray, as_array = _inplace.as_array, copy_of = _inplace.copy_of
# what a value is made of that was never seen
cdef object NOTHING = object()
cdef str GETITEM = "__getitem__", ITEMS_OF_NUMPY = "__items_of_numpy__"
cdef object set_item_function = _inplace.set_item
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


cdef bint as_numpy(Frame* f, PyObject* o) noexcept:
    """Is it an array in what stands for C code of NumPy's, which calls no methods of its class?

    Modules of ours say so by a name.
    """
    return is_array(o) and PyDict_GetItemWithError(f.globals, <PyObject*>ITEMS_OF_NUMPY) != NULL


# -- the write itself ------------------------------------------------------------------


cdef int write_item(Machine* m, Frame* f, Reg* base, Reg* key, Reg* value) except -1:
    """``array[key] = value``"""
    cdef Reg v
    cdef int level
    cdef list writes = []
    cdef Reg own
    if base.slot < 0 and Py_TYPE(owner_of(base.v.o)) == NDITER:
        operand = operand_part(<object>owner_of(base.v.o), <object>base.v.o)
        own = borrowed(<PyObject*>operand)
        lookup(m, f.level, &own)
        base = &own
    array, index = <object>base.v.o, <object>box(key)
    if base.slot < 0 and has_objects(base.v.o) and not is_known(m, base.v.o):
        return store_object(m, array, index, value)
    check_target(m, base)
    v.tag, v.slot = NUL, -1
    try:
        as_operand(m, f, value, &v)
        check_levels(m, f.level, base)
        content = <object>box(value)
        basic = is_basic_key(index)
        plain = array if Py_TYPE(base.v.o) == ARRAY else ndarray.view(array, ndarray)
        region = region_of(plain, index) if basic else plain
        if basic and has_python_method(base.v.o, <PyObject*>GETITEM) \
                and (f.func == <PyObject*>set_item_function or not as_numpy(f, base.v.o)):
            region = own_region(array, index, region)
        if basic and issubclass(type(content), ndarray) and same_array(<PyObject*>region, <PyObject*>content):
            return 0  # what was changed in place is stored where it was
        for level in visible_levels(m, f.level):
            w = prepared(m, level, base, &v, region, None if basic else frozen(index))
            if w is not None:
                writes.append((level, w))
        if basic and region.ndim:
            region[...] = content
        else:
            plain[index] = content  # whatever its class has
        for level, w in writes:
            record_write(m, f, level, <Write>w)
        count_write(m, base.v.o)
    finally:
        drop(&v)
    return 0


cdef object own_region(object array, object index, object region):
    """NumPy writes a region into what the class of an array gives for it, which may have another form."""
    if region.ndim == 0 and Ellipsis not in (index if type(index) is tuple else (index,)):
        return region  # a single element
    view = array[index]
    if issubclass(type(view), ndarray):
        view = ndarray.view(view, ndarray)
    if type(view) is not ndarray or owner_of(<PyObject*>view) != owner_of(<PyObject*>region):
        raise UnsupportedError(
            f"items of a {type(array).__name__} are written, whose `__getitem__` gives something else than a view of "
            "them: write to `np.asarray` of it")
    return view


cdef bint is_known(Machine* m, PyObject* array) except -1:
    """Does a pullback keep an array, or is it part of an input?"""
    cdef int level
    for level in range(m.nlevels):
        if input_memory(m.levels[level], array) is not None:
            return True
    return is_kept(m, array)


cdef int store_object(Machine* m, object array, object index, Reg* value) except -1:
    """``array[index] = value`` in an array of objects, which are known by identity as those in a list."""
    cdef PyObject* o = escape(m, value)
    if o == NULL:
        return -1
    item = <object>o
    array[index] = item
    stored = array[index]
    given = {id(item)} if type(item) not in (list, tuple) else {id(part) for part in item}
    if stored is not item and (type(stored) is not ndarray or {id(x) for x in stored.ravel().tolist()} - given):
        raise UnsupportedError(
            "numbers that the gradient depends on are stored in an array of objects as other objects: store them one "
            "by one, or use an array of numbers")
    return 0


cdef object operand_part(object iterator, object array):
    """An array that a `nditer` gave while nothing was active, as a view of the operand that it shows."""
    for operand in arrays_of(iterator):
        part = part_of(operand, array)
        if part is not array and not operand.flags.writebackifcopy:
            return part
    return array


cdef int written_by_others(Machine* m, Frame* f, Reg* base, object before, int level, str by) except -1:
    """C code has written into an array that held `before`; with `level` >= 0 something that depends on the inputs.

    What was there is saved, and what is there now is poisoned, or a constant.
    """
    cdef Reg poison
    cdef Write w
    cdef Memory memory = None
    cdef Tape* t = m.levels[0]
    if m.nlevels > 1 and base.slot < 0 and level < 0 and is_array(owner_of(base.v.o)) and not is_referred(m, base.v.o):
        return 0
    if m.nlevels > 1 or dtype_of(base.v.o).hasobject or not is_array(owner_of(base.v.o)) and is_kept(m, base.v.o):
        raise UnsupportedError(
            f"{by} wrote into an array what the gradient depends on, or overwrote what it depends on: what is read "
            "from the array would not be differentiated. Pass it a copy")
    poison.slot = -1
    if level >= 0:
        poison.tag, poison.v.o = OBJ, <PyObject*>NOTHING
        poison_levels(m, &poison, 0, <PyObject*>by, f.code_obj, pc_of(f))
    w = Write()
    w.value = poison.slot
    array = ndarray.view(<object>base.v.o, ndarray)
    if base.slot >= 0 or poison.slot >= 0 or input_memory(t, base.v.o) is not None:
        if base.slot < 0 and dtype_of(base.v.o).kind not in "fciuV":
            return 0  # no derivative can come from what is there
        memory = memory_to_write(m, t, base.v.o, base.slot)
        check_alone(m, t, memory, base.v.o)
        begin(m, t, memory, base.v.o)
        w.window = window_of(memory, <PyObject*>array)
        if w.window is None or w.window.overlaps:
            raise UnsupportedError(f"{by} wrote through a view that shows an element several times: pass it a copy")
    if memory.kept if memory is not None else keeps(t, base.v.o):
        w.array, w.other = array, np.array(before)
    elif memory is None:
        return 0
    count_write(m, base.v.o)
    return record_write(m, f, 0, w)


cdef list visible_levels(Machine* m, int level):
    """The levels that are visible from one, the outermost first: inner nodes note what they are further out."""
    cdef list out = []
    while level >= 0:
        out.append(level)
        level = m.levels[level].parent
    out.reverse()
    return out


cdef int check_target(Machine* m, Reg* base) except -1:
    cdef int level
    if dtype_of(base.v.o).hasobject:
        raise UnsupportedError(
            "an array of objects is written, and the array or what is written depends on what the gradient is taken "
            "with respect to: use a list, or an array of numbers")
    for level in range(m.nlevels):
        if shares_memory(m.levels[level], base.v.o) == ACTIVE:
            raise UnsupportedError(
                "an array is written whose memory is that of a tensor too, and the gradient depends on the tensor, or "
                "a pullback needs it: write to a copy")
    if base.slot < 0 and not is_array(owner_of(base.v.o)) and is_kept(m, base.v.o):
        raise UnsupportedError(
            f"an array over the memory of a {type(<object>owner_of(base.v.o)).__name__} is written, and an earlier "
            "operation keeps that memory, or it carries derivatives: write to an array with memory of its own")
    return 0


cdef Write prepared(Machine* m, int level, Reg* base, Reg* v, object region, object key):
    """What is about to be written, as one level has to record it; None: that level need not know.

    What is there now is saved if the level keeps it: an inner level's copy is made under the levels around it.
    """
    cdef Tape* t = m.levels[level]
    cdef Write w = Write()
    cdef Memory memory = None
    cdef int slot = slot_at(m, level, base), s = slot_at(m, level, v)
    if s >= 0 and loses(<object>v.v.o, dtype_of(base.v.o)):
        s = -1
    if slot >= 0 or s >= 0 or input_memory(t, base.v.o) is not None:
        memory = memory_to_write(m, t, base.v.o, slot)
        check_alone(m, t, memory, base.v.o)
        begin(m, t, memory, base.v.o)
        w.window = window_of(memory, <PyObject*>region)
        if w.window is None or w.window.overlaps:
            raise UnsupportedError(
                "an array is written through a view that shows an element several times, or memory beyond that of "
                "the array the gradient knows: write to a copy")
        if s >= 0:
            w.form = form_of(<object>v.v.o)
    w.value = s
    w.key = key
    if memory.kept if memory is not None else keeps(t, base.v.o):
        w.array = region
        w.other = saved_content(m, t, region, key)
    elif memory is None:
        return None
    return w


cdef object saved_content(Machine* m, Tape* t, object region, object key):
    """A copy of what is about to be overwritten."""
    cdef Reg args[2]
    cdef Reg out
    if t.level == 0:
        return np.array(region if key is None else region[key])
    out.tag = args[0].tag = args[1].tag = NUL
    Py_INCREF(<PyObject*>region)
    load(m, t.parent, args, <PyObject*>region)
    put_new(args + 1, <PyObject*>(Ellipsis if key is None else key))
    try:
        call_python(m, t.parent, <PyObject*>copy_of, args, 2, &out)
        return escaped(m, &out)
    finally:
        drop(args)
        drop(args + 1)
        drop(&out)


cdef int record_write(Machine* m, Frame* f, int level, Write w) except -1:
    cdef Tape* t = m.levels[level]
    cdef Memory memory = w.window.memory if w.window is not None else None
    cdef int slot
    slot = tape_side(t, S_WRITE, 1, 2, NULL, <PyObject*>w, f.code_obj, pc_of(f))
    if slot < 0:
        raise MemoryError
    t.slots[side_of(t, slot).first] = memory.slot if memory is not None else -1
    t.slots[side_of(t, slot).first + 1] = w.value
    t.nwrites += 1
    t.nsaved += w.other is not None
    return set_outer(t, slot, NULL)


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


cdef int check_levels(Machine* m, int innermost, Reg* base) except -1:
    """Levels that are not visible here must have nothing to do with the array, unless they are being swept."""
    cdef int level, at
    for level in range(m.nlevels):
        at = innermost
        while at > level:
            at = m.levels[at].parent
        if at != level and not m.levels[level].sweeping and (
                keeps(m.levels[level], base.v.o) or input_memory(m.levels[level], base.v.o) is not None):
            raise UnsupportedError(
                "a rule writes into an array that an inner gradient keeps, or takes derivatives with respect to: let "
                "it work on a copy")
    return 0
