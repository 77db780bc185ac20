"""Accumulation and optimisers, compared with those of PyTorch in float64."""

import ml_dtypes  # noqa: F401  makes NumPy know bfloat16
import numpy as np
import pytest

import zygcore as zg
from zygcore import cuda
from zygcore.cuda import _arrays, _backend
from zygcore.errors import UnsupportedError

DTYPES = ["float64", "float32", "float16", "bfloat16"]
BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}
#: half a unit in the last place
ROUNDING = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
SIZES = [
    (),
    (0,),
    (1,),
    (3,),
    (4,),
    (31,),
    (32,),
    (33,),
    (7, 5),
    (1023,),
    (1025,),
    (4097,),
    (9000,),
]
#: types of parameters and gradients that go together
PAIRS = [(t, t) for t in DTYPES] + [
    ("float32", "float16"),
    ("float32", "bfloat16"),
    ("float16", "float32"),
    ("bfloat16", "float32"),
]


def random(shape, dtype, seed=0):
    return np.asarray(np.random.default_rng(seed).normal(size=shape)).astype(dtype)


def wide(x):
    return np.asarray(x).astype(np.float64)


# -- accumulation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("x_type", DTYPES)
@pytest.mark.parametrize("y_type", DTYPES)
def test_axpy(place, x_type, y_type, shape):
    x, y = random(shape, x_type), random(shape, y_type, 1)
    to = place.put(y.copy())
    if x_type != y_type and BYTES[x_type] >= BYTES[y_type]:
        with pytest.raises(
            cuda.CudaError, match="axpy: y must have the dtype of x, or a wider one"
        ):
            cuda.axpy(0.7, place.put(x), to)
        return
    assert cuda.axpy(0.7, place.put(x), to) is to
    # the product and the sum are rounded, and the sum once more for storage; 0.7 is, too
    size = np.abs(0.7 * wide(x)) + np.abs(wide(y))
    limit = size * 3 * max(ROUNDING[y_type] if BYTES[y_type] > 2 else 2.0**-24, 2.0**-53)
    limit = limit + size * ROUNDING[y_type] + 6e-8 * (y_type == "float16")
    error = np.abs(wide(place.get(to)) - (wide(y) + 0.7 * wide(x)))
    assert np.all(error <= limit)


@pytest.mark.parametrize("dtype", DTYPES)
def test_axpy_of_any_layout(place, dtype):
    base = random((8, 9), dtype)
    for x in (base[::-1], base.T.copy().T, base[:, ::-1], np.broadcast_to(base[0], (8, 9))):
        y = place.put(np.zeros((8, 9), dtype))
        cuda.axpy(1.0, place.put(x), y)
        np.testing.assert_array_equal(wide(place.get(y)), wide(x))
    for first in range(1, 9):  # neither is at a boundary, or only one
        memory = place.put(np.zeros(80, dtype))
        cuda.axpy(2.0, place.put(base.ravel())[first : first + 60], memory[1:61])
        expected = np.zeros(80)
        expected[1:61] = 2 * wide(base.ravel()[first : first + 60])
        np.testing.assert_array_equal(wide(place.get(memory)), expected)


def test_axpy_special_values(place):
    x = np.array([np.inf, np.nan, 1e308, -np.inf, 1.0])
    y = place.put(np.array([1.0, 1.0, 1e308, np.inf, np.nan]))
    cuda.axpy(1.0, place.put(x), y)
    np.testing.assert_array_equal(place.get(y), [np.inf, np.nan, np.inf, np.nan, np.nan])
    y = place.put(np.array([60000.0], np.float16))
    cuda.axpy(1.0, y, y)  # itself
    assert np.isinf(place.get(y))[0]


def test_axpy_of_an_array_with_itself(place):
    for dtype in DTYPES:
        x = random((100,), dtype)
        y = place.put(x.copy())
        cuda.axpy(1.0, y, y)
        np.testing.assert_array_equal(wide(place.get(y)), 2 * wide(x))


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 130])
def test_accumulate_many(place, count):
    """Arrays of all dtypes and sizes, some without elements, in more launches than one."""
    rng = np.random.default_rng(count)
    pairs, expected = [], []
    for i in range(count):
        y_type = DTYPES[i % 2] if i % 3 else "float32"
        x_type = DTYPES[max(i % 4, DTYPES.index(y_type))] if i % 3 else "bfloat16"
        n = int(rng.choice([0, 1, 5, 100, 4096, 4100])) if i % 7 else 1
        x, y = random((n,), x_type, i), random((n,), y_type, i + 1)
        pairs.append((place.put(x), place.put(y.copy())))
        expected.append(wide(y) - 0.5 * wide(x))
    cuda.accumulate(pairs, -0.5)
    for (_, y), e in zip(pairs, expected, strict=True):
        np.testing.assert_allclose(wide(place.get(y)), e, rtol=2e-7, atol=2e-7)


