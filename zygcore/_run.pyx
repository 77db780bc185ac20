"""The machine's loop: executes `Ins` after `Ins`, on floats and ints unboxed.

An arm that has done its instruction ends in ``continue`` or leaves its outcome in `status`.
Calls between Python functions push frames and stay in the loop.
"""

from ._arith cimport binary, unary
from ._attributes cimport load_method, read_attribute, write_attribute
from ._builtins cimport check_special
from ._call_sites cimport K_FUNCTION, K_MATH, K_PAIRS, K_QUICK, K_RANGE, call, fast_call
from ._quick cimport quick_call
from ._calls cimport dispatch
from ._capi cimport *
from ._compare cimport compare, truth
from ._elementary cimport math_call
from ._collect cimport pause
from ._entry cimport enter, leave, machine
from ._exceptions cimport handle
from ._fields cimport field, replace_number, take_item
from ._frames cimport *
from ._generators cimport generator_finish, set_loop
from ._inner_numbers cimport inner_math
from ._items cimport fast_item, get_item
from ._iteration cimport ListItems, RangeItems, next_in_list, next_in_range, next_leaf, next_item, range_loop
from ._machine cimport *
from ._names cimport get_cell, get_global, set_cell
from ._numbers cimport order
from ._opcodes cimport *
from ._operands cimport arg, kill_one, kill_two
from ._pairs cimport UNPACKED, Pairs, is_pairing, next_pair, pairs_loop
from ._rules cimport finish_rule
from ._slow cimport others
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

cdef PyTypeObject* RANGE_ITEMS = <PyTypeObject*><PyObject*>RangeItems
cdef PyTypeObject* LIST_ITEMS = <PyTypeObject*><PyObject*>ListItems
cdef PyTypeObject* PAIRS = <PyTypeObject*><PyObject*>Pairs


set_loop(enter, leave, machine, run)
set_python_caller(call_here)


# What an arm of the loop leaves in `status`.
cdef enum Outcome:
    FAILED = -1         # an exception is set
    DONE = 0
    MOVED = 1           # another frame is on top
    SKIP = 2            # jump to b
    FAILS = 3           # the comparison of a jump
    HOLDS = 4
    UNDECIDED = 5       # neither two floats nor two ints

# The loop itself looks at what these functions return: an exception is its business.
ctypedef int (*step)(Machine*, Frame*, Ins*) noexcept
ctypedef int (*step_number)(Machine*, Frame*, Ins*, int) noexcept
ctypedef int (*step_reg)(Machine*, Frame*, Reg*) noexcept
ctypedef int (*step_two)(Machine*, Frame*, Ins*, Reg*, Reg*) noexcept
ctypedef int (*step_items)(Machine*, Frame*, ListItems, Ins*) noexcept
ctypedef int (*step_pairs)(Machine*, Frame*, Pairs, Ins*, Ins*) noexcept
ctypedef int (*step_two_ip)(Machine*, Frame*, Ins*, Ins*) noexcept
ctypedef int (*step_cell)(Machine*, Frame*, Reg*, PyObject*, int) noexcept
ctypedef int (*rest)(Machine*) noexcept
ctypedef int (*recover)(Machine*, Frame*, bint) noexcept


cdef inline int record(Tape* t, Reg* d, double x, int sa, int sb, double da, double db) noexcept:
    """``d = x`` at the outermost level, recorded if an operand is active."""
    cdef int slot = -1
    if sa >= 0 or sb >= 0:
        slot = push2(t, sa, sb, da, db)
        if slot < 0:
            return FAILED
    put_f64(d, x, slot)
    return DONE


