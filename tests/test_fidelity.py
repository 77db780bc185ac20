"""CPython's regression suite in the machine: the modules that are quick, in every run."""

from pathlib import Path

import pytest
from fidelity import known, modules, report, runner

PAGE = Path(__file__).parent.parent / "docs" / "fidelity.md"


@pytest.mark.skipif(not runner.available(), reason="this Python has no regression suite")
@pytest.mark.parametrize("module", modules.QUICK)
def test_module(module):
    run = runner.run_module(module, machine=True)
    lines = known.verdict(
        module, run, lambda cases: runner.run_module(module, machine=False, only=cases)
    )
    assert run.named("passed")
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def test_the_page_is_what_was_counted():
    assert PAGE.read_text(encoding="utf-8") == report.page(), "nox -s fidelity"


@pytest.mark.parametrize("version", report.counts())
def test_every_failure_that_was_counted_has_its_reason(version):
    for module, (native, machine) in report.counts()[version]["modules"].items():
        assert native - machine == len(known.known_failures(module, version)), module


def test_the_list_is_in_order():
    reasons, cases = known.load()
    listed = [case for module in cases.values() for case in module.values()]
    assert {key for key, _ in listed} == set(reasons)
    assert {version for _, versions in listed for version in versions} == set(report.counts())
    assert set(cases) <= set(modules.MODULES)


def test_a_crash_is_a_failing_case(tmp_path, monkeypatch):
    """A process that ends early, and one that hangs, each cost one case."""
    package = tmp_path / "test"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "support.py").touch()
    (package / "test_broken.py").write_text(
        "import os, time, unittest\n"
        "class T(unittest.TestCase):\n"
        "    def test_a(self): pass\n"
        "    def test_b(self): os.abort()\n"
        "    def test_c(self): time.sleep(60)\n"
        "    def test_d(self): self.fail()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run = runner.run_module("test_broken", machine=False, patience=3)
    assert [(case, outcome) for case, (outcome, _) in run.cases.items()] == [
        ("T.test_a", "passed"),
        ("T.test_b", "crashed"),
        ("T.test_c", "hung"),
        ("T.test_d", "failed"),
    ]
