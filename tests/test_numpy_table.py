"""The table of NumPy's functions is true, and up to date: every program in it is tried."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy_table import table
from numpy_table.measure import POINT, Verdict, judge

CASES = [(chapter, name) for chapter in table.CHAPTERS for name in chapter.names]


@pytest.mark.parametrize(
    ("chapter", "name"), CASES, ids=[f"{chapter.title}.{name}" for chapter, name in CASES]
)
def test_gradient(chapter, name):
    """Right, or an error of ours, or none where nothing varies: never wrong, never missing."""
    program = chapter.program(name)
    assert program is not None, "no program: add one, or the name to those without numbers"
    verdict = judge(program)
    assert verdict.kind in ("right", "none", "error"), verdict


def test_little_is_missing():
    words = [word for _, word, _ in table.entries(table.CHAPTERS[0])]
    assert words.count("not yet") <= 0.05 * len(words)


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


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11) or np.__version__ != "2.4.6",
    reason="the page is that of Python 3.11 and NumPy 2.4.6",
)
def test_the_page_is_up_to_date():
    committed = Path(__file__).parent.parent / "docs" / "numpy.md"
    assert committed.read_text() == table.table(), "python -m numpy_table > ../docs/numpy.md"