cdef inline int arithmetic(Machine* m, Frame* f, Ins* ins, Tape* t, Reg* regs, int op) noexcept:
    """``d = a op b``: two floats, or two integers that are not active, or what `binary` makes of it."""
    cdef Reg* d = regs + ins.d
    cdef Reg* a = regs + ins.a
    cdef Reg* b = regs + ins.b
    cdef double x, y
    cdef long long k
    if (a.tag | b.tag) == 0:
        x, y = a.v.f, b.v.f
        if op == ADD:
            return record(t, d, x + y, a.slot, b.slot, 1.0, 1.0)
        if op == SUB:
            return record(t, d, x - y, a.slot, b.slot, 1.0, -1.0)
        if op == MUL:
            return record(t, d, x * y, a.slot, b.slot, y, x)
        if y != 0.0:
            x = x / y
            return record(t, d, x, a.slot, b.slot, 1.0 / y, -x / y)
    elif op != DIV and a.tag == I64 and b.tag == I64 and (a.slot & b.slot) == -1:
        if not (zyg_add(a.v.i, b.v.i, &k) if op == ADD else
                (zyg_sub(a.v.i, b.v.i, &k) if op == SUB else zyg_mul(a.v.i, b.v.i, &k))):
            put_i64(d, k, -1)
            return DONE
    f.ip = ins + 1
    return (<step_number>binary)(m, f, ins, ins.aux >> KILL_BITS)


cdef inline int order_of(Reg* a, Reg* b, int op) noexcept:
    """A comparison that a branch uses."""
    if (a.tag | b.tag) == 0:
        return FAILS + order(a.v.f, b.v.f, op)
    if a.tag == I64 and b.tag == I64:
        return FAILS + order(a.v.i, b.v.i, op)
    return UNDECIDED


