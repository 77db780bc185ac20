"""The same programs under other libraries, where these are installed.

A peer gets the program's own code with `sin`, `cos`, `exp`, `log` replaced by
its own; nothing else is changed.
"""

import types
from importlib import util

__all__ = ["array_peers", "available", "hessian_peers"]


def rebind(function, names, memo=None):
    """A copy of `function`, and of the functions it calls, with other globals."""
    memo = {} if memo is None else memo
    if function.__code__ in memo:
        return memo[function.__code__]
    scope = dict(function.__globals__)
    copy = types.FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, function.__closure__
    )
    memo[function.__code__] = copy
    for name in function.__code__.co_names:
        value = scope.get(name)
        if name in names:
            scope[name] = names[name]
        elif isinstance(value, types.FunctionType):
            scope[name] = rebind(value, names, memo)
    return copy


def of(module):
    return {name: getattr(module, name) for name in ("sin", "cos", "exp", "log")}


def with_autograd(program):
    import autograd
    import autograd.numpy

    gradient = autograd.grad(rebind(program.function, of(autograd.numpy)))
    return lambda: gradient(program.argument)


def with_torch(program):
    import torch

    f = rebind(program.function, of(torch))

    def gradient():
        def leaf(x):
            return torch.tensor(x, dtype=torch.float64, requires_grad=True)

        if isinstance(program.argument, list):
            xs = [leaf(x) for x in program.argument]
            return torch.autograd.grad(f(xs), xs)
        x = leaf(program.argument)
        return torch.autograd.grad(f(x), x)

    return gradient


def with_jax(program):
    import jax

    jax.config.update("jax_enable_x64", True)
    if isinstance(program.argument, list):
        # A list of 100 scalars is unrolled like any Python loop.
        argument = [jax.numpy.asarray(x) for x in program.argument]
    else:
        argument = jax.numpy.asarray(program.argument)
    names = {**of(jax.numpy), "max": lambda xs: jax.numpy.max(jax.numpy.stack(xs))}
    gradient = jax.jit(jax.grad(rebind(program.function, names)))
    return lambda: jax.block_until_ready(gradient(argument))


PEERS = {"autograd": with_autograd, "torch": with_torch, "jax": with_jax}


def available():
    """Name of each installed peer -> a function from a program to its gradient."""
    return {name: make for name, make in PEERS.items() if util.find_spec(name)}


# ------------------------------------------------------------------ programs on arrays


def arrays_with_autograd(program):
    import autograd
    import autograd.numpy

    f = rebind(program.make(*program.constants), {"np": autograd.numpy})
    gradient = autograd.grad(f, tuple(range(len(program.arguments))))
    return lambda: gradient(*program.arguments)


def arrays_with_torch(program):
    import torch

    names = types.SimpleNamespace(
        exp=torch.exp, log=torch.log, tanh=torch.tanh, sum=torch.sum, mean=torch.mean, max=torch.max
    )
    f = rebind(program.make(*(torch.tensor(x) for x in program.constants)), {"np": names})
    arguments = [torch.tensor(x, requires_grad=True) for x in program.arguments]
    return lambda: torch.autograd.grad(f(*arguments), arguments)


def arrays_with_jax(program):
    import jax

    jax.config.update("jax_enable_x64", True)
    arguments = [jax.numpy.asarray(x) for x in program.arguments]
    constants = [jax.numpy.asarray(x) for x in program.constants]
    f = rebind(program.make(*constants), {"np": jax.numpy})
    gradient = jax.jit(jax.grad(f, tuple(range(len(arguments)))))
    return lambda: jax.block_until_ready(gradient(*arguments))


ARRAY_PEERS = {"autograd": arrays_with_autograd, "torch": arrays_with_torch, "jax": arrays_with_jax}


def array_peers():
    """The same for programs on arrays."""
    return {name: make for name, make in ARRAY_PEERS.items() if util.find_spec(name)}


def _rosenbrock(x):
    return (100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0).sum()


def _hessian_of_autograd(x):
    import autograd

    hessian = autograd.hessian(_rosenbrock)
    return lambda: hessian(x)


def _hessian_of_torch(x):
    import torch

    x = torch.tensor(x)
    return lambda: torch.func.hessian(_rosenbrock)(x)


def _hessian_of_jax(x):
    import jax

    jax.config.update("jax_enable_x64", True)
    x = jax.numpy.asarray(x)

    def first_call():
        jax.clear_caches()
        return jax.jit(jax.hessian(_rosenbrock))(x).block_until_ready()

    return first_call


def hessian_peers():
    """Makers of the Hessian of Rosenbrock's function, of the libraries that are installed."""
    makers = {
        "autograd": _hessian_of_autograd,
        "torch": _hessian_of_torch,
        "jax": _hessian_of_jax,
    }
    return {name: make for name, make in makers.items() if util.find_spec(name) is not None}
