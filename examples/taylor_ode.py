"""An integrator of differential equations by Taylor series, on the problem of Kepler.

The solution of y' = f(y) has a Taylor series whose coefficients follow one from the other: if
c_0 ... c_k are known, `zygcore.jet` gives the coefficients of f(y(t)) up to k, and c_(k+1) is the
last of them divided by k + 1.  `f` is ordinary Python.  The step is so long that the last two
coefficients contribute no more than the tolerance (Jorba & Zou, "A software package for the
numerical integration of ODEs by means of high-order Taylor methods", 2005).

    python examples/taylor_ode.py
"""

import math

import zygcore as zg


def kepler(y):
    """A planet around a sun at the origin: position and velocity in the plane."""
    r = math.hypot(y[0], y[1])
    return [y[2], y[3], -y[0] / r**3, -y[1] / r**3]


def lorenz(y):
    return [10.0 * (y[1] - y[0]), y[0] * (28.0 - y[2]) - y[1], y[0] * y[1] - 8.0 / 3.0 * y[2]]


def coefficients(f, y, order):
    """The Taylor coefficients of the solution through `y`."""
    c = [y, f(y)]
    while len(c) <= order:
        known = len(c) - 1
        _, rates = zg.jet(f, (y,), (c[1:],))
        c.append([rate / (known + 1) for rate in rates[-1]])
    return c


def step_length(c, tolerance):
    """How far the series is as exact as that, from its last two coefficients."""
    order = len(c) - 1
    sizes = [(k, max(abs(v) for v in c[k])) for k in (order - 1, order)]
    return min((tolerance / size) ** (1 / k) for k, size in sizes if size)


def integrate(f, y, end, order=20, tolerance=1e-16):
    """The solution at `end`, and the number of steps."""
    t, steps = 0.0, 0
    while t < end:
        c = coefficients(f, y, order)
        h = min(0.9 * step_length(c, tolerance), end - t)
        total = c[-1]
        for coefficient in reversed(c[:-1]):
            total = [v * h + w for v, w in zip(total, coefficient, strict=True)]
        y, t, steps = total, t + h, steps + 1
    return y, steps


def energy(y):
    return (y[2] ** 2 + y[3] ** 2) / 2 - 1 / math.hypot(y[0], y[1])


def main():
    eccentricity = 0.6
    start = [1 - eccentricity, 0.0, 0.0, math.sqrt((1 + eccentricity) / (1 - eccentricity))]
    y, steps = integrate(kepler, start, 2 * math.pi)
    back = max(abs(v - w) for v, w in zip(y, start, strict=True))
    drift = abs(energy(y) - energy(start))
    print(
        f"one orbit in {steps} steps of order 20: back to within {back:.1e}, "
        f"energy to within {drift:.1e}"
    )

    y, steps = integrate(lorenz, [1.0, 1.0, 1.0], 2.0)
    print(f"Lorenz at t = 2 in {steps} steps: {y}")

    def arrival(speed):
        return integrate(kepler, [0.4, 0.0, 0.0, speed], 1.0, order=8, tolerance=1e-8)[0][0]

    (slope,) = zg.gradient(arrival, 2.0)
    print(f"dx(1)/dv = {slope:.6f}: the gradient of the integrator")
    return back, drift, slope


if __name__ == "__main__":
    main()
