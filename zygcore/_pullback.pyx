"""Levels: running a function with its arguments active, and sweeping back.

`gradient` and `pullback` open a level: a tape on which everything that depends on the
arguments is recorded.  Inside differentiated code the same functions open an *inner* level,
whose sweep is itself run by the machine under the outer levels (`_inner`).
"""

cimport cython

from ._accum cimport add_object, free_adj, new_adj, sweep, without_cotangents
from ._calls cimport dispatch, set_level_call
from ._capi cimport *
from ._context cimport Context, input_register
from ._cotangents cimport at_path, check_cotangent, output_slots, seed_for, shape_of, short, value_of
from ._nodes cimport Node
from ._entry cimport enter, leave, machine
from ._exceptions cimport raise_refused
from ._gather cimport gather
from ._hook cimport hook_off, hook_on
from ._inner cimport *
from ._library_memory cimport LIBRARY_ARRAYS, kept_library_arrays
from ._machine cimport *
from ._run cimport run
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

from . import _inner_numbers, _memory, _reentry
from .errors import AdjointError, CotangentError, UnsupportedError
from .interop._known import snapshots
from .units import LIBRARIES as _LIBRARIES, cotangent_for, finish, library_of, prepare, unit_of_value

_reentry.answer_the_hook()


def pullback(f, /, *args):
    """The value of ``f(*args)`` and its pullback.

    Parameters
    ----------
    f : callable
        Ordinary Python code.
    *args
        Numbers, arrays, containers and objects, nested in any way.

    Returns
    -------
    y
        What ``f(*args)`` returns.
    back : Pullback
        ``back(dy)`` maps a cotangent of `y` (a number for a number, an array of the same shape
        for an array, the same structure for a structure) to a tuple with one cotangent per
        argument, ``None`` where nothing differentiable flows.  It may be called again.

    Examples
    --------
    >>> import math
    >>> y, back = pullback(math.sin, 0.5)
    >>> y, back(1.0)
    (0.479425538604203, (0.8775825618903728,))
    """
    cdef Context context = Context.__new__(Context)
    cdef Tape* t
    cdef Pullback p
    cdef Reg y
    cdef Reg* regs
    cdef int n = len(args)
    y.tag = NUL
    context.open()
    regs = <Reg*>PyMem_Malloc((n + 2) * sizeof(Reg))
    try:
        t = context.level()
        p = Pullback.__new__(Pullback)
        p.units = prepare(args) if _LIBRARIES else None
        t.watched = new_ref([])
        p.inputs = run_recorded(context, t, f, args, regs, &y)
        p.outputs = output_slots(context.m, t, &y)
        p.value = value_of(&y)
        p.shape = shape_of(p.value)
        p.unit = unit_of_value(p.value) if _LIBRARIES else None
        context.m.quiet += 1  # copying is none of the program's code
        try:
            p.snapshots = snapshots_of(t)
        finally:
            context.m.quiet -= 1
        p.box = context.box
    finally:
        drop(&y)
        PyMem_Free(regs)
        context.close()
    return p.value, p


def gradient(f, /, *args):
    """The gradient of a function that returns a real scalar.

    Parameters
    ----------
    f : callable
        Ordinary Python code; must return a real number (or 0-d array).
    *args
        Numbers, arrays, containers and objects, nested in any way.

    Returns
    -------
    tuple
        One entry per argument, in the argument's shape: a number for a number, an array for an
        array, a list, tuple or dict for one of those, a `Grad` for an object or a function; ``None``
        where nothing differentiable flows.

    Raises
    ------
    OutputError
        If the function returns something else than a real scalar.
    AdjointError
        If the gradient needs the derivative of something that is not known.

    Examples
    --------
    >>> gradient(lambda a, b: a * b, 2, 3)
    (3, 2)
    """
    return value_and_gradient(f, args)[1]


def withgradient(f, /, *args):
    """The value of a function and its gradient: ``(f(*args), gradient(f, *args))``.

    Examples
    --------
    >>> withgradient(lambda x: x**3, 2.0)
    (8.0, (12.0,))
    """
    return value_and_gradient(f, args)


