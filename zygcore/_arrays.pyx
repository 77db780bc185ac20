"""Memory of arrays that carries derivatives: which arrays show it, and where its cotangent is.

The cotangent of an array's memory is one buffer, its *shadow*, laid out as the memory is.  An array that shows
part of the memory has no cotangent of its own: what arrives for it is added to the shadow at once, through a
`Window` of the same geometry.  A sweep goes backward in time, so at every moment the shadow is the cotangent of
what the memory held then: where something was written into the memory, the shadow's region is its cotangent,
and is set to zero for what was there before.  Versions of arrays need no names.
"""

cimport cython

from ._capi cimport *
from ._hook cimport more_known
from ._structs cimport *
from ._tape cimport *

import numpy as np

from .errors import CotangentError
from .rules.broadcasting import unbroadcast
from .rules.numpy._indexing import lost_elements

cdef enum:
    OWNDATA = 4
    WRITEABLE = 0x400

cdef object add_reduce = np.add.reduce
cdef object ndarray = np.ndarray, generic = np.generic, uint8 = np.dtype(np.uint8), float64 = np.dtype(float)
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>ndarray


cdef bint is_array(PyObject* o) noexcept:
    return Py_TYPE(o) == ARRAY or PyType_IsSubtype(Py_TYPE(o), ARRAY)


# attributes of subclasses may be Python code
cdef object get_dtype = ndarray.__dict__["dtype"].__get__


cdef object dtype_of(PyObject* array):
    return (<object>array).dtype if Py_TYPE(array) == ARRAY else get_dtype(<object>array)


cdef size_t itemsize_of(PyObject* array) except? 0:
    return dtype_of(array).itemsize


cdef bint is_own_array(PyObject* a) noexcept:
    """Is an array that one reference is known to be to seen by nobody else?"""
    return zyg_array_base(a) == NULL and zyg_array_flags(a) & (OWNDATA | WRITEABLE) == OWNDATA | WRITEABLE


cdef bint is_laid_out_as(PyObject* a, PyObject* b) noexcept:
    """Do two arrays have the same shape, strides and type?"""
    cdef int i, n = zyg_array_ndim(a)
    if n != zyg_array_ndim(b) or zyg_array_type(a) != zyg_array_type(b):
        return False
    for i in range(n):
        if zyg_array_dims(a)[i] != zyg_array_dims(b)[i] or zyg_array_strides(a)[i] != zyg_array_strides(b)[i]:
            return False
    return True


cdef bint same_array(PyObject* a, PyObject* b) noexcept:
    """Do two arrays show the same elements in the same order?"""
    cdef int i, n = zyg_array_ndim(a)
    if zyg_array_data(a) != zyg_array_data(b) or n != zyg_array_ndim(b):
        return False
    for i in range(n):
        if zyg_array_dims(a)[i] != zyg_array_dims(b)[i] or zyg_array_strides(a)[i] != zyg_array_strides(b)[i]:
            return False
    return dtype_of(a) == dtype_of(b)


cdef tuple shape_in(PyObject* a):
    return tuple([zyg_array_dims(a)[i] for i in range(zyg_array_ndim(a))])


cdef tuple strides_in(PyObject* a):
    return tuple([zyg_array_strides(a)[i] for i in range(zyg_array_ndim(a))])


# -- memory and what shows it ------------------------------------------------------


@cython.final
cdef class Memory:
    """The memory of an array, as far as the array shows it."""


@cython.final
cdef class Window:
    """What an array shows of a memory."""


cdef Memory new_memory(PyObject* array, int slot):
    """The memory of an array whose node is `slot`; None if its elements have no cotangents."""
    cdef Memory out
    dtype = dtype_of(array)
    kind = dtype.kind
    if kind not in "fciu" and dtype.names is None:
        return None
    out = Memory()
    out.slot = slot
    zyg_array_bounds(array, dtype.itemsize, &out.lo, &out.hi)
    out.data = zyg_array_data(array)
    out.kind = MEMORY_OF_INTS if kind in "iu" else MEMORY_OF_FLOATS if kind in "fc" else MEMORY_OF_RECORDS
    out.scale = 8 // <Py_ssize_t>dtype.itemsize if kind in "iu" else 1
    out.dtype = float64 if kind in "iu" else dtype
    out.shape, out.strides = shape_in(array), strides_in(array)
    return out


