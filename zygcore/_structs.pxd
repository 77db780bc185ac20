"""The data structures of the machine: registers, code, frames, tapes.

A *register* holds a value and its *slot*, the number under which the tape
knows it (-1: inactive).  The low byte of the tag is the kind of the payload,
the next byte the level (0 for the outermost), so that ``tag == F64`` says
in one comparison "a float, and nothing of an inner level".
"""

from libc.stdint cimport int32_t, uint16_t, uint64_t

from ._capi cimport PyObject, PyThreadState

cdef enum Kind:
    F64 = 0
    I64 = 1
    OBJ = 2
    NUL = 3

cdef enum:
    MAX_LEVELS = 64


ctypedef union Payload:
    double f
    long long i
    PyObject* o


cdef struct Reg:
    int tag
    int slot
    Payload v


cdef struct Ins:
    uint16_t op
    uint16_t aux
    int d
    int a
    int b


cdef struct Cache:
    PyObject* key          # what was looked up or called (not owned: compared only)
    uint64_t version       # of the first dict
    uint64_t version2      # of the second
    PyObject* value        # borrowed, valid while the versions hold
    int kind
    int number


cdef struct Handler:
    int target             # instruction to go on with
    int exc                # register that takes the exception


# One 24-byte entry per recorded operation; the index of an entry is the slot
# of its result.
#   a >= -1       floats: partials da, db with respect to slots a, b (-1: none)
#   a == SPECIAL  b is the index of a `Side` record
#   a <= INTS     exact integers: slot INTS - a, slot b, partials as int64 bits
cdef struct Entry:
    int a
    int b
    double da
    double db

cdef enum:
    SPECIAL = -2
    INTS = -3


cdef enum SideKind:
    S_INPUT      # a leaf of the inputs
    S_STRUCT     # a container whose leaves have slots: obj is its Location
    S_LEAF       # a leaf inside the result of a rule: args[0] is the container
    S_CAST       # float(an integer or an object node)
    S_RULE       # back(cotangent) gives cotangents of the arguments
    S_POISON     # no derivative known: obj describes the callable
    S_SUM        # the sum of its operands, all floats
    S_SAME       # the same value under another name (casts, copies)
    S_INTEGER    # integers whose partials do not fit in int64: obj is (pa, pb)
    S_MEMORY     # what was in an array before something active was written into it
    S_VIEW       # an array that shows the memory of args[0]: obj is its Window
    S_WRITE      # args[1] was written into the memory of args[0]: obj is a Write
    S_NODE       # an operation on arrays: obj is a Node
    S_READ       # an element of the memory of args[0]: obj is the Memory, the entry's db the offset
    S_NAMELESS   # something active is in an object whose parts have no names: obj is its type
    S_PUT        # args[1] was stored there; the entry's da is what was there before


cdef enum:               # `pc` of a side record that needs no line
    KEPT = 1             # S_PUT: what was there before is needed
    UNDONE = 2           # it is there again
    TO_FLOAT64 = 4       # S_CAST: the operand's cotangent is an np.float64


cdef struct Range:
    size_t lo, hi            # addresses


cdef struct Side:
    int kind
    int isobj              # the cotangent of this node is an object, not a double
    int nargs
    int slot                 # of the node itself
    int first                # operand slots: slots[first : first + nargs]
    PyObject* back         # owned
    PyObject* obj          # owned
    PyObject* code         # owned: Code object, for messages
    int pc


ctypedef union Adj:
    double f
    PyObject* o


cdef struct Known:         # a float object of ours; its mark is its index
    PyObject* o            # owned
    int slot


cdef struct IdMap:         # open addressing; in a set of addresses `slots` is NULL
    PyObject** keys
    int* slots
    int used
    int mask               # capacity - 1


cdef struct Meta:          # what a value of an inner level is one level further out
    int tag
    int slot
