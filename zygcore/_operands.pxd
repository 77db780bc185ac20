"""Operands of instructions, most of which have them in `extra`: their registers, objects and results."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._opcodes cimport KILL_A, KILL_B
from ._structs cimport Ins, Reg
from ._values cimport box, drop, load


cdef inline int nargs_of(Frame* f, Ins* ins) noexcept:
    return f.c.extra[ins.a]


cdef inline Reg* arg(Frame* f, Ins* ins, int i) noexcept:
    """Register of operand i, or NULL: absent."""
    cdef int packed = f.c.extra[ins.a + 1 + i]
    if packed < 0:
        return NULL
    return f.regs + (packed >> 1)


cdef inline PyObject* value(Frame* f, Ins* ins, int i) noexcept:
    """Object of operand i (borrowed), NULL if absent."""
    cdef Reg* r = arg(f, ins, i)
    return NULL if r == NULL else box(r)


cdef inline int result(Frame* f, Ins* ins, int i) noexcept:
    return f.c.extra[ins.a + 2 + f.c.extra[ins.a] + i]


cdef inline void kill(Frame* f, Ins* ins) noexcept:
    """Drops the temporaries that the instruction used last."""
    cdef int i, packed, n = f.c.extra[ins.a]
    for i in range(n):
        packed = f.c.extra[ins.a + 1 + i]
        if packed >= 0 and packed & 1:
            drop(f.regs + (packed >> 1))


cdef inline int deliver(Machine* m, Frame* f, int dst, PyObject* o) except -1:
    """A new reference becomes the result, active if it is known."""
    if o == NULL:
        return -1
    load(m, f.level, f.regs + dst, o)
    return 0


cdef inline void kill_one(Frame* f, Ins* ins) noexcept:
    """Drops operand a, if it is a temporary that the instruction used last (its result has another register)."""
    if ins.aux & KILL_A:
        drop(f.regs + ins.a)


cdef inline void kill_two(Frame* f, Ins* ins) noexcept:
    kill_one(f, ins)
    if ins.aux & KILL_B:
        drop(f.regs + ins.b)
