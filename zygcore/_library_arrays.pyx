"""Arrays of other libraries, on GPUs for example: values as those of NumPy are.

Their operators, functions and methods have rules (`interop`), so their code is not looked into, also where it is
Python code.  Attributes are views, or constants; writing into such an array is refused.
"""

from ._capi cimport *
from ._hook cimport more_known
from ._machine cimport *
from ._methods cimport run_protocol
from ._poison cimport poison
from ._structs cimport *
from ._tape cimport Tape
from ._values cimport *

from .errors import UnsupportedError
from .interop._protocols import items_of

cdef frozenset WRITING = frozenset((
    "fill", "sort", "partition", "put", "itemset", "resize", "setfield", "set", "copyto", "place", "putmask",
    "put_along_axis", "fill_diagonal", "at", "scatter_add", "__setitem__", "setitem", "__iadd__", "__isub__", "__imul__",
    "__itruediv__", "iadd", "isub", "imul", "itruediv", "shuffle"))
cdef dict LIBRARY_ARRAYS = {}  # class -> (what attributes are that depend on the numbers, those that do not)
cdef object items_function = items_of


def add_library_arrays(cls, attributes, constants):
    """Arrays of just this class are values; there are rules for them."""
    LIBRARY_ARRAYS[cls] = attributes, constants


cdef int library_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1:
    """``base.name``: a view by rule; what else there is are methods and constants."""
    cdef PyObject* v
    attributes, constants = LIBRARY_ARRAYS[<object>Py_TYPE(base.v.o)]
    function = attributes.get(<object>name)
    if function is not None:
        return run_protocol(m, function, base, 1, R_STORE, dst, f.level)
    v = PyObject_GetAttr(base.v.o, name)
    if v == NULL:
        return -1
    put_obj(f.regs + dst, v, OBJ, -1)
    if not callable(<object>v) and <object>name not in constants:
        poison(m, f, f.regs + dst, base.tag >> 8, v, base, 1)
    return 0


cdef int library_iterator(Machine* m, Frame* f, Reg* a, int dst) except -1:
    return run_protocol(m, items_function, a, 1, R_STORE, dst, f.level)


cdef object owner_of_library_array(object x):
    """What has the memory of an array: views are known by what they are views of."""
    base = getattr(x, "base", None)
    while base is not None and type(base) in LIBRARY_ARRAYS:
        x, base = base, getattr(base, "base", None)
    return x


cdef int keep_library_array(Tape* t, PyObject* o) except -1:
    """A pullback may need what is in an array now.  The array lives as long as the tape, so that its address is its own."""
    if t.library_arrays == NULL:
        t.library_arrays = new_ref({})
        if t.heap != NULL:
            more_known(t.heap)  # from now on Python code runs in the machine: it might write into them
    owner = owner_of_library_array(<object>o)
    (<dict><object>t.library_arrays)[id(owner)] = owner
    return 0


cdef bint is_kept_library_array(Machine* m, PyObject* o) except -1:
    cdef int level
    for level in range(m.nlevels):
        if m.levels[level].library_arrays != NULL and \
                id(owner_of_library_array(<object>o)) in <dict><object>m.levels[level].library_arrays:
            return True
    return False


cdef int check_library_writes(Machine* m, PyObject* callee, PyObject** values, int nargs, PyObject* kwnames) except -1:
    """Refuses calls that write into an array that a pullback may need: methods and functions with such names, ``out``."""
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


cdef object name_of(object function):
    return getattr(function, "__name__", type(function).__name__)


cdef int refuse_write(PyObject* o, str how) except -1:
    cls = type(<object>o)
    raise UnsupportedError(
        f"{how} writes into an array of {cls.__module__}, which cannot be differentiated: make a new array, for "
        "example x = x + y in place of x += y, or where(mask, y, x)")
