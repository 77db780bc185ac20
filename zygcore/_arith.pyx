"""Arithmetic and comparisons that the machine's loop does not do itself.

Numbers that are objects or of mixed kinds, exact integers of any size, and the
operators of everything else: by rule, by the Python methods of the operands'
types, or natively.
"""

from libc.math cimport floor, fmod, isfinite, log, pow

from ._capi cimport *
from ._frames cimport call_python, push_function
from ._machine cimport *
from ._opcodes cimport *
from ._rules cimport apply_rule, cast_slot, find_rule, is_kept, poison
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import operator

import numpy as np

from . import protocols
from .protocols import type_method
from .errors import UnsupportedError

ctypedef PyObject* (*binaryfunc)(PyObject*, PyObject*) noexcept

cdef binaryfunc[32] NATIVE
NATIVE[<int>(O_ADD)] = PyNumber_Add
NATIVE[<int>(O_SUB)] = PyNumber_Subtract
NATIVE[<int>(O_MUL)] = PyNumber_Multiply
NATIVE[<int>(O_DIV)] = PyNumber_TrueDivide
NATIVE[<int>(O_FLOORDIV)] = PyNumber_FloorDivide
NATIVE[<int>(O_MOD)] = PyNumber_Remainder
NATIVE[<int>(O_POW)] = power
NATIVE[<int>(O_MATMUL)] = PyNumber_MatrixMultiply
NATIVE[<int>(O_LSHIFT)] = PyNumber_Lshift
NATIVE[<int>(O_RSHIFT)] = PyNumber_Rshift
NATIVE[<int>(O_AND)] = PyNumber_And
NATIVE[<int>(O_OR)] = PyNumber_Or
NATIVE[<int>(O_XOR)] = PyNumber_Xor
NATIVE[<int>(O_INPLACE | O_ADD)] = PyNumber_InPlaceAdd
NATIVE[<int>(O_INPLACE | O_SUB)] = PyNumber_InPlaceSubtract
NATIVE[<int>(O_INPLACE | O_MUL)] = PyNumber_InPlaceMultiply
NATIVE[<int>(O_INPLACE | O_DIV)] = PyNumber_InPlaceTrueDivide
NATIVE[<int>(O_INPLACE | O_FLOORDIV)] = PyNumber_InPlaceFloorDivide
NATIVE[<int>(O_INPLACE | O_MOD)] = PyNumber_InPlaceRemainder
NATIVE[<int>(O_INPLACE | O_POW)] = inplace_power
NATIVE[<int>(O_INPLACE | O_MATMUL)] = PyNumber_InPlaceMatrixMultiply
NATIVE[<int>(O_INPLACE | O_LSHIFT)] = PyNumber_InPlaceLshift
NATIVE[<int>(O_INPLACE | O_RSHIFT)] = PyNumber_InPlaceRshift
NATIVE[<int>(O_INPLACE | O_AND)] = PyNumber_InPlaceAnd
NATIVE[<int>(O_INPLACE | O_OR)] = PyNumber_InPlaceOr
NATIVE[<int>(O_INPLACE | O_XOR)] = PyNumber_InPlaceXor

cdef tuple OPERATORS = (
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.pow, operator.matmul, operator.lshift, operator.rshift, operator.and_, operator.or_,
    operator.xor)
cdef tuple NAMES = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul",
                    "lshift", "rshift", "and", "or", "xor")
cdef tuple METHODS = tuple([f"__{n}__" for n in NAMES])
cdef tuple REFLECTED = tuple([f"__r{n}__" for n in NAMES])
cdef tuple INPLACE = tuple([f"__i{n}__" for n in NAMES])
cdef tuple UNARY_OPERATORS = (operator.neg, operator.pos, operator.invert)
cdef tuple UNARY_METHODS = ("__neg__", "__pos__", "__invert__")
cdef tuple COMPARE_METHODS = ("__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__")
cdef int[6] RICH
RICH[0], RICH[1], RICH[2], RICH[3], RICH[4], RICH[5] = Py_LT, Py_LE, Py_EQ, Py_NE, Py_GT, Py_GE
cdef object ndarray = np.ndarray
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>ndarray
cdef str BOOL_ = "__bool__", LEN_ = "__len__", CONTAINS_ = "__contains__", ITER_ = "__iter__"
cdef object binary_protocol = protocols.binary, inplace_protocol = protocols.inplace
cdef object compare_protocol = protocols.compare, contains_protocol = protocols.contains

