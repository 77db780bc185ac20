"""The match statement."""

import math
from dataclasses import dataclass

from . import FD, Fields, log, program


@dataclass
class Circle:
    r: float


@dataclass
class Rect:
    w: float
    h: float


@program(0.5, 2, grad=(FD, None))
def literals(x, kind):
    match kind:
        case 0 | None:
            return x
        case 1:
            return x * 2
        case 2:
            return x**3
        case "three" | True:
            return x**4
        case _:
            return 0.0


@program([1.0, 2.0, 3.0, 4.0])
def sequence_patterns(xs):
    total = 0.0
    for part in (xs[:0], xs[:1], xs[:2], xs, "text", (xs[3], 1.0, xs[2])):
        match part:
            case []:
                total += 1
            case [a]:
                total += a * 2
            case [a, b]:
                total += a * b
            case (a, 1.0, c):
                total += a * c * 3
            case [first, *middle, last]:
                total += first * last * sum(middle)
            case str(text):
                log(text)
    return total


@program(
    {"type": "scale", "by": 2.0, "x": 3.0, "more": 1.0},
    grad=({"type": None, "by": FD, "x": FD, "more": FD},),
)
def mapping_patterns(message):
    match message:
        case {"type": "shift", "by": k}:
            return k
        case {"type": "scale", "by": k, **rest}:
            log(sorted(rest))
            return k * rest["x"] + rest["more"] * 2
        case {}:
            return 0.0


@program([Circle(1.0), Rect(2.0, 3.0), Rect(2.0, 2.0)])
def class_patterns(shapes):
    total = 0.0
    for shape in shapes:
        match shape:
            case Circle(r=r):
                total += math.pi * r * r
            case Rect(w, h) if abs(w - 2.0) < 0.5 and abs(h - 2.0) < 0.5:
                total += w * h * 10
            case Rect(w, h):
                total += w * h
    return total


@program(Circle(3.0), grad=(Fields(r=6.0),))
def capture_with_as(shape):
    match shape:
        case Rect() | Circle(r=float()) as s:
            return s.r**2


@program(0.7, grad=(FD,))
def guards_with_effects(x):
    def check(name, flag):
        log(name)
        return flag

    match x:
        case y if check("large", y > 1):
            return y
        case y if check("middle", y > 0.5):
            return y * y
        case y if check("small", True):
            return -y


@program([1.0, [2.0, [3.0, 4.0]]])
def nested_patterns(tree):
    match tree:
        case [a, [b, [c, float(d)]]]:
            return a * b + c * d
        case _:
            return None


@program(1.5, 2, grad=(FD, None))
def value_patterns(x, n):
    class Colour:
        red, green = 1, 2

    match n:
        case Colour.red:
            return x
        case Colour.green:
            return x * x


@program(1.5)
def expression_evaluator(x):
    def evaluate(e):
        match e:
            case ("+", a, b):
                return evaluate(a) + evaluate(b)
            case ("*", a, b):
                return evaluate(a) * evaluate(b)
            case ("-", a):
                return -evaluate(a)
            case ("let", str(name), value, body):
                env[name] = evaluate(value)
                return evaluate(body)
            case str(name):
                return env[name]
            case int() | float():
                return e

    env = {"x": x}
    return evaluate(("let", "y", ("*", "x", "x"), ("+", ("*", 3, "y"), ("-", ("*", "y", "x")))))


@program(2.0)
def no_case_matches(x):
    y = x
    match (x, "a"):
        case (a, b, c):
            y = a
        case (a, "b"):
            y = a * 2
        case {"a": _}:
            y = 0.0
    log(sorted(locals()))
    return y * x


@program(2.0)
def or_patterns_bind_alike(x):
    total = 0.0
    for event in (("move", x), {"move": x * x}, ["stop"], None):
        match event:
            case ("move", d) | {"move": d}:
                total += d
            case ["stop"] | None:
                total *= 1.5
    return total


@program(2.0)
def match_args_of_own_class(x):
    class Point:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

        @property
        def norm(self):
            log("norm")
            return math.hypot(self.x, self.y)

    match Point(x, x * x):
        case Point(0.0, y):
            return y
        case Point(a, b, norm=n):
            return a * b * n


@program(2.0, raises=TypeError)
def too_many_positional_patterns(x):
    match Circle(x):
        case Circle(a, b):
            return a * b
