"""Calls of Python functions, and of whatever has a rule.

In this order: a rule, a lowering (a Python equivalent of C code), Python code in a frame of
the machine; natively, if nothing active can be seen.
"""

from ._array_iterators cimport is_followed
from ._capi cimport *
from ._code cimport has_rule, mark_rule, version_address
from ._frames cimport call_python, push_function
from ._locations cimport materialise, settle
from ._lookups cimport check_found, is_variable, looks_up, stored_key
from ._machine cimport *
from ._methods cimport has_python_method, hide
from ._native cimport native_call
from ._placed cimport placed_argument, placed_result
from ._poison cimport *
from ._rules cimport *
from ._structs cimport *
from ._values cimport *
from ._written cimport refresh_iterator

import types

import numpy as np

from .protocols import items
from .rules import registry

cdef object ndarray = np.ndarray
cdef object items_generator = items
cdef object reversed_type = reversed
cdef PyObject* REVERSED = <PyObject*>reversed_type
cdef str ITER_ = "__iter__", NEXT_ = "__next__", GETITEM_ = "__getitem__"
cdef unsigned int* registry_version = version_address()


def _registry_changed(rule):
    """A rule was registered: call sites must look again."""
    global no_skip
    registry_version[0] += 1
    target = rule.target
    if type(target) is types.FunctionType:
        mark_rule(target.__code__)
        if rule.users and rule.kind == ADJOINT and target.__code__.co_argcount == 0 \
                and not (target.__module__ or "").startswith("zygcore"):
            no_skip = True


for _rule in list(registry.RULES.values()):
    _registry_changed(_rule)
registry.on_change.append(_registry_changed)


cdef bint code_has_rule(PyObject* fn) except -1:
    """Is there a rule for a Python function?"""
    return has_rule(zyg_func_code(fn))


cdef int dispatch_function(Machine* m, Frame* f, PyObject* fn, Reg* args, int nargs, PyObject* kwnames,
                           int ret, int dst, int level, int active) except -1:
    cdef int status
    cdef object rule = None
    if code_has_rule(fn):
        rule = find_rule(fn)
    if rule is not None:
        status = by_rule(m, f, rule, fn, args, nargs, kwnames, ret, dst, level, active)
        if status < 2:
            return status
        if (<object>fn).__module__.startswith("zygcore."):
            return native_call(m, f, fn, args, nargs, kwnames, dst, -1, False)
    if active < 0 and not m.heap and not m.run_all and not no_skip \
            and not zyg_code_flags(zyg_func_code(fn)) & 0x20:
        return native_call(m, f, fn, args, nargs, kwnames, dst, -1, False)
    if zyg_code_flags(zyg_func_code(fn)) & (0x80 | 0x200):
        return native_call(m, f, fn, args, nargs, kwnames, dst, active, True)
    return push_function(m, fn, args, nargs, kwnames, ret, dst, level)


cdef int by_rule(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs, PyObject* kwnames,
                 int ret, int dst, int level, int active) except -1:
    """A call for which a rule is registered.  2: the rule does not apply."""
    cdef int status = by_one_rule(m, f, rule, target, args, nargs, kwnames, ret, dst, level, active)
    while status == 2 and rule.base is not None:
        rule = rule.base
        status = by_one_rule(m, f, rule, target, args, nargs, kwnames, ret, dst, level, active)
    return status


cdef int by_one_rule(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs, PyObject* kwnames,
                     int ret, int dst, int level, int active) except -1:
    cdef int kind = rule.kind, n
    if active < 0 and not m.heap and not no_skip and (kind == LOWERING or kind == CONSUMER):
        return 2  # C code does what it does; the functions that it calls back come here
    if kind == LOWERING:
        if f.func == <PyObject*>(<object>rule.function):
            return 2  # the lowering itself calls what it stands for
        return push_hidden(m, rule.function, args, nargs, kwnames, ret, dst, level)
    if kind == NONDIFFERENTIABLE:
        n = Py_TYPE(target) == &PyFunction_Type
        m.quiet += n
        try:
            native_call(m, f, target, args, nargs, kwnames, dst, -1, False)
        finally:
            m.quiet -= n
        if rule.users and f.regs[dst].tag & 0xFF == OBJ and PyFloat_CheckExact(f.regs[dst].v.o):
            put_f64(f.regs + dst, zyg_float(f.regs[dst].v.o), -1)  # also if it is the argument itself
        if active >= 0 and f.regs[dst].slot < 0 \
                and is_exact_poison(m, args, nargs, <object>box(f.regs + dst)):
            poison(m, f, f.regs + dst, active, target, args, nargs)
        return 0
    if kind == CONSUMER:
        n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
        return consume_all(m, f, rule, target, args, nargs, n, kwnames, dst, level)
    if active < 0 and m.heap:
        active = hidden_level(m, args, nargs, kwnames, level)
    if active < 0 and (nargs or level < 0):
        return 2
    return apply_rule(m, f, rule, target, args, nargs, kwnames, active, dst)


cdef int hidden_level(Machine* m, Reg* args, int nargs, PyObject* kwnames, int level) except -2:
    """The visible level at which a container among the arguments holds active values, or -1."""
    cdef int i, n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    for i in range(n):
        if args[i].tag & 0xFF == OBJ and args[i].slot < 0 and contains_active(m, level, args[i].v.o) > 0:
            return level
    return -1


cdef int push_hidden(Machine* m, object function, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                     int level) except -1:
    """Runs a Python equivalent of C code: it leaves no trace in tracebacks."""
    cdef int status = push_function(m, <PyObject*>function, args, nargs, kwnames, ret, dst, level)
    if status == 1:
        hide(m)
    return status


