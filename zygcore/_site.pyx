"""What a rule can ask about the call that it is for: where it is, and how many levels see it."""

from ._capi cimport *
from ._code cimport Code
from ._entry cimport current
from ._machine cimport *


cdef enum:
    RULES = 0xFFFF       # of `Machine.quiet`: native code of rules, not that of the user which sees nothing active


def nesting():
    """How many levels differentiate the code that is running; 0 in rules and pullbacks of the outermost one."""
    cdef Machine* m = current()
    cdef int level, n = 0
    if m == NULL or m.quiet & RULES or m.top == NULL or m.nlevels == 0:
        return 0
    level = m.top.level
    while level >= 0:
        n += 1
        level = m.levels[level].parent
    return n


def call_site(module):
    """(code object, bytecode offset, globals) of the call that led to code of a module; None: it is no Python code."""
    cdef Machine* m = current()
    cdef Frame* f = NULL if m == NULL else m.top
    while f != NULL and f.globals == <PyObject*>module:
        f = f.prev
    if f == NULL or f.globals == NULL or f.c.hidden or f.c.offsets == NULL:
        return None
    code = (<Code>f.code_obj).shadow  # has positions only
    if f.func != NULL and zyg_func_code(f.func) == (<Code>f.code_obj).original:
        code = <object>zyg_func_code(f.func)
    return code, f.c.offsets[pc_of(f)], <object>f.globals
