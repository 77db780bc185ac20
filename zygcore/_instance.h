/* Where instances keep their attributes: what CPython's specialised instructions use.

   The index of an attribute in the values of an instance holds for all instances of a class
   while the class has the same version.  And whether there is more in an instance than attributes. */
#ifndef ZYGCORE_INSTANCE_H
#define ZYGCORE_INSTANCE_H

#include <Python.h>
#include <structmember.h>

/* The index of `name` in the values of instances of `tp`, -1: not kept there. */
Py_ssize_t zyg_value_index(PyTypeObject *tp, PyObject *name);

#define zyg_type_version(tp) ((tp)->tp_version_tag)

#define zyg_plain_getattr(tp) ((tp)->tp_getattro == PyObject_GenericGetAttr)
#define zyg_plain_setattr(tp) ((tp)->tp_setattro == PyObject_GenericSetAttr)

/* The values of an instance, NULL if it keeps its attributes in a dict. */
static inline PyObject **zyg_values(PyObject *o)
{
#if PY_VERSION_HEX >= 0x030D0000
    struct values { uint8_t capacity, size, embedded, valid; PyObject *values[1]; };
    struct values *v = (struct values *)((char *)o + sizeof(PyObject));
    return v->valid ? v->values : NULL;
#elif PY_VERSION_HEX >= 0x030C0000
    uintptr_t p = ((uintptr_t *)o)[-3];
    return p & 1 ? (PyObject **)(p + 1) : NULL;
#else
    return ((PyObject ***)o)[-4];
#endif
}

/* The attribute with an index (borrowed), or NULL. */
static inline PyObject *zyg_value_get(PyObject *o, Py_ssize_t index)
{
    PyObject **values = zyg_values(o);
    return values == NULL ? NULL : values[index];
}

/* Replaces an attribute that is there; 0: it is not, or there is a dict that must know. */
static inline int zyg_value_set(PyObject *o, Py_ssize_t index, PyObject *value)
{
    PyObject **values = zyg_values(o);
    PyObject *old;
#if PY_VERSION_HEX >= 0x030D0000
    if (((PyObject **)o)[-3] != NULL)
        return 0;
#endif
    if (values == NULL || (old = values[index]) == NULL)
        return 0;
    values[index] = Py_NewRef(value);
    Py_DECREF(old);
    return 1;
}

#define zyg_slot_get(o, offset) (*(PyObject **)((char *)(o) + (offset)))

static inline void zyg_slot_set(PyObject *o, Py_ssize_t offset, PyObject *value)
{
    PyObject **at = (PyObject **)((char *)o + offset);
    PyObject *old = *at;
    *at = Py_NewRef(value);
    Py_XDECREF(old);
}

/* The offset of what a descriptor of a `__slots__` entry stands for, -1: it is none. */
static inline Py_ssize_t zyg_slot_offset(PyObject *descr, PyTypeObject *tp)
{
    PyMemberDef *d;
    if (!Py_IS_TYPE(descr, &PyMemberDescr_Type) || !PyType_IsSubtype(tp, PyDescr_TYPE(descr)))
        return -1;
    d = ((PyMemberDescrObject *)descr)->d_member;
    return d->type == T_OBJECT_EX && d->flags == 0 ? d->offset : -1;
}

/* The memory that a class adds to instances besides `__dict__`, `__weakref__` and what
   `__slots__` names.  Flags do not tell: a class of C code may be on the heap, immutable or not. */
static inline Py_ssize_t zyg_own_memory(PyTypeObject *tp, PyTypeObject *base)
{
    Py_ssize_t size = tp->tp_basicsize - base->tp_basicsize;
    if (tp->tp_weaklistoffset > 0 && base->tp_weaklistoffset <= 0)
        size -= sizeof(PyObject *);
    if (tp->tp_dictoffset != base->tp_dictoffset && !(tp->tp_flags & Py_TPFLAGS_MANAGED_DICT))
        size -= sizeof(PyObject *);
    if (size > 0 && (tp->tp_flags & Py_TPFLAGS_HEAPTYPE)
        && PyDict_GetItemString(tp->tp_dict, "__slots__") != NULL)
        size -= Py_SIZE(tp) * sizeof(PyObject *);
    return size + (tp->tp_itemsize - base->tp_itemsize);
}

/* The most derived class of an object whose C code keeps something of its own in it, or NULL. */
static inline PyTypeObject *zyg_c_class(PyTypeObject *tp)
{
    for (; tp->tp_base != NULL; tp = tp->tp_base)
        if (zyg_own_memory(tp, tp->tp_base) > 0)
            return tp;
    return NULL;
}

#endif
