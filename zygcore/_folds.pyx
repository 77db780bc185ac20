"""Reductions and products of arrays, recorded without Python code: `sum`, `mean`, `max`, `min`, `@`, `dot`."""

cimport cython
cimport numpy as cnp

from ._capi cimport *
from ._machine cimport *
from ._nodes cimport *
from ._structs cimport *
from ._values cimport *

import operator

import numpy as np

from .errors import CotangentError
from .rules.broadcasting import guarded_mul

cnp.import_array()

cdef extern from "_kernels.h":
    enum:
        PART_ONE
    void zyg_part_double(int part, Py_ssize_t n, double* dx, const double* dy, const double* p, const double* q,
                         const double* r, double c, int many, int add) noexcept nogil
    void zyg_part_float(int part, Py_ssize_t n, float* dx, const float* dy, const float* p, const float* q,
                        const float* r, float c, int many, int add) noexcept nogil
    void zyg_share_double(Py_ssize_t n, double* dx, const double* x, double y, double dy, int add) noexcept nogil
    void zyg_share_float(Py_ssize_t n, float* dx, const float* x, float y, float dy, int add) noexcept nogil

cdef enum:
    A_SUM, A_MEAN, AN_EXTREMUM
    WHOLE = -1 << 20          # no axis: everything is reduced

cdef object ndarray = np.ndarray, matmul = np.matmul
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>ndarray


cdef bint is_plain(Machine* m, Reg* r) noexcept:
    """An array of float64 or float32 that is not poisoned."""
    cdef int tp
    if r.tag & 0xFF != OBJ or Py_TYPE(r.v.o) != ARRAY or is_poisoned(m, r):
        return False
    tp = cnp.PyArray_TYPE(<cnp.ndarray>r.v.o)
    return (tp == cnp.NPY_DOUBLE or tp == cnp.NPY_FLOAT) and cnp.PyArray_ISNOTSWAPPED(<cnp.ndarray>r.v.o)


# -- reductions ------------------------------------------------------------------------


