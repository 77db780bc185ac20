"""Calls of PyTorch's functions as nodes, recorded by PyTorch itself.

A call is recorded apart from all others, and its pullback is `torch.autograd.grad` of that record.
The pullback is such a call again, so there are derivatives of any order.
"""

import torch

from ...errors import AdjointError, UnsupportedError
from ..registry import UNKNOWN, adjoint, each, nondifferentiable, shared
from ._moves import is_floating, tensor_of

__all__ = ["Call", "applied_rule"]

Tensor = torch.Tensor

#: which draw random numbers: run once more they would draw others
_RANDOM = frozenset("""
    dropout alpha_dropout feature_alpha_dropout feature_dropout bernoulli normal rrelu poisson
    multinomial binomial dropout1d dropout2d dropout3d gumbel_softmax rand_like randn_like
    fractional_max_pool2d fractional_max_pool3d scaled_dot_product_attention
""".split())  # fmt: skip


#: where statistics are that a function of PyTorch's writes, and reads while it does not train
_STATISTICS = {
    torch.nn.functional.batch_norm: (1, 2),
    torch.nn.functional.instance_norm: (1, 2),
    torch.batch_norm: (3, 4),
    torch.instance_norm: (3, 4),
}
_TRAINS = 5  # the position of the flag


class Call:
    """A function of PyTorch's, called with positional arguments only.

    `names` are those of the last of them, which the function takes as keywords.
    """

    def __init__(self, function, names=()):
        self.function, self.names = function, names

    def __call__(self, *args):
        if not self.names:
            return self.function(*args)
        n = len(args) - len(self.names)
        return self.function(*args[:n], **dict(zip(self.names, args[n:], strict=True)))

    @property
    def name(self):
        return getattr(self.function, "__name__", "function")

    @property
    def draws(self):
        return self.name in _RANDOM

    def statistics(self, args):
        """Which arguments are tensors that PyTorch has no derivatives with respect to."""
        places = _STATISTICS.get(self.function)
        if places is None:
            return set()
        n = len(args) - len(self.names)
        named = [n + i for i, name in enumerate(self.names) if name.startswith("running_")]
        return {*[i for i in places if i < n], *named}

    def trains(self, args):
        """Do the statistics come from the input?"""
        flags = dict(zip(self.names, args[len(args) - len(self.names) :], strict=True))
        if len(args) - len(self.names) > _TRAINS:
            return bool(args[_TRAINS])
        return bool(flags.get("training", flags.get("use_input_stats", self.name[:1] == "i")))


class Pull:
    """The pullback of a call, a function of the cotangents and of the arguments of the call.

    `record` is what PyTorch has recorded of the call, for these very arguments.
    """

    draws = False

    def __init__(self, call, record):
        self.call, self.record = call, record
        self.name = call.name

    def statistics(self, args):
        return {i + 1 for i in self.call.statistics(args[1:])}

    def trains(self, args):
        return self.call.trains(args[1:])

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

    def __init__(self, call, args, create=False, again=False):
        self.create = create
        self.inputs = []
        self.statistics = call.statistics(args)
        with torch.enable_grad():
            given = [
                (x.clone() if again or create else x)
                if i in self.statistics and isinstance(x, Tensor)
                else self.variable(x)
                for i, x in enumerate(args)
            ]
            self.args = given
            try:
                self.value = call(*given)
            except RuntimeError as error:
                if "Can't call numpy()" in str(error):
                    raise UnsupportedError(
                        "an array of NumPy's and a tensor that the gradient depends on are in one "
                        "operation: make a tensor of the array, torch.from_numpy(a)"
                    ) from None
                raise
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
        return tuple(
            [
                None if i in self.statistics else cotangent_like(x, found)
                for i, x in enumerate(self.args)
            ]
        )


def flat(y):
    """The tensors in a value."""
    if isinstance(y, Tensor):
        return [y]
    if isinstance(y, (list, tuple)):
        return [t for part in y for t in flat(part)]
    return []


def is_label(y):
    """Is a value of a kind that has no derivatives?

    Where PyTorch records none of tensors of floating point, that is not to say that there is none.
    """
    if isinstance(y, Tensor):
        return not is_floating(y)
    if isinstance(y, (list, tuple)):
        return all(map(is_label, y))
    return y is None or isinstance(y, _LABELS)