cdef enum:
    HEAPTYPE = 1 << 9


cdef PyObject* power(PyObject* a, PyObject* b) noexcept:
    return PyNumber_Power(a, b, Py_None)


cdef PyObject* inplace_power(PyObject* a, PyObject* b) noexcept:
    return PyNumber_InPlacePower(a, b, Py_None)


cdef inline int number_in(Reg* r, double* x, long long* n) noexcept:
    """0: a float, in x.  1: an int, in n.  -1: neither."""
    cdef int overflow = 0, kind = r.tag & 0xFF
    cdef PyTypeObject* tp
    if kind == F64:
        x[0] = r.v.f
        return 0
    if kind == I64:
        n[0] = r.v.i
        return 1
    if kind != OBJ:
        return -1
    tp = Py_TYPE(r.v.o)
    if tp == &PyFloat_Type:
        x[0] = zyg_float(r.v.o)
        return 0
    if tp == &PyLong_Type:
        n[0] = PyLong_AsLongLongAndOverflow(r.v.o, &overflow)
        return -1 if overflow else 1
    return -1


cdef int binary(Machine* m, Frame* f, Ins* ins, int number) except -1:
    """``d = a op b`` for whatever a and b are."""
    cdef Reg* a = f.regs + ins.a
    cdef Reg* b = f.regs + ins.b
    cdef double x = 0, y = 0
    cdef long long i = 0, j = 0
    cdef int ka, kb, status
    if (a.tag | b.tag) < 256:
        ka = number_in(a, &x, &i)
        kb = number_in(b, &y, &j) if ka >= 0 else -1
        if ka >= 0 and kb >= 0:
            if ka and kb:
                status = integers(m, f, ins, number & 15, a, b, i, j)
            else:
                if ka:
                    x = <double>i
                if kb:
                    y = <double>j
                status = floats(m, f, ins, number & 15, a, b, x, y,
                                ka and (i > 1 << 53 or i < -(1 << 53)) or kb and (j > 1 << 53 or j < -(1 << 53)))
            if status <= 0:
                if status == 0:
                    end(f, ins)
                return status
    status = objects_binary(m, f, ins, number, a, b)
    if status == 0:
        end(f, ins)
    return status


cdef inline void end(Frame* f, Ins* ins) noexcept:
    """Temporaries that the instruction used last."""
    if ins.aux & KILL_A and ins.a != ins.d:
        drop(f.regs + ins.a)
    if ins.aux & KILL_B and ins.b != ins.d:
        drop(f.regs + ins.b)


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
        floordiv = 0.0 if x / y >= 0 and not (1.0 / (x / y) < 0) else -0.0
    return floordiv if quotient else mod


# -- exact integers ---------------------------------------------------------


cdef int integers(Machine* m, Frame* f, Ins* ins, int op, Reg* a, Reg* b, long long i, long long j) except -2:
    """Integers that fit in a machine word.  2: not here."""
    cdef long long r, pa = 1, pb = 1
    cdef int slot = -1
    cdef bint active = a.slot >= 0 or b.slot >= 0
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
        if j == 0 or i > 1 << 53 or i < -(1 << 53) or j > 1 << 53 or j < -(1 << 53):
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
    put_i64(f.regs + ins.d, r, slot)
    return 0


cdef long long python_floordiv(long long i, long long j) noexcept nogil:
    cdef long long q
    q = c_div(i, j)
    if c_mod(i, j) != 0 and ((i < 0) != (j < 0)):
        q -= 1
    return q


cdef extern from *:
    """
    static inline long long zyg_c_div(long long a, long long b) { return a / b; }
    static inline long long zyg_c_mod(long long a, long long b) { return a % b; }
    """
    long long c_div "zyg_c_div"(long long, long long) noexcept nogil
    long long c_mod "zyg_c_mod"(long long, long long) noexcept nogil


