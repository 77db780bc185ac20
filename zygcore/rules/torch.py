"""Rules for PyTorch: the derivative of each of its functions is PyTorch's own.

A tensor is a value, and a call of one of PyTorch's functions is one node: the call is recorded by
PyTorch itself, apart from all others, and its pullback is `torch.autograd.grad` of that record.
The pullback is such a call again, so there are derivatives of any order.  Tensors stay on their
device.
"""

import operator
import types

import torch

from ..errors import AdjointError, OutputError, UnsupportedError
from ..interop._library import declare_arrays
from .registry import UNKNOWN, adjoint, each, nondifferentiable

__all__ = []

Tensor = torch.Tensor

#: which draw random numbers: run once more they would draw others
_RANDOM = frozenset("""
    dropout alpha_dropout feature_alpha_dropout feature_dropout bernoulli normal rrelu poisson
    multinomial binomial dropout1d dropout2d dropout3d gumbel_softmax rand_like randn_like
    fractional_max_pool2d fractional_max_pool3d scaled_dot_product_attention
""".split())  # fmt: skip


class Call:
    """A function of PyTorch's with options."""

    def __init__(self, function, options):
        self.function, self.options = function, options

    def __call__(self, *args):
        return self.function(*args, **self.options)

    @property
    def draws(self):
        return getattr(self.function, "__name__", "") in _RANDOM


class Pull:
    """The pullback of a call, a function of the cotangents and of the arguments of the call.

    `record` is what PyTorch has recorded of the call, for these very arguments.
    """

    draws = False

    def __init__(self, call, record):
        self.call, self.record = call, record

    def __call__(self, dys, *args):
        if torch.is_grad_enabled():  # the arguments are variables of a derivative further out
            if self.call.draws:
                raise UnsupportedError(
                    "a second derivative goes through a function of PyTorch that draws random "
                    "numbers: pass the numbers as an argument"
                )
            record = Record(self.call, args, create=True)
        else:
            record = self.record
        return record.pulled(dys)


class Record:
    """What PyTorch records of one call."""

    def __init__(self, call, args, create=False):
        self.create = create
        self.inputs = []
        self.leaves = []
        with torch.enable_grad():
            given = [self.variable(x) for x in args]
            self.args = given
            self.value = call(*given)
        self.outputs = [y for y in flat(self.value) if y.requires_grad]

    def variable(self, x):
        """An argument with its tensors as variables of this record."""
        if isinstance(x, Tensor):
            if not (x.is_floating_point() or x.is_complex()):
                return x
            if self.create and x.requires_grad:
                new = x.view_as(x)  # one tensor may be several arguments
            else:
                new = x.detach().requires_grad_()
            self.inputs.append(new)
            return new
        if isinstance(x, (list, tuple)):
            made = [self.variable(part) for part in x]
            return type(x)(*made) if hasattr(x, "_fields") else type(x)(made)
        return x

    def pulled(self, dys):
        """The cotangents of the arguments, in their structure."""
        pairs = [
            (y, dy)
            for y, dy in zip(flat(self.value), parts(self.value, dys), strict=True)
            if y.requires_grad and dy is not None
        ]
        if not pairs or not self.inputs:
            found = [None] * len(self.inputs)
        else:
            outputs, cotangents = zip(*pairs, strict=True)
            found = torch.autograd.grad(
                outputs, self.inputs, cotangents, retain_graph=True, create_graph=self.create,
                allow_unused=True,
            )  # fmt: skip
        found = iter(found)
        return tuple([cotangent_like(x, found) for x in self.args])


def flat(y):
    """The tensors in a value."""
    if isinstance(y, Tensor):
        return [y]
    if isinstance(y, (list, tuple)):
        return [t for part in y for t in flat(part)]
    return []


def parts(y, dys):
    """The cotangents that belong to `flat(y)`."""
    if isinstance(y, Tensor):
        return [dys]
    if isinstance(y, (list, tuple)):
        given = [None] * len(y) if dys is None else [dys[i] for i in range(len(y))]
        return [d for part, dy in zip(y, given, strict=True) for d in parts(part, dy)]
    return []


def cotangent_like(x, found):
    if isinstance(x, Tensor):
        return next(found) if x.is_floating_point() or x.is_complex() else None
    if isinstance(x, (list, tuple)):
        return [cotangent_like(part, found) for part in x]
    return None


def detached(y):
    if isinstance(y, Tensor):
        return y.detach()
    if isinstance(y, (list, tuple)):
        made = [detached(part) for part in y]
        return type(y)(*made) if hasattr(y, "_fields") else type(y)(made)
    return y


# ------------------------------------------------------------------------ what is recorded


