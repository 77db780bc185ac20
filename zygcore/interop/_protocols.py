"""What the machine runs in place of C code for arrays of other libraries."""

import warnings

from ..rules.registry import adjoint, nondifferentiable

__all__ = ["ATTRIBUTES", "CONSTANT", "ElementLoopWarning", "items_of", "methods_of"]

_warned = set()


class ElementLoopWarning(UserWarning):
    """A loop goes over an array on a GPU element by element: each one is a transfer."""


def _warn(kind):
    if kind not in _warned:
        _warned.add(kind)
        warnings.warn(
            f"a loop over the elements of a {kind.__module__}.{kind.__qualname__} is slow, each of "
            "them is a call of the library: use its functions of whole arrays",
            ElementLoopWarning,
            stacklevel=3,
        )


nondifferentiable(_warn)


def items_of(x):
    _warn(type(x))
    return iter([x[i] for i in range(len(x))])


def real_part(x):
    return x.real


@adjoint(real_part)
def real_part_rule(x):
    return real_part(x), lambda dy: (dy.astype(x.dtype),)


def imaginary_part(x):
    return x.imag


@adjoint(imaginary_part)
def imaginary_part_rule(x):
    y = imaginary_part(x)
    return y, (lambda dy: ((dy * 1j).astype(x.dtype),)) if x.dtype.kind == "c" else None


#: attribute -> what it is, in functions that have rules
ATTRIBUTES = {
    "T": lambda x: x.transpose(),
    "real": lambda x: real_part(x),
    "imag": lambda x: imaginary_part(x),
    "mT": lambda x: x.swapaxes(-1, -2),
}

#: of classes, not of what is in an array
_OF_CLASSES = frozenset((
    "__class__", "__class_getitem__", "__init__", "__init_subclass__", "__new__",
    "__subclasshook__",
))  # fmt: skip


def methods_of(kind):
    """The methods of a class, as `ATTRIBUTES`: bound ones, of which the array is a part."""
    return {
        name: _binding(getattr(kind, name))
        for name in dir(kind)
        if name not in _OF_CLASSES and name not in ATTRIBUTES and callable(getattr(kind, name))
    }


def _binding(method):
    def bind(x):
        def bound(*args, **options):
            return method(x, *args, **options)

        return bound

    return bind


#: attributes that say nothing about the numbers in an array
CONSTANT = frozenset((
    "shape", "dtype", "ndim", "size", "strides", "itemsize", "nbytes", "flags", "device",
    "__class__", "__cuda_array_interface__", "__array_namespace__", "__array_priority__",
))  # fmt: skip
