"""Classes that replace functions of NumPy's: in its order, and with gradients through them."""

import numpy as np
import pytest
from agreement import agree, weights_of
from numpy.lib.mixins import NDArrayOperatorsMixin

import zygcore as zg

X = np.array([0.3, 1.2, 2.1])
M = np.array([[1.0, 0.4], [0.2, 2.0]])


def unwrapped(x):
    if isinstance(x, Wrapped):
        return x.data
    if isinstance(x, (list, tuple)):
        return type(x)([unwrapped(item) for item in x])
    if isinstance(x, dict):
        return {key: unwrapped(item) for key, item in x.items()}
    return x


def wrapped(x):
    if isinstance(x, np.ndarray):
        return Wrapped(x)
    return type(x)([wrapped(item) for item in x]) if type(x) in (list, tuple) else x


class Wrapped(NDArrayOperatorsMixin):
    """An array with all protocols."""

    def __init__(self, data):
        self.data = np.asarray(data)

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **options):
        for x in inputs + out:
            if not isinstance(x, (Wrapped, np.ndarray, np.generic, float, int, list)):
                return NotImplemented
        if out:
            options["out"] = unwrapped(out)
        result = getattr(ufunc, method)(*unwrapped(inputs), **options)
        if method == "at":
            return None
        if out:
            return out[0] if len(out) == 1 else out
        return wrapped(result) if type(result) is tuple else Wrapped(result)

    def __array_function__(self, function, kinds, args, options):
        if not all(issubclass(kind, (Wrapped, np.ndarray)) for kind in kinds):
            return NotImplemented
        return wrapped(function(*unwrapped(args), **unwrapped(options)))

    def __getitem__(self, key):
        return Wrapped(self.data[key])

    def __setitem__(self, key, value):
        self.data[key] = unwrapped(value)

    @property
    def shape(self):
        return self.data.shape

    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)
    dtype = property(lambda self: self.data.dtype)
    T = property(lambda self: Wrapped(self.data.T))


W = Wrapped


def total(y):
    """A number of all that is in a result."""
    if isinstance(y, (tuple, list)):
        return float(sum(total(item) for item in y))
    y = np.asarray(unwrapped(y))
    return float(np.sum(np.real(y) * weights_of(y.shape)))


def stored(function):
    """What a call stores in a `Wrapped` array that it is given."""

    def f(x):
        out = W(np.zeros(3))
        function(x, out)
        return out

    return f


UFUNCS = {
    "add": lambda x: np.add(x, W(x)),
    "sin": lambda x: np.sin(W(x)),
    "constant": lambda x: np.multiply(x, W(np.arange(3.0))),
    "modf": lambda x: np.modf(W(x) * 3.3),
    "reduce": lambda x: np.add.reduce(W(x) * W(x)),
    "reduce, masked": lambda x: np.add.reduce(W(x) * x, where=[True, False, True]),
    "accumulate": lambda x: np.multiply.accumulate(W(x)),
    "outer": lambda x: np.multiply.outer(W(x), x),
    "reduceat": lambda x: np.add.reduceat(W(x) ** 2, [0, 1]),
    "at": stored(lambda x, out: np.add.at(out, [0, 0, 1], x)),
    "by name": lambda x: getattr(np.multiply, "reduce")(W(x)),  # noqa: B009
    "out": stored(lambda x, out: np.multiply(x, W(x), out=out)),
    "out of plain arrays": stored(lambda x, out: np.multiply(x, x, out=(out,))),
    "out, positional": stored(lambda x, out: np.multiply(x, W(x), out)),
    "two outputs": stored(lambda x, out: np.modf(W(x) * 3, out=(out, W(np.zeros(3))))),
    "operators": lambda x: 2 * (x * x + W(x)) / (W(x) - x**2) - np.float64(x[0]) * W(x),
    "powers": lambda x: W(x) ** 2 + x ** W(x) + 2.0 ** W(x),
    "one operand": lambda x: -W(x) + abs(W(x)) + (+W(x)),
    "divmod": lambda x: divmod(W(x) * 3, 0.77),
    "floor": lambda x: W(x) % 0.77 + W(x) // 0.77,
    "comparison": lambda x: (W(x) < x + 0.1).data * x,
    "items that are set": stored(
        lambda x, out: (out.__setitem__(0, x[1] * x[2]), out.__setitem__(slice(1, 3), W(x[:2])))
    ),
}


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs_and_operators(name):
    agree(lambda x: total(UFUNCS[name](x)), X)


def test_operators_in_place():
    def of_plain(x):
        a = b = x * x
        a += W(x)
        assert type(a) is Wrapped or a is b
        return total(a)

    def of_wrapped(x):
        a = W(x * x)
        a += x
        a *= a
        return total(a)

    agree(of_plain, X)
    agree(of_wrapped, X)


