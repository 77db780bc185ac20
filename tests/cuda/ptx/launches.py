"""Launches of the host backend, carried out by the interpreter.

The launchers choose kernels and grids as ever; what they launch is not run by the C++ compiler's
code but by the PTX that nvcc made of the same kernel (by its mangled name), on the same arrays,
with the same bytes as arguments.  So Python functions of `zygcore.cuda` can be called as they are.
"""

import contextlib
import functools
import sys
from dataclasses import dataclass

import numpy as np

from zygcore.cuda import _arrays, _backend, resources

from .errors import PtxError
from .execute import Launch
from .memory import Memory
from .parse import parse


@dataclass
class Launched:
    """What was launched."""

    kernel: str  # mangled
    grid: tuple
    block: tuple
    shared: int


@functools.cache
def modules():
    """The PTX of all kernels of the package, for the newest of its architectures."""
    return [parse(path.read_text(), path.name) for path in resources.compiled(resources.NEWEST)]


@functools.cache
def bound(name):
    """(module, kernel) by mangled name."""
    for module in modules():
        if name in module.functions:
            return module, module.kernel(name)
    raise PtxError(f"the PTX has no kernel {name}")


@functools.cache
def kernels():
    """The kernels of the PTX by their plain names."""
    return {resources.plain(name): name for module in modules() for name in module.kernels()}


class Bindings:
    """The host module, whose functions know for their time which arrays kernels may touch."""

    def __init__(self, module, interpreter):
        self._module, self._interpreter = module, interpreter

    def __getattr__(self, name):
        function = getattr(self._module, name)
        if not callable(function):
            return function

        def call(*args, **options):
            memory = Memory()
            for view in views([*args, *options.values()]):
                add_view(memory, *view)
            self._interpreter.memory = memory
            try:
                return function(*args, **options)
            finally:
                self._interpreter.memory = None

        return call


def views(values):
    """The arrays among the arguments of a function of the bindings, also those in lists."""
    for x in values:
        if isinstance(x, tuple) and len(x) == 5 and isinstance(x[2], tuple):
            yield x
        elif isinstance(x, (list, tuple)):
            yield from views(x)


def add_view(memory, address, code, shape, strides, call):
    """The bytes that a view spans, and no more."""
    if 0 in shape:
        return
    size = _arrays.SIZES[code]
    reach = [(n - 1) * s * size for n, s in zip(shape, strides, strict=True)]
    low, high = sum(min(r, 0) for r in reach), sum(max(r, 0) for r in reach)
    memory.add_bytes(address + low, high - low + size)


class Interpreter:
    """Gets the launches; `log` has what was launched."""

    def __init__(self):
        self.memory, self.log = None, []

    def __call__(self, address, name, grid, block, shared, arguments):
        functions = resources.host_functions().get(address, [])
        known = [kernels()[n] for n in functions if n in kernels()]
        if len(known) != 1:
            raise PtxError(f"{name} is not one kernel of the PTX: {functions}")
        self.log.append(Launched(known[0], grid, block, shared))
        module, kernel = bound(known[0])
        for space, _, data in module.variables.values():
            if space != "shared":
                self.memory.add(data, writable=space == "global")
        Launch(kernel, grid, block, arguments, self.memory, shared).run()


def poisoned(shape, dtype, like, call):
    """A new array full of NaN, or of ones in all bits."""
    made = ORIGINAL_EMPTY(shape, dtype, like, call)
    if made.size:
        made.reshape(-1).view(np.uint8)[:] = 0xFF
    return made


ORIGINAL_EMPTY = _arrays.empty


@contextlib.contextmanager
def interpreted():
    """Inside of it the interpreter runs the kernels of `zygcore.cuda`; gives the `Interpreter`."""
    interpreter = Interpreter()
    host = _backend.kernels()
    if host.backend != "host":
        raise PtxError("kernels run on a GPU here, their launches cannot be taken over")
    original = _backend.kernels
    proxy = Bindings(host, interpreter)
    replaced = []
    for name, module in list(sys.modules.items()):
        if name.startswith("zygcore.cuda."):
            for attribute, old, new in (
                ("kernels", original, lambda call="kernels": proxy),
                ("empty", ORIGINAL_EMPTY, poisoned),
            ):
                if getattr(module, attribute, None) is old:
                    replaced.append((module, attribute, old))
                    setattr(module, attribute, new)
    host.take_over_launches(interpreter)
    try:
        yield interpreter
    finally:
        host.take_over_launches(None)
        for module, attribute, old in replaced:
            setattr(module, attribute, old)
