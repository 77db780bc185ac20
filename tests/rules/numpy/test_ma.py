"""Masked arrays: Python code over their data and mask. What is masked has the gradient zero."""

import numpy as np
import pytest
from agreement import agree, slopes, weights_of

import zygcore as zg
from zygcore.errors import UnsupportedError

ma = np.ma
X = np.array([0.3, 1.2, 2.1, 0.7])
MASK = np.array([False, True, False, False])


def A(x):
    return x if isinstance(x, ma.MaskedArray) else ma.masked_array(x, MASK.copy())


def square(x):
    return A(x).reshape(2, 2)


def total(y):
    if isinstance(y, (tuple, list)):
        return float(sum(total(item) for item in y))
    y = np.asarray(y.filled(0.0) if isinstance(y, ma.MaskedArray) else y)
    return float(np.sum(y * weights_of(y.shape)))


def changed(change):
    """What is left of a masked array after a change in place."""

    def f(x):
        a = A(x * x)
        change(a, x)
        return a * x

    return f


def set_masked(a, x):
    a[0] = ma.masked
    a[1] = x[0] * x[2]
    a[2:] = ma.masked_array(x[2:], [True, False])


def in_place(a, x):
    a += x
    a *= a
    a -= 1.0
    a /= x
    a **= 2


def put(a, x):
    a.put([0, 1], x[:2])
    ma.putmask(a, [False, False, True, False], x)


def hard(a, x):
    a.harden_mask()
    a[:] = x * x