@cython.final
cdef class Reduction(Operation):
    cdef int kind
    cdef object native        # what is called: a method of a ufunc, or the callable itself

    cdef int call(self, Machine* m, Frame* f, binary_function native, Reg* args, int nargs, PyObject* kwnames,
                  int dst) except -1:
        cdef Fold fold
        cdef PyObject* z
        cdef PyObject* stack[3]
        cdef int axis = WHOLE, n = nargs
        if kwnames != NULL:
            if PyTuple_GET_SIZE(kwnames) != 1 or <object>PyTuple_GET_ITEM(kwnames, 0) != "axis":
                return 2
            n += 1
        if n > 2 or nargs == 0 or args[0].slot < 0 or not is_plain(m, args):
            return 2
        x = <cnp.ndarray>args[0].v.o
        if n == 2 and not (args[1].tag & 0xFF == OBJ and args[1].v.o == Py_None):
            if args[1].tag & 0xFF != I64 or args[1].slot >= 0:
                if args[1].slot >= 0 or args[1].tag & 0xFF != OBJ or Py_TYPE(args[1].v.o) != &PyLong_Type:
                    return 2
                axis = <int>(<object>args[1].v.o)
            else:
                axis = <int>args[1].v.i
            if axis < 0:
                axis += cnp.PyArray_NDIM(x)
            if not 0 <= axis < cnp.PyArray_NDIM(x):
                return 2
        if cnp.PyArray_NDIM(x) == 0 or self.kind == AN_EXTREMUM and (
                axis != WHOLE and cnp.PyArray_NDIM(x) > 1 or not cnp.PyArray_IS_C_CONTIGUOUS(x)):
            return 2
        stack[1] = args[0].v.o
        key = None if axis == WHOLE else axis
        stack[2] = <PyObject*>key
        z = PyObject_Vectorcall(<PyObject*>self.native, stack + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
        if z == NULL:
            return -1
        fold = Fold.__new__(Fold)
        fold.kind = self.kind
        fold.axis = axis if cnp.PyArray_NDIM(x) > 1 else WHOLE
        fold.type = cnp.PyArray_TYPE(x)
        fold.ndim = cnp.PyArray_NDIM(x)
        if fold.ndim > MOST_AXES:
            Py_DECREF(z)
            return 2
        for n in range(fold.ndim):
            fold.dims[n] = cnp.PyArray_DIM(x, n)
        if self.kind == AN_EXTREMUM:
            fold.x, fold.z = x, <object>z
        return record_node(m, f, fold, args, 1, z, dst)


cdef enum:
    MOST_AXES = 4


@cython.final
cdef class Fold(Node):
    """A reduction of all elements, or along one axis."""
    cdef int kind, axis, type, ndim
    cdef cnp.npy_intp dims[MOST_AXES]

    cdef object part(self, int j, object dy, PyObject* into):
        cdef Py_ssize_t n = 1
        cdef int i
        cdef double d, scale = 1
        for i in range(self.ndim):
            if self.axis == WHOLE or i == self.axis:
                n *= self.dims[i]
        if self.kind == A_MEAN:
            scale = 1.0 / n if n else 1.0
        if self.axis != WHOLE:
            return self.along(dy, scale)
        d = <double>dy * scale
        if into != NULL and not self.fits(into):
            into = NULL
        if self.kind == AN_EXTREMUM:
            return self.share(d, n, into)
        if into != NULL:
            self.add_number(d, n, into)
            return None
        return broadcast_number(d, self.type, self.ndim, self.dims)

    cdef object push(self, int j, object dx, int width):
        cdef object axis = self.axis
        cdef int n = dx.ndim
        if self.axis == WHOLE:
            axis = tuple(range(1, n)) if width else None
        elif width:
            axis = self.axis + 1
        if self.kind == AN_EXTREMUM:
            dx = guarded_mul(dx, self.part(j, 1.0, NULL))
        return np.mean(dx, axis) if self.kind == A_MEAN else np.sum(dx, axis)

    cdef bint fits(self, PyObject* into) noexcept:
        cdef int i
        if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>into) or zyg_array_ndim(into) != self.ndim \
                or cnp.PyArray_TYPE(<cnp.ndarray>into) != self.type:
            return False
        for i in range(self.ndim):
            if zyg_array_dims(into)[i] != self.dims[i]:
                return False
        return True

    cdef int add_number(self, double d, Py_ssize_t n, PyObject* into) except -1:
        cdef float single = <float>d
        if self.type == cnp.NPY_FLOAT:
            zyg_part_float(PART_ONE, n, <float*>cnp.PyArray_DATA(<cnp.ndarray>into), &single, NULL, NULL, NULL, 0, 0, 1)
        else:
            zyg_part_double(PART_ONE, n, <double*>cnp.PyArray_DATA(<cnp.ndarray>into), &d, NULL, NULL, NULL, 0, 0, 1)
        return 0

    cdef object share(self, double d, Py_ssize_t n, PyObject* into):
        """Elements that are the extremum share its cotangent."""
        cdef double value = <double>self.z
        cdef cnp.ndarray x = <cnp.ndarray>self.x
        cdef cnp.ndarray out
        out = <cnp.ndarray>into if into != NULL else cnp.PyArray_EMPTY(self.ndim, self.dims, self.type, 0)
        if self.type == cnp.NPY_FLOAT:
            zyg_share_float(n, <float*>cnp.PyArray_DATA(out), <float*>cnp.PyArray_DATA(x), <float>value, <float>d,
                            into != NULL)
        else:
            zyg_share_double(n, <double*>cnp.PyArray_DATA(out), <double*>cnp.PyArray_DATA(x), value, d, into != NULL)
        return None if into != NULL else out

    cdef object along(self, object dy, double scale):
        """The cotangent of a reduction along one axis, for all elements."""
        cdef cnp.npy_intp strides[MOST_AXES]
        cdef cnp.ndarray d
        cdef int i, k = 0
        if scale != 1:
            dy = dy * (np.float32(scale) if self.type == cnp.NPY_FLOAT else scale)
        d = <cnp.ndarray>dy
        if cnp.PyArray_NDIM(d) != self.ndim - 1:
            raise CotangentError(f"a cotangent of shape {dy.shape} arrived for a reduction along one axis")
        for i in range(self.ndim):
            if i == self.axis:
                strides[i] = 0
                continue
            if cnp.PyArray_DIM(d, k) != self.dims[i]:
                raise CotangentError(f"a cotangent of shape {dy.shape} arrived for a reduction along one axis")
            strides[i] = cnp.PyArray_STRIDE(d, k)
            k += 1
        return shown(d, self.ndim, self.dims, strides)


