"""Applying rules: recording what a call with active arguments did.

A rule is a Python function that gives the value and the pullback.  At the outermost
level it is simply called.  At an inner level it is run by the machine with the
arguments as the outer levels see them, so that what it computes is recorded
there: nesting needs nothing else.
"""

from libc.stdint cimport uint64_t

from ._arrays cimport Memory, is_array, shared_slot, written_memory
from ._capi cimport *
from ._nodes cimport Operation, keep_captured, operation_of
from ._entry cimport machine
from ._frames cimport push_function
from ._hook cimport more_known
from ._locations cimport Location, materialise, open_container, open_shared, outer_leaves
from ._kept cimport keep_array
from ._library_memory cimport is_library_array, keep_library_array
from ._machine cimport *
from ._poison cimport is_exact_poison, poison
from ._structs cimport *
from ._tape cimport *
from ._values cimport *
from ._wholes cimport struct_slot, whole_slot

import sys
import types

import numpy as np

from .errors import RuleError, UnsupportedError
from .rules.exact import Atom
from .rules.libraries import arrived
from .rules.registry import RULES, TANGENTS, UNKNOWN, describe

cdef dict rules_ = RULES, tangents_ = TANGENTS, modules = sys.modules
cdef uint64_t modules_version = 0    # of `modules`, when it was looked through for libraries
cdef object function_type = types.FunctionType, ndarray = np.ndarray
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>ndarray


cdef object find_rule(PyObject* target):
    """The rule registered for a callable, or None."""
    cdef PyObject* out = PyDict_GetItemWithError(<PyObject*>rules_, target)
    if out == NULL and PyErr_Occurred() == NULL and new_libraries():
        out = PyDict_GetItemWithError(<PyObject*>rules_, target)
    if out == NULL:
        PyErr_Clear()  # it cannot be hashed
        return None
    return <object>out


cdef bint new_libraries() except -1:
    """Registers the rules of libraries that were imported since; whether there are any."""
    global modules_version
    cdef uint64_t version = zyg_dict_version(<PyObject*>modules)
    cdef Machine* m
    if version == modules_version:
        return False
    m = machine()
    if m.quiet:
        return False
    m.quiet += 1
    try:
        new = arrived()
    finally:
        m.quiet -= 1
    if new is not None:
        modules_version = version
    return new is True


cdef int innermost(Reg* args, int n) noexcept:
    """The innermost level at which an argument is active, -1: none."""
    cdef int i, level = -1
    for i in range(n):
        if args[i].slot >= 0 and args[i].tag >> 8 > level:
            level = args[i].tag >> 8
    return level


cdef int cast_slot(Machine* m, Reg* r) noexcept:
    """The slot of an active number as a float node of the outermost tape."""
    cdef Tape* t = m.levels[0]
    cdef int slot
    if not is_object(t, r.slot):
        return r.slot
    slot = tape_side(t, S_CAST, 0, 1, NULL, NULL, NULL, 0)
    if slot >= 0:
        t.slots[t.sides[t.entries[slot].b].first] = r.slot
    return slot


cdef int operand_slot(Machine* m, int level, Reg* r) except -2:
    """The slot at one level of an argument, which may be a container of active values."""
    cdef PyObject* o
    if r.slot >= 0 and r.tag >> 8 == level:
        return whole_slot(m, level, r.slot, <object>r.v.o) if r.tag & 0xFF == OBJ else r.slot
    if m.heap == 0 or r.tag & 0xFF != OBJ:
        return -1
    o = r.v.o
    if contains_active(m, level, o) <= 0:
        return -1
    if has_objects(o):
        raise UnsupportedError(
            "an array of objects in which something has a derivative goes to a function that NumPy carries out: read "
            "its items, or make an array of numbers or a list of them")
    return struct_slot(m, level, <object>o)


cdef list operand_slots(Machine* m, int level, Reg* args, int nargs, PyObject* kwnames, object function):
    """One slot per positional parameter of the rule; if it `takes_keywords`, those follow in their order."""
    cdef list slots = []
    cdef int i, slot
    for i in range(nargs):
        slots.append(operand_slot(m, level, args + i))
    if kwnames != NULL:
        code = getattr(function, "__code__", None)
        names = code.co_varnames[:code.co_argcount] if code is not None else ()
        for i in range(PyTuple_GET_SIZE(kwnames)):
            slot = operand_slot(m, level, args + nargs + i)
            if slot < 0:
                continue
            name = <object>PyTuple_GET_ITEM(kwnames, i)
            if name not in names and getattr(function, "takes_keywords", False):
                while len(slots) <= nargs + i:
                    slots.append(-1)
                slots[nargs + i] = slot
                continue
            if name not in names:
                raise RuleError(
                    f"{describe(function)} gets an active value as the keyword {name!r}, for which it "
                    "has no positional parameter, hence no cotangent: give the rule such a parameter")
            at = names.index(name)
            while len(slots) <= at:
                slots.append(-1)
            slots[at] = slot
    return slots


