"""Floats at inner levels, recorded without Python code at every level where they are active.

An entry of an inner tape has partial derivatives that are themselves values of the levels around: for ``a * b``
they are `b` and `a`.  So besides its numbers it has their slots there (`Tape.slopes`), and besides the number of
its value, the value's slot (`Tape.outer`).  Both are computed by these same functions, one level further out, until
there is no further one.

The sweep of an inner level is computed with them, too: what it adds and multiplies is recorded at the
levels around.  It goes through a `Stretch`, a copy of what was recorded, because a pullback may live longer than
its tape; what was active at a level that has ended since is a constant.
"""

cimport cython
from libc.math cimport isfinite, pow
from libc.string cimport memset

from ._capi cimport *
from ._elementary cimport *
from ._entry cimport machine
from ._frames cimport call_python
from ._hook cimport more_known
from ._machine cimport *
from ._numbers cimport real_power
from ._opcodes cimport *
from ._push cimport Tangents
from ._rules cimport cast_slot
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import weakref

import numpy as np


def real_float(x):
    """Any number as a float."""
    return float(x.real)


cdef object as_float = real_float
cdef PyTypeObject* FLOAT64 = <PyTypeObject*><PyObject*>np.float64


cdef inline int level_of(Reg* r) noexcept:
    return r.tag >> 8 if r.slot >= 0 else -1


cdef inline void constant(Reg* r, double v) noexcept:
    r.tag, r.slot, r.v.f = F64, -1, v


cdef inline void seen_from(Machine* m, Reg* r, int level, Reg* out) noexcept:
    """What a float is further out than a level."""
    out[0] = r[0]
    while out.slot >= 0 and out.tag >> 8 >= level:
        outer_of(m, out)


cdef bint is_recorded_inside(Machine* m, Reg* a, Reg* b) noexcept:
    """Is a float active at an inner level, and are all levels such that record floats?"""
    cdef int i
    if level_of(a) < 1 and (b == NULL or level_of(b) < 1):
        return False
    for i in range(1, m.nlevels):
        if m.levels[i].forward != NULL and m.levels[i].forward != Py_None:
            return False
    return True


cdef int slot_at_base(Machine* m, Reg* r) noexcept:
    """The slot of a float at the outermost level; -1: it is a constant there."""
    if r.slot < 0:
        return -1
    if is_object(m.levels[0], r.slot):
        return cast_slot(m, r)
    return r.slot


cdef int record_at_base(Machine* m, Reg* a, double v, double p, Reg* out) except -1:
    """``out``, which is `v`, a function of `a` with the slope `p`, at the outermost level or a constant."""
    cdef Reg own = a[0]
    constant(out, v)
    if level_of(&own) == 0:
        out.slot = push1(m.levels[0], slot_at_base(m, &own), p)
        if out.slot < 0:
            raise MemoryError("zygcore: no memory for the tape")
    return 0


cdef int record(Machine* m, Reg* a, Reg* b, int level, double v, Reg* pa, Reg* pb, Reg* z, Reg* out) except -1:
    """An entry for ``out``, which is `v`, and further out `z`."""
    cdef Tape* t = m.levels[level]
    cdef int sa = a.slot if level_of(a) == level else -1, slot
    cdef int sb = b.slot if b != NULL and level_of(b) == level else -1
    cdef Reg none
    constant(&none, 0.0)
    slot = push2(t, sa, sb, pa.v.f, pb.v.f if pb != NULL else 0.0)
    if slot < 0:
        raise MemoryError("zygcore: no memory for the tape")
    if sa < 0:  # as `push2` has it
        set_slopes(t, slot, pb, &none)
    else:
        set_slopes(t, slot, pa, pb if pb != NULL else &none)
    set_outer(t, slot, z)
    out.tag, out.slot, out.v.f = F64 | level << 8, slot, v
    return 0


# -- arithmetic ------------------------------------------------------------------------------