def test_accumulate_refuses(place):
    put = place.put
    x, y = put(np.ones(8)), put(np.ones(8))
    cases = [
        ([(x, put(np.ones(7)))], "must have the same shape"),
        ([(put(np.ones((2, 4))), y)], "must have the same shape"),
        ([(x, put(np.ones((4, 4)))[:, ::2].T)], "the arrays must be contiguous"),
        ([(x, y), (put(np.ones(8)), y)], "shares memory with another"),
        ([(x, y), (y, put(np.ones(8)))], "shares memory with another"),
        ([(y[:-1], y[1:])], "shares memory with another"),
        ([(put(np.ones(9)), put(np.ones(9))), (x[:4], x[3:7])], "shares memory with another"),
        ([(x, put(np.ones(8, np.int64)))], "an array of float64"),
        ([(put(np.ones(8, bool)), y)], "an array of float64"),
        ([(x, [1.0] * 8)], "an array"),
        ([([1.0] * 8, y)], "an array"),
    ]
    for pairs, message in cases:
        with pytest.raises(cuda.CudaError, match=message) as info:
            cuda.accumulate(pairs)
        assert info.value.call == "axpy" and info.value.name == "cudaErrorInvalidValue"
    before = place.get(y).copy()
    with pytest.raises(cuda.CudaError):  # the second pair is wrong: nothing is written
        cuda.accumulate([(x, y), (put(np.ones(8)), put(np.ones(8, np.float32)))])
    np.testing.assert_array_equal(place.get(y), before)
    cuda.accumulate([(x, y), (x, put(np.ones(8)))])  # reading one array twice is fine


# -- optimisers -----------------------------------------------------------------------------------

SHAPES = [(3,), (), (0,), (5, 7), (1025,), (4099,)]


def torch_steps(make, shapes, steps, seed=0):
    """Parameters after each step of an optimiser of PyTorch, in float64, and the gradients."""
    torch = pytest.importorskip("torch", reason="the results are compared with those of PyTorch")
    params = [torch.tensor(random(s, "float64", i)) for i, s in enumerate(shapes)]
    optimiser, history, gradients = make(torch, params), [], []
    for step in range(steps):
        grads = [random(s, "float64", 100 * step + i + seed) for i, s in enumerate(shapes)]
        for p, g in zip(params, grads, strict=True):
            p.grad = torch.tensor(g)
        optimiser.step()
        history.append([p.numpy().copy() for p in params])
        gradients.append(grads)
    return history, gradients


def zeros(place, params, dtype):
    return [place.put(np.zeros(p.shape, dtype)) for p in params]


SGD = [
    {},
    {"weight_decay": 0.1},
    {"momentum": 0.9},
    {"momentum": 0.9, "weight_decay": 0.1},
    {"momentum": 0.8, "weight_decay": 0.1, "nesterov": True},
]


@pytest.mark.parametrize("options", SGD)
def test_sgd_like_torch(place, options):
    history, gradients = torch_steps(
        lambda torch, ps: torch.optim.SGD(ps, lr=0.05, **options), SHAPES, 6
    )
    params = [place.put(random(s, "float64", i)) for i, s in enumerate(SHAPES)]
    momenta = zeros(place, params, "float64") if "momentum" in options else None
    for expected, grads in zip(history, gradients, strict=True):
        cuda.sgd(params, [place.put(g) for g in grads], momenta, lr=0.05, **options)
        for p, e in zip(params, expected, strict=True):
            np.testing.assert_allclose(place.get(p), e, rtol=1e-13, atol=1e-14)


ADAM = [
    {},
    {"weight_decay": 0.1},
    {"betas": (0.8, 0.95), "eps": 1e-3},
    {"betas": (0.0, 0.9)},
    {"decoupled": True, "weight_decay": 0.1},
    {"decoupled": True, "weight_decay": 0.0},
]


