"""The standard library with active values: passed through, run by code, or by rules."""

import bisect
import cmath
import collections
import colorsys
import copy
import functools
import itertools
import math
import operator
import queue
import random
import statistics

from . import log, program


@program(1.7)
def functools_reduce(x):
    return functools.reduce(lambda a, b: a * b + x, [x, 2.0, x * x], 1.0)


@functools.singledispatch
def describe(v):
    return v


@describe.register
def _(v: float):
    return v * 3


@describe.register
def _(v: list):
    return v[0] * 5


@program(1.7)
def functools_singledispatch(x):
    return describe(x) * describe([x])


@program(1.7)
def functools_ordering(x):
    @functools.total_ordering
    class Sized:
        def __init__(self, v):
            self.v = v

        def __eq__(self, other):
            return self.v == other.v

        def __lt__(self, other):
            return self.v < other.v

    by_difference = functools.cmp_to_key(lambda a, b: b - a)
    return max(Sized(x), Sized(x * x)).v * sorted([x, x * 3], key=by_difference)[0]


@program(1.7)
def functools_wraps_and_partial(x):
    @functools.wraps(math.sin)
    def scaled(v, by=2.0):
        return v * by * x

    log(scaled.__name__)
    half = functools.partial(scaled, by=0.5)
    return scaled(x) + half(x) * functools.partial(operator.mul, x)(3.0)


@program(1.7)
def itertools_all_kinds(x):
    total = sum(a * b for a, b in itertools.product([x, 2.0], [x, 3.0]))
    total += sum(itertools.chain([x], [x * x])) + sum(itertools.chain.from_iterable([[x], [x]]))
    total += next(itertools.islice(itertools.count(x, x), 3, 4))
    total += sum(a for a, _ in zip(itertools.cycle([x]), range(3)))
    total += sum(itertools.starmap(operator.mul, [(x, 2)]))
    total += sum(itertools.takewhile(lambda v: v < 5, [x, 9.0]))
    total += sum(itertools.dropwhile(lambda v: v < 5, [1.0, 9.0 * x]))
    total += sum(next(itertools.groupby([x, x]))[1])
    total += sum(sum(p) for p in itertools.pairwise([x, 1.0, x]))
    total += sum(a * b for a, b in itertools.combinations([x, 2.0, x], 2))
    total += sum(a for a, b in itertools.permutations([x, 2.0]))
    total += sum(a * b for a, b in itertools.zip_longest([x, x], [2.0], fillvalue=x))
    total += sum(itertools.compress([x, x * x], [1, 0])) + sum(itertools.repeat(x, 3))
    total += sum(itertools.filterfalse(lambda v: v > 5, [x, 9.0]))
    left, right = itertools.tee([x, x * x])
    total += next(left) * sum(right)
    return total + list(itertools.accumulate([x, 2.0, x], operator.mul))[-1]


@program(1.7)
def operator_getters(x):
    Pair = collections.namedtuple("Pair", "a b")
    p = Pair(x, x * x)
    total = operator.attrgetter("b")(p) * operator.itemgetter(0)(p)
    total += operator.methodcaller("_replace", a=x * 3)(p).a
    return total + operator.truediv(x, 2.0) * operator.pow(x, 2) - operator.neg(x)


@program(1.7)
def copies(x):
    deep = copy.deepcopy({"a": [x]})
    shallow = copy.copy([x, [x * 2]])
    shallow[1][0] *= x
    return deep["a"][0] * shallow[0] + shallow[1][0]


@program(1.7)
def searching(x):
    rows = [x, x * 2, x * 5]
    at = bisect.bisect([1.0, 2.0], x)
    bisect.insort(rows, x * 3)
    log(at)
    return rows[at] * rows[2]


@program(1.7)
def random_draws(x):
    rng = random.Random(0)
    rows = [x, x * x, x * 3]
    rng.shuffle(rows)
    total = rows[0] * 2 + rows[1]
    total += rng.gauss(x, x) + rng.uniform(x, 2 * x) + rng.choice([x, x * 2])
    return total + sum(rng.sample(rows, 2))


@program(1.7)
def numbers_of_math(x):
    total = math.fsum([x, x * x]) + math.prod([x, 2.0, x]) + math.dist([x, 1.0], [0.0, x * x])
    total += math.hypot(x, 2 * x, 3) + math.fmod(x, 1.0) + math.copysign(x, -1.0)
    total += math.ldexp(x, 2) + math.modf(x)[0] + math.frexp(x)[0] + math.gamma(x) + math.erf(x)
    total += math.atan2(x, 2.0) + math.pow(x, x) + math.log(x, 3) + math.degrees(x)
    return total + math.floor(x) + math.comb(5, 2)


@program(1.7)
def complex_numbers(x):
    z = cmath.exp(1j * x) * x
    return abs(z) + z.real * z.imag + cmath.phase(z)


@program(0.4)
def colours(x):
    hue, lightness, saturation = colorsys.rgb_to_hls(x, 0.2, 0.5)
    r, g, b = colorsys.hls_to_rgb(hue, lightness, saturation)
    return hue + lightness * saturation + r * g * b


@program(1.7)
def floating_statistics(x):
    return statistics.fmean([x, x * x]) * statistics.geometric_mean([x, 2.0])


@program(1.7)
def through_a_queue(x):
    q = queue.Queue()
    q.put(x * x)
    q.put(("pair", x))
    return q.get() * q.get()[1]


@program(1.7)
def counters_and_chains(x):
    chain = collections.ChainMap({"a": x}, {"a": 1.0, "b": x * x})
    chain["c"] = x * 3
    grouped = collections.defaultdict(list)
    for key, v in [("u", x), ("v", x * 2), ("u", x * x)]:
        grouped[key].append(v)
    ordered = collections.OrderedDict(a=x, b=x * x)
    ordered.move_to_end("a")
    last = ordered.popitem()[1]
    return chain["a"] * chain["b"] + chain["c"] + sum(grouped["u"]) * last