cdef object objects(Reg* args, int n):
    cdef int i
    out = []
    for i in range(n):
        if box(args + i) == NULL:
            PyErr_Clear()
            raise SystemError("zygcore: an unbound register was read")
        out.append(<object>args[i].v.o)
    return out


cdef int apply_rule(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs,
                    PyObject* kwnames, int level, int dst) except -1:
    """Runs the rule for a call; the result goes to register `dst` of `f`.

    1: a frame was pushed that will deliver it.  2: no case of the rule fits these arguments.
    """
    cdef int status = apply_one_rule(m, f, rule, target, args, nargs, kwnames, level, dst)
    while status == 2 and rule.base is not None and (rule.base.kind == ADJOINT or rule.base.kind == ELEMENTWISE):
        rule = rule.base
        status = apply_one_rule(m, f, rule, target, args, nargs, kwnames, level, dst)
    return status


cdef int apply_one_rule(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs,
                        PyObject* kwnames, int level, int dst) except -1:
    cdef Tape* t = m.levels[level] if level >= 0 else NULL
    cdef int i, nkw = <int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0
    cdef list values
    if level == 0:
        operation = operation_of(target)
        if operation is not None:
            i = (<Operation>operation).call(m, f, NULL, args, nargs, kwnames, dst)
            if i != 2:
                return i
    values = objects(args, nargs + nkw)
    if rule.kind == ELEMENTWISE:
        if level == 0 and nkw == 0 and nargs <= 2:
            m.quiet += 1
            try:
                i = scalar_elementwise(m, f, rule, target, args, nargs, values, dst)
            finally:
                m.quiet -= 1
            if i <= 0:
                return i
        function = rule.function
        if function is None:
            function = rule.function = elementwise_function(rule)
        if level > 0 and nkw == 0 and t.parent == 0 and (t.forward == NULL or t.forward == Py_None):
            i = inner_elementwise(m, f, rule, function, target, args, nargs, level, dst)
            if i <= 0:
                return i
    else:
        function = rule.select(values[:nargs])
    if function is None:
        return 2
    if level >= 0 and t.forward != NULL and tangents_:
        function = tangents_.get(<object>target, function)
    slots = operand_slots(m, level, args, nargs, kwnames, function) if level >= 0 else []
    if level >= 0 and t.parent >= 0 or level < 0 and f.level > 0:
        return run_rule(m, f, function, target, args, nargs, kwnames, level, slots, dst)
    if level >= 0 and function.__module__.startswith("zygcore.rules."):
        values = [with_own_lists(x) for x in values]
    m.quiet += 1
    try:
        if kwnames == NULL:
            out = function(*values)
        else:
            out = function(*values[:nargs], **dict(zip(<object>kwnames, values[nargs:])))
    finally:
        m.quiet -= 1
    y, back = unpacked(function, out)
    if level < 0:
        Py_INCREF(<PyObject*>y)
        load(m, f.level, f.regs + dst, <PyObject*>y)
        return 0
    if back is UNKNOWN or back is None and level >= 0 and is_exact_poison(m, args, nargs + nkw, y):
        Py_INCREF(<PyObject*>y)
        load(m, f.level, f.regs + dst, <PyObject*>y)
        poison(m, f, f.regs + dst, level, target, args, nargs)
        return 0
    if level == 0 and back is not None and may_be_view(args, nargs + nkw, <PyObject*>y):
        i = shown_slot(t, function, args, nargs + nkw, y)
        if i >= 0:
            Py_INCREF(<PyObject*>y)
            put_obj(f.regs + dst, <PyObject*>y, OBJ, i)
            return 0
    if back is not None and shares_elements(<PyObject*>y):
        y = with_own_elements(function, y)
    keep_arrays(t, args, nargs + nkw, None if back is None else y)
    keep_captured(t, back)
    record(m, f, t, y, back, slots, function, NULL, f.regs + dst)
    return 0


