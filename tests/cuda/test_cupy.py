"""CuPy's own arrays, over memory of the host: dispatch to rules, views, our kernels on the CPU."""

import ast
import ctypes
import importlib.util
import warnings
from pathlib import Path

import cupy_names
import numpy as np
import pytest

import zygcore as zg
from zygcore import cuda
from zygcore.errors import AdjointError, CudaError, UnsupportedError
from zygcore.interop import _namespace, _rules
from zygcore.interop._known import KNOWN, SNAPSHOTS
from zygcore.rules.registry import RULES

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a CUDA that is not there
    cp = pytest.importorskip("cupy", reason="CuPy is not installed")

pytestmark = pytest.mark.skipif(cuda.is_available(), reason="its arrays are on a GPU here")

A = np.random.default_rng(0).standard_normal((3, 4))


def pointer(buffer):
    memory = cp.cuda.UnownedMemory(buffer.ctypes.data, buffer.nbytes, buffer, 0)
    return cp.cuda.MemoryPointer(memory, 0)


def put(array):
    """An array of CuPy's over the memory of one of NumPy's."""
    array = np.array(array, order="C")
    return cp.ndarray(array.shape, array.dtype, pointer(array if array.nbytes else np.zeros(1)))


def get(x):
    """What is in it, without asking CUDA."""
    size = 1 + sum((n - 1) * abs(s) for n, s in zip(x.shape, x.strides, strict=True)) // x.itemsize
    kind = ctypes.c_char * (size * x.itemsize)
    owner = np.frombuffer(kind.from_address(x.data.ptr), np.uint8)
    flat = owner.view(x.dtype)
    return np.lib.stride_tricks.as_strided(flat, x.shape, x.strides).copy()


class HostSnapshot:
    """A snapshot of an array over memory of the host, where CuPy cannot copy."""

    def __init__(self, array):
        self.array, self.copy = array, get(array)

    def changed(self):
        return get(self.array).tobytes() != self.copy.tobytes()

    def again(self):
        return HostSnapshot(self.array)

    def put_back(self):
        write(self.array, self.copy)


def write(x, values):
    """Writes into an array of C order, as another library might."""
    values = np.asarray(values, x.dtype, order="C")
    ctypes.memmove(x.data.ptr, values.ctypes.data, values.nbytes)


@pytest.fixture(autouse=True)
def on_the_host():
    """New arrays are on the host, too."""
    before = cp.cuda.get_allocator()
    cp.cuda.set_allocator(lambda size: pointer(np.zeros(max(size, 1), np.uint8)))
    zg.gradient(lambda x: x, 1.0)  # the rules for what was imported are registered
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SNAPSHOTS, cp.ndarray, HostSnapshot)
        yield
    cp.cuda.set_allocator(before)


def test_what_is_overwritten_before_a_pullback_is_called():
    """By views, and by those who have the address."""
    x = put(A)
    y, back = zg.pullback(lambda x: cuda.exp(x.T), x)
    write(x, A * 0)
    write(y, A.T * 0)
    dy = put(np.ones((4, 3)))
    for _ in range(2):
        np.testing.assert_allclose(get(back(dy)[0]), np.exp(A), rtol=1e-14)
    assert not get(x).any() and not get(y).any()


def test_memory_of_numpy_that_is_shared():
    """It is written by an array of NumPy's: the old contents are saved, or that is refused."""
    memory = np.ones(4)
    k = cp.ndarray((4,), float, pointer(memory))

    def f(x):
        y = cuda.multiply(x, k)
        memory[0] = 9.0
        return y

    back = zg.pullback(f, put(A[0]))[1]
    assert memory[0] == 9.0
    np.testing.assert_array_equal(get(back(put(np.ones(4)))[0]), 1.0)
    assert memory[0] == 9.0
    with pytest.raises(UnsupportedError, match="write to a copy"):
        zg.pullback(f, k)


def test_rules_are_those_for_numpy():
    assert cp.ndarray in KNOWN
    missing = []
    for key in list(RULES):
        name = getattr(key, "__name__", "")
        if vars(np).get(name) is key and callable(getattr(cp, name, None)):
            own = getattr(cp, name)
            if own not in RULES and not isinstance(own, type):
                missing.append(name)
    # what CuPy takes over from NumPy, or NumPy has as Python code over other functions
    assert len(missing) < 40, missing
    for f in (
        cp.tanh,
        cp.add,
        cp.sum,
        cp.linalg.solve,
        cp.where,
        cp.einsum,
        cp.concatenate,
        cp.fft.fft,
    ):
        assert f in RULES, f
    assert RULES[cp.tanh].function.__module__.startswith("zygcore.interop._cupy")


@pytest.mark.skipif(cp.__version__ != "14.2.0", reason="the list is that of CuPy 14.2.0")
def test_the_fake_library_has_what_cupy_has():
    assert cupy_names.lines(cp) == cupy_names.FILE.read_text().splitlines()


#: what only their own rules call, which CuPy has no use for
NUMPYS = {"einsum_path", "linalg.svdvals", "matvec", "vecdot", "vecmat"}


def test_rules_use_what_cupy_has():
    """Names of NumPy in the source of the rules that are made again."""
    lacking = set()
    for name in _rules._AGAIN:
        tree = ast.parse(Path(importlib.util.find_spec(f"zygcore.rules.{name}").origin).read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) or isinstance(node, ast.Lambda):
                lacking |= {path for path in map(path_of, ast.walk(node)) if is_lacking(path)}
    assert lacking == NUMPYS


