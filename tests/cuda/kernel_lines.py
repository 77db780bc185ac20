"""All kernels of the package by a table: a line is a function of `zygcore.cuda` with arguments and
what it should give, in float64 NumPy.

The lines reach each kernel; `test_ptx` says so.
"""

from dataclasses import dataclass

import ml_dtypes
import numpy as np
import scipy.special as sp

import zygcore as zg
from zygcore import cuda

DTYPES = {
    "float64": np.float64,
    "float32": np.float32,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
}
DIFFERENTIABLE = ["float64", "float32", "float16"]  # bfloat16 is not a float of NumPy
SUMS = {"float64": np.float64}  # dtype of sums and of optimisers' state, else float32
EPS = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


@dataclass
class Wide:
    """An argument that is float32 where others have 16 bits."""

    array: object


@dataclass
class Line:
    """A function, its arguments (arrays of float64 get the dtype that is tested), what it gives."""

    name: str
    f: object
    args: tuple
    expected: object
    gradient: tuple = ()  # with respect to which arguments
    second: bool = False

    def __str__(self):
        return self.name


def off(x):
    """The same array, at an address that is aligned to no more than an element."""
    room = np.zeros(x.size + 1, x.dtype)
    y = room[1:].reshape(x.shape)
    y[...] = x
    return y