cdef int big_integers(Machine* m, Frame* f, Ins* ins, int op, Reg* a, Reg* b) except -2:
    """Python integers of any size at the outermost level; 2: not here."""
    cdef PyObject* y
    cdef int slot = -1
    x, z = <object>a.v.o, <object>b.v.o
    if op == O_ADD:
        pa, pb = 1, 1
    elif op == O_SUB:
        pa, pb = 1, -1
    elif op == O_MUL:
        pa, pb = z, x
    elif op == O_POW and z >= 0:
        pa = z * x ** (z - 1) if z > 0 else 0
        pb = 0
        if b.slot >= 0:
            pb = x ** z * operator_log(x) if x > 0 else (0.0 if x == 0 else float("nan"))
    elif op == O_MOD and z != 0:
        pa, pb = 1, -(x // z)
    else:
        return 2
    y = NATIVE[op](a.v.o, b.v.o)
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


def operator_log(x):
    import math
    return math.log(x)


# -- everything else --------------------------------------------------------


cdef bint has_python_method(PyObject* o, PyObject* name) noexcept:
    """Does the type of an object define this method in Python?"""
    cdef PyObject* method
    if not PyType_GetFlags(Py_TYPE(o)) & HEAPTYPE:
        return False
    method = _PyType_Lookup(Py_TYPE(o), name)
    return method != NULL and Py_TYPE(method) == &PyFunction_Type


cdef int objects_binary(Machine* m, Frame* f, Ins* ins, int number, Reg* a, Reg* b) except -1:
    cdef int op = number & 15, level, status
    cdef bint inplace = (number & O_INPLACE) != 0
    cdef Reg pair[2]
    if box(a) == NULL or box(b) == NULL:
        return -1
    level = innermost_of(a, b)
    if inplace and Py_TYPE(a.v.o) == ARRAY:
        check_array_write(m, f, a, b, False)
    if level == 0 and Py_TYPE(a.v.o) == &PyLong_Type and Py_TYPE(b.v.o) == &PyLong_Type:
        status = big_integers(m, f, ins, op, a, b)
        if status <= 0:
            return status
    if level < 0 and not m.heap and not m.run_all:
        return native_binary(m, f, ins, number, a, b, -1)
    if python_operator(a, b, op, inplace) and not (level >= 0 and has_case(op, a, b)):
        return protocol_binary(m, f, ins, number, a, b)
    if inplace and Py_TYPE(a.v.o) != ARRAY:
        method = type_method(<object>Py_TYPE(a.v.o), INPLACE[op])
        if method is not None and find_rule(<PyObject*>method) is not None:
            return inplace_method(m, f, ins, method, a, b)
    if inplace and level >= 0:
        settle(m, f.level, a)
        if location_of(m, a) is not None:
            level = b.tag >> 8 if b.slot >= 0 else -1
    if level >= 0 and sequences(m, f, a, b, inplace):
        level = innermost_of(a, b)
    if level < 0 and m.heap:
        level = hidden_operands(m, f, a, b)
    if level >= 0:
        rule = find_rule(<PyObject*>OPERATORS[op])
        if rule is not None and not (inplace and issubclass(type(<object>a.v.o), list)):
            pair[0], pair[1] = a[0], b[0]
            if rule.kind == 3:
                return native_binary(m, f, ins, number, a, b, -1)
            status = apply_rule(m, f, rule, <PyObject*>OPERATORS[op], pair, 2, NULL, level, ins.d)
            if status < 2:
                return status
    return native_binary(m, f, ins, number, a, b, level)


cdef bint has_case(int op, Reg* a, Reg* b) except -1:
    """Is there a rule for an operator on just these types?"""
    rule = find_rule(<PyObject*>OPERATORS[op])
    return rule is not None and rule.select((<object>a.v.o, <object>b.v.o)) is not None


cdef inline int innermost_of(Reg* a, Reg* b) noexcept:
    cdef int la = a.tag >> 8 if a.slot >= 0 else -1, lb = b.tag >> 8 if b.slot >= 0 else -1
    return la if la > lb else lb


cdef int inplace_method(Machine* m, Frame* f, Ins* ins, object method, Reg* a, Reg* b) except -1:
    """An in-place operator of a container, as the call of its method."""
    cdef Reg own[2]
    cdef Reg out
    out.tag = NUL
    own[0].tag = NUL
    own[1].tag = NUL
    copy_reg(own, a)
    copy_reg(own + 1, b)
    try:
        call_python(m, f.level, <PyObject*>method, own, 2, &out)
        move_reg(f.regs + ins.d, &out)
    finally:
        drop(own)
        drop(own + 1)
        drop(&out)
    return 0


cdef bint sequences(Machine* m, Frame* f, Reg* a, Reg* b, bint inplace) except -1:
    """Input lists and tuples as operands: their items are made known by identity."""
    cdef PyTypeObject* ta = Py_TYPE(a.v.o)
    cdef PyTypeObject* tb = Py_TYPE(b.v.o)
    cdef bint done = False
    if ta == ARRAY or tb == ARRAY:
        return False
    if a.slot >= 0 and not inplace and (ta == &PyList_Type or ta == &PyTuple_Type or ta == &PyDict_Type):
        done = materialise(m, f.level, a) != 0
    if b.slot >= 0 and (tb == &PyList_Type or tb == &PyTuple_Type or tb == &PyDict_Type):
        done = materialise(m, f.level, b) != 0 or done
    return done


cdef int hidden_operands(Machine* m, Frame* f, Reg* a, Reg* b) except -2:
    """The level at which a container among the operands of foreign code holds active values."""
    cdef PyTypeObject* ta = Py_TYPE(a.v.o)
    cdef PyTypeObject* tb = Py_TYPE(b.v.o)
    if ta == tb and (ta == &PyList_Type or ta == &PyTuple_Type or ta == &PySet_Type or ta == &PyDict_Type):
        return -1
    if (ta == &PyList_Type or ta == &PyTuple_Type) and (tb == &PyLong_Type or tb == &PyBool_Type):
        return -1
    if (tb == &PyList_Type or tb == &PyTuple_Type) and (ta == &PyLong_Type or ta == &PyBool_Type):
        return -1
    if contains_active(m, f.level, a.v.o) > 0 or contains_active(m, f.level, b.v.o) > 0:
        return f.level
    return -1


cdef bint python_operator(Reg* a, Reg* b, int op, bint inplace) noexcept:
    return (has_python_method(a.v.o, <PyObject*>METHODS[op])
            or has_python_method(b.v.o, <PyObject*>REFLECTED[op])
            or inplace and has_python_method(a.v.o, <PyObject*>INPLACE[op]))


cdef int native_binary(Machine* m, Frame* f, Ins* ins, int number, Reg* a, Reg* b, int level) except -1:
    """As CPython does it; with active operands the result is poisoned."""
    cdef PyObject* y
    cdef Reg pair[2]
    cdef Reg* d = f.regs + ins.d
    if level >= 0 and (escape(m, a) == NULL or escape(m, b) == NULL):
        return -1
    pair[0], pair[1] = a[0], b[0]
    Py_INCREF(pair[0].v.o)
    Py_INCREF(pair[1].v.o)
    y = NATIVE[number](a.v.o, b.v.o)
    if y != NULL:
        load(m, f.level, d, y)
        if level >= 0 and d.slot < 0:
            poison(m, f, d, level, <PyObject*>OPERATORS[number & 15], pair, 2)
    Py_DECREF(pair[0].v.o)
    Py_DECREF(pair[1].v.o)
    return -1 if y == NULL else 0


cdef int run_protocol(Machine* m, object function, Reg* args, int n, int ret, int dst, int level) except -1:
    """Calls one of our own Python functions in the machine, with copies of registers."""
    cdef Reg own[8]
    cdef int i, status
    for i in range(n):
        own[i].tag = NUL
        copy_reg(own + i, args + i)
    try:
        status = push_function(m, <PyObject*>function, own, n, NULL, ret, dst, level)
        if status == 1:
            m.top.c.hidden = 1
    finally:
        for i in range(n):
            drop(own + i)
    return status


cdef Reg constant(object value) noexcept:
    """A register with a borrowed object: to be copied."""
    cdef Reg r
    r.tag = OBJ
    r.slot = -1
    r.v.o = <PyObject*>value
    return r


cdef int protocol_binary(Machine* m, Frame* f, Ins* ins, int number, Reg* a, Reg* b) except -1:
    cdef Reg args[8]
    cdef int op = number & 15
    args[0], args[1] = a[0], b[0]
    args[2], args[3] = constant(METHODS[op]), constant(REFLECTED[op])
    args[4] = constant(OPERATORS[op])
    if number & O_INPLACE:
        args[5] = constant(INPLACE[op])
        return run_protocol(m, inplace_protocol, args, 6, R_STORE, ins.d, f.level)
    return run_protocol(m, binary_protocol, args, 5, R_STORE, ins.d, f.level)


cdef int unary(Machine* m, Frame* f, Ins* ins, int number) except -1:
    cdef Reg* a = f.regs + ins.a
    cdef Reg* d = f.regs + ins.d
    cdef Reg own[1]
    cdef PyObject* y
    cdef double x = 0
    cdef long long i = 0
    cdef int kind, slot = -1, level, status
    if a.tag < 256:
        kind = number_in(a, &x, &i)
        if kind == 0 and number != U_INVERT:
            if a.slot >= 0:
                slot = cast_slot(m, a)
                slot = push1(m.levels[0], slot, -1.0 if number == U_NEG else 1.0)
                if slot < 0:
                    return -1
            put_f64(d, -x if number == U_NEG else x, slot)
            return 0
        if kind == 1 and not (number == U_NEG and i == -i and i != 0):
            if a.slot >= 0 and number != U_INVERT:
                slot = push_ints(m.levels[0], a.slot, -1, -1 if number == U_NEG else 1, 0)
                if slot < 0:
                    return -1
            put_i64(d, -i if number == U_NEG else (i if number == U_POS else ~i), slot)
            return 0
    if box(a) == NULL:
        return -1
    level = a.tag >> 8 if a.slot >= 0 else -1
    if (level >= 0 or m.heap or m.run_all) and has_python_method(a.v.o, <PyObject*>UNARY_METHODS[number]) \
            and not (level >= 0 and find_rule(<PyObject*>UNARY_OPERATORS[number]).select((<object>a.v.o,)) is not None):
        copy_first(own, a)
        status = push_function(m, _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>UNARY_METHODS[number]), own, 1, NULL,
                               R_STORE, ins.d, f.level)
        drop(own)
        return status
    if level >= 0:
        rule = find_rule(<PyObject*>UNARY_OPERATORS[number])
        if rule is not None:
            own[0] = a[0]
            status = apply_rule(m, f, rule, <PyObject*>UNARY_OPERATORS[number], own, 1, NULL, level, ins.d)
            if status < 2:
                return status
    own[0] = a[0]
    y = PyNumber_Negative(a.v.o) if number == U_NEG else (
        PyNumber_Positive(a.v.o) if number == U_POS else PyNumber_Invert(a.v.o))
    if y == NULL:
        return -1
    load(m, f.level, d, y)
    if level >= 0 and d.slot < 0:
        poison(m, f, d, level, <PyObject*>UNARY_OPERATORS[number], own, 1)
    return 0


