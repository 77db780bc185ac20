"""Which arrays of other libraries pullbacks may keep, and where their memory is.

They are known as long as they live: what nobody refers to is not what a pullback needs.
"""

cimport cython

from ._arrays cimport Memory, itemsize_of
from ._capi cimport *
from ._hook cimport more_known
from ._machine cimport *
from ._structs cimport *
from ._tape cimport *

import weakref

# class -> (what attributes are that depend on the numbers, those that do not, where the memory of one is, whether one
# has derivatives)
cdef dict LIBRARY_ARRAYS = {}


def add_library_arrays(cls, attributes, constants, addresses, derivatives):
    """Arrays of just this class are values; there are rules for them."""
    LIBRARY_ARRAYS[cls] = attributes, constants, addresses, derivatives


cdef bint has_derivatives(object array) except -1:
    derivatives = LIBRARY_ARRAYS[type(array)][3]
    return derivatives is None or derivatives(array)


@cython.final
cdef class Kept:
    def __init__(self, array, active):
        try:
            self.reference = weakref.ref(array)
        except TypeError:  # of a class that has none: it lives as long as the tape
            self.reference = lambda: array
        self.active = active
        self.is_placed = False

    cdef bint uses(self, Machine* m, size_t lo, size_t hi) except -1:
        """Does it live, in this memory?  It is asked for its place when that is needed first."""
        array = self.reference()
        if array is None:
            return False
        if not self.is_placed:
            self.lo, self.hi = addresses_of(m, array)
            self.is_placed = True
        return self.lo < hi and lo < self.hi


cdef object owner_of_library_array(object x):
    """What has the memory of an array: views are known by what they are views of."""
    base = getattr(x, "base", None)
    while base is not None and type(base) in LIBRARY_ARRAYS:
        x, base = base, getattr(base, "base", None)
    return x


cdef tuple addresses_of(Machine* m, object owner):
    """Where the memory of an array is; (0, 0) if nobody can tell."""
    addresses = LIBRARY_ARRAYS[type(owner)][2]
    if addresses is None:
        return 0, 0
    m.quiet += 1  # what a library does to tell is none of the program's code
    try:
        return addresses(owner)
    finally:
        m.quiet -= 1


cdef int keep_library_array(Tape* t, PyObject* o, bint active) except -1:
    """A pullback may need what is in an array now; `active`: it is an input or depends on one."""
    if t.library_arrays == NULL:
        t.library_arrays = PyDict_New()
        if t.library_arrays == NULL:
            raise MemoryError
        if t.heap != NULL:
            more_known(t.heap)  # from now on Python code runs in the machine: it might write into them
    owner = owner_of_library_array(<object>o)
    found = (<dict><object>t.library_arrays).get(id(owner))
    if found is not None and (<Kept>found).reference() is owner:
        (<Kept>found).active = (<Kept>found).active or active
        return 0
    (<dict><object>t.library_arrays)[id(owner)] = Kept(owner, active)
    return 0


cdef bint is_kept_library_array(Machine* m, PyObject* o) except -1:
    cdef int level
    cdef size_t lo, hi
    cdef Tape* t
    owner = owner_of_library_array(<object>o)
    lo, hi = addresses_of(m, owner)
    for level in range(m.nlevels):
        t = m.levels[level]
        if t.library_arrays != NULL:
            found = (<dict><object>t.library_arrays).get(id(owner))
            if found is not None and (<Kept>found).reference() is owner or overlapping(t, lo, hi):
                return True
    return False


cdef int overlapping(Tape* t, size_t lo, size_t hi) except -1:
    """Do such arrays use this memory, ACTIVE ones, or CONSTANT ones alone?  0 if none."""
    cdef Kept kept
    cdef int found = 0
    if lo == hi:
        return 0
    for kept in (<dict><object>t.library_arrays).values():
        if kept.uses(machine_of(t), lo, hi):
            if kept.active:
                return ACTIVE
            found = CONSTANT
    return found


cdef int shares_memory(Tape* t, PyObject* array) except -1:
    """The same for the memory of an array of NumPy's."""
    cdef size_t lo, hi
    if t.library_arrays == NULL:
        return 0
    zyg_array_bounds(array, itemsize_of(array), &lo, &hi)
    return overlapping(t, lo, hi)


cdef int written_library_slot(Tape* t, PyObject* o) noexcept:
    """A poison node for an array over memory of NumPy's that what the gradient depends on was written to; or -1."""
    try:
        return poisoned_by_write(t, o)
    except BaseException as e:
        PyErr_WriteUnraisable(<PyObject*>e)
        return -1


cdef int poisoned_by_write(Tape* t, PyObject* o) except -2:
    cdef Memory memory
    cdef size_t lo, hi
    cdef int slot = -1
    lo, hi = addresses_of(machine_of(t), owner_of_library_array(<object>o))
    for several in (<dict><object>t.written).values():
        for memory in several:
            if slot < 0 and memory.lo < hi and lo < memory.hi:
                cls = type(<object>o)
                what = (f"a {cls.__module__}.{cls.__qualname__} shares the memory of an array that was written with "
                        "what the gradient depends on",
                        "Make it of a copy, or of the array after it was written.")
                slot = tape_side(t, S_POISON, 1, 0, NULL, <PyObject*>what, NULL, 0)
                if slot < 0 or map_put(t, o, slot) < 0:
                    raise MemoryError
                t.npoison += 1
    return slot


cdef list kept_library_arrays(Tape* t):
    """Those that live."""
    if t.library_arrays == NULL:
        return []
    found = [(<Kept>kept).reference() for kept in (<dict><object>t.library_arrays).values()]
    return [array for array in found if array is not None]
