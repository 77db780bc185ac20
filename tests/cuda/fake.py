"""A library like CuPy over the memory of the host: arrays that nothing but itself can read.

What CuPy would compute on a GPU is computed by NumPy, so that rules, transfers and errors can be
tested without one.  It has the functions that CuPy has, and they take the arguments that CuPy's do.
"""

import functools
import sys
import types

import numpy as np
from cupy_names import METHODS, NAMES

import zygcore as zg
from zygcore.interop._namespace import holds
from zygcore.rules.registry import UNKNOWN

__all__ = ["asarray", "asnumpy", "ndarray"]


def own(y):
    if isinstance(y, (np.ndarray, np.generic)):
        return ndarray._of(np.asarray(y))
    if isinstance(y, (tuple, list)):
        made = [own(part) for part in y]
        return type(y)(*made) if hasattr(y, "_fields") else type(y)(made)
    return y


def host(x):
    if isinstance(x, ndarray):
        return x._array
    if isinstance(x, (list, tuple)):
        return type(x)([host(part) for part in x])
    if isinstance(x, np.ndarray):
        raise TypeError(
            "Unsupported type <class 'numpy.ndarray'>: arrays of the host and of the device"
        )
    if isinstance(x, slice):
        return slice(host(x.start), host(x.stop), host(x.step))
    return x


def computed(numpys, args, options):
    """Stands for C code: nobody knows its derivative."""
    return natively(numpys, args, options)


def natively(numpys, args, options):
    return own(numpys(*map(host, args), **{k: host(v) for k, v in options.items()}))


@zg.adjoint(computed)
def computed_rule(numpys, args, options):
    return computed(numpys, args, options), UNKNOWN


zg.rules.nondifferentiable(natively)


def truth(numpys, args):
    """Comparisons and the like, which are constants."""
    return own(numpys(*map(host, args)))


zg.rules.nondifferentiable(truth)


def comparison_of(numpys):
    return lambda *args: truth(numpys, args)


def function_of(name, numpys, signature=None):
    def function(*args, **options):
        if signature is not None:
            checked(name, signature, args, options)
        return computed(numpys, args, options)

    function.__name__ = function.__qualname__ = name
    function.__module__ = __name__
    function.__signature__ = signature
    if isinstance(numpys, np.ufunc):
        function.at = lambda *args: numpys.at(*map(host, args))
    return function


#: functions that take what is on the host
MAKING = frozenset(
    """
zeros ones empty full eye identity tri arange linspace logspace indices tril_indices triu_indices
diag_indices ix_ hanning hamming blackman bartlett kaiser fftfreq rfftfreq fromfunction
mask_indices broadcast_shapes unravel_index ravel_multi_index meshgrid
""".split()
)


def checked(name, signature, args, options):
    if signature is METHODS.get(name) or name in MAKING or "x1" in signature.parameters:
        pass
    elif args and not holds(ndarray, [*args, *options.values()]):
        raise TypeError(f"{name}(): Unsupported type {type(args[0])}")
    try:
        signature.bind(*args, **options)
    except TypeError as error:
        raise TypeError(f"{name}(): {error}") from None


zg.rules.nondifferentiable(checked)


class Slot:
    """A special method that is no Python function, as in a class made in C."""

    def __init__(self, function):
        self.function = function

    def __get__(self, x, cls):
        return self if x is None else functools.partial(self, x)

    def __call__(self, *args):
        return self.function(*args)


