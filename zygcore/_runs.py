"""Running a call again for its derivative: the node that stands for it, and its pullback.

A call is run natively first; nothing of it is recorded.  What it returned or changed, number by
number and array by array, is the value of one node, whose operands are the variables with a
derivative that it could reach.  The machine stores these values where the call has put them.  The
pullback puts everything back to how it was before the call, runs it again, recorded, and pulls back
through that.
"""

import collections
import contextlib
import weakref
import zlib

import numpy as np
from numpy.lib.array_utils import byte_bounds

from ._places import at, put, read, with_part
from ._pullback import pullback
from ._reach import Reach
from ._state import fingerprint, same_bytes, same_draws
from .errors import CheckpointError, UnsupportedError, ZygcoreError
from .rules.functools import is_active
from .rules.numpy._windows import made
from .rules.registry import UNKNOWN, adjoint, nondifferentiable

__all__ = ["Run", "run"]


class Run:
    """A call: how it was, and what came out.

    Attributes
    ----------
    box : list
        The function, its arguments, its keyword arguments, and what came of it.
    reach : Reach
        Of the box, before the call.
    outs : list of Out
        What the call made or changed.
    """

    def __init__(self, name, box):
        self.name, self.box = name, box
        self.reach = Reach(box)
        self.active = []  # numbers of the variables that are operands
        self.twice = objects_in_several_places(self.reach.variables)
        self.outs = ()
        self.moved = []  # (places, number of the variable) of arrays that were put elsewhere
        self.views = []  # (places, number of the variable, array) of arrays that show its memory
        self.texts = []  # (text, place) of what was not there before
        self.prints = {}  # id of an object made in C -> what it held before
        self.tainted = []  # objects made in C that something active went into before
        self.opaque = []  # those that are new or hold something else
        self.draws = []  # (generator, state before, state after) of those that were used
        self.before = self.error = self.signature = None

    # the machine runs these where something active goes through them

    def keep(self, result):
        self.box.append(result)

    def result(self):
        return self.box.pop()

    def execute(self):
        f, args, kwargs = self.box[:3]
        return f(*args, **kwargs)

    def finished(self, after):
        """The first run is over: copies of arrays that it has not written into are let go."""
        written = {id(out.array) for out in self.outs if out.array is not None}
        self.before.arrays = {i: self.before.arrays[i] for i in written}

    def pulled_back(self, operands, dy):
        """The cotangents of the operands."""
        state = rewind(self)
        try:
            wanted = [i for i, d in enumerate(dy) if d is not None]
            _, back = pullback(lambda *values: again(self, values, wanted), *operands)
            return back(tuple([dy[i] for i in wanted]))
        finally:
            put_back(state)


class Out:
    """A variable after a call.

    Attributes
    ----------
    number : int
        Among the variables after the call.
    places : list
        Where it is and was not before.
    value : number or array, then its Summary
    array : ndarray or None
        The array, there before, that was written into.
    """

    __slots__ = ("array", "number", "places", "value")

    def __init__(self, number, places, value, array=None):
        self.number, self.places, self.value, self.array = number, places, value, array


def objects_in_several_places(variables):
    """Their ids."""
    counts = collections.Counter(id(v.value) for v in variables)
    return {i for i, n in counts.items() if n > 1}


# ------------------------------------------------------ what the machine runs, with derivatives


def run(call):
    """Carries out a call, as one node if anything that it reaches has a derivative."""
    f, args, kwargs = call.box[:3]
    for way in call.reach.ways:
        at(*way)  # containers that nobody looked into are opened
    for value, holder in call.reach.hidden:
        if is_active(value):
            refuse(call, holder)
    values = []
    for variable in call.reach.variables:
        values.append(at(*variable.places[0]) if has_place(variable) else variable.value)
    active = [is_active(value) for value in values]
    if not any(active):
        return f(*args, **kwargs)
    if call.reach.ways_around:
        refuse_to_search(call)
    call.tainted = [x for x in call.reach.opaque if is_active(x)]
    operands = []
    for i, value in enumerate(values):
        if active[i]:
            separate(call, i, value)
            operands.append(value)
    begin(call, active)
    found = node(weakref.ref(call), *operands)
    for i, out in enumerate(call.outs):
        if out.array is not None:
            out.array[...] = found[i]
            store(out.places, out.array)
        else:
            store(out.places, found[i])
    for places, i in call.moved:
        if active[i]:
            store(places, values[i])
    for places, i, array in call.views:
        if active[i]:
            store(places, made(values[i], second, (array,), {}))
    for text, place in call.texts:
        store([place], made_of(text, *operands))
    for x in call.opaque:
        made_of(x, *operands)
    if call.error is not None:
        raise call.error
    return call.result()


def made_of(x, *operands):
    """Text, or an object made in C, that something with a derivative may have gone into."""
    return x


