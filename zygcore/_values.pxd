"""Registers to objects and back, and where active values are on the heap."""

from ._capi cimport PyObject, PyTypeObject, Py_DECREF, Py_INCREF
from ._machine cimport Machine
from ._structs cimport F64, I64, NUL, OBJ, Reg
from ._tape cimport Tape


cdef PyObject* box(Reg* r) noexcept
cdef PyObject* escape(Machine* m, Reg* r) noexcept
cdef void lookup(Machine* m, int level, Reg* r) noexcept
cdef int outer_of(Machine* m, Reg* r) noexcept
cdef int known(Machine* m, int level, PyObject* o, int* slot) noexcept
cdef int contains_active(Machine* m, int level, PyObject* o) except -2
cdef bint is_leaf(object tp)
cdef bint is_opaque(object tp)
cdef bint is_container(object o)
cdef object own_dict(object x)
cdef list slots_of(object x)
cpdef object c_class(object tp)


cdef inline PyObject* new_ref(object o) noexcept:
    """The pointer of an object, with a reference of its own."""
    Py_INCREF(<PyObject*>o)
    return <PyObject*>o

cdef inline int level_of(Reg* r) noexcept:
    return r.tag >> 8

cdef inline bint further_out(Reg* r, Reg* base) noexcept:
    """Does its place in `base` say more about a value that was read from there than its identity?

    At one level it does: what a rule returned may hold objects that are known from before.
    """
    return base.slot >= 0 and (r.slot < 0 or (r.tag >> 8) <= (base.tag >> 8))

cdef inline void drop(Reg* r) noexcept:
    """Empties a register."""
    cdef PyObject* old
    if r.tag & 0xFF == OBJ:
        old = r.v.o
        r.tag = NUL
        r.slot = -1
        Py_DECREF(old)
    else:
        r.tag = NUL
        r.slot = -1

cdef inline void put_f64(Reg* r, double v, int slot) noexcept:
    cdef PyObject* old
    if r.tag & 0xFF == OBJ:
        old = r.v.o
        r.v.f = v
        r.tag = F64
        r.slot = slot
        Py_DECREF(old)
    else:
        r.v.f = v
        r.tag = F64
        r.slot = slot

cdef inline void put_i64(Reg* r, long long v, int slot) noexcept:
    cdef PyObject* old
    if r.tag & 0xFF == OBJ:
        old = r.v.o
        r.v.i = v
        r.tag = I64
        r.slot = slot
        Py_DECREF(old)
    else:
        r.v.i = v
        r.tag = I64
        r.slot = slot

cdef inline void put_obj(Reg* r, PyObject* o, int tag, int slot) noexcept:
    """Stores an object; its reference is stolen."""
    cdef PyObject* old
    if r.tag & 0xFF == OBJ:
        old = r.v.o
        r.v.o = o
        r.tag = tag
        r.slot = slot
        Py_DECREF(old)
    else:
        r.v.o = o
        r.tag = tag
        r.slot = slot

cdef inline void load(Machine* m, int level, Reg* r, PyObject* o) noexcept:
    """Stores an object that came from the heap (reference stolen): it may be active."""
    put_obj(r, o, OBJ, -1)
    if m.heap:
        lookup(m, level, r)

cdef inline void refresh(Machine* m, int level, Reg* r) noexcept:
    """Looks an inactive object up again: C code may have put something active into it."""
    if m.ntainted and r.slot < 0 and r.tag & 0xFF == OBJ:
        lookup(m, level, r)

cdef inline void copy_reg(Reg* d, Reg* s) noexcept:
    """d = s, with a reference of its own."""
    cdef PyObject* old
    if s.tag & 0xFF == OBJ:
        Py_INCREF(s.v.o)
    if d.tag & 0xFF == OBJ:
        old = d.v.o
        d[0] = s[0]
        Py_DECREF(old)
    else:
        d[0] = s[0]

cdef inline void move_reg(Reg* d, Reg* s) noexcept:
    """d = s; s is left empty."""
    cdef PyObject* old
    if d.tag & 0xFF == OBJ:
        old = d.v.o
        d[0] = s[0]
        s.tag = NUL
        s.slot = -1
        Py_DECREF(old)
    else:
        d[0] = s[0]
        s.tag = NUL
        s.slot = -1

cdef bint is_poisoned(Machine* m, Reg* r) noexcept
cdef bint is_digits(Machine* m, Reg* r) noexcept
