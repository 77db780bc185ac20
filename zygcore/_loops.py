"""Loops that are run again in parts: snapshots of the state, and the sweep between them.

The loop is one call under `_runs`, whose first run takes snapshots.  Its pullback goes through the
loop backward, block by block: it advances from the last snapshot to the beginning of a block, runs
the block recorded, and pulls back through it.  Snapshots that are behind are used for what is
before (`_binomial`).

Cotangents between two blocks belong to the variables in reach there, in the order in which they are
found: a program that does the same again comes to the same order.
"""

import numpy as np

from ._binomial import first_snapshots, snapshots_for, split
from ._places import at, put, read, with_part
from ._pullback import pullback
from ._reach import Reach
from ._runs import Run, differs, is_close, made_of, put_back, summary
from ._state import copied
from .errors import AdjointError
from .rules.functools import is_active
from .rules.registry import nondifferentiable

__all__ = ["Loop", "plain_loop"]

#: of `Loop.box[1]`
STEP, STATE, COUNT, CONSTS = 0, 1, 2, 3


def plain_loop(step, state, n, *consts):
    for i in range(n):
        state = step(state, i, *consts)
    return state


class Loop(Run):
    """The call of `plain_loop` with these arguments.

    Attributes
    ----------
    edges : list of int
        Where blocks begin, and the number of steps.
    stack : list of (number of a block, State)
        The snapshots of the first run.
    digests : dict
        number of a block -> what the state was before it.
    """

    def __init__(self, name, box, snapshots, recorded):
        super().__init__(name, box)
        n = box[1][COUNT]
        recorded = recorded or max(1, round(n ** (1 / 3)))
        self.edges = [*range(0, n, recorded), n]
        self.blocks = len(self.edges) - 1
        self.snapshots = snapshots or snapshots_for(self.blocks, 3)
        self.stack, self.digests = [], {}
        self.chosen = None
        self.everything = False

    # the machine runs these, see `Run`

    def keep(self, result):
        self.box[1][STATE] = result

    def result(self):
        return self.box[1][STATE]

    def pulled_back(self, operands, dy):
        if is_active(dy) or any([is_active(x) for x in operands]):
            return super().pulled_back(operands, dy)  # a derivative of the derivative: at once
        return swept(self, operands, dy)

    # native

    def execute(self):
        """The first run, which takes snapshots."""
        step, state, _, *consts = self.box[1]
        self.stack = [(0, self.before)]
        places = first_snapshots(self.blocks, self.snapshots)
        for block in range(self.blocks):
            if block and block in places:
                self.box[1][STATE] = state
                reach = Reach(self.box)
                self.stack.append((block, reach.save(self.stack[-1][1])))
                self.digests[block] = self.digest(reach)
            for i in range(self.edges[block], self.edges[block + 1]):
                state = step(state, i, *consts)
        return state

    def finished(self, after):
        self.count = len(after.variables)
        self.choose()
        used = {id(draws.x) for draws, _, _ in self.draws}
        for _, snapshot in self.stack:
            snapshot.draws = [d for d in snapshot.draws if id(d[0].x) in used]

    def choose(self):
        """The places whose variables have a derivative for certain."""
        variables = [self.reach.variables[i] for i in self.active]
        self.chosen = {named(*place) for v in variables for place in v.places}
        self.integers = any(is_integer(v.value) for v in variables)

    def numbers(self, reach, block):
        """Which of the variables before a block are taken to have a derivative."""
        if block == 0:
            return self.active
        return [i for i, v in enumerate(reach.variables) if self.takes(reach, v)]

    def takes(self, reach, variable):
        kept = self.everything or self.integers or not is_integer(variable.value)
        if self.everything:
            return variable.places[0][0] is not None
        return any(
            named(*place) in self.chosen or kept and self.is_state(reach, place)
            for place in variable.places
            if place[0] is not None
        )

    def is_state(self, reach, place):
        """Is a place inside of the state?"""
        while place is not None and place[0] is not None:
            if place[0].x is self.box[1]:
                return place[1] == STATE
            place = reach.parents.get(id(place[0]))
        return False

    def digest(self, reach):
        """What numbers and arrays the state has."""
        return [
            summary(v.value)
            for v in reach.variables
            if v.places[0][0] is not None and self.is_state(reach, v.places[0])
        ]


class _MoreActive(Exception):
    """More has a derivative than was thought: another sweep is needed."""


def named(container, key, path):
    return type(container), id(container and container.x), key, path


def is_integer(x):
    return isinstance(x, (int, np.integer)) or isinstance(x, np.ndarray) and x.dtype.kind in "iu"


