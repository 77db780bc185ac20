"""Single elements of arrays of floats: read and stored without Python code, at any length of the array.

The cotangent of an element that was read goes into the shadow of its memory; that of an element that was stored
comes out of it.
"""

cimport numpy as cnp

from ._arrays cimport Memory, memory_at
from ._capi cimport *
from ._machine cimport *
from ._structs cimport *
from ._tape cimport *
from ._values cimport *
from ._written cimport count_write

import numpy as np

cnp.import_array()

cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>np.ndarray
cdef PyTypeObject* FLOAT64 = <PyTypeObject*><PyObject*>np.float64


cdef inline bint index_of(Reg* r, Py_ssize_t* i) noexcept:
    cdef int overflow = 0
    if r.tag & 0xFF == I64:
        i[0] = r.v.i
        return True
    if r.tag & 0xFF != OBJ or Py_TYPE(r.v.o) != &PyLong_Type:
        return False
    i[0] = PyLong_AsLongLongAndOverflow(r.v.o, &overflow)
    return not overflow


cdef char* place_of(PyObject* array, Reg* key) noexcept:
    """The address of an element; NULL: not such an array or index."""
    cdef Py_ssize_t i
    cdef int k, n = zyg_array_ndim(array)
    cdef char* at = <char*>zyg_array_data(array)
    cdef Reg part
    if cnp.PyArray_TYPE(<cnp.ndarray>array) != cnp.NPY_DOUBLE or not cnp.PyArray_ISNOTSWAPPED(<cnp.ndarray>array):
        return NULL
    if n == 1:
        if not index_of(key, &i):
            return NULL
        if i < 0:
            i += zyg_array_dims(array)[0]
        return at + i * zyg_array_strides(array)[0] if 0 <= i < zyg_array_dims(array)[0] else NULL
    if key.tag & 0xFF != OBJ or Py_TYPE(key.v.o) != &PyTuple_Type or PyTuple_GET_SIZE(key.v.o) != n or n == 0:
        return NULL
    part.tag = OBJ
    for k in range(n):
        part.v.o = PyTuple_GET_ITEM(key.v.o, k)
        if not index_of(&part, &i):
            return NULL
        if i < 0:
            i += zyg_array_dims(array)[k]
        if not 0 <= i < zyg_array_dims(array)[k]:
            return NULL
        at += i * zyg_array_strides(array)[k]
    return at


cdef int read_element(Machine* m, Frame* f, Reg* base, Reg* key, int dst) except -1:
    """``array[i]`` of an active array at the outermost level.  2: not here."""
    cdef Tape* t
    cdef char* at
    cdef Memory memory
    cdef PyObject* z
    cdef int slot
    if base.tag != OBJ or Py_TYPE(base.v.o) != ARRAY or is_poisoned(m, base):
        return 2
    at = place_of(base.v.o, key)
    if at == NULL:
        return 2
    t = m.levels[0]
    memory = memory_at(t, base.slot, base.v.o)
    if memory is None or memory.scale != 1:
        return 2
    value = cnp.PyArray_ToScalar(at, <cnp.ndarray>base.v.o)
    z = new_ref(value)
    slot = tape_side(t, S_READ, 0, 1, NULL, <PyObject*>memory, f.code_obj, pc_of(f))
    if slot < 0:
        Py_DECREF(z)
        return -1
    t.slots[side_of(t, slot).first] = memory.slot
    (<Py_ssize_t*>&t.entries[slot].db)[0] = <size_t>at - memory.lo
    put_obj(f.regs + dst, z, OBJ, slot)
    return 0


cdef int write_element(Machine* m, Frame* f, Reg* base, Reg* key, Reg* value) except -1:
    """``array[i] = number`` in memory that was written before, at the outermost level.  2: not here."""
    cdef Tape* t
    cdef char* at
    cdef Memory memory
    cdef Side* side
    cdef double v
    cdef int slot, kind = value.tag & 0xFF
    if base.tag != OBJ or base.slot < 0 or Py_TYPE(base.v.o) != ARRAY or value.tag >> 8 or m.nlevels != 1 \
            or not cnp.PyArray_ISWRITEABLE(<cnp.ndarray>base.v.o) or is_poisoned(m, base):
        return 2
    if kind == F64:
        v = value.v.f
    elif kind == I64 and -ZYG_EXACT < value.v.i < ZYG_EXACT:
        v = <double>value.v.i
    elif kind == OBJ and (Py_TYPE(value.v.o) == FLOAT64 or Py_TYPE(value.v.o) == &PyFloat_Type):
        v = zyg_float(value.v.o)
    else:
        return 2
    at = place_of(base.v.o, key)
    if at == NULL:
        return 2
    t = m.levels[0]
    memory = memory_at(t, base.slot, base.v.o)
    if memory is None or memory.owner is None or memory.scale != 1:
        return 2
    slot = tape_side(t, S_PUT, 1, 2, NULL, <PyObject*>memory, NULL,
                     (KEPT if memory.kept else 0)
                     | (TO_FLOAT64 if kind == OBJ and Py_TYPE(value.v.o) == FLOAT64 else 0))
    if slot < 0:
        return -1
    side = side_of(t, slot)
    t.slots[side.first] = memory.slot
    t.slots[side.first + 1] = value.slot
    (<Py_ssize_t*>&t.entries[slot].db)[0] = <size_t>at - memory.lo
    t.entries[slot].da = (<double*>at)[0]
    t.nwrites += 1
    count_write(m, base.v.o)
    t.nsaved += memory.kept
    (<double*>at)[0] = v
    return 0