cdef int run(Machine* m, Frame* entry) except -1:
    """Runs until `entry` is on top again; -1 with an exception set if one leaves it."""
    cdef Frame* f = m.top
    cdef Reg* regs
    cdef Ins* ip
    cdef Ins* ins
    cdef Ins* code
    cdef Reg* ra
    cdef Reg* rb
    cdef Tape* t = m.levels[0] if m.nlevels else NULL
    cdef int op, status
    cdef PyObject* o
    cdef Cache* cache
    if f.handling:
        f.handling &= 2
        if PyErr_Occurred() != NULL and (<recover>handle)(m, entry, False) < 0:
            return -1
    while True:
        # a frame came on top, or goes on with a handler
        f = m.top
        regs = f.regs
        ip = f.ip
        code = f.c.ins
        while True:
            ins = ip
            ip += 1
            op = ins.op
            if op == ADD:
                status = arithmetic(m, f, ins, t, regs, ADD)
            elif op == SUB:
                status = arithmetic(m, f, ins, t, regs, SUB)
            elif op == MUL:
                status = arithmetic(m, f, ins, t, regs, MUL)
            elif op == DIV:
                status = arithmetic(m, f, ins, t, regs, DIV)
            elif op == BINARY:
                f.ip = ip
                status = (<step_number>binary)(m, f, ins, ins.aux >> KILL_BITS)
            elif op == NEG:
                ra = regs + ins.a
                if ra.tag == F64:
                    status = record(t, regs + ins.d, -ra.v.f, ra.slot, -1, -1.0, 0.0)
                else:
                    f.ip = ip
                    status = (<step_number>unary)(m, f, ins, U_NEG)
            elif op == MOVE:
                copy_reg(regs + ins.d, regs + ins.a)
                continue
            elif op == TAKE:
                move_reg(regs + ins.d, regs + ins.a)
                continue
            elif op == CLEAR:
                drop(regs + ins.d)
                continue
            elif op == EXC:
                o = f.exc
                f.exc = NULL
                load(m, f.level, regs + ins.d, o)
                continue
            elif op == JLT or op == JNLT:
                status = order_of(regs + ins.a, regs + ins.b, LT)
            elif op == JLE or op == JNLE:
                status = order_of(regs + ins.a, regs + ins.b, LE)
            elif op == JEQ or op == JNEQ:
                status = order_of(regs + ins.a, regs + ins.b, EQ)
            elif op == JNE or op == JNNE:
                status = order_of(regs + ins.a, regs + ins.b, NE)
            elif op == JGT or op == JNGT:
                status = order_of(regs + ins.a, regs + ins.b, GT)
            elif op == JGE or op == JNGE:
                status = order_of(regs + ins.a, regs + ins.b, GE)
            elif op == JIS or op == JISNOT:
                f.ip = ip
                status = (<step>compare_jump)(m, f, ins)
                if status >= 0:
                    if status == 1:
                        ip = code + ins.d
                    continue
            elif op == JMP:
                ip = code + ins.d
                continue
            elif op == LOOP:
                ip = code + ins.d
                m.ticks += 1
                if m.ticks & 0x3FFF:
                    continue
                f.ip = ins + 1
                status = (<rest>pause)(m)
            elif op == JTRUE or op == JFALSE:
                ra = regs + ins.a
                if ra.tag == OBJ and (ra.v.o == Py_True or ra.v.o == Py_False):
                    status = ra.v.o == Py_True
                else:
                    f.ip = ip
                    status = (<step_reg>jump_truth)(m, f, ra)
                if status >= 0:
                    if status == (op == JTRUE):
                        ip = code + ins.d
                    continue
            elif op == FOR_ITER:
                o = regs[ins.a].v.o
                if Py_TYPE(o) == RANGE_ITEMS:
                    if not next_in_range(o, regs + ins.d):
                        ip = code + ins.b
                    continue
                f.ip = ip
                if Py_TYPE(o) == LIST_ITEMS:
                    status = (<step_items>next_in_list)(m, f, <ListItems>o, ins)
                elif Py_TYPE(o) == PAIRS:
                    status = (<step_pairs>next_pair)(m, f, <Pairs>o, ins, ip)
                    if status == UNPACKED:
                        ip += 1
                        continue
                else:
                    status = (<step>next_item)(m, f, ins)
                    if status == MOVED:
                        m.top.handling = 0
            elif op == FOR_LOOP:
                o = regs[ins.a].v.o
                m.ticks += 1
                if m.ticks & 0x3FFF == 0:
                    f.ip = ip
                    status = (<rest>pause)(m)
                elif Py_TYPE(o) == RANGE_ITEMS:
                    if next_in_range(o, regs + ins.d):
                        ip = code + ins.b
                    continue
                elif Py_TYPE(o) == LIST_ITEMS and (<ListItems>o).plain:
                    if next_leaf(o, regs + ins.d):
                        ip = code + ins.b
                        continue
                    f.ip = ip
                    status = (<step_items>next_in_list)(m, f, <ListItems>o, ins)
                    if status == 0:
                        ip = code + ins.b
                    if status >= 0:
                        continue
                elif Py_TYPE(o) == PAIRS:
                    f.ip = ip
                    status = (<step_pairs>next_pair)(m, f, <Pairs>o, ins, code + ins.b)
                    if status == UNPACKED:
                        ip = code + ins.b + 1
                    elif status == DONE:
                        ip = code + ins.b
                    if status >= 0:
                        continue
                else:
                    continue
            elif op == GLOBAL:
                cache = f.c.caches + ins.b
                if cache.key == f.globals and cache.version == zyg_dict_version(f.globals) \
                        and cache.version2 == zyg_dict_version(f.builtins):
                    put_new(regs + ins.d, cache.value)
                    if m.heap and cache.kind == 0:
                        lookup(m, f.level, regs + ins.d)
                    continue
                f.ip = ip
                status = (<step>get_global)(m, f, ins)
            elif op == GETATTR:
                ra = regs + ins.a
                f.ip = ip
                o = NULL
                if ra.tag == OBJ and ra.slot < 0 and m.ntainted == 0:
                    o = field(f.c.caches + f.c.extra[ins.b + 1], ra.v.o)
                if o != NULL:
                    take_item(m, f, regs + ins.d, o, ins.aux & NUMBER)
                    kill_one(f, ins)
                    continue
                status = (<step>read_attribute)(m, f, ins)
            elif op == SETATTR:
                f.ip = ip
                ra = arg(f, ins, 0)
                rb = arg(f, ins, 1)
                # a number that is used again may be asked whether it is the attribute
                if f.c.extra[ins.a + 2] & 1 and ra.tag == OBJ and ra.slot < 0 \
                        and replace_number(m, f, f.c.caches + ins.d, ra.v.o, rb):
                    if f.c.extra[ins.a + 1] & 1:
                        drop(ra)
                    continue
                status = (<step>write_attribute)(m, f, ins)
            elif op == METHOD:
                f.ip = ip
                status = (<step>load_method)(m, f, ins)
            elif op == GETITEM:
                ra = regs + ins.a
                rb = regs + ins.b
                f.ip = ip
                status = 2
                if ra.tag & 0xFF == OBJ and rb.tag == I64:
                    status = (<step_two>fast_item)(m, f, ins, ra, rb)
                if status == 2:
                    status = (<step>item_kill)(m, f, ins)
                else:
                    kill_two(f, ins)
            elif op == FREE:
                put_new(regs + ins.d, PyTuple_GET_ITEM(f.closure, ins.a))
                continue
            elif op == CELL_GET:
                f.ip = ip
                status = (<step_cell>get_cell)(m, f, regs + ins.a, f.c.imms[ins.b], ins.d)
            elif op == CELL_SET:
                f.ip = ip
                status = (<step>store_cell)(m, f, ins)
            elif op == CALL:
                f.ip = ip
                cache = f.c.caches + f.c.extra[ins.b + 3]
                ra = regs + ins.a
                status = 2
                if ra.tag == OBJ and cache.version == m.version[0]:
                    if cache.kind == K_MATH:
                        if ra.v.o == cache.key:
                            ra = regs + (f.c.extra[ins.b + 6] >> 1)
                            if ra.tag < 256:
                                status = math_call(m, regs + ins.d, cache.number, ra)
                            else:
                                status = inner_math(m, cache.number, ra, regs + ins.d)
                    elif cache.kind == K_FUNCTION:
                        status = fast_call(m, f, ins, cache, ra)
                    elif cache.kind == K_QUICK and ra.v.o == cache.key:
                        status = quick_call(m, f, ins, cache.number)
                    elif cache.kind == K_PAIRS and ra.v.o == cache.key:
                        status = (<step_two_ip>pairs_loop)(m, f, ins, ip)
                        if status == 0:
                            ip += 1
                            continue
                    elif cache.kind == K_RANGE and ra.v.o == cache.key:
                        status = (<step_two_ip>range_loop)(m, f, ins, ip)
                        if status == 0:
                            ip += 1
                            continue
                elif ra.tag == OBJ and is_pairing(ra.v.o):
                    status = (<step_two_ip>pairs_loop)(m, f, ins, ip)
                    if status == 0:
                        ip += 1
                        continue
                if status == 2:
                    status = (<step>call)(m, f, ins)
            elif op == RETURN:
                f.ip = ip
                status = (<step>do_return)(m, f, ins)
                if m.top == entry:
                    return status
                if status == 0:
                    break
            else:
                f.ip = ip
                status = (<step_number>others)(m, f, ins, op)
                if status == MOVED and m.top == entry:
                    return 0
            # what came of it
            if status == DONE:
                continue
            if status == MOVED:
                break
            if status == SKIP:
                ip = code + ins.b
                continue
            if status == UNDECIDED:
                f.ip = ip
                status = (<step>compare_jump)(m, f, ins)
                if status >= 0:
                    status = HOLDS if status else FAILS
            if status >= FAILS:
                if (status == HOLDS) != (op < JIS):
                    continue
                ip = code + ins.d
                if ip > ins:
                    continue
                m.ticks += 1
                if m.ticks & 0x3FFF:
                    continue
                f.ip = ip
                if (<rest>pause)(m) >= 0:
                    continue
            # an exception is set
            if m.top == f:
                f.ip = ins + 1
            if (<recover>handle)(m, entry, op == RERAISE or op == CLEANUP_THROW) < 0:
                return -1
            break


