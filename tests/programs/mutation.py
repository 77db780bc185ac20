"""Active values in containers, attributes and globals that change in every way Python has."""

import collections
import heapq

from . import log, program


@program(1.7)
def list_methods(x):
    xs = [x, x * 2, x * 3]
    del xs[0]
    xs[0:1] = [x * x]
    xs.insert(0, x)
    xs.extend([x])
    xs += [x**3]
    xs *= 2
    xs.reverse()
    xs.sort()
    xs.pop()
    xs.pop(0)
    xs.remove(xs[0])
    log(len(xs))
    return sum(xs)


@program(1.7)
def slices_of_lists(x):
    xs = [x * i for i in range(8)]
    xs[::2] = [x * x] * 4
    del xs[1::3]
    xs[1:1] = (x, 2.0)
    xs[-2:] = []
    log(len(xs))
    return sum(v * i for i, v in enumerate(xs))


@program(1.7)
def dict_methods(x):
    d = {}
    d["a"] = x
    d.update(b=x * 2)
    d.setdefault("c", x * x)
    d |= {"e": x**3}
    v = d.pop("a")
    key, last = d.popitem()
    del d["b"]
    other = d.copy()
    other["z"] = v
    log(key, sorted(other), other.get("nothing"), d.pop("nothing", None))
    return sum(other.values()) * last


@program(1.7)
def sets_of_values(x):
    s = {x, x * 2}
    s.add(x * 3)
    s.discard(7.0)
    s |= {x * 4}
    taken = s & {x * 4}
    log(len(s), len(taken))
    return sum(s) * max(s)


@program(1.7)
def deque_methods(x):
    q = collections.deque(maxlen=3)
    for i in range(5):
        q.append(x * i)
    q.appendleft(x * x)
    q.rotate(1)
    q.extend([x])
    q[1] *= x
    log(len(q))
    return q[0] * q[-1] + sum(q)


@program(1.7)
def heap_of_pairs(x):
    h = []
    for i in [3, 1, 2]:
        heapq.heappush(h, (i * x, i))
    first = heapq.heappop(h)[0]
    second = heapq.heapreplace(h, (x * x * x, 0))[0]
    log(len(h))
    return first * second + heapq.nsmallest(1, h)[0][0] + heapq.nlargest(1, h)[0][0]


class Plain:
    pass


@program(1.7)
def attributes_in_every_way(x):
    o = Plain()
    o.a = x
    setattr(o, "b", x * 3)
    vars(o)["c"] = x * 2
    o.__dict__["d"] = o.a * o.c
    o.__dict__.update(e=x**3)
    delattr(o, "a")
    del o.b
    o.e += x
    log(sorted(vars(o)), hasattr(o, "a"))
    return getattr(o, "d") * vars(o)["e"] + getattr(o, "nothing", x)


shared = 0.0
made = 0.0


@program(1.7, effects=["shared", "made"])
def globals_in_every_way(x):
    global shared
    shared = x
    shared *= x
    globals()["made"] = x * 3
    return shared * made


@program(1.7)
def class_attributes(x):
    class Counter:
        total = 0.0

        @classmethod
        def add(cls, v):
            cls.total += v
            return cls

    Counter.add(x).add(x * x)
    Counter.extra = Counter.total * x
    return Counter.extra + Counter.total


@program(1.7)
def cells_shared_by_functions(x):
    def account(balance):
        def deposit(v):
            nonlocal balance
            balance += v
            return balance

        def interest(rate):
            nonlocal balance
            balance *= 1 + rate
            return balance

        return deposit, interest

    deposit, interest = account(x)
    deposit(x * x)
    interest(0.1)
    return deposit(x) * interest(x)


@program(1.7)
def aliases_see_each_others_writes(x):
    a = [x, [x]]
    b = a
    c = [a, a[1]]
    b[1][0] *= x
    c[1].append(a[0])
    a[0] = c[0][1][0] * 2
    log(len(b[1]), b is c[0])
    return b[0] * c[1][1] + a[1][0]


@program(1.7)
def a_container_in_itself(x):
    a = [x]
    a.append(a)
    a[1][1][0] *= x
    d = {"v": x}
    d["self"] = d
    d["self"]["self"]["v"] += a[0]
    return a[0] * d["v"]
