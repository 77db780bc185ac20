"""PyTorch's tensors: gradients are those of PyTorch."""

import math
import operator

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, OutputError, UnsupportedError

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
functional = torch.nn.functional

rng = np.random.default_rng(0)
X = torch.tensor(rng.standard_normal(4))
A = torch.tensor(rng.standard_normal((3, 4)))


def reference(f, *xs):
    ys = [x.clone().requires_grad_() for x in xs]
    return torch.autograd.grad(f(*ys), ys, allow_unused=True)


PROGRAMS = {
    "operators": (lambda x: (torch.tanh(x) * x + 2 / x - x**2 + (1 - x)).sum(), X),
    "matmul": (lambda a: torch.sum((a @ X) ** 2), A),
    "items": (lambda a: (a[1:, ::2] * a[0, 0]).sum() + a[[0, 0, 2]].pow(2).sum(), A),
    "cross entropy": (lambda a: functional.cross_entropy(a, torch.tensor([0, 1, 2])), A),
    "concatenation": (lambda x: torch.cat([x, x * 2]).pow(3).sum(), X),
    "attributes": (lambda a: (a.T @ a).trace() + a.mT.sum(), A),
    "loop": (lambda x: sum(x[i] * x[i] for i in range(4)), X),
    "singular values": (lambda a: torch.linalg.svd(a)[1].sum(), A),
    "named parts": (lambda a: a.max(dim=1).values.sum() + torch.sort(a)[0][0, 0], A),
    "where": (lambda x: torch.where(x > 0, x, x * x).sum(), X),
    "norms": (lambda a: functional.layer_norm(a, (4,)).pow(2).sum() * a.norm(), A),
    "product": (lambda x: (1 - x).prod() * (2.0**x).mean(), X),
    "list": (lambda a: torch.stack([c.sum() for c in a.unbind(0)]).prod(), A),
    "complex": (lambda x: torch.abs(torch.exp(1j * x) * (x + 1j)).sum(), X),
    "unused": (lambda x: torch.ones(()).double() * 2, X),
}

# what a tensor is iterated over, once in a process, is warned of
pytestmark = pytest.mark.filterwarnings("ignore::zygcore.interop._protocols.ElementLoopWarning")


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients(name):
    f, x = PROGRAMS[name]
    y, (got,) = zg.withgradient(f, x)
    assert torch.equal(y, f(x)) and not x.requires_grad
    if name == "unused":
        assert got is None
        return
    assert not got.requires_grad
    torch.testing.assert_close(got, reference(f, x)[0], rtol=1e-12, atol=1e-14)


SECOND = [name for name in PROGRAMS if name not in ("unused", "loop")]


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives(name):
    f, x = PROGRAMS[name]
    got = zg.gradient(lambda x: zg.gradient(f, x)[0].pow(2).sum(), x)[0]
    y = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(f(y), y, create_graph=True)
    expected = (
        torch.autograd.grad(g.pow(2).sum(), y, allow_unused=True)[0] if g.requires_grad else None
    )
    if expected is None:
        assert got is None or not got.any()
    else:
        torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", SECOND)
def test_forward_mode(name):
    f, x = PROGRAMS[name]
    _, got = zg.jvp(f, (x,), (x,))
    torch.testing.assert_close(got, (reference(f, x)[0] * x).sum(), rtol=1e-10, atol=1e-12)


def test_several_tensors_and_the_same_twice():
    f = lambda x, a: ((a @ x) ** 2).sum() + (x * x).sum()
    for got, expected in zip(zg.gradient(f, X, A), reference(f, X, A), strict=True):
        torch.testing.assert_close(got, expected)
    (dx,) = zg.gradient(lambda x: torch.dot(x, x), X)
    torch.testing.assert_close(dx, 2 * X)


def test_a_module():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    model = model.double()
    (dx,) = zg.gradient(lambda x: model(x).sum(), A)
    torch.testing.assert_close(dx, reference(lambda x: model(x).sum(), A)[0])


def test_numbers_of_tensors():
    (dx,) = zg.gradient(lambda x: float(x.sum()) ** 2 + x.mean().item(), X)
    torch.testing.assert_close(dx, reference(lambda x: x.sum() ** 2 + x.mean(), X)[0])
    (dk,) = zg.gradient(lambda k: (X * k).sum(), torch.tensor(2.0).double())
    torch.testing.assert_close(dk, X.sum())