def torch_adam(options):
    def make(torch, params):
        given = {"weight_decay": 0.0, **options}
        decoupled = given.pop("decoupled", False)
        kind = torch.optim.AdamW if decoupled else torch.optim.Adam
        return kind(params, lr=0.02, **given)

    return make


@pytest.mark.parametrize("counted", ["by the program", "on the GPU"])
@pytest.mark.parametrize("options", ADAM)
def test_adam_like_torch(place, options, counted):
    history, gradients = torch_steps(torch_adam(options), SHAPES, 6)
    params = [place.put(random(s, "float64", i)) for i, s in enumerate(SHAPES)]
    first, second = zeros(place, params, "float64"), zeros(place, params, "float64")
    count = place.put(np.zeros(1, np.int64))
    for step, (expected, grads) in enumerate(zip(history, gradients, strict=True), 1):
        number = step if counted == "by the program" else count
        cuda.adam(params, [place.put(g) for g in grads], first, second, number, lr=0.02, **options)
        for p, e in zip(params, expected, strict=True):
            np.testing.assert_allclose(place.get(p), e, rtol=1e-12, atol=1e-13)
    assert place.get(count)[0] == (0 if counted == "by the program" else 6)


def test_corrections_of_many_steps(place):
    """``1 - beta**step`` to full precision, from the first step to where it is 1."""
    count, both = place.put(np.zeros(1, np.int64)), place.put(np.zeros(2))
    for step in (1, 2, 1000, 10**6):
        count[0] = step - 1
        views = [_arrays.view(x, "adam") for x in (count, both)]
        options = 1e-3, 0.9, 0.999, 1e-8, 0.0, False, 0
        _backend.kernels().adam([], [], [], [], [], *options, *views)
        mpmath = pytest.importorskip("mpmath")
        exact = [1 - mpmath.mpf(0.9) ** step, mpmath.sqrt(1 - mpmath.mpf(0.999) ** step)]
        np.testing.assert_allclose(place.get(both), [float(e) for e in exact], rtol=1e-14)
        assert place.get(count)[0] == step


def start(place, p_type, g_type, gradients, masters):
    """Parameters, gradients rounded to their types, and masters."""
    params = [random(s, "float64", i).astype(p_type) for i, s in enumerate(SHAPES)]
    grads = [[g.astype(g_type) for g in some] for some in gradients]
    held = [place.put(p.astype(np.float32)) for p in params] if masters else None
    return [place.put(p) for p in params], grads, held


def rounded_steps(make, p_type, g_type):
    """What PyTorch makes, in float64, of the parameters and gradients after these are rounded."""
    torch = pytest.importorskip("torch", reason="the results are compared with those of PyTorch")
    params = [
        torch.tensor(random(s, "float64", i).astype(p_type).astype(np.float64))
        for i, s in enumerate(SHAPES)
    ]
    optimiser, history, gradients = make(torch, params), [], []
    for step in range(6):
        grads = [random(s, "float64", 100 * step + i) for i, s in enumerate(SHAPES)]
        for p, g in zip(params, grads, strict=True):
            p.grad = torch.tensor(g.astype(g_type).astype(np.float64))
        optimiser.step()
        history.append([p.numpy().copy() for p in params])
        gradients.append(grads)
    return history, gradients