cdef Memory memory_at(Tape* t, int slot, PyObject* array):
    """The memory behind a node that is the value of an array; None if there is none with cotangents."""
    cdef Side* side
    if t.last_memory != NULL and t.last_root == slot:
        return <Memory>t.last_memory
    side = side_of(t, slot)
    if side != NULL and side.kind == S_VIEW:
        return (<Window>side.obj).memory
    if t.memories == NULL:
        t.memories = PyDict_New()
        if t.memories == NULL:
            raise MemoryError
    memories = <dict><object>t.memories
    found = memories.get(slot)
    if found is None:
        found = new_memory(array, slot)
        if found is not None:
            memories[slot] = found
    if found is not None:
        t.last_memory, t.last_root = <PyObject*>found, slot
    return found


cdef Window window_of(Memory memory, PyObject* array):
    """What an array shows of a memory; None if it shows something else, too, or not as numbers."""
    cdef Window out
    cdef size_t lo, hi
    dtype = dtype_of(array)
    kind = dtype.kind
    zyg_array_bounds(array, dtype.itemsize, &lo, &hi)
    if lo < memory.lo or hi > memory.hi or kind not in "fciu" and (memory.kind != MEMORY_OF_RECORDS or not dtype.names):
        return None
    if memory.kind == MEMORY_OF_INTS:
        if kind not in "iu" or 8 // <Py_ssize_t>dtype.itemsize != memory.scale:
            return None
    elif memory.kind == MEMORY_OF_FLOATS:
        if kind not in "fc" or as_parts(dtype) != as_parts(memory.dtype):
            return None
    elif kind in "iu" and dtype.itemsize != 8:
        return None
    out = Window()
    out.memory = memory
    out.offset = <Py_ssize_t>(zyg_array_data(array) - memory.lo)
    out.dtype = float64 if kind in "iu" else dtype
    out.shape, out.strides = shape_in(array), strides_in(array)
    out.overlaps = overlaps(array, dtype.itemsize)
    return out


cdef Window whole_window(Memory memory):
    """The window of the root."""
    cdef Window out = Window()
    out.memory = memory
    out.offset = <Py_ssize_t>(memory.data - memory.lo)
    out.shape, out.strides, out.dtype = memory.shape, memory.strides, memory.dtype
    return out


cdef Window moved_window(Window w, Memory memory):
    """The same elements as another level knows their memory."""
    cdef Window out = Window()
    out.memory = memory
    out.offset = w.offset + <Py_ssize_t>w.memory.lo - <Py_ssize_t>memory.lo
    out.shape, out.strides, out.dtype, out.overlaps = w.shape, w.strides, w.dtype, w.overlaps
    return out


cdef object as_parts(object dtype):
    """The real numbers that numbers of a dtype are made of."""
    return np.dtype(dtype.char.lower()) if dtype.kind == "c" else dtype


cdef bint overlaps(PyObject* array, Py_ssize_t itemsize):
    """May an element be in several places of an array?"""
    cdef Py_ssize_t end = itemsize
    if any([zyg_array_dims(array)[i] == 0 for i in range(zyg_array_ndim(array))]):
        return False
    steps = sorted([(abs(zyg_array_strides(array)[i]), zyg_array_dims(array)[i])
                    for i in range(zyg_array_ndim(array)) if zyg_array_dims(array)[i] != 1])
    for stride, n in steps:
        if stride < end:
            return True
        end += stride * (n - 1)
    return False


cdef int view_slot(Tape* t, Memory memory, Window w) except -2:
    """A node for an array that shows part of a memory."""
    cdef int slot = tape_side(t, S_VIEW, 1, 1, NULL, <PyObject*>w, NULL, 0)
    if slot < 0:
        raise MemoryError
    t.slots[side_of(t, slot).first] = memory.slot
    return slot


cdef int shared_slot(Tape* t, int slot, PyObject* array, PyObject* view) except -2:
    """A node for a view of an array whose node is `slot`; -1: it is no view of it, or one of another kind."""
    cdef Memory memory
    cdef Window w
    cdef Side* side = side_of(t, slot)
    if side == NULL or side.kind == S_POISON or owner_of(array) != owner_of(view):
        return -1
    memory = memory_at(t, slot, array)
    w = window_of(memory, view) if memory is not None else None
    return -1 if w is None else view_slot(t, memory, w)


# -- memory that was written, and inputs --------------------------------------------


