"""One program for every function of the standard library that numbers flow through.

A program is a function of one number; its gradient is compared with central differences.
"""

import bisect
import cmath
import collections
import colorsys
import contextlib
import copy
import decimal
import fractions
import functools
import heapq
import itertools
import math
import operator
import random
import statistics

PROGRAMS = {}
DATA = [2.0, 0.7, 3.1, 1.2]


def real(z):
    return z.real * 1.25 + z.imag * 0.75


def program(name):
    def register(f):
        PROGRAMS[name] = f
        return f

    return register


def weighted(items):
    return sum((i + 1) * v for i, v in enumerate(items))


def add(module, **programs):
    for name, f in programs.items():
        PROGRAMS[f"{module.__name__}.{name}"] = f


# ------------------------------------------------------------------ math, cmath


def unary(module, names, at, finish=lambda y: y):
    for name in names.split():
        f = getattr(module, name, None)
        if f is not None:
            PROGRAMS[f"{module.__name__}.{name}"] = lambda x, f=f: finish(f(at(x)))


SMALL = "acos asin atan atanh cos cosh erf erfc exp exp2 expm1 fabs log1p sin sinh tan tanh asinh"
unary(math, SMALL, lambda x: x / 4)
unary(math, "acosh cbrt degrees gamma lgamma log log10 log2 radians sqrt", lambda x: x)
unary(
    cmath,
    "acos acosh asin asinh atan atanh cos cosh exp log log10 sin sinh sqrt tan tanh",
    lambda x: complex(x / 3, x * x / 5),
    real,
)
add(
    math,
    atan2=lambda x: math.atan2(x, x * x),
    copysign=lambda x: math.copysign(x, -2.0),
    dist=lambda x: math.dist([x, 2.0], (1.0, x * x)),
    fmod=lambda x: math.fmod(x, 0.75) + math.fmod(7.0, x),
    frexp=lambda x: math.frexp(x)[0],
    fsum=lambda x: math.fsum([x, 2.0, x * x]),
    hypot=lambda x: math.hypot(x, 2.0, x * x),
    ldexp=lambda x: math.ldexp(x, 3),
    modf=lambda x: math.modf(x)[0] * x,
    nextafter=lambda x: math.nextafter(x, 9.0) * x,
    pow=lambda x: math.pow(x, 2.5) + math.pow(2.0, x),
    prod=lambda x: math.prod([x, 3.0, x]),
    remainder=lambda x: math.remainder(7.0, x) + math.remainder(x, 0.75),
)
if hasattr(math, "sumprod"):
    add(math, sumprod=lambda x: math.sumprod([x, 2.0], [x, 3.0]))
    add(math, fma=lambda x: math.fma(x, x, x)) if hasattr(math, "fma") else None
add(
    cmath,
    phase=lambda x: cmath.phase(complex(x, x * x)),
    polar=lambda x: sum(cmath.polar(complex(x, x * x))),
    rect=lambda x: real(cmath.rect(x, x * x)),
)

# -------------------------------------------------------------- functools, copy


@functools.singledispatch
def dispatched(x):
    raise TypeError


@dispatched.register
def _(x: float):
    return x * x


class Methods:
    """An object with what `functools` makes of methods."""

    def __init__(self, x):
        self.x = x

    @functools.cached_property
    def square(self):
        return self.x * self.x

    @functools.singledispatchmethod
    def times(self, y):
        raise TypeError

    @times.register
    def _(self, y: float):
        return self.x * y

    def power(self, n):
        return self.x**n

    cube = functools.partialmethod(power, 3)


@functools.total_ordering
class Ordered:
    """Compared by its number."""

    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return self.x == other.x

    def __lt__(self, other):
        return self.x < other.x


def doubled(f):
    @functools.wraps(f)
    def wrapper(x):
        return 2 * f(x)

    return wrapper


def updated(f):
    def wrapper(x):
        return 3 * f(x)

    return functools.update_wrapper(wrapper, f)


@functools.lru_cache(maxsize=2)
def remembered(x):
    return x * x


@functools.cache
def cached(x):
    return x * x * x