cdef int call_bound(Machine* m, Frame* f, PyObject* function, PyObject* first, Reg* args, int nargs, PyObject* kwnames,
                    int ret, int dst, int level) except -1:
    """Calls a Python function with an object in front of the arguments."""
    cdef int n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    cdef Reg* own = prepended(m, level, first, args, n)
    try:
        return dispatch_function(m, f, function, own, nargs + 1, kwnames, ret, dst, level,
                                 innermost_all(own, nargs + 1, kwnames))
    finally:
        release(own, n + 1)


cdef Reg* prepended(Machine* m, int level, PyObject* first, Reg* args, int n) except NULL:
    """Registers of a call with an object in front; `args` are moved."""
    cdef int i
    cdef Reg* own = <Reg*>PyMem_Malloc((n + 1) * sizeof(Reg))
    if own == NULL:
        raise MemoryError
    own[0].tag = NUL
    Py_INCREF(first)
    load(m, level, own, first)
    for i in range(n):
        own[i + 1] = args[i]
        args[i].tag = NUL
        args[i].slot = -1
    return own


cdef void release(Reg* own, int n) noexcept:
    cdef int i
    for i in range(n):
        drop(own + i)
    PyMem_Free(own)


# -- C code that passes on what it is given --------------------------------------


cdef int consume_all(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs, int n,
                     PyObject* kwnames, int dst, int level) except -1:
    """C code that passes on the items of its arguments, or its arguments themselves."""
    cdef int i
    if m.heap:
        for i in range(n):
            refresh_iterator(m, f, args + i)
    i = 0
    passes = rule.passes
    if rule.lazy and nargs == 1 and n == 1 and placed_result(m, target, args, f.regs + dst):
        return 0
    if nargs and rule.mutates:
        settle(m, level, args)
        i = 1
    for i in range(i, n):
        if i in passes if i < nargs else not is_iterable_keyword(kwnames, i - nargs):
            if escape(m, args + i) == NULL:
                return -1
        elif rule.lazy and (placed_argument(m, args + i) or target == REVERSED and iterates_in_python(args + i)):
            pass  # what has no order of its own cannot be reversed
        else:
            consume(m, args + i, level, rule.mutates, i == 0 and is_c_method(target))
    return consumer_call(m, f, target, args, nargs, n, kwnames, dst, level)


cdef bint is_iterable_keyword(PyObject* kwnames, int i) except -1:
    """Keyword arguments are passed on as they are, but for the one of ``enumerate``."""
    return <object>PyTuple_GET_ITEM(kwnames, i) == "iterable"


cdef int consumer_call(Machine* m, Frame* f, PyObject* target, Reg* args, int nargs, int n, PyObject* kwnames,
                       int dst, int level) except -1:
    """C code that passes items on; what it takes from something poisoned is poisoned."""
    cdef int i, at = -1
    for i in range(n):
        if is_poisoned(m, args + i):
            at = i
    stored = None
    if nargs > 1 and looks_up(target) and is_variable(m, level, args + 1):
        stored = stored_key(<object>box(args), args + 1)
    native_call(m, f, target, args, nargs, kwnames, dst, -1, False)
    if stored is not None:
        check_found(m, f, stored, args + 1, f.regs + dst)
    if at >= 0 and f.regs[dst].slot < 0:
        poison(m, f, f.regs + dst, args[at].tag >> 8, target, args, n)
    return 0


cdef bint is_c_method(PyObject* target) noexcept:
    """A method of a type made in C, which knows the memory of its object."""
    return Py_TYPE(target) == &PyMethodDescr_Type or Py_TYPE(target) == &PyWrapperDescr_Type


cdef int consume(Machine* m, Reg* r, int level, bint elsewhere, bint own) except -1:
    """An argument whose items C code passes on (`elsewhere`: not to its result).

    They must be known by identity.  The object of a method is asked by no code of its class (`own`).
    """
    if r.tag & 0xFF == OBJ and r.slot >= 0:
        if materialise(m, level, r):
            return 0
        if not own and (elsewhere or PyIter_Check(r.v.o)) and is_poisoned(m, r) and is_iterable(r.v.o):
            return lazily(m, r, level)
    if not own and r.tag & 0xFF == OBJ and (iterates_in_python(r) or is_followed(m, level, r)):
        return lazily(m, r, level)
    if escape(m, r) == NULL:
        return -1
    return 0


cdef bint iterates_in_python(Reg* r) noexcept:
    """Would C code that takes the items run Python code, or make numbers of its own?"""
    cdef PyObject* o = r.v.o
    if r.slot >= 0 and issubclass(type(<object>o), ndarray):
        return (<object>o).ndim > 0
    return has_python_method(o, <PyObject*>ITER_) or has_python_method(o, <PyObject*>NEXT_) \
        or has_python_method(o, <PyObject*>GETITEM_) and _PyType_Lookup(Py_TYPE(o), <PyObject*>ITER_) == NULL


cdef bint is_iterable(PyObject* o) noexcept:
    return _PyType_Lookup(Py_TYPE(o), <PyObject*>ITER_) != NULL


cdef int lazily(Machine* m, Reg* r, int level) except -1:
    """Replaces an iterable by a generator of the machine that yields its items."""
    cdef Reg own[1]
    cdef Reg out
    out.tag = NUL
    own[0].tag = NUL
    copy_reg(own, r)
    try:
        call_python(m, level, <PyObject*>(<object>items_generator), own, 1, &out)
        move_reg(r, &out)
    finally:
        drop(own)
    return 0