class ndarray:
    __slots__ = ("_array", "__weakref__")
    __array_priority__ = 100

    @classmethod
    def _of(cls, array):
        made = object.__new__(cls)
        made._array = array
        return made

    shape = property(lambda x: x._array.shape)
    dtype = property(lambda x: x._array.dtype)
    ndim = property(lambda x: x._array.ndim)
    size = property(lambda x: x._array.size)
    nbytes = property(lambda x: x._array.nbytes)
    itemsize = property(lambda x: x._array.itemsize)
    strides = property(lambda x: x._array.strides)
    flags = property(lambda x: x._array.flags)

    @property
    def __cuda_array_interface__(self):
        found = dict(self._array.__array_interface__)
        found["version"], found["stream"] = 3, 1
        return found

    def __array__(self, *args, **options):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`")

    def __array_ufunc__(self, ufunc, method, *args, **options):
        if method != "__call__":
            return NotImplemented
        return getattr(_module, ufunc.__name__)(*args, **options)

    def __array_function__(self, function, kinds, args, options):
        return getattr(_module, function.__name__)(*args, **options)

    def __repr__(self):
        return f"fake{self._array!r}"


def _methods():
    for name in (
        "copy deepcopy add sub mul truediv floordiv mod pow matmul radd rsub rmul rtruediv rpow "
        "rmatmul rmod rfloordiv neg pos abs getitem setitem"
    ).split():
        name = f"__{name}__"
        setattr(ndarray, name, Slot(function_of(name, getattr(np.ndarray, name))))
    for name in (
        "sum prod mean var std max min argmax argmin reshape ravel flatten transpose swapaxes "
        "squeeze astype copy cumsum cumprod clip dot take repeat sort conj round all any "
        "diagonal trace view fill partition put item choose compress conjugate nonzero argsort "
        "searchsorted tolist"
    ).split():
        setattr(ndarray, name, function_of(name, getattr(np.ndarray, name), METHODS[name]))
    for name in ("T", "mT", "real", "imag"):
        setattr(ndarray, name, property(lambda x, name=name: own(getattr(x._array, name))))
    for name in "lt le gt ge eq ne and or xor invert rand ror rxor".split():
        name = f"__{name}__"
        setattr(ndarray, name, Slot(comparison_of(getattr(np.ndarray, name))))
    ndarray.__len__ = Slot(lambda x: len(x._array))
    ndarray.__iter__ = Slot(lambda x: iter([x[i] for i in range(len(x._array))]))
    for kind in (float, int, bool, complex):
        convert = lambda x, kind=kind: kind(x._array)
        setattr(ndarray, f"__{kind.__name__}__", Slot(convert))
    ndarray.__hash__ = None


def get(self, stream=None, order="C", out=None, blocking=True):
    return self._array.copy()


_methods()
ndarray.get = get


def asarray(x, dtype=None):
    return ndarray._of(np.array(x._array if isinstance(x, ndarray) else x, dtype, copy=None))


def array(x, dtype=None):
    return ndarray._of(np.array(x._array if isinstance(x, ndarray) else x, dtype))


def asnumpy(x, stream=None, order="C", out=None, *, blocking=True):
    return x._array if isinstance(x, ndarray) else np.asarray(x)


def doubled(x, out):
    x, out = [[a for a in p if isinstance(a, ndarray)][0] if isinstance(p, (tuple, list)) else p
              for p in (x, out)]  # fmt: skip
    out._array[...] = 2 * x._array


zg.rules.nondifferentiable(doubled)


class Kernel:
    """Stands for a kernel of a user's, ``kernel(x, out)``, possibly in tuples."""

    __call__ = Slot(lambda self, x, out: doubled(x, out))


kernel = Kernel()
_functions = {}  # NumPy's function -> ours: `abs` is `absolute`


def take_along_axis(x, indices, axis):
    """Python code over functions of the library, as some of CuPy's are."""
    at = [_module.arange(n).reshape((-1,) + (1,) * (x.ndim - 1 - i)) for i, n in enumerate(x.shape)]
    at[axis] = indices
    return x[tuple(at)]


class _Module(types.ModuleType):
    def __getattr__(self, name):
        found = getattr(np if self._numpys is None else self._numpys, name)
        signature = NAMES.get(f"{self.__name__}.{name}".removeprefix("fake."))
        if callable(found) and not isinstance(found, type) and signature is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if isinstance(found, types.ModuleType):
            made = _Module(f"{self.__name__}.{name}")
            made._numpys = found
            found = made
        elif callable(found) and not isinstance(found, type):
            found = _functions.setdefault(found, function_of(found.__name__, found, signature))
        setattr(self, name, found)
        return found

    _numpys = None


_module = sys.modules[__name__]
_module.__class__ = _Module
