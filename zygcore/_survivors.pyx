"""Generators that outlive the level they were made under.

The registers of a suspended frame refer to the tape of the level.  When it ends, what they hold becomes
what it is one level further out: a constant, if there is none.
"""

from ._capi cimport *
from ._generators cimport Generator, enlist, set_cut, unlist
from ._iteration cimport ListItems, find_places
from ._machine cimport *
from ._pairs cimport Pairs
from ._structs cimport *
from ._tape cimport Tape
from ._values cimport *

cdef PyTypeObject* LIST_ITEMS = <PyTypeObject*><PyObject*>ListItems
cdef PyTypeObject* PAIRS = <PyTypeObject*><PyObject*>Pairs


cdef int release_generators(Machine* m, Tape* t) except -1:
    """A level is about to end."""
    cdef Generator gen
    cdef Frame* f
    while t.generators != NULL:
        gen = <Generator>t.generators
        unlist(gen)
        f = gen.frame
        if f == NULL:
            continue
        frame_outward(m, t, f)
        f.level = t.parent
        if t.parent >= 0:
            enlist(gen, m.levels[t.parent])
    return 0


cdef void cut(Generator gen) noexcept:
    """A generator is closed where its level is not known: its values are constants there."""
    unlist(gen)
    frame_outward(NULL, NULL, gen.frame)


cdef int frame_outward(Machine* m, Tape* t, Frame* f) except -1:
    cdef int i
    for i in range(f.c.nconsts, f.c.nregs):
        outward(m, t, f.regs + i)
    return 0


cdef int outward(Machine* m, Tape* t, Reg* r) except -1:
    """Makes what a register holds what it is outside of the level; without a tape, a constant."""
    cdef Pairs pairs
    if t == NULL:
        r.tag &= 0xFF
        r.slot = -1
    elif r.slot >= 0 and r.tag >> 8 == t.level:
        outer_of(m, r)
    if r.tag & 0xFF == OBJ:
        if Py_TYPE(r.v.o) == LIST_ITEMS:
            items_outward(m, t, <ListItems>r.v.o)
        elif Py_TYPE(r.v.o) == PAIRS:
            pairs = <Pairs>r.v.o
            for part in pairs.owned:
                if type(part) is ListItems:
                    items_outward(m, t, <ListItems>part)
    return 0


cdef int items_outward(Machine* m, Tape* t, ListItems items) except -1:
    outward(m, t, &items.source)
    find_places(m, items)
    return 0


set_cut(cut)
