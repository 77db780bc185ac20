"""The table of NumPy's functions is true, and up to date: every program in it is tried."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy_table import table
from numpy_table.measure import POINT, Verdict, judge
from numpy_table.page import check, classified, entries, every_name, share

CASES, NAMES = every_name(table.CHAPTERS)


@pytest.mark.parametrize(("chapter", "name"), CASES, ids=NAMES)
def test_gradient(chapter, name):
    check(chapter, name)


@pytest.mark.parametrize("chapter", table.CHAPTERS, ids=lambda chapter: chapter.title)
def test_little_is_missing(chapter):
    assert share(list(entries(chapter))) <= 0.05


def test_judgement():
    """What would be wrong is found to be wrong."""
    assert judge(lambda v: v * v).kind == "right"
    assert judge(lambda v: v.astype(int)).kind == "none"
    assert judge(lambda v: np.array([float(repr(float(t))) for t in v])).kind == "error"
    calls = []

    def drifting(v):
        calls.append(1)
        return v * len(calls)

    assert judge(drifting).kind not in ("right", "none", "error")
    assert judge(lambda v: v if v.base is POINT else np.where(v > 0.5, 1.0, 0.0)).kind == "none"
    assert "wrong" in repr(Verdict("wrong"))


def test_words():
    """One gradient that is an error makes a name one that is differentiated in part."""
    right, error = Verdict("right"), Verdict("error", "no derivative is known for b; register")
    assert classified(np.sin, {"": right, "dtype": error}) == ("in part", "not: dtype")
    assert classified(np.sin, {"": error}) == ("not yet", "no derivative is known for b")
    assert classified(np.sin, {"": right, "n": Verdict("none")}) == ("rule", "")
    for verdicts in ({}, {"": Verdict("wrong")}, {"": right, "a": Verdict("dropped")}):
        with pytest.raises(AssertionError):
            classified(np.sin, verdicts)


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11) or np.__version__ != "2.4.6",
    reason="the page is that of Python 3.11 and NumPy 2.4.6",
)
def test_the_page_is_up_to_date():
    committed = Path(__file__).parent.parent / "docs" / "numpy.md"
    assert committed.read_text() == table.table(), "python -m numpy_table > ../docs/numpy.md"
