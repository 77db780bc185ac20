"""The translation of bytecode: against CPython on small functions, and on the standard library."""

import copy
import pathlib
import sys
import sysconfig
import types

import ir_eval
import pytest
from bytecode_cases import CASES

from zygcore import _bytecode
from zygcore._bytecode import build
from zygcore.errors import UnsupportedError
from zygcore.ir_verify import redundant_params, verify
from zygcore.testing import run_in_machine

STDLIB = pathlib.Path(sysconfig.get_paths()["stdlib"])
MODULES = [
    "argparse", "ast", "asyncio", "bdb", "collections", "configparser", "contextlib", "csv",
    "dataclasses", "datetime", "_pydatetime", "_pydecimal", "difflib", "email", "enum",
    "fractions", "functools", "heapq", "html", "http", "inspect", "ipaddress", "json", "logging",
    "multiprocessing", "pathlib", "pdb", "pickle", "random", "re", "shutil", "statistics",
    "string", "subprocess", "tarfile", "textwrap", "threading", "typing", "unittest", "urllib",
    "xml", "zipfile",
]  # fmt: skip


def codes(code):
    """A code object and those in its constants, at any depth."""
    pending = [code]
    while pending:
        code = pending.pop()
        yield code
        pending += [c for c in code.co_consts if isinstance(c, types.CodeType)]


def check(code):
    ir = build(code)
    verify(ir)
    assert not redundant_params(ir)
    return ir


def outcome(call, *args):
    try:
        return "returned", call(*args)
    except Exception as exc:
        return "raised", type(exc), str(exc)


@pytest.mark.parametrize(
    "function, args", CASES, ids=[f"{f.__name__}-{i}" for i, (f, _) in enumerate(CASES)]
)
def test_same_as_cpython(function, args):
    for code in codes(function.__code__):
        check(code)
    expected = outcome(function, *copy.deepcopy(args))
    found = outcome(lambda *a: ir_eval.evaluate(function, *a), *copy.deepcopy(args))
    assert found == expected


def test_module_and_class_bodies():
    source = pathlib.Path(STDLIB / "colorsys.py").read_text()
    namespace = {"__name__": "m"}
    ir_eval.run_module(compile(source, "m", "exec"), namespace)
    assert namespace["rgb_to_hsv"](0.5, 0.25, 0.75) == pytest.approx((0.75, 2 / 3, 0.75))


@pytest.mark.parametrize("name", ["heapq", "fractions", "statistics", "textwrap", "bisect"])
def test_modules_evaluate(name):
    """A whole module runs in the evaluator: its body, its classes, its functions."""
    namespace = {"__name__": f"{name}_evaluated", "__builtins__": __builtins__}
    module = types.ModuleType(namespace["__name__"])
    sys.modules[module.__name__] = module
    try:
        code = compile((STDLIB / f"{name}.py").read_text(), name, "exec")
        ir_eval.run_module(code, namespace)
    finally:
        del sys.modules[module.__name__]
    if name == "heapq":
        assert namespace["nsmallest"](3, [5, 2, 8, 1, 9]) == [1, 2, 5]
        assert list(namespace["merge"]([1, 4], [2, 3], reverse=False)) == [1, 2, 3, 4]
    elif name == "fractions":
        fraction = namespace["Fraction"]
        assert fraction(3, 6) + fraction("1/3") == fraction(5, 6)
        assert f"{fraction(1, 2)}" == "1/2"
    elif name == "statistics":
        assert namespace["median"]([5, 1, 3]) == 3
        assert namespace["fmean"]([1, 2, 6]) == 3
    elif name == "textwrap":
        assert namespace["wrap"]("the quick brown fox", 10) == ["the quick", "brown fox"]
    else:
        assert namespace["bisect_left"]([1, 3, 5], 3) == 1


@pytest.mark.parametrize("name", MODULES)
def test_stdlib_is_well_formed(name):
    path = STDLIB / f"{name}.py"
    paths = [path] if path.exists() else sorted((STDLIB / name).rglob("*.py"))
    for path in paths:
        for code in codes(compile(path.read_text("utf-8"), str(path), "exec")):
            check(code)


def test_slot_names():
    """Cells that are arguments share the slot of the argument."""
    for code in codes(compile((STDLIB / "dataclasses.py").read_text(), "d", "exec")):
        cells = [name for name in code.co_cellvars if name not in code.co_varnames]
        names = [*code.co_varnames, *cells, *code.co_freevars]
        assert names == [code._varname_from_oparg(i) for i in range(len(names))]