@pytest.mark.parametrize(
    ("p_type", "g_type", "masters"),
    [(p, g, False) for p, g in PAIRS] + [(p, g, True) for p, g in PAIRS if BYTES[p] == 2],
)
@pytest.mark.parametrize("kind", ["sgd", "adam", "adamw"])
def test_lower_precision(place, kind, p_type, g_type, masters):
    """With masters, parameters are the rounded masters, which follow those of float64."""
    options = {"momentum": 0.9} if kind == "sgd" else {"weight_decay": 0.01}
    if kind == "sgd":
        make = lambda torch, ps: torch.optim.SGD(ps, lr=0.02, **options)
    else:
        make = torch_adam({**options, "decoupled": kind == "adamw"})
    history, gradients = rounded_steps(make, p_type, g_type)
    params, grads, held = start(place, p_type, g_type, gradients, masters)
    computed = "float64" if p_type == "float64" else "float32"
    states = zeros(place, params, computed), zeros(place, params, computed)
    for step, some in enumerate(grads, 1):
        some = [place.put(g) for g in some]
        if kind == "sgd":
            cuda.sgd(params, some, states[0], lr=0.02, masters=held, **options)
        else:
            options["decoupled"] = kind == "adamw"
            cuda.adam(params, some, *states, step, lr=0.02, masters=held, **options)
        for i, (p, e) in enumerate(zip(params, history[step - 1], strict=True)):
            got = wide(place.get(p))
            if masters:
                master = place.get(held[i])
                np.testing.assert_array_equal(got, wide(master.astype(p_type)))
                np.testing.assert_allclose(master, e, rtol=2e-6, atol=2e-6)
            else:  # rounded in each step
                error = (step * ROUNDING[p_type] + 20 * ROUNDING[computed]) * 1.1
                np.testing.assert_allclose(got, e, rtol=error, atol=error)


def test_unaligned_parameters(place):
    """In slices of one buffer, as flat parameters are, each with a boundary of its own."""
    for dtype in DTYPES:
        computed = "float64" if dtype == "float64" else "float32"
        flat, gradient = random((3000,), dtype), random((3000,), dtype, 1)
        whole = [place.put(flat.copy())], [place.put(gradient)]
        pieces = place.put(flat.copy()), place.put(gradient)
        cuts = [slice(0, 1), slice(1, 4), slice(4, 1030), slice(1030, 1030), slice(1030, 3000)]
        states = [place.put(np.zeros(3000, computed)) for _ in range(4)]
        cut = [[buffer[c] for c in cuts] for buffer in (*pieces, *states[2:])]
        cuda.adam(*whole, [states[0]], [states[1]], 1)
        cuda.adam(*cut, 1)
        for a, b in [(whole[0][0], pieces[0]), (states[0], states[2]), (states[1], states[3])]:
            np.testing.assert_array_equal(wide(place.get(a)), wide(place.get(b)))


def test_many_parameters(place):
    """More than one launch has room for."""
    params = [place.put(np.full(i % 5, float(i))) for i in range(150)]
    grads = [place.put(np.ones(i % 5)) for i in range(150)]
    cuda.sgd(params, grads, lr=0.5)
    for i, p in enumerate(params):
        np.testing.assert_array_equal(place.get(p), np.full(i % 5, i - 0.5))
    cuda.sgd([], [], lr=1.0)


def test_zero_and_infinite_gradients(place):
    w, m, v = (place.put(np.array(x)) for x in ([1.0, 1.0, 1.0], [0.0] * 3, [0.0] * 3))
    cuda.adam([w], [place.put(np.array([0.0, np.inf, np.nan]))], [m], [v], 1, lr=0.1)
    assert place.get(w)[0] == 1  # 0 / eps
    assert np.isnan(place.get(w)[1:]).all()  # as in PyTorch


