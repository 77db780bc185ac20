"""One small program for each method and attribute of arrays, NumPy scalars and ufuncs."""

import copy
import operator

import numpy as np

from .functions import INTS, A, B, C, W, changed, complex_, cube, square

__all__ = ["ARRAY", "ARRAY_WITHOUT", "STRIDES", "UFUNC", "UFUNC_WITHOUT"]


#: what Python itself adds to classes, from 3.12 and 3.13 on
OF_PYTHON = {"__buffer__", "__firstlineno__", "__static_attributes__"}


def names_of(cls):
    """The public names, and those of operators."""
    names = [name for name in dir(cls) if name not in OF_PYTHON]
    return [name for name in names if name[0] != "_" or name.startswith("__")]


def kept(v):
    """A copy that a method may change."""
    return v * 1.0


def binary(name):
    """The operator that a special method stands for."""
    symbol = {"divmod": divmod, "pow": operator.pow}.get(name) or getattr(
        operator, name, None) or getattr(operator, name + "_")  # fmt: skip
    return symbol


ARRAY = {
    **{f"__{n}__": lambda v, n=n: getattr(v, f"__{n}__")(B) for n in
       "add sub mul truediv floordiv mod pow divmod eq ne lt le gt ge matmul radd rsub rmul "
       "rtruediv rfloordiv rmod rpow rdivmod rmatmul".split()},
    **{f"__{n}__": lambda v, n=n: getattr((10 * v).astype(int), f"__{n}__")(INTS) for n in
       "and or xor lshift rshift rand ror rxor rlshift rrshift".split()},
    **{f"__i{n}__": lambda v, n=n: binary("i" + n)(kept(v), B) for n in
       "add sub mul truediv floordiv mod pow".split()},
    **{f"__i{n}__": lambda v, n=n: binary("i" + n)((10 * v).astype(int), INTS) for n in
       "and or xor lshift rshift".split()},
    "__imatmul__": lambda v: operator.imatmul(square(v), A),
    **{f"__{n}__": lambda v, n=n: getattr(v - 0.5, f"__{n}__")() for n in
       "abs neg pos copy".split()},
    "__invert__": lambda v: ~(v > 0.5),
    "__array__": lambda v: v.__array__(),
    "__bool__": lambda v: bool(v[:1] > 0.5),
    "__complex__": lambda v: complex(v[0]),
    "__contains__": lambda v: 0.5 in v,
    "__deepcopy__": lambda v: copy.deepcopy(v),
    "__delitem__": None,
    "__float__": lambda v: float(v[0]),
    "__getitem__": lambda v: v[[0, 2, 2]] * v[1:4],
    "__index__": lambda v: [5, 6, 7][(10 * v[:1]).astype(int)[0] % 3],
    "__int__": lambda v: int(v[0]),
    "__iter__": lambda v: [x * x for x in v],
    "__len__": lambda v: len(v),
    "__setitem__": lambda v: changed(lambda a, b: a.__setitem__([0, 2], b), W, v[:2]),
    "T": lambda v: square(v).T,
    "argpartition": lambda v: v.argpartition(1),
    "astype": lambda v: v.astype(complex),
    "byteswap": lambda v: v.byteswap(),
    "choose": lambda v: np.array([0, 1, 1, 0]).choose([v, W * v]),
    "clip": lambda v: v.clip(0.3, 0.8),
    "compress": lambda v: v.compress(C),
    "ctypes": None,
    "data": lambda v: v.data[1],
    "diagonal": lambda v: square(v).diagonal(),
    "dot": lambda v: v.dot(W),
    "fill": lambda v: changed(np.ndarray.fill, W, v[0]),
    "flat": lambda v: [x for x in square(v).flat],
    "getfield": lambda v: v.getfield(float),
    "imag": lambda v: complex_(v).imag,
    "item": lambda v: v.item(1),
    "mT": lambda v: square(v).mT,
    "partition": lambda v: changed(np.ndarray.partition, v, 1),
    "put": lambda v: changed(np.ndarray.put, W, [0, 2], v[:2]),
    "real": lambda v: complex_(v).real,
    "repeat": lambda v: v.repeat(2),
    "reshape": lambda v: v.reshape(2, 2),
    "resize": lambda v: changed(lambda a: a.resize((2, 3), refcheck=False), v),
    "round": lambda v: v.round(1),
    "searchsorted": lambda v: np.array([0.3, 0.6]).searchsorted(v),
    "setfield": lambda v: changed(np.ndarray.setfield, W, v[0], float),
    "setflags": lambda v: changed(np.ndarray.setflags, v, write=False),
    "sort": lambda v: changed(np.ndarray.sort, v),
    "squeeze": lambda v: v[None].squeeze(),
    "swapaxes": lambda v: square(v).swapaxes(0, 1),
    "take": lambda v: v.take([0, 2, 2]),
    "to_device": lambda v: v.to_device("cpu"),
    "tobytes": None,
    "trace": lambda v: square(v).trace(),
    "transpose": lambda v: cube(v).transpose(2, 0, 1),
    "view": lambda v: v.view(),
}  # fmt: skip

#: takes no numbers, or hands out memory that a gradient through is an error; or gone since NumPy 2
ARRAY_WITHOUT = set(
    """
    __array_finalize__ __array_function__ __array_namespace__ __array_priority__ __array_ufunc__
    __array_wrap__ __class__ __class_getitem__ __delattr__ __delitem__ __dir__ __dlpack_device__
    __doc__ __format__ __getattribute__ __getstate__ __hash__ __init__ __init_subclass__ __new__
    __reduce__ __reduce_ex__ __repr__ __setattr__ __setstate__ __sizeof__ __str__ __subclasshook__
    itemset newbyteorder ptp tostring
    __array_interface__ __array_struct__ __dlpack__ base ctypes dtype dump dumps flags tobytes
    tofile
    """.split()
)

UFUNC = {
    "__call__": lambda v: np.multiply(v, W),
    "accumulate": lambda v: [np.add.accumulate(v), np.multiply.accumulate(v),
                             np.maximum.accumulate(v), np.minimum.accumulate(v)],
    "at": lambda v: changed(np.add.at, W, [0, 0, 2], v[:3]),
    "outer": lambda v: [np.multiply.outer(v, W), np.subtract.outer(v, v), np.hypot.outer(v, B)],
    "reduce": lambda v: [np.add.reduce(v), np.multiply.reduce(v), np.maximum.reduce(v),
                         np.minimum.reduce(v), np.logaddexp.reduce(v), np.subtract.reduce(v),
                         np.hypot.reduce(v), np.divide.reduce(v)],
    "reduceat": lambda v: [np.add.reduceat(v, [0, 2, 1]), np.multiply.reduceat(v, [0, 2, 1]),
                           np.maximum.reduceat(v, [0, 2, 1])],
    "resolve_dtypes": None,
}  # fmt: skip

UFUNC_WITHOUT = {
    "identity", "nargs", "nin", "nout", "ntypes", "resolve_dtypes", "signature", "types",
}  # fmt: skip

STRIDES = {
    "as_strided": lambda v: np.lib.stride_tricks.as_strided(v, (2, 3), (8, 8)),
    "sliding_window_view": lambda v: np.lib.stride_tricks.sliding_window_view(v, 3),
}

for _programs in (ARRAY, UFUNC):
    for _name in [name for name, f in _programs.items() if f is None]:
        del _programs[_name]
