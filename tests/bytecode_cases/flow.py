"""Loops, branches and local variables."""

# ruff: noqa: B018

from .register import Point, case

SCALE = 3


@case((5, 3), (2, 0), (2.5, 2))
def power(x, n):
    r = 1
    while n > 0:
        n -= 1
        r *= x
    return r


@case((0, 5), (3, 9), (9, 2), (7, 7))
def chained(a, b):
    out = []
    while 0 <= a < b <= 9 or a == 7:
        a += 1
        if a == 4:
            continue
        if a == 8:
            break
        out.append(a)
    else:
        out.append("else")
    return out, 1 < a < 5, a < b > 2


@case(0, 1, 5, 12)
def while_walrus(n):
    seen = []
    while (half := n // 2) and not (n % 5 == 0 and n > 5):
        seen.append(half)
        n = half
    return seen, half, n


@case(0, 3, 10)
def for_else(n):
    total = 0
    for i in range(n):
        if i % 2:
            continue
        if i > 6:
            break
        total += i
    else:
        total = -total
    for j in range(2):
        for k in range(3):
            for m in range(2):
                if m > k:
                    break
                total += j * k + m
            else:
                continue
            total += 100
    return total


@case(0, 1, 4)
def while_true(n):
    while True:
        if n > 3:
            break
        while n < 2:
            n += 1
            if n == 1:
                continue
        n += 1
    else:
        n = -1
    return n


@case((1, 2, 3), (0, 2, 0), ("", [], None), (None, 0, 5))
def and_or(a, b, c):
    x = a and b or c
    y = not (a or b) and c
    z = (a if b else c) + 1 if c and a else [a, b] if b else c
    return x, y, z, not a, not not b, a is None, b is not None, (a or b) is c


@case((1, 2), (0, 0))
def conditional_on_stack(a, b):
    return [1, a if b else -1, (b or 5) * 2, max(a, b if a else 7, key=lambda v: -v)]


@case(0, 1, 2, 3, 4)
def many_branches(n):
    if n == 0:
        r = "zero"
    elif n == 1:
        r = "one"
    elif n in (2, 3):
        r = "few"
        if n not in (2,):
            r += "!"
    else:
        r = None
    if r is None:
        return "none"
    if r is not None and n:
        return r
    return r, n


@case([[1, 2], [], [3]])
def nested_while(rows):
    out, i = [], 0
    while i < len(rows):
        j = 0
        while j < len(rows[i]):
            k = rows[i][j]
            while k > 0 and (k % 2 or k > 1):
                out.append((i, j, k))
                k -= 1
            j += 1
        i += 1
    return out


@case(0, 1)
def maybe_unbound(flag):
    if flag:
        x = 1
    return x


@case(0, 1, 2)
def deleted(n):
    x = 5
    if n:
        del x
    if n > 1:
        del x
    return x


@case(0, 1)
def deleted_in_try(flag):
    x = y = 1
    try:
        if flag:
            del x
        y = 2
        y += x
        raise ValueError(y)
    except ValueError as e:
        return str(e), y
    except UnboundLocalError:
        return "unbound", y


@case((1, 2), ("a", "b"))
def swaps(a, b):
    a, b = b, a
    (c, d), [e, *f] = (a, b), [1, 2, 3]
    g = h = a
    *i, j = "xyz"
    x, y, z = c, d, e
    z, y, x = x, y, z
    return a, b, c, d, e, f, g, h, i, j, x, y, z


@case((1, 2), ([], 1))
def unpack_fails(a, b):
    try:
        p, q = a
    except TypeError as e:
        return type(e)
    except ValueError:
        return "value"
    return p, q


@case(5)
def in_place_ops(x):
    x += 1
    x -= 2
    x *= 7
    x //= 2
    x **= 2
    x %= 1000
    x <<= 3
    x >>= 1
    x |= 5
    x &= 0xFFF
    x ^= 3
    x /= 2
    return x, -x, +x, ~int(x), 3 @ Mat() if x < 0 else 0


class Mat:
    def __rmatmul__(self, other):
        return other


@case()
def subscripts():
    a = list(range(10))
    a[2:4] = [7]
    b = a[1:], a[:3], a[::2], a[-1], a[1:-1:3]
    del a[0], a[1:3]
    d = {"k": 1}
    d["m"] = d["k"] + 1
    d["k"] += 5
    del d["m"]
    return a, b, d


@case()
def attributes():
    p = Point(1, 2)
    p.x += 5
    p.z = p.x
    del p.y
    return vars(p), hasattr(p, "y")


@case()
def global_names():
    global COUNTER
    COUNTER = SCALE
    COUNTER += 1
    found = COUNTER, len("abc")
    del COUNTER
    try:
        COUNTER
    except NameError as e:
        return found, str(e)