@cython.cdivision(True)
cdef int operate(Machine* m, int op, Reg* a, Reg* b, Reg* out) except -1:
    """``out = a op b`` for ``+ - * /`` of floats, recorded wherever one is active.  `out` may be an operand."""
    cdef int la = level_of(a), lb = level_of(b), level = la if la > lb else lb
    cdef double x = a.v.f, y = b.v.f, v, da, db
    cdef Reg z, a1, b1, pa, pb, one
    if op == O_ADD:
        v, da, db = x + y, 1.0, 1.0
    elif op == O_SUB:
        v, da, db = x - y, 1.0, -1.0
    elif op == O_MUL:
        v, da, db = x * y, y, x
    else:
        v = x / y
        da, db = 1.0 / y, -v / y
    if level <= 0:
        a1, b1 = a[0], b[0]
        constant(out, v)
        if level == 0:
            out.slot = push2(m.levels[0], slot_at_base(m, &a1), slot_at_base(m, &b1), da, db)
            if out.slot < 0:
                raise MemoryError("zygcore: no memory for the tape")
        return 0
    seen_from(m, a, level, &a1)
    seen_from(m, b, level, &b1)
    operate(m, op, &a1, &b1, &z)
    constant(&pa, da)
    constant(&pb, db)
    if op == O_MUL:
        pa, pb = b1, a1
    elif op == O_DIV:
        constant(&one, 1.0)
        if la == level:
            operate(m, O_DIV, &one, &b1, &pa)
        if lb == level:
            operate(m, O_DIV, &z, &b1, &pb)
            negate(m, &pb, &pb)
    return record(m, a, b, level, v, &pa, &pb, &z, out)


cdef int negate(Machine* m, Reg* a, Reg* out) except -1:
    """``out = -a``"""
    cdef int level = level_of(a)
    cdef Reg z, a1, p
    constant(&p, -1.0)
    if level <= 0:
        return record_at_base(m, a, -a.v.f, -1.0, out)
    a1 = a[0]
    seen_from(m, a, level, &z)
    negate(m, &z, &z)
    return record(m, &a1, NULL, level, -a1.v.f, &p, NULL, &z, out)


cdef int power(Machine* m, Reg* a, double y, Reg* out) except -1:
    """``out = a ** y`` for a constant exponent and a base that is not zero."""
    cdef int level = level_of(a)
    cdef double v = 0, x = a.v.f, p = 0
    cdef Reg z, a1, pa, c
    if not real_power(x, y, &v):
        v = pow(x, y)
    if y != 0.0:
        p = y * pow(x, y - 1.0) if y != 2.0 else 2.0 * x
    if level <= 0:
        return record_at_base(m, a, v, p, out)
    seen_from(m, a, level, &a1)
    power(m, &a1, y, &z)
    constant(&c, y)
    if y == 0.0:
        constant(&pa, 0.0)
    else:
        power(m, &a1, y - 1.0, &pa)
        operate(m, O_MUL, &c, &pa, &pa)
    return record(m, a, NULL, level, v, &pa, NULL, &z, out)


cdef int inner_arithmetic(Machine* m, int op, Reg* a, Reg* b, double x, double y, Reg* d) except -2:
    """``d = a op b``, of which one is active at an inner level; `x` and `y` are their values.  2: not here."""
    cdef Reg own[2]
    cdef Reg out
    own[0].tag, own[0].slot, own[0].v.f = F64 | a.tag & ~0xFF, a.slot, x
    own[1].tag, own[1].slot, own[1].v.f = F64 | b.tag & ~0xFF, b.slot, y
    if op == O_POW:
        if b.slot >= 0 or x == 0.0 or not real_power(x, y, &out.v.f):
            return 2
        power(m, own, y, &out)
    elif op == O_ADD or op == O_SUB or op == O_MUL or op == O_DIV and y != 0.0:
        operate(m, op, own, own + 1, &out)
    else:
        return 2
    put(d, out)
    return 0


cdef int inner_negative(Machine* m, Reg* a, double x, Reg* d) except -2:
    cdef Reg own, out
    own.tag, own.slot, own.v.f = F64 | a.tag & ~0xFF, a.slot, x
    negate(m, &own, &out)
    put(d, out)
    return 0


# -- functions of one number ------------------------------------------------------------------


