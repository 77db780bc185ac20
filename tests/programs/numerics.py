# ruff: noqa: B007
"""Small numerical methods as people write them with floats and lists."""

import cmath
import math

from . import FD, NIL, log, program


@program(2.0, grad=(0.5 / math.sqrt(2.0),))
def newton_square_root(x):
    y = x
    while abs(y * y - x) > 1e-15 * x:
        y = 0.5 * (y + x / y)
    return 0.5 * (y + x / y)


@program(0.7, grad=(FD,))
def kepler_equation(e):
    m, anomaly = 1.0, 1.0
    for _ in range(20):
        anomaly -= (anomaly - e * math.sin(anomaly) - m) / (1 - e * math.cos(anomaly))
    return anomaly


@program(0.5, 3.0, grad=(NIL, NIL), fd=False)
def bisection_returns_a_dyadic_number(lo, hi):
    lo, hi = 1.0, 2.0
    for _ in range(30):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if mid**3 < 4 else (lo, mid)
    return lo


@program(0.5, 2.9)
def bisection_of_an_interval(lo, hi):
    while hi - lo > 0.01:
        mid = 0.5 * (lo + hi)
        if mid * mid < 2:
            lo = mid
        else:
            hi = mid
    return 0.3 * lo + 0.7 * hi


@program(0.2, 1.7)
def simpson_rule(a, b):
    def f(t):
        return math.exp(-t * t) * math.cos(t)

    n = 20
    h = (b - a) / n
    total = f(a) + f(b)
    for i in range(1, n):
        total += (4 if i % 2 else 2) * f(a + i * h)
    return total * h / 3


@program(0.1, 1.9)
def adaptive_quadrature(a, b):
    def f(t):
        return math.sqrt(t + 0.01) * a

    def area(lo, hi, whole, depth):
        mid = 0.5 * (lo + hi)
        left = (mid - lo) * (f(lo) + f(mid)) / 2
        right = (hi - mid) * (f(mid) + f(hi)) / 2
        if depth == 0 or abs(left + right - whole) < 1e-3:
            return left + right
        return area(lo, mid, left, depth - 1) + area(mid, hi, right, depth - 1)

    return area(a, b, (b - a) * (f(a) + f(b)) / 2, 6)


@program(1.5, 0.3)
def euler_decay(y, k):
    dt = 0.05
    for _ in range(40):
        y += dt * (-k * y)
    return y


@program([1.0, 0.0], 0.5)
def runge_kutta_pendulum(state, damping):
    def f(s):
        angle, speed = s
        return [speed, -math.sin(angle) - damping * speed]

    def axpy(a, u, v):
        return [a * p + q for p, q in zip(u, v, strict=True)]

    h = 0.1
    for _ in range(15):
        k1 = f(state)
        k2 = f(axpy(h / 2, k1, state))
        k3 = f(axpy(h / 2, k2, state))
        k4 = f(axpy(h, k3, state))
        state = [
            s + h / 6 * (a + 2 * b + 2 * c + d)
            for s, a, b, c, d in zip(state, k1, k2, k3, k4, strict=True)
        ]
    return state[0] + 2 * state[1]


@program([2.0, -1.0, 0.5, 3.0], 1.3)
def horner(coefficients, x):
    y = 0.0
    for c in reversed(coefficients):
        y = y * x + c
    return y


@program([2, -1, 4], 3, grad=([1, 3, 9], 23))
def horner_of_ints(coefficients, n):
    y = 0
    for c in reversed(coefficients):
        y = y * n + c
    return y


@program([1.0, 2.0, 3.0, 4.0])
def continued_fraction(xs):
    y = xs[-1]
    for x in xs[-2::-1]:
        y = x + 1 / y
    return y


@program(48, 18, grad=(-1, 3), fd=False)
def last_combination_of_euclid(a, b):
    while a % b:
        a, b = b, a % b
    return b


@program(48, 18, grad=(None, None))
def gcd_by_counting(a, b):
    best = 0
    for k in range(1, min(a, b) + 1):
        if a % k == 0 and b % k == 0:
            best = k
    return best


@program(3, 5, grad=(34, 55))
def fibonacci_of_ints(a, b):
    for _ in range(9):
        a, b = b, a + b
    return b


@program(0.7, 1.1)
def fibonacci_of_floats(a, b):
    for _ in range(12):
        a, b = b, 0.5 * (a + b)
    return a * b


@program([1.0, 3.0, -2.0, 0.5])
def log_sum_exp(xs):
    m = max(xs)
    total = 0.0
    for x in xs:
        total += math.exp(x - m)
    return m + math.log(total)


@program([1e8, 1.0, -1e8, 0.5], grad=([1.0, 1.0, 1.0, 1.0],), fd=False)
def kahan_sum(xs):
    total, c = 0.0, 0.0
    for x in xs:
        y = x - c
        t = total + y
        c = t - total - y
        total = t
    return log(c, total)