cdef Memory written_memory(Tape* t, PyObject* array):
    """The memory that an array shows, if it was written; None."""
    cdef Memory memory
    cdef size_t lo, hi
    cdef PyObject* owner
    if t.nwritten == 0:
        return None
    owner = owner_of(array)
    found = (<dict><object>t.written).get(<size_t>owner)
    if found is None:
        if is_array(owner):
            return None
        found = [one for several in (<dict><object>t.written).values() for one in several]  # by address
    zyg_array_bounds(array, itemsize_of(array), &lo, &hi)
    for memory in found:
        if memory.lo < hi and lo < memory.hi:
            return memory
    return None


cdef int written_slot(Tape* t, PyObject* array) noexcept:
    """The node of an array that nobody knows, over memory that was written; -1."""
    try:
        return found_slot(t, array)
    except BaseException as e:
        PyErr_WriteUnraisable(<PyObject*>e)
        return -1


cdef int found_slot(Tape* t, PyObject* array) except -2:
    cdef Memory memory = written_memory(t, array)
    cdef Window w
    cdef int slot
    if memory is None:
        return -1
    w = window_of(memory, array)
    if w is not None:
        slot = view_slot(t, memory, w)
    else:
        what = ("an array shows memory that was written, and shows it as something else or together with other memory",
                "Copy it before it is written.")
        slot = tape_side(t, S_POISON, 1, 0, NULL, <PyObject*>what, NULL, 0)
        if slot < 0:
            raise MemoryError
        t.npoison += 1
    if map_put(t, array, slot) < 0:
        raise MemoryError
    return slot


cdef int note_input(Tape* t, PyObject* array, int slot) except -1:
    """An array that is an input, or in one: its memory may be written through another name."""
    if t.roots == NULL:
        t.roots = PyDict_New()
        if t.roots == NULL:
            raise MemoryError
        if t.heap != NULL:
            more_known(t.heap)
    (<dict><object>t.roots).setdefault(<size_t>owner_of(array), []).append((slot, <object>array))
    return 0


# -- cotangents ----------------------------------------------------------------------


@cython.final
cdef class Shadow:
    """The cotangent of a memory, laid out as the memory is: `whole` is that of the root."""

    def __cinit__(self, Memory memory, start):
        strides = tuple([s * memory.scale for s in memory.strides])
        self.memory = memory
        extent = (memory.hi - memory.lo) * memory.scale
        self.buffer = np.zeros(extent, uint8)
        self.data = <char*>zyg_array_data(<PyObject*>self.buffer)
        self.whole = ndarray(memory.shape, memory.dtype, self.buffer, (memory.data - memory.lo) * memory.scale, strides)
        if start is not None:
            self.add(start)

    cdef object region(self, Window w):
        cdef Py_ssize_t scale = self.memory.scale
        strides = tuple([s * scale for s in w.strides]) if scale != 1 else w.strides
        return ndarray(w.shape, w.dtype, self.buffer, w.offset * scale, strides)

    cdef object finished(self):
        """The cotangent of the root, as a gradient."""
        cdef object out = self.whole
        return out if out.flags.c_contiguous or out.flags.f_contiguous else out.copy()

    cdef int add(self, object v) except -1:
        add_to(self.whole, v)
        return 0

    cdef int add_region(self, Window w, object v) except -1:
        cdef object region = self.region(w)
        if not w.overlaps:
            add_to(region, v)
            return 0
        # an axis without a stride shows the same elements again and again
        axes = tuple([i for i, s in enumerate(w.strides) if s == 0 and w.shape[i] != 1])
        v = np.sum(fitted(region, v), axis=axes, keepdims=True)
        region = region[tuple([slice(1) if i in axes else slice(None) for i in range(len(w.shape))])]
        starts = np.zeros(region.shape, np.intp)
        for i, stride in enumerate(region.strides):
            starts += np.arange(region.shape[i]).reshape((-1,) + (1,) * (region.ndim - 1 - i)) * stride
        starts += w.offset * self.memory.scale
        # every element by itself: those that are seen several times get all of it
        order, at = np.unique(starts, return_inverse=True)
        sums = np.zeros(order.shape, w.dtype)
        np.add.at(sums, at.reshape(v.shape), v)
        size = w.dtype.itemsize
        bytes_at = order[:, None] + np.arange(size)
        self.buffer[bytes_at] = (self.buffer[bytes_at].reshape(-1).view(w.dtype) + sums).view(uint8).reshape(-1, size)
        return 0


