"""The line of the program that a node of a tape belongs to, for messages and tracebacks."""

from ._capi cimport *
from ._code cimport Code
from ._structs cimport *

import types

from ._frames import shadow_frame


cdef str where(Side* s):
    """file:line of the operation a side record belongs to"""
    if s.code == NULL or (<Code>s.code).c.offsets == NULL:
        return "in the call that was differentiated"
    code = (<Code>s.code).shadow
    offset = (<Code>s.code).c.offsets[s.pc]
    return f"{code.co_filename}:{zyg_line(<PyObject*>code, offset)}, in {code.co_qualname}"


cdef int show_forward_line(Side* s, object error) except -1:
    """Puts the line of the forward pass into the traceback of a pullback's error."""
    if s.code == NULL or (<Code>s.code).c.offsets == NULL:
        return 0
    cdef Code code = <Code>s.code
    offset = code.c.offsets[s.pc]
    frame = shadow_frame(code)
    error.__traceback__ = types.TracebackType(
        error.__traceback__, frame, offset, zyg_line(<PyObject*>code.shadow, offset))
    return 0