cdef int inner_math(Machine* m, int number, Reg* a, Reg* d) noexcept:
    """A function of `math` at an inner level.  2: not here."""
    cdef Reg own, out
    cdef double x, v = 0, p = 0
    if number == ABS:
        number = FABS
    if a.tag & 0xFF == F64:
        x = a.v.f
    elif a.tag & 0xFF == OBJ and Py_TYPE(a.v.o) == &PyFloat_Type:
        x = zyg_float(a.v.o)
    else:
        return 2
    if not is_recorded_inside(m, a, NULL) or is_poisoned(m, a):
        return 2
    if not real_function(number, x, True, &v, &p) or not isfinite(p):
        return 2
    own.tag, own.slot, own.v.f = F64 | a.tag & ~0xFF, a.slot, x
    try:
        elementary(m, number, &own, &out)
    except BaseException as error:
        PyErr_SetObject(<PyObject*>Py_TYPE(<PyObject*>error), <PyObject*>error)
        return -1
    put(d, out)
    return 0


cdef int elementary(Machine* m, int number, Reg* a, Reg* out) except -1:
    """``out = function(a)``, recorded wherever `a` is active."""
    cdef int level = level_of(a)
    cdef double v = 0, p = 0
    cdef Reg z, a1, pa
    real_function(number, a.v.f, True, &v, &p)
    if level <= 0:
        return record_at_base(m, a, v, p, out)
    seen_from(m, a, level, &a1)
    elementary(m, number, &a1, &z)
    slope(m, number, &a1, &z, p, &pa)
    pa.v.f = p
    return record(m, a, NULL, level, v, &pa, NULL, &z, out)


cdef int slope(Machine* m, int number, Reg* x, Reg* y, double p, Reg* out) except -1:
    """The derivative of a function, as the levels further out see it; `p` is its value."""
    cdef Reg one, c
    constant(&one, 1.0)
    constant(out, p)
    if level_of(x) < 0 or number == FABS:
        return 0
    if number == SIN:
        return elementary(m, COS, x, out)
    if number == COS:
        elementary(m, SIN, x, out)
        return negate(m, out, out)
    if number == SINH:
        return elementary(m, COSH, x, out)
    if number == COSH:
        return elementary(m, SINH, x, out)
    if number == EXP:
        out[0] = y[0]
        return 0
    if number == EXPM1:
        return operate(m, O_ADD, y, &one, out)
    if number == TAN or number == TANH:
        operate(m, O_MUL, y, y, out)
        return operate(m, O_ADD if number == TAN else O_SUB, &one, out, out)
    if number == SQRT:
        constant(&c, 0.5)
        return operate(m, O_DIV, &c, y, out)
    if number == LOG:
        return operate(m, O_DIV, &one, x, out)
    if number == LOG2 or number == LOG10:
        constant(&c, 0.6931471805599453 if number == LOG2 else 2.302585092994046)
        operate(m, O_MUL, x, &c, out)
        return operate(m, O_DIV, &one, out, out)
    if number == LOG1P:
        operate(m, O_ADD, &one, x, out)
        return operate(m, O_DIV, &one, out, out)
    return algebraic_slope(m, number, x, out)


cdef int algebraic_slope(Machine* m, int number, Reg* x, Reg* out) except -1:
    """The derivatives of the inverse functions."""
    cdef Reg one, s, t
    constant(&one, 1.0)
    if number == ATAN or number == ASINH:
        operate(m, O_MUL, x, x, &s)
        operate(m, O_ADD, &one, &s, &s)
    elif number == ACOSH:
        operate(m, O_SUB, x, &one, &s)
        operate(m, O_ADD, x, &one, &t)
        elementary(m, SQRT, &s, &s)
        elementary(m, SQRT, &t, &t)
        operate(m, O_MUL, &s, &t, &s)
    else:
        operate(m, O_SUB, &one, x, &s)
        operate(m, O_ADD, &one, x, &t)
        operate(m, O_MUL, &s, &t, &s)
    if number == ASINH or number == ASIN or number == ACOS:
        elementary(m, SQRT, &s, &s)
    operate(m, O_DIV, &one, &s, out)
    return negate(m, out, out) if number == ACOS else 0


