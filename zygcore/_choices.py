"""Expressions that choose (``a if c else b``, ``a and b``), read back from the branches of the IR.

A value that is chosen is a parameter of the block in which the branches meet: each of them brings
another one.  `_expressions` reads what stands in the branches.
"""

from types import SimpleNamespace

__all__ = ["UnreadableError", "chosen", "meeting"]

#: how strongly they bind, as in the reference of the language
CONDITIONAL, OR, AND, NOT = 1, 3, 4, 5


class UnreadableError(Exception):
    """There is no form for an instruction, or values meet that were computed in several ways."""


def chosen(ir, value, strength, text):
    """The expression for a parameter of a block; in brackets if it binds less than `strength`.

    ``text(value, strength)`` is that of other values.
    """
    meeting = next((i for i, block in enumerate(ir.blocks) if value in block.params), None)
    if meeting is None:
        raise UnreadableError
    return _Choice(ir, meeting, ir.blocks[meeting].params.index(value), text).read(strength)


def meeting(ir, values):
    """An IR in which blocks lead to a new one, which they bring these values; and its parameter.

    It has what `chosen` looks at.
    """
    new, value = len(ir.blocks), object()
    blocks = list(ir.blocks)
    for i, brought in values.items():
        end = SimpleNamespace(
            kind="br", args=(), edges=[SimpleNamespace(target=new, args=[brought])]
        )
        blocks[i] = SimpleNamespace(params=blocks[i].params, instrs=[], terminator=end)
    end = SimpleNamespace(kind="return", args=(), edges=[])
    blocks.append(SimpleNamespace(params=[value], instrs=[], terminator=end))
    return SimpleNamespace(blocks=blocks), value


class _Choice:
    """The branches from where they part to where they meet."""

    def __init__(self, ir, meeting, place, text):
        self.blocks = ir.blocks
        self.edges = [block.terminator.edges for block in ir.blocks]
        self.ends = [block.terminator for block in ir.blocks]
        self.meeting, self.place, self.text = meeting, place, text
        self.seen = set()
        self.arrived = 0

    def read(self, strength):
        found = self.of_block(self.parting(), strength)
        entries = sum([edge.target == self.meeting for edges in self.edges for edge in edges])
        if self.arrived != entries:  # a loop comes back to it
            raise UnreadableError
        return found

    def parting(self):
        """The last block before the meeting that is on every way to it."""
        before = [[] for _ in self.edges]
        for i, edges in enumerate(self.edges):
            for edge in edges:
                before[edge.target].append(i)
        for i in _walk(self.meeting, before.__getitem__):
            if i != self.meeting and not self.reaches(0, i):
                return i
        raise UnreadableError

    def joint(self, start):
        """The first block behind `start` that is on every way to the meeting."""
        for i in _walk(start, self.targets):
            if i == self.meeting or i != start and not self.reaches(start, i):
                return i
        raise UnreadableError

    def targets(self, i):
        return [edge.target for edge in self.edges[i]]

    def reaches(self, start, without):
        """Is there a way to the meeting that does not pass a block?"""
        if start == without:
            return False
        ways = _walk(start, lambda i: [t for t in self.targets(i) if t != without])
        return self.meeting in ways

    def of_block(self, i, strength):
        if i in self.seen or i == self.meeting:
            raise UnreadableError
        self.seen.add(i)
        end = self.ends[i]
        if end.kind == "br":
            return self.of_edge(end.edges[0], strength)
        if end.kind != "cond":
            raise UnreadableError
        joint = self.joint(i)
        if joint != self.meeting:  # what is chosen here is a part of the expression
            return self.of_block(joint, strength)
        last, test, yes, no = self.tested(end)
        # what several conditions come to is the last one's value on one of the two ways only
        if test[0] != AND and self.brings(no, last):
            return self.joined(last, test, yes, "and", AND, strength)
        if test[0] != OR and self.brings(yes, last):
            return self.joined(last, test, no, "or", OR, strength)
        if no.target < yes.target:  # what comes first in the code does in the text
            test, yes, no = _bracketed(f"not {_in(test, NOT)}", NOT, CONDITIONAL + 1), no, yes
        else:
            test = _in(test, CONDITIONAL + 1)
        parts = self.of_edge(yes, CONDITIONAL + 1), test, self.of_edge(no, CONDITIONAL)
        return _bracketed("{} if {} else {}".format(*parts), CONDITIONAL, strength)

    def tested(self, end):
        """The whole condition of several branches: its last value, (strength, text), both ways."""
        (last, *_), (yes, no) = end.args, end.edges
        test = NOT, self.text(last, NOT)
        while True:
            if self.goes_on(yes, 1, no):
                binds, word, at = AND, "and", yes
            elif self.goes_on(no, 0, yes):
                binds, word, at = OR, "or", no
            else:
                return last, test, yes, no
            if at.target in self.seen:
                raise UnreadableError
            self.seen.add(at.target)
            end = self.ends[at.target]
            last = end.args[0]
            test = binds, f"{_in(test, binds)} {word} {self.text(last, binds + 1)}"
            if word == "and":
                yes = end.edges[0]
            else:
                no = end.edges[1]

    def goes_on(self, edge, way, other):
        """Does an edge lead to another condition that leads to the same as the other edge?"""
        end = self.ends[edge.target]
        return (
            edge.target != self.meeting
            and end.kind == "cond"
            and end.edges[way].target == other.target != self.meeting
        )

    def brings(self, edge, value):
        passed = set()
        while edge.target != self.meeting:
            i = edge.target
            if i in passed or self.blocks[i].instrs or self.ends[i].kind != "br":
                return False
            passed.add(i)
            (edge,) = self.edges[i]
        return edge.args[self.place] == value

    def joined(self, last, test, edge, word, binds, strength):
        self.arrived += 1
        left = self.text(last, binds) if test[0] == NOT else _in(test, binds)
        text = f"{left} {word} {self.of_edge(edge, binds)}"
        return _bracketed(text, binds, strength)

    def of_edge(self, edge, strength):
        if edge.target != self.meeting:
            return self.of_block(edge.target, strength)
        self.arrived += 1
        return self.text(edge.args[self.place], strength)


def _walk(start, neighbours):
    """The blocks that are reached, near ones first."""
    found, waiting = {start: None}, [start]
    for i in waiting:
        for n in neighbours(i):
            if n not in found:
                found[n] = None
                waiting.append(n)
    return found


def _bracketed(text, binds, strength):
    return f"({text})" if binds < strength else text


def _in(found, strength):
    """(how strongly it binds, an expression) as a part of another one."""
    binds, text = found
    return _bracketed(text, binds, strength)
