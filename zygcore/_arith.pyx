"""Operators that the machine's loop does not carry out itself.

Numbers that are objects or of mixed kinds are `_numbers`; the operators of everything else go by
rule, by the Python methods of the operands' types, or natively.
"""

from ._array_iterators cimport flat_argument, is_active_flat
from ._arrays cimport is_array
from ._assign cimport concerns
from ._capi cimport *
from ._nodes cimport Operation, binary_function, operation_of
from ._frames cimport call_python
from ._locations cimport location_of, materialise, settle
from ._machine cimport *
from ._methods cimport borrowed, call_method, has_python_method, run_protocol
from ._inner_numbers cimport inner_arithmetic, inner_negative, is_recorded_inside
from ._numbers cimport big_integers, floats, integers, number_in
from ._opcodes cimport *
from ._operands cimport kill_two
from ._library_arrays cimport refuse_write
from ._library_memory cimport is_kept_library_array, is_library_array
from ._special cimport special_binary, special_unary
from ._scalars cimport is_float64, scalar_binary, scalar_negative
from ._poison cimport poison
from ._rules cimport CONSUMER, NONDIFFERENTIABLE, apply_rule, cast_slot, find_rule
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import operator

import numpy as np

from . import protocols
from .protocols import type_method
from .rules.numpy import _inplace

cdef binary_function[32] NATIVE
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
cdef tuple IN_PLACE = (
    operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv, operator.imod,
    operator.ipow, operator.imatmul, operator.ilshift, operator.irshift, operator.iand, operator.ior,
    operator.ixor)
cdef tuple NAMES = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul",
                    "lshift", "rshift", "and", "or", "xor")
cdef tuple METHODS = tuple([f"__{n}__" for n in NAMES])
cdef tuple REFLECTED = tuple([f"__r{n}__" for n in NAMES])
cdef tuple INPLACE = tuple([f"__i{n}__" for n in NAMES])
cdef tuple UNARY_OPERATORS = (operator.neg, operator.pos, operator.invert)
cdef tuple UNARY_METHODS = ("__neg__", "__pos__", "__invert__")
cdef object ndarray = np.ndarray, operate_in_place = _inplace.operate_in_place
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>ndarray
cdef object operate = _inplace.operate
cdef object binary_protocol = protocols.binary, inplace_protocol = protocols.inplace

cdef PyObject* power(PyObject* a, PyObject* b) noexcept:
    return PyNumber_Power(a, b, Py_None)


cdef PyObject* inplace_power(PyObject* a, PyObject* b) noexcept:
    return PyNumber_InPlacePower(a, b, Py_None)


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
                                ka and not -ZYG_EXACT <= i <= ZYG_EXACT or kb and not -ZYG_EXACT <= j <= ZYG_EXACT)
            if status <= 0:
                if status == 0:
                    kill_two(f, ins)
                return status
    elif is_recorded_inside(m, a, b):
        status = inside(m, number & 15, a, b, f.regs + ins.d)
        if status < 2:
            if status == 0:
                kill_two(f, ins)
            return status
    status = objects_binary(m, f, ins, number, a, b)
    if status == 0:
        kill_two(f, ins)
    return status


cdef int inside(Machine* m, int op, Reg* a, Reg* b, Reg* d) except -2:
    """An operator of numbers of which one is active at an inner level.  2: not here."""
    cdef double x = 0, y = 0
    cdef long long i = 0, j = 0
    cdef int ka = number_in(a, &x, &i), kb = number_in(b, &y, &j)
    if ka < 0 or kb < 0 or is_poisoned(m, a) or is_poisoned(m, b):
        return 2
    if ka:
        if a.slot >= 0 or not -ZYG_EXACT <= i <= ZYG_EXACT:
            return 2
        x = <double>i
    if kb:
        if b.slot >= 0 or not -ZYG_EXACT <= j <= ZYG_EXACT:
            return 2
        y = <double>j
    return inner_arithmetic(m, op, a, b, x, y, d)