cdef inline void copy_first(Reg* d, Reg* s) noexcept:
    d.tag = NUL
    copy_reg(d, s)


# -- comparisons ------------------------------------------------------------


cdef int compare(Machine* m, Frame* f, Reg* a, Reg* b, int op, int ret, int dst) except -1:
    """``dst = a op b``; the result of a comparison is never active."""
    cdef double x = 0, y = 0
    cdef long long i = 0, j = 0
    cdef int ka, kb, r
    cdef PyObject* o
    if op >= IS:
        return identity_or_membership(m, f, a, b, op, ret, dst)
    ka = number_in(a, &x, &i)
    kb = number_in(b, &y, &j) if ka >= 0 else -1
    if kb >= 0 and ka == kb:
        r = order(x, y, op) if ka == 0 else order_int(i, j, op)
        o = Py_True if r else Py_False
        Py_INCREF(o)
        put_obj(f.regs + dst, o, OBJ, -1)
        return 0
    if box(a) == NULL or box(b) == NULL:
        return -1
    if (m.heap or m.run_all or a.slot >= 0 or b.slot >= 0) and python_compare(a, b, op - LT):
        return protocol_compare(m, f, a, b, op - LT, ret, dst)
    o = PyObject_RichCompare(a.v.o, b.v.o, RICH[op - LT])
    if o == NULL:
        return -1
    load(m, f.level, f.regs + dst, o)
    return 0


