/* Python functions that C code calls back, offered to the machine (PEP 523).

   While the hook is on, the interpreter hands every new frame to `evaluate`, which asks the
   runner first.  This file alone knows the layout of CPython's frames. */
#ifndef ZYGCORE_EVALFRAME_H
#define ZYGCORE_EVALFRAME_H

#include <Python.h>

/* Runs a call of `func` whose arguments are bound in `locals` (in the order of co_varnames)
   and takes their references.  Leaves `taken` 0 if CPython shall run it. */
typedef PyObject *(*zyg_runner)(PyObject *func, PyObject *code, PyObject **locals, int *taken);


/* Told that a suspended generator or coroutine goes on natively: `n` local variables, cells and
   stack entries, some of them NULL.  -1: it must not, the exception is set. */
typedef int (*zyg_watcher)(PyObject *func, PyObject *code, PyObject **locals, int n);

void zyg_set_runner(zyg_runner runner, zyg_watcher watcher);
/* The line that a frame object shows as its own. */
void zyg_show_line(PyObject *frame, int line);
void zyg_hook_on(void);
void zyg_hook_off(void);
int zyg_hook_count(void);

#endif