def test_a_pullback_is_called_twice():
    y, back = zg.pullback(lambda a: torch.softmax(a, 1), A)
    dy = torch.ones_like(y) * torch.arange(4.0)
    torch.testing.assert_close(back(dy)[0], back(dy)[0], rtol=0, atol=0)


def test_integers_have_no_gradient():
    labels = torch.tensor([0, 1, 2])
    assert zg.gradient(lambda a, t: functional.cross_entropy(a, t), A, labels)[1] is None


def iadd(x):
    y = x * 1
    y += x
    return y.sum()


@pytest.mark.parametrize("f, error", [
    (lambda x: (x * 2).add_(1).sum(), UnsupportedError),
    (iadd, UnsupportedError),
    (lambda x: operator.setitem(x * 2, 0, x[1]), UnsupportedError),
    (lambda x: torch.sin(x, out=torch.empty(4).double()).sum(), UnsupportedError),
    (lambda x: operator.setitem((x * 2).numpy(), 0, 1.0), UnsupportedError),
    (lambda x: np.sin(x).sum(), UnsupportedError),
    (lambda x: (x * np.ones(4)).sum(), UnsupportedError),
    (lambda x: torch.from_dlpack(x).sum(), AdjointError),
    (lambda x: x.untyped_storage()[0] * 1.0, AdjointError),
    (lambda x: x.clone().requires_grad_().sum(), UnsupportedError),
    (lambda x: x.sum().backward() or x.sum(), UnsupportedError),
    (lambda x: x * 2, OutputError),
    (lambda x: (x * 1j).sum(), OutputError),
])  # fmt: skip
def test_errors(f, error):
    with pytest.raises(error):
        zg.gradient(f, X.clone())


def test_memory_that_is_shared_with_numpy():
    memory = np.ones(4)
    k = torch.from_numpy(memory)

    def f(x):
        y = (x * k).sum()
        memory[0] = 9.0
        return y

    (dx,) = zg.gradient(f, X)
    assert dx.tolist() == [1, 1, 1, 1] and memory[0] == 9.0
    with pytest.raises(UnsupportedError, match="write to a copy"):
        zg.gradient(f, k)

    def before(x):
        memory[0] = 9.0
        return (x * x).sum()

    with pytest.raises(UnsupportedError, match="write to a copy"):
        zg.gradient(before, k)


def test_memory_of_numpy_that_is_written_with_what_is_active():
    memory = np.ones(4)
    k = torch.from_numpy(memory)

    def f(x):
        before = (k * k).sum()
        memory[0] = x
        return float(before + (k * k).sum())

    with pytest.raises(AdjointError, match="shares the memory"):
        zg.gradient(f, 2.0)


def test_what_is_overwritten_before_a_pullback_is_called():
    memory = X.numpy().copy()
    x, k = torch.from_numpy(memory), torch.ones(4).double()
    y, back = zg.pullback(lambda x: torch.exp(x) * k, x)
    memory[:] = 0.0
    k.numpy()[:] = 0.0
    y.numpy()[:] = 0.0
    for _ in range(2):
        torch.testing.assert_close(back(torch.ones(4).double())[0], X.exp())
    assert not memory.any() and not k.any() and not y.any()
    k.add_(1)  # which PyTorch knows
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        back(torch.ones(4).double())


def test_parts_of_a_value_that_are_overwritten():
    y, back = zg.pullback(lambda x: [torch.exp(x), (x * 2)[1:]], X.clone())
    y[0].numpy()[:] = 0.0
    (dx,) = back([torch.ones(4).double(), torch.ones(3).double()])
    torch.testing.assert_close(dx, X.exp() + torch.tensor([0.0, 2.0, 2.0, 2.0]))


def test_what_an_inner_pullback_keeps():
    memory = np.ones(4)
    k = torch.from_numpy(memory)

    def f(x):
        _, back = zg.pullback(lambda z: (z * k).sum(), X)
        memory[0] = 9.0
        return (back(torch.tensor(1.0).double())[0] * x).sum()

    with pytest.raises(UnsupportedError, match="write to a copy"):
        zg.gradient(f, X)


