"""Copies between the host and a device: the cotangent goes the other way."""

import numpy as np

from ..errors import UnsupportedError
from ..rules.broadcasting import project
from ..rules.registry import adjoint, lowering, nondifferentiable

__all__ = ["make_transfers"]


def _called(function, *args):
    return function(*args)


nondifferentiable(_called)


def make_transfers(library, kind, project_there):
    """Rules for `asnumpy` of a library and `get` of its arrays.

    Returns ``to_library(x, dtype)``, which makes an array of the library of one of NumPy's.
    """
    asnumpy = getattr(library, "asnumpy", None)

    def to_host(x):
        return _called(asnumpy, x)

    def to_library(x, dtype):
        return _called(library.asarray, x, dtype)

    @adjoint(to_host)
    def to_host_rule(x):
        return to_host(x), lambda dy: (project_there(to_library(dy, None), x),)

    @adjoint(to_library)
    def to_library_rule(x, dtype):
        y = to_library(x, dtype)
        if asnumpy is None or y.dtype.kind not in "fc":
            return y, None if asnumpy is not None else _refuse
        return y, lambda dy: (project(to_host(dy), x),)

    def asnumpy_lowering(a, *args, out=None, **options):
        if out is not None:
            raise UnsupportedError("asnumpy(..., out=...) cannot be differentiated yet")
        return to_host(a) if isinstance(a, kind) else np.asarray(a)

    if asnumpy is not None:
        lowering(asnumpy)(asnumpy_lowering)
        if hasattr(kind, "get"):
            lowering(kind.get)(asnumpy_lowering)
    return to_library


def _refuse(dy):
    raise UnsupportedError("a library without asnumpy() has no way back to the host")
