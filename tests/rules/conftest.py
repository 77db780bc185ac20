"""Let the tests of rules import their helpers, and note which rules they check."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import recorder  # noqa: E402

recorder.install()


def is_whole(config, items):
    """Do all tests of rules run, in this process?"""
    files = {item.path for item in items}
    options = ("keyword", "markexpr", "deselect", "lf", "last_failed", "stepwise")
    return (
        files >= set(HERE.rglob("test_*.py"))
        and not any("::" in arg for arg in config.args)
        and not any(getattr(config.option, name, None) for name in options)
        and not hasattr(config, "workerinput")
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """The test that all rules were checked comes last, and needs all the others."""
    last = [item for item in items if item.path == HERE / "test_complete.py"]
    whole = is_whole(config, items)
    items[:] = [item for item in items if item not in last] + last
    if not whole:
        for item in last:
            item.add_marker(pytest.mark.skip(reason="it needs all tests of rules, in one process"))
