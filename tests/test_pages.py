"""The examples on the pages for users are what they say."""

import doctest
from pathlib import Path

import pytest

from zygcore.arithmetic import REGISTERED

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples(page):
    known = dict(REGISTERED)
    try:
        failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    finally:
        REGISTERED.clear()
        REGISTERED.update(known)
    assert not failed
    assert tried or ">>>" not in page.read_text(encoding="utf-8")


def test_the_page_on_types_has_examples():
    assert (ROOT / "docs" / "custom-types.md").read_text(encoding="utf-8").count(">>>") > 40
