# ruff: noqa: B006
"""Arguments of calls: how they find their parameters, and what is said when they do not."""

import math

from . import log, program


@program(2.0)
def default_arguments(x):
    def f(a, b=3.0, c=None):
        return a * b + (c or 1.0)

    return f(x) + f(x, x) + f(x, c=x) + f(b=x, a=2.0)


@program(2.0)
def default_is_evaluated_once(x):
    def f(y, memory=[x]):
        memory.append(memory[-1] * y)
        return memory[-1]

    return f(2.0) + f(x) + f(1.0)


@program(2.0, 3.0)
def keyword_only(x, y):
    def f(a, *, scale, shift=1.0):
        return a * scale + shift

    return f(x, scale=y) + f(a=y, shift=x, scale=2.0)


@program(2.0, 3.0)
def positional_only(x, y):
    def f(a, /, b, **rest):
        return a * b + rest["a"]

    return f(x, y, a=x) + f(y, b=x, a=y)


@program(1.0, 2.0, 3.0)
def star_arguments(x, y, z):
    def f(a, *args, k=2.0, **kwargs):
        log(len(args), sorted(kwargs))
        return a + sum(args) * k + sum(kwargs.values())

    return f(x) * f(x, y, z) + f(x, k=y, p=z, q=x) + f(*[x, y], **{"k": z, "w": y})


@program([1.0, 2.0, 3.0], {"k": 4.0})
def call_with_unpacking(xs, options):
    def f(a, b, c, d=1.0, *, k):
        return a * b + c * d * k

    return f(*xs, **options) + f(0.5, *xs, **options) + f(*xs, *[2.0], k=1.0)


@program(2.0, grad=(4.0,))
def star_arguments_are_a_new_tuple(x):
    def f(*args, **kwargs):
        kwargs["k"] = 100.0
        return args[0] * 2

    options = {"k": 1.0}
    return f(x, **options) * options["k"] + 2 * x * len(options)


@program(2.0, raises=TypeError)
def missing_argument(x):
    def f(a, b, c):
        return a

    return log(f)(x)


@program(2.0, raises=TypeError)
def too_many_arguments(x):
    def f(a, b=1, *, c=2):
        return a

    return f(x, 2, 3, 4)


@program(2.0, raises=TypeError)
def unexpected_keyword(x):
    class A:
        def method(self, a):
            return a

    return A().method(a=x, colour=3)


@program(2.0, raises=TypeError)
def argument_given_twice(x):
    def f(a, b):
        return a

    return f(x, a=x)


@program(2.0, raises=TypeError)
def missing_keyword_only(x):
    def f(*, a, b):
        return a

    return f(a=x)


@program(2.0, raises=TypeError)
def positional_only_by_keyword(x):
    def f(a, /):
        return a

    return f(a=x)


@program(2.0, raises=TypeError)
def keyword_twice_by_unpacking(x):
    def f(**kwargs):
        return kwargs["k"]

    return f(k=x, **{"k": x})


@program(2.0, raises=TypeError("'float' object is not callable"))
def call_a_number(x):
    return x(3)


@program(2.0, raises=TypeError)
def star_of_a_number(x):
    return max(*x)


@program(2.0, raises=TypeError)
def wrong_arguments_of_builtin(x):
    return math.sin(x, x)


@program(0.7)
def argument_errors_are_caught(x):
    def f(a):
        return a * x

    messages, nothing = [], None
    for call in (lambda: f(), lambda: f(1, 2), lambda: f(b=1), lambda: nothing()):
        try:
            call()
        except TypeError as error:
            messages.append(str(error))
    log(*messages)
    return f(x) * len(messages)