FUNCTIONS = {
    "sum": lambda x: np.sum(W(x) * x),
    "mean": lambda x: np.mean(W(x) ** 2, axis=0),
    "var": lambda x: np.var(W(x)),
    "cumsum": lambda x: np.cumsum(W(x)),
    "concatenate": lambda x: np.concatenate([W(x), x]),
    "stack": lambda x: np.stack([x, W(x)]),
    "block": lambda x: np.block([[W(x), x]]),
    "where": lambda x: np.where(x > 1, W(x), x),
    "dot": lambda x: np.dot(W(x), x),
    "vdot": lambda x: np.vdot(W(x), x),
    "inner": lambda x: np.inner(x, W(x)),
    "einsum": lambda x: np.einsum("i,j->ij", W(x), x),
    "tensordot": lambda x: np.tensordot(W(x), x, 0),
    "reshape": lambda x: np.reshape(W(x), (3, 1)),
    "sort": lambda x: np.sort(W(x)),
    "clip": lambda x: np.clip(W(x), 0.5, 2),
    "diff": lambda x: np.diff(W(x)),
    "interp": lambda x: np.interp(0.5, W(x), x),
    "pad": lambda x: np.pad(W(x), 1),
    "take": lambda x: np.take(W(x), [0, 0]),
    "fft": lambda x: np.fft.fft(W(x)),
    "median": lambda x: np.median(W(x)),
    "quantile": lambda x: np.quantile(W(x), 0.3),
    "select": lambda x: np.select([x > 1], [W(x)], 0.0),
    "piecewise": lambda x: np.piecewise(W(x), [x > 1, x <= 1], [lambda v: v * v, lambda v: v]),
    "apply_along_axis": lambda x: np.apply_along_axis(lambda v: v * v, 0, W(x)),
    "linspace": lambda x: np.linspace(W(x), x * x, 4),
    "meshgrid": lambda x: np.meshgrid(W(x), x)[0],
    "broadcast_arrays": lambda x: np.broadcast_arrays(W(x), x)[0],
    "split": lambda x: np.split(W(x), 3)[1],
    "average": lambda x: np.average(W(x), weights=x),
    "cov": lambda x: np.cov(W(x), x),
    "convolve": lambda x: np.convolve(W(x), x),
    "polyval": lambda x: np.polyval(W(x), 2.0),
    "choose": lambda x: np.choose([0, 1, 0], [W(x), x]),
    "isclose": lambda x: np.isclose(W(x), x).data * x,
    "zeros_like": lambda x: np.zeros_like(W(x)) + x,
    "out": stored(lambda x, out: np.sum(x * x, out=out[:1], keepdims=True)),
    "copyto": stored(lambda x, out: np.copyto(out, x * x)),
    "inv": lambda x: np.linalg.inv(W(np.diag(x))),
    "det": lambda x: np.linalg.det(W(np.diag(x) + 0.1)),
    "solve": lambda x: np.linalg.solve(W(np.diag(x) + 0.1), x),
    "svd": lambda x: np.linalg.svd(W(np.diag(x) + 0.1))[1],
    "eigh": lambda x: np.linalg.eigh(W(np.diag(x) + 0.1))[0],
    "norm": lambda x: np.linalg.norm(W(x)),
    "multi_dot": lambda x: np.linalg.multi_dot([W(np.diag(x)), np.diag(x), x]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    agree(lambda x: total(FUNCTIONS[name](x)), X)


def test_products_and_items():
    agree(lambda m: total(m @ W(m)), M)
    agree(lambda m: total(W(m) @ m), M)
    agree(lambda m: total(W(m)[0] * W(m).T[:, 1]), M)


def test_gradients_of_objects_have_their_arrays():
    d = zg.gradient(lambda w, x: total(np.sin(w) * x), W(X), X)
    expected = zg.gradient(lambda w, x: total(np.sin(w) * x), X, X)
    np.testing.assert_allclose(d[0].data, expected[0])
    np.testing.assert_allclose(d[1], expected[1])


# ------------------------------------------------------------------------ who is asked

log = []


class Refusing:
    def __init__(self, data):
        self.data = data

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        log.append(type(self).__name__)
        return NotImplemented

    def __array_function__(self, function, kinds, args, options):
        log.append((type(self).__name__, [kind.__name__ for kind in kinds]))
        return NotImplemented


class Base(Refusing):
    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        super().__array_ufunc__(ufunc, method, *inputs, **options)
        log.append((ufunc.__name__, method, len(inputs), sorted(options)))
        return self.data * 3.0

    def __array_function__(self, function, kinds, args, options):
        super().__array_function__(function, kinds, args, options)
        return self.data * 4.0


class Derived(Base):
    pass


class Deaf:
    """Arrays leave their operators to it, and ufuncs do not take it."""

    __array_ufunc__ = None

    def __init__(self, data):
        self.data = data

    def __radd__(self, other):
        log.append(type(self).__name__)
        return other * self.data


class Prior:
    __array_priority__ = 100.0

    def __init__(self, data):
        self.data = data

    def __radd__(self, other):
        log.append(type(self).__name__)
        return other * self.data


class Posterior(Prior):
    __array_priority__ = -1e9

    def __array__(self, dtype=None, copy=None):
        log.append("array")
        return self.data * 2.0


A, B, D = Refusing, Base, Derived
ORDER = {
    "refused and taken": lambda x: np.add(A(x), B(x)),
    "taken at once": lambda x: np.add(B(x), A(x)),
    "subclasses first": lambda x: np.add(B(x), D(x)),
    "subclass on the left": lambda x: np.multiply(D(x), B(x)),
    "three arguments": lambda x: np.where(A(x), B(x), D(x)),
    "all refuse": lambda x: np.dot(A(x), A(x)),
    "an output": lambda x: np.sin(x, out=B(x)),
    "a tuple of outputs": lambda x: np.sin(x, out=(D(x),)),
    "where": lambda x: np.add(x, x, where=B(x)),
    "reduce": lambda x: np.add.reduce(B(x), axis=0),
    "outer": lambda x: np.add.outer(x, B(x)),
    "at": lambda x: np.add.at(np.zeros(3), [0], B(x)),
    "by keyword": lambda x: np.sum(a=B(x)),
    "not asked": lambda x: np.sum(x, initial=B(2.0)),
    "in a list": lambda x: np.concatenate([x, B(x)]),
    "in lists of lists": lambda x: np.block([[x, B(x)]]),
    "in a tuple": lambda x: np.stack((x, D(x))),
    "keyword of clip": lambda x: np.clip(x, B(x), None),
    "comparison": lambda x: x < B(x),
    "operator": lambda x: x / B(x),
    "divmod": lambda x: divmod(x, B(x)),
    "product": lambda x: x @ B(x),
    "a ufunc without a rule": lambda x: np.heaviside(B(x), x),
    "another ufunc": lambda x: np.frompyfunc(abs, 1, 1)(B(x)),
    "by name": lambda x: x.__radd__(B(x)),
    "deaf": lambda x: x + Deaf(x),
    "deaf, no operator": lambda x: x * Deaf(x),
    "deaf, a ufunc": lambda x: np.add(x, Deaf(x)),
    "deaf, a scalar": lambda x: x[0] + Deaf(x),
    "prior": lambda x: x + Prior(x),
    "prior, a scalar": lambda x: np.float64(x[0]) + Prior(x),
    "prior, no operator": lambda x: x - Prior(x),
    "posterior": lambda x: x + Posterior(x),
    "posterior, a scalar": lambda x: x[1] + Posterior(x),
    "posterior, a ufunc": lambda x: np.sin(Posterior(x)),
}


def outcome(call):
    log.clear()
    try:
        result = call()
    except Exception as e:
        result = type(e), str(e).partition("0x")[0]
    return result, log[:]


@pytest.mark.parametrize("name", ORDER)
def test_the_order_in_which_they_are_asked(name):
    f = lambda x: float(np.sum(ORDER[name](x)))
    expected = outcome(lambda: f(X))
    assert outcome(lambda: zg.pullback(f, X)[0]) == expected
    if isinstance(expected[0], float):
        agree(f, X)


def test_a_mixin_that_takes_calls_only():
    class Calls(NDArrayOperatorsMixin):
        __array_priority__ = 5

        def __init__(self, data):
            self.data = data

        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            if method != "__call__":
                return NotImplemented
            return Calls(ufunc(*[x.data if isinstance(x, Calls) else x for x in inputs], **options))

    agree(lambda x: float(np.sum((x + Calls(x) * 2 - 1 / Calls(x)).data)), X)
    for call in (lambda f: f(X), lambda f: zg.gradient(f, X)):
        with pytest.raises(TypeError, match="NotImplemented"):
            call(lambda x: np.sum(Calls(x)))


def test_a_program_with_quantities():
    """Units are checked in the methods; the orbit of a body is followed for some steps."""

    class Quantity(NDArrayOperatorsMixin):
        def __init__(self, value, unit):
            self.value = np.asarray(value)
            self.unit = unit

        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            values = [getattr(x, "value", x) for x in inputs]
            units = [getattr(x, "unit", 0) for x in inputs]
            result = getattr(ufunc, method)(*values, **options)
            if ufunc is np.multiply:
                return Quantity(result, sum(units))
            if ufunc is np.true_divide:
                return Quantity(result, units[0] - units[1])
            if ufunc is np.power:
                return Quantity(result, units[0] * inputs[1])
            if ufunc is np.sqrt:
                return Quantity(result, units[0] / 2)
            if ufunc in (np.add, np.subtract):
                if len(set(units)) > 1:
                    raise ValueError(f"{units} are added")
                return Quantity(result, units[0])
            return NotImplemented

    def orbit(start):
        place, speed = Quantity(start, 1), Quantity(np.array([0.0, 1.0, 0.2]), 1)
        for _ in range(10):
            distance = np.sqrt(np.add.reduce(place * place))
            speed = speed - 0.1 * place / (distance**3) * Quantity(1.0, 3)
            place = place + 0.1 * speed
        assert place.unit == 1
        return float(np.sum(place.value))

    agree(orbit, np.array([1.0, 0.1, 0.0]))
    with pytest.raises(ValueError, match="are added"):
        zg.gradient(lambda x: np.sum((Quantity(x, 1) + Quantity(x, 2)).value), X)