# -- comparisons and conditions of jumps ----------------------------------------


cdef int compare_jump(Machine* m, Frame* f, Ins* ins) except -1:
    """A fused comparison and jump on anything: 0 or 1, whether the comparison holds.

    Comparisons in Python code are run to their end here.
    """
    cdef int op = ins.op, status, r
    cdef Frame* entry
    op = LT + (op - JLT) if op < JIS else (IS if op == JIS else (ISNOT if op == JISNOT else LT + (op - JNLT)))
    entry = enter(m, f.level)
    try:
        status = compare(m, entry, f.regs + ins.a, f.regs + ins.b, op, R_STORE, 0)
        if status == 1:
            run(m, entry)
        r = truth(m, entry, entry.regs, R_TRUTH, 1)
        if r == 2:
            run(m, entry)
            r = truth(m, entry, entry.regs + 1, R_TRUTH, 1)
    finally:
        leave(m, entry)
    kill_two(f, ins)
    return r


cdef int jump_truth(Machine* m, Frame* f, Reg* a) except -1:
    cdef Frame* entry
    cdef int r
    r = truth(m, f, a, R_TRUTH, -1) if a.tag < OBJ or not (m.heap or m.run_all or a.slot >= 0) else 3
    if r != 3:
        return r
    entry = enter(m, f.level)
    try:
        r = truth(m, entry, a, R_TRUTH, 0)
        if r == 2:
            run(m, entry)
            r = entry.regs[0].v.o == Py_True
    finally:
        leave(m, entry)
    return r