#: of Python's numbers: the same function takes a tensor
OF_NUMBERS = {
    "product": lambda k: (X * k).sum(),
    "single": lambda k: (X.float() * k).sum(),
    "whole": lambda k: (torch.arange(3) * k).sum(),
    "difference": lambda k: (k - X).sum(),
    "power": lambda k: (X.abs() ** k).sum() + (k ** X).sum(),
    "clamp": lambda k: torch.clamp(X * 9, k).sum(),
    "keyword": lambda k: torch.clamp(X * 9, max=k).sum(),
    "full": lambda k: (torch.full((2, 3), k) ** 2).sum(),
    "full_like": lambda k: (torch.full_like(X, k) ** 2).sum() + (X.new_full((2,), k) * X[:2]).sum(),
    "where": lambda k: torch.where(X > 0, X, k).sum(),
}  # fmt: skip
MADE = {
    "tensor": lambda k: (torch.tensor([[k, 1.0], [k * k, 2 * k]]) ** 2).sum(),
    "list": lambda k: sum(v * v for v in (torch.as_tensor([k, 2.0]) * 3).tolist()),
    "items": lambda k: (X * k).sum().item() + float((X * k)[0]) + math.sin((X * k)[1]),
}


def slope(f, x, h=1e-4):
    return (float(f(x + h)) - float(f(x - h))) / (2 * h)


@pytest.mark.parametrize("f", [*OF_NUMBERS.values(), *MADE.values()], ids=[*OF_NUMBERS, *MADE])
def test_numbers(f):
    with torch.no_grad():
        y, (dk,) = zg.withgradient(f, 1.75)
    assert type(dk) is float and float(y) == float(f(1.75))
    single = f is OF_NUMBERS["single"] or f is OF_NUMBERS["whole"] or f is OF_NUMBERS["full"]
    tolerance = 2e-3 if single or f in MADE.values() else 1e-6  # of differences in float32
    assert dk == pytest.approx(slope(f, 1.75), rel=tolerance)
    if f in OF_NUMBERS.values() and "full" not in f.__code__.co_names:
        k = torch.tensor(1.75, dtype=torch.float64)
        assert dk == pytest.approx(float(zg.gradient(f, k)[0]), rel=1e-6)
    _, v = zg.jvp(f, (1.75,), (2.0,))
    assert float(v) == pytest.approx(2 * dk, rel=1e-6)


def test_second_derivatives_of_numbers():
    f = lambda k: zg.gradient(lambda k: (X.abs() ** k).sum().item(), k)[0]
    expected = (X.abs() ** 1.5 * X.abs().log() ** 2).sum().item()
    assert zg.gradient(f, 1.5)[0] == pytest.approx(expected, rel=1e-12)


def test_axes_and_sizes_have_no_gradient():
    f = lambda a, axis, n: a.sum(axis).reshape(n).pow(2).sum()
    da, *rest = zg.gradient(f, A, 0, 4)
    torch.testing.assert_close(da, reference(lambda a: f(a, 0, 4), A)[0])
    assert rest == [None, None]
    for k in (1, 1.0):
        with pytest.raises(AdjointError, match="pass a tensor"):
            zg.gradient(lambda k: functional.leaky_relu(X, k).sum(), k)