cdef int objects_binary(Machine* m, Frame* f, Ins* ins, int number, Reg* a, Reg* b) except -1:
    cdef int op = number & 15, level, status
    cdef bint inplace = (number & O_INPLACE) != 0
    cdef Reg pair[2]
    cdef Reg own[3]
    if box(a) == NULL or box(b) == NULL:
        return -1
    level = innermost_of(a, b)
    if inplace and Py_TYPE(a.v.o) == ARRAY and is_operand(b) and concerns(m, f, a, b):
        own[0], own[1], own[2] = a[0], b[0], borrowed(<PyObject*>OPERATORS[op])
        return run_protocol(m, operate_in_place, own, 3, R_STORE, ins.d, f.level)
    if level == 0 and (is_float64(a) or is_float64(b)):
        status = scalar_binary(m, f, op, NATIVE[number], a, b, ins.d)
        if status < 2:
            return status
    if level == 0 and not inplace and (Py_TYPE(a.v.o) == ARRAY or Py_TYPE(b.v.o) == ARRAY):
        operation = operation_of(<PyObject*>OPERATORS[op])
        if operation is not None:
            pair[0], pair[1] = a[0], b[0]
            status = (<Operation>operation).call(m, f, NATIVE[number], pair, 2, NULL, ins.d)
            if status < 2:
                return status
    if level == 0 and Py_TYPE(a.v.o) == &PyLong_Type and Py_TYPE(b.v.o) == &PyLong_Type \
            and not is_poisoned(m, a) and not is_poisoned(m, b):
        status = big_integers(m, f, ins, op, a, b)
        if status <= 0:
            return status
    if inplace and is_library_array(a.v.o) and is_kept_library_array(m, a.v.o):
        refuse_write(a.v.o, "an in-place operator")
    if level < 0 and not m.heap and not m.run_all:
        return native_binary(m, f, ins, number, a, b, -1)
    if takes_flat(m, f, a, b):
        return with_flat(m, f, ins, number, a, b)
    if python_operator(a, b, op, inplace) and not (level >= 0 and has_case(op, inplace, a, b)):
        return protocol_binary(m, f, ins, number, a, b)
    if inplace and is_library_array(a.v.o) and (level >= 0 or m.heap and hidden_operands(m, f, a, b) >= 0):
        refuse_write(a.v.o, "an in-place operator")
    status = special_binary(m, f, <PyObject*>(IN_PLACE if inplace and is_array(a.v.o) else OPERATORS)[op], a, b, ins.d)
    if status < 2:
        return status
    if inplace and Py_TYPE(a.v.o) != ARRAY:
        method = type_method(<object>Py_TYPE(a.v.o), INPLACE[op])
        if method is not None and find_rule(<PyObject*>method) is not None:
            return inplace_method(m, f, ins, method, a, b)
    if not (inplace and changes(op, a)) and passes_on(op, a, b) and not is_poisoned(m, a) and not is_poisoned(m, b):
        return join(m, f, ins, number, a, b)
    if inplace and level >= 0:
        settle(m, f.level, a)
        if location_of(m, a) is not None:
            level = b.tag >> 8 if b.slot >= 0 else -1
    if level < 0 and m.heap:
        level = hidden_operands(m, f, a, b)
    if level >= 0:
        rule = find_rule(<PyObject*>OPERATORS[op])
        if rule is not None and not (inplace and issubclass(type(<object>a.v.o), list)):
            pair[0], pair[1] = a[0], b[0]
            if is_poisoned(m, a) or is_poisoned(m, b):
                # also of `//`: the quotient may be exact, and its derivative unknown, too
                return native_binary(m, f, ins, number, a, b, level)
            while rule is not None:
                if rule.kind == NONDIFFERENTIABLE:
                    return native_binary(m, f, ins, number, a, b, -1)
                status = apply_rule(m, f, rule, <PyObject*>OPERATORS[op], pair, 2, NULL, level, ins.d)
                if status < 2:
                    return status
                rule = rule.base
    return native_binary(m, f, ins, number, a, b, level)


cdef bint takes_flat(Machine* m, Frame* f, Reg* a, Reg* b) except -1:
    """Is it an operator of ``array.flat``, which is active, and an array?"""
    return is_array_or_scalar(a.v.o) and is_active_flat(m, f.level, b.v.o) \
        or is_array_or_scalar(b.v.o) and is_active_flat(m, f.level, a.v.o)


cdef bint is_array_or_scalar(PyObject* o) except -1:
    return Py_TYPE(o) == ARRAY or issubclass(type(<object>o), np.generic)


cdef int with_flat(Machine* m, Frame* f, Ins* ins, int number, Reg* a, Reg* b) except -1:
    """Such an operator: NumPy makes an array of ``flat``."""
    cdef Reg own[3]
    cdef int i
    own[0].tag = own[1].tag = NUL
    own[2] = borrowed(<PyObject*>OPERATORS[number & 15])
    copy_reg(own, a)
    copy_reg(own + 1, b)
    try:
        for i in range(2):
            if is_active_flat(m, f.level, own[i].v.o):
                flat_argument(m, f.level, own + i)
        function = operate_in_place if number & O_INPLACE and Py_TYPE(a.v.o) == ARRAY else operate
        return run_protocol(m, function, own, 3, R_STORE, ins.d, f.level)
    finally:
        drop(own)
        drop(own + 1)


