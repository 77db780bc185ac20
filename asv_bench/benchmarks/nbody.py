"""The planets of the benchmarks game, as objects whose attributes change."""

import math

SOLAR_MASS = 4 * math.pi * math.pi
DAYS = 365.24

# x, y, z in astronomical units; vx, vy, vz in units per year; mass of the sun: 4 pi^2
SUN = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SOLAR_MASS)
JUPITER = (
    4.84143144246472090e00,
    -1.16032004402742839e00,
    -1.03622044471123109e-01,
    1.66007664274403694e-03 * DAYS,
    7.69901118419740425e-03 * DAYS,
    -6.90460016972063023e-05 * DAYS,
    9.54791938424326609e-04 * SOLAR_MASS,
)
SATURN = (
    8.34336671824457987e00,
    4.12479856412430479e00,
    -4.03523417114321381e-01,
    -2.76742510726411021e-03 * DAYS,
    4.99852801234917238e-03 * DAYS,
    2.30417297573763929e-05 * DAYS,
    2.85885980666130812e-04 * SOLAR_MASS,
)
URANUS = (
    1.28943695621391310e01,
    -1.51111514016986312e01,
    -2.23307578892655734e-01,
    2.96460137564761618e-03 * DAYS,
    2.37847173959480950e-03 * DAYS,
    -2.96589568540237556e-05 * DAYS,
    4.36624404335156298e-05 * SOLAR_MASS,
)
NEPTUNE = (
    1.53796971148509165e01,
    -2.59193146099879641e01,
    1.79258772950371181e-01,
    2.68067772490389322e-03 * DAYS,
    1.62824170038242295e-03 * DAYS,
    -9.51592254519715870e-05 * DAYS,
    5.15138902046611451e-05 * SOLAR_MASS,
)
PLANETS = [SUN, JUPITER, SATURN, URANUS, NEPTUNE]


class Body:
    def __init__(self, x, y, z, vx, vy, vz, mass):
        self.x, self.y, self.z = x, y, z
        self.vx, self.vy, self.vz = vx, vy, vz
        self.mass = mass


def advance(bodies, dt, steps):
    for _ in range(steps):
        for i in range(len(bodies)):
            a = bodies[i]
            for j in range(i + 1, len(bodies)):
                b = bodies[j]
                dx = a.x - b.x
                dy = a.y - b.y
                dz = a.z - b.z
                square = dx * dx + dy * dy + dz * dz
                pull = dt / (square * math.sqrt(square))
                a.vx -= dx * b.mass * pull
                a.vy -= dy * b.mass * pull
                a.vz -= dz * b.mass * pull
                b.vx += dx * a.mass * pull
                b.vy += dy * a.mass * pull
                b.vz += dz * a.mass * pull
        for body in bodies:
            body.x += dt * body.vx
            body.y += dt * body.vy
            body.z += dt * body.vz


def energy(bodies):
    e = 0.0
    for i, a in enumerate(bodies):
        e += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
        for b in bodies[i + 1 :]:
            dx = a.x - b.x
            dy = a.y - b.y
            dz = a.z - b.z
            e -= a.mass * b.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    return e


def energy_after(positions, steps):
    """The energy after some steps of 0.01 years from these positions."""
    bodies = [Body(*p, *planet[3:]) for p, planet in zip(positions, PLANETS, strict=True)]
    advance(bodies, 0.01, steps)
    return energy(bodies)


POSITIONS = [list(planet[:3]) for planet in PLANETS]