def applied(call, *args):
    """A call of PyTorch's, as one node."""
    with torch.no_grad():
        return call(*args)


def recorded(call, args):
    return Record(call, args)


nondifferentiable(recorded)


def shown(record, call, *args):
    """The value of a call that was recorded."""
    return detached(record.value)


@adjoint(applied)
def applied_rule(call, *args):
    record = recorded(call, args)
    y = shown(record, call, *args)
    if not record.outputs:
        return y, None

    def applied_back(dys):
        return (None, *applied(Pull(call, record), dys, *args))

    return y, applied_back


@adjoint(shown)
def shown_rule(record, call, *args):
    """Further out the arguments are variables, too."""
    y, back = applied_rule(call, *args)
    return y, None if back is None else lambda dys: (None, *back(dys))


def rule_of(function):
    """The rule for a function, a method or an operator of PyTorch's."""

    def torch_rule(*args, **options):
        if options.get("out") is not None:
            raise UnsupportedError(f"{function.__name__}(..., out=...) writes into a tensor")
        y, back = applied_rule(Call(function, options), *args)
        if back is None:
            return y, None
        if any(map(_has_numbers, args)):
            parts = [_part(back, i, x, function) for i, x in enumerate(args)]
            return y, each(*parts)
        return y, lambda dy: back(dy)[1:]

    torch_rule.__name__ = f"{function.__name__}_rule"
    return torch_rule


def _has_numbers(x):
    if isinstance(x, (list, tuple)):
        return any(map(_has_numbers, x))
    return isinstance(x, (float, complex))


nondifferentiable(_has_numbers)


def _part(back, i, x, function):
    """The pullback for one argument; it is asked for only if that is active."""
    if not _has_numbers(x):
        return lambda dy: back(dy)[i + 1]

    def number_back(dy):
        raise AdjointError(
            f"the gradient needs the derivative of torch's {function.__name__} with respect to a "
            "number of Python's, which is not known: pass a tensor, torch.tensor(2.0), instead"
        )

    return number_back


def refused(function):
    def refused_rule(*args, **options):
        raise UnsupportedError(
            f"torch's {function.__name__} writes into a tensor, which cannot be differentiated: "
            "use the function without the underscore"
        )

    return refused_rule


# --------------------------------------------------------------------------- which there are

#: what gives no tensor that depends on another, or nothing that has a derivative
_CONSTANT = frozenset("""
    argmax argmin argsort size dim numel stride is_floating_point is_complex type nonzero unique
    searchsorted bincount isnan isinf isfinite eq ne lt le gt ge equal allclose isclose is_tensor
    zeros_like ones_like empty_like full_like get_device is_contiguous element_size data_ptr
    storage_offset requires_grad_ new_zeros new_ones new_empty new_full ndimension nelement
""".split())  # fmt: skip

_NUMBERS = "item tolist numpy __float__ __int__ __complex__ __array__ __dlpack__".split()


def _callable(f):
    return isinstance(
        f, (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType,
            types.WrapperDescriptorType, types.GetSetDescriptorType)
    )  # fmt: skip


def _declare(function, name):
    if name in _CONSTANT:
        nondifferentiable(function)
    elif name.endswith("_") and not name.startswith("_"):
        adjoint(function)(refused(function))
    else:
        adjoint(function)(rule_of(function))


def _declare_functions():
    seen = set()
    overridable = torch.overrides.get_overridable_functions()
    for functions in overridable.values():
        for f in functions:
            name = getattr(f, "__name__", "")
            if id(f) in seen or name in _NUMBERS or name in ("__get__", "__set__", "__delete__"):
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


def _number(kind):
    def number_rule(x):
        if x.requires_grad:
            x = x.detach()
        return kind(x), lambda dy: (torch.full_like(x, dy),)

    number_rule.__annotations__ = {"x": Tensor}
    adjoint(kind)(number_rule)


def _item_rule(x):
    return x.detach().item(), lambda dy: (torch.full_like(x, dy),)


def _unknown(function):
    adjoint(function)(lambda x, *args, **options: (function(x, *args, **options), UNKNOWN))


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

_declare_functions()
_operators()
for _kind in (float, complex):
    _number(_kind)
adjoint(Tensor.item)(_item_rule)
for _name in ("tolist", "numpy"):
    _unknown(getattr(Tensor, _name))
for _cls in (Tensor, torch.nn.Parameter):
    declare_arrays(
        _cls, like=_like, unit=_unit, copy=lambda x: x.detach().view_as(x), add=_added,
        attributes=_ATTRIBUTES, constants=_CONSTANTS, addresses=_addresses, snapshot=Snapshot,
    )  # fmt: skip
