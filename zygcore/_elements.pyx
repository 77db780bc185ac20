"""Elementwise functions of arrays: recorded in one node, pulled back in one pass over the memory.

A node keeps those of the operands and the value that its partial derivatives need, nothing else.  Functions
without a kernel, and arrays that are not contiguous or of several dtypes, are pulled back by the partial
derivatives of the rule, in Python (`rules.broadcasting`), which is also what the kernels are tested against.
"""

cimport cython
cimport numpy as cnp

from ._arrays cimport form_of, formed, is_laid_out_as, is_own_array
from ._capi cimport *
from ._machine cimport *
from ._nodes cimport *
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import operator

import numpy as np

from .errors import CotangentError
from .rules import broadcasting, registry
from .rules.broadcasting import PullParts, guarded_mul, pushed

cnp.import_array()

cdef extern from "_kernels.h":
    enum:
        PART_ONE, PART_MINUS, PART_TIMES, PART_SCALED, PART_OVER, PART_QUOTIENT, PART_TANH, PART_HALF_OVER
        PART_TWICE, PART_PLUS_ONE, PART_OVER_PLUS_ONE, PART_SIGN, PART_CHOSEN, PART_SQUARED
    void zyg_part_double(int part, Py_ssize_t n, double* dx, const double* dy, const double* p, const double* q,
                         const double* r, double c, int many, int add) noexcept nogil
    void zyg_part_float(int part, Py_ssize_t n, float* dx, const float* dy, const float* p, const float* q,
                        const float* r, float c, int many, int add) noexcept nogil
    double zyg_sum_double(Py_ssize_t n, const double* x) noexcept nogil
    double zyg_sum_float(Py_ssize_t n, const float* x) noexcept nogil

cdef enum:
    IN_PYTHON = -1            # no kernel
    X = 0                     # the operands and the value
    Y = 1
    Z = 2
    ALL = 7

cdef object ndarray = np.ndarray
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>ndarray
cdef PyTypeObject* FLOAT64 = <PyTypeObject*><PyObject*>np.float64
cdef object float64 = np.float64
cdef tuple OF_FLOAT = form_of(0.0), OF_FLOAT64 = form_of(float64())


@cython.final
cdef class Elementwise(Operation):
    """An elementwise function: its kernels, and its partial derivatives in Python."""

    cdef int call(self, Machine* m, Frame* f, binary_function native, Reg* args, int nargs, PyObject* kwnames,
                  int dst) except -1:
        return elementwise(m, f, self, native, args, nargs, dst) if kwnames == NULL and nargs == self.nin else 2


cdef int declare_elementwise(object target, tuple partials, tuple parts) except -1:
    """An elementwise function with one (kernel, p, q, r) per operand; () is in Python."""
    cdef Elementwise op = Elementwise()
    cdef int i, k
    op.partials = partials
    op.nin = <int>len(partials)
    for i in range(2):
        op.part[i] = parts[i][0] if i < len(parts) and parts[i] else IN_PYTHON
        op.needs[i] = ALL if op.part[i] == IN_PYTHON else 0
        for k in range(3):
            op.places[i][k] = parts[i][k + 1] if op.part[i] != IN_PYTHON and k + 1 < len(parts[i]) else X
            if op.part[i] != IN_PYTHON and k + 1 < len(parts[i]):
                op.needs[i] |= 1 << op.places[i][k]
    return declare(op, target)