def test_loop_tests_are_merged():
    """A `while` has one test, whatever its shape."""

    def loop(a, b, c):
        while a and (b or c) and 0 < a < b:
            a -= 1
            if c:
                continue
            b -= a

    def inside_try(a, b):
        try:
            while a if b else b > 3:
                a -= 1
        finally:
            while not b:
                b += a

    for function, tests in (loop, 6), (inside_try, 5):
        ir = check(function.__code__)
        conds = [block for block in ir.blocks if block.terminator.kind == "cond"]
        # The body of `finally` is there twice, but each copy has one test.
        assert len(conds) == tests


def test_homes():
    def f(a, b):
        total = a + b
        for item in range(a):
            total = total * item
        return total

    ir = check(f.__code__)
    names = f.__code__.co_varnames
    homes = {names[home] for home in ir.homes if home >= 0}
    assert homes == {"a", "b", "total", "item"}
    assert [names[ir.homes[p]] for p in ir.blocks[0].params] == ["a", "b"]
    joins = [p for block in ir.blocks[1:] for p in block.params]
    assert [names[ir.homes[p]] for p in joins] == ["total"]


def test_local_maps():
    def f(a):
        b = a + 1
        if a:
            c = 2
        get = lambda: b
        return locals(), get

    ir = check(f.__code__)
    (scope,) = ir.local_maps.values()
    assert list(scope) == ["a", "c", "get", "b"]


def test_offsets_have_positions():
    def f(x):
        y = x.a[0]
        return y(1)

    ir = check(f.__code__)
    positions = list(f.__code__.co_positions())
    lines = [positions[i.offset // 2][0] - f.__code__.co_firstlineno
             for i in ir.blocks[0].instrs]  # fmt: skip
    assert lines == [1, 1, 2]


def test_deep_nesting():
    """Nothing recurses over the function."""
    depth = 19
    lines = ["def f(x):"]
    lines += [" " * (i + 1) + f"for i{i} in range(1):" for i in range(depth)]
    lines += [" " * (depth + 1) + "x += 1", " return x"]
    namespace = {}
    exec("\n".join(lines), namespace)
    check(namespace["f"].__code__)
    assert ir_eval.evaluate(namespace["f"], 1) == 2
    body = "".join(f" if x > {i}: x += {i}\n while x < {i}: x += 1\n" for i in range(1500))
    exec(f"def g(x):\n{body} return x", namespace)
    check(namespace["g"].__code__)
    assert ir_eval.evaluate(namespace["g"], 1) == namespace["g"](1)


def test_the_ir_grows_linearly():
    """Blocks take what is live, not everything: four times the code is four times the IR."""

    def size(n):
        body = "".join(
            f" try:\n  v{i} = f(x)\n  x += v{i}\n except E: x = {i}\n while x < {i}: x += 1\n"
            for i in range(n)
        )
        namespace = {}
        exec(f"def g(x, f, E):\n{body} return x", namespace)
        blocks = build(namespace["g"].__code__).blocks
        edges = [e for b in blocks for e in (*b.terminator.edges, b.handler) if e is not None]
        return sum(len(b.instrs) + len(b.params) for b in blocks) + sum(len(e.args) for e in edges)

    assert size(400) < 4.2 * size(100)


def test_interactive_code_shows_values(capsys):
    code = compile("x + 1", "<stdin>", "single")
    assert [instr.imm for instr in build(code).blocks[0].instrs][-1] == "print"
    run_in_machine(exec, code, {"x": 41})
    assert capsys.readouterr().out == "42\n"


def test_unknown_version(monkeypatch):
    monkeypatch.setattr(_bytecode, "TABLE", None)
    with pytest.raises(UnsupportedError, match=rf"{sys.version_info[0]}\.{sys.version_info[1]}"):
        build(outcome.__code__)


def test_all_steps_are_used():
    """Every opcode of the table occurs in the standard library or in the cases."""
    import opcode

    if not (STDLIB / "test").exists():
        pytest.skip("CPython's tests are not installed")
    seen = set()
    for name in [*MODULES, "test"]:
        single = STDLIB / f"{name}.py"
        for path in [single] if single.exists() else sorted((STDLIB / name).rglob("*.py")):
            try:
                top = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
            except (SyntaxError, UnicodeDecodeError):
                continue
            for code in codes(top):
                seen.update(code.co_code[::2])
    missing = {
        name for name, number in opcode.opmap.items()
        if number < 256 and number not in seen and not name.startswith("INSTRUMENTED_")
    }  # fmt: skip
    assert missing <= {"INTERPRETER_EXIT", "RESERVED", "EXIT_INIT_CHECK", "ENTER_EXECUTOR",
                       "PRINT_EXPR", "IMPORT_STAR"}  # fmt: skip
