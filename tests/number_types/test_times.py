"""Dates and durations have no derivative: they pass through; what depends on one is an error."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, OutputError

START = dt.date(2024, 1, 1)
NOON = dt.datetime(2024, 1, 1, 12)
TWO_DAYS = dt.timedelta(days=2)
DAYS = np.array(["2024-01-01", "2024-01-05"], "M8[D]")


def test_keys():
    def value(payments, rate):
        return sum(v / (1 + rate) ** ((d - START).days / 366) for d, v in payments.items())

    payments = {START: -100.0, dt.date(2025, 1, 1): 110.0}
    dp, dr = zg.gradient(value, payments, 0.1)
    assert dp == {START: 1.0, dt.date(2025, 1, 1): pytest.approx(1 / 1.1, rel=1e-15)}
    assert dr == pytest.approx(-110 / 1.1**2, rel=1e-14)


def test_attributes_and_arguments():
    loan = SimpleNamespace(rate=2.0, start=START, end=dt.date(2024, 3, 1), zone=dt.UTC)
    (g,) = zg.gradient(lambda o: o.rate * (o.end - o.start).days, loan)
    assert (g.rate, g.start, g.end, g.zone) == (60.0, None, None, None)
    assert zg.gradient(lambda d, x: x * d.year, START, 2.0) == (None, 2024.0)
    assert zg.gradient(lambda d, x: x * d.total_seconds(), TWO_DAYS, 2.0) == (None, 172800.0)
    assert zg.gradient(lambda d, x: x * (d / dt.timedelta(days=1)), TWO_DAYS, 2.0) == (None, 2.0)


def test_they_may_be_returned():
    y, back = zg.pullback(lambda x: (NOON, x * x, TWO_DAYS), 3.0)
    assert y == (NOON, 9.0, TWO_DAYS)
    assert back((None, 1.0, None)) == (6.0,)
    with pytest.raises(OutputError, match="timedelta"):
        zg.gradient(lambda x: TWO_DAYS, 2.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (TWO_DAYS * x).total_seconds(),
        lambda x: (x * TWO_DAYS).total_seconds(),
        lambda x: (TWO_DAYS / x).total_seconds(),
        lambda x: dt.timedelta(seconds=x).total_seconds(),
        lambda x: (NOON + TWO_DAYS * x).timestamp(),
        lambda x: dt.datetime.fromtimestamp(x).timestamp(),
        lambda x: (np.timedelta64(100, "s") * x) / np.timedelta64(1, "s"),
        lambda x: ((np.array([100], "m8[s]") * x) / np.timedelta64(1, "s")).sum(),
        lambda x: (np.timedelta64(100, "s") / x) / np.timedelta64(1, "s"),
        lambda x: (x * np.timedelta64(100, "s")).astype(float),
        lambda x: float((x * np.array([100], "m8[s]")).astype("f8")[0]),
        lambda x: (np.datetime64("2024-01-01T00:00") + np.timedelta64(99, "s") * x).astype("f8"),
    ],
)
def test_durations_that_depend_on_a_number_are_an_error(f):
    with pytest.raises(AdjointError):
        zg.gradient(f, 2.0)
    assert zg.gradient(lambda x: (f(3.0), x * 2)[1], 2.0) == (2.0,)


def test_times_of_numpy():
    day = np.timedelta64(1, "D")
    assert zg.gradient(lambda x: x * ((DAYS - DAYS[0]) / day).sum(), 2.0) == (4.0,)
    none, g = zg.gradient(lambda d, x: (x * ((d - d[0]) / day)).sum(), DAYS, 2.0)
    assert none is None and g == 4.0
    (g,) = zg.gradient(lambda y: np.interp(2.0, (DAYS - DAYS[0]) / day, y), np.array([1.0, 2.0]))
    assert g.tolist() == [0.5, 0.5]
    (g,) = zg.gradient(lambda x: np.where(DAYS > DAYS[0], x, 2 * x).sum(), np.array([2.0, 3.0]))
    assert g.tolist() == [2.0, 1.0]
    (g,) = zg.gradient(lambda o: o["x"] * 2, {"x": 2.0, "t": DAYS, "d": [day, NOON]})
    assert g == {"x": 2.0, "t": None, "d": None}