cdef int inner_elementwise(Machine* m, Frame* f, object rule, object function, PyObject* target, Reg* args, int nargs,
                           int level, int dst) except -2:
    """An elementwise function of arrays one level inside the outermost one, where it is recorded without Python code.

    2: not that simple.
    """
    cdef Tape* t = m.levels[level]
    cdef Reg own[2]
    cdef Reg y
    cdef int i, status = 2
    cdef bint active = False
    operation = operation_of(target) if nargs <= 2 else None
    if operation is None:
        return 2
    y.tag = own[0].tag = own[1].tag = NUL
    for i in range(nargs):
        copy_reg(own + i, args + i)
        while own[i].slot >= 0 and own[i].tag >> 8 > 0:
            outer_of(m, own + i)
        active = active or own[i].slot >= 0
    try:
        if active:
            status = (<Operation>operation).call(m, f, NULL, own, nargs, NULL, dst)
        if status != 0:
            return status
        copy_reg(&y, f.regs + dst)
        value = escaped(m, &y)
        operands = tuple([escaped(m, own + i) for i in range(nargs)])
        slots = operand_slots(m, level, args, nargs, NULL, function)
        keep_arrays(t, args, nargs, value)
        back = parts_of_pullback(rule.partials[:nargs], operands, value)
        record(m, f, t, value, back, slots, function, &y, f.regs + dst)
    finally:
        drop(&y)
        drop(own)
        drop(own + 1)
    return 0


cdef inline bint may_be_view(Reg* args, int n, PyObject* y) noexcept:
    """Is the value of a call an argument, or an array over memory that is not its own?"""
    cdef int i
    if not is_array(y):
        return False
    if zyg_array_base(y) != NULL:
        return True
    for i in range(n):
        if args[i].tag & 0xFF == OBJ and args[i].v.o == y:
            return True
    return False


cdef bint shares_elements(PyObject* y) noexcept:
    """Is one place in memory several elements of an array? The cotangent of that place would be all of theirs."""
    cdef int i
    cdef bint repeats = False
    if Py_TYPE(y) == ARRAY:
        for i in range(zyg_array_ndim(y)):
            if zyg_array_dims(y)[i] == 0:
                return False
            repeats = repeats or zyg_array_strides(y)[i] == 0 and zyg_array_dims(y)[i] > 1
    return repeats


cdef object with_own_elements(object function, object y):
    """A copy of a value whose elements share memory that nobody else sees.

    Rules of ours see to it themselves that a view of an argument is known as one.
    """
    if Py_REFCNT(owner_of(<PyObject*>y)) > 1:
        if function.__module__.startswith("zygcore.rules."):
            return y
        raise UnsupportedError(
            f"the value of the rule {describe(function)} shows elements of another array several times: what is "
            "written there later would change it. Return a copy")
    return y.copy()


cdef int shown_slot(Tape* t, object function, Reg* args, int n, object y) except -2:
    """A node for the value of a rule of ours that is a view of an argument; -1: it is none."""
    cdef int i, slot
    if not function.__module__.startswith("zygcore.rules."):
        return -1
    for i in range(n):
        if args[i].slot >= 0 and args[i].tag & 0xFF == OBJ and is_array(args[i].v.o):
            slot = shared_slot(t, args[i].slot, args[i].v.o, <PyObject*>y)
            if slot >= 0:
                return slot
    return -1


cdef list active_arrays(Machine* m, int level, Reg* args, int n):
    """(node, array) of the arguments that are arrays and active at a level, or None."""
    cdef int i
    cdef list out = []
    for i in range(n):
        if args[i].slot >= 0 and args[i].tag >> 8 == level and args[i].tag & 0xFF == OBJ and is_array(args[i].v.o):
            out.append((args[i].slot, <object>args[i].v.o))
    return out or None


cdef bint inner_view(Machine* m, int level, object function, list arrays, object value, Reg* outer, Reg* d) except -1:
    """Is the value of a rule of ours, at an inner level, a view of an argument?  Then `d` gets it."""
    cdef Tape* t = m.levels[level]
    cdef int s
    if not function.__module__.startswith("zygcore.rules."):
        return False
    for slot, array in arrays:
        s = shared_slot(t, slot, <PyObject*>array, <PyObject*>value)
        if s >= 0:
            set_outer(t, s, outer)
            Py_INCREF(<PyObject*>value)
            put_obj(d, <PyObject*>value, OBJ | level << 8, s)
            return True
    return False