made_of.__module__ = "builtins"  # what messages say
made_of.__qualname__ = "what zygcore.checkpoint has seen as text or as an object made in C"


@adjoint(made_of)
def made_of_rule(x, *operands):
    return x, UNKNOWN


def store(places, value):
    for container, key, path in places:
        put(container, key, with_part(read(container, key), path, value) if path else value)


def separate(call, i, value):
    """A number that stands in several places is one object in each: so they can be told apart."""
    variable = call.reach.variables[i]
    container, key, path = variable.places[0]
    if id(variable.value) in call.twice and not path and container is not None:
        put(container, key, value)


def node(reference, *operands):
    return first(reference)


@adjoint(node)
def node_rule(reference, *operands):
    call = reference()
    found = node(reference, *operands)

    def node_back(dy):
        return (None, *call.pulled_back(operands, dy))

    return found, node_back


def again(call, values, wanted):
    """The second run; what it made or changed, of that what is `wanted`."""
    for i, value in zip(call.active, values, strict=True):
        for container, key, path in call.reach.variables[i].places:
            old = read(container, key)
            put(container, key, with_part(old, path, value) if path else value)
    for x in call.tainted:
        with contextlib.suppress(ReferenceError):  # a proxy of something that is gone
            made_of(x, *values)  # an error, if the result depends on what is in there
    f, args, kwargs = call.box[:3]
    error = None
    try:
        result = f(*args, **kwargs)
    except ZygcoreError:
        raise
    except Exception as raised:
        result = error = raised
    call.keep(result)
    found = []
    for variable in outs_again(call, error):
        place = variable.places[0]
        found.append(variable.value if place[0] is None else at(*place))
    compare(call, found)
    return tuple([found[i] for i in wanted])


# ------------------------------------------------------------------------- what is native


def has_place(variable):
    return variable.places[0][0] is not None


def refuse(call, holder):
    raise UnsupportedError(
        f"{call.name}, under zygcore.checkpoint, can reach a value with a derivative inside of a "
        f"{holder.__name__}, which cannot be put back for a second run: pass the value as an "
        "argument, or make a list"
    )


def refuse_to_search(call):
    names = ", ".join(sorted(call.reach.ways_around))
    raise UnsupportedError(
        f"{call.name}, under zygcore.checkpoint, may find values by {names}, without a reference "
        "to them: whether they have a derivative is not known. Pass them as arguments"
    )


def begin(call, active):
    call.active = [i for i, is_ in enumerate(active) if is_]
    call.before = call.reach.save()
    call.prints = {id(x): fingerprint(x) for x in call.reach.opaque}


def first(reference):
    """The native run: what it made and changed; a tuple, or None for nothing."""
    call = reference()
    try:
        result = call.execute()
    except ZygcoreError:
        raise
    except Exception as error:
        call.error = result = error
    call.keep(result)
    after = Reach(call.box)
    check_result(call, after)
    call.signature = after.signature()
    find_outs(call, after)
    draws = [(d, then, d.get()) for d, then in call.before.draws]
    call.draws = [d for d in draws if not same_draws(*d[1:])]
    call.before.draws = [(d, then) for d, then, _ in call.draws]
    values = []
    for out in call.outs:
        value = out.value
        if out.array is not None:
            value = out.array.copy()
            out.array[...] = call.before.arrays[id(out.array)][1]
        out.value = summary(value)
        values.append(value)
    call.finished(after)
    call.reach.forget({*call.active})
    call.prints = call.twice = None
    return tuple(values) or None


def check_result(call, after):
    """Refuses what could not be made active."""
    known = {id(value) for value, _ in call.reach.hidden}
    for value, holder in after.hidden:
        if id(value) not in known:
            raise UnsupportedError(
                f"{call.name}, under zygcore.checkpoint, made a {holder.__name__} that holds "
                "numbers: return a list, a tuple or an array"
            )


def find_outs(call, after):
    """The variables that were not what or where they are now."""
    contents = {(type(c), id(c.x)): known for c, known in call.before.contents}
    now = {}
    arrays = call.before.arrays
    outs = []
    for i, variable in enumerate(after.variables):
        places = [place for place in variable.places if is_new(contents, now, *place)]
        value = variable.value
        if isinstance(value, np.ndarray):
            if id(value) in arrays:
                if not same_bytes(value, arrays[id(value)][1]):
                    outs.append(Out(i, places, value, array=value))
                elif places:
                    call.moved.append((places, number_of(call, value)))
                continue
            whole = shown_by(call, value)
            if whole is not None:
                call.views.append((places, whole, value))
                continue
        if places:
            outs.append(Out(i, places, value))
    call.outs = tuple(outs)
    check_written(call)
    call.texts = [(text, way) for text, way in after.texts if is_new(contents, now, *way)]
    call.opaque = [x for x in after.opaque if call.prints.get(id(x)) != fingerprint(x)]


