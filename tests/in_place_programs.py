"""Programs that write into arrays: functions of a vector of seven numbers that return a scalar."""

import numpy as np


def preallocated(x):
    b = np.zeros((7, 7))
    b[:2, :7] = x
    return (b**2).sum()


def alias(x):
    z = y = x * 1
    y += x
    return (z * y).sum()


def saved_and_overwritten(x):
    y = np.exp(x)
    z = (y * y).sum()
    y[:] = 0
    return z


def elements(x):
    b = np.zeros(7)
    for i in range(len(x)):
        b[i] = x[i] * i
    return (b * x).sum()


def recurrence(x):
    b = np.empty(7)
    b[0] = x[0]
    for i in range(1, 7):
        b[i] = b[i - 1] * x[i] + b[0]
    return b.sum() + b[-1] ** 2


def argument(x):
    x[0] = x[1] * x[2]
    x[3:5] *= 2
    return (x**3).sum()


def slices(x):
    b = x * 2
    b[1:-1] = b[2:] - b[:-2]
    b[::2] += x[::2] ** 2
    return (b**2).sum()


def mask(x):
    b = x**2
    b[b > 1.0] += 3 * x[0]
    b[x < 0] = x[x < 0] ** 3
    return (b * b).sum()


def repeated_index(x):
    b = x * x
    b[[0, 0, 2]] += x[1]
    b[[3, 3]] = x[:2]
    return (b**2).sum()


def add_at(x):
    b = x * x
    np.add.at(b, [0, 0, 2], x[1:4])
    return (b**2).sum()


def subtract_at(x):
    b = np.zeros(3)
    np.subtract.at(b, [0, 1, 0, 2, 2, 1, 0], x)
    return (b**3).sum()


def multiply_at(x):
    b = x + 1
    np.multiply.at(b, [1, 1, 4], x[:3] + 3)
    return (b**2).sum()


def output_of_a_ufunc(x):
    b = np.empty(7)
    np.multiply(x, x, out=b)
    np.sin(b, b)
    np.add(b, x, out=b[::-1])
    return (b**2).sum()


def output_where(x):
    b = np.zeros(7)
    np.divide(1.0, x, out=b, where=x > 0)
    return (b**2).sum()


def output_of_a_reduction(x):
    b = np.empty(3)
    np.sum(np.reshape(x[:6], (2, 3)) ** 2, axis=0, out=b)
    np.dot(np.reshape(x[:6], (3, 2)), x[:2], out=b)
    return (b**2).sum()


def filled(x):
    b = x**2
    b.fill(x[2])
    return (b * x).sum()


def put(x):
    b = x**2
    b.put([0, 3], x[1:3])
    np.put(b, [5], x[6])
    return (b * x).sum()


def placed(x):
    b = x**2
    np.place(b, b < 1.0, x[:2])
    np.putmask(b, b > 1.5, x * 3)
    return (b * x).sum()


def copied_to(x):
    b = np.zeros((2, 7))
    np.copyto(b, x)
    np.copyto(b[1], x**2, where=x > 0)
    return (b**2).sum()


def flat(x):
    b = np.zeros((7, 2))
    b.flat[::2] = x
    b.T.flat[1] = x[0] * x[1]
    b.flat[3] = x[2]
    return (b**2).sum()


def transposed(x):
    b = np.zeros((7, 2))
    b.T[...] = x
    b.T[1] *= x
    return (b**3).sum()


def views_of_views(x):
    b = np.zeros((4, 7))
    v = b[1:][::2][:, 1:]
    v[0] = x[1:]
    v[1, ::-1] += x[:-1] ** 2
    return (b**2).sum() + (v[1] * x[1:]).sum()


def reshape_aliases(x):
    b = np.zeros((2, 3))
    c = b.reshape(6)
    c[:] = x[:6] ** 2
    b[1] *= 2
    return (c * x[:6]).sum()


def reshape_copies(x):
    b = np.array([x[:3], x[3:6]])
    c = b.T.reshape(6)
    c[:] = 1.0
    return (b**2).sum() + (c * x[:6]).sum()


def read_before_and_after(x):
    b = x * 1
    s = (b**2).sum()
    b[2] = x[0] * 5
    s += (b**3).sum()
    b[2] = 0.0
    return s + (b**2).sum()


def view_made_before(x):
    b = x**2
    v = b[2:5]
    b[3] = x[0]
    return (v**2).sum() + b.sum()


def rows(x):
    b = np.zeros((3, 7))
    listed = [b[0], b[1], b[2]]
    b[0] = x
    b[1] = x**2
    listed[2][:] = listed[0] * listed[1]
    return sum([(row * x).sum() for row in listed]) + b.sum()


