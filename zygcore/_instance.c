#define Py_BUILD_CORE 1
#include <Python.h>
#include "internal/pycore_dict.h"

#include "_instance.h"

Py_ssize_t zyg_value_index(PyTypeObject *tp, PyObject *name)
{
    PyDictKeysObject *keys;
    Py_ssize_t i;
    if (!(tp->tp_flags & Py_TPFLAGS_HEAPTYPE) || !(tp->tp_flags & Py_TPFLAGS_MANAGED_DICT))
        return -1;
#if PY_VERSION_HEX >= 0x030D0000
    if (!(tp->tp_flags & Py_TPFLAGS_INLINE_VALUES) || tp->tp_basicsize != sizeof(PyObject))
        return -1;
#endif
    keys = ((PyHeapTypeObject *)tp)->ht_cached_keys;
    if (keys == NULL || !DK_IS_UNICODE(keys))
        return -1;
    for (i = 0; i < keys->dk_nentries; i++)
        if (DK_UNICODE_ENTRIES(keys)[i].me_key == name)
            return i;
    return -1;
}
