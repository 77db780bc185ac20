"""A trebuchet that is aimed by the gradient of its simulation.

The beam swings, the stone flies through air that moves: both are stepped in
plain Python ``while`` loops, the path is kept in a list, and how often a loop
runs depends on what is differentiated.  One gradient tells how the distance
changes with the angle of release and with the counterweight.
"""

import math

import zygcore as zg

from .checks import Report, compare, ignore, require

__all__ = ["aim", "distance", "run", "throw"]

GRAVITY = 9.81  # m/s²
SHORT_ARM, LONG_ARM, PIVOT = 2.0, 10.0, 8.0  # m; the pivot is that high
BEAM, STONE = 300.0, 10.0  # kg
START = math.radians(-50)  # of the long arm, against the horizontal
DRAG = 0.5 * 1.2 * 0.47 * math.pi * 0.1**2 / STONE  # 1/m: a ball of 10 cm radius in air

#: target in m, wind in m/s (a headwind is negative)
SHOTS = [(40.0, 0.0), (70.0, -8.0), (70.0, 8.0), (90.0, -4.0), (110.0, 6.0)]


def swing(elevation, weight, dt=0.002):
    """The stone when it leaves the beam: x, y, and its velocity.

    The beam turns about its pivot under the torque of counterweight, stone
    and its own mass, until the stone moves upward at the angle `elevation`.
    """
    beam_inertia = BEAM * (LONG_ARM**2 - LONG_ARM * SHORT_ARM + SHORT_ARM**2) / 3
    inertia = weight * SHORT_ARM**2 + STONE * LONG_ARM**2 + beam_inertia
    lever = weight * SHORT_ARM - STONE * LONG_ARM - BEAM * (LONG_ARM - SHORT_ARM) / 2
    if lever <= 0:
        raise ValueError(f"a counterweight of {weight} kg does not lift the stone")

    release = math.pi / 2 - elevation
    angle, rate = START, 0.0
    while True:
        next_rate = rate + dt * GRAVITY * lever * math.cos(angle) / inertia
        next_angle = angle + dt * next_rate
        if next_angle >= release:
            break
        angle, rate = next_angle, next_rate
    # The release lies within the last step.
    rate += (next_rate - rate) * (release - angle) / (next_angle - angle)

    speed = LONG_ARM * rate
    return (
        -LONG_ARM * math.sin(elevation),
        PIVOT + LONG_ARM * math.cos(elevation),
        speed * math.cos(elevation),
        speed * math.sin(elevation),
    )


def fly(x, y, vx, vy, wind, dt=0.01):
    """The path of the stone until it is below ground: a list of points."""
    path = [(x, y)]
    while y > 0:
        ux = vx - wind
        drag = DRAG * math.sqrt(ux * ux + vy * vy)
        vx -= dt * drag * ux
        vy -= dt * (drag * vy + GRAVITY)
        x += dt * vx
        y += dt * vy
        path.append((x, y))
    return path


def throw(elevation, weight, wind, dt=0.01):
    """The path of a throw, ending on the ground."""
    *path, (x0, y0), (x1, y1) = fly(*swing(elevation, weight), wind, dt)
    return [*path, (x0, y0), (x0 + (x1 - x0) * y0 / (y0 - y1), 0.0)]


def distance(elevation, weight, wind, dt=0.01):
    """How far from the pivot the stone lands, in m."""
    return throw(elevation, weight, wind, dt)[-1][0]


def aim(target, wind, elevation=math.radians(25), weight=2000.0, tolerance=1e-6, tries=30, dt=0.01):
    """The angle of release and the counterweight that hit `target`.

    Newton's method for one equation with two unknowns: of all changes that
    should make up for the miss, the smallest.  Returns the two, and the miss
    at each try.
    """
    misses = []
    for _ in range(tries):
        landed, (d_elevation, d_weight, _) = zg.withgradient(
            lambda e, w, wind: distance(e, w, wind, dt), elevation, weight, wind
        )
        miss = landed - target
        misses.append(miss)
        if abs(miss) < tolerance:
            break
        # In units in which the two are about equally easy to change.
        by_elevation, by_weight = d_elevation * 0.2, d_weight * 1500.0
        change = -miss / (by_elevation**2 + by_weight**2)
        elevation += max(-0.1, min(0.1, change * by_elevation * 0.2))
        weight += max(-1000.0, min(1000.0, change * by_weight * 1500.0))
    return elevation, weight, misses


def slopes(f, args, rel=1e-6):
    """Central differences, to compare the gradient with."""
    out = []
    for i, arg in enumerate(args):
        h = rel * max(1.0, abs(arg))
        above, below = list(args), list(args)
        above[i], below[i] = arg + h, arg - h
        out.append((f(*above) - f(*below)) / (2 * h))
    return tuple(out)


def run(step=ignore, shots=SHOTS, dt=0.01):
    args = (math.radians(35), 2500.0, 3.0)

    def landing(elevation, weight, wind):
        return distance(elevation, weight, wind, dt)

    checks = [
        compare(
            "d distance / d (elevation, weight, wind): gradient, central differences",
            zg.gradient(landing, *args),
            slopes(landing, args),
            rtol=1e-5,
        )
    ]
    flights = []
    worst = 0.0
    for done, (target, wind) in enumerate(shots):
        step(done, len(shots))
        elevation, weight, misses = aim(target, wind, dt=dt)
        miss = abs(misses[-1])
        worst = max(worst, miss)
        checks.append(
            require(
                f"target {target:g} m, wind {wind:+g} m/s, {len(misses)} throws",
                f"{math.degrees(elevation):.2f}°, {weight:.1f} kg: off by {miss:.1e} m",
                miss < 1e-3,
                "off by less than 1 mm",
            )
        )
        flights.append((target, wind, throw(elevation, weight, wind, dt)))
    step(len(shots), len(shots))
    return Report(f"largest miss {worst:.1e} m", checks, {"flights": flights})
