"""Arithmetic of floats and exact integers, recorded on the outermost tape.

Return values: 0 done, 2 not here, -1 an exception is set.
"""

from libc.math cimport copysign, floor, fmod, isfinite, log, pow

from ._capi cimport *
from ._machine cimport *
from ._opcodes cimport *
from ._rules cimport cast_slot
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import math

cdef extern from *:
    """
    static inline long long zyg_c_div(long long a, long long b) { return a / b; }
    static inline long long zyg_c_mod(long long a, long long b) { return a % b; }
    """
    long long c_div "zyg_c_div"(long long, long long) noexcept nogil
    long long c_mod "zyg_c_mod"(long long, long long) noexcept nogil


# -- floats -----------------------------------------------------------------


cdef int floats(Machine* m, Frame* f, Ins* ins, int op, Reg* a, Reg* b, double x, double y, bint inexact) except -2:
    """Floats, and ints with floats.  2: not here."""
    cdef double r, da = 0, db = 0
    cdef int slot = -1, sa, sb
    cdef bint active = (a.slot & b.slot) >= 0 or a.slot >= 0 or b.slot >= 0
    if inexact:
        return 2
    if op == O_ADD:
        r, da, db = x + y, 1.0, 1.0
    elif op == O_SUB:
        r, da, db = x - y, 1.0, -1.0
    elif op == O_MUL:
        r, da, db = x * y, y, x
    elif op == O_DIV:
        if y == 0.0:
            return 2
        r = x / y
        da, db = 1.0 / y, -r / y
    elif op == O_POW:
        if not real_power(x, y, &r):
            return 2
        if active:
            da = 0.0 if y == 0.0 else (y * pow(x, y - 1.0) if y != 2.0 else 2.0 * x)
            db = 0.0 if r == 0.0 or x == 0.0 else r * log(x)
    elif op == O_FLOORDIV or op == O_MOD:
        if y == 0.0:
            return 2
        r = python_mod(x, y, op == O_FLOORDIV)
        if op == O_FLOORDIV:
            active = False
        else:
            da, db = 1.0, -floor(x / y)
    else:
        return 2
    if active:
        sa = cast_slot(m, a) if a.slot >= 0 else -1
        sb = cast_slot(m, b) if b.slot >= 0 else -1
        if sa < -1 or sb < -1:
            return -1
        slot = push2(m.levels[0], sa, sb, da, db)
        if slot < 0:
            return -1
    elif is_poisoned(m, a) or is_poisoned(m, b):
        return 2
    put_f64(f.regs + ins.d, r, slot)
    return 0


cdef bint real_power(double x, double y, double* r) noexcept:
    """x ** y where both C and Python agree that it is an ordinary real number."""
    if not isfinite(x) or not isfinite(y) or x == 0.0:
        return False
    if x > 0.0:
        r[0] = pow(x, y)
    elif floor(y) == y:
        r[0] = pow(-x, y)
        if fmod(y, 2.0) != 0.0:
            r[0] = -r[0]
    else:
        return False
    return isfinite(r[0])


cdef double python_mod(double x, double y, bint quotient) noexcept:
    """Floor division of floats as CPython does it (`y` not zero)."""
    cdef double mod = fmod(x, y), div = (x - mod) / y, floordiv
    if mod != 0.0:
        if (y < 0.0) != (mod < 0.0):
            mod += y
            div -= 1.0
    else:
        mod = 0.0 if y > 0.0 else -0.0
    if div != 0.0:
        floordiv = floor(div)
        if div - floordiv > 0.5:
            floordiv += 1.0
    else:
        floordiv = copysign(0.0, x / y)
    return floordiv if quotient else mod


# -- exact integers ---------------------------------------------------------


cdef int integers(Machine* m, Frame* f, Ins* ins, int op, Reg* a, Reg* b, long long i, long long j) except -2:
    """Integers that fit in a machine word.  2: not here."""
    cdef long long r, pa = 1, pb = 1
    cdef int slot = -1
    cdef bint active = a.slot >= 0 or b.slot >= 0
    if active and m.levels[0].npoison and (is_poisoned(m, a) or is_poisoned(m, b)):
        return 2
    if op == O_ADD:
        if zyg_add(i, j, &r):
            return 2
    elif op == O_SUB:
        if zyg_sub(i, j, &r):
            return 2
        pb = -1
    elif op == O_MUL:
        if zyg_mul(i, j, &r):
            return 2
        pa, pb = j, i
    elif op == O_FLOORDIV or op == O_MOD:
        if j == 0 or j == -1:
            return 2
        r = python_floordiv(i, j)
        if op == O_MOD:
            pa, pb = 1, -r
            r = i - r * j
        else:
            active = False
    elif op == O_DIV:
        if j == 0 or not -ZYG_EXACT <= i <= ZYG_EXACT or not -ZYG_EXACT <= j <= ZYG_EXACT:
            return 2
        return floats(m, f, ins, op, a, b, <double>i, <double>j, False)
    elif op == O_AND:
        r, active = i & j, False
    elif op == O_OR:
        r, active = i | j, False
    elif op == O_XOR:
        r, active = i ^ j, False
    elif op == O_RSHIFT and 0 <= j < 63:
        r, active = i >> j, False
    else:
        return 2
    if active:
        slot = push_ints(m.levels[0], a.slot, b.slot, pa, pb)
        if slot < 0:
            return -1
    elif is_digits(m, a) or is_digits(m, b):
        return 2
    put_i64(f.regs + ins.d, r, slot)
    return 0


cdef long long python_floordiv(long long i, long long j) noexcept nogil:
    cdef long long q
    q = c_div(i, j)
    if c_mod(i, j) != 0 and ((i < 0) != (j < 0)):
        q -= 1
    return q


cdef int big_integers(Machine* m, Frame* f, Ins* ins, int op, Reg* a, Reg* b) except -2:
    """Python integers of any size at the outermost level; 2: not here."""
    cdef PyObject* y
    cdef int slot = -1
    x, z = <object>a.v.o, <object>b.v.o
    if m.levels[0].npoison and (is_poisoned(m, a) or is_poisoned(m, b)):
        return 2
    if op == O_ADD:
        pa, pb = 1, 1
        y = PyNumber_Add(a.v.o, b.v.o)
    elif op == O_SUB:
        pa, pb = 1, -1
        y = PyNumber_Subtract(a.v.o, b.v.o)
    elif op == O_MUL:
        pa, pb = z, x
        y = PyNumber_Multiply(a.v.o, b.v.o)
    elif op == O_POW and z >= 0:
        pa = z * x ** (z - 1) if z > 0 else 0
        pb = 0
        if b.slot >= 0:
            pb = x ** z * math.log(x) if x > 0 else (0.0 if x == 0 else float("nan"))
        y = PyNumber_Power(a.v.o, b.v.o, Py_None)
    elif op == O_MOD and z != 0:
        pa, pb = 1, -(x // z)
        y = PyNumber_Remainder(a.v.o, b.v.o)
    else:
        return 2
    if y == NULL:
        return -1
    if a.slot >= 0 or b.slot >= 0:
        pair = (pa, pb)
        slot = tape_side(m.levels[0], S_INTEGER, 1, 2, NULL, <PyObject*>pair, NULL, 0)
        if slot < 0:
            return -1
        m.levels[0].slots[m.levels[0].sides[m.levels[0].entries[slot].b].first] = a.slot
        m.levels[0].slots[m.levels[0].sides[m.levels[0].entries[slot].b].first + 1] = b.slot
    put_obj(f.regs + ins.d, y, OBJ, slot)
    return 0