def iterated_rows(x):
    b = np.zeros((3, 7))
    for i, row in enumerate(b):
        row[:] = x ** (i + 1)
        row[i] = x[0]
    return (b**2).sum()


def sorted_in_place(x):
    b = x * x - x
    b.sort()
    return (b * np.arange(7.0)).sum()


def partitioned(x):
    b = x * 1
    b.partition(3)
    return (b**2).sum() + b[3] ** 3


class State:
    def __init__(self, n):
        self.u = np.zeros(n)

    def step(self, x):
        self.u[1:] = self.u[:-1]
        self.u[0] = x


def attribute(x):
    s = State(4)
    for v in x:
        s.step(v * v)
        s.u *= 0.5
    return (s.u**2).sum()


BUFFER = np.zeros(7)


def global_array(x):
    BUFFER[:] = x**2
    BUFFER[1] += BUFFER[0]
    return (BUFFER * x).sum()


def increment(a, by):
    a += by
    return a


def callee(x):
    b = x * 1
    c = increment(b, x**2)
    return (b * c).sum()


def handler(x):
    b = x * 1
    try:
        b[0] = x[1] ** 2
        b[10] = 1.0
    except IndexError:
        b[2] = b[0] * 3
    finally:
        b *= x
    return b.sum()


def failing_writes(x):
    b = x * 1
    for bad in (lambda: b.__setitem__(0, [1.0, 2.0]), lambda: b.__iadd__(np.ones((2, 7)) * x[0])):
        try:
            bad()
        except ValueError:
            b[1] += x[0]
    return (b**2).sum()


def gauss_seidel(x):
    a = np.diag(x**2 + 4) + 0.3
    u = np.zeros(7)
    for _ in range(3):
        for i in range(7):
            u[i] = (x[i] - a[i, :i] @ u[:i] - a[i, i + 1 :] @ u[i + 1 :]) / a[i, i]
    return (u**2).sum()


def cholesky(x):
    a = np.outer(x, x) + np.diag(x**2 + 3)
    n = len(a)
    low = np.zeros((n, n))
    for j in range(n):
        low[j, j] = np.sqrt(a[j, j] - (low[j, :j] ** 2).sum())
        for i in range(j + 1, n):
            low[i, j] = (a[i, j] - (low[i, :j] * low[j, :j]).sum()) / low[j, j]
    return np.log(np.diag(low)).sum() + (low**2).sum()


def lu_in_place(x):
    a = np.outer(x, x) + np.diag(x**2 + 3)
    for k in range(6):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return np.log(np.abs(np.diag(a))).sum() + a[3, 2] ** 2


