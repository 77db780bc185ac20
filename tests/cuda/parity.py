"""The same program with arrays of NumPy and with those of another library: all must be equal.

`compare` is for one program; `cases_of` gives what the tests of the rules for NumPy check.
"""

import importlib
import itertools
import sys
from pathlib import Path

import numpy as np
from elsewhere import Lacking

import zygcore as zg
from zygcore.errors import ZygcoreError

__all__ = ["cases_of", "compare", "checking"]

RULES = Path(__file__).parent.parent / "rules"
CHECKING = frozenset(
    ("wrt", "forward", "second", "layouts", "single", "step", "rtol", "atol", "seed")
)


def cotangent(y, seed=1.0):
    """A cotangent for a value, of no special form."""
    if isinstance(y, dict):
        return {key: cotangent(v, seed + 1) for key, v in y.items()}
    if isinstance(y, (list, tuple)):
        parts = [cotangent(v, seed + i) for i, v in enumerate(y)]
        return tuple(parts) if type(y) is not list else parts
    kind = getattr(y, "dtype", np.asarray(y).dtype).kind
    if kind not in "fc":
        return None
    size = np.size(y)
    weights = np.cos(seed + np.arange(size)).reshape(np.shape(y))
    if kind == "c":
        weights = weights + 1j * np.sin(2 * seed + np.arange(size)).reshape(np.shape(y))
    return weights.astype(getattr(y, "dtype", weights.dtype))[()]


def is_zero(x):
    if isinstance(x, zg.Grad):
        x = vars(x)
    if isinstance(x, dict):
        return all(map(is_zero, x.values()))
    if isinstance(x, (list, tuple)):
        return all(map(is_zero, x))
    return x is None or not np.any(np.asarray(x))


class Compared:
    """The numbers of a library against those of NumPy; `get` gives an array of NumPy's."""

    def __init__(self, elsewhere, get, rtol):
        self.kind, self.get, self.rtol = elsewhere.kind, get, rtol

    def same(self, got, expected, what):
        if isinstance(expected, zg.Grad):
            expected, got = vars(expected), got if got is None else vars(got)
        if isinstance(expected, dict):
            assert got is None or got.keys() == expected.keys(), what
            for key in expected:
                self.same(None if got is None else got[key], expected[key], f"{what}[{key!r}]")
        elif isinstance(expected, (list, tuple)) and not isinstance(got, self.kind):
            assert got is None or len(got) == len(expected), what
            for i, x in enumerate(expected):
                self.same(None if got is None else got[i], x, f"{what}[{i}]")
        elif got is None or expected is None:
            found = self.get(got) if isinstance(got, self.kind) else got
            assert is_zero(found) and is_zero(expected), (what, got, expected)
        else:
            self.numbers(got, expected, what)

    def numbers(self, got, expected, what):
        if isinstance(expected, np.ndarray) and expected.dtype.kind in "biufc":
            assert isinstance(got, self.kind), (what, type(got))
        assert not isinstance(got, np.ndarray) or got.dtype.kind not in "biufc", what
        if isinstance(got, self.kind):
            got = self.get(got)
        if isinstance(expected, (np.ndarray, np.generic)) and isinstance(got, np.ndarray):
            assert got.dtype == expected.dtype, (what, got.dtype, expected.dtype)
        assert np.shape(got) == np.shape(expected), (what, np.shape(got), np.shape(expected))
        if isinstance(expected, (str, bytes, type, np.dtype)):
            assert got == expected, what
            return
        single = np.asarray(expected).dtype.char in "fF"
        rtol = max(self.rtol, 1e-5) if single else self.rtol
        size = np.max(np.abs(expected), initial=0, where=np.isfinite(expected))
        np.testing.assert_allclose(got, expected, rtol=rtol, atol=rtol * max(size, 1), err_msg=what)


def pulled(f, args, dy):
    """The value, the cotangents, and those once more."""
    y, back = zg.pullback(f, *args)
    return y, back(dy)