cdef inline bint order(double x, double y, int op) noexcept:
    if op == LT:
        return x < y
    if op == LE:
        return x <= y
    if op == EQ:
        return x == y
    if op == NE:
        return x != y
    if op == GT:
        return x > y
    return x >= y


cdef inline bint order_int(long long x, long long y, int op) noexcept:
    if op == LT:
        return x < y
    if op == LE:
        return x <= y
    if op == EQ:
        return x == y
    if op == NE:
        return x != y
    if op == GT:
        return x > y
    return x >= y


cdef int[6] SWAPPED
SWAPPED[0], SWAPPED[1], SWAPPED[2], SWAPPED[3], SWAPPED[4], SWAPPED[5] = 4, 5, 2, 3, 0, 1


cdef bint python_compare(Reg* a, Reg* b, int number) noexcept:
    return (has_python_method(a.v.o, <PyObject*>COMPARE_METHODS[number])
            or has_python_method(b.v.o, <PyObject*>COMPARE_METHODS[SWAPPED[number]])
            or number == 3 and (has_python_method(a.v.o, <PyObject*>COMPARE_METHODS[2])
                                or has_python_method(b.v.o, <PyObject*>COMPARE_METHODS[2])))


cdef int protocol_compare(Machine* m, Frame* f, Reg* a, Reg* b, int number, int ret, int dst) except -1:
    cdef Reg args[8]
    args[0], args[1] = a[0], b[0]
    args[2], args[3] = constant(COMPARE_METHODS[number]), constant(COMPARE_METHODS[SWAPPED[number]])
    return run_protocol(m, compare_protocol, args, 4, ret, dst, f.level)