def butterflies(x):
    z = np.zeros(8, complex)
    z[:7] = x
    z = z[[0, 4, 2, 6, 1, 5, 3, 7]]
    size = 2
    while size <= 8:
        w = np.exp(-2j * np.pi * np.arange(size // 2) / size)
        for start in range(0, 8, size):
            even = z[start : start + size // 2].copy()
            odd = z[start + size // 2 : start + size] * w
            z[start : start + size // 2] = even + odd
            z[start + size // 2 : start + size] = even - odd
        size *= 2
    return (np.abs(z) ** 2 * np.arange(8)).sum()


def complex_parts(x):
    z = np.zeros(7, complex)
    z.real[:] = x
    z.imag = x**2
    z *= 1 + 2j
    z.real[1] += x[0]
    return (z.real * z.imag).sum() + np.abs(z[2])


def life(x):
    g = np.zeros((5, 7))
    g[2] = x
    for _ in range(3):
        n = np.zeros((5, 7))
        n[1:-1, 1:-1] = g[:-2, 1:-1] + g[2:, 1:-1] + g[1:-1, :-2] + g[1:-1, 2:]
        g[...] = np.tanh(n) + 0.1 * g
    return (g**2).sum()


def heat(x):
    u = x * 1
    for _ in range(100):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return (u**3).sum()


def burgers(x):
    u = x / 10
    for _ in range(50):
        u[1:] -= 0.1 * u[1:] * (u[1:] - u[:-1])
        u[0] = 0.5 * u[-1]
    return (u**2).sum()


def rotated(x):
    a, b = x[:3] * 1, x[3:6] * 1
    a[:], b[:] = a * b, a + b
    a[0], a[1] = a[1], a[0]
    return (a**2 * b).sum()


def nested_lists(x):
    b = np.zeros((2, 2))
    b[:] = [[x[0], x[1]], [x[2] * x[3], 1.0]]
    b[0] = x[4], 2.0
    return (b**2).sum() + (b[0] * b[1]).sum()


def broadcast(x):
    b = np.zeros((3, 7))
    b[:, 1:3] = x[0]
    b[:, 3:] = x[3:]
    b[:, :1] = x[:3, None]
    b += x
    b -= 2.0
    b /= 3
    return (b**3).sum()


def integer_memory(x):
    counts = np.zeros(7, int)
    counts[x > 0] += 1
    counts[2] = 5
    return (counts * x**2).sum()


def new_axes(x):
    b = np.zeros((2, 7, 1))
    b[0, :, 0] = x
    b[1, ..., 0] = b[0, ::-1, 0] * x
    b[:, 2] = x[0]
    b[None, :, 3, :] = x[1]
    return (b**2).sum()


def mixed_key(x):
    b = np.zeros((3, 4))
    b[[0, 2], 1:3] = x[:2]
    b[1, [0, 3]] = x[2:4]
    b[np.array([True, False, True])] *= x[4]
    b[np.ix_([0, 1], [0, 3])] += x[5]
    return (b**2).sum()


def diagonal(x):
    b = np.zeros((7, 7))
    b[np.arange(7), np.arange(7)] = x
    np.fill_diagonal(b[1:, :], x[0])
    b[np.diag_indices(3)] += x[:3]
    return (b @ b).sum()


def swapped_aliases(x):
    b = x * x
    c = b
    d = b[:]
    c[0] = x[1]
    d[1] = x[2]
    b[2] = x[3]
    return (b * c * d).sum()


def many_owners(x):
    total = 0.0
    for i in range(7):
        t = np.zeros(3)
        t[0] = x[i]
        t[1:] = t[0] * t[:2]
        total += t.sum() ** 2
    return total


def cumulative(x):
    b = x.copy()
    for i in range(1, len(b)):
        b[i] += b[i - 1] * x[i]
    return (b**2).sum()


def item_assignment_operators(x):
    b = x * 1
    b[0] += x[1]
    b[1] -= x[0] ** 2
    b[2] *= x[3]
    b[3] /= x[0] + 3
    b[4] **= 2
    b[5:7] **= 3
    return (b**2).sum()


def closure(x):
    b = np.zeros(7)

    def fill(i):
        b[i] = x[i] ** 2

    list(map(fill, range(7)))
    return (b * x).sum()


def generator(x):
    b = np.zeros(7)

    def states():
        for i in range(7):
            b[i] = x[i]
            yield b

    total = 0.0
    for state in states():
        total += (state**2).sum()
    return total


def dictionary(x):
    cells = {}
    for i, v in enumerate(x):
        cells.setdefault(i % 3, np.zeros(3))[i // 3] += v * v
    return sum((c**2).sum() for c in cells.values())


def matrix_product(x):
    a = np.outer(x, x)
    b = np.eye(7)
    b @= a
    np.matmul(a, b, out=b)
    return np.trace(b) ** 0.5


def casts(x):
    b = np.zeros(7, np.float64)
    b[:] = np.arange(7)
    b[1] = 3
    b[2] = True
    b *= x
    return (b**2).sum()


def scalar_array(x):
    b = np.zeros(())
    b[...] = x[0]
    b += x[1] ** 2
    b[()] *= 2
    return float(b) ** 2


def empty(x):
    b = np.zeros((0, 7))
    b[:] = x
    x[5:5] = 1.0
    b += x
    return (x**2).sum() + b.sum()


def explicit_methods(x):
    import operator

    b = x * 1
    b.__setitem__(0, x[1])
    operator.setitem(b, slice(1, 3), x[2:4])
    b = operator.iadd(b, x)
    b.__imul__(x)
    operator.itruediv(b, 2.0)
    return (b**2).sum()


def trace_of_versions(x):
    b = np.ones(7)
    out = []
    for _ in range(5):
        b *= x
        out.append(b.sum())
        out.append((b[1:] * b[:-1]).sum())
    return sum(out)


def overlapping_writes(x):
    b = x * x
    b[1:] = b[:-1]
    b[:-1] += b[1:]
    b[::-1] = b * 2
    return (b * np.arange(7.0)).sum()


def column_major(x):
    b = np.zeros((3, 7), order="F")
    b[1] = x
    v = b.ravel(order="F")
    v[3] = x[0]
    return (b**2).sum() + (v * 2).sum()


def accumulated(x):
    b = np.empty(7)
    np.cumsum(x**2, out=b)
    c = np.empty(6)
    np.subtract(b[1:], b[:-1], out=c)
    np.clip(b, 0.5, 3.0, out=b)
    return (b**2).sum() + (c**2).sum()


PROGRAMS = [
    f for name, f in list(globals().items()) if callable(f) and name not in ("State", "increment")
]
