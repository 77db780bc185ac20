"""Every engine runs every program of the corpus and does what CPython does.

`test_reference` needs no engine: it keeps the corpus itself honest.
"""

import pytest
from programs import (
    NIL,
    Fields,
    _trees,
    check_reference,
    differences,
    gradient_errors,
    load,
    reference_gradient,
    run_engine,
    run_plain,
)

PROGRAMS = load()
DIFFERENTIABLE = {name: p for name, p in PROGRAMS.items() if p.differentiable}

every_program = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
differentiable = pytest.mark.parametrize(
    "program", DIFFERENTIABLE.values(), ids=DIFFERENTIABLE.keys()
)


@pytest.fixture(scope="module")
def zg():
    import zygcore

    return zygcore


def complain(lines):
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


@every_program
def test_reference(program):
    complain(check_reference(program))


def gradient_tree(value, table, path=()):
    """A gradient made from a table of numbers, as an engine would return it."""
    if _trees.is_leaf(value):
        return None if table[path] is NIL else table[path]
    below = {s: gradient_tree(v, table, (*path, s)) for s, v in _trees.children(value)}
    if isinstance(value, dict):
        return {key: g for (_, key), g in below.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(below.values())
    return Fields(**{name: g for (_, name), g in below.items()}) if below else None


@differentiable
def test_comparison(program):
    """The right gradient passes; with any one number missing or off, it does not."""
    table, _ = reference_gradient(program)
    args = program.arguments()
    complain(gradient_errors(program, gradient_tree(args, table)))
    for path, entry in table.items():
        wrong = (1.0,) if entry is None else () if entry is NIL else (None, entry * 1.001 + 1)
        for other in wrong:
            assert gradient_errors(program, gradient_tree(args, {**table, path: other}))


@every_program
def test_machine_value(program, zg):
    outcome = run_engine(program, lambda f, *args: zg.pullback(f, *args)[0])
    complain(differences(run_plain(program), outcome))


@every_program
def test_run_in_machine(program, zg):
    from zygcore.testing import run_in_machine

    complain(differences(run_plain(program), run_engine(program, run_in_machine)))


@differentiable
def test_machine_gradient(program, zg):
    outcome = run_engine(program, zg.gradient)
    complain(differences(run_plain(program), outcome, value=False))
    complain(gradient_errors(program, outcome.value))


@differentiable
def test_gradient_twice(program, zg):
    """A cached program gives the same gradient again, to the last bit."""
    first, second = run_engine(program, zg.gradient), run_engine(program, zg.gradient)
    complain(gradient_errors(program, second.value))
    assert repr(first.value) == repr(second.value)
