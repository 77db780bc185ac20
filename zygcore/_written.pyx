"""Memory that is written for the first time, at some level: whose derivative it has, and who sees it.

From then on arrays over it are found by the owner of their memory, whatever they were before.
"""

from ._array_iterators cimport is_array_iterator
from ._arrays cimport *
from ._capi cimport *
from ._entry cimport machine
from ._generators cimport Generator
from ._hook cimport more_known
from ._kept cimport is_pointer, keep_array
from ._library_memory cimport is_library_array, keep_library_array, kept_library_arrays, shares_memory
from ._machine cimport *
from ._methods cimport HEAPTYPE, has_python_method
from ._nodes cimport keep
from ._poison cimport taint
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import gc
import sys

import numpy as np

from ._memory import alive
from ._shown import arrays_of
from .errors import UnsupportedError

cdef dict modules = sys.modules
cdef str NEXT = "__next__"
cdef PyTypeObject* MEMORYVIEW = <PyTypeObject*><PyObject*>memoryview
cdef PyTypeObject* FLAT = <PyTypeObject*><PyObject*>np.flatiter
# they read what Python code has put somewhere as objects
cdef set simple_types = {type(iter(x)) for x in ([], (), {}, set(), range(0), "", b"", {}.values(), {}.items())}
cdef PyTypeObject* GENERATOR = <PyTypeObject*><PyObject*>Generator


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
            note_outer(m, t, slot, array)
            memory = memory_at(t, slot, array)
    if memory is None:
        raise UnsupportedError(
            f"what the gradient depends on is written into an array of dtype {dtype_of(array)}, whose elements "
            "have no derivatives: use an array of floats")
    if memory.owner is None:
        memory.kept = set_has(&t.saved, owner_of(array)) or shares_memory(t, array) > 0
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


cdef int refresh_buffer(Machine* m, Frame* f, Reg* r) except -1:
    """An object that shows memory without being an array is about to be read: something active may be there now."""
    if r.slot < 0 and r.tag & 0xFF == OBJ and has_written(m) and is_buffer(r.v.o) and shows_written(m, f.level, r.v.o):
        taint(m, f, r.v.o, f.level, <PyObject*>Py_TYPE(r.v.o), NULL, 0)
        lookup(m, f.level, r)
    return 0


cdef bint is_buffer(PyObject* o) noexcept:
    """A memoryview, ``array.flat``, or an object of ctypes, which is not imported for that."""
    if Py_TYPE(o) == MEMORYVIEW or Py_TYPE(o) == FLAT:
        return True
    if not PyType_GetFlags(Py_TYPE(o)) & HEAPTYPE:
        return False
    ctypes = modules.get("_ctypes")
    return ctypes is not None and isinstance(<object>o, ctypes.Structure.__mro__[-2])


cdef bint has_written(Machine* m) noexcept:
    cdef int level
    for level in range(m.nlevels):
        if m.levels[level].nwritten:
            return True
    return False


cdef bint shows_written(Machine* m, int level, PyObject* o) except -1:
    cdef int slot
    if Py_TYPE(o) == FLAT:  # which tells the collector nothing
        return known(m, level, <PyObject*>(<object>o).base, &slot) >= 0
    if is_pointer(<object>o):
        return True  # it may point anywhere
    try:
        with memoryview(<object>o) as view:
            if view.c_contiguous:
                shown = np.frombuffer(view, np.uint8)
                return known(m, level, <PyObject*>shown, &slot) >= 0
    except (TypeError, ValueError, BufferError):  # what NumPy cannot read
        return True
    return contains_active(m, level, o) > 0


cdef int refresh_iterator(Machine* m, Frame* f, Reg* r) except -1:
    """An iterator of C's that is about to be asked: something active may have been written into what it reads.

    Those in registers are told when that happens; this one may have been in a container.
    """
    if r.slot >= 0 or r.tag & 0xFF != OBJ or type(<object>r.v.o) in simple_types or not has_written(m):
        return 0
    if is_buffer(r.v.o):
        return refresh_buffer(m, f, r)
    if shows_memory(r.v.o) and goes_on_reading(<object>r.v.o, NULL, m, f.level):
        taint(m, f, r.v.o, f.level, <PyObject*>Py_TYPE(r.v.o), NULL, 0)
        lookup(m, f.level, r)
    return 0


cdef bint goes_on_reading(object x, PyObject* owner, Machine* m, int level) except -1:
    """Does an iterator or memoryview, or an iterator that it takes items from, read an array over a memory?

    Without `owner`: one that is active at a visible level.
    """
    cdef int slot
    cdef list todo = [x]
    cdef object part, inside
    while todo:
        x = todo.pop()
        for part in arrays_of(x) if is_array_iterator(<PyObject*>x) else gc.get_referents(x):
            if is_array(<PyObject*>part):
                if owner != NULL and owner_of(<PyObject*>part) == owner:
                    return True
                if owner == NULL and known(m, level, <PyObject*>part, &slot) >= 0:
                    return True
            elif type(part) is tuple:  # the iterators of `zip`; its items are known by themselves
                todo += [inside for inside in part if PyIter_Check(<PyObject*>inside)]
            elif PyIter_Check(<PyObject*>part) or type(part).__name__ == "managedbuffer":
                todo.append(part)
            elif is_buffer(<PyObject*>part) and shows_written(m, level, <PyObject*>part):
                return True
    return False