@program([[1.0, 2.0], [3.0, 4.0]], [[0.5, -1.2], [2.1, 1.5]])
def matrix_product_of_lists(a, b):
    n = len(a)
    c = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for k in range(n):
                c[i][j] += a[i][k] * b[k][j]
    return c[0][0] * c[1][1] - c[0][1] * c[1][0] * 2


@program(
    [[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]],
    grad=([[FD, None, None], [FD, FD, None], [FD, FD, FD]],),
)
def cholesky_log_determinant(a):
    n = len(a)
    low = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            s = sum(low[i][k] * low[j][k] for k in range(j))
            low[i][j] = math.sqrt(a[i][i] - s) if i == j else (a[i][j] - s) / low[j][j]
    return 2 * sum(math.log(low[i][i]) for i in range(n))


@program([[2.0, -1.0, 0.3], [1.0, 3.0, -2.0], [0.5, 1.0, 4.0]])
def determinant_by_recursion(a):
    def det(m):
        if len(m) == 1:
            return m[0][0]
        total = 0.0
        for j, x in enumerate(m[0]):
            minor = [row[:j] + row[j + 1 :] for row in m[1:]]
            total += (-1) ** j * x * det(minor)
        return total

    return det(a)


@program([[1, 2], [3, 4]], grad=([[4, -3], [-2, 1]],))
def determinant_of_ints(a):
    (p, q), (r, s) = a
    return p * s - q * r


@program([[0.1, 2.0], [3.0, 4.0]], [1.0, 2.5])
def gaussian_elimination_with_pivots(a, b):
    n = len(a)
    rows = [row + [y] for row, y in zip(a, b, strict=True)]
    for i in range(n):
        p = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[p] = rows[p], rows[i]
        for r in range(i + 1, n):
            f = rows[r][i] / rows[i][i]
            rows[r] = [u - f * v for u, v in zip(rows[r], rows[i], strict=True)]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - sum(rows[i][j] * x[j] for j in range(i + 1, n))) / rows[i][i]
    return x[0] + 2 * x[1]


@program([1.0, 2.0, -1.0, 0.5])
def fft_of_complex(xs):
    def fft(v):
        if len(v) == 1:
            return v
        even, odd = fft(v[::2]), fft(v[1::2])
        half = len(v) // 2
        turned = [cmath.exp(-2j * cmath.pi * k / len(v)) * odd[k] for k in range(half)]
        return [e + t for e, t in zip(even, turned, strict=True)] + [
            e - t for e, t in zip(even, turned, strict=True)
        ]

    return sum((k + 1) * (z.real**2 + z.imag**2) for k, z in enumerate(fft(xs)))


@program([1.0, 2.0, -1.0, 0.5], grad=([FD, FD, FD, FD],))
def fft_of_pairs(xs):
    def fft(v):
        n = len(v)
        if n == 1:
            return v
        even, odd = fft(v[::2]), fft(v[1::2])
        out = [None] * n
        for k in range(n // 2):
            c, s = math.cos(2 * math.pi * k / n), -math.sin(2 * math.pi * k / n)
            re, im = odd[k][0] * c - odd[k][1] * s, odd[k][0] * s + odd[k][1] * c
            out[k] = (even[k][0] + re, even[k][1] + im)
            out[k + n // 2] = (even[k][0] - re, even[k][1] - im)
        return out

    return sum(re * re * (k + 1) + im for k, (re, im) in enumerate(fft([(x, 0.0) for x in xs])))


@program([0.1, 0.8, 0.4], [0.2, 0.7, 0.3, 0.5], 0.3)
def soft_dynamic_time_warping(a, b, gamma):
    def softmin(*vs):
        m = min(vs)
        return m - gamma * math.log(sum(math.exp((m - v) / gamma) for v in vs))

    table = {}
    for i, u in enumerate(a):
        for j, v in enumerate(b):
            near = [table[k] for k in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if k in table]
            table[i, j] = (u - v) ** 2 + (softmin(*near) if near else 0.0)
    return table[len(a) - 1, len(b) - 1]


@program([1.0, 1.3, 0.7, 1.1], 0.1, 0.5)
def kalman_filter(zs, q, r):
    mean, p, likelihood = 0.0, 1.0, 0.0
    for z in zs:
        p += q
        gain = p / (p + r)
        residual = z - mean
        likelihood -= 0.5 * (residual**2 / (p + r) + math.log(p + r))
        mean += gain * residual
        p *= 1 - gain
    return likelihood + mean


@program([1.0, 0.0], [0.0, 0.9], 0.01)
def two_bodies(position, velocity, dt):
    (x, y), (u, v) = position, velocity
    energy = 0.0
    for _ in range(30):
        r3 = (x * x + y * y) ** 1.5
        u, v = u - dt * x / r3, v - dt * y / r3
        x, y = x + dt * u, y + dt * v
        energy += 0.5 * (u * u + v * v) - 1 / math.hypot(x, y)
    return energy * x + y


@program(0.3, 0.55, grad=(FD, FD))
def mandelbrot_escape(a, b):
    z, c = 0j, complex(a, b)
    for n in range(100):
        if abs(z) > 4:
            break
        z = z * z + c
    log(n)
    return n + math.log(abs(z))


@program(1.0, 0.5, 2.0)
def spring_with_ground(height, bounce, gravity):
    y, v, hits = height, 0.0, 0
    for _ in range(190):
        v -= gravity * 0.01
        y += v * 0.01
        if y < 0:
            y, v, hits = -y, -v * bounce, hits + 1
    log(hits)
    return y * v


@program([0.3, -0.2, 0.5])
def softmax_cross_entropy(xs):
    exps = [math.exp(x) for x in xs]
    total = sum(exps)
    ps = [e / total for e in exps]
    return -math.log(ps[1]) + sum(p * math.log(p) for p in ps)


@program([[0.1, -0.2], [0.4, 0.3]], [0.5, -0.6], [1.0, 2.0])
def perceptron_on_lists(w, v, x):
    hidden = [math.tanh(sum(a * b for a, b in zip(row, x, strict=True))) for row in w]
    y = sum(a * b for a, b in zip(v, hidden, strict=True))
    return (1 / (1 + math.exp(-y)) - 1) ** 2


@program(0.4)
def taylor_of_sine(x):
    term, total, n = x, 0.0, 1
    while abs(term) > 1e-17:
        total += term
        term *= -x * x / ((n + 1) * (n + 2))
        n += 2
    return total


@program(1.0, 2.0, grad=(FD, FD))
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-12:
        a, b = (a + b) / 2, math.sqrt(a * b)
    return a


@program(2.5, 6, grad=(FD, None))
def legendre_by_recurrence(x, n):
    x = x / 3
    p, q = 1.0, x
    for k in range(1, n):
        p, q = q, ((2 * k + 1) * x * q - k * p) / (k + 1)
    return q


@program([100.0, 105.0, 0.05, 0.2, 1.0])
def black_scholes_call(args):
    spot, strike, rate, sigma, t = args
    cdf = lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2)))
    d1 = (math.log(spot / strike) + (rate + sigma**2 / 2) * t) / (sigma * math.sqrt(t))
    return spot * cdf(d1) - strike * math.exp(-rate * t) * cdf(d1 - sigma * math.sqrt(t))


