"""Between tensors and numbers, lists and arrays of NumPy's.

A cotangent goes the other way: that of an array made of a tensor becomes a tensor on its device.
"""

import numpy as np
import torch

from ...errors import UnsupportedError
from ..broadcasting import project
from ..registry import adjoint, nondifferentiable

__all__ = ["is_floating", "tensor_of"]

Tensor = torch.Tensor


def is_floating(x):
    return x.is_floating_point() or x.is_complex()


# ------------------------------------------------------------------------------- numbers


def tensor_of(number, like):
    """A number as a tensor without axes, of the dtype and on the device of another."""
    dtype = like.dtype
    if not isinstance(number, complex) and like.is_complex():
        dtype = dtype.to_real()
    return torch.tensor(number, dtype=dtype, device=like.device)


@adjoint(tensor_of)
def tensor_of_rule(number, like):
    return tensor_of(number, like), lambda dy: (dy.item(), None)


def _number(kind):
    def number_rule(x):
        return kind(x.detach()), lambda dy: (full_like(x, dy),)

    number_rule.__annotations__ = {"x": Tensor}
    adjoint(kind)(number_rule)


def full_like(x, number):
    return torch.full_like(x, number, requires_grad=False)


@adjoint(full_like)
def full_like_rule(x, number):
    return full_like(x, number), lambda dy: (None, dy.sum().item())


for _kind in (float, complex):
    _number(_kind)


@adjoint(Tensor.item)
def item_rule(x):
    return x.detach().item(), lambda dy: (full_like(x, dy),)


@adjoint(torch.full_like)
def torch_full_like_rule(x, fill_value, **options):
    y = torch.full_like(x, fill_value, **options)
    return y, filled_back(y)


@adjoint(torch.full)
def full_rule(size, fill_value, **options):
    y = torch.full(size, fill_value, **options)
    return y, filled_back(y)


@adjoint(Tensor.new_full)
def new_full_rule(x, size, fill_value, **options):
    y = x.new_full(size, fill_value, **options)
    back = filled_back(y)
    return y, None if back is None else lambda dy: (None, *back(dy))


def filled_back(y):
    return (lambda dy: (None, dy.sum().item())) if is_floating(y) else None


# ----------------------------------------------------------------------- arrays of NumPy's


def as_array(x):
    """The array over the memory of a tensor on the CPU; writing into it is noticed."""
    return x.detach().numpy()


def as_tensor(a, x):
    """An array as a tensor like another."""
    return torch.as_tensor(np.array(a)).to(device=x.device, dtype=x.dtype)


@adjoint(as_array)
def as_array_rule(x):
    y = as_array(x)
    return y, (lambda dy: (as_tensor(dy, x),)) if is_floating(x) else None


@adjoint(as_tensor)
def as_tensor_rule(a, x):
    return as_tensor(a, x), lambda dy: (project(as_array(dy.cpu()), a), None)


@adjoint(Tensor.numpy)
def numpy_rule(x, *, force=False):
    return as_array_rule(x.cpu() if force else x)


@adjoint(Tensor.__array__)
def array_rule(x, dtype=None):
    y = as_array(x)
    if dtype is not None:
        y = y.astype(dtype, copy=False)
    return y, (lambda dy: (as_tensor(dy, x), None)) if is_floating(x) else None


@adjoint(torch.from_numpy)
def from_numpy_rule(a):
    y = torch.from_numpy(a)
    return y, (lambda dy: (project(as_array(dy), a),)) if is_floating(y) else None


# --------------------------------------------------------------------------------- lists


def made(maker, data, options):
    return maker(data, **options)


@adjoint(made)
def made_rule(maker, data, options):
    y = maker(data, **options)
    if isinstance(data, Tensor):
        raise UnsupportedError(
            f"torch.{maker.__name__} of a tensor that the gradient depends on: use its methods, "
            "`clone`, `to`"
        )
    if not is_floating(y):
        return y, None
    return y, lambda dy: (None, taken_apart(dy, data), None)


def taken_apart(dy, data):
    """The cotangents of what a tensor was made of."""
    if isinstance(data, Tensor):
        return dy.to(device=data.device, dtype=data.dtype)
    if isinstance(data, (np.ndarray, np.generic)):
        return project(as_array(dy.cpu()), data)
    if isinstance(data, (list, tuple)):
        return type(data)([taken_apart(dy[i], part) for i, part in enumerate(data)])
    if isinstance(data, (float, int, complex)):
        return dy.item()
    return None


for _maker in (torch.tensor, torch.as_tensor):

    def maker_rule(data, *, maker=_maker, **options):
        y, back = made_rule(maker, data, options)
        return y, None if back is None else lambda dy: (back(dy)[1],)

    adjoint(_maker)(maker_rule)


@adjoint(Tensor.tolist)
def tolist_rule(x):
    y = x.detach().tolist()
    return y, (lambda dy: (put_together(dy, x),)) if is_floating(x) else None


def put_together(dys, x):
    """The cotangent of a tensor from those of the numbers in its list."""
    if not x.dim():
        return full_like(x, 0.0 if dys is None else dys)
    if dys is None:
        return torch.zeros_like(x)
    return torch.stack([put_together(d, x[i]) for i, d in enumerate(dys)])


nondifferentiable(is_floating)
