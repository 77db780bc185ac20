"""The hook into CPython's evaluation of frames, which is on while active values are on the heap.

C code may call Python functions back: a solver its objective, a dict the ``__eq__`` of its
keys, anything a property.  Such functions could read and store active values unseen, so
CPython is asked to offer their frames to the machine (PEP 523).  `set_runner` says who runs them.
"""

cdef extern from "_evalframe.h":
    void zyg_set_runner(runner_function, watcher_function) noexcept
    void zyg_show_line(PyObject*, int) noexcept
    void zyg_hook_on() noexcept
    void zyg_hook_off() noexcept
    int zyg_hook_count() noexcept


cdef void set_runner(runner_function runner, watcher_function watcher) noexcept:
    zyg_set_runner(runner, watcher)


cdef void show_line(PyObject* frame, int line) noexcept:
    """Makes a frame object that never runs show a line."""
    zyg_show_line(frame, line)


cdef void hook_on() noexcept:
    """Counts the machines that want the hook; the first installs it."""
    zyg_hook_on()


cdef void hook_off() noexcept:
    zyg_hook_off()


def count():
    """How many machines want the hook now; for tests."""
    return zyg_hook_count()