KEYWORDS = {
    "linear": lambda x: functional.linear(input=x, weight=A, bias=x[:3]).pow(2).sum(),
    "layer_norm": lambda x: functional.layer_norm(A, (4,), weight=x, bias=x * x).pow(2).sum(),
    "where": lambda x: torch.where(x > 0, input=x * x, other=torch.exp(x)).sum(),
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_tensors_as_keywords(name):
    f = KEYWORDS[name]
    torch.testing.assert_close(zg.gradient(f, X)[0], reference(f, X)[0])
    _, v = zg.jvp(f, (X,), (X,))
    torch.testing.assert_close(v, (reference(f, X)[0] * X).sum())
    twice = zg.gradient(lambda x: zg.gradient(f, x)[0].pow(2).sum(), X)[0]
    y = X.clone().requires_grad_()
    (g,) = torch.autograd.grad(f(y), y, create_graph=True)
    torch.testing.assert_close(twice, torch.autograd.grad(g.pow(2).sum(), y)[0])


THERE_AND_BACK = {
    "numpy": lambda x: (x * 2).numpy(),
    "asarray": lambda x: np.asarray(x * 2),
    "array": lambda x: np.array(x * 2, dtype=np.float64),
    "force": lambda x: (x * 2).numpy(force=True),
}


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy")  # PyTorch's
@pytest.mark.parametrize("name", THERE_AND_BACK)
def test_arrays_of_tensors(name):
    f = lambda x: np.sum(THERE_AND_BACK[name](x) ** 3)
    (dx,) = zg.gradient(f, X)
    torch.testing.assert_close(dx, 24 * X**2)
    twice = zg.gradient(lambda x: zg.gradient(f, x)[0].sum(), X)[0]
    torch.testing.assert_close(twice, 48 * X)
    _, v = zg.jvp(f, (X,), (X,))
    assert v == pytest.approx((24 * X**3).sum().item())


@pytest.mark.parametrize("make", [torch.from_numpy, torch.as_tensor, torch.tensor])
def test_tensors_of_arrays(make):
    a = X.numpy().copy()
    f = lambda a: (make(a * 2) ** 3).sum()
    (da,) = zg.gradient(f, a)
    assert type(da) is np.ndarray
    np.testing.assert_allclose(da, 24 * a**2)
    np.testing.assert_allclose(zg.gradient(lambda a: zg.gradient(f, a)[0].sum(), a)[0], 48 * a)


def test_methods_that_are_called_later():
    """The array that a bound method is of is active, also where it is called."""
    later = [
        lambda x: [m() for m in (x.sin,)][0].sum(),
        lambda x: (lambda m, args: m(*args))(x.sin, ()).sum(),
        lambda x: x.sin().sum(),
        lambda x: operator.methodcaller("sin")(x).sum(),
        lambda x: list(map(x.mul, [1.0]))[0].sin().sum(),
    ]
    for f in later:
        torch.testing.assert_close(zg.gradient(f, X)[0], X.cos())


def test_no_grad():
    """What a program does in it is constant; around a gradient it says nothing."""

    def f(x):
        with torch.no_grad():
            y = x * x
        return (y * x).sum()

    torch.testing.assert_close(zg.gradient(f, X)[0], X * X)
    with torch.no_grad():
        torch.testing.assert_close(zg.gradient(f, X)[0], X * X)
        assert not torch.is_grad_enabled()
        with pytest.raises(UnsupportedError):
            zg.gradient(iadd, X)
        assert not torch.is_grad_enabled()

    def inside(x):
        with torch.no_grad():
            (g,) = zg.gradient(lambda z: (z**3).sum(), x)
        return (g * x).sum()

    with pytest.raises(UnsupportedError, match="no_grad"):
        zg.gradient(inside, X)


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, dy):
        return 3.5 * dy * ctx.saved_tensors[0] ** 2  # which is not what `forward` has


def test_functions_with_a_backward_of_their_own():
    torch.testing.assert_close(zg.gradient(lambda x: Cube.apply(x).sum(), X)[0], 3.5 * X * X)


@pytest.mark.parametrize("f", [
    lambda x: torch.unique(x).sum(),
    lambda x: torch.bincount(torch.tensor([0, 1, 1, 2]), x).sum(),
])  # fmt: skip
def test_what_pytorch_has_no_derivative_of(f):
    with pytest.raises((RuntimeError, NotImplementedError), match="not implemented"):
        zg.gradient(f, X)


def test_jacobians_and_hessians():
    f = lambda x: torch.tanh(A @ x) * x[:3]
    (j,) = zg.jacobian(f, X)
    torch.testing.assert_close(j, torch.autograd.functional.jacobian(f, X))
    g = lambda x: (torch.exp(A @ x) * x[0]).sum()
    expected = torch.autograd.functional.hessian(g, X)
    torch.testing.assert_close(zg.hessian(g, X), expected)
    torch.testing.assert_close(zg.diaghessian(g, X)[0], expected.diagonal())
    h = zg.hessian(lambda d: g(d["x"]) + d["k"] * d["x"].sum(), {"x": X, "k": 2.0})
    torch.testing.assert_close(h["x"]["x"], expected)
    torch.testing.assert_close(h["k"]["x"], torch.ones(4).double())
    torch.testing.assert_close(h["x"]["k"], torch.ones(4).double())
    (dx,) = zg.gradient(lambda x: zg.forwarddiff(g, x), X)
    torch.testing.assert_close(dx, reference(g, X)[0])
    with pytest.raises(OutputError, match="complex"):
        zg.hessian(lambda x: (x * x).real.sum(), X * 1j)
    with pytest.raises(OutputError, match="complex"):
        zg.jacobian(lambda x: x * 1j, X)


def batch_norm(training):
    def f(x, w, b):
        mean, var = torch.zeros(4).double(), torch.ones(4).double()
        y = functional.batch_norm(x, mean, var, w, bias=b, training=training)
        return (y**3).sum() + 0 * mean.sum()

    return f


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm(training):
    f = batch_norm(training)
    for got, expected in zip(zg.gradient(f, A, X, X), reference(f, A, X, X), strict=True):
        torch.testing.assert_close(got, expected)
    slope = lambda x: zg.gradient(lambda x: f(x, X, X), x)[0].pow(2).sum()
    y = A.clone().requires_grad_()
    (g,) = torch.autograd.grad(f(y, X, X), y, create_graph=True)
    expected = torch.autograd.grad(g.pow(2).sum(), y, allow_unused=True)[0]
    torch.testing.assert_close(zg.gradient(slope, A)[0], expected)