PROGRAMS = {
    "sums": lambda x: A(x) + x - (1 - A(x)),
    "products": lambda x: A(x) * A(x) * x,
    "quotients": lambda x: 1 / A(x) + A(x) / x,
    "powers": lambda x: A(x) ** 2 + 2.0 ** A(x),
    "remainders": lambda x: A(x) % 0.5 + A(x) // 0.43,
    "one operand": lambda x: -A(x) + abs(A(x)),
    "sum": lambda x: [A(x).sum(), np.sum(A(x)), ma.sum(A(x)), np.add.reduce(A(x))],
    "sum of an axis": lambda x: [square(x).sum(axis=1), square(x).mean(axis=0)],
    "mean": lambda x: [A(x).mean(), np.mean(A(x)), ma.average(A(x)), A(x).anom()],
    "weighted": lambda x: ma.average(A(x), weights=x),
    "spread": lambda x: [A(x).var(), A(x).std(), square(x).var(axis=1)],
    "product": lambda x: [A(x).prod(), A(x).cumprod(), A(x).cumsum()],
    "extrema": lambda x: [A(x).max(), A(x).min(), A(x).ptp(), np.max(A(x)), square(x).max(axis=1)],
    "median": lambda x: [ma.median(A(x)), ma.median(square(x), axis=1)],
    "ufuncs": lambda x: [np.exp(A(x)), np.sin(A(x)), np.hypot(A(x), x), np.maximum(A(x), 1.0)],
    "functions of ma": lambda x: [ma.exp(A(x)), ma.arctan2(A(x), x), ma.power(A(x), 3.0)],
    "domains": lambda x: [ma.log(A(x) - 0.5), ma.sqrt(A(x) - 0.5), np.log(A(x)), ma.divide(x, x)],
    "chosen": lambda x: [ma.maximum(A(x), 1.0), A(x).clip(0.5, 2), ma.clip(A(x), 0.5, 2)],
    "items": lambda x: A(x)[2] ** 2 * A(x)[1:],
    "picked": lambda x: [A(x)[[0, 1, 0]], A(x)[x > 0.5], A(x).take([1, 2]), A(x).repeat(2)],
    "items that are set": changed(set_masked),
    "in place": changed(in_place),
    "put": changed(put),
    "a hard mask": changed(hard),
    "sorted": changed(lambda a, x: a.sort()),
    "sort": lambda x: ma.sort(A(x)),
    "numbers": lambda x: [A(x).compressed() ** 2, A(x).filled(2.0) * x, A(x).data ** 2],
    "forms": lambda x: [square(x).T, square(x).swapaxes(0, 1), A(x).ravel(), A(x)[None].squeeze()],
    "diagonals": lambda x: [square(x).trace(), square(x).diagonal()],
    "copies": lambda x: A(x).copy() * A(x).astype(float) * A(x).real,
    "dot": lambda x: [ma.dot(A(x), x), ma.inner(A(x), x), ma.outer(A(x), x), ma.convolve(A(x), x)],
    "joined": lambda x: [ma.concatenate([A(x), x]), ma.stack([A(x), x]), ma.hstack([A(x), x])],
    "joined by NumPy": lambda x: np.concatenate([A(x), x]),
    "mr_": lambda x: ma.mr_[A(x), x],
    "where": lambda x: [ma.where(x > 1, A(x), x * x), np.where(x > 1, A(x), x * x)],
    "choose": lambda x: ma.choose([0, 1, 0, 1], [A(x), x]),
    "diff": lambda x: ma.diff(A(x)),
    "vander": lambda x: ma.vander(A(x)),
    "cov": lambda x: [ma.cov(A(x), x), ma.corrcoef(A(x), x * x)],
    "polyfit": lambda x: ma.polyfit(np.arange(4.0), A(x), 1),
    "methods of ufuncs": lambda x: [ma.multiply.outer(A(x), x), ma.add.accumulate(A(x))],
    "comparison": lambda x: (A(x) > 0.5).filled(False) * x * ma.count(A(x)),
    "iteration": lambda x: sum(v * v for v in A(x) if v is not ma.masked),
    "argmax": lambda x: A(x)[A(x).argmax()] ** 2,
    "masked_where": lambda x: ma.masked_where(x > 1, x * x).sum(),
    "masked_greater": lambda x: ma.masked_greater(x * x, 1.0).mean(),
    "masked_invalid": lambda x: ma.masked_invalid(1 / np.maximum(x - 0.5, 0.0)).sum(),
    "masked_inside": lambda x: ma.masked_inside(x, 0.5, 1.0).sum(),
    "fix_invalid": lambda x: ma.fix_invalid(x * [1, np.inf, 1, 1], fill_value=0.0),
    "views": lambda x: x.view(ma.MaskedArray) * ma.array(x) * ma.asarray(x),
    "fill values": lambda x: ma.masked_array(x, MASK, fill_value=3.0).filled() * x,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    agree(lambda x: total(PROGRAMS[name](x)), X)


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_of_masked_arrays(name):
    """They are plain arrays."""
    f = lambda x: total(PROGRAMS[name](x))
    expected = slopes(lambda x: f(ma.masked_array(x, MASK.copy())), X)
    try:
        d = zg.gradient(f, ma.masked_array(X.copy(), MASK.copy()))[0]
    except UnsupportedError as e:
        assert name == "weighted" and "changed in place" in str(e)  # the form of a mask is set
        return
    assert type(d) is np.ndarray
    np.testing.assert_allclose(d, expected, rtol=1e-6, atol=1e-8)


def test_what_is_masked_has_no_part_in_it():
    for f, expected in [
        (lambda m: m.sum(), [1, 0, 1]),
        (lambda m: m.mean(), [0.5, 0, 0.5]),
        (lambda m: m.max(), [0, 0, 1]),
        (lambda m: m.prod(), [4, 0, 1]),
        (lambda m: np.sum(m.filled(3.0) ** 2), [2, 0, 8]),
        (lambda m: np.sum(m.data**2), [2, 4, 8]),
        (lambda m: (m * m).sum(), [2, 0, 8]),
    ]:
        d = zg.gradient(f, ma.masked_array([1.0, 2.0, 4.0], [False, True, False]))[0]
        assert type(d) is np.ndarray and d.tolist() == expected


@pytest.mark.filterwarnings("ignore:Warning. 'partition' will ignore")
def test_what_is_not_followed_is_refused():
    for f in (
        lambda x: np.median(A(x)),
        lambda x: sum(v for v in A(x).tolist() if v is not None),
        lambda x: ma.apply_along_axis(lambda v: (v * v).sum(), 0, A(x)),
    ):
        f(X)
        with pytest.raises(UnsupportedError):
            zg.gradient(lambda x, f=f: float(f(x)), X)


def test_attributes_may_be_set():
    def f(x):
        m = ma.masked_array([1.0, 2.0], [0, 1])
        y = np.sum(x * m.data)
        m.fill_value = 3.0
        return y

    assert zg.gradient(f, np.ones(2))[0].tolist() == [1.0, 2.0]


def test_an_average_of_what_was_measured():
    """A line through measurements, of which some are missing, by steps of gradient descent."""
    measured = ma.masked_invalid([1.0, np.nan, 3.1, 4.2, np.nan, 5.9])
    places = np.arange(6.0)

    def error(p):
        return ((measured - (p[0] + p[1] * places)) ** 2).mean()

    def fitted(p):
        for _ in range(5):
            p = p - 0.02 * zg.gradient(error, p)[0]
        return float(error(p))

    agree(fitted, np.array([0.5, 0.5]), second=False)
