"""Checked by mypy, not run: the types that users of the public functions see."""

from collections.abc import Callable
from typing import Any, assert_type

import numpy.typing as npt

import zygcore as zg
from zygcore import Pullback


def square(x: float) -> float:
    return x * x


y, back = zg.pullback(square, 2.0)
assert_type(y, float)
assert_type(back, Pullback)
assert_type(back.nbytes, int)

value, grads = zg.withgradient(square, 2.0)
assert_type(value, float)


@zg.adjoint(square)
def square_rule(x: float) -> object:
    return square(x), lambda dy: (2 * x * dy,)


# structures and types of one's own

g = zg.Grad(x=1.0, y=None)
assert_type(g._fields, tuple[str, ...])
assert_type(g._replace(y=2.0), zg.Grad)
assert_type(g - 2 * g, zg.Grad)

p = zg.types.Point(1.0, 2.0)
assert_type(p + p, zg.types.Point)
assert_type(zg.types.update(p, g, 0.1), zg.types.Point)
assert_type(zg.types.colordiff(zg.types.RGB(1, 0, 0), zg.types.RGB(0, 1, 0)), float)


@zg.types.register_cotangent
class Shift:
    by: float = 0.0


assert_type(Shift().by, float)
zg.types.register_cotangent(Shift, add=lambda a, b: a, from_grad=lambda g: Shift())


buffer = zg.Buffer([1.0, 2.0], 2, 5, dtype=float)
buffer[:, 0] = 1.0
assert_type(buffer.shape, tuple[int, ...])
assert_type(buffer.copy(), npt.NDArray[Any])

# derivatives, and rules for one's own functions

assert_type(zg.gradient(square, 2.0), tuple[Any, ...])
assert_type(zg.forward(square, 2.0), tuple[float, Pullback])
assert_type(zg.jacobian(lambda x: (x, x * x), 2.0), tuple[Any, ...])
assert_type(zg.testing.run_in_machine(square, 2.0), float)
zg.code_ir(square)
zg.code_ir(square.__code__)


def product(x: float, y: float) -> float:
    return x * y


zg.rules.elementwise(square, lambda x, y: 2 * x)
zg.rules.nondifferentiable(len, list.index)
zg.rules.consumer(list.append, passes=(1,), mutates=True)


@zg.adjoint(product)
def product_rule(x: float, y: float) -> object:
    return product(x, y), zg.rules.each(lambda dz: dz * y, None)


@zg.rules.lowering(product)
@zg.rules.fallback(product)
@zg.rules.instance_lowering(memoryview)
def in_python(x: float, y: float) -> float:
    return x * y


assert_type(in_python(1.0, 2.0), float)

assert_type(zg.taylor(square, 2.0, 3), list[Any])
zg.jet(product, (2.0, 3.0), ([1.0], None))

try:
    zg.gradient(square, "2")
except (zg.errors.OutputError, zg.errors.AdjointError, zg.errors.UnsupportedError) as error:
    assert_type(str(error), str)
except zg.errors.ZygcoreError:
    raise


# utilities


def foo(x: float, scale: int = 1) -> float:
    return x * scale


def advance(state: tuple[float, float], i: int, rate: float) -> tuple[float, float]:
    return state[0] + rate, state[1]


assert_type(zg.showgrad(2.0), float)
assert_type(zg.hook(lambda dx: dx, [2.0]), list[float])
assert_type(zg.dropgrad((1, "a")), tuple[int, str])
assert_type(zg.isderiving(), bool)
assert_type(zg.nestlevel(), int)
assert_type(zg.checkpoint(foo, 2.0, scale=3), Any)
assert_type(zg.checkpoint_loop(advance, (1.0, 2.0), 10, 0.5, snapshots=3), tuple[float, float])

assert_type(zg.jvp(square, (0.5,), (1.0,)), tuple[Any, Any])
assert_type(zg.pushforward(square, 0.5), Callable[..., Any])
zg.forwarddiff(square, 0.5)
zg.hessian(square, 0.5)
zg.hvp(square, 0.5, 1.0)
assert_type(zg.diaghessian(square, 0.5), tuple[Any, ...])


def cube(x: float) -> float:
    return x**3


@zg.tangent(cube)
def cube_tangent(primals: tuple[float], tangents: tuple[float]) -> tuple[float, float]:
    return cube(primals[0]), 3 * primals[0] ** 2 * tangents[0]