def check_written(call):
    """Arrays that are written where only C code knows them have no place for their derivative."""
    for array, holder in call.reach.hidden:
        if id(array) in call.before.arrays and not any(out.array is array for out in call.outs):
            if not same_bytes(array, call.before.arrays[id(array)][1]):
                raise UnsupportedError(
                    f"{call.name}, under zygcore.checkpoint, writes into an array through a "
                    f"{holder.__name__}: write into the array itself"
                )


def is_new(contents, now, container, key, path):
    """Was something else in a place before?  `now` remembers what is in containers now."""
    if container is None:
        return False
    known = contents.get((type(container), id(container.x)))
    if known is None or key not in known:
        return True
    if id(container) not in now:
        now[id(container)] = container.contents()
    return now[id(container)][key] is not known[key]


def number_of(call, array):
    return next(i for i, v in enumerate(call.reach.variables) if v.value is array)


def shown_by(call, array):
    """The number of the variable, an array, of which a new array shows the memory, or None."""
    found = None
    for i, variable in enumerate(call.reach.variables):
        other = variable.value
        if isinstance(other, np.ndarray) and np.may_share_memory(array, other):
            (low, high), (start, end) = byte_bounds(other), byte_bounds(array)
            if found is None or i in call.active:
                found = i if low <= start and end <= high else -1
    if found == -1:
        raise UnsupportedError(
            f"{call.name}, under zygcore.checkpoint, returns or stores an array that shows more "
            "than one of those that were there before: return a copy"
        )
    return found


def second(x, y):
    return y


def rewind(call):
    """Puts everything back to how it was before the call; how it is now."""
    now = call.reach.state(call.before)
    call.before.restore()
    return now


def put_back(state):
    state.restore()


def outs_again(call, error):
    """The variables that the second run has made or changed."""
    if type(error) is not type(call.error):
        differs(call, f"{_how(call.error)} first, and {_how(error)} then", error)
    after = Reach(call.box)
    if after.signature() != call.signature:
        differs(call, "what it returned or changed was made of other parts", None)
    return [after.variables[out.number] for out in call.outs]


def _how(error):
    return "it returned" if error is None else f"it raised {type(error).__name__}"


def compare(call, found):
    """Raises if the second run came to something else."""
    for out, value in zip(call.outs, found, strict=True):
        if not is_close(out.value, summary(value)):
            differs(call, f"a value was {out.value.text}, and {summary(value).text} then", None)
    for draws, before, then in call.draws:
        now = draws.get()
        unused = draws.shared and same_draws(now, before)  # another thread did that
        if not unused and not same_draws(now, then):
            differs(call, "it drew other random numbers", None)


def differs(call, what, cause):
    raise CheckpointError(
        f"{call.name}, under zygcore.checkpoint, did not do the same when it was run again for the "
        f"backward pass: {what}. It may depend on something that cannot be put back: time, a file, "
        "an iterator, entropy of the system, an object made in C. Make that an argument"
    ) from cause


class Summary:
    """A value, or what remains of an array: enough to notice that another one differs."""

    __slots__ = ("exact", "eps", "kind", "parts", "text")

    def __init__(self, kind, exact, parts, eps, text):
        self.kind, self.exact, self.parts, self.eps, self.text = kind, exact, parts, eps, text


def summary(x):
    if not isinstance(x, np.ndarray):
        eps = 1e-5 if isinstance(x, np.float32 | np.complex64 | np.float16) else 1e-9
        return Summary(type(x), repr(x), (x, abs(x)), eps, repr(x))
    kind = x.dtype, x.shape
    exact = zlib.crc32(np.ascontiguousarray(x).data.cast("B")) if x.size else 0
    if x.dtype.kind not in "fc":
        return Summary(kind, exact, None, 0.0, f"{x!r:.80}")
    flat = np.ravel(x)
    with np.errstate(all="ignore"):
        parts = np.dot(flat, np.linspace(0.5, 1.5, x.size)), np.sum(np.abs(flat), dtype=float)
    eps = 1e-9 if x.dtype in (np.float64, np.complex128) else 1e-3
    return Summary(kind, exact, parts, eps, f"{x!r:.80}")


def is_close(a, b):
    """Machine and CPython may round differently in the last digits."""
    if a.kind != b.kind:
        return False
    if a.exact == b.exact:
        return True
    if a.parts is None or not isinstance(a.parts[0], (float, complex, np.inexact)):
        return False
    (x, size), (y, _) = a.parts, b.parts
    return bool(abs(x - y) <= a.eps * size) or bool(x != x and y != y)


nondifferentiable(
    begin, compare, first, has_place, outs_again, put_back, refuse,
    refuse_to_search, rewind,
)  # fmt: skip