cdef object fitted(object region, object v):
    """A cotangent as an array that can be added to a region."""
    if type(v) is not ndarray:
        v = np.asarray(v)
    if v.dtype.kind == "c" and region.dtype.kind != "c":
        v = v.real
    if v.shape != region.shape:
        if v.dtype.kind not in "fciub":
            raise CotangentError(
                f"a cotangent of type {type(v).__name__} arrived for an array whose memory is written or seen in parts")
        v = unbroadcast(v, region.shape)
    return v


cdef int add_to(object region, object v) except -1:
    np.add(region, fitted(region, v), out=region, casting="unsafe")
    return 0


# -- writes ----------------------------------------------------------------------------


cdef tuple form_of(object value):
    """What the cotangent of a value is to be like."""
    tp = type(value)
    if tp is float or tp is int or tp is complex:
        return tp, (), None
    dtype = value.dtype
    return generic if issubclass(tp, generic) else ndarray, value.shape, float64 if dtype.kind in "biu" else dtype


cdef object summed(object dv, tuple shape):
    """A cotangent summed over the axes that broadcasting added or stretched."""
    cdef int i, n = zyg_array_ndim(<PyObject*>dv) if Py_TYPE(<PyObject*>dv) == ARRAY else -1
    cdef int added = n - <int>len(shape)
    if shape == ():
        return np.asarray(add_reduce(dv, None))
    if added < 0:
        return np.asarray(unbroadcast(dv, shape))
    axes = tuple([i for i in range(n) if i < added or shape[i - added] == 1 and zyg_array_dims(<PyObject*>dv)[i] != 1])
    if axes:
        dv = add_reduce(dv, axes, None, None, True)
    return dv if not added else dv.reshape(shape)


cdef object formed(object dv, tuple form):
    """The cotangent `dv` of what was broadcast from a value of that form."""
    tp, shape, dtype = form
    if dtype is None:
        dv = add_reduce(dv, None).item()
        return dv.real if tp is not complex and isinstance(dv, complex) else dv
    dv = summed(dv, shape)
    if dv.dtype.kind == "c" and dtype.kind != "c":
        dv = dv.real
    dv = dv.astype(dtype, copy=False)
    return dv[()] if tp is generic else dv


@cython.final
cdef class Geometry:
    """The shape or dtype of an array, as they were."""
    def __init__(self, name, value):
        self.name, self.value = name, value

    def exchanged(self, array):
        now = Geometry(self.name, getattr(array, self.name))
        set_quietly(array, self.name, self.value)
        return now


cdef int set_quietly(object array, str name, object value) except -1:
    """``array.name = value`` where it is not the program that does it: NumPy 2.5 warns of that."""
    setter = getattr(array, "_set_" + name, None)
    if setter is None:
        setattr(array, name, value)
    else:
        setter(value)
    return 0


@cython.final
cdef class Write:
    """One write into memory: what was written where, and what was there before, if a pullback needs it.

    window : of what was written, or of the array that `key` (an index with arrays in it) is for; None if
        the memory carries no derivatives
    form : of the value, None if it has none
    array, other : the written array, and the old content until `swap` exchanges them
    """

    cdef object take(self, Shadow shadow):
        """The cotangent of the value; that of the memory is zero there from now on."""
        region = shadow.region(self.window)
        dv = None
        if self.form is not None:
            dv = np.array(region) if self.key is None else np.array(region[self.key])
            lost = None if self.key is None else lost_elements(region.shape, self.key, dv.shape)
            if lost is not None:
                dv[lost] = 0
            dv = formed(dv, self.form)
        region[... if self.key is None else self.key] = 0
        return dv

    cdef int give(self, Shadow shadow, object v) except -1:
        """The tangent of the value becomes that of the memory there; None: zero."""
        region = shadow.region(self.window)
        if v is None:
            v = 0
        elif type(v) is not float and region.dtype.kind != "c":
            v = v.real if type(v) is ndarray else np.real(v)
        region[... if self.key is None else self.key] = v
        return 0

    cdef int swap(self) except -1:
        """Exchanges the content of the memory with what was kept."""
        if type(self.other) is Geometry:
            self.other = (<Geometry>self.other).exchanged(self.array)
            return 0
        key = ... if self.key is None else self.key
        now = np.array(self.array[key])
        self.array[key] = self.other
        self.other = now
        return 0