cdef int keep_arrays(Tape* t, Reg* args, int n, object y) except -1:
    """The pullback of a rule may keep its arguments and its value: they must not be overwritten."""
    cdef int i, before = t.saved.used
    cdef Memory memory
    for i in range(n):
        if args[i].tag & 0xFF == OBJ and is_library_array(args[i].v.o):
            keep_library_array(t, args[i].v.o, args[i].slot >= 0)
        elif args[i].tag & 0xFF == OBJ and is_array(args[i].v.o):
            keep_array(t, <object>args[i].v.o)
            if t.nwritten:
                memory = written_memory(t, args[i].v.o)
                if memory is not None:
                    memory.kept = True
    if issubclass(type(y), ndarray):
        keep_array(t, y)
    elif is_library_array(<PyObject*>y):
        keep_library_array(t, <PyObject*>y, True)
    if before == 0 and t.saved.used and t.heap != NULL:
        more_known(t.heap)  # from now on Python code runs in the machine: it might write into them
    return 0


cdef object parts_of_pullback = None


def elementwise_function(rule):
    """The adjoint of an elementwise rule, as a Python function."""
    global parts_of_pullback
    from .rules.broadcasting import elementwise_adjoint, parts
    parts_of_pullback = parts
    return elementwise_adjoint(rule)


cdef tuple unpacked(object function, object out):
    if type(out) is not tuple or len(<tuple>out) != 2 or not (
            callable((<tuple>out)[1]) or (<tuple>out)[1] is None or (<tuple>out)[1] is UNKNOWN):
        raise RuleError(f"the rule {describe(function)} must return (value, pullback); it returned {out!r:.200}")
    return <tuple>out


cdef int run_rule(Machine* m, Frame* f, object function, PyObject* target, Reg* args, int nargs,
                  PyObject* kwnames, int level, list slots, int dst) except -1:
    """The same at an inner level: by the machine, as the outer levels see the arguments."""
    cdef int i, n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    cdef int outer = m.levels[level].parent if level >= 0 else m.levels[f.level].parent
    cdef Reg* own = <Reg*>PyMem_Malloc((n + 1) * sizeof(Reg))
    cdef int status
    if own == NULL:
        raise MemoryError
    for i in range(n):
        own[i].tag = NUL
        copy_reg(own + i, args + i)
        while own[i].slot >= 0 and own[i].tag >> 8 > outer:
            outer_of(m, own + i)
    try:
        given = None
        if level >= 0 and (m.levels[level].forward == Py_Ellipsis or function.__module__.startswith("zygcore.rules.")):
            keep_lists(m, outer, own, n)
        if level < 0 and m.levels[f.level].forward == Py_Ellipsis and function.__name__ == "constant_rule":
            tape_side(m.levels[f.level], S_POISON, 1, 0, NULL, <PyObject*>"held", NULL, 0)  # for `series.level`
        if level >= 0:
            keep_arrays(m.levels[level], args, n, None)
            if m.levels[level].forward == Py_Ellipsis:
                given = <object>target, noted_arguments(m, own, n), () if kwnames == NULL else <object>kwnames
        if type(function) is not function_type:
            raise RuleError(f"the rule {function!r} must be a Python function to be differentiated itself")
        status = push_function(m, <PyObject*>function, own, nargs, kwnames, R_RULE, dst, outer)
        if status == 0:
            raise RuleError(f"the rule {describe(function)} must return (value, pullback); it is a generator function")
        exact = level >= 0 and is_exact_poison(m, args, n, 0)
        aux = (level, slots, function, <object>target, exact, active_arrays(m, level, args, n), given)
        Py_INCREF(<PyObject*>aux)
        m.top.aux = <PyObject*>aux
    finally:
        for i in range(n):
            drop(own + i)
        PyMem_Free(own)
    return status


cdef int keep_lists(Machine* m, int level, Reg* own, int n) except -1:
    """Copies the lists among arguments, which the program may change."""
    cdef int i
    for i in range(n):
        if own[i].tag & 0xFF == OBJ and (type(<object>own[i].v.o) is list or type(<object>own[i].v.o) is tuple):
            materialise(m, level, own + i)
            if own[i].slot < 0:
                new = with_own_lists(<object>own[i].v.o)
                put_new(own + i, <PyObject*>new)
    return 0


cdef tuple noted_arguments(Machine* m, Reg* own, int n):
    """The arguments of a call, known by identity to the levels that they are active at."""
    cdef int i
    return tuple([escaped(m, own + i) for i in range(n)])


cdef object with_own_lists(object x):
    """A list that the program may change, copied."""
    if type(x) is list:
        return [with_own_lists(item) for item in <list>x]
    if type(x) is tuple:
        return tuple([with_own_lists(item) for item in <tuple>x])
    return x


