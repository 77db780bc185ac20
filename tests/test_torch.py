"""PyTorch's tensors: gradients are those of PyTorch."""

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
    for f in (lambda k: (X * k).sum(), lambda k: torch.clamp(X, k).sum(), lambda k: (k - X).sum()):
        with pytest.raises(AdjointError, match="pass a tensor"):
            zg.gradient(f, 2.0)
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
    (lambda x: (x * 2).numpy().sum(), AdjointError),
    (lambda x: np.asarray(x * 2).sum(), AdjointError),
    (lambda x: x * 2, OutputError),
    (lambda x: (x * 1j).sum(), OutputError),
])  # fmt: skip
def test_errors(f, error):
    with pytest.raises(error):
        zg.gradient(f, X.clone())