def swept(loop, operands, dy):
    """The cotangents of the operands; natively, but for the blocks."""
    if loop.error is not None:
        raise AdjointError(
            f"a step of {loop.name}, under zygcore.checkpoint_loop, raised an exception, and what "
            "it had changed until then is used: the derivative of that is not known"
        ) from loop.error
    now = present(loop)
    try:
        try:
            return sweep(loop, operands, dy)
        except _MoreActive:
            loop.everything = True
            return sweep(loop, operands, dy)
    finally:
        put_back(now)


def present(loop):
    """What everything that a snapshot can change holds now."""
    containers, arrays = {}, {}
    for _, snapshot in loop.stack:
        containers.update({id(c): c for c, _ in snapshot.contents})
        arrays.update(snapshot.arrays)
    state = loop.reach.state(loop.before)
    state.contents = [(c, c.contents()) for c in containers.values()]
    state.arrays = {i: (pair[0], copied(*pair)) for i, pair in arrays.items()}
    return state


def sweep(loop, operands, dy):
    cotangents = [None] * loop.count
    for out, d in zip(loop.outs, dy, strict=True):
        cotangents[out.number] = d
    stack = list(loop.stack)
    block = loop.blocks
    while block > 0:
        at_, snapshot = stack[-1]
        if at_ == block:
            stack.pop()
            continue
        snapshot.restore()
        while block - at_ > 1 and len(stack) < loop.snapshots:
            further = at_ + split(block - at_, loop.snapshots - len(stack) + 1)
            advance(loop, at_, further)
            at_ = further
            stack.append((at_, Reach(loop.box).save(stack[-1][1])))
        advance(loop, at_, block - 1)
        cotangents = pulled_through(loop, block - 1, operands, cotangents)
        block -= 1
    return [cotangents[i] for i in loop.active]


def advance(loop, start, stop):
    """Runs blocks natively."""
    arguments = loop.box[1]
    step, state, _, *consts = arguments
    for i in range(loop.edges[start], loop.edges[stop]):
        state = step(state, i, *consts)
    arguments[STATE] = state


def pulled_through(loop, block, operands, cotangents):
    """The cotangents of the variables before a block for those after it."""
    reach = Reach(loop.box)
    wanted = [i for i, d in enumerate(cotangents) if d is not None]
    before = [None] * len(reach.variables)
    if not wanted and block:
        return before
    numbers = loop.numbers(reach, block)
    values = operands if block == 0 else [reach.variables[i].value for i in numbers]

    def again(*values):
        for i, value in zip(numbers, values, strict=True):
            for container, key, path in reach.variables[i].places:
                old = read(container, key)
                put(container, key, with_part(old, path, value) if path else value)
        for x in loop.tainted:
            made_of(x, *values)
        arguments = loop.box[1]
        step, state, consts = arguments[STEP], arguments[STATE], arguments[CONSTS:]
        for i in range(loop.edges[block], loop.edges[block + 1]):
            state = step(state, i, *consts)
        arguments[STATE] = state
        variables = variables_after(loop, block + 1, len(cotangents))
        found = []
        for variable in variables:
            place = variable.places[0]
            found.append(variable.value if place[0] is None else at(*place))
        check_active(loop, block + 1, [is_active(value) for value in found])
        return tuple([found[i] for i in wanted])

    found, back = pullback(again, *values)
    if block + 1 == loop.blocks:
        compare_final(loop, dict(zip(wanted, found, strict=True)))
    for i, d in zip(numbers, back(found and tuple([cotangents[i] for i in wanted])), strict=True):
        before[i] = d
    return before


def variables_after(loop, block, count):
    reach = Reach(loop.box)
    if len(reach.variables) != count:
        differs(loop, "its state was made of other parts", None)
    known = loop.digests.get(block)
    if known is not None:
        for a, b in zip(known, loop.digest(reach), strict=True):
            if not is_close(a, b):
                differs(loop, f"a value was {a.text}, and {b.text} then", None)
    loop.last = reach
    return reach.variables


def check_active(loop, block, flags):
    """Do the variables that have a derivative now count as such in the block that follows?"""
    if block == loop.blocks or loop.everything:
        return
    counted = set(loop.numbers(loop.last, block))
    if any(flag and i not in counted for i, flag in enumerate(flags)):
        raise _MoreActive


def compare_final(loop, found):
    for out in loop.outs:
        if out.number in found and not is_close(out.value, summary(found[out.number])):
            text = summary(found[out.number]).text
            differs(loop, f"a value was {out.value.text}, and {text} then", None)


nondifferentiable(check_active, variables_after)