cdef tuple value_and_gradient(object f, tuple args):
    cdef Context context = Context.__new__(Context)
    cdef Tape* t
    cdef Reg y
    cdef Reg stack[8]
    cdef Reg* regs = stack
    cdef int n = len(args)
    cdef list slots
    y.tag = NUL
    y.slot = -1
    outputs = None
    context.open()
    if n > 8:
        regs = <Reg*>PyMem_Malloc(n * sizeof(Reg))
    try:
        t = context.level()
        units = prepare(args) if _LIBRARIES else None
        slots = run_recorded(context, t, f, args, regs, &y)
        slot = y.slot
        value = value_of(&y)
        if _LIBRARIES and library_of(value) is not None:
            outputs = output_slots(context.m, t, &y)
        hidden = slot < 0 and context.m.heap and contains_active(context.m, 0, <PyObject*>value) > 0
    finally:
        drop(&y)
        if regs != stack:
            PyMem_Free(regs)
        context.close()
    dy = seed_for(value)
    if outputs is not None:
        grads = sweep_from(context.box, None, outputs, slots, dy) if outputs else (None,) * n
    elif hidden:
        raise AdjointError(
            f"the function returned {short(value)}, a number of a type whose arithmetic is Python code on parts "
            "that depend on the inputs: its derivative is not known. Register adjoints for the operators of this type")
    elif slot < 0:
        grads = (None,) * n
        without_cotangents(&context.box.t)
    else:
        grads = sweep_from(context.box, None, [(slot, ())], slots, dy)
    if units is not None or outputs is not None:
        grads = finish(units, unit_of_value(value), grads)
    context.recycle()
    return value, grads


cdef list run_recorded(Context context, Tape* t, object f, tuple args, Reg* regs, Reg* y, object start=None):
    """Runs the function; the slots of the inputs, which `start` is called with."""
    cdef Machine* m = context.m
    cdef int i, n = len(args)
    cdef Frame* entry
    cdef list slots = [], switched = None
    for i in range(n):
        regs[i].tag = NUL
        regs[i].slot = -1
    entry = enter(m, 0)
    try:
        for i in range(n):
            input_register(m, t, args[i], regs + i)
            slots.append(regs[i].slot)
        entry.dst = t.n  # see `_collect`
        if start is not None:
            start(slots)
        switched = [enter_(False) for enter_, _ in switches] if switches else None
        if dispatch(m, entry, <PyObject*>f, regs, n, NULL, R_STORE, 0, 0, None) == 1:
            run(m, entry)
        move_reg(y, entry.regs)
        raise_refused(t)
    except UnsupportedError as error:
        error.of_another_call = True
        raise
    finally:
        if switched is not None:
            switch_back(switched)
        for i in range(n):
            drop(regs + i)
        leave(m, entry)
    return slots


def run_in_machine(f, /, *args, **kwargs):
    """``f(*args, **kwargs)``, with every Python function on the way run by the machine.

    Nothing is differentiated: this shows that the machine does what CPython does.
    """
    cdef Context context = Context.__new__(Context)
    cdef Machine* m
    cdef Frame* entry
    cdef Reg* regs
    cdef int i, n = len(args), nkw = len(kwargs), saved
    context.open()
    m = context.m
    saved = m.run_all
    m.run_all = 1
    hook_on()
    names = tuple(kwargs)
    values = [*args, *kwargs.values()]
    regs = <Reg*>PyMem_Malloc((n + nkw + 1) * sizeof(Reg))
    entry = enter(m, -1)
    try:
        for i in range(n + nkw):
            regs[i].tag = OBJ
            regs[i].slot = -1
            regs[i].v.o = <PyObject*>(<object>values[i])
            Py_INCREF(regs[i].v.o)
        if dispatch(m, entry, <PyObject*>f, regs, n, <PyObject*>names if nkw else NULL, R_STORE, 0, -1, None) == 1:
            run(m, entry)
        return value_of(entry.regs)
    finally:
        for i in range(n + nkw):
            drop(regs + i)
        PyMem_Free(regs)
        leave(m, entry)
        m.run_all = saved
        hook_off()
        context.close()


# -- pullbacks --------------------------------------------------------------------