def test_optimisers_refuse(place):
    put = place.put
    w, g, m, v = (put(np.ones(8)) for _ in range(4))
    half, other = put(np.ones(8, np.float16)), put(np.ones(8, np.float32))
    bad = [
        (lambda: cuda.sgd([w], [g], lr=-1.0), "lr must not be negative"),
        (lambda: cuda.sgd([w], [g], lr=float("nan")), "lr must not be negative"),
        (lambda: cuda.sgd([w], [g], lr=1.0, momentum=0.9), "momentum needs an array of it"),
        (lambda: cuda.sgd([w], [g], [m], lr=1.0, nesterov=True), "momentum of Nesterov needs"),
        (lambda: cuda.sgd([w], [g, m], lr=1.0), "the lists must be of one length"),
        (lambda: cuda.sgd([w], [g], [m, v], lr=1.0, momentum=0.9), "lists must be of one length"),
        (lambda: cuda.sgd([w], [put(np.ones(7))], lr=1.0), "must have the same shape"),
        (lambda: cuda.sgd([w], [other], lr=1.0), "parameters and gradients must have the same"),
        (
            lambda: cuda.sgd([half], [put(np.ones(8, "bfloat16"))], lr=1.0),
            "must have the same dtype",
        ),
        (lambda: cuda.sgd([half[1:]], [half[:-1]], lr=1.0), "shares memory with another"),
        (lambda: cuda.sgd([w, w], [g, g], lr=1.0), "shares memory with another"),
        (lambda: cuda.sgd([w], [g], lr=1.0, masters=[m]), "masters are for parameters of 16 bits"),
        (
            lambda: cuda.sgd([half], [other], lr=1.0, masters=[w]),
            "masters and moments must be float32",
        ),
        (lambda: cuda.adam([w], [g], [m], [other], 1), "masters and moments must be float32"),
        (lambda: cuda.adam([w], [g], [m], [m], 1), "shares memory with another"),
        (lambda: cuda.adam([w], [g], [m], [], 1), "two moments are needed"),
        (lambda: cuda.adam([w], [g], [m], [v], 0), "steps are counted from 1"),
        (lambda: cuda.adam([w], [g], [m], [v], put(np.zeros(1))), "step must be an int"),
        (lambda: cuda.adam([w], [g], [m], [v], 1, betas=(0.9, 1.0)), "betas must be less than 1"),
        (lambda: cuda.adam([w], [g], [m], [v], 1, eps=-1.0), "eps must not be negative"),
        (lambda: cuda.adam([put(np.ones((4, 4)))[:, ::2]], [g], [m], [v], 1), "be contiguous"),
        (lambda: cuda.adam([put(np.ones(8, np.int32))], [g], [m], [v], 1), "an array of float64"),
        (lambda: cuda.adam([[1.0]], [g], [m], [v], 1), "an array"),
    ]
    for call, message in bad:
        with pytest.raises(cuda.CudaError, match=message) as info:
            call()
        assert info.value.name == "cudaErrorInvalidValue"
    for x in (w, g, m, v):
        np.testing.assert_array_equal(place.get(x), np.ones(8))


# -- in a function that is differentiated ---------------------------------------------------------


@pytest.mark.parametrize(
    "update",
    [
        lambda x, y: cuda.axpy(2.0, x, y),
        lambda x, y: cuda.axpy(x[0], y + 1, y),
        lambda x, y: cuda.accumulate([(x, y)]),
        lambda x, y: cuda.sgd([y], [x], lr=0.1),
        lambda x, y: cuda.sgd([y], [y + 1], lr=x[0]),
        lambda x, y: cuda.sgd([y], [y + 1], [x], lr=1.0, momentum=0.5),
        lambda x, y: cuda.adam([x], [y], [y + 0], [y + 0], 1),
        lambda x, y: cuda.adam([y], [y + 1], [y + 0], [y + 0], 1, lr=x[0]),
    ],
)
def test_no_gradient_through_what_is_written(update):
    def f(x):
        y = np.zeros(3)
        update(x, y)
        return (x * y).sum()

    for derivative in (zg.gradient, lambda f, x: zg.jvp(f, (x,), (np.ones(3),))):
        with pytest.raises(UnsupportedError, match="write in place and have no derivative"):
            derivative(f, np.ones(3))


@pytest.mark.parametrize(
    "update",
    [
        lambda y: cuda.axpy(1.0, np.ones(3), y),
        lambda y: cuda.accumulate([(np.ones(3), y)]),
        lambda y: cuda.sgd([y], [np.ones(3)], lr=0.5),
        lambda y: cuda.adam([y], [np.ones(3)], [np.zeros(3)], [np.zeros(3)], 1),
    ],
)
def test_no_update_of_what_a_pullback_may_need(update):
    """The product keeps a constant, which is overwritten: the gradient would be another."""
    y = np.full(3, 5.0)

    def f(x):
        z = x * y
        update(y)
        return z.sum()

    with pytest.raises(UnsupportedError, match="write in place and have no derivative"):
        zg.gradient(f, np.ones(3))
    np.testing.assert_array_equal(y, np.full(3, 5.0))


def test_updates_between_gradients():
    """What the functions are for: a fit of a line, where each step takes a gradient."""
    t = np.linspace(-1, 1, 20)
    w, m, v = np.zeros(2), np.zeros(2), np.zeros(2)
    for step in range(1, 400):
        (dw,) = zg.gradient(lambda w: ((w[0] + w[1] * t - (2 - 3 * t)) ** 2).mean(), w)
        cuda.adam([w], [dw], [m], [v], step, lr=0.1)
    np.testing.assert_allclose(w, [2, -3], atol=1e-3)
