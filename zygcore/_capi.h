/* What Cython cannot say about CPython: fields that differ between versions,
   and a few macros. Everything here works on 3.11 to 3.13. */
#ifndef ZYGCORE_CAPI_H
#define ZYGCORE_CAPI_H

#include <Python.h>
#include <frameobject.h>

#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x030E0000
#error "zygcore runs on CPython 3.11, 3.12 and 3.13"
#endif

#if PY_VERSION_HEX >= 0x030C0000
#define zyg_recursion_remaining(ts) ((ts)->py_recursion_remaining)
#else
#define zyg_recursion_remaining(ts) ((ts)->recursion_remaining)
#endif

/* Do instances of a type have attributes like those of object? */
#define zyg_gets_attributes(cls) (((PyTypeObject *)(cls))->tp_getattro == PyObject_GenericGetAttr)

#define zyg_recursion_enter(ts) (zyg_recursion_remaining(ts)--)
#define zyg_recursion_leave(ts) (zyg_recursion_remaining(ts)++)

#if PY_VERSION_HEX >= 0x030D0000
/* exported by the interpreter, declared only in an internal header */
extern int _PyObject_GetMethod(PyObject *, PyObject *, PyObject **);
#endif

/* The handled exceptions: one item for the thread and one for each running generator. */
typedef _PyErr_StackItem zyg_handling;
#define zyg_handling_top(ts) ((ts)->exc_info)
#define zyg_handled(ts) ((ts)->exc_info->exc_value)

static inline void zyg_handling_push(PyThreadState *ts, zyg_handling *item)
{
    item->previous_item = ts->exc_info;
    ts->exc_info = item;
}

static inline void zyg_handling_pop(PyThreadState *ts, zyg_handling *item)
{
    ts->exc_info = item->previous_item;
    item->previous_item = NULL;
}

/* The exception that another thread wants raised in this one (PyThreadState_SetAsyncExc), a new reference or NULL. */
static inline PyObject *zyg_asynchronous(PyThreadState *ts)
{
    PyObject *kind = ts->async_exc;
    ts->async_exc = NULL;
    return kind;
}

/* Every change of a dict gives it a new version that no dict ever had. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
#define zyg_dict_version(d) (((PyDictObject *)(d))->ma_version_tag)

#define zyg_next(o) (Py_TYPE(o)->tp_iternext(o))
#define zyg_traverse(tp) (((PyTypeObject *)(tp))->tp_traverse)
#define zyg_clear(tp) (((PyTypeObject *)(tp))->tp_clear)
#define zyg_set_gc(tp, traverse, clear) \
    (((PyTypeObject *)(tp))->tp_traverse = (traverse), ((PyTypeObject *)(tp))->tp_clear = (clear))

/* whether instances are made by object.__new__ itself, not by a slot that looks __new__ up */
#define zyg_plain_new(tp) (((PyTypeObject *)(tp))->tp_new == PyBaseObject_Type.tp_new)

/* the name of a type that is not on the heap */
#define zyg_set_name(tp, name) ((void)(PyType_HasFeature(tp, Py_TPFLAGS_HEAPTYPE) || ((tp)->tp_name = (name))))

#define zyg_likely(x) __builtin_expect(!!(x), 1)
#define zyg_unlikely(x) __builtin_expect(!!(x), 0)

#define zyg_code_flags(c) (((PyCodeObject *)(c))->co_flags)
#define zyg_func_code(f) (((PyFunctionObject *)(f))->func_code)
#define zyg_func_globals(f) (((PyFunctionObject *)(f))->func_globals)
#define zyg_func_builtins(f) (((PyFunctionObject *)(f))->func_builtins)
#define zyg_func_defaults(f) (((PyFunctionObject *)(f))->func_defaults)
#define zyg_func_kwdefaults(f) (((PyFunctionObject *)(f))->func_kwdefaults)
#define zyg_func_closure(f) (((PyFunctionObject *)(f))->func_closure)
#define zyg_method_function(m) (((PyMethodObject *)(m))->im_func)
#define zyg_method_self(m) (((PyMethodObject *)(m))->im_self)
#define zyg_cell_get(c) (((PyCellObject *)(c))->ob_ref)
#define zyg_cell_put(c, v) (((PyCellObject *)(c))->ob_ref = (v))
#define zyg_float(o) (((PyFloatObject *)(o))->ob_fval)
#define zyg_set_float(o, v) (((PyFloatObject *)(o))->ob_fval = (v))
#define zyg_list_items(o) (((PyListObject *)(o))->ob_item)
#define zyg_tuple_items(o) (((PyTupleObject *)(o))->ob_item)

/* data of ours in code objects */
#if PY_VERSION_HEX >= 0x030C0000
#define zyg_extra_index PyUnstable_Eval_RequestCodeExtraIndex
#define zyg_get_extra PyUnstable_Code_GetExtra
#define zyg_set_extra PyUnstable_Code_SetExtra
#else
#define zyg_extra_index _PyEval_RequestCodeExtraIndex
#define zyg_get_extra _PyCode_GetExtra
#define zyg_set_extra _PyCode_SetExtra
#endif