add(
    functools,
    cache=lambda x: cached(x) * cached(x),
    cached_property=lambda x: (lambda m: m.square + m.square)(Methods(x)),
    cmp_to_key=lambda x: sorted([x, 2.0, 0.5], key=functools.cmp_to_key(lambda a, b: b - a))[1],
    lru_cache=lambda x: remembered(x) + remembered(2.0) * remembered(x),
    partial=lambda x: functools.partial(operator.mul, x)(x) + functools.partial(pow, exp=3)(x),
    partialmethod=lambda x: Methods(x).cube(),
    reduce=lambda x: functools.reduce(lambda a, b: a * x + b, [x, 2.0, x], 1.0),
    singledispatch=lambda x: dispatched(x),
    singledispatchmethod=lambda x: Methods(x).times(x),
    total_ordering=lambda x: max(Ordered(x), Ordered(0.5)).x * (Ordered(x) >= Ordered(0.5)),
    update_wrapper=lambda x: updated(math.sin)(x),
    wraps=lambda x: doubled(math.sin)(x),
)
add(
    copy,
    copy=lambda x: weighted(copy.copy([x, x * x])),
    deepcopy=lambda x: copy.deepcopy({"a": [x, (x * x,)]})["a"][1][0],
)
if hasattr(copy, "replace"):  # Python 3.13
    add(copy, replace=lambda x: weighted(copy.replace(Pair(x, 2.0), b=x * x)))

# ------------------------------------------------------------------- itertools

add(
    itertools,
    accumulate=lambda x: weighted(itertools.accumulate([x, 2.0, x], operator.mul)),
    batched=lambda x: weighted(b[0] for b in itertools.batched([x, 2.0, x * x], 2)),
    chain=lambda x: weighted(itertools.chain([x], [2.0, x * x])),
    combinations=lambda x: weighted(a * b for a, b in itertools.combinations([x, 2.0, x * x], 2)),
    combinations_with_replacement=lambda x: weighted(
        a * b for a, b in itertools.combinations_with_replacement([x, 2.0], 2)
    ),
    compress=lambda x: weighted(itertools.compress([x, 2.0, x * x], [1, 0, 1])),
    count=lambda x: weighted(itertools.islice(itertools.count(x, x), 4)),
    cycle=lambda x: weighted(itertools.islice(itertools.cycle([x, 2.0]), 5)),
    dropwhile=lambda x: weighted(itertools.dropwhile(lambda v: v < 1, [0.5, x, 2.0])),
    filterfalse=lambda x: weighted(itertools.filterfalse(lambda v: v < 1, [0.5, x, 2.0])),
    groupby=lambda x: weighted(k * len([*g]) for k, g in itertools.groupby([x, x, 2.0])),
    islice=lambda x: weighted(itertools.islice([x, 2.0, x * x], 1, None)),
    pairwise=lambda x: weighted(a * b for a, b in itertools.pairwise([x, 2.0, x])),
    permutations=lambda x: weighted(a * b * b for a, b in itertools.permutations([x, 2.0])),
    product=lambda x: weighted(a * b for a, b in itertools.product([x, 2.0], [x, 3.0])),
    repeat=lambda x: weighted(itertools.repeat(x, 3)),
    starmap=lambda x: weighted(itertools.starmap(pow, [(x, 2.0), (2.0, x)])),
    takewhile=lambda x: weighted(itertools.takewhile(lambda v: v > 1, [x, 2.0, 0.5])),
    tee=lambda x: weighted(itertools.chain(*itertools.tee([x, 2.0]))),
    zip_longest=lambda x: weighted(
        a * b for a, b in itertools.zip_longest([x], [x, 2.0], fillvalue=x)
    ),
)
if not hasattr(itertools, "batched"):
    del PROGRAMS["itertools.batched"]

# -------------------------------------------------------------------- operator


class Matrix:
    """A number with a matrix product."""

    def __init__(self, x):
        self.x = x

    def __matmul__(self, other):
        return self.x * other

    def __imatmul__(self, other):
        self.x = self.x * other
        return self


def changed(f, *args):
    def run(x):
        items = [2.0, x, 3.0]
        f(items, *[x if a == "x" else a for a in args])
        return weighted(items)

    return run


for _name in "add sub mul truediv mod pow iadd isub imul itruediv imod ipow".split():
    _f = getattr(operator, _name)
    PROGRAMS[f"_operator.{_name}"] = lambda x, f=_f: f(x, 2.5) * f(7.0, x)
for _name in "abs neg pos".split():
    PROGRAMS[f"_operator.{_name}"] = lambda x, f=getattr(operator, _name): f(x) * x
add(
    operator,
    attrgetter=lambda x: operator.attrgetter("x")(Methods(x)) * x,
    call=lambda x: operator.call(math.sin, x),
    concat=lambda x: weighted(operator.concat([x], [2.0])),
    delitem=changed(operator.delitem, 0),
    getitem=lambda x: operator.getitem([2.0, x], 1),
    iconcat=lambda x: weighted(operator.iconcat([x], [x * x])),
    imatmul=lambda x: operator.imatmul(Matrix(x), x).x,
    itemgetter=lambda x: sum(operator.itemgetter(0, 2)([x, 1.0, x * x])),
    matmul=lambda x: operator.matmul(Matrix(x), x),
    methodcaller=lambda x: operator.methodcaller("power", 2)(Methods(x)),
    setitem=changed(operator.setitem, 0, "x"),
)
for _name in [n for n in PROGRAMS if n.startswith("_operator.")]:
    PROGRAMS[_name[1:]] = PROGRAMS.pop(_name)

