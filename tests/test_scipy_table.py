"""The table of SciPy's functions is true, and up to date: every program in it is tried."""

import sys
from pathlib import Path

import pytest
import scipy
from numpy_table.page import check, entries, every_name, share
from scipy_table import table

pytestmark = pytest.mark.skipif(
    not scipy.__version__.startswith("1.17"), reason="the programs are those of SciPy 1.17"
)
CASES, NAMES = every_name(table.CHAPTERS)


@pytest.mark.parametrize(("chapter", "name"), CASES, ids=NAMES)
def test_gradient(chapter, name):
    check(chapter, name)


@pytest.mark.parametrize("chapter", table.CHAPTERS, ids=lambda chapter: chapter.title)
def test_little_is_missing(chapter):
    assert share(list(entries(chapter))) <= 0.15


def test_programs_are_for_what_there_is():
    for chapter in table.CHAPTERS:
        assert set(chapter.programs) <= set(chapter.names)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the page is that of Python 3.11")
def test_the_page_is_up_to_date():
    committed = Path(__file__).parent.parent / "docs" / "scipy.md"
    assert committed.read_text() == table.table(), "python -m scipy_table > ../docs/scipy.md"
