"""The part of CPython's C API that the core uses, on plain pointers.

Declared with ``PyObject*`` rather than ``object``: registers own references
that Cython knows nothing of, so all counting is explicit.
"""

from libc.stdint cimport uint64_t


cdef extern from *:
    """
    /* Cython compares literals of this size as objects. */
    #define ZYG_EXACT (1LL << 53)
    #define ZYG_SMALL (1LL << 60)
    """
    const long long ZYG_EXACT   # integers up to it, and down to its negative, are exact as doubles
    const long long ZYG_SMALL   # sums of a few integers below it do not overflow


cdef extern from "_capi.h":
    ctypedef struct PyTypeObject:
        pass
    ctypedef struct PyObject:
        Py_ssize_t ob_refcnt
        PyTypeObject* ob_type
    ctypedef struct PyThreadState:
        pass
    ctypedef int (*visitproc)(PyObject*, void*) noexcept
    ctypedef int (*traverseproc)(PyObject*, visitproc, void*) noexcept
    ctypedef int (*inquiry)(PyObject*) noexcept
    traverseproc zyg_traverse(PyTypeObject*) noexcept
    inquiry zyg_clear(PyTypeObject*) noexcept
    void zyg_set_gc(PyTypeObject*, traverseproc, inquiry) noexcept
    ctypedef PyObject* (*vectorcallfunc)(PyObject*, PyObject* const*, size_t, PyObject*)

    ctypedef struct zyg_handling:
        PyObject* exc_value
    void zyg_set_name(PyTypeObject*, const char*) noexcept
    bint zyg_plain_new(PyObject*) noexcept
    PyObject* zyg_next(PyObject*) noexcept
    PyObject* zyg_handled(PyThreadState*) noexcept
    void zyg_handling_push(PyThreadState*, zyg_handling*) noexcept
    void zyg_handling_pop(PyThreadState*, zyg_handling*) noexcept

    bint zyg_likely(bint) noexcept nogil
    bint zyg_unlikely(bint) noexcept nogil
    int zyg_recursion_remaining(PyThreadState*) noexcept
    void zyg_recursion_enter(PyThreadState*) noexcept
    void zyg_recursion_leave(PyThreadState*) noexcept
    PyObject* zyg_frame(PyObject*, PyObject*, PyObject*) noexcept
    int zyg_line(PyObject*, int) noexcept
    uint64_t zyg_dict_version(PyObject*) noexcept
    int zyg_code_flags(PyObject*) noexcept
    PyObject* zyg_func_code(PyObject*) noexcept
    PyObject* zyg_func_globals(PyObject*) noexcept
    PyObject* zyg_func_builtins(PyObject*) noexcept
    PyObject* zyg_func_defaults(PyObject*) noexcept
    PyObject* zyg_func_kwdefaults(PyObject*) noexcept
    PyObject* zyg_func_closure(PyObject*) noexcept
    PyObject* zyg_method_function(PyObject*) noexcept
    PyObject* zyg_method_self(PyObject*) noexcept
    PyObject* zyg_cell_get(PyObject*) noexcept
    void zyg_cell_put(PyObject*, PyObject*) noexcept
    double zyg_float(PyObject*) noexcept
    PyObject** zyg_list_items(PyObject*) noexcept
    bint zyg_gets_attributes(PyObject*) noexcept
    PyObject** zyg_tuple_items(PyObject*) noexcept
    PyObject* zyg_cfunction_self(PyObject*) noexcept
    Py_ssize_t zyg_extra_index(void (*)(void*) noexcept) noexcept
    int zyg_get_extra(PyObject*, Py_ssize_t, void**) noexcept
    int zyg_set_extra(PyObject*, Py_ssize_t, void*) noexcept
    void zyg_array_bounds(PyObject*, size_t, size_t*, size_t*) noexcept
    PyObject* zyg_array_base(PyObject*) noexcept
    int zyg_array_flags(PyObject*) noexcept
    void* zyg_array_type(PyObject*) noexcept
    size_t zyg_array_data(PyObject*) noexcept
    int zyg_array_ndim(PyObject*) noexcept
    Py_ssize_t* zyg_array_dims(PyObject*) noexcept
    Py_ssize_t* zyg_array_strides(PyObject*) noexcept
    PyObject* zyg_range_start(PyObject*) noexcept
    PyObject* zyg_range_stop(PyObject*) noexcept
    PyObject* zyg_range_step(PyObject*) noexcept
    PyObject* zyg_range_length(PyObject*) noexcept
    PyObject* zyg_fresh_float(double) noexcept
    void zyg_set_float(PyObject*, double) noexcept
    unsigned int zyg_float_mark(PyObject*) noexcept
    void zyg_set_float_mark(PyObject*, unsigned int) noexcept
    bint ZYG_MARKS
    PyObject* zyg_fresh_int(long long) noexcept
    PyObject* zyg_fresh_text(PyObject*) noexcept
    int zyg_add(long long, long long, long long*) noexcept
    int zyg_sub(long long, long long, long long*) noexcept
    int zyg_mul(long long, long long, long long*) noexcept

    PyTypeObject PyFloat_Type, PyLong_Type, PyBool_Type, PyList_Type, PyTuple_Type
    PyTypeObject PyDict_Type, PySet_Type, PyUnicode_Type, PyBytes_Type
    PyTypeObject PyFunction_Type, PyMethod_Type, PyType_Type, PyModule_Type, PyCell_Type
    PyTypeObject PyCFunction_Type, PyMethodDescr_Type, PyWrapperDescr_Type, PyProperty_Type
    PyTypeObject PyRange_Type, PySlice_Type, PyClassMethod_Type, PyStaticMethod_Type
    PyTypeObject PyMemberDescr_Type, PyGetSetDescr_Type, PyBaseObject_Type, PySuper_Type
    PyObject* Py_None
    PyObject* Py_True
    PyObject* Py_False
    PyObject* Py_NotImplemented
    PyObject* Py_Ellipsis
    PyObject* PyExc_StopIteration
    PyObject* PyExc_AttributeError
    PyObject* PyExc_KeyError
    PyObject* PyExc_RecursionError
    PyObject* PyExc_SystemError
    PyObject* PyExc_OverflowError

    PyTypeObject* Py_TYPE(PyObject*) noexcept
    Py_ssize_t Py_REFCNT(PyObject*) noexcept
    Py_ssize_t Py_SIZE(PyObject*) noexcept
    void Py_INCREF(PyObject*) noexcept
    void Py_DECREF(PyObject*) noexcept
    void Py_XINCREF(PyObject*) noexcept
    void Py_XDECREF(PyObject*) noexcept
    PyThreadState* PyThreadState_Get() noexcept
    PyObject* zyg_asynchronous(PyThreadState*) noexcept
    int Py_EnterRecursiveCall(const char*) except -1
    void Py_LeaveRecursiveCall() noexcept

    PyObject* PyFloat_FromDouble(double) noexcept
    PyObject* PyLong_FromLongLong(long long) noexcept
    PyObject* PyLong_FromSsize_t(Py_ssize_t) noexcept
    long long PyLong_AsLongLongAndOverflow(PyObject*, int*) noexcept
    bint PyFloat_CheckExact(PyObject*) noexcept
    bint PyLong_CheckExact(PyObject*) noexcept
    bint PyTuple_CheckExact(PyObject*) noexcept
    bint PyDict_CheckExact(PyObject*) noexcept
    bint PyDict_Check(PyObject*) noexcept
    bint PyObject_CheckBuffer(PyObject*) noexcept
    bint PyCFunction_Check(PyObject*) noexcept
    bint PyFunction_Check(PyObject*) noexcept
    bint PyType_Check(PyObject*) noexcept
    bint PyUnicode_CheckExact(PyObject*) noexcept
    bint PyType_IsSubtype(PyTypeObject*, PyTypeObject*) noexcept
    unsigned long PyType_GetFlags(PyTypeObject*) noexcept

    PyObject* PyNumber_Add(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_Subtract(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_Multiply(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_TrueDivide(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_FloorDivide(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_Remainder(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_Power(PyObject*, PyObject*, PyObject*) noexcept
    PyObject* PyNumber_MatrixMultiply(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_Lshift(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_Rshift(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_And(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_Or(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_Xor(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceAdd(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceSubtract(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceMultiply(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceTrueDivide(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceFloorDivide(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceRemainder(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlacePower(PyObject*, PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceMatrixMultiply(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceLshift(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceRshift(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceAnd(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceOr(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_InPlaceXor(PyObject*, PyObject*) noexcept
    PyObject* PyNumber_Negative(PyObject*) noexcept
    PyObject* PyNumber_Positive(PyObject*) noexcept
    PyObject* PyNumber_Invert(PyObject*) noexcept
    Py_ssize_t PyNumber_AsSsize_t(PyObject*, PyObject*) noexcept

    PyObject* PyObject_RichCompare(PyObject*, PyObject*, int) noexcept
    int PyObject_IsTrue(PyObject*) noexcept
    int PySequence_Contains(PyObject*, PyObject*) noexcept
    PyObject* PyObject_GetItem(PyObject*, PyObject*) noexcept
    int PyObject_SetItem(PyObject*, PyObject*, PyObject*) noexcept
    int PyObject_DelItem(PyObject*, PyObject*) noexcept
    PyObject* PyObject_GetAttr(PyObject*, PyObject*) noexcept
    int PyObject_SetAttr(PyObject*, PyObject*, PyObject*) noexcept
    int PyObject_GenericSetAttr(PyObject*, PyObject*, PyObject*) noexcept
    PyObject* PyObject_GenericGetAttr(PyObject*, PyObject*) noexcept
    int _PyObject_GetMethod(PyObject*, PyObject*, PyObject**) noexcept
    PyObject* _PyType_Lookup(PyTypeObject*, PyObject*) noexcept
    PyObject* PyObject_GetIter(PyObject*) noexcept
    PyObject* PyIter_Next(PyObject*) noexcept
    bint PyIter_Check(PyObject*) noexcept
    PyObject* PyObject_Vectorcall(PyObject*, PyObject* const*, size_t, PyObject*) noexcept
    size_t PY_VECTORCALL_ARGUMENTS_OFFSET

    PyObject* PyTuple_New(Py_ssize_t) noexcept
    void PyTuple_SET_ITEM(PyObject*, Py_ssize_t, PyObject*) noexcept
    PyObject* PyTuple_GET_ITEM(PyObject*, Py_ssize_t) noexcept
    Py_ssize_t PyTuple_GET_SIZE(PyObject*) noexcept
    PyObject* PyList_New(Py_ssize_t) noexcept
    void PyList_SET_ITEM(PyObject*, Py_ssize_t, PyObject*) noexcept
    PyObject* PyList_GET_ITEM(PyObject*, Py_ssize_t) noexcept
    Py_ssize_t PyList_GET_SIZE(PyObject*) noexcept
    int PyList_Append(PyObject*, PyObject*) noexcept
    Py_ssize_t PyDict_Size(PyObject*) noexcept
    PyObject* PyList_AsTuple(PyObject*) noexcept
    PyObject* PyDict_New() noexcept
    int PyDict_SetItem(PyObject*, PyObject*, PyObject*) noexcept
    PyObject* PyDict_GetItemWithError(PyObject*, PyObject*) noexcept
    PyObject* PySet_New(PyObject*) noexcept
    int PySet_Add(PyObject*, PyObject*) noexcept
    PyObject* PySlice_New(PyObject*, PyObject*, PyObject*) noexcept
    PyObject* PyCell_New(PyObject*) noexcept
    PyObject* PyModule_GetDict(PyObject*) noexcept
    Py_UCS4 PyUnicode_READ_CHAR(PyObject*, Py_ssize_t) noexcept

    PyObject* PyErr_Occurred() noexcept
    void PyErr_Clear() noexcept
    void PyErr_SetString(PyObject*, const char*) noexcept
    void PyErr_SetObject(PyObject*, PyObject*) noexcept
    void PyErr_SetNone(PyObject*) noexcept
    void PyErr_Fetch(PyObject**, PyObject**, PyObject**) noexcept
    void PyErr_Restore(PyObject*, PyObject*, PyObject*) noexcept
    void PyErr_NormalizeException(PyObject**, PyObject**, PyObject**) noexcept
    int PyErr_ExceptionMatches(PyObject*) noexcept
    int PyErr_GivenExceptionMatches(PyObject*, PyObject*) noexcept
    PyObject* PyErr_GetHandledException() noexcept
    void PyErr_SetHandledException(PyObject*) noexcept
    int PyErr_CheckSignals() noexcept
    void PyErr_WriteUnraisable(PyObject*) noexcept
    int PyException_SetTraceback(PyObject*, PyObject*) noexcept
    PyObject* PyException_GetTraceback(PyObject*) noexcept
    int Py_MakePendingCalls() noexcept
    PyThreadState* PyEval_SaveThread() noexcept
    void PyEval_RestoreThread(PyThreadState*) noexcept

    void* PyMem_Malloc(size_t) noexcept
    void* PyMem_Calloc(size_t, size_t) noexcept
    void PyMem_Free(void*) noexcept
    void* PyMem_RawMalloc(size_t) noexcept
    void* PyMem_RawRealloc(void*, size_t) noexcept
    void PyMem_RawFree(void*) noexcept nogil

    int Py_LT, Py_LE, Py_EQ, Py_NE, Py_GT, Py_GE