# ----------------------------------------------------------- statistics, random


def normal(x):
    a, b = statistics.NormalDist(x, 2.0), statistics.NormalDist(0.5, x)
    c = (a + b) * 2.0 - 1.0
    return a.pdf(0.3) + b.cdf(0.3) + a.inv_cdf(0.3) + c.mean * c.stdev + a.zscore(x * x)


def line(x):
    fit = statistics.linear_regression([x, 2.0, 3.5], [1.0, x * x, 2.0])
    return fit.slope + 2 * fit.intercept


for _name in (
    "mean fmean geometric_mean harmonic_mean median median_high median_low mode multimode pstdev "
    "pvariance stdev variance"
).split():
    _f = getattr(statistics, _name)
    PROGRAMS[f"statistics.{_name}"] = lambda x, f=_f, m=_name == "multimode": (
        sum(f([x, x * x, *DATA])) if m else f([x, x * x, *DATA])
    )
add(
    statistics,
    NormalDist=normal,
    correlation=lambda x: statistics.correlation([x, 2.0, 3.5], [1.0, x * x, 2.0]),
    covariance=lambda x: statistics.covariance([x, 2.0, 3.5], [1.0, x * x, 2.0]),
    linear_regression=line,
    median_grouped=lambda x: statistics.median_grouped([x, 0.5, 2.6]),
    median_high=lambda x: statistics.median_high([x, 0.5, 2.6]),
    median_low=lambda x: statistics.median_low([x, 0.5, 2.6]),
    quantiles=lambda x: weighted(statistics.quantiles([x, x * x, *DATA], n=5)),
)
if hasattr(statistics, "kde"):  # Python 3.13
    add(
        statistics,
        kde=lambda x: statistics.kde([x, 2.0], 0.8)(1.0),
        kde_random=lambda x: weighted(
            draw() for draw in [statistics.kde_random([x, x * x], x, seed=3)] * 4
        ),
    )


def draw(name, *args):
    """A draw whose parameters depend on x; the seed makes it a function of x."""

    def run(x):
        source = random.Random(3)
        return getattr(source, name)(*[x if a == "x" else a for a in args])

    return run


add(
    random,
    betavariate=draw("betavariate", "x", 2.0),
    choice=lambda x: random.Random(1).choice([x, 2 * x]),
    choices=lambda x: sum(random.Random(1).choices([x, 2 * x], [1.0, x], k=3)),
    expovariate=draw("expovariate", "x"),
    gammavariate=draw("gammavariate", 2.0, "x"),
    gauss=draw("gauss", "x", "x"),
    lognormvariate=draw("lognormvariate", "x", 0.3),
    normalvariate=draw("normalvariate", "x", "x"),
    paretovariate=draw("paretovariate", "x"),
    sample=lambda x: weighted(random.Random(1).sample([x, 2.0, x * x], 2)),
    triangular=draw("triangular", 0.5, "x", 1.0),
    uniform=draw("uniform", 0.5, "x"),
    vonmisesvariate=draw("vonmisesvariate", "x", 2.0),
    weibullvariate=draw("weibullvariate", "x", 1.5),
)


@program("random.shuffle")
def shuffled(x):
    items = [x, 2.0, x * x]
    random.Random(1).shuffle(items)
    return weighted(items)


# ------------------------------------- collections, heapq, bisect, contextlib

Pair = collections.namedtuple("Pair", "a b")


def counted(x):
    c = collections.Counter(a=x, b=2.0)
    c.update({"a": x * x})
    c.subtract(b=x)
    return c["a"] * c["b"] + c["c"] + sum((c + c).values()) + c.most_common(1)[0][1] + c.total()


def rotated(x):
    d = collections.deque([x, 2.0], maxlen=3)
    d.append(x * x)
    d.appendleft(3.0)
    d.rotate(1)
    return weighted(d) + d.pop()


def ordered(x):
    d = collections.OrderedDict(a=x, b=2.0)
    d.move_to_end("a")
    return weighted(d.values()) + d.popitem()[1]


def defaulting(x):
    d = collections.defaultdict(lambda: x * x)
    d["b"] += x
    return d["a"] + d["b"] * 2