# -- the sweep --------------------------------------------------------------------------------


cdef class Stretch:
    def __dealloc__(self):
        PyMem_Free(self.steps)

    @property
    def nodes(self):
        """The first node and the one behind the last."""
        return self.first, self.first + self.n


cdef Stretch stretch_of(Machine* m, Tape* t, int first, int end):
    """The floats `first` to `end` of a tape, for its sweep."""
    cdef Stretch out = Stretch()
    cdef Entry* e
    cdef Step* step
    cdef int i
    cdef bint active = False
    cdef dict places = {}
    out.first, out.n = first, end - first
    out.operands = []
    out.steps = <Step*>PyMem_Malloc((out.n + 1) * sizeof(Step))
    if out.steps == NULL:
        raise MemoryError
    for i in range(t.level):
        out.serials[i] = m.levels[i].serial
    for i in range(out.n):
        e = t.entries + first + i
        step = out.steps + i
        step.a = place(e.a, first, out, places)
        step.b = place(e.b, first, out, places)
        step.da.tag, step.da.slot, step.da.v.f = F64, -1, e.da
        step.db.tag, step.db.slot, step.db.v.f = F64, -1, e.db
        if first + i < t.slopes_cap and e.a >= 0:
            step.da.tag, step.da.slot = t.slopes[2 * (first + i)].tag, t.slopes[2 * (first + i)].slot
            step.db.tag, step.db.slot = t.slopes[2 * (first + i) + 1].tag, t.slopes[2 * (first + i) + 1].slot
            active = active or step.da.slot >= 0 or step.db.slot >= 0
    if active:
        more_known(&m.heap)  # what looks through it must be run by the machine
        if m.levels[0].forward != NULL:
            (<Tangents>m.levels[0].forward).stretches.append(weakref.ref(out))  # for `_collect`
    return out


cdef int place(int slot, int first, Stretch out, dict places) except -2:
    if slot < 0:
        return -1
    if slot >= first:
        return slot - first
    if slot not in places:
        places[slot] = out.n + len(out.operands)
        out.operands.append(slot)
    return places[slot]


