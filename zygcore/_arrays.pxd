"""Memory of arrays that carries derivatives."""

from ._capi cimport PyObject
from ._tape cimport Tape


cdef enum:
    MEMORY_OF_FLOATS, MEMORY_OF_INTS, MEMORY_OF_RECORDS


cdef class Memory:
    cdef int kind
    cdef int slot             # the root: the node of the array that all others are views of
    cdef size_t lo, hi        # addresses
    cdef size_t data          # where the first element of the root is
    cdef Py_ssize_t scale     # bytes of the cotangent per byte of the memory
    cdef tuple shape, strides
    cdef object dtype         # of the cotangent
    cdef object owner         # kept alive once it was written, None before
    cdef bint kept            # a pullback may keep what is in it


cdef class Window:
    cdef Memory memory
    cdef Py_ssize_t offset    # from `memory.lo`, in bytes
    cdef tuple shape, strides
    cdef object dtype         # of the cotangent
    cdef bint overlaps        # an element is seen in several places


cdef class Shadow:
    cdef Memory memory
    cdef object buffer, whole
    cdef char* data           # of the buffer

    cdef object region(self, Window w)
    cdef object finished(self)
    cdef int add(self, object v) except -1
    cdef int add_region(self, Window w, object v) except -1


cdef class Geometry:
    cdef readonly str name
    cdef readonly object value


cdef int set_quietly(object array, str name, object value) except -1


cdef class Write:
    cdef Window window
    cdef object key
    cdef tuple form
    cdef object array
    cdef object other
    cdef int value            # the node of what was written, -1: a constant
    cdef bint undone

    cdef object take(self, Shadow shadow)
    cdef int give(self, Shadow shadow, object v) except -1
    cdef int swap(self) except -1


cdef bint is_array(PyObject* o) noexcept
cdef object dtype_of(PyObject* array)
cdef size_t itemsize_of(PyObject* array) except? 0
cdef bint is_own_array(PyObject* a) noexcept
cdef bint is_laid_out_as(PyObject* a, PyObject* b) noexcept
cdef bint same_array(PyObject* a, PyObject* b) noexcept
cdef Memory new_memory(PyObject* array, int slot)
cdef Memory memory_at(Tape* t, int slot, PyObject* array)
cdef Window whole_window(Memory memory)
cdef Window moved_window(Window w, Memory memory)
cdef Window window_of(Memory memory, PyObject* array)
cdef int view_slot(Tape* t, Memory memory, Window w) except -2
cdef int shared_slot(Tape* t, int slot, PyObject* array, PyObject* view) except -2
cdef int written_slot(Tape* t, PyObject* array) noexcept
cdef Memory written_memory(Tape* t, PyObject* array)
cdef int note_input(Tape* t, PyObject* array, int slot) except -1
cdef tuple form_of(object value)
cdef object formed(object dv, tuple form)