def normal(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def positive(*shape, seed=0):
    return np.exp(normal(*shape, seed=seed))


def whole(high, *shape, kind=np.int64, seed=0):
    return np.random.default_rng([seed, *shape]).integers(0, high, shape).astype(kind)


def in_dtype(arg, dtype):
    if isinstance(arg, Wide):
        return arg.array.astype(SUMS.get(dtype, np.float32))
    if isinstance(arg, np.ndarray) and arg.dtype == np.float64:
        return off(arg.astype(DTYPES[dtype]))
    return arg.copy() if isinstance(arg, np.ndarray) else arg


def exactly(arg, dtype):
    """The argument as float64, with the value that it has in a dtype."""
    made = in_dtype(arg, dtype)
    if isinstance(arg, Wide) or (isinstance(arg, np.ndarray) and arg.dtype == np.float64):
        return made.astype(np.float64)
    return made


LINES = []


def line(name, f, args, expected, gradient=(), second=False):
    if hasattr(cuda, name):
        LINES.append(Line(name, f, args, expected, gradient, second))


def of(name):
    """The function `zygcore.cuda.name`, looked up when it is called."""
    return lambda *args: getattr(cuda, name)(*args)


SMOOTH = {
    "tanh": np.tanh,
    "sigmoid": sp.expit,
    "exp": np.exp,
    "sin": np.sin,
    "cos": np.cos,
    "silu": lambda x: x * sp.expit(x),
    "softplus": lambda x: np.logaddexp(0, x),
    "gelu": lambda x: x * sp.ndtr(x),
    "relu": lambda x: np.maximum(x, 0),
}
for name, f in SMOOTH.items():
    line(name, of(name), (normal(3, 131),), f, (0,), name != "relu")
line("log", of("log"), (positive(3, 131),), np.log, (0,), True)


def gelu_by_tanh(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


line("gelu", lambda x: cuda.gelu(x, True), (normal(257),), gelu_by_tanh, (0,), True)
line("add", of("add"), (normal(5, 33), normal(33)), np.add, (0, 1))
line("subtract", of("subtract"), (normal(5, 1), normal(33)), np.subtract, (0, 1))
line("multiply", of("multiply"), (normal(5, 33), normal(5, 1)), np.multiply, (0, 1), True)
line("divide", of("divide"), (normal(4, 9), positive(4, 9)), np.divide, (0, 1), True)
line("power", of("power"), (positive(4, 33), normal(33)), np.power, (0, 1), True)
choice = normal(5, 33, seed=1) > 0
line("where", of("where"), (choice, normal(5, 33), normal(33)), np.where, (1, 2))
line("clip", lambda x: cuda.clip(x, -0.5, 0.7), (normal(300),), lambda x: x.clip(-0.5, 0.7), (0,))
line("clip", of("clip"), (normal(5, 33), -positive(33), positive(5, 1)), np.clip, (0, 1, 2))

# layouts: transposed, negative steps, every other one, broadcast, many axes, longer than a block
line("tanh", lambda x: cuda.tanh(x.T), (normal(37, 41),), lambda x: np.tanh(x.T), (0,))
line("tanh", lambda x: cuda.tanh(x[::-2, ::3]), (normal(9, 40),), lambda x: np.tanh(x[::-2, ::3]))
spread = lambda x: np.broadcast_to(x, (3, 5, 4, 7))
line("tanh", lambda x: cuda.tanh(spread(x)), (normal(5, 1, 7),), lambda x: np.tanh(spread(x)))
line("tanh", of("tanh"), (normal(5003),), np.tanh)
line("tanh", of("tanh"), (normal(0, 3),), np.tanh)
line("exp", lambda x: cuda.exp(x, 2.5), (normal(100),), lambda x: 2.5 * np.exp(x))

for shape, axes in (
    ((33, 65), (1, 0)), ((2, 3, 40), (0, 2, 1)), ((3, 4, 5), (2, 1, 0)), ((7, 5, 3), (1, 0, 2)),
):  # fmt: skip
    turned = lambda x, axes=axes: np.transpose(x, axes)
    line("permute", lambda x, axes=axes: cuda.permute(x, axes), (normal(*shape),), turned, (0,))
for shape, axes in (((33, 65), (1, 0)), ((4, 3, 40), (1, 0, 2))):
    turned = lambda x, axes=axes: np.transpose(x, axes)
    line("permute", lambda x, axes=axes: cuda.permute(x, axes), (normal(*shape) > 0,), turned)
for shape, to in (
    ((6, 33), (33,)), ((6, 33), (6, 1)), ((700, 5), (1, 5)), ((3, 5000), (3, 1)),
    ((4, 3, 9), (3, 1)), ((4, 3, 9), ()), ((2, 3000), (1, 1)),
):  # fmt: skip
    summed = lambda x, to=to: zg.rules.broadcasting.unbroadcast(x, to)
    line("unbroadcast", lambda x, to=to: cuda.unbroadcast(x, to), (normal(*shape),), summed, (0,))

for n, rows in ((1, 3), (33, 7), (1000, 3), (5000, 2)):
    x, weight, bias = normal(rows, n), positive(n), normal(n)
    for name, f in (
        ("softmax", sp.softmax), ("log_softmax", sp.log_softmax), ("logsumexp", sp.logsumexp),
    ):  # fmt: skip
        line(name, of(name), (x,), lambda x, f=f: f(x, axis=-1), (0,), n == 33)
        if n <= 33:
            over = lambda x, f=f: f(x, axis=0)
            line(name, lambda x, name=name: getattr(cuda, name)(x, axis=0), (x,), over, (0,))

    def layer(x, weight, bias):
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * weight + bias

    def rms(x, weight):
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5) * weight

    if n > 1:
        line("layer_norm", of("layer_norm"), (x, weight, bias), layer, (0, 1, 2))
        line("rms_norm", of("rms_norm"), (x, weight), rms, (0, 1))

    def loss(x, labels):
        return -np.take_along_axis(sp.log_softmax(x, axis=-1), labels[:, None], 1).mean()

    line("cross_entropy", of("cross_entropy"), (x, whole(n, rows)), loss, (0,))

line("bias_add", of("bias_add"), (normal(6, 33), normal(33)), np.add, (0, 1))
line("bias_add", of("bias_add"), (normal(3, 7, 64), normal(64)), np.add, (0, 1))
line("column_sum", of("column_sum"), (normal(700, 33),), lambda x: x.sum(0), (0,))
line("column_sum", of("column_sum"), (normal(3, 1000),), lambda x: x.sum(0), (0,))
for kind in (np.int64, np.int32):
    for width in (1, 5, 64):
        index = whole(9, 40, kind=kind)
        table, values = normal(9, width), normal(40, width)
        line("take", of("take"), (table, index), lambda t, i: t[i], (0,))

        def scattered(v, i):
            y = np.zeros((9, v.shape[1]))
            np.add.at(y, i, v)
            return y

        for fixed in (False, True):
            f = lambda v, i, fixed=fixed: cuda.scatter_add(v, i, 9, fixed)
            line("scatter_add", f, (values, index), scattered, (0,))


def accumulated(x, y, u, v):
    cuda.accumulate([(x, y), (u, v)], 0.5)
    return np.concatenate([y, v])


vectors = [normal(n, seed=n) for n in (301, 301, 7, 7)]
line("axpy", lambda x, y: cuda.axpy(-1.5, x, y), vectors[:2], lambda x, y: y - 1.5 * x)
line(
    "axpy",
    lambda x, y: cuda.axpy(-1.5, x, y),
    (vectors[0], Wide(vectors[1])),
    lambda x, y: y - 1.5 * x,
)
halved = lambda x, y, u, v: np.concatenate([y + 0.5 * x, v + 0.5 * u])
line("accumulate", accumulated, vectors, halved)


def sgd(p, g, m):
    cuda.sgd([p], [g], [m], lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True)
    return p


def sgd_formula(p, g, m):
    d = g + 0.01 * p
    return p - 0.1 * (d + 0.9 * (0.9 * m + d))


def sgd_with_master(p, g, master, m):
    cuda.sgd([p], [g], [m], lr=0.1, momentum=0.9, masters=[master])
    return p


def adam(decoupled, step):
    def f(p, g, m, v):
        at = step() if callable(step) else step
        options = dict(lr=0.1, weight_decay=0.02, decoupled=decoupled)
        cuda.adam([p], [g], [m], [v], at, **options)
        return p

    return f


def adam_formula(decoupled, step):
    def f(p, g, m, v):
        decay = 0.1 * 0.02 * p if decoupled else 0
        g = g if decoupled else g + 0.02 * p
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        return p - decay - 0.1 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)

    return f