#define zyg_cfunction_self(f) PyCFunction_GET_SELF(f)
#define zyg_line(code, offset) PyCode_Addr2Line((PyCodeObject *)(code), offset)
#define zyg_frame(code, globals, locals) \
    ((PyObject *)PyFrame_New(PyThreadState_Get(), (PyCodeObject *)(code), globals, locals))

/* An int object that nothing else refers to, small ones included. */
static inline PyObject *zyg_fresh_int(long long v)
{
    PyLongObject *r;
    if (v < -5 || v > 256)
        return PyLong_FromLongLong(v);
    r = _PyLong_New(v != 0);
    if (r == NULL)
        return NULL;
#if PY_VERSION_HEX >= 0x030C0000
    r->long_value.ob_digit[0] = (digit)(v < 0 ? -v : v);
    if (v < 0)
        r->long_value.lv_tag = (r->long_value.lv_tag & ~(uintptr_t)3) | 2;
#else
    r->ob_digit[0] = (digit)(v < 0 ? -v : v);
    if (v < 0)
        Py_SET_SIZE(r, -1);
#endif
    return (PyObject *)r;
}

/* A float object that nothing else refers to, with room for a number of ours behind its value.
   The number may be read from any float: the interpreter's allocator hands out memory in
   units of 16 bytes, so what is behind the 24 bytes of another float is merely unknown. */
typedef struct { PyFloatObject head; uint32_t mark, unused; } zyg_marked_float;
#define zyg_float_mark(o) (((zyg_marked_float *)(o))->mark)
#define zyg_set_float_mark(o, n) (((zyg_marked_float *)(o))->mark = (n))
#if defined(__SANITIZE_ADDRESS__)
#define ZYG_MARKS 0
#else
#define ZYG_MARKS 1
#endif

static inline PyObject *zyg_fresh_float(double v)
{
    PyObject *o = (PyObject *)PyObject_Malloc(sizeof(zyg_marked_float));
    if (o == NULL)
        return PyErr_NoMemory();
    PyObject_Init(o, &PyFloat_Type);
    ((PyFloatObject *)o)->ob_fval = v;
    return o;
}

/* A str or bytes object that nothing else refers to, those of one character included;
   the empty ones are shared, there is nothing in them. */
static inline PyObject *zyg_fresh_text(PyObject *o)
{
    PyObject *r;
    if (PyBytes_CheckExact(o)) {
        r = PyBytes_FromStringAndSize(NULL, PyBytes_GET_SIZE(o));
        if (r == NULL || PyBytes_GET_SIZE(o) == 0)
            return r;
        memcpy(PyBytes_AS_STRING(r), PyBytes_AS_STRING(o), PyBytes_GET_SIZE(o));
        return r;
    }
    r = PyUnicode_New(PyUnicode_GET_LENGTH(o), PyUnicode_MAX_CHAR_VALUE(o));
    if (r != NULL && PyUnicode_GET_LENGTH(o) &&
        PyUnicode_CopyCharacters(r, 0, o, 0, PyUnicode_GET_LENGTH(o)) < 0)
        Py_CLEAR(r);
    return r;
}

/* the layout of range objects, the same since 3.3 */
typedef struct { PyObject_HEAD PyObject *start, *stop, *step, *length; } zyg_range;
#define zyg_range_start(r) (((zyg_range *)(r))->start)
#define zyg_range_stop(r) (((zyg_range *)(r))->stop)
#define zyg_range_step(r) (((zyg_range *)(r))->step)
#define zyg_range_length(r) (((zyg_range *)(r))->length)

/* the part of an array object that every NumPy 2 has */
typedef struct { PyObject_HEAD char *data; int nd; void *dimensions; void *strides; PyObject *base;
                 PyObject *descr; int flags; } zyg_array;
#define zyg_array_base(a) (((zyg_array *)(a))->base)
#define zyg_array_flags(a) (((zyg_array *)(a))->flags)
#define zyg_array_type(a) ((void *)((zyg_array *)(a))->descr)
#define zyg_array_data(a) ((size_t)((zyg_array *)(a))->data)
#define zyg_array_ndim(a) (((zyg_array *)(a))->nd)
#define zyg_array_dims(a) ((Py_ssize_t *)((zyg_array *)(a))->dimensions)
#define zyg_array_strides(a) ((Py_ssize_t *)((zyg_array *)(a))->strides)

/* the addresses between which an array has its elements; lo == hi: it has none */
static inline void zyg_array_bounds(PyObject *o, size_t itemsize, size_t *lo, size_t *hi)
{
    zyg_array *a = (zyg_array *)o;
    Py_ssize_t *dims = a->dimensions, *strides = a->strides;
    *lo = *hi = (size_t)a->data;
    for (int i = 0; i < a->nd; i++) {
        if (dims[i] == 0) {
            *hi = *lo = (size_t)a->data;
            return;
        }
        *(strides[i] < 0 ? lo : hi) += (dims[i] - 1) * strides[i];
    }
    *hi += itemsize;
}

static inline int zyg_add(long long a, long long b, long long *r)
{ return __builtin_add_overflow(a, b, r); }
static inline int zyg_sub(long long a, long long b, long long *r)
{ return __builtin_sub_overflow(a, b, r); }
static inline int zyg_mul(long long a, long long b, long long *r)
{ return __builtin_mul_overflow(a, b, r); }

#endif