@cython.final
cdef class Pullback:
    """The pullback of a call: maps a cotangent of its value to cotangents of its arguments.

    May be called any number of times.

    Attributes
    ----------
    nentries : int
        Recorded operations.
    nbytes : int
        Memory of the tape.
    """

    cdef TapeBox box
    cdef readonly object value
    cdef list shape
    cdef list outputs          # (slot, path) of the active parts of the value
    cdef list inputs
    cdef object snapshots      # of arrays that somebody else can write to, or None
    cdef object units, unit    # of the inputs and of the value, if there are any

    @property
    def nentries(self):
        return self.box.t.n

    @property
    def nbytes(self):
        cdef Tape* t = &self.box.t
        return (t.n * sizeof(Entry) + t.nsides * sizeof(Side) + t.nslots * sizeof(int))

    def __call__(self, *cotangents):
        if len(cotangents) != 1:
            raise CotangentError(
                f"the pullback takes one cotangent, that of the value {short(self.value)}; "
                f"{len(cotangents)} were given")
        if self.units is None and self.unit is None:
            return self.pulled(cotangents[0])
        dy, unit = cotangent_for(self.unit, cotangents[0])
        return finish(self.units, unit, self.pulled(dy))

    cdef object pulled(self, object dy):
        if self.snapshots is None:
            return sweep_from(self.box, self.shape, self.outputs, self.inputs, dy)
        overwritten = self.snapshots.bring_back()
        try:
            return sweep_from(self.box, self.shape, self.outputs, self.inputs, dy)
        finally:
            self.snapshots.undo(overwritten)

    def __repr__(self):
        return f"<pullback of a call with {len(self.inputs)} arguments>"


cdef object sweep_from(TapeBox box, list shape, list outputs, list inputs, object dy):
    """Cotangents of the inputs for a cotangent of the value, of the shape of the value unless that is None."""
    cdef Tape* t = &box.t
    cdef Adj* adj
    cdef int slot
    cdef Machine* m = machine()
    if shape is not None:
        check_cotangent(shape, dy)
    if dy is None or not outputs:
        without_cotangents(t)
        return (None,) * len(inputs)
    adj = new_adj(t)
    m.quiet += 1
    try:
        for slot, path in outputs:
            add_object(t, adj, slot, at_path(dy, path))
        sweep(t, adj)
        return gather(t, adj, outputs, inputs)
    finally:
        m.quiet -= 1
        free_adj(t, adj)


cdef object snapshots_of(Tape* t):
    """Copies of the arrays that the pullback keeps and somebody else refers to, or None."""
    cdef int i
    cdef list roots = []
    cdef dict direct = {}
    cdef list others = kept_library_arrays(t)
    weak = <object>t.watched
    Py_DECREF(t.watched)
    t.watched = NULL
    if not weak and not t.nsaved and not others:
        return None
    for i in range(t.nsides):
        if t.sides[i].back != NULL:
            roots.append(<object>t.sides[i].back)
        if t.sides[i].obj != NULL and Py_TYPE(t.sides[i].obj) == &PyTuple_Type:
            roots.append(<object>t.sides[i].obj)
        if t.sides[i].kind == S_NODE:
            (<Node>t.sides[i].obj).count(direct)
    known = {id(k) for k in map_keys(t)}
    found = [_memory.Snapshot(a) for a in _memory.visible(weak, roots, direct, lambda a: id(a) in known)]
    if others:
        addresses = {cls: of_class[2] for cls, of_class in LIBRARY_ARRAYS.items()}
        known_arrays = [k for k in map_keys(t) if type(k) in LIBRARY_ARRAYS]
        found += snapshots(_memory.visible_of_libraries(others, known_arrays, addresses, roots))
    return _memory.Snapshots(found, t.nsaved > 0) if found or t.nsaved else None


cdef list map_keys(Tape* t):
    """The objects that the tape knows."""
    cdef int i
    return [<object>t.map.keys[i] for i in range(t.map.mask + 1 if t.map.keys != NULL else 0)
            if t.map.keys[i] != NULL]


set_level_call(nested_call, {
    gradient: N_GRADIENT, withgradient: N_WITHGRADIENT, pullback: N_PULLBACK,
    _inner_numbers.sweep_floats: N_SWEEP_FLOATS, _inner_numbers.push_floats: N_PUSH_FLOATS})


def add_level_function(function, int number):
    """Another function that opens a level."""
    set_level_call(nested_call, {function: number})
