"""Arrays of other libraries, on GPUs for example: values as those of NumPy are.

Their operators, functions and methods have rules (`interop`), so their code is not looked into, also where it is
Python code.  Attributes are views, or constants; writing into such an array is refused.
"""

from ._capi cimport *
from ._entry cimport machine
from ._library_memory cimport LIBRARY_ARRAYS, is_kept_library_array, is_library_array
from ._machine cimport *
from ._methods cimport run_protocol
from ._poison cimport poison
from ._rules cimport find_rule
from ._structs cimport *
from ._values cimport *

from .errors import UnsupportedError
from .interop._known import snapshots
from .interop._protocols import items_of
from .rules.registry import describe

cdef enum:
    SEVERAL = 1000  # longer lists are not looked through

cdef frozenset WRITING = frozenset((
    "fill", "sort", "partition", "put", "itemset", "resize", "setfield", "set", "copyto", "copy_to_device", "place",
    "putmask", "put_along_axis", "fill_diagonal", "at", "scatter_add", "__setitem__", "setitem", "__iadd__",
    "__isub__", "__imul__", "__itruediv__", "iadd", "isub", "imul", "itruediv", "__ifloordiv__", "__imod__",
    "__ipow__", "__imatmul__", "ifloordiv", "imod", "ipow", "imatmul", "shuffle"))
cdef object items_function = items_of


cdef int library_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1:
    """``base.name``: a view by rule; what else there is are methods and constants."""
    cdef PyObject* v
    attributes, constants, _, _ = LIBRARY_ARRAYS[<object>Py_TYPE(base.v.o)]
    function = attributes.get(<object>name)
    if function is not None:
        return run_protocol(m, function, base, 1, R_STORE, dst, f.level)
    v = PyObject_GetAttr(base.v.o, name)
    if v == NULL:
        return -1
    if callable(<object>v):  # a method that is called later: of an array that is known by identity
        Py_DECREF(v)
        if escape(m, base) == NULL:
            return -1
        v = PyObject_GetAttr(base.v.o, name)
        if v == NULL:
            return -1
    put_obj(f.regs + dst, v, OBJ, -1)
    if not callable(<object>v) and <object>name not in constants:
        poison(m, f, f.regs + dst, base.tag >> 8, v, base, 1)
    return 0


cdef int library_iterator(Machine* m, Frame* f, Reg* a, int dst) except -1:
    return run_protocol(m, items_function, a, 1, R_STORE, dst, f.level)


cdef int check_library_writes(Machine* m, PyObject* callee, PyObject** values, int nargs, PyObject* kwnames) except -1:
    """Refuses calls that write into an array that a pullback may need: by their names, or to ``out``."""
    cdef int i, n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    cdef bint writes
    for i in range(n):
        if is_library_array(values[i]) and is_kept_library_array(m, values[i]):
            writes = i >= nargs and <object>PyTuple_GET_ITEM(kwnames, i - nargs) == "out"
            if i < nargs:
                count = getattr(<object>callee, "nin", None)
                writes = type(count) is int and i >= count or i == 0 and name_of(<object>callee) in WRITING
            if writes:
                refuse_write(values[i], f"{name_of(<object>callee)}()")
    owner = getattr(<object>callee, "__self__", None)
    if owner is not None and is_library_array(<PyObject*>owner) and name_of(<object>callee) in WRITING \
            and is_kept_library_array(m, <PyObject*>owner):
        refuse_write(<PyObject*>owner, f"{name_of(<object>callee)}()")
    return 0


cdef list library_arrays_at_risk(Machine* m, PyObject* callee, PyObject** values, int n, int level):
    """What is in the arrays that C code nobody knows might write into, also those in tuples and lists: kernels do."""
    cdef int i
    cdef list todo = [], found = []
    if find_rule(callee) is not None:
        return None
    owner = getattr(<object>callee, "__self__", None)
    if owner is not None and type(owner) in LIBRARY_ARRAYS:
        method = getattr(type(owner), name_of(<object>callee), None)
        if find_rule(<PyObject*>method) is not None:
            return None
        todo.append(owner)
    for i in range(n):
        if values[i] != NULL:
            todo.append(<object>values[i])
    while todo:
        x = todo.pop()
        if type(x) is tuple or type(x) is list:
            if len(x) <= SEVERAL:
                todo += x
        elif is_library_array(<PyObject*>x) and (level >= 0 or is_kept_library_array(m, <PyObject*>x)):
            found.append(x)
    if not found:
        return None
    m.quiet += 1
    try:
        return snapshots(found)
    finally:
        m.quiet -= 1


cdef int check_library_arrays(Machine* m, PyObject* callee, list watched, PyObject* out) except -1:
    """Refuses what such code has written; `out` is what it returned, or NULL: then it has raised."""
    cdef PyObject* tp = NULL
    cdef PyObject* value = NULL
    cdef PyObject* tb = NULL
    if out == NULL:
        PyErr_Fetch(&tp, &value, &tb)
    m.quiet += 1
    try:
        for snapshot in watched:
            if snapshot.changed():
                refuse_write(<PyObject*>snapshot.array, f"{describe(<object>callee)}")
    except BaseException:
        Py_XDECREF(out)
        Py_XDECREF(tp)
        Py_XDECREF(value)
        Py_XDECREF(tb)
        raise
    finally:
        m.quiet -= 1
    if out == NULL:
        PyErr_Restore(tp, value, tb)
    return 0


cdef int check_numpy_call(PyObject* callee, Reg* args, int n) except -1:
    """Refuses functions of NumPy's for active arrays of libraries that do not take them over."""
    cdef int i
    for i in range(n):
        if args[i].slot >= 0 and args[i].tag & 0xFF == OBJ and is_library_array(args[i].v.o) \
                and not hasattr(type(<object>args[i].v.o), "__array_ufunc__"):
            cls = type(<object>args[i].v.o)
            raise UnsupportedError(
                f"NumPy's {name_of(<object>callee)} gets a {cls.__module__}.{cls.__qualname__}: use the function of "
                "that library, or make an array of it first")
    return 0


cdef object name_of(object function):
    return getattr(function, "__name__", type(function).__name__)


def refuse_kept(array, str how):
    """Refuses to write into an array that a pullback may need."""
    if is_library_array(<PyObject*>array) and is_kept_library_array(machine(), <PyObject*>array):
        refuse_write(<PyObject*>array, f"{how}()")


cdef int refuse_write(PyObject* o, str how) except -1:
    cls = type(<object>o)
    raise UnsupportedError(
        f"{how} writes into an array of {cls.__module__}, which cannot be differentiated: make a new array, for "
        "example x = x + y in place of x += y, or where(mask, y, x)")
