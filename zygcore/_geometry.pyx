"""Arrays that get another shape or dtype in place: ``a.shape = ...``.

The array is a view of its memory from then on, like one that `reshape` gives.  It is the same object, so what a
pullback keeps of it changes with it: the sweep gives it the old form when it gets to that place, as it brings back
contents that were overwritten, and at its end the new one.
"""

from ._arrays cimport *
from ._assign cimport check_levels, record_write, visible_levels
from ._capi cimport *
from ._generators cimport Generator
from ._kept cimport is_kept, keeps
from ._machine cimport *
from ._structs cimport *
from ._tape cimport *
from ._values cimport *
from ._written cimport input_memory, slot_at

from .errors import UnsupportedError


cdef int set_geometry(Machine* m, Frame* f, Reg* base, str name, object value) except -1:
    """``array.name = value`` where the array carries derivatives, or a pullback keeps it."""
    cdef Tape* t
    cdef Memory memory
    cdef Write w
    cdef int level
    cdef list found = [], windows = []
    array = <object>base.v.o
    if base.slot < 0:
        lookup(m, f.level, base)
    check_levels(m, f.level, base)
    if dtype_of(base.v.o).hasobject or m.counts != NULL and not array.flags.writeable and is_kept(m, base.v.o):
        refuse(name)  # of read-only arrays an inner pullback keeps what they are views of
    for level in visible_levels(m, f.level):
        t = m.levels[level]
        slot = slot_at(m, level, base)
        memory = known_memory(t, slot, base.v.o, name)
        if memory is not None or keeps(t, base.v.o):
            found.append((level, memory))
    before = getattr(array, name)
    if (<object>f.globals).get("__name__", "") == "zygcore._nested":  # a sweep, which is not the program
        set_quietly(array, name, value)
    else:
        setattr(array, name, value)
    for _, memory in found:
        windows.append(window_of(memory, base.v.o) if memory is not None else None)
        if memory is not None and windows[-1] is None:
            set_quietly(array, name, before)
            refuse(name)
    for i, (level, memory) in enumerate(found):
        t = m.levels[level]
        if keeps(t, base.v.o):
            w = Write()
            w.value = -1
            w.array, w.other = array, Geometry(name, before)
            record_write(m, f, level, w)
        if memory is not None:
            show(m, t, memory, windows[i], base.v.o)
    return look_again(m, base.v.o)


cdef int refuse(str name) except -1:
    raise UnsupportedError(
        f"the {name} of an array is changed in place, and the array is an argument, a part of one, or kept by a "
        f"pullback: use what `reshape` or `view` gives")


cdef Memory known_memory(Tape* t, int slot, PyObject* array, str name):
    """The memory of an active array; None: it is a constant at this level.

    Arrays that are found by their place, in an argument or the value of a rule, have the form that is noted there.
    """
    cdef Memory memory
    cdef Side* side = side_of(t, slot) if slot >= 0 else NULL
    if slot < 0:
        if input_memory(t, array) is not None:
            refuse(name)
        return None
    memory = memory_at(t, slot, array)
    if memory is None or side == NULL or side.kind not in (S_RULE, S_NODE, S_VIEW, S_MEMORY) \
            or input_memory(t, array) is not None:
        refuse(name)
    return memory


cdef int show(Machine* m, Tape* t, Memory memory, Window w, PyObject* array) except -1:
    """A node for the array as it is now."""
    cdef Reg r
    cdef int slot = view_slot(t, memory, w)
    if t.level:
        r.tag, r.slot, r.v.o = OBJ, -1, array
        lookup(m, t.parent, &r)
        set_outer(t, slot, &r)
    if map_put(t, array, slot) < 0:
        raise MemoryError
    return 0


cdef int look_again(Machine* m, PyObject* array) except -1:
    """Registers that hold the array get its new node."""
    cdef Frame* g = m.top
    cdef PyObject* gen
    cdef int i
    while g != NULL:
        look_in_frame(m, g, array)
        g = g.prev
    for i in range(m.nlevels):
        gen = m.levels[i].generators
        while gen != NULL:
            if (<Generator>gen).frame != NULL:
                look_in_frame(m, (<Generator>gen).frame, array)
            gen = (<Generator>gen).after
    return 0


cdef int look_in_frame(Machine* m, Frame* g, PyObject* array) except -1:
    cdef int i
    for i in range(g.c.nconsts, g.c.nregs):
        if g.regs[i].tag & 0xFF == OBJ and g.regs[i].v.o == array:
            g.regs[i].tag, g.regs[i].slot = OBJ, -1
            lookup(m, g.level, g.regs + i)
    return 0
