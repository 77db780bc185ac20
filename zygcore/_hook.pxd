"""The hook into CPython's evaluation of frames, which is on while active values are on the heap."""

from ._capi cimport PyObject

ctypedef PyObject* (*runner_function)(PyObject* func, PyObject* code, PyObject** locals, int* taken) noexcept
ctypedef int (*watcher_function)(PyObject* func, PyObject* code, PyObject** locals, int n) noexcept

cdef void set_runner(runner_function runner, watcher_function watcher) noexcept
cdef void show_line(PyObject* frame, int line) noexcept
cdef void hook_on() noexcept
cdef void hook_off() noexcept


cdef inline void more_known(int* heap) noexcept:
    """One more object on the heap is known to the machine whose count this is."""
    if heap[0] == 0:
        hook_on()
    heap[0] += 1


cdef inline void fewer_known(int* heap, int n) noexcept:
    if n and heap[0]:
        heap[0] -= n
        if heap[0] == 0:
            hook_off()