def path_of(node):
    """``linalg.inv`` for the syntax of ``np.linalg.inv``."""
    names = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return ".".join(names) if isinstance(node, ast.Name) and node.id == "np" else ""


def is_lacking(path):
    names = path.split(".")[: 2 if path.startswith(("linalg.", "fft.")) else 1]
    if not path or names[0] in _namespace._HOST:
        return False
    host, own = np, cp
    for name in names:
        host, own = getattr(host, name), getattr(own, name, None)
    return callable(host) and not isinstance(host, type) and own is None


@pytest.mark.parametrize("f", [
    lambda x: x.reshape(*(2, 6)),
    lambda x: (lambda method: method(4, 3))(x.reshape),
    lambda x: getattr(x, "rav" + "el")(),
    lambda x: x.T,
    lambda x: x.reshape(2, 6),
    lambda x: x.ravel(),
    lambda x: x.swapaxes(0, 1),
    lambda x: cp.transpose(x),
    lambda x: cp.reshape(x, (4, 3)),
])  # fmt: skip
def test_views(f):
    x = put(A)
    y, back = zg.pullback(f, x)
    dy = np.arange(12.0).reshape(y.shape)
    (dx,) = back(put(dy))
    assert type(dx) is cp.ndarray and dx.shape == x.shape
    # the pullback of a view of all elements puts each back where it was
    places = np.arange(12).reshape(3, 4)
    numpys = {"shape": y.shape}
    expected = np.empty(12)
    expected[get(f(put(places))).ravel()] = dy.ravel()
    np.testing.assert_array_equal(get(dx), expected.reshape(3, 4), err_msg=str(numpys))


FUNCTIONS = {
    "tanh": (cuda.tanh, np.tanh),
    "gelu and exp": (lambda x: cuda.exp(cuda.gelu(x)), None),
    "softmax": (cuda.softmax, None),
    "logsumexp": (lambda x: cuda.logsumexp(x, 0), None),
    "layer_norm": (cuda.layer_norm, None),
    "transposed": (lambda x: cuda.permute(cuda.log_softmax(x.T), (1, 0)), None),
    "used twice": (lambda x: cuda.add(cuda.multiply(x, x), cuda.cos(x)), None),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_kernels(name):
    """The numbers of NumPy's arrays, in CuPy's."""
    f, plain = FUNCTIONS[name]
    expected, numpy_back = zg.pullback(f, A)
    y, back = zg.pullback(f, put(A))
    assert type(y) is cp.ndarray
    np.testing.assert_array_equal(get(y), expected)
    if plain is not None:
        np.testing.assert_allclose(get(y), plain(A), rtol=1e-14)
    dy = np.cos(np.arange(expected.size)).reshape(expected.shape)
    for _ in range(2):
        (dx,) = back(put(dy))
        assert type(dx) is cp.ndarray
        np.testing.assert_array_equal(get(dx), numpy_back(dy)[0])


def test_cross_entropy_and_an_update():
    labels, w = np.array([0, 3, 1]), put(A)
    y, back = zg.pullback(lambda x: cuda.cross_entropy(x, put(labels)), w)
    (dw,) = back(put(np.ones(())))
    expected = zg.gradient(lambda x: cuda.cross_entropy(x, labels), A)[0]
    np.testing.assert_allclose(get(dw), expected, rtol=1e-15)
    cuda.sgd([w], [dw], lr=0.5)
    np.testing.assert_allclose(get(w), A - 0.5 * expected, rtol=1e-15)


def in_place(x):
    y = cuda.tanh(x)
    y += x
    return y


def stored(x):
    y = cuda.tanh(x)
    y[0] = x[1]
    return y


@pytest.mark.parametrize("f", [in_place, stored])
def test_writing_is_refused(f):
    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.pullback(f, put(A))


def helper(k):
    k[0] = 9.0


def added(k):
    k += 1.0


OVERWRITTEN = {
    "item": helper,
    "item of a view": lambda k: helper(k[1:]),
    "item of a transposed view": lambda k: helper(k.T),
    "in-place operator": added,
    "special method": lambda k: k.__setitem__(0, 9.0),
    "method": lambda k: k.fill(9.0),
    "sorted": lambda k: k.sort(),
    "out": lambda k: cp.add(k, k, out=k),
    "third operand": lambda k: cp.add(k, k, k),
    "called by C code": lambda k: list(map(helper, [k])),
}


@pytest.mark.parametrize("name", OVERWRITTEN)
def test_a_constant_that_is_overwritten(name):
    """The tape keeps it.  The error comes before CUDA, which is not there, is asked."""
    k = put(np.ones_like(A))

    def f(x):
        y = cuda.multiply(x, k)
        OVERWRITTEN[name](k)
        return y

    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.pullback(f, put(A))
    assert (get(k) == 1).all()


def test_errors():
    with pytest.raises(CudaError, match="cudaErrorInvalidValue"):
        cuda.tanh(put(A.astype(int)))
    with pytest.raises(AdjointError):
        zg.pullback(lambda x: cuda.tanh(cp.ndarray(x.shape, x.dtype, x.data)), put(A))[1](put(A))