cdef object broadcast_number(double d, int tp, int ndim, cnp.npy_intp* dims):
    """A read-only array that has one number everywhere."""
    cdef cnp.npy_intp strides[MOST_AXES]
    cdef cnp.ndarray one = cnp.PyArray_EMPTY(0, NULL, tp, 0)
    cdef int i
    if tp == cnp.NPY_FLOAT:
        (<float*>cnp.PyArray_DATA(one))[0] = <float>d
    else:
        (<double*>cnp.PyArray_DATA(one))[0] = d
    for i in range(ndim):
        strides[i] = 0
    return shown(one, ndim, dims, strides)


cdef object shown(cnp.ndarray base, int ndim, cnp.npy_intp* dims, cnp.npy_intp* strides):
    """A read-only view of an array."""
    cdef object out = cnp.PyArray_New(ndarray, ndim, dims, cnp.PyArray_TYPE(base), strides, cnp.PyArray_DATA(base),
                                      0, 0, None)
    cnp.set_array_base(out, base)
    return out


# -- products --------------------------------------------------------------------------


@cython.final
cdef class MatrixProduct(Operation):
    """`@` and `dot` of vectors and matrices."""

    cdef int call(self, Machine* m, Frame* f, binary_function native, Reg* args, int nargs, PyObject* kwnames,
                  int dst) except -1:
        cdef PyObject* z
        cdef PyObject* stack[3]
        cdef Product node
        cdef int i
        if nargs != 2 or kwnames != NULL or not is_plain(m, args) or not is_plain(m, args + 1) \
                or zyg_array_type(args[0].v.o) != zyg_array_type(args[1].v.o):
            return 2
        for i in range(2):
            if not 1 <= zyg_array_ndim(args[i].v.o) <= 2:
                return 2
        if native != NULL:
            z = native(args[0].v.o, args[1].v.o)
        else:
            stack[1], stack[2] = args[0].v.o, args[1].v.o
            z = PyObject_Vectorcall(<PyObject*>self.target, stack + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
        if z == NULL:
            return -1
        node = Product.__new__(Product)
        if args[0].slot >= 0:
            node.y = <object>args[1].v.o
        if args[1].slot >= 0:
            node.x = <object>args[0].v.o
        node.x_is_matrix = zyg_array_ndim(args[0].v.o) == 2
        node.y_is_matrix = zyg_array_ndim(args[1].v.o) == 2
        node.form_x = node.form_y = ()   # not what the value is like
        return record_node(m, f, node, args, 2, z, dst)


@cython.final
cdef class Product(Node):
    """A product of matrices or vectors."""
    cdef bint x_is_matrix, y_is_matrix

    cdef object part(self, int j, object dy, PyObject* into):
        other = self.x if j else self.y
        if not self.x_is_matrix and not self.y_is_matrix:
            return other.dtype.type(dy) * other
        if j == 0:
            if self.x_is_matrix:
                return matmul(dy, other.T) if self.y_is_matrix else dy[:, None] * other
            return matmul(other, dy)
        if self.y_is_matrix:
            return matmul(other.T, dy) if self.x_is_matrix else other[:, None] * dy
        return matmul(other.T, dy)

    cdef object push(self, int j, object dx, int width):
        if j == 0:
            return matmul(dx, self.y)
        if width and not self.y_is_matrix:
            return matmul(dx, self.x.T)
        return matmul(self.x, dx)


def declare_all():
    cdef Reduction r
    for kind, native, targets in (
        (A_SUM, np.add.reduce, (np.sum, np.ndarray.sum, np.add.reduce)),
        (A_MEAN, np.ndarray.mean, (np.mean, np.ndarray.mean)),
        (AN_EXTREMUM, np.maximum.reduce, (np.max, np.amax, np.ndarray.max)),
        (AN_EXTREMUM, np.minimum.reduce, (np.min, np.amin, np.ndarray.min)),
    ):
        for target in targets:
            r = Reduction()
            r.kind, r.native = kind, native
            declare(r, target)
    for target in (operator.matmul, np.matmul, np.dot, np.ndarray.dot, np.ndarray.__matmul__):
        declare(MatrixProduct(), target)