cdef class Sweep:
    """Going through a stretch: the levels that what it computes is recorded at."""
    cdef Machine* m
    cdef int level            # the innermost visible one, -1: none
    cdef Stretch stretch
    cdef bint[MAX_LEVELS] valid
    cdef Reg* at              # by number of step or operand; NUL: nothing yet

    def __dealloc__(self):
        PyMem_Free(self.at)

    cdef int begin(self, Machine* m, int level, Stretch stretch) except -1:
        cdef int i
        self.m, self.level, self.stretch = m, level, stretch
        self.at = <Reg*>PyMem_Calloc(stretch.n + len(stretch.operands) + 1, sizeof(Reg))
        if self.at == NULL:
            raise MemoryError
        for i in range(stretch.n + <int>len(stretch.operands)):
            self.at[i].tag, self.at[i].slot = NUL, -1
        memset(self.valid, 0, sizeof(self.valid))
        while level >= 0:
            self.valid[level] = m.levels[level].serial == stretch.serials[level]
            level = m.levels[level].parent
        return 0

    cdef inline Reg slope(self, Reg* p) noexcept:
        """A partial derivative as it is here: a constant if its level has ended."""
        cdef Reg out = p[0]
        if out.slot >= 0 and not self.valid[out.tag >> 8]:
            out.tag, out.slot = F64, -1
        return out

    cdef int load(self, Reg* r, object v) except -1:
        """A number from the heap."""
        cdef PyObject* o = <PyObject*>v
        cdef Reg own
        own.tag, own.slot, own.v.o = OBJ, -1, o
        Py_INCREF(o)
        if self.level >= 0 and self.m.heap:
            lookup(self.m, self.level, &own)
        try:
            if Py_TYPE(o) != &PyFloat_Type and Py_TYPE(o) != FLOAT64:
                if own.slot < 0:
                    v = float(v.real)
                    put_new(&own, <PyObject*>v)
                else:
                    call_python(self.m, self.level, <PyObject*>as_float, &own, 1, &own)
                    box(&own)
            r.tag, r.slot, r.v.f = F64 | own.tag & ~0xFF, own.slot, zyg_float(own.v.o)
        finally:
            drop(&own)
        return 0

    cdef object boxed(self, Reg* r):
        """A number that goes to the heap."""
        cdef Reg own = r[0]
        if own.slot < 0:
            return own.v.f
        v = escaped(self.m, &own)
        drop(&own)
        return v

    cdef int add(self, int i, Reg* c, Reg* p) except -1:
        """``at[i] += c * p``; a zero that is a constant adds nothing."""
        cdef Reg slope = self.slope(p), out
        cdef bint zero = c.v.f == 0.0
        if slope.slot < 0 and slope.v.f == 1.0:
            out = c[0]
        elif slope.slot < 0 and slope.v.f == -1.0:
            negate(self.m, c, &out)
        else:
            operate(self.m, O_MUL, c, &slope, &out)
            if zero and out.v.f != out.v.f:
                out.v.f = 0.0
        if self.at[i].tag == NUL:
            self.at[i] = out
        else:
            operate(self.m, O_ADD, self.at + i, &out, self.at + i)
        return 0

    cdef int back(self, dict found) except -1:
        """Cotangents: those of the steps are taken out of `found`, those of operands added there."""
        cdef Stretch s = self.stretch
        cdef Step* step
        cdef int i
        cdef Reg r
        for i in range(s.n):
            v = found.pop(s.first + i, None)
            if v is not None:
                self.load(self.at + i, v)
        for i in range(s.n - 1, -1, -1):
            if self.at[i].tag == NUL or self.at[i].v.f == 0.0 and self.at[i].slot < 0:
                continue
            step = s.steps + i
            r = self.at[i]
            if step.a >= 0:
                self.add(step.a, &r, &step.da)
            if step.b >= 0:
                self.add(step.b, &r, &step.db)
        for i in range(len(s.operands)):
            if self.at[s.n + i].tag == NUL:
                continue
            v = found.get(s.operands[i])
            if v is not None and type(v) is not float:
                found[s.operands[i]] = (v, self.boxed(self.at + s.n + i))
                continue
            if v is not None:
                self.load(&r, v)
                operate(self.m, O_ADD, &r, self.at + s.n + i, self.at + s.n + i)
            found[s.operands[i]] = self.boxed(self.at + s.n + i)
        return 0

    cdef int push(self, dict found, list wanted) except -1:
        """Tangents: those of operands are in `found`, and those of the steps that are `wanted` go there."""
        cdef Stretch s = self.stretch
        cdef Step* step
        cdef int i
        for i in range(len(s.operands)):
            v = found.get(s.operands[i])
            if v is not None:
                self.load(self.at + s.n + i, v)
        for i in range(s.n):
            step = s.steps + i
            if step.a >= 0 and self.is_some(step.a):
                self.add(i, self.at + step.a, &step.da)
            if step.b >= 0 and self.is_some(step.b):
                self.add(i, self.at + step.b, &step.db)
        for slot in wanted:
            i = <int>slot - s.first
            if 0 <= i < s.n and self.at[i].tag != NUL:
                found[slot] = self.boxed(self.at + i)
        return 0

    cdef inline bint is_some(self, int i) noexcept:
        return self.at[i].tag != NUL and (self.at[i].v.f != 0.0 or self.at[i].slot >= 0)


def sweep_floats(stretch, found):
    """The sweep through a stretch outside of the machine: everything is a constant."""
    sweep_stretch(machine(), -1, stretch, found)


def push_floats(stretch, found, wanted):
    """The same in forward mode."""
    push_stretch(machine(), -1, stretch, found, wanted)


cdef int sweep_stretch(Machine* m, int level, object stretch, object found) except -1:
    cdef Sweep sweep = Sweep()
    sweep.begin(m, level, <Stretch?>stretch)
    return sweep.back(<dict?>found)


cdef int push_stretch(Machine* m, int level, object stretch, object found, object wanted) except -1:
    cdef Sweep sweep = Sweep()
    sweep.begin(m, level, <Stretch?>stretch)
    return sweep.push(<dict?>found, <list?>wanted)