def chained(x):
    return collections.ChainMap({"a": x}, {"a": 1.0, "b": x * x}).new_child({"c": x})["b"]


add(
    collections,
    ChainMap=chained,
    Counter=counted,
    OrderedDict=ordered,
    UserDict=lambda x: collections.UserDict(a=x)["a"] * x,
    UserList=lambda x: weighted(collections.UserList([x]) + [x * x]),
    defaultdict=defaulting,
    deque=rotated,
    namedtuple=lambda x: Pair(x, 2.0)._replace(b=x * x).b * Pair._make([x, 1.0]).a,
)


def heap(*steps):
    def run(x):
        items = [x, 0.5, 2.0, x * x]
        heapq.heapify(items)
        out = [getattr(heapq, step)(items, *args(x)) for step, args in steps]
        return weighted([v for v in out if v is not None]) + weighted(items)

    return run


add(
    heapq,
    heapify=heap(),
    heappop=heap(("heappop", lambda x: ()), ("heappop", lambda x: ())),
    heappush=heap(("heappush", lambda x: (x / 2,))),
    heappushpop=heap(("heappushpop", lambda x: (x * 2,))),
    heapreplace=heap(("heapreplace", lambda x: (x * 2,))),
    merge=lambda x: weighted(heapq.merge([0.5, x], [1.0, x * x])),
    nlargest=lambda x: weighted(heapq.nlargest(2, [x, 0.5, 2.0, x * x])),
    nsmallest=lambda x: weighted(heapq.nsmallest(2, [x, 0.5, 2.0, x * x], key=lambda v: -v)),
)
for _name in ("insort", "insort_left", "insort_right"):
    PROGRAMS[f"bisect.{_name}"] = lambda x, f=getattr(bisect, _name): (
        lambda items: (f(items, x * x), weighted(items))[1]
    )([0.5, x, 4.0])


@contextlib.contextmanager
def scaled(x):
    yield x * x


class Doubling(contextlib.ContextDecorator):
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


class Closing:
    def __init__(self, x):
        self.x = x

    def close(self):
        self.x = self.x * 2


@program("contextlib.contextmanager")
def managed(x):
    with scaled(x) as y:
        return y * x


@program("contextlib.closing")
def closed(x):
    thing = Closing(x)
    with contextlib.closing(thing) as same:
        same.x = same.x * x
    return thing.x


@program("contextlib.nullcontext")
def null(x):
    with contextlib.nullcontext(x * x) as y:
        return y


@program("contextlib.ExitStack")
def stacked(x):
    out = []
    with contextlib.ExitStack() as stack:
        out.append(stack.enter_context(scaled(x)))
        stack.callback(out.append, x)
    return weighted(out)


@program("contextlib.ContextDecorator")
def decorated(x):
    return Doubling()(math.sin)(x)


@program("contextlib.suppress")
def suppressed(x):
    with contextlib.suppress(ValueError):
        x = x * x
        raise ValueError
    return x


# ----------------------------------------------- colorsys, fractions, decimal

for _name in ("hls_to_rgb", "hsv_to_rgb", "rgb_to_hls", "rgb_to_hsv", "rgb_to_yiq", "yiq_to_rgb"):
    PROGRAMS[f"colorsys.{_name}"] = lambda x, f=getattr(colorsys, _name): weighted(
        f(x / 4, 0.3, x / 5)
    )


def exact(x):
    y = fractions.Fraction(x)
    z = y * y / 3 + 1 / y - fractions.Fraction(1, 2) * y + fractions.Fraction(y, 7)
    return float(z) + z * x + 2.0**y


def digits(x):
    y = decimal.Decimal(x)
    z = y.exp() + y.ln() * y.log10() + y.sqrt() + y**3 - y.fma(y, 2) / 3 + 2**y - abs(-y)
    return float(z)


PROGRAMS["fractions.Fraction"] = exact
PROGRAMS["decimal.Decimal"] = digits


# ------------------------------------------------------ whole numbers of integers

OF_INTEGERS = {
    "math.ceil": lambda x: math.ceil(x) * 2.0,
    "math.floor": lambda x: math.floor(x) * 2.0,
    "math.trunc": lambda x: math.trunc(x) * 2.0,
    "operator.index": lambda x: operator.index(x) * 2.0,
}
if hasattr(random, "binomialvariate"):  # Python 3.12: the trials that do not fail
    OF_INTEGERS["random.binomialvariate"] = draw("binomialvariate", "x", 0.9)
PROGRAMS.update(OF_INTEGERS)
PROGRAMS["operator.contains"] = lambda x: x * operator.contains([x, 2.0], x)