def declare_all():
    """The kernels; every other elementwise rule of a ufunc is pulled back in Python."""
    from .rules.operator import ARITHMETIC, UFUNCS
    one, minus = (PART_ONE,), (PART_MINUS,)
    times = ((PART_TIMES, Y), (PART_TIMES, X))
    chosen = ((PART_CHOSEN, X, Z, Y), (PART_CHOSEN, Y, Z, X))
    kernels = {
        operator.add: (one, one), operator.sub: (one, minus), operator.mul: times,
        operator.truediv: ((PART_OVER, Y), (PART_QUOTIENT, Y, Z)), operator.pow: ((PART_TWICE, X),),
        operator.neg: (minus,), operator.pos: (one,),
        np.exp: ((PART_TIMES, Z),), np.log: ((PART_OVER, X),), np.sqrt: ((PART_HALF_OVER, Z),),
        np.tanh: ((PART_TANH, Z),), np.square: ((PART_TWICE, X),), np.expm1: ((PART_PLUS_ONE, Z),),
        np.log1p: ((PART_OVER_PLUS_ONE, X),), np.fabs: ((PART_SIGN, X),),
        np.maximum: chosen, np.minimum: chosen, np.fmax: chosen, np.fmin: chosen,
    }
    for target, partials in ARITHMETIC.items():
        declare_elementwise(target, partials, kernels.get(target, ()))
        kernels[UFUNCS[target]] = kernels.get(target, ())
    for target, rule in registry.RULES.items():
        if rule.kind == registry.ELEMENTWISE and isinstance(target, np.ufunc) and target.nin <= 2:
            declare_elementwise(target, rule.partials, kernels.get(target, ()))


def product(cnp.ndarray dy, cnp.ndarray p):
    """``dy * p``, zero where `dy` is; None if the arrays are not of one form."""
    cdef int i, tp = cnp.PyArray_TYPE(dy), n = cnp.PyArray_NDIM(dy)
    if tp != cnp.PyArray_TYPE(p) or n != cnp.PyArray_NDIM(p) or n == 0 or tp != cnp.NPY_DOUBLE and tp != cnp.NPY_FLOAT \
            or not cnp.PyArray_IS_C_CONTIGUOUS(dy) or not cnp.PyArray_IS_C_CONTIGUOUS(p) \
            or not cnp.PyArray_ISBEHAVED_RO(dy) or not cnp.PyArray_ISBEHAVED_RO(p):
        return None
    for i in range(n):
        if cnp.PyArray_DIM(dy, i) != cnp.PyArray_DIM(p, i):
            return None
    out = cnp.PyArray_EMPTY(n, cnp.PyArray_DIMS(dy), tp, 0)
    if tp == cnp.NPY_FLOAT:
        zyg_part_float(PART_TIMES, cnp.PyArray_SIZE(dy), <float*>cnp.PyArray_DATA(<cnp.ndarray>out),
                       <float*>cnp.PyArray_DATA(dy), <float*>cnp.PyArray_DATA(p), NULL, NULL, 0, 1, 0)
    else:
        zyg_part_double(PART_TIMES, cnp.PyArray_SIZE(dy), <double*>cnp.PyArray_DATA(<cnp.ndarray>out),
                        <double*>cnp.PyArray_DATA(dy), <double*>cnp.PyArray_DATA(p), NULL, NULL, 0, 1, 0)
    return out


broadcasting.quick_product[0] = product

# -- forward -----------------------------------------------------------------------------


cdef inline bint is_operand(Machine* m, Reg* r, bint* number) noexcept:
    """An array or a number that elementwise functions take as it is."""
    cdef int kind = r.tag & 0xFF, overflow = 0
    cdef long long k
    number[0] = True
    if kind == F64:
        return True
    if kind == I64:
        return r.slot < 0 and -ZYG_EXACT < r.v.i < ZYG_EXACT
    if kind != OBJ or is_poisoned(m, r):
        return False
    if Py_TYPE(r.v.o) == ARRAY:
        number[0] = False
        return True
    if Py_TYPE(r.v.o) == &PyLong_Type:
        k = PyLong_AsLongLongAndOverflow(r.v.o, &overflow)
        return r.slot < 0 and not overflow and -ZYG_EXACT < k < ZYG_EXACT
    return Py_TYPE(r.v.o) == &PyFloat_Type or Py_TYPE(r.v.o) == FLOAT64