cdef bint is_operand(Reg* b) noexcept:
    """Does NumPy itself carry out operators of an array and this?"""
    cdef PyTypeObject* tp = Py_TYPE(b.v.o)
    return tp == ARRAY or tp == &PyFloat_Type or tp == &PyLong_Type or tp == &PyList_Type or tp == &PyTuple_Type \
        or issubclass(type(<object>b.v.o), (complex, np.generic, int))


cdef bint has_case(int op, bint inplace, Reg* a, Reg* b) except -1:
    """Is there a rule for an operator on just these types?"""
    rule = find_rule(<PyObject*>OPERATORS[op])
    left = (METHODS[op], INPLACE[op]) if inplace else (METHODS[op],)
    return rule is not None and rule.covers((<object>a.v.o, <object>b.v.o), (left, (REFLECTED[op],)))


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


cdef bint passes_on(int op, Reg* a, Reg* b) except -1:
    """Is it an operator of containers, which passes on the items of its operands?"""
    if is_array(a.v.o) or is_array(b.v.o):
        return False  # it goes before lists
    cdef PyObject* left = _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>METHODS[op])
    cdef PyObject* right = _PyType_Lookup(Py_TYPE(b.v.o), <PyObject*>REFLECTED[op])
    return consumes(left) or consumes(right)


cdef int join(Machine* m, Frame* f, Ins* ins, int number, Reg* a, Reg* b) except -1:
    """Such an operator: what is in inputs is made known by identity in copies of them."""
    cdef Reg own[2]
    own[0].tag = NUL
    own[1].tag = NUL
    copy_reg(own, a)
    copy_reg(own + 1, b)
    try:
        materialise(m, f.level, own)
        materialise(m, f.level, own + 1)
        return native_binary(m, f, ins, number, own, own + 1, -1)
    finally:
        drop(own)
        drop(own + 1)


cdef bint changes(int op, Reg* a) noexcept:
    """Does the type have an operator that changes the operand in place?"""
    return _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>INPLACE[op]) != NULL


cdef bint consumes(PyObject* method) except -1:
    rule = find_rule(method) if method != NULL else None
    return rule is not None and rule.kind == CONSUMER


cdef int hidden_operands(Machine* m, Frame* f, Reg* a, Reg* b) except -2:
    """The level at which a container among the operands of foreign code holds active values."""
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


cdef int protocol_binary(Machine* m, Frame* f, Ins* ins, int number, Reg* a, Reg* b) except -1:
    cdef Reg args[8]
    cdef int op = number & 15
    args[0], args[1] = a[0], b[0]
    args[2], args[3] = borrowed(<PyObject*>METHODS[op]), borrowed(<PyObject*>REFLECTED[op])
    args[4] = borrowed(<PyObject*>OPERATORS[op])
    if number & O_INPLACE:
        args[5] = borrowed(<PyObject*>INPLACE[op])
        return run_protocol(m, inplace_protocol, args, 6, R_STORE, ins.d, f.level)
    return run_protocol(m, binary_protocol, args, 5, R_STORE, ins.d, f.level)


# -- one operand --------------------------------------------------------------


cdef bint unary_case(int number, Reg* a) except -1:
    return find_rule(<PyObject*>UNARY_OPERATORS[number]).covers((<object>a.v.o,), ((UNARY_METHODS[number],),))


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
                if slot >= 0:
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
    elif number == U_NEG and is_recorded_inside(m, a, NULL) and number_in(a, &x, &i) == 0 and not is_poisoned(m, a):
        return inner_negative(m, a, x, d)
    if box(a) == NULL:
        return -1
    level = a.tag >> 8 if a.slot >= 0 else -1
    if level == 0 and number == U_NEG and is_float64(a):
        status = scalar_negative(m, a, d)
        if status < 2:
            return status
    if (level >= 0 or m.heap or m.run_all) and has_python_method(a.v.o, <PyObject*>UNARY_METHODS[number]) \
            and not (level >= 0 and unary_case(number, a)):
        return call_method(m, f, _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>UNARY_METHODS[number]), a, 1, R_STORE, ins.d)
    if level >= 0 or m.heap:
        status = special_unary(m, f, <PyObject*>UNARY_OPERATORS[number], a, ins.d)
        if status < 2:
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
