# ruff: noqa: B023, UP033
"""Calls: parameters of every kind, closures, recursion, decorators, methods."""

import functools
import math
import operator

from . import FD, log, program

counter = 0
SCALE = 2.0


@program(0.7)
def lambdas(x):
    f = lambda a, b=2.0, *c, d=1.0: a * b + sum(c) * d
    return f(x) + f(x, x, x, d=x) + (lambda: x * 3)() + (lambda *_, **k: k["z"])(1, z=x)


@program(1.5)
def closure(x):
    def scaled(k):
        def f(y):
            return k * y * x

        return f

    double, by_x = scaled(2.0), scaled(x)
    return double(3.0) + by_x(x)


@program(1.5)
def closure_over_later_value(x):
    def f():
        return y * x

    y = x
    a = f()
    y = x * x
    return a + f()


@program(2.0)
def nonlocal_accumulator(x):
    total = 0.0

    def add(v):
        nonlocal total
        total += v * x
        return total

    add(1.0)
    add(x)
    return add(3.0) * total


@program(2.0)
def counter_closures(x):
    def make():
        n = 0

        def step():
            nonlocal n
            n += 1
            return n * x

        return step

    a, b = make(), make()
    return a() + a() * a() + b()


@program(2.0, effects=["counter"])
def global_counter(x):
    global counter

    def f(y):
        global counter
        counter += 1
        return y * counter

    return f(x) + f(x * x) * counter


@program(2.0, effects=["SCALE"])
def global_holds_an_active_value(x):
    global SCALE
    SCALE = SCALE * x
    return scaled_by_global(x) + SCALE


def scaled_by_global(y):
    return y * SCALE


@program(5, 3, grad=(75, None))
def recursion(x, n):
    if n == 0:
        return 1
    return x * recursion(x, n - 1)


@program(0.9, 12, grad=(FD, None))
def tree_recursion(x, n):
    return x if n < 2 else tree_recursion(x, n - 1) + x * tree_recursion(x, n - 2) / 2


@program(0.9, 7, grad=(FD, None))
def mutual_recursion(x, n):
    def even(y, k):
        return y if k == 0 else odd(y * x, k - 1)

    def odd(y, k):
        return -y if k == 0 else even(y + x, k - 1)

    return even(x, n)


@program(1.0, 600, grad=(FD, None))
def deep_recursion(x, n):
    def f(y, k):
        return y if k == 0 else f(y * 1.001, k - 1) + 0.001 * x

    return f(x, n)


@program(2.0, raises=RecursionError)
def endless_recursion(x):
    def f(y):
        return f(y) + 1

    try:
        f(x)
    except RecursionError as error:
        raise type(error)("too deep") from None


@program(0.5)
def fixpoint_combinator(x):
    fix = lambda f: (lambda g: g(g))(lambda g: f(lambda *a: g(g)(*a)))
    power = fix(lambda self: lambda y, n: 1.0 if n == 0 else y * self(y, n - 1))
    return power(x, 3) + power(x + 1, 2)