def test_running_statistics():
    """They are written once, and have no derivative where the function trains."""

    def f(x, mean, var, training):
        return functional.batch_norm(x, mean, var, training=training).pow(3).sum()

    mean, var = torch.zeros(4).double(), torch.ones(4).double()
    zg.gradient(lambda x: f(x, mean, var, True), A)
    expected = 0.1 * A.mean(0)
    torch.testing.assert_close(mean, expected)
    mean.zero_()
    zg.gradient(lambda x: zg.gradient(lambda x: f(x, mean, var, True), x)[0].pow(2).sum(), A)
    torch.testing.assert_close(mean, expected)
    dx, *rest = zg.gradient(f, A, mean, var, True)
    assert rest == [None, None, None] and dx.shape == A.shape
    with pytest.raises(AdjointError, match="running statistics"):
        zg.gradient(f, A, mean, var, False)


def test_modules_and_functional_call():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(36, 5),
    ).double()  # fmt: skip
    x, labels = torch.randn(6, 1, 8, 8).double(), torch.tensor([0, 1, 2, 3, 4, 0])
    params = {k: v.detach().clone() for k, v in model.named_parameters()}
    loss = lambda params: functional.cross_entropy(
        torch.func.functional_call(model, params, (x,)), labels
    )
    (got,) = zg.gradient(loss, params)
    variables = {k: v.clone().requires_grad_() for k, v in params.items()}
    expected = torch.autograd.grad(loss(variables), list(variables.values()))
    for one, known in zip(got.values(), expected, strict=True):
        torch.testing.assert_close(one, known)
    assert int(model[1].num_batches_tracked) == 2
    with pytest.raises(AdjointError, match="functional_call"):  # with respect to an epsilon
        zg.gradient(lambda m: functional.cross_entropy(m(x), labels), model)
    plain = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Softplus()).double()
    (dm,) = zg.gradient(lambda m: m[0](A).pow(2).sum(), plain)
    dw = dm._modules["0"]._parameters["weight"]
    expected = torch.autograd.grad(plain[0](A).pow(2).sum(), plain[0].weight)[0]
    torch.testing.assert_close(dw, expected)


def with_other_data(x):
    k = torch.ones(4).double()
    k.data = x
    return (k * k).sum()


def with_other_data_later(x):
    k = torch.ones(4).double()
    y = (x * k).sum()
    k.data = torch.zeros(4).double()
    return y


def with_another_part(x):
    z = x * 1j
    z.real = x
    return z.real.sum()


@pytest.mark.parametrize("f", [with_other_data, with_other_data_later, with_another_part])
def test_attributes_that_write(f):
    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.gradient(f, X)


def test_attributes_that_say_nothing():
    def f(x):
        k = torch.ones(4).double()
        y = (x * k).sum()
        k.grad, k.note = None, x * 2
        return y + k.note.sum()

    assert zg.gradient(f, X)[0].tolist() == [3, 3, 3, 3]


def changed_list(x):
    xs = [x * 1.0, torch.ones(4).double()]
    y = torch.stack(xs)
    xs.pop()
    return (y * y).sum()


def changed_index(x):
    i, j = [0, 1, 2, 3], np.arange(4)
    y = x[i] * x[j]
    i[0] = j[0] = 1
    return y.sum()


@pytest.mark.parametrize("f", [changed_list, changed_index])
def test_lists_and_indices_that_change_later(f):
    torch.testing.assert_close(zg.gradient(f, X)[0], 2 * X)
    twice = zg.gradient(lambda x: zg.gradient(f, x)[0].pow(2).sum(), X)[0]
    torch.testing.assert_close(twice, 8 * X)


def test_an_index_that_is_overwritten_before_the_pullback_is_called():
    i, j = torch.tensor([0, 2]), [0, 2]
    for index, write in ((i, i.numpy()), (j, j)):
        _, back = zg.pullback(lambda x, index=index: x[index], X)
        write[0] = 1
        for _ in range(2):
            assert back(torch.ones(2).double())[0].tolist() == [1, 0, 1, 0]
        write[0] = 0


def test_what_the_program_sets_stays():
    def f(x):
        torch.set_grad_enabled(False)
        return (x * x).sum()

    try:
        assert zg.gradient(f, X) == (None,)
        assert not torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)
