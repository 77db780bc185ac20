#define Py_BUILD_CORE 1
#include <Python.h>
#include "internal/pycore_frame.h"

#include "_evalframe.h"

static zyg_runner runner = NULL;
static zyg_watcher watcher = NULL;
static _PyFrameEvalFunction previous = NULL;
static int count = 0;
/* the frame that was just passed on to another tool's function, which may hand it back to us */
#if defined(_MSC_VER)
static __declspec(thread) struct _PyInterpreterFrame *passed_on = NULL;
#else
static __thread struct _PyInterpreterFrame *passed_on = NULL;
#endif

#if PY_VERSION_HEX >= 0x030D0000
#define frame_code(f) ((f)->f_executable)
#define frame_is_new(f) ((f)->instr_ptr == _PyCode_CODE((PyCodeObject *)(f)->f_executable))
#else
#define frame_code(f) ((PyObject *)(f)->f_code)
#define frame_is_new(f) ((f)->prev_instr == _PyCode_CODE((f)->f_code) - 1)
#endif
#if PY_VERSION_HEX >= 0x030C0000
#define frame_func(f) ((f)->f_funcobj)
#else
#define frame_func(f) ((PyObject *)(f)->f_func)
#endif

/* From 3.12 on, whoever evaluates a frame also clears and pops it, with functions that are not
   exported: the interpreter does it when an exception is thrown into the frame before its
   first instruction. Debuggers are not told of it. On 3.11 the caller of the frame clears it. */
static void discard(PyThreadState *ts, struct _PyInterpreterFrame *frame)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *raised = PyErr_GetRaisedException();
    PyErr_SetNone(PyExc_SystemError);
    PyThreadState_EnterTracing(ts);
    PyObject *none = _PyEval_EvalFrameDefault(ts, frame, 1);
    PyThreadState_LeaveTracing(ts);
    Py_XDECREF(none);
    PyErr_Clear();
    PyErr_SetRaisedException(raised);
#else
    (void)ts;
    (void)frame;
#endif
}

/* As it would be evaluated without us.  A tool that set its function while ours was on keeps ours
   as what was there before, and we get its frames a second time when we are on again. */
static PyObject *natively(PyThreadState *ts, struct _PyInterpreterFrame *frame, int throwflag)
{
    PyObject *result;
    if (previous == NULL || previous == _PyEval_EvalFrameDefault)
        return _PyEval_EvalFrameDefault(ts, frame, throwflag);
    passed_on = frame;
    result = previous(ts, frame, throwflag);
    passed_on = NULL;
    return result;
}

static PyObject *evaluate(PyThreadState *ts, struct _PyInterpreterFrame *frame, int throwflag)
{
    PyObject *result;
    int taken = 0;
    if (frame == passed_on) {
        passed_on = NULL;
        return _PyEval_EvalFrameDefault(ts, frame, throwflag);
    }
    if (frame->owner == FRAME_OWNED_BY_GENERATOR && !throwflag && watcher != NULL && PyCode_Check(frame_code(frame))
        && watcher(frame_func(frame), frame_code(frame), frame->localsplus, frame->stacktop) < 0)
        throwflag = 1;
    if (throwflag || runner == NULL || frame->owner != FRAME_OWNED_BY_THREAD || !PyCode_Check(frame_code(frame))
        || !frame_is_new(frame) || frame->f_locals != NULL || !PyFunction_Check(frame_func(frame)))
        return natively(ts, frame, throwflag);
#if PY_VERSION_HEX >= 0x030C0000
    if (Py_EnterRecursiveCall("")) {
        discard(ts, frame);
        return NULL;
    }
#endif
    result = runner(frame_func(frame), frame_code(frame), frame->localsplus, &taken);
#if PY_VERSION_HEX >= 0x030C0000
    Py_LeaveRecursiveCall();
#endif
    if (!taken)
        return natively(ts, frame, throwflag);
    discard(ts, frame);
    return result;
}

void zyg_set_runner(zyg_runner r, zyg_watcher w)
{
    runner = r;
    watcher = w;
}

void zyg_show_line(PyObject *frame, int line)
{
    ((PyFrameObject *)frame)->f_lineno = line;
}

void zyg_hook_on(void)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    if (count++ == 0 && _PyInterpreterState_GetEvalFrameFunc(interp) != evaluate) {
        previous = _PyInterpreterState_GetEvalFrameFunc(interp);
        _PyInterpreterState_SetEvalFrameFunc(interp, evaluate);
    }
}

void zyg_hook_off(void)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    if (count > 0 && --count == 0 && _PyInterpreterState_GetEvalFrameFunc(interp) == evaluate)
        _PyInterpreterState_SetEvalFrameFunc(interp, previous);
}

int zyg_hook_count(void)
{
    return count;
}
