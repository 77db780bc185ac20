"""No call drops a gradient silently.

Every method of every builtin type and several hundred C functions are called with active
arguments.  The gradient of what they return, and of what became of their arguments, is right, or
is None where differences say zero or where the callable is declared to carry none, or there is an
error of zygcore that says what to do.
"""

import math
import warnings

import poison_cases
import poison_functions
import poison_programs
import poison_texts  # noqa: F401  its programs are among those of poison_programs
import pytest
from poison_measure import outcome

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError

#: integers that count or label something, whole numbers of decimals, addresses: declared to carry
#: no gradient
DECLARED = {
    "range": {"__getitem__", "__iter__", "__reversed__", "__repr__"},
    "range iterator": {
        "__getstate__", "__iter__", "__length_hint__", "__next__", "__reduce__", "__reduce_ex__",
    },
    "Decimal": {
        "__ceil__", "__floor__", "__int__", "__round__", "__trunc__", "to_integral_value",
    },
    "deque of ints": {"maxlen", "__reduce__", "__reduce_ex__"},
    "ndarray of objects": {"tobytes"},  # addresses, whose bytes may look like digits
}  # fmt: skip

FINE = {"right", "none", "error", "skip"}


@pytest.fixture(autouse=True)
def quietly(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("owner", poison_cases.OWNERS)
def test_methods(owner):
    make, x = poison_cases.OWNERS[owner]
    failures = []
    for name in poison_cases.names(owner, type(make(x))):
        if name in DECLARED.get(owner, ()):
            continue
        for label, program in poison_cases.programs(owner, make, x, name):
            kind, detail = outcome(program, x)
            if kind not in FINE:
                failures.append(f"{owner}.{name}({label}): {kind}, {detail!r:.200}")
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("module", poison_functions.MODULES, ids=lambda m: m.__name__)
def test_functions(module):
    failures = []
    for name, f in poison_functions.public(module):
        for label, program in poison_functions.programs(f):
            kind, detail = outcome(program, 1.7)
            if kind not in FINE:
                failures.append(f"{name}({label}): {kind}, {detail!r:.200}")
    assert not failures, "\n".join(failures)


def test_there_are_enough_functions():
    tried = [
        name
        for module in poison_functions.MODULES
        for name, f in poison_functions.public(module)
        if next(poison_functions.programs(f), None)
    ]
    assert len(tried) >= 200


@pytest.mark.parametrize("program", poison_programs.PROGRAMS.values(), ids=poison_programs.PROGRAMS)
def test_round_trips(program):
    kind, detail = outcome(program, 1.7)
    assert kind in ("right", "error"), (kind, detail)
    if kind == "error":
        assert isinstance(detail, (AdjointError, UnsupportedError))
        assert len(str(detail)) > 60, "what happened, and the remedy"


def test_the_message():
    def f(x):
        text = str(x)
        return float(text)  # not here

    with pytest.raises(AdjointError) as caught:
        zg.gradient(f, 1.7)
    message = str(caught.value)
    line = f.__code__.co_firstlineno + 1
    assert "derivative of str" in message and f"{__file__}:{line}" in message
    assert "@zygcore.adjoint(str)" in message and "nondifferentiable" in message


# ------------------------------------------------------- dicts that remember results


def remembering(memo):
    def sine(x):
        if x not in memo:
            memo[x] = math.sin(x)
        return memo[x]

    return sine


def test_a_dict_shares_within_one_gradient():
    memo = {}
    sine = remembering(memo)
    assert zg.gradient(lambda x: sine(x) * sine(x), 0.5)[0] == pytest.approx(math.sin(1.0))
    assert len(memo) == 1


def test_a_dict_does_not_leak_into_the_next_gradient():
    sine = remembering({})
    zg.gradient(sine, 0.5)
    with pytest.raises(AdjointError, match="found in a dict"):
        zg.gradient(sine, 0.5)


@pytest.mark.parametrize("args", [(0.5, 0.5), (0.5, 0.7)])
def test_a_dict_does_not_mix_variables(args):
    def f(a, b):
        sine = remembering({})
        return 2 * sine(a) + 3 * sine(b)

    if args[0] == args[1]:
        with pytest.raises(AdjointError, match="another variable of the same value"):
            zg.gradient(f, *args)
    else:
        want = (2 * math.cos(args[0]), 3 * math.cos(args[1]))
        assert zg.gradient(f, *args) == pytest.approx(want)


def test_a_constant_does_not_find_what_a_variable_stored():
    def f(x):
        sine = remembering({})
        return sine(x) + sine(0.5)

    with pytest.raises(AdjointError, match="found in a dict"):
        zg.gradient(f, 0.5)


@pytest.mark.parametrize("find", [dict.get, dict.setdefault, dict.pop, dict.__getitem__])
def test_other_ways_into_a_dict(find):
    memo = {0.5: 7.0}
    with pytest.raises(AdjointError, match="found in a dict"):
        zg.gradient(lambda x: find(memo, x, *[None] * (find is not dict.__getitem__)) * x, 0.5)


def test_results_that_are_overwritten_are_found():
    memo = {}

    def f(x):
        memo[x] = math.sin(x)
        return memo[x]

    for _ in range(2):
        assert zg.gradient(f, 0.5)[0] == pytest.approx(math.cos(0.5))


def test_labels_may_be_looked_up():
    table = {1: 2.0, "a": 3.0, (1, 2): 4.0}
    f = lambda x, n: table[n] * x + table["a"] * x + table[n, 2] * x
    assert zg.gradient(f, 0.5, 1)[0] == 9.0
