"""The IR's text, and what the verifier refuses."""

import pytest
from programs.scoping import pow_

from zygcore._bytecode import build
from zygcore._ir import IR, NULL, UNDEF, Block, Const, Edge, Instr, Terminator
from zygcore.ir_text import code_ir, format_ir
from zygcore.ir_verify import verify

POW = """\
1: (%2, %3)
  br 2 (%3, 1)
2: (%4, %5)
  %6 = %4 > 0
  br 4 unless %6
  br 3
3:
  %7 = %4 - 1
  %8 = %5 * %2
  br 2 (%7, %8)
4:
  return %5
"""


def test_pow_as_on_the_slide(capsys):
    assert code_ir(pow_) is None
    assert capsys.readouterr().out == POW


def test_text_of_common_instructions():
    def f(x, *rest, key=None):
        y = g(x, key=key) + x.a.m(1)  # noqa: F821
        y[0] = {"k": [x, (y,)], "s": f"{x!r}"}
        return f"{rest}" if not x else -x

    text = format_ir(build(f.__code__))
    for part in ("%2, %3, %4", "global g", "(%2, key=%3)", "%2.a", "method ", "[0] = ",
                 "{'k': ", "(%", ",)", "-%2", "return"):  # fmt: skip
        assert part in text, text


def test_text_of_handlers_and_loops():
    def f(items):
        for item in items:
            try:
                item()
            except KeyError:
                raise ValueError from None

    text = format_ir(build(f.__code__))
    for part in ("on error", "= next(%", "if exhausted", "from None", "reraise"):
        assert part in text, text


def test_code_ir_takes_what_holds_code(capsys):
    class C:
        def method(self):
            return self

    for thing in (C.method, C().method, C.method.__code__):
        code_ir(thing)
        assert capsys.readouterr().out == "1: (%2)\n  return %2\n"
    with pytest.raises(TypeError, match="Python function"):
        code_ir(len)


def broken(change):
    """The IR of `pow_` after a change."""
    ir = build(pow_.__code__)
    verify(ir)
    change(ir)
    return ir


def drop_operand(ir):
    ir.blocks[0].terminator.edges[0].args.pop()


def use_early(ir):
    ir.blocks[1].instrs[0].args[0] = 7


def define_twice(ir):
    ir.blocks[2].instrs[1].results[0] = 7


def no_terminator(ir):
    ir.blocks[3].terminator = None


def unknown(ir):
    ir.blocks[2].instrs[0].op = "frobnicate"


def lacks(ir):
    ir.blocks[2].instrs[0].args[0] = NULL


def unbound(ir):
    ir.blocks[2].instrs[0].args[0] = UNDEF


def no_results(ir):
    ir.blocks[1].instrs[0].op = "setitem"


def unreachable(ir):
    block = Block()
    block.terminator = Terminator("return", [Const(None)], [])
    ir.blocks.append(block)


def bad_handler(ir):
    ir.blocks[1].handler = Edge(3, [])


def back_to_entry(ir):
    ir.blocks[2].terminator.edges[0] = Edge(0, [2, 3])


@pytest.mark.parametrize(
    "change, text",
    [
        (drop_operand, "edge to block 2"),
        (use_early, "%7, which may not be defined"),
        (define_twice, "%7 is defined where"),
        (no_terminator, "no terminator"),
        (unknown, "frobnicate"),
        (lacks, "lacks operand 0"),
        (unbound, "unbound operand"),
        (no_results, "setitem with 2 operands"),
        (unreachable, "cannot be reached"),
        (bad_handler, "handler"),
        (back_to_entry, "edge to block 1"),
    ],
)
def test_verifier_refuses(change, text):
    with pytest.raises(ValueError, match="pow_") as info:
        verify(broken(change))
    assert text in str(info.value)


def test_handler_sees_the_start_of_a_block():
    """What a block defines is not known to its handler."""
    ir = IR(pow_.__code__)
    first, handler = Block(), Block()
    first.params = [2, 3]
    first.instrs = [Instr("getitem", [2, 3], results=[4])]
    first.terminator = Terminator("return", [4], [])
    first.handler = Edge(1, [])
    handler.params = [5]
    handler.terminator = Terminator("return", [4], [])
    ir.blocks, ir.nvalues, ir.homes = [first, handler], 5, [-1] * 6
    with pytest.raises(ValueError, match="%4, which may not be defined"):
        verify(ir)
    handler.terminator.args = [5]
    verify(ir)