# -- arms that drop their operands -------------------------------------------------


cdef int item_kill(Machine* m, Frame* f, Ins* ins) except -1:
    cdef int status = get_item(m, f, f.regs + ins.a, f.regs + ins.b, ins.d)
    kill_two(f, ins)
    return status


cdef int store_cell(Machine* m, Frame* f, Ins* ins) except -1:
    cdef int status = set_cell(m, f, f.regs + ins.a, f.regs + ins.b)
    kill_two(f, ins)
    return status


# -- calls and returns -------------------------------------------------------------


cdef int call_here(Machine* m, int level, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                   Reg* out) except -1:
    """Calls something in the machine and waits for the result."""
    cdef Frame* entry = enter(m, level)
    cdef int status
    try:
        status = dispatch(m, entry, callee, args, nargs, kwnames, R_STORE, 0, level, None)
        if status == 1:
            run(m, entry)
        move_reg(out, entry.regs)
    finally:
        leave(m, entry)
    return 0


cdef int do_return(Machine* m, Frame* f, Ins* ins) except -1:
    cdef Reg v
    v.tag = NUL
    if ins.a < f.c.nconsts:
        v = f.regs[ins.a]
        if v.tag & 0xFF == OBJ:
            Py_INCREF(v.v.o)
    else:
        v = f.regs[ins.a]
        f.regs[ins.a].tag = NUL
        f.regs[ins.a].slot = -1
    return returned(m, f, &v)


cdef int returned(Machine* m, Frame* f, Reg* value) except -1:
    """The frame `f` is done: takes it off and delivers its value to the one below."""
    cdef Frame* below = f.prev
    cdef int ret = f.ret, dst = f.dst
    cdef Reg v
    cdef PyObject* aux
    v = value[0]
    value.tag = NUL
    value.slot = -1
    if f.gen != NULL:
        return generator_finish(m, f, &v)
    aux = f.aux
    f.aux = NULL
    frame_leave(m, f)
    frame_free(m, f)
    try:
        if ret == R_STORE or ret == R_NEXT or ret == R_ATTRIBUTE:
            move_reg(below.regs + dst, &v)
        elif ret == R_RULE:
            finish_rule(m, below, &v, <object>aux, dst)
        elif ret == R_INIT:
            if v.tag != OBJ or v.v.o != Py_None:
                raise TypeError(f"__init__() should return None, not '{type(<object>box(&v)).__name__}'")
            Py_INCREF(aux)
            load(m, below.level, below.regs + dst, aux)
        elif ret == R_TRUTH or ret == R_NOT:
            answer(below, &v, ret, dst)
        elif ret == R_NONE:
            put_new(below.regs + dst, Py_None)
        elif ret == R_ITER:
            check_special(("__iter__", ""), &v)
            move_reg(below.regs + dst, &v)
        elif ret == R_CHECKED:
            check_special(<object>aux, &v)
            move_reg(below.regs + dst, &v)
    finally:
        Py_XDECREF(aux)
        drop(&v)
    return 0


cdef int answer(Frame* below, Reg* v, int ret, int dst) except -1:
    """The truth value of what a __bool__, __contains__ ... returned."""
    cdef PyObject* o = box(v)
    cdef int r
    if o == NULL:
        return -1
    if type(<object>o) is int and (<object>o) < 0:
        raise ValueError("__len__() should return >= 0")
    r = PyObject_IsTrue(o)
    if r < 0:
        return -1
    put_bool(below.regs + dst, (r != 0) == (ret == R_TRUTH))
    return 0
