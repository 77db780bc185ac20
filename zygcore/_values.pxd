"""Registers to objects and back, and where active values are on the heap."""

from ._capi cimport PyObject, PyTypeObject, Py_DECREF, Py_False, Py_INCREF, Py_True
from ._machine cimport Machine
from ._structs cimport F64, I64, NUL, OBJ, Reg
from ._tape cimport Tape


cdef PyObject* box(Reg* r) noexcept
cdef PyObject* escape(Machine* m, Reg* r) noexcept
cdef void lookup(Machine* m, int level, Reg* r) noexcept
cdef int outer_of(Machine* m, Reg* r) noexcept
cdef int known(Machine* m, int level, PyObject* o, int* slot) noexcept
cdef object children(object x)
cdef int contains_active(Machine* m, int level, PyObject* o) except -2
cdef bint has_objects(PyObject* o) noexcept
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

cdef inline bint further_out(Reg* r, Reg* base) noexcept:
    """Does its place in `base` say more about a value that was read from there than its identity?

    At one level it does: what a rule returned may hold objects that are known from before.
    """
    return base.slot >= 0 and (r.slot < 0 or (r.tag >> 8) <= (base.tag >> 8))

cdef inline void put(Reg* r, Reg new) noexcept:
    """r = new, whose reference is stolen."""
    cdef PyObject* old
    if r.tag & 0xFF == OBJ:
        old = r.v.o
        r[0] = new
        Py_DECREF(old)
    else:
        r[0] = new

cdef inline void put_f64(Reg* r, double v, int slot) noexcept:
    cdef Reg new
    new.tag, new.slot, new.v.f = F64, slot, v
    put(r, new)

cdef inline void put_i64(Reg* r, long long v, int slot) noexcept:
    cdef Reg new
    new.tag, new.slot, new.v.i = I64, slot, v
    put(r, new)

cdef inline void put_obj(Reg* r, PyObject* o, int tag, int slot) noexcept:
    """Stores an object; its reference is stolen."""
    cdef Reg new
    new.tag, new.slot, new.v.o = tag, slot, o
    put(r, new)

cdef inline void put_new(Reg* r, PyObject* o) noexcept:
    """Stores an inactive object, with a reference of its own."""
    Py_INCREF(o)
    put_obj(r, o, OBJ, -1)

cdef inline void put_bool(Reg* r, bint truth) noexcept:
    put_new(r, Py_True if truth else Py_False)

cdef inline void drop(Reg* r) noexcept:
    """Empties a register."""
    cdef Reg new = r[0]
    new.tag, new.slot = NUL, -1
    put(r, new)

cdef inline void copy_reg(Reg* d, Reg* s) noexcept:
    """d = s, with a reference of its own."""
    if s.tag & 0xFF == OBJ:
        Py_INCREF(s.v.o)
    put(d, s[0])

cdef inline void move_reg(Reg* d, Reg* s) noexcept:
    """d = s; s is left empty."""
    cdef Reg new = s[0]
    s.tag, s.slot = NUL, -1
    put(d, new)

cdef inline void load(Machine* m, int level, Reg* r, PyObject* o) noexcept:
    """Stores an object that came from the heap (reference stolen): it may be active."""
    put_obj(r, o, OBJ, -1)
    if m.heap:
        lookup(m, level, r)

cdef inline void refresh(Machine* m, int level, Reg* r) noexcept:
    """Looks an inactive object up again: C code may have put something active into it."""
    if m.ntainted and r.slot < 0 and r.tag & 0xFF == OBJ:
        lookup(m, level, r)

cdef inline int raise_set() except -1:
    """Raises the error that a C function set."""
    return -1

cdef inline object escaped(Machine* m, Reg* r):
    """The object of a register, which goes to the heap."""
    cdef PyObject* o = escape(m, r)
    if o == NULL:
        raise_set()
    return <object>o

cdef bint is_poisoned(Machine* m, Reg* r) noexcept
cdef bint is_digits(Machine* m, Reg* r) noexcept
cdef bint is_digits_node(Tape* t, int slot) noexcept
