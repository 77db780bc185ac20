# ruff: noqa: F601
"""Lists, tuples, dicts, sets and the functions that work on them."""

import bisect
import copy
import heapq
import itertools
import math
import operator
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque

from . import FD, NIL, log, program


@program([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
def slices(xs):
    a = sum(xs[1:4]) * sum(xs[::2])
    b = xs[-2:][0] * xs[::-1][0]
    return a + b + sum(xs[4:1:-2]) + len(xs[10:])


@program([1.0, 2.0, 3.0, 4.0], grad=([FD, None, FD, None],))
def slice_assignment(xs):
    ys = xs[:]
    ys[1:2] = [xs[0], xs[2], xs[0]]
    del ys[-1]
    ys[0:0] = [xs[2] * 3]
    ys[::2] = [y * 2 for y in ys[::2]]
    log(len(ys))
    return ys[0] + 2 * ys[1] + 3 * ys[2] + 4 * ys[3] - ys[-1]


@program(2.0, grad=(18.0,))
def aliased_list(x):
    a = [x, 1.0]
    b = a
    b[1] = x * x
    a.append(b[1] + x)
    return b[0] * b[2] + a[1] * 0.5


@program(3.0, grad=(14.0,))
def same_float_twice_in_list(x):
    xs = [x, x]
    xs[0] = xs[0] * xs[1]
    return xs[0] + xs[1] * 2 + xs[0]


@program([2.0, 2.0], grad=([1.0, 5.0],))
def equal_floats_in_argument(xs):
    return xs[0] + 5 * xs[1]


@program([1, 1, 1], grad=([1, 10, 100],))
def equal_ints_in_argument(ns):
    return ns[0] + 10 * ns[1] + 100 * ns[2]


@program([2, 3], 2, grad=([1, None], 5))
def int_in_list_equals_argument(ns, n):
    m = 2
    return ns[0] + 5 * n + m


@program([1.0, 2.0], grad=([6.0, None],))
def argument_is_overwritten(xs):
    y = xs[0] * 2
    xs[1] = y
    xs[0] = 7.0
    return xs[1] * 3


@program([1.0, 2.0], 3.0, grad=([2.0, 1.0], 1.0))
def argument_is_mutated(xs, x):
    xs.append(x)
    xs.insert(0, xs[0])
    log(len(xs))
    return sum(xs)


@program([3.0, 1.0, 2.0])
def list_methods(xs):
    ys = xs.copy()
    ys.extend(xs)
    ys.reverse()
    first = ys.pop(0)
    last = ys.pop()
    i = ys.index(xs[1])
    ys.remove(xs[1])
    ys += [first * last]
    n = ys.count(xs[2])
    total = sum(ys) * (i + n)
    ys.clear()
    return total + first * len(ys) + last * 2


@program([3.0, 1.0, 2.0], grad=([3.0, 1.0, 2.0],))
def list_sort_in_place(xs):
    xs.sort()
    return xs[0] + 2 * xs[1] + 3 * xs[2]


@program([3.0, -1.0, 2.0, -4.0], grad=([3.0, 1.0, 2.0, 4.0],))
def sort_with_key_and_reverse(xs):
    ys = sorted(xs, key=abs)
    zs = sorted(xs, key=lambda x: log(x * x), reverse=True)
    return ys[0] + 2 * ys[1] + 3 * ys[2] + 4 * zs[0]


@program([(2, 0.5), (1, 0.7), (2, 0.1), (1, 0.2)], grad=([(None, FD)] * 4,))
def sort_of_pairs_is_stable(pairs):
    by_rank = sorted(pairs, key=operator.itemgetter(0))
    log([rank for rank, _ in by_rank])
    return sum(v * v * (i + 1) for i, (_, v) in enumerate(by_rank))


@program([3.0, 1.0, 2.0], grad=([1.0, 5.0, NIL],))
def max_and_min(xs):
    return max(xs) + 5 * min(xs)


@program(1.5, 4.0, 2.5, grad=(4.0, 1.5, NIL))
def min_max_of_arguments(x, y, z):
    return max(x, y, z) * min(z, y, x)


@program([3.0, -5.0, 2.0], grad=([NIL, -1.0, 10.0],))
def max_with_key_and_default(xs):
    a = max(xs, key=lambda x: x * x)
    b = min(xs, key=abs, default=0.0)
    return max([], default=1.0) * 10 * b - a


@program([2.0, 2.0, 1.0], grad=([1.0, NIL, NIL],), fd=False)
def max_of_ties_is_the_first(xs):
    return max(xs)


@program([0.5, 2.0, 3.0], 4.0)
def sum_with_start(xs, x):
    return sum(xs, x) * sum(xs[1:], start=x * x)


@program([1, 2, 3], grad=([4, 4, 4],))
def sum_of_ints(ns):
    return sum(ns) * 3 + sum(ns)


@program([0.5, 2.0, 3.0])
def product_of_list(xs):
    return math.prod(xs) + math.prod(xs[:2], start=2)


@program([1.0, 2.0], [3.0, 4.0, 5.0], grad=([3.0, 4.0], [1.0, 2.0, None]))
def dot_by_zip(xs, ys):
    return sum(x * y for x, y in zip(xs, ys))


@program([1.0, 2.0], [3.0], raises=ValueError)
def zip_strict(xs, ys):
    total = 0.0
    for x, y in zip(xs, ys, strict=True):
        total = log(total + x * y)
    return total


@program([1.0, 2.0, 3.0], [4.0, 5.0], grad=([4.0, 10.0, 0.0], [1.0, 4.0]))
def enumerate_and_zip_longest(xs, ys):
    total = 0.0
    for i, (x, y) in enumerate(itertools.zip_longest(xs, ys, fillvalue=0), start=1):
        total += i * x * y
    return total


@program([1.0, -2.0, 3.0], grad=([FD, None, FD],))
def map_and_filter(xs):
    positive = list(filter(lambda x: x > 0, xs))
    return sum(map(lambda x, k: math.sin(x) * k, positive, [2, 3])) * positive[0]


@program([1.0, 2.0, 3.0])
def map_of_builtin_functions(xs):
    a, b, c = map(math.exp, xs)
    d, *_ = map(operator.mul, xs, reversed(xs))
    return a * b - c + d + sum(map(float, xs))


@program([0.0, 2.0, 0.0, 3.0], grad=([NIL, 3.0, NIL, 2.0],), fd=False)
def filter_none(xs):
    a, b = filter(None, xs)
    return a * b


@program([1.0, 2.0, 3.0])
def reversed_accumulates(xs):
    y = 0.0
    for x in reversed(xs):
        y = y * 0.5 + x
    for i in reversed(range(2)):
        y = y * (i + 1) + xs[i]
    return y


@program([1.0, 2.0, 3.0], grad=([1.0, None, None],))
def any_and_all(xs):
    flag = any(x > 1.5 for x in xs) and all(x > 0 for x in xs) and not any([])
    return xs[0] if flag else xs[1]


@program({"w": 2.0, "b": 1.0}, 3.0, grad=({"w": 3.0, "b": 1.0}, 2.0))
def linear_model_in_dict(params, x):
    return params["w"] * x + params["b"]


@program({"a": 1.0, "b": 2.0, "unused": 9.0}, grad=({"a": FD, "b": FD, "unused": None},))
def dict_methods(d):
    d = d.copy()
    a = d.pop("a")
    d.setdefault("c", []).append(a * a)
    d.update(e=a, b=d["b"] * a)
    total = d.get("b") * d["e"] + d.get("zzz", 1.0) + d.setdefault("c", None)[0]
    key, value = d.popitem()
    log(key, list(d), "b" in d, len(d))
    return total * value + d.pop("none", 2.0) * a


@program({"a": 1.0, "b": 2.0}, grad=({"a": 3.0, "b": 4.0},))
def dict_iteration(d):
    total = 0.0
    for key in d:
        total += d[key]
    for key, value in d.items():
        total += value * (2 if key == "a" else 3)
    return total + 0 * sum(d.values())


@program(2.0, grad=(12.0,))
def dict_and_list_alias(x):
    d = {"a": x}
    ls = [d["a"]]
    d["a"] = ls[0] * x
    return d["a"] * ls.pop()


@program({"a": 1.0}, 2.0, grad=({"a": 6.0}, 3.0))
def argument_dict_is_mutated(d, x):
    d["b"] = d["a"] * x
    d["a"] = 5.0
    d |= {"c": d["b"] * 3}
    return d["c"]


@program({"x": {"y": [1.0, {"z": 2.0}]}}, grad=({"x": {"y": [2.0, {"z": 1.0}]}},))
def deep_structure(tree):
    y = tree["x"]["y"]
    return y[0] * y[1]["z"]


@program(1.5)
def keys_of_all_kinds(x):
    d = {1: x, (1, 2): x * x, None: 3.0, "s": x, 2.5: 1.0, True: x**3}
    log(len(d), list(d))
    return d[1] + d[1, 2] * d[None] + d["s"] * d[2.5] * d[1.0]


@program(2.0, grad=(2.0,), fd=False)
def float_as_key(x):
    d = {x: "two", 3.0: "three"}
    return len(d[2.0]) * x - x if x in d else 0.0


@program(0.5, 0.25)
def set_operations(x, y):
    s = {1, 2} | {3}
    s.add(4)
    s -= {1}
    s.discard(100)
    return x * len(s & {2, 3}) + y * sum(sorted(s ^ {4})) + (x if s > {2} else y)


@program([1.0, 2.0, 3.0])
def deque_rotations(xs):
    q = deque(xs, maxlen=4)
    q.rotate(1)
    a = q.popleft()
    q.append(a * q[0])
    q.appendleft(a)
    q.extend([q[1] * 2])
    return sum(x * (i + 1) for i, x in enumerate(q)) + q.pop()


@program([3.0, 1.0, 2.0, 5.0], grad=([2.0, 3.0, 3.0, 1.0],))
def huffman_with_heapq(xs):
    heap = list(xs)
    heapq.heapify(heap)
    cost = 0.0
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        cost += a + b
        heapq.heappush(heap, a + b)
    return cost


@program([0.5, 2.0, 1.0])
def heap_of_tuples(xs):
    heap = []
    for i, x in enumerate(xs):
        heapq.heappush(heap, (x, i, x * x))
    x, i, y = heapq.heappop(heap)
    largest = heapq.nlargest(2, xs)
    return y * (i + 1) + x + largest[0] * largest[1]


@program([("a", 1.0), ("b", 2.0), ("a", 3.0)])
def grouping_with_defaultdict(pairs):
    groups = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    totals = defaultdict(float)
    for key, values in groups.items():
        totals[key] += math.prod(values)
    return totals["a"] * totals["b"] + totals["c"]


@program("abracadabra", 2.0, grad=(None, FD))
def counter_of_letters(text, x):
    counts = Counter(text)
    return sum(n * x**k for k, (_, n) in enumerate(sorted(counts.items()))) + counts["z"]


@program(2.0, 3.0)
def ordered_dict_and_chain_map(x, y):
    d = OrderedDict(a=x, b=y)
    d.move_to_end("a")
    c = ChainMap({"a": x * y}, d)
    return c["a"] * c["b"] + list(d.values())[1] * 2


@program([1.0, 2.0, 3.0, 4.0])
def itertools_tools(xs):
    total = sum(a * b for a, b in itertools.pairwise(xs))
    for a, b in itertools.combinations(xs, 2):
        total += a - b * b
    for a, k in itertools.product(xs, range(2)):
        total += a * k
    return total + sum(itertools.chain(xs, [xs[0] ** 2])) + sum(itertools.islice(xs, 1, None, 2))


@program([1.0, 2.0, 3.0])
def accumulate_running_sums(xs):
    running = list(itertools.accumulate(xs))
    powers = list(itertools.accumulate(xs, lambda a, b: a * b + 1, initial=xs[0]))
    return running[-1] * running[1] + powers[-1]


@program([1.0, 2.0, 3.0, 6.0])
def groupby_parity(xs):
    total = 0.0
    for key, group in itertools.groupby(xs, key=lambda x: x > 2.5):
        members = list(group)
        total += math.prod(members) * (2 if key else 3)
        log(key, len(members))
    return total


@program([1.0, 2.0, 4.0], 3.0)
def interpolate_with_bisect(xs, x):
    ys = [v * v for v in xs]
    i = bisect.bisect_right(xs, x) - 1
    t = (x - xs[i]) / (xs[i + 1] - xs[i])
    return (1 - t) * ys[i] + t * ys[i + 1] + xs[0]


@program([[1.0, 2.0], [3.0, 4.0]], grad=([[3.0, 4.0], [1.0, 2.0]],))
def deepcopy_keeps_gradients(rows):
    other = copy.deepcopy(rows)
    shallow = copy.copy(rows)
    other[0][0] = 100.0
    return shallow[0][0] * other[1][0] + rows[0][1] * shallow[1][1]


@program([1.0, 2.0], grad=([15.0, 15.0],))
def list_repetition_and_concatenation(xs):
    ys = xs * 2 + [sum(xs)] * 3
    zs = [[0.0]] * 3
    zs[0][0] += sum(ys)
    return zs[1][0] * 3


@program((1.0, 2.0), (3.0,), grad=((2.0, None), (1.0,)))
def tuple_operations(a, b):
    t = a + b * 2
    log(t < (1.0, 3.0), t == t, t.index(b[0]), t.count(b[0]), 2.0 in t)
    return t[0] * 2 + t[3]


@program([1.0, 2.0, 3.0], raises=IndexError("list index out of range"))
def index_out_of_range(xs):
    total = 0.0
    for i in range(4):
        total = log(total + xs[i])
    return total


@program({"a": 1.0}, raises=KeyError("b"))
def missing_key(d):
    return d["a"] * d["b"]


@program([1.0, 2.0], grad=([2.0, 1.0],))
def list_grows_while_iterated(xs):
    total = 0.0
    for x in xs:
        if len(xs) < 4:
            xs.append(x * 0.5)
        total += x
    return total + xs[0] * 0.5 - xs[1] * 0.5


@program({"a": 1.0}, raises=RuntimeError("dictionary changed size during iteration"))
def dict_grows_while_iterated(d):
    for key in d:
        d[key + "x"] = d[key] * 2
    return 0.0


@program([1.0, [2.0, [3.0, [4.0]]]])
def recursive_sum_of_nested_lists(tree):
    def total(node):
        if isinstance(node, list):
            return sum(total(child) for child in node) * 2
        return node * node

    return total(tree)


@program([3.0, 4.0])
def iterator_by_hand(xs):
    it = iter(xs)
    a = next(it)
    b = next(it)
    c = next(it, a * b)
    try:
        next(it)
    except StopIteration:
        c += b
    return a * c


@program(2.0)
def iter_with_sentinel(x):
    values = [x, x * x, 0.0, x**3]
    return sum(iter(lambda: values.pop(0), 0.0)) + len(values)


@program([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
def transpose_with_zip_star(rows):
    columns = list(zip(*rows, strict=True))
    return sum(a * b for a, b in columns) + columns[2][0] * columns[0][1]


@program([4.0, 7.0], grad=([None, 2.0],))
def range_and_len_indices(xs):
    return xs[len(xs) - 1] * len(range(2, 9, 4))


@program([1.0, 2.0, 3.0], raises=TypeError)
def tuples_cannot_be_assigned(xs):
    t = tuple(xs)
    t[0] = 5.0
    return t[0]


@program([1.5, 2.5])
def augmented_subscript_evaluates_once(xs):
    calls = []

    def index():
        calls.append("i")
        return len(calls) % 2

    xs[index()] *= xs[0]
    xs[index()] += xs[1] * len(calls)
    return xs[0] * xs[1]


@program([2.0, 3.0])
def stack_machine(xs):
    stack = []
    for op in ("x0", "x1", "*", "x0", "+", "dup", "*"):
        if op == "dup":
            stack.append(stack[-1])
        elif op in "+*":
            b, a = stack.pop(), stack.pop()
            stack.append(a + b if op == "+" else a * b)
        else:
            stack.append(xs[int(op[1])])
    (result,) = stack
    return result
