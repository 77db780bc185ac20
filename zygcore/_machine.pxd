"""Frames and the machine: what the modules that run code share."""

from ._capi cimport PyObject, PyThreadState
from ._code cimport CodeC
from ._structs cimport MAX_LEVELS, Ins, Reg
from ._tape cimport Tape

# what happens to the value a frame returns
cdef enum Ret:
    R_STORE        # register dst of the frame below
    R_DISCARD      # nothing
    R_TRUTH        # its truth value to register dst
    R_NOT          # the negated truth value
    R_INIT         # must be None; the instance in aux goes to dst
    R_NEXT         # item of a `for`; StopIteration ends the loop
    R_SEND         # what a delegated generator yields or returns
    R_RULE         # (y, back): record and deliver y
    R_NONE         # None to register dst
    R_ITER         # register dst, if it is an iterator
    R_CHECKED      # register dst, if it is what the special method in aux must return
    R_ATTRIBUTE    # register dst; an AttributeError says of which object and attribute (aux: both)


# 128 bytes: the registers come right behind, and are copied 16 bytes at a time.
cdef struct Frame:
    Frame* prev
    PyObject* code_obj       # owned: Code
    CodeC* c
    Reg* regs
    Ins* ip
    int ret
    int dst
    PyObject* func           # owned, or NULL
    PyObject* globals        # owned
    PyObject* builtins       # owned
    PyObject* locals         # owned mapping of class bodies and exec, or NULL
    PyObject* closure        # borrowed from func
    PyObject* gen            # borrowed: the generator this frame belongs to
    PyObject* aux            # owned: what `ret` needs
    PyObject* exc            # owned: the exception on its way to a handler
    int level                # innermost visible level, -1: none
    short handling           # 1: resumed with an exception set; 2: it comes before the first instruction
    short heap               # allocated by itself (generators)
    PyObject* shown          # owned: the frame object of its traceback entries, or NULL


cdef inline int pc_of(Frame* f) noexcept:
    """The number of the instruction that a frame is at; of one that has not begun, the first."""
    return <int>(f.ip - f.c.ins - 1) if f.ip > f.c.ins else 0


cdef struct Chunk:
    Chunk* prev
    char* cur
    char* end


cdef struct Machine:
    Frame* top
    Tape* levels[MAX_LEVELS]
    int nlevels
    int heap                 # objects known to some level: active values off the registers
    int ntainted             # objects of C types that active values went into
    int run_all              # run every Python function, active or not
    int stand_ins            # objects were put in the places of leaves while this was open
    Machine* older           # open machines, in the order in which they were opened
    Machine* newer
    int nhidden              # frames that are hidden, which the interpreter's count of calls leaves out
    PyObject* counts         # owned: a dict, owner's address -> how often its memory was written; or NULL
    int quiet                # rules run natively: what they call is not offered to the machine
    int leaked               # counts active values that functions called back returned to C code
    PyThreadState* ts
    Chunk* chunk
    Machine* prev            # the machine that was running in this thread before
    unsigned int ticks
    int again                # the exception on its way is raised again: no new traceback entry
    unsigned int* version    # counts registrations of rules: caches of call sites hold while it stands


cdef inline Machine* machine_of(Tape* t) noexcept:
    """The machine that a level is open in."""
    return <Machine*>(<char*>t.heap - <size_t>&(<Machine*>NULL).heap)