cdef int elementwise(Machine* m, Frame* f, Elementwise op, binary_function native, Reg* args, int nargs,
                     int dst) except -1:
    """Calls an elementwise function of arrays and numbers at the outermost level and records it.

    2: these are not such operands.
    """
    cdef Elements e
    cdef PyObject* stack[3]
    cdef PyObject* z
    cdef int i
    cdef bint number[2]
    cdef bint some = False
    number[1] = True
    for i in range(nargs):
        if not is_operand(m, args + i, number + i):
            return 2
        some = some or not number[i] and zyg_array_ndim(args[i].v.o)
    if not some:
        return 2
    for i in range(nargs):
        stack[i + 1] = box(args + i)
        if stack[i + 1] == NULL:
            return -1
    if native != NULL:
        z = native(stack[1], stack[2])
    else:
        z = PyObject_Vectorcall(<PyObject*>op.target, stack + 1, <size_t>nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
    if z == NULL:
        return -1
    if Py_TYPE(z) != ARRAY or cnp.PyArray_TYPE(<cnp.ndarray><object>z) in (cnp.NPY_OBJECT, cnp.NPY_BOOL):
        Py_DECREF(z)
        return 2
    e = Elements.__new__(Elements)
    e.operation = op
    for i in range(nargs):
        e.number[i] = number[i]
        if number[i]:
            e.c[i] = number_of(stack[i + 1])
    try:
        choose_kernels(e, args, stack, nargs, z)
    except BaseException:
        Py_DECREF(z)
        raise
    return record_node(m, f, e, args, nargs, z, dst)


cdef object aligned(object dx, int ndim, int width):
    """Several tangents of an operand, with axes of length one where broadcasting adds them."""
    cdef int n = 0 if not width else ndim + 1 - <int>dx.ndim
    return dx.reshape((width, *(1,) * n, *dx.shape[1:])) if n > 0 else dx


cdef inline double number_of(PyObject* o) except? -1:
    return <double>(<object>o) if Py_TYPE(o) == &PyLong_Type else zyg_float(o)


cdef int choose_kernels(Elements e, Reg* args, PyObject** stack, int nargs, PyObject* z) except -1:
    """Decides how the operands are pulled back, and keeps what that needs."""
    cdef Elementwise op = e.operation
    cdef cnp.ndarray value = <cnp.ndarray><object>z
    cdef int i, kept = 0, tp = cnp.PyArray_TYPE(value)
    cdef bint real = (tp == cnp.NPY_DOUBLE or tp == cnp.NPY_FLOAT) and cnp.PyArray_ISNOTSWAPPED(value)
    cdef bint rows = cnp.PyArray_IS_C_CONTIGUOUS(value)
    stack[0] = z
    e.single = tp == cnp.NPY_FLOAT
    e.by_columns = not rows
    real = real and (rows or cnp.PyArray_IS_F_CONTIGUOUS(value))
    e.kernel[1] = IN_PYTHON
    for i in range(nargs):
        e.kernel[i] = IN_PYTHON
        if args[i].slot < 0:
            continue
        if e.number[i] or not is_like(stack[i + 1], value):
            form = OF_FLOAT64 if Py_TYPE(stack[i + 1]) == FLOAT64 else OF_FLOAT if e.number[i] \
                else form_of(<object>stack[i + 1])
            if i:
                e.form_y = form
            else:
                e.form_x = form
        if real and has_kernel(e, i, stack, nargs, value):
            kept |= op.needs[i]
        else:
            e.kernel[i] = IN_PYTHON
            kept |= ALL
    if kept & 1 << X:
        e.x = <object>stack[1]
    if nargs == 2 and kept & 1 << Y:
        e.y = <object>stack[2]
    if kept & 1 << Z:
        e.z = <object>z
    return 0


cdef bint has_kernel(Elements e, int i, PyObject** stack, int nargs, cnp.ndarray value) except -1:
    """Is there a kernel for an operand, and is what it needs laid out as the value?"""
    cdef Elementwise op = e.operation
    cdef int k, place
    e.kernel[i] = op.part[i]
    if op.target is operator.pow or op.target is np.power:
        if i or not e.number[1]:
            return False
        e.kernel[0] = PART_TWICE if e.c[1] == 2 else PART_SQUARED if e.c[1] == 3 else IN_PYTHON
        return e.kernel[0] != IN_PYTHON and is_like(stack[1], value)
    if op.part[i] == IN_PYTHON:
        return False
    for k in range(3):
        place = op.places[i][k]
        if not op.needs[i] >> place & 1 or place == Z:
            continue
        if e.number[place]:
            if op.part[i] != PART_TIMES and (op.part[i] != PART_OVER or e.c[place] == 0):
                return False
            e.kernel[i] = PART_SCALED
        elif not is_like(stack[place + 1], value):
            return False
    return True


cdef bint is_like(PyObject* a, cnp.ndarray value) noexcept:
    """Has an array the shape, dtype and layout of the value?"""
    cdef int i
    if cnp.PyArray_TYPE(<cnp.ndarray>a) != cnp.PyArray_TYPE(value) or zyg_array_ndim(a) != value.ndim:
        return False
    for i in range(value.ndim):
        if zyg_array_dims(a)[i] != value.shape[i]:
            return False
        if zyg_array_strides(a)[i] != value.strides[i] and value.shape[i] != 1:
            return False
    return cnp.PyArray_ISNOTSWAPPED(<cnp.ndarray>a)


cdef int check_shape(PyObject* x, PyObject* dy) except -1:
    cdef int i, n = zyg_array_ndim(x)
    cdef bint same = n == zyg_array_ndim(dy)
    for i in range(n if same else 0):
        same = same and zyg_array_dims(x)[i] == zyg_array_dims(dy)[i]
    if not same:
        raise CotangentError(
            f"a cotangent of shape {(<object>dy).shape} arrived for an array of shape {(<object>x).shape}")
    return 0


# -- backward ----------------------------------------------------------------------------


@cython.final
cdef class Elements(Node):
    """One call of an elementwise function."""

    cdef object prepared(self, object dy):
        """The cotangent of the value, as kernels take it."""
        cdef int i, n
        cdef bint one = True
        if self.kernel[0] == IN_PYTHON and self.kernel[1] == IN_PYTHON:
            return dy
        if Py_TYPE(<PyObject*>dy) == ARRAY \
                and cnp.PyArray_TYPE(<cnp.ndarray>dy) == (cnp.NPY_FLOAT if self.single else cnp.NPY_DOUBLE) \
                and cnp.PyArray_ISBEHAVED_RO(<cnp.ndarray>dy):
            if self.is_contiguous(<cnp.ndarray>dy):
                return dy
            n = zyg_array_ndim(<PyObject*>dy)
            for i in range(n):
                one = one and zyg_array_strides(<PyObject*>dy)[i] == 0
            if one:
                return dy  # one number for all elements
        dy = np.asarray(dy)
        if dy.dtype.kind == "c":
            dy = dy.real
        return np.array(dy, np.float32 if self.single else np.float64, order="F" if self.by_columns else "C")

    cdef object part(self, int j, object dy, PyObject* into):
        """The cotangent of an operand; None if it was added to the array `into`, which is like the value."""
        if self.kernel[j] == IN_PYTHON:
            if self.operation.partials[j] is None:
                return None
            args = (self.x,) if len(self.operation.partials) == 1 else (self.x, self.y)
            return PullParts(self.operation.partials[j], args, self.z, j)(dy)
        if self.number[j]:
            d = self.total(j, <cnp.ndarray>dy)
            return float64(d) if self.form(j) is OF_FLOAT64 else d
        if into != NULL and not is_laid_out_as(into, <PyObject*>dy):
            into = NULL
        if self.kernel[j] == PART_ONE and into == NULL:
            return dy if self.form(j) is None else formed(dy, self.form(j))
        if into != NULL:
            self.run(j, <cnp.ndarray>dy, <cnp.ndarray><object>into, True)
            return None
        out = cnp.PyArray_EMPTY(zyg_array_ndim(<PyObject*>dy), <cnp.npy_intp*>zyg_array_dims(<PyObject*>dy),
                                cnp.PyArray_TYPE(<cnp.ndarray>dy), self.by_columns)
        self.run(j, <cnp.ndarray>dy, <cnp.ndarray>out, False)
        return out if self.form(j) is None else formed(out, self.form(j))

    cdef double total(self, int j, cnp.ndarray dy) except? -1:
        """The cotangent of a number that met every element."""
        cdef cnp.ndarray all = dy
        cdef double d
        if self.kernel[j] != PART_ONE and self.kernel[j] != PART_MINUS or not self.is_contiguous(dy):
            all = cnp.PyArray_EMPTY(cnp.PyArray_NDIM(dy), cnp.PyArray_DIMS(dy), cnp.PyArray_TYPE(dy), self.by_columns)
            self.run(j, dy, all, False)
        if self.single:
            d = zyg_sum_float(cnp.PyArray_SIZE(all), <float*>cnp.PyArray_DATA(all))
        else:
            d = zyg_sum_double(cnp.PyArray_SIZE(all), <double*>cnp.PyArray_DATA(all))
        return -d if all is dy and self.kernel[j] == PART_MINUS else d

    cdef bint is_contiguous(self, cnp.ndarray d) noexcept:
        return cnp.PyArray_IS_F_CONTIGUOUS(d) if self.by_columns else cnp.PyArray_IS_C_CONTIGUOUS(d)

    cdef bint reuses(self, int j, object dy) noexcept:
        return self.kernel[j] != IN_PYTHON and Py_REFCNT(<PyObject*>dy) == 1 and Py_TYPE(<PyObject*>dy) == ARRAY \
            and is_own_array(<PyObject*>dy)

    cdef object push(self, int j, object dx, int width):
        cdef object p, z = self.z, dz
        cdef cnp.ndarray out
        if self.kernel[j] == IN_PYTHON:
            if self.operation.partials[j] is None:
                return None
            args = (self.x,) if len(self.operation.partials) == 1 else (self.x, self.y)
            dz = pushed(PullParts(self.operation.partials[j], args, z, j), aligned(dx, z.ndim, width))
        elif width and (self.kernel[j] == PART_ONE or self.kernel[j] == PART_MINUS):
            dz = aligned(dx, z.ndim, width)
            dz = dz if self.kernel[j] == PART_ONE else -dz
        else:
            p = np.broadcast_to(z.dtype.type(1) if width else dx, z.shape)
            out = cnp.PyArray_EMPTY(z.ndim, cnp.PyArray_DIMS(<cnp.ndarray>z), cnp.PyArray_TYPE(<cnp.ndarray>z),
                                    self.by_columns)
            self.run(j, <cnp.ndarray>self.prepared(p), out, False)
            if not width:
                return out
            dz = guarded_mul(aligned(dx, z.ndim, width), out)
        shape = (width, *z.shape) if width else z.shape
        if type(dz) is not ndarray or dz.shape != shape:
            dz = np.broadcast_to(dz, shape)
        return dz if dz.dtype == z.dtype or z.dtype.kind not in "fc" else dz.astype(z.dtype)

    cdef object part_in(self, int j, object dy):
        if self.kernel[j] != PART_ONE:
            self.run(j, <cnp.ndarray>dy, <cnp.ndarray>dy, False)
        return dy

    cdef int run(self, int j, cnp.ndarray d, cnp.ndarray out, bint add) except -1:
        """Runs the kernel of an operand."""
        cdef int i, many = 1, part = self.kernel[j]
        cdef double c = 0
        cdef void* at[3]
        cdef object x
        for i in range(3):
            x = self.x if self.operation.places[j][i] == X else self.y if self.operation.places[j][i] == Y else self.z
            at[i] = NULL
            if Py_TYPE(<PyObject*>x) == ARRAY and self.operation.needs[j] >> self.operation.places[j][i] & 1:
                check_shape(<PyObject*>x, <PyObject*>d)
                at[i] = cnp.PyArray_DATA(<cnp.ndarray>x)
        if part == PART_SQUARED:
            c = self.c[1]
        if part == PART_SCALED:
            c = self.c[self.operation.places[j][0]]
            c = 1 / c if self.operation.part[j] == PART_OVER else c
        if not self.is_contiguous(d):
            many = 0
        n = cnp.PyArray_SIZE(out)
        if self.single:
            zyg_part_float(part, n, <float*>cnp.PyArray_DATA(out), <float*>cnp.PyArray_DATA(d), <float*>at[0],
                           <float*>at[1], <float*>at[2], <float>c, many, add)
        else:
            zyg_part_double(part, n, <double*>cnp.PyArray_DATA(out), <double*>cnp.PyArray_DATA(d), <double*>at[0],
                            <double*>at[1], <double*>at[2], c, many, add)
        return 0