@program(0.5)
def decorators(x):
    def twice(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            log(f.__name__)
            return f(f(*args, **kwargs))

        return wrapper

    def scale(k):
        return lambda f: lambda y: k * f(y)

    @scale(x)
    @twice
    def g(y):
        return y * y + 1

    return g(x)


@program(0.5)
def memoized(x):
    @functools.lru_cache(maxsize=None)
    def fib(n):
        log(n)
        return n * 1.0 if n < 2 else fib(n - 1) + fib(n - 2)

    return x * fib(10)


@program(0.5)
def memo_in_dict(x):
    memo = {}

    def power(n):
        if n not in memo:
            log(n)
            memo[n] = x if n == 1 else power(n // 2) * power(n - n // 2)
        return memo[n]

    return power(13)


@program(2.0, 3.0)
def partials(x, y):
    def f(a, b, c=1.0, *, d=0.0):
        return a * b + c * d

    g = functools.partial(f, x, d=y)
    h = functools.partial(g, y, c=x)
    return g(2.0) * h() + functools.partial(operator.mul, x)(y) + g(1.0, c=y, d=4.0)


@program([1.0, 2.0, 3.0])
def reduce_with_lambda(xs):
    a = functools.reduce(lambda acc, v: acc * 0.5 + v, xs)
    b = functools.reduce(operator.mul, xs, xs[0])
    return a * b


@program(0.3)
def composition_by_reduce(x):
    chain = lambda *fs: functools.reduce(lambda f, g: lambda v: g(f(v)), fs)
    return chain(math.sin, lambda v: v * v, math.exp, lambda v: v + x)(x)


@program(0.3)
def compose_recursively(x):
    def compose(f, *rest):
        return f if not rest else lambda v: f(compose(*rest)(v))

    return compose(math.cos, math.exp, lambda v: v * x)(x)


@program(0.3)
def iterate_function(x):
    def iterate(f, n):
        def g(v):
            for _ in range(n):
                v = f(v)
            return v

        return g

    return iterate(lambda v: math.sin(math.cos(v)) + x, 5)(x)


@program(2.0)
def bound_methods_stored(x):
    class Account:
        def __init__(self, amount):
            self.amount = amount

        def add(self, v):
            self.amount += v
            return self

        def grow(self, rate=2.0):
            self.amount *= rate
            return self.amount

    account = Account(x)
    add, grow = account.add, account.grow
    add(x * x).add(1.0)
    actions = {"grow": grow}
    return actions["grow"]() + Account.grow(account, x)


@program(2.0)
def methods_of_builtins_stored(x):
    xs = []
    push = xs.append
    push(x)
    push(x * xs[0])
    get = {"a": x}.get
    return xs[1] * get("a") + get("b", 1.0)


@program(2.0)
def callable_instances(x):
    class Polynomial:
        def __init__(self, *coefficients):
            self.coefficients = coefficients

        def __call__(self, v):
            y = 0.0
            for c in self.coefficients:
                y = y * v + c
            return y

    return Polynomial(x, 1.0, x)(x) + sum(map(Polynomial(x, 0.0), [1.0, x]))


@program(2.0)
def static_class_and_property(x):
    class Circle:
        unit = 3.0

        def __init__(self, r):
            self.r = r

        @staticmethod
        def square(v):
            return v * v

        @classmethod
        def of_diameter(cls, d):
            return cls(d / 2 * cls.unit)

        @property
        def area(self):
            return self.unit * self.square(self.r)

    return Circle(x).area + Circle.of_diameter(x).area * Circle.square(x)


@program(0.4)
def functions_in_containers(x):
    ops = [math.sin, lambda v: v * x, {"f": math.exp}["f"], functools.partial(pow, 2.0)]
    y = x
    for op in ops:
        y = op(y)
    return y


@program(0.4)
def choose_function_by_name(x):
    def run(name, *args):
        return {"sin": math.sin, "scale": lambda v: v * x, "pow": math.pow}[name](*args)

    return run("sin", x) + run("scale", x) + run("pow", x, 2.0)


@program(1.5)
def function_attributes(x):
    def f(y):
        f.calls += 1
        f.last = y
        return y * f.calls

    f.calls = 0
    return f(x) + f(x * x) + f.last * x


@program(1.2)
def several_return_values(x):
    def stats(*vs):
        mean = sum(vs) / len(vs)
        return mean, sum((v - mean) ** 2 for v in vs)

    m, s = stats(x, x * x, 1.0)
    return m * s


@program([1.0, 2.0], grad=([2.0, 1.0],))
def callee_mutates_its_argument(xs):
    def push(ys, v):
        ys.append(v)
        ys = [100.0]
        return ys

    push(xs, xs[0] * xs[1])
    return xs[2]


@program(2.0)
def order_of_evaluation(x):
    def note(name, v):
        log(name)
        return v

    def f(*args, **kwargs):
        log(len(args), list(kwargs))
        return sum(args) * math.prod(kwargs.values())

    d = {note("k1", "a"): note("v1", x), note("k2", "b"): note("v2", 2.0)}
    d[note("key", "a")] = note("value", x * x)
    return note("f", f)(note(1, x), *note("*", [x]), z=note("z", x), **note("**", d))


@program(2.0)
def inspection_of_itself(x):
    def f(a, b=1.0):
        y = a * b
        log(sorted(locals()), f.__name__, f.__defaults__, f.__code__.co_varnames)
        return locals()["y"] + y

    return f(x) + f(x, x)


@program(1.5)
def apply_through_map_of_methods(x):
    class Shift:
        def __init__(self, by):
            self.by = by

        def apply(self, v):
            return v * self.by

    return sum(map(Shift(x).apply, [1.0, x])) + sum(map(Shift.apply, [Shift(2.0)], [x]))


@program(2.0, 5.0)
def operator_module(x, y):
    pair = operator.itemgetter(1, 0)((x, y))
    a = operator.sub(*pair) + operator.truediv(x, y) * operator.neg(x)
    return a + operator.methodcaller("__mul__", x)(y) + operator.attrgetter("real")(x)


@program(2.0)
def single_dispatch(x):
    @functools.singledispatch
    def size(v):
        return 1.0

    @size.register
    def _(v: float):
        return v * v

    @size.register
    def _(v: list):
        return sum(size(e) for e in v)

    return size(x) + size([x, "s", [x]])


@program(2.0)
def pow_builtin(x):
    return pow(x, 3) + pow(3.0, x) + pow(7, 2, 5) * x


@program(2.0)
def getattr_and_setattr(x):
    class Box:
        pass

    box = Box()
    for i, name in enumerate(["a", "b"]):
        setattr(box, name, x ** (i + 1))
    total = sum(getattr(box, name) for name in vars(box))
    delattr(box, "a")
    return total * getattr(box, "a", box.b) + hasattr(box, "a")


@program(0.5)
def currying(x):
    add = lambda a: lambda b: lambda c: a * b + c
    step = add(x)
    return step(2.0)(x) * step(x)(1.0)


@program(2.0)
def function_defined_in_loop(x):
    fs = []
    for k in range(3):

        def f(v):
            return v * k + x

        fs.append(f)
    return sum(f(x) for f in fs)


@program([0.5, 1.5], grad=([FD, FD],))
def visitor_with_callbacks(xs):
    def walk(values, visit, done=lambda acc: acc):
        acc = 1.0
        for v in values:
            acc = visit(acc, v)
        return done(acc)

    return walk(xs, lambda a, v: a * math.exp(v), math.log1p) + walk(xs, operator.add)