cdef int finish_rule(Machine* m, Frame* f, Reg* result, object aux, int dst) except -1:
    """A rule run by the machine returned (y, back): `result` holds the pair."""
    cdef int level
    cdef Reg y
    level, slots, function, target, exact, arrays, given = aux
    if box(result) == NULL:
        return -1
    value, back = unpacked(function, <object>result.v.o)
    y.tag = NUL
    y.slot = -1
    put_new(&y, <PyObject*>value)
    lookup(m, m.levels[level].parent if level >= 0 else m.levels[f.level].parent, &y)
    if level < 0:
        move_reg(f.regs + dst, &y)
        return 0
    if back is UNKNOWN or exact and back is None and type(value) is int:
        move_reg(f.regs + dst, &y)
        poison(m, f, f.regs + dst, level, <PyObject*>target, NULL, 0)
        return 0
    try:
        if arrays is not None and is_array(<PyObject*>value) and back is not None \
                and inner_view(m, level, function, arrays, value, &y, f.regs + dst):
            return 0
        if back is not None and shares_elements(<PyObject*>value):
            value = with_own_elements(function, value)
            put_new(&y, <PyObject*>value)
        keep_arrays(m.levels[level], NULL, 0, None if back is None else value)
        keep_captured(m.levels[level], back)
        record(m, f, m.levels[level], value, back, slots, function, &y, f.regs + dst, given)
    finally:
        drop(&y)
    return 0


cdef int record(Machine* m, Frame* f, Tape* t, object y, object back, list slots, object function,
                Reg* outer, Reg* rd, tuple given=None) except -1:
    """A node for the result of a rule; `given` are the target and its arguments, for Taylor mode."""
    cdef int i, n = len(slots), slot, isobj = type(y) is not float
    cdef Side* side
    cdef Location loc
    cdef bint active = False
    for s in slots:
        if s >= 0:
            active = True
    Py_INCREF(<PyObject*>y)
    if outer != NULL:
        put_obj(rd, <PyObject*>y, outer.tag, outer.slot)
    else:
        put_obj(rd, <PyObject*>y, OBJ, -1)
    if not active or back is None or y is None or type(y) is bool:
        return 0
    pair = (back, function) if t.forward == NULL else (back, function, y)
    if given is not None:
        pair += given
    slot = tape_side(t, S_RULE, isobj, n, <PyObject*>pair, NULL, f.code_obj, pc_of(f))
    if slot < 0:
        return -1
    side = t.sides + t.entries[slot].b
    for i in range(n):
        t.slots[side.first + i] = slots[i]
        if isobj and slots[i] >= 0 and t.entries[<int>slots[i]].a > SPECIAL:
            t.digits = True
    rd.tag = OBJ | t.level << 8
    rd.slot = slot
    if t.level:
        set_outer(t, slot, outer)
    if isobj and is_container(y) and not issubclass(type(y), Atom):
        loc = open_container(t, y, slot)
        side = t.sides + t.entries[slot].b
        side.obj = <PyObject*>loc
        Py_INCREF(side.obj)
        if map_put(t, <PyObject*>y, slot) < 0:
            return -1
        if t.level:
            outer_leaves(m, t, loc, outer)
        open_shared(m, t, loc, slot)
    elif not isobj and t.level == 0:
        put_f64(rd, <double>y, slot)
    return 0


cdef int scalar_elementwise(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs,
                            list values, int dst) except -2:
    """An elementwise function of one or two real numbers: its partials go to the tape.

    1: not that simple.
    """
    cdef int i, slot
    cdef int s[2]
    cdef double p[2]
    cdef Tape* t = m.levels[0]
    s[0] = s[1] = -1
    p[0] = p[1] = 0.0
    for v in values:
        if type(v) is not float and type(v) is not int:
            return 1
    y = (<object>target)(*values)
    if type(y) is not float:
        return 1
    partials = rule.partials
    for i in range(nargs):
        if args[i].slot < 0 or i >= len(partials) or partials[i] is None:
            continue
        d = partials[i](*values, y)
        if isinstance(d, complex):
            return 1
        p[i] = d
        s[i] = cast_slot(m, args + i)
        if s[i] < 0:
            return -2
    if s[0] < 0 and s[1] < 0:
        put_f64(f.regs + dst, y, -1)
        return 0
    slot = push2(t, s[0], s[1], p[0], p[1])
    if slot < 0:
        return -2
    put_f64(f.regs + dst, y, slot)
    return 0