_LABELS = (bool, int, str, torch.dtype, torch.device, torch.layout, torch.memory_format)

nondifferentiable(is_label)


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


def recorded(call, args, again=False):
    """`again`: further in the same call has been recorded, and has had its effects."""
    return Record(call, args, again=again)


nondifferentiable(recorded)


def shown(record, call, *args):
    """The value of a call that was recorded."""
    return detached(record.value)


@adjoint(applied)
def applied_rule(call, *args):
    return rule_for(call, args, False)


def rule_for(call, args, again):
    record = recorded(call, args, again)
    y = shown(record, call, *args)
    back = None if is_label(y) else UNKNOWN
    if record.outputs:

        def back(dys):
            return (None, *applied(Pull(call, record), dys, *args))

    like = first_floating(y)
    if like is None or not (record.statistics or any(map(has_numbers, args))):
        return y, back
    each_of = [part_of(back, call, args, i, like, record.statistics) for i in range(len(args))]
    return y, each(None, *each_of)


@adjoint(shown)
def shown_rule(record, call, *args):
    """Further out the arguments are variables, too."""
    y, back = rule_for(call, args, True)
    if back is None or back is UNKNOWN:
        return y, back
    if isinstance(back, each):
        return y, each(None, *back.parts)
    return y, lambda dys: (None, *back(dys))


# ------------------------------------------------------------------ numbers among the arguments


def has_numbers(x):
    if isinstance(x, (list, tuple)):
        return any(map(has_numbers, x))
    return isinstance(x, (float, int, complex)) and not isinstance(x, bool)


def first_floating(y):
    """A tensor of floating point in a value, or None."""
    return next((t for t in flat(y) if is_floating(t)), None)


nondifferentiable(has_numbers, first_floating)


def part_of(back, call, values, i, like, statistics):
    """The pullback for one argument; it is asked for only if that is active."""
    if i in statistics and isinstance(values[i], Tensor):
        return None if call.trains(values) else lambda dy: refuse_statistics(call)
    if not has_numbers(values[i]) and back is not UNKNOWN:
        return None if back is None else shared(back, i + 1)

    def number_back(dy):
        """PyTorch has derivatives with respect to tensors, so the number becomes one."""
        if isinstance(values[i], int) and _is_discrete(call, values, i):
            return None
        z, back = _with_tensor(call, values, i, like)
        if back is None or back is UNKNOWN:
            raise _unknown(call)
        return back(dy)[i + 1].item()

    return number_back


def refuse_statistics(call):
    raise AdjointError(
        f"PyTorch has no derivatives of {call.name} with respect to running statistics: let the "
        "function capture them"
    )


def _is_discrete(call, values, i):
    """Does a function take integers only for an argument: an axis, a size?"""
    if isinstance(values[i], bool):
        return True
    try:
        with torch.no_grad():
            call(*[float(x) if j == i else x for j, x in enumerate(values)])
    except TypeError:
        return True
    return False


nondifferentiable(_is_discrete)


def _with_tensor(call, values, i, like):
    if not isinstance(values[i], (float, int, complex)):
        raise _unknown(call)
    given = [tensor_of(x, like) if j == i else x for j, x in enumerate(values)]
    try:
        z, back = applied_rule(call, *given)
    except (TypeError, RuntimeError):
        raise _unknown(call) from None
    if not _alike(first_floating(z), like):
        raise _unknown(call)
    return z, back


def _alike(x, y):
    """Are two tensors those of the same call, with a number and with a tensor in its place?"""
    return x is not None and x.shape == y.shape and x.dtype == y.dtype


nondifferentiable(_alike)


def _unknown(call):
    return AdjointError(
        f"the gradient needs the derivative of torch's {call.name} with respect to an argument "
        "that is no tensor, which is not known: pass a tensor, torch.tensor(2.0), instead; if it "
        "is a setting of a module, take the gradient with respect to the parameters alone, with "
        "torch.func.functional_call"
    )


nondifferentiable(_unknown)
