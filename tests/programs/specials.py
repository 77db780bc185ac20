"""Special methods that return what they should not, are None, or are looked up in odd places."""

import weakref

from . import log, program


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return type(error).__name__, str(error)


@program(grad=False)
def iterators_that_are_none():
    class Odd:
        def __iter__(self):
            return 5

    def loop():
        for item in Odd():
            log(item)

    return [
        attempt(loop),
        attempt(iter, Odd()),
        attempt(list, Odd()),
        attempt(enumerate, Odd()),
        attempt(lambda: [*Odd()]),
    ]


@program(2.0)
def iterators_that_are_none_beside_active_values(x):
    """The same while active values are on the heap."""

    class Odd:
        def __iter__(self):
            return 5

    kept = [x * x]
    log(attempt(iter, Odd()))
    log(attempt(enumerate, Odd()))
    log(attempt(zip, Odd()))
    log(attempt(list, Odd()))
    return kept[0]


@program(2.0)
def reversed_sequence(x):
    class Two:
        def __len__(self):
            return 2

        def __getitem__(self, i):
            if i > 1:
                raise IndexError
            return (i + 1) * x

    kept = [x]
    a, b = reversed(Two())
    return a * kept[0] - b


@program(grad=False)
def sequence_iterators():
    class Squares:
        def __getitem__(self, i):
            if i > 3:
                raise IndexError
            return i * i

    it = iter(Squares())
    return next(it), next(it), list(it)


@program(grad=False)
def operators_that_are_none():
    class No:
        __iadd__ = None
        __eq__ = None
        __contains__ = None

        def __add__(self, other):
            return "added"

        def __hash__(self):
            return 1

    def inplace():
        no = No()
        no += 1
        return no

    return [
        attempt(inplace),
        attempt(lambda: No() + 1),
        attempt(lambda: No() == 1),
        attempt(lambda: 1 in No()),
    ]


class Odd:
    def __float__(self):
        return "1"

    def __int__(self):
        return 1.5

    def __len__(self):
        return -1

    def __complex__(self):
        return 1


@program(grad=False)
def conversions_that_lie():
    return [attempt(f, Odd()) for f in (float, int, len, complex)]


@program(2.0)
def conversions_that_lie_beside_active_values(x):
    class Long:
        def __len__(self):
            return True

    kept = [x * x]
    for f in (float, int, len, complex):
        log(f.__name__, attempt(f, Odd()))
    log(len(Long()))
    return kept[0]


@program(0.1, grad=(1.0,), fd=True)
def remainder_of_infinity(x):
    return x % float("inf")


@program(grad=False)
def floor_division_of_infinity():
    inf = float("inf")
    return [f(a) for a in (0.1, -0.1, 0.0, -0.0) for f in (lambda a: a % inf, lambda a: a // -inf)]


@program(grad=False)
def attributes_through_super():
    """`__getattribute__` in Python is not asked for ``__class__`` by the machine itself."""
    asked = []

    class Meta(type):
        def __getattribute__(cls, name):
            asked.append(name)
            return super().__getattribute__(name)

    class Thing(metaclass=Meta):
        value = 3

    asked.clear()
    return Thing.value, asked


@program(grad=False)
def first_argument_in_a_cell():
    class Base:
        def f(self):
            return "base"

    class Derived(Base):
        def f(self):
            def inner():
                return self

            return super().f(), inner() is self

    return Derived().f()


@program(grad=False)
def first_argument_that_is_a_cell():
    class Thing:
        def f(self):
            return super()

    def cell():
        thing = Thing()
        return (lambda: thing).__closure__[0]

    return attempt(Thing.f, cell())[0]


@program(grad=False)
def class_cells():
    class Dropping(type):
        def __new__(cls, name, bases, namespace):
            namespace.pop("__classcell__", None)
            return super().__new__(cls, name, bases, namespace)

    class Nothing(type):
        def __new__(cls, name, bases, namespace):
            return None

    def make(meta):
        class Thing(metaclass=meta):
            def f(self):
                return __class__

        return Thing

    kind, text = attempt(make, Dropping)
    return kind, text.partition(" as ")[0], make(Nothing)


@program(grad=False)
def type_of_a_generator():
    def values():
        yield 1

    it = values()
    return [
        repr(type(it)),
        it.__next__.__doc__,
        attempt(delattr, it, "__name__"),
        attempt(setattr, it, "gi_running", 1)[0],
    ]


@program(grad=False)
def identity_of_a_captured_constant():
    x = 0.0
    match x:
        case float(z):
            return z is x


@program(grad=False)
def star_of_what_is_no_iterable():
    nothing = None
    return [attempt(lambda: nothing(*3)), attempt(lambda: attempt(*3)), attempt(lambda: len(*3))]


@program(2.0)
def what_is_called_super(x):
    """Another global `super`, with and without arguments."""

    class Both:
        def __init__(self, *args):
            self.count = len(args)
            self.factor = x

        def scaled(self, y):
            return self.factor * y

    source = """class C:
        def with_none(self, y):
            return super().scaled(y) + super().count
        def with_two(self, y):
            return super(1, 2).factor * y + super(1, 2).count
    """
    space = {"super": Both, "__name__": __name__}
    exec(source, space)
    return space["C"]().with_none(x) * space["C"]().with_two(x)


@program(2.0)
def descriptor_that_goes_away_while_it_is_looked_up(x):
    class Evil:
        def __hash__(self):
            return hash("attr")

        def __eq__(self, other):
            if hasattr(C, "attr"):
                del C.attr
            return False

    class Square:
        def __init__(self, y):
            self.y = y

        def __get__(self, instance, owner=None):
            return self.y * self.y

    class C:
        attr = Square(x)

    c = C()
    c.__dict__[Evil()] = 0
    y = c.attr
    log(hasattr(c, "attr"))
    return y


@program(2.0)
def special_methods_of_c_classes_that_are_replaced(x):
    """``super()`` leads to C code, which must not lead back to the method that called it."""

    class Pairs(zip):
        def __next__(self):
            log("next")
            return super().__next__()

    class Reference(weakref.ref):
        def __call__(self):
            log("call")
            found = super().__call__()
            assert found is weakref.ref.__call__(self)
            return found

    class Kept:
        def __init__(self):
            self.value = x * x

        def times(self, y):
            return self.value * y

    kept = Kept()
    method = weakref.WeakMethod(kept.times)
    return Reference(kept)().value * method()(x) * [a + b for a, b in Pairs([1, 2], [3, 4])][1]