def curved(f, args, dy):
    """The cotangents of a function of the cotangents."""
    slope = lambda *args: zg.pullback(f, *args)[1](dy)
    dxs, back = zg.pullback(slope, *args)
    return dxs, back


def compare(f, args, options, elsewhere, get, *, second=True, forward=True, rtol=1e-12):
    """Whether NumPy has a gradient of ``f(*args, **options)``; fails where the library has not."""
    of_rules = (getattr(f, "__module__", None) or "").startswith("zygcore")
    if isinstance(f, type) or (of_rules and not any(isinstance(x, np.ndarray) for x in args)):
        raise Lacking(f.__name__)
    args = [x.copy(order="K") if isinstance(x, np.ndarray) else x for x in args]
    plain = lambda *args: f(*args, **options)
    there = lambda *args, f=elsewhere.moved(f), options=elsewhere.moved(options): f(
        *args, **options
    )
    moved = [elsewhere.moved(x) for x in args]
    test = Compared(elsewhere, get, rtol)
    try:
        there(*moved)
    except (TypeError, AttributeError, NotImplementedError) as error:
        raise Lacking(error) from None
    try:
        y = plain(*args)
        dy = cotangent(y)
        expected = pulled(plain, args, dy)
    except (ZygcoreError, TypeError):
        return False
    ours = elsewhere.moved(np.asarray(dy)) if isinstance(dy, np.generic) else elsewhere.moved(dy)
    y, dxs = pulled(there, moved, ours)
    test.same(y, expected[0], "value")
    test.same(dxs, expected[1], "gradient")
    if forward:
        tangents = [cotangent(x, 2.0) for x in args]
        try:
            pushed = zg.jvp(plain, tuple(args), tuple(tangents))[1]
        except ZygcoreError:
            pass
        else:
            vs = tuple([elsewhere.moved(v) for v in tangents])
            test.same(zg.jvp(there, tuple(moved), vs)[1], pushed, "forward mode")
    if second:
        try:
            dxs, back = curved(plain, args, dy)
            ddx = cotangent(dxs, 3.0)
            bent = back(ddx)
        except ZygcoreError:
            pass
        else:
            dxs, back = curved(there, moved, ours)
            test.same(back(elsewhere.moved(ddx)), bent, "second order")
    return True


# ------------------------------------------------------------ what other tests check


def checking(name):
    """The tests in a file that call `check_adjoint`."""
    for folder in (RULES, RULES / "numpy"):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    module = importlib.import_module(name)
    return [
        name
        for name, f in vars(module).items()
        if name.startswith("test_") and callable(f) and runs(f)
    ]


def runs(f):
    code = f.__code__
    given = {name for names, _ in parameters(f) for name in names}
    return "check_adjoint" in code.co_names and given == set(code.co_varnames[: code.co_argcount])


def parameters(f):
    out = []
    for mark in getattr(f, "pytestmark", ()):
        if mark.name == "parametrize":
            names, values = mark.args[:2]
            names = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
            values = [getattr(v, "values", v) if hasattr(v, "marks") else v for v in values]
            single = len(names) == 1
            values = [
                v if isinstance(v, tuple) and hasattr(v, "marks") or not single else (v,)
                for v in values
            ]
            out.append((names, values))
    return out


def cases_of(file, test):
    """``(f, args, options, checking)`` of each `check_adjoint` in a test."""
    module = importlib.import_module(file)
    found = []

    def noted(f, /, *args, **options):
        checking = {name: options.pop(name) for name in CHECKING & options.keys()}
        found.append((f, args, options, checking))

    before, module.check_adjoint = module.check_adjoint, noted
    try:
        f = getattr(module, test)
        axes = parameters(f)
        for chosen in itertools.product(*[values for _, values in axes]):
            f(**{n: v for (names, _), vs in zip(axes, chosen, strict=True)
                 for n, v in zip(names, vs, strict=True)})  # fmt: skip
    finally:
        module.check_adjoint = before
    return found
