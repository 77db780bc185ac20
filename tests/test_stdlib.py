"""The table of the standard library is true: each function that gradients flow through is tried."""

import importlib
import sys
from pathlib import Path

import pytest
import stdlib_programs
from poison_measure import outcome

from zygcore.rules import table

#: what is differentiated from its code, but makes or takes no real numbers that could vary
WITHOUT = {
    "collections": "UserString",
    "contextlib": "AbstractAsyncContextManager AbstractContextManager AsyncExitStack aclosing "
    "asynccontextmanager chdir redirect_stderr redirect_stdout",
    "decimal": "DecimalTuple",
    "random": "Random randbytes randint randrange seed getstate setstate SystemRandom",
}
FLOWS = {"rule", "lowered", "passes on", "by code"}


def differentiable():
    for module_name in table.MODULES:
        without = WITHOUT.get(module_name, "").split()
        for name, value in table.public_names(importlib.import_module(module_name)):
            full = f"{module_name}.{name}"
            if table.classify(full, value) in FLOWS and name not in without:
                yield full


def test_every_function_has_a_program():
    assert set(differentiable()) - set(stdlib_programs.PROGRAMS) == set()


@pytest.mark.parametrize("name", stdlib_programs.PROGRAMS)
def test_gradient(name):
    x = 5 if name in stdlib_programs.OF_INTEGERS else 1.7
    kind, detail = outcome(stdlib_programs.PROGRAMS[name], x)
    assert kind == "right", detail


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the table is that of Python 3.11")
def test_the_table_is_up_to_date():
    committed = Path(__file__).parent.parent / "docs" / "stdlib.md"
    assert committed.read_text() == table.table(), "python -m zygcore.rules.table > docs/stdlib.md"


def test_nothing_is_unknown():
    for module_name in table.MODULES:
        for name, value in table.public_names(importlib.import_module(module_name)):
            assert table.classify(f"{module_name}.{name}", value) != "error", name