cdef int identity_or_membership(Machine* m, Frame* f, Reg* a, Reg* b, int op, int ret, int dst) except -1:
    cdef PyObject* o
    cdef Reg args[8]
    cdef int r
    if op == IS or op == ISNOT:
        r = identical(a, b)
        if op == ISNOT:
            r = not r
    else:
        if box(a) == NULL or box(b) == NULL:
            return -1
        if m.heap or m.run_all or a.slot >= 0 or b.slot >= 0:
            if has_python_method(b.v.o, <PyObject*>CONTAINS_) or has_python_method(b.v.o, <PyObject*>ITER_):
                args[0], args[1] = b[0], a[0]
                return run_protocol(m, contains_protocol, args, 2, R_TRUTH if op == IN else R_NOT, dst, f.level)
        r = PySequence_Contains(b.v.o, a.v.o)
        if r < 0:
            return -1
        if op == NOTIN:
            r = not r
    o = Py_True if r else Py_False
    Py_INCREF(o)
    put_obj(f.regs + dst, o, OBJ, -1)
    return 0


cdef bint identical(Reg* a, Reg* b) noexcept:
    """Whether two registers would hold the same object."""
    cdef int ka = a.tag & 0xFF, kb = b.tag & 0xFF
    if ka == OBJ and kb == OBJ:
        return a.v.o == b.v.o
    if ka == F64 and kb == F64:
        return a == b or a.slot >= 0 and a.slot == b.slot and a.tag == b.tag
    if (ka == I64 or ka == OBJ) and (kb == I64 or kb == OBJ):
        if box(a) == NULL or box(b) == NULL:
            PyErr_Clear()
            return False
        return a.v.o == b.v.o
    return False


cdef int truth(Machine* m, Frame* f, Reg* a, int ret, int dst) except -1:
    """0 or 1: the truth value.  2: a frame was pushed that will tell."""
    cdef double x = 0
    cdef long long i = 0
    cdef int kind = number_in(a, &x, &i)
    cdef Reg own[1]
    cdef PyObject* method
    cdef int status
    if kind == 0:
        return x != 0.0
    if kind == 1:
        return i != 0
    if box(a) == NULL:
        return -1
    if m.heap or m.run_all or a.slot >= 0:
        method = NULL
        if has_python_method(a.v.o, <PyObject*>BOOL_):
            method = _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>BOOL_)
        elif _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>BOOL_) == NULL and has_python_method(a.v.o, <PyObject*>LEN_):
            method = _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>LEN_)
        if method != NULL:
            copy_first(own, a)
            status = push_function(m, method, own, 1, NULL, ret, dst, f.level)
            drop(own)
            return -1 if status < 0 else 2
    return PyObject_IsTrue(a.v.o)


# -- arrays -----------------------------------------------------------------


cdef int check_array_write(Machine* m, Frame* f, Reg* target, Reg* value, bint active) except -1:
    """Writing into an array that the tape knows, or something active into any array, is refused."""
    if not active:
        active = target.slot >= 0 or value != NULL and value.slot >= 0
    if not active and value != NULL and m.heap and value.tag & 0xFF == OBJ:
        active = contains_active(m, f.level, value.v.o) > 0
    if not active:
        if is_kept(m, target.v.o):
            raise UnsupportedError(
                "an array is overwritten that an earlier operation keeps for its pullback: this version does "
                "not save overwritten contents; work on a copy")
        return 0
    raise UnsupportedError(
        "an array is written in place, and the array or what is written depends on what the gradient is taken "
        "with respect to: this version differentiates arrays that are made anew, e.g. `a = a + b` for "
        "`a += b`, np.where or np.concatenate for assignments to items")
