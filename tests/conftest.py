"""What several files of tests use."""

import pytest


@pytest.fixture
def printed(capsys):
    """The lines printed since the last call."""
    return lambda: capsys.readouterr().out.splitlines()
