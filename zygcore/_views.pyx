"""Views of active arrays: indexing with slices, transposing, reshaping, without Python code.

A view needs no pullback: it shows the memory of its array, and so does its cotangent (`_arrays`).
"""

cimport cython

from ._arrays cimport shared_slot
from ._capi cimport *
from ._machine cimport *
from ._nodes cimport *
from ._structs cimport *
from ._values cimport *

import numpy as np

cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>np.ndarray


@cython.final
cdef class View(Operation):
    """A function of an array that usually returns a view of it."""

    cdef int call(self, Machine* m, Frame* f, binary_function native, Reg* args, int nargs, PyObject* kwnames,
                  int dst) except -1:
        cdef PyObject* stack[6]
        cdef PyObject* z
        cdef int i
        if kwnames != NULL or not 0 < nargs <= 5 or not is_active_array(m, args):
            return 2
        for i in range(nargs):
            if i and args[i].slot >= 0:
                return 2
            stack[i + 1] = box(args + i)
            if stack[i + 1] == NULL:
                return -1
        if Py_TYPE(<PyObject*>self.target) == &PyGetSetDescr_Type:
            value = self.target.__get__(<object>stack[1])
            z = new_ref(value)
        else:
            m.quiet += 1  # Python code of NumPy's, to which the array is not known
            z = PyObject_Vectorcall(<PyObject*>self.target, stack + 1, <size_t>nargs | PY_VECTORCALL_ARGUMENTS_OFFSET,
                                    NULL)
            m.quiet -= 1
        if z == NULL:
            return -1
        return take_view(m, f, args, z, dst)


cdef bint is_active_array(Machine* m, Reg* r) noexcept:
    return r.slot >= 0 and r.tag == OBJ and Py_TYPE(r.v.o) == ARRAY and not is_poisoned(m, r)


cdef int take_view(Machine* m, Frame* f, Reg* array, PyObject* z, int dst) except -1:
    """Delivers `z` (reference stolen) if it is a view of an active array.  2: it is not."""
    cdef int slot = -1
    try:
        if Py_TYPE(z) == ARRAY and zyg_array_base(z) != NULL:
            slot = shared_slot(m.levels[0], array.slot, array.v.o, z)
        if slot >= 0:
            Py_INCREF(z)
            put_obj(f.regs + dst, z, OBJ, slot)
            return 0
        return 2
    finally:
        Py_DECREF(z)


cdef int view_item(Machine* m, Frame* f, Reg* base, Reg* key, int dst) except -1:
    """``array[key]`` of an active array at the outermost level, where that is a view.  2: it is not."""
    cdef PyObject* k
    cdef PyObject* z
    if not is_active_array(m, base):
        return 2
    k = box(key)
    if k == NULL:
        return -1
    if not is_slicing(k):
        return 2
    z = PyObject_GetItem(base.v.o, k)
    if z == NULL:
        return -1
    return take_view(m, f, base, z, dst)


cdef bint is_slicing(PyObject* key) noexcept:
    """Is an index made of slices, numbers, None and Ellipsis, with a slice or Ellipsis among them?"""
    cdef Py_ssize_t i
    cdef PyObject* part
    cdef bint some = False
    if Py_TYPE(key) == &PySlice_Type or key == Py_Ellipsis or Py_TYPE(key) == &PyLong_Type:
        return True
    if Py_TYPE(key) != &PyTuple_Type:
        return False
    for i in range(PyTuple_GET_SIZE(key)):
        part = PyTuple_GET_ITEM(key, i)
        if Py_TYPE(part) == &PySlice_Type or part == Py_Ellipsis or part == Py_None:
            some = True
        elif Py_TYPE(part) != &PyLong_Type:
            return False
    return some


def declare_all():
    for target in (
        np.ndarray.T, np.ndarray.reshape, np.reshape, np.ndarray.transpose, np.transpose, np.ndarray.ravel, np.ravel,
        np.ndarray.swapaxes, np.swapaxes, np.ndarray.squeeze, np.squeeze, np.expand_dims, np.moveaxis, np.flip,
        np.atleast_1d, np.atleast_2d,
    ):
        declare(View(), target)