@program(0.11, 0.21)
def binomial_tree_option(sigma, rate):
    n, dt = 6, 1 / 6
    up = math.exp(sigma * math.sqrt(dt))
    p = (math.exp(rate * dt) - 1 / up) / (up - 1 / up)
    values = [max(100 * up ** (2 * j - n) - 97, 0.0) for j in range(n + 1)]
    for _ in range(n):
        values = [
            math.exp(-rate * dt) * (p * hi + (1 - p) * lo) for lo, hi in zip(values, values[1:])
        ]
    return values[0]


@program([0.6, 0.4], [[0.7, 0.3], [0.4, 0.6]], [0.9, 0.2])
def hidden_markov_forward(start, move, emit):
    alpha = [s * e for s, e in zip(start, emit, strict=True)]
    for seen in (True, False, True):
        alpha = [
            sum(a * move[i][j] for i, a in enumerate(alpha)) * (emit[j] if seen else 1 - emit[j])
            for j in range(2)
        ]
    return math.log(sum(alpha))


@program([1.0, 2.0, 4.0], [1.0, 3.0, 2.0], 3.0)
def lagrange_interpolation(xs, ys, t):
    total = 0.0
    for i, y in enumerate(ys):
        term = y
        for j, x in enumerate(xs):
            if j != i:
                term *= (t - x) / (xs[i] - x)
        total += term
    return total


@program([3.0, 1.0, 4.0, 1.5])
def standard_deviation_by_welford(xs):
    mean = m2 = 0.0
    for n, x in enumerate(xs, 1):
        delta = x - mean
        mean += delta / n
        m2 += delta * (x - mean)
    return math.sqrt(m2 / (n - 1))


@program(
    {"a": {"b": 1.0, "c": 4.5}, "b": {"c": 2.0, "d": 6.0}, "c": {"d": 1.5}, "d": {}},
    grad=({"a": {"b": 1.0, "c": NIL}, "b": {"c": 1.0, "d": NIL}, "c": {"d": 1.0}, "d": {}},),
)
def shortest_path(graph):
    best, todo = {"a": 0.0}, ["a"]
    while todo:
        node = todo.pop(0)
        for other, length in graph[node].items():
            if other not in best or best[node] + length < best[other]:
                best[other] = best[node] + length
                todo.append(other)
    return best["d"]


@program(7, 10, grad=(10 * 7**9, None))
def power_by_squaring(x, n):
    r = 1
    while n:
        if n & 1:
            r *= x
        x *= x
        n >>= 1
    return r


@program(2.0, 0.3)
def random_walk_by_lcg(x, step):
    seed = 12345
    for _ in range(10):
        seed = (1103515245 * seed + 12345) % 2**31
        x += step * x if seed > 2**30 else -step
    return x