state = [Wide(normal(301, seed=3)), Wide(positive(301, seed=4))]
line("sgd", sgd, (*vectors[:2], state[0]), sgd_formula)
line("adam", adam(False, 3), (*vectors[:2], *state), adam_formula(False, 3))
line("adam", adam(True, 2), (*vectors[:2], *state), adam_formula(True, 2))
count = lambda: np.array([4])
line("adam", adam(False, count), (*vectors[:2], *state), adam_formula(False, 5))


def gradients(case, args):
    """Of a sum of the function with weights, and of one of its first derivatives."""
    known = {}

    def weighted(y):
        shape = np.shape(y)
        if shape not in known:
            known[shape] = np.cos(np.arange(np.size(y))).reshape(shape).astype(y.dtype)
        return (y * known[shape]).sum()

    def total(*chosen):
        given = list(args)
        for i, x in zip(case.gradient, chosen, strict=True):
            given[i] = x
        return weighted(case.f(*given))

    chosen = [args[i] for i in case.gradient]
    found = zg.gradient(total, *chosen)
    if case.second:
        slopes = lambda *chosen: sum([weighted(g) for g in zg.gradient(total, *chosen)])
        found += zg.gradient(slopes, *chosen)
    return found


WORDS = {"float64": "int64", "float32": "int32", "float16": "int32"}
RANDOM = {
    "uniform": lambda dtype: cuda.uniform(cuda.Generator(7, 3), (5, 77), dtype),
    "normal": lambda dtype: cuda.normal(cuda.Generator(8), (1001,), dtype),
    "random_bits": lambda dtype: cuda.random_bits(cuda.Generator(9), (63,), WORDS[dtype]),
    "dropout": lambda dtype: cuda.dropout(off(np.ones(999, DTYPES[dtype])), 0.3, cuda.Generator(1)),
}