cdef bint is_plain_iterator(PyObject* o) noexcept:
    """Iterators of ours, which look at what they read, and those of Python code."""
    return Py_TYPE(o) == GENERATOR or (<object>Py_TYPE(o)).__module__ == "zygcore._iteration" \
        or (<object>Py_TYPE(o)).__module__ == "zygcore._pairs" or has_python_method(o, <PyObject*>NEXT)


cdef int visit_frame(Machine* m, Frame* g, int level, PyObject* owner, list out) except -1:
    cdef int i, i_slot
    cdef Reg* r
    for i in range(g.c.nconsts, g.c.nregs):
        r = g.regs + i
        if r.tag & 0xFF != OBJ:
            continue
        if not is_array(r.v.o):
            if out is None and r.slot < 0 and is_library_array(r.v.o):
                lookup(m, g.level, r)
            elif out is None and r.slot < 0 and shows_memory(r.v.o) \
                    and goes_on_reading(<object>r.v.o, owner, m, g.level):
                taint(m, g, r.v.o, g.level, <PyObject*>Py_TYPE(r.v.o), NULL, 0)
            continue
        if owner_of(r.v.o) != owner and (is_array(owner_of(r.v.o)) or out is not None):
            continue
        if out is None:
            if r.slot < 0 or r.tag >> 8 < level:
                lookup(m, g.level, r)
        else:
            i_slot = slot_at(m, level, r)
            if i_slot >= 0:
                out.append((i_slot, <object>r.v.o))
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
    show_inside(m, t, memory, owner)
    return visit_registers(m, t.level, owner, None)


cdef int count_write(Machine* m, PyObject* array) except -1:
    """Counts, if a pullback of an inner level wants to know."""
    if m.counts != NULL:
        owner = <size_t>owner_of(array)
        counts = <dict><object>m.counts
        counts[owner] = counts.get(owner, 0) + 1
    return 0


def writes_to(array):
    """How often the memory of an array was written since a pullback of an inner level was made."""
    cdef Machine* m = machine()
    return (<dict><object>m.counts).get(<size_t>owner_of(<PyObject*>array), 0) if m.counts != NULL else 0


cdef list watch_arrays(Machine* m, Tape* t):
    """The arrays that the pullback of an inner level keeps, which the levels around it note to be kept, too."""
    cdef list out = []
    cdef int level = t.parent
    for array in alive(<object>t.watched):
        owner = <object>owner_of(<PyObject*>array)
        if not array.flags.writeable and is_array(<PyObject*>owner):
            array = owner
        if array.flags.writeable and not dtype_of(<PyObject*>array).hasobject:
            out.append(array)
            if level >= 0:
                keep(m.levels[level], array)
    if level >= 0:
        for array in kept_library_arrays(t):
            keep_library_array(m.levels[level], <PyObject*>array, True)  # their writes are not counted, but refused
    if m.counts == NULL:
        m.counts = PyDict_New()
        if m.counts == NULL:
            raise MemoryError
    return out


# -- levels ------------------------------------------------------------------------------


cdef int slot_at(Machine* m, int level, Reg* r) noexcept:
    """The slot of a value at a level that is visible where it is; -1: it is a constant there."""
    cdef Reg own = r[0]
    while own.slot >= 0 and own.tag >> 8 > level:
        outer_of(m, &own)
    return own.slot if own.slot >= 0 and own.tag >> 8 == level else -1


cdef int note_outer(Machine* m, Tape* t, int slot, PyObject* array) except -1:
    """Notes what an array is further out than the level where a node was made for it."""
    cdef Reg r
    if t.level == 0:
        return 0
    r.tag, r.slot, r.v.o = OBJ, -1, array
    lookup(m, t.parent, &r)
    return set_outer(t, slot, &r)


cdef int show_inside(Machine* m, Tape* t, Memory memory, PyObject* owner) except -1:
    """Nodes of inner levels for memory that carries derivatives at an outer one, too, from now on."""
    cdef Tape* inner
    cdef Window w
    cdef Reg r
    cdef int level, i
    for level in range(t.level + 1, m.nlevels):
        inner = m.levels[level]
        if inner.parent != t.level or inner.nwritten == 0:
            continue
        for known_there in (<dict><object>inner.written).get(<size_t>owner, ()):
            for i in range(inner.n):
                w = window_there(inner, i, <Memory>known_there)
                if w is None or inner.outer[i].slot >= 0:
                    continue
                r.tag, r.v.o = OBJ | t.level << 8, NULL
                r.slot = view_slot(t, memory, moved_window(w, memory))
                set_outer(inner, i, &r)
    return 0


cdef Window window_there(Tape* t, int i, Memory memory):
    """What a node shows of a memory; None: it is a node for something else."""
    cdef Side* side = side_of(t, i)
    if i == memory.slot:
        return whole_window(memory)
    if side == NULL or side.kind != S_VIEW or (<Window>side.obj).memory is not memory:
        return None
    return <Window>side.obj
