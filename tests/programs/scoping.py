# ruff: noqa: I001
"""Names: globals, cells, imports, and the programs of the talk."""

import builtins
import collections
import math

from . import FD, Fields, log, program

fs = {"sin": math.sin, "cos": math.cos, "cube": lambda v: v**3}
vars = {"r": 0, "n": 0}
seen = []
calls = 0
table = {"k": 2.0}


def pow_(x, n):
    r = 1
    while n > 0:
        n -= 1
        r *= x
    return r


def pow_vars(x, n):
    vars["r"] = 1
    vars["n"] = n
    while vars["n"] > 0:
        vars["n"] -= 1
        vars["r"] *= x


def f(x):
    for _ in range(5):
        x = math.sin(math.cos(x))
    return x


def count():
    global calls
    calls += 1
    return calls


@program(5, grad=(75,))
def pow_of_three(x):
    return pow_(x, 3)


@program(5, 3, grad=(75, None))
def pow_of_both(x, n):
    return pow_(x, n)


@program(2, 3, grad=(12, None))
def pow_rec(x, n):
    return 1 if n == 0 else x * pow_rec(x, n - 1)


@program(5, grad=(75,), effects=["vars"])
def pow_in_global_dict(x):
    return (pow_vars(x, 3), vars["r"])[1]


@program(5, grad=(None,), effects=["vars"])
def global_dict_is_overwritten(x):
    pow_vars(x, 3)
    pow_vars(2, 4)
    return vars["r"]


@program(2, 3, grad=(FD, None))
def loop(x, n):
    r = x / x
    for _ in range(n):
        r *= f(x)
    return math.sin(math.cos(r))


@program("sin", 1.0, grad=(None, 0.5403023058681398))
def function_chosen_by_name(name, x):
    return fs[name](x)


@program("sin", 1, grad=(None, 0.5403023058681398))
def function_chosen_for_an_int(name, n):
    return fs[name](n)


@program(2.0, effects=["fs"])
def function_replaced_in_global_dict(x):
    a = fs["cube"](x)
    fs["cube"] = lambda v: v * v * x
    return a + fs["cube"](x)


@program(0.5, effects=["f"])
def global_function_is_rebound(x):
    global f
    a = f(x)
    old, f = f, lambda v: old(v) * x
    return a + f(x)


@program(3.0, effects=["seen"])
def active_value_in_global_list(x):
    for k in range(3):
        seen.append(x * k)
    return seen[-1] * seen[1]


@program(3.0, effects=["calls"])
def global_counter_in_callee(x):
    return x * count() + x * x * count() + calls


@program(3.0, grad=(2.0,), effects=["table"])
def global_constant_from_dict(x):
    k = table["k"]
    table["k"] = x
    return x * k if "k" in table else table["k"]


@program(0.5)
def imports_inside(x):
    import math as m
    from functools import reduce
    from math import exp, sin

    import os.path

    log(os.path.basename("a/b"))
    return reduce(lambda a, g: g(a), [sin, exp, m.atan], x)


@program(0.5, raises=ImportError)
def import_of_a_missing_name(x):
    from math import no_such_function

    return no_such_function(x)


@program(0.5, raises=ModuleNotFoundError("No module named 'no_such_module'"))
def import_of_a_missing_module(x):
    import no_such_module

    return no_such_module.f(x)


@program(2.0)
def loop_variables_are_captured(x):
    late, early = [], []
    for k in range(3):
        late.append(lambda: k * x)  # noqa: B023
        early.append(lambda k=k: k * x * x)
    return sum(g() for g in late) + sum(g() for g in early)


@program(2.0)
def comprehension_scope(x):
    k = 10.0
    ys = [k * x for k in range(3)]
    zs = {k: [k * j * x for j in range(2)] for k in "ab" for k in (1, 2)}
    return sum(ys) + k * x + zs[2][1]


@program(3.0)
def nonlocal_rebinds_the_argument(x):
    def h(y):
        nonlocal x
        x = x * y
        return x

    a = h(2.0)
    return a * h(x)


@program(2.0)
def nested_scopes(x):
    y = x * x

    def outer(z):
        y = z * 3

        def inner(w):
            nonlocal y
            y += w * x
            return y

        return inner(1.0) + inner(y) + y

    return outer(x) * y


@program(2.0)
def class_scope_skips_methods(x):
    y = x * 3

    class A:
        y = x * x
        z = y + 1

        def get(self):
            return y * self.z

    return A().get() + A.y


@program(2.0)
def shadowed_builtins(x):
    def sum(xs):
        return xs[0] * xs[1]

    len = lambda v: x
    return sum([x, x * x]) * len([1, 2]) + builtins.sum([x, 1.0])


@program(2.0)
def delete_and_rebind(x):
    y = x * x
    z = [y]
    del y
    y = z.pop() * x
    del z
    return y


@program(2.0, raises=NameError)
def cell_is_unbound(x):
    def g():
        return y * x

    if x < 0:
        y = 1.0
    return g()


@program(2.0)
def globals_and_locals_dicts(x):
    y = x * 3
    g = globals()["pow_"]
    return g(x, 2) + locals()["y"] * x


def make_affine(w, b):
    return lambda v: w * v + b


@program(make_affine(2.0, 1.0), 3.0, grad=(Fields(w=3.0, b=1.0), 2.0))
def closure_as_argument(g, x):
    return g(x)


@program(make_affine(2.0, 1.0), grad=(Fields(w=FD, b=FD),))
def closure_applied_twice(g):
    return g(g(1.5))


@program(math.sin, 0.5, grad=(None, FD))
def builtin_as_argument(g, x):
    return g(g(x)) + x


# The rows of the pains that need neither nested gradients nor arrays.


@program(3.0, grad=(12.0,))
def augmented_assignment_rebinds_floats(x):
    z = y = x * 1
    y += x
    return z * y


@program([1.0, 2.0, 3.0], grad=([2.0, None, 6.0],))
def filtered_enumerate(xs):
    return sum(v * v for i, v in enumerate(xs) if i % 2 == 0)


@program(2.0, effects=["seen"])
def plain_floats_escape(x):
    y = x * x
    seen.append(y)
    log(type(seen[0]) is float, isinstance(y, float), repr(y), y == 4.0, y.is_integer())
    return y * seen[0]


@program(2, grad=(4,))
def square_of_an_int(x):
    return x * x


@program(1.0, grad=(0.0,), fd=False)
def zero_to_the_power(b):
    return 0.0**b


@program(1.0, 100000, grad=(FD, None))
def deep_chain(x, n):
    for _ in range(n):
        x = x + 1e-6 * x
    return x


@program(2.0)
def printing_shows_plain_values(x):
    y = x
    print(y)
    return y * y


@program(1.5)
def variables_of_a_comprehension_in_a_class_body(x):
    class Scaled:
        factors = [1.0, 2.0]
        y = x
        by_name = [locals()["f"] * x for f in factors]
        by_text = [eval("f") for f in factors]
        y_after = [exec("y = f") for f in factors]
        names = sorted(locals())

    log(Scaled.names, Scaled.by_text)
    return sum(Scaled.by_name) + Scaled.y


@program(1.5)
def names_of_a_class_body_with_a_mapping_of_its_own(x):
    class Meta(type):
        @classmethod
        def __prepare__(cls, name, bases):
            return collections.UserDict()

        def __new__(cls, name, bases, space):
            return super().__new__(cls, name, bases, dict(space))

    class Made(metaclass=Meta):
        y = x * x
        kind = type(locals()).__name__
        listed = "y" in dir()

    log(Made.kind, Made.listed)
    return Made.y
