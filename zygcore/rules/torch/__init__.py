"""Rules for PyTorch: the derivative of each of its functions is PyTorch's own.

A tensor is a value, and a call of one of PyTorch's functions is one node: the call is recorded by
PyTorch itself, apart from all others, and its pullback is `torch.autograd.grad` of that record.
The pullback is such a call again, so there are derivatives of any order.  Tensors stay on their
device.
"""

import operator
import types

import torch

from ...errors import OutputError, UnsupportedError
from ...interop._known import FETCHED
from ...interop._library import declare_arrays
from ..registry import SWITCHES, UNKNOWN, adjoint, nondifferentiable
from . import _moves
from ._rules import rule_of

__all__ = []

Tensor = torch.Tensor


def refused(function):
    def refused_rule(*args, **options):
        if function.__name__ in _OWN:
            raise UnsupportedError(
                f"torch's {function.__name__} is of PyTorch's own differentiation, which does not "
                "go with that of zygcore: take the gradient with zygcore.gradient, or leave the "
                "function to PyTorch by a rule (zygcore.adjoint)"
            )
        raise UnsupportedError(
            f"torch's {function.__name__} writes into a tensor, which cannot be differentiated: "
            "use the function without the underscore"
        )

    return refused_rule


# --------------------------------------------------------------------------- which there are

#: what gives no tensor that depends on another, or nothing that has a derivative
_CONSTANT = frozenset("""
    argmax argmin argsort size dim numel stride is_floating_point is_complex nonzero
    searchsorted isnan isinf isfinite eq ne lt le gt ge equal allclose isclose is_tensor
    zeros_like ones_like empty_like get_device is_contiguous element_size data_ptr
    storage_offset new_zeros new_ones new_empty ndimension nelement detach
    is_shared is_pinned is_inference is_contiguous is_conj is_neg is_nonzero is_signed is_set_to
    is_same_size dim_order
""".split())  # fmt: skip

_OWN = frozenset("backward requires_grad_ retain_grad register_hook".split())

#: rules of their own in `_moves`
_MOVES = frozenset("""
    item tolist numpy __float__ __int__ __complex__ __array__ __dlpack__ full full_like new_full
    from_numpy tensor as_tensor
""".split())  # fmt: skip


def _callable(f):
    return isinstance(
        f, (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType,
            types.WrapperDescriptorType, types.GetSetDescriptorType)
    )  # fmt: skip


def _declare(function, name):
    if name in _CONSTANT:
        nondifferentiable(function)
    elif name in _OWN or name.endswith("_") and not name.startswith("_"):
        adjoint(function)(refused(function))
    else:
        adjoint(function)(rule_of(function))


def _declare_functions():
    seen = set()
    overridable = torch.overrides.get_overridable_functions()
    for functions in overridable.values():
        for f in functions:
            name = getattr(f, "__name__", "")
            if id(f) in seen or name in _MOVES or name in ("__get__", "__set__", "__delete__"):
                continue
            seen.add(id(f))
            if _callable(f) and not name.startswith("__"):
                _declare(f, name)


def _operators():
    binary = "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift".split()
    for name in binary:
        op = getattr(operator, name)
        for kinds in ({"x": Tensor, "y": object}, {"x": object, "y": Tensor}):
            _operator_case(op, kinds)
    for name in ("neg", "pos", "abs", "invert"):
        _operator_case(getattr(operator, name), {"x": Tensor})
    _operator_case(operator.getitem, {"x": Tensor, "y": object})


def _operator_case(op, kinds):
    rule = rule_of(op)
    if len(kinds) == 1:
        case = lambda x: rule(x)
    else:
        case = lambda x, y: rule(x, y)
    case.__annotations__ = {k: v for k, v in kinds.items() if v is not object}
    if kinds.get("x") is object:
        case.__annotations__ = {"x": object, "y": Tensor}
    adjoint(op)(case)


def _unit(y):
    if y.numel() != 1 or y.dim():
        raise OutputError(
            f"gradient needs a real scalar; the function returned a tensor of shape "
            f"{tuple(y.shape)}. Use zygcore.pullback with a cotangent of that shape"
        )
    if not y.is_floating_point():
        raise OutputError(f"gradient needs a real result; the function returned {y.dtype}")
    return torch.ones_like(y, requires_grad=False)


def _like(x, make):
    """A tensor like another, with the numbers that `make` puts into an array."""
    import numpy as np

    if not (x.is_floating_point() or x.is_complex()):
        return None
    dtype = np.complex128 if x.is_complex() else np.float64
    found = make(np.broadcast_to(np.zeros((), dtype), tuple(x.shape)))
    return torch.as_tensor(found).to(device=x.device, dtype=x.dtype)


class Snapshot:
    """What was in a tensor; PyTorch itself raises an error where it has seen a write since."""

    __slots__ = ("array", "copy")

    def __init__(self, tensor):
        self.array = tensor
        self.copy = tensor.detach().clone()

    def changed(self):
        a, b = self.array.detach(), self.copy
        return not bool(((a == b) | ((a != a) & (b != b))).all())

    def again(self):
        return Snapshot(self.array)

    def put_back(self):
        self.array.data.copy_(self.copy)  # which PyTorch does not count as a write


def _addresses(x):
    """Where the memory is that a tensor is in; not all kinds of tensors have any."""
    try:
        storage = x.untyped_storage()
        start = storage.data_ptr()
        return (start, start + storage.nbytes()) if start else (0, 0)
    except (RuntimeError, NotImplementedError):
        return 0, 0


def _added(a, b):
    return a + b


_ATTRIBUTES = {
    "T": lambda x: torch.permute(x, tuple(reversed(range(x.dim())))),
    "mT": lambda x: torch.transpose(x, -2, -1),
    "real": lambda x: torch.real(x),
    "imag": lambda x: torch.imag(x),
}
_CONSTANTS = frozenset((
    "shape", "dtype", "ndim", "device", "is_cuda", "requires_grad", "layout", "is_leaf", "itemsize",
    "nbytes", "is_sparse", "is_quantized", "names", "__class__", "__cuda_array_interface__",
))  # fmt: skip


def _enable(is_inner):
    """Within the function of a level only its own `torch.no_grad()` counts."""
    was = torch.is_grad_enabled()
    if is_inner and not was:
        raise UnsupportedError(
            "a gradient is taken in torch.no_grad() inside of differentiated code: use "
            "zygcore.dropgrad for what is to be constant"
        )
    if not was:
        torch.set_grad_enabled(True)
    return was


def _disable_again(was):
    """What the program itself has set stays, as it would without a gradient."""
    if not was:
        torch.set_grad_enabled(False)


def _apply(function, *args):
    """A function of a user's with a backward of its own."""
    return function.apply(*args)


SWITCHES.append((_enable, _disable_again))
_declare_functions()
_operators()
adjoint(torch.autograd.Function.apply.__func__)(rule_of(_apply))
adjoint(Tensor.__dlpack__)(lambda x, *args, **options: (x.__dlpack__(*args, **options), UNKNOWN))
adjoint(torch.from_dlpack)(lambda x, **options: (torch.from_dlpack(x, **options), UNKNOWN))
for _cls in (Tensor, torch.nn.Parameter):
    declare_arrays(
        _cls, like=_like, unit=_unit, copy=lambda x: x.detach().view_as(x), add=_added,
        attributes=_ATTRIBUTES, constants=_CONSTANTS, addresses=_addresses, snapshot=Snapshot,
        stack=torch.stack, derivatives=_moves.is_floating,
    )  # fmt: skip
    FETCHED[_cls] = _moves.as_array
