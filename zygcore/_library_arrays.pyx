"""Arrays of other libraries, on GPUs for example: values as those of NumPy are.

Their operators, functions and methods have rules (`interop`), so their code is not looked into, also where it is
Python code.  Attributes are views, or constants; writing into such an array is refused.
"""

from ._capi cimport *
from ._machine cimport *
from ._methods cimport run_protocol
from ._poison cimport poison
from ._structs cimport *
from ._values cimport *

from .errors import UnsupportedError
from .interop._protocols import items_of

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


cdef int refuse_write(PyObject* o, str how) except -1:
    cls = type(<object>o)
    raise UnsupportedError(
        f"{how} writes into an array of {cls.__module__}, which cannot be differentiated: make a new array, for "
        "example x = x + y in place of x += y, or where(mask, y, x)")
