"""Colours, and the difference between two of them as people see it.

`colordiff` is the CIEDE2000 formula in plain Python: no adjoint is registered for it or for
anything it calls here, so its gradient is that of this code.

A colour goes from sRGB to linear light [1]_, to CIE XYZ with the D65 white point, to CIE
L*a*b* [2]_; two of those are compared [3]_.

The formula has corners, where a subgradient is returned: 0 for equal colours, and no
contribution of chroma at chroma 0 (exact greys in L*a*b*).  It jumps where hues are opposite
and at a few hue angles, and there the gradient is that of the side the code takes.

References
----------
.. [1] IEC 61966-2-1:1999, the sRGB colour space.
.. [2] CIE 15:2004, Colorimetry, 8.2.1.
.. [3] G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 Color-Difference Formula: Implementation
   Notes, Supplementary Test Data, and Mathematical Observations", Color Research &
   Application 30(1), 2005, 21-30; equations (2) to (22).
"""

import math
from dataclasses import dataclass

__all__ = ["RGB", "ciede2000", "colordiff", "lab"]

Triple = tuple[float, float, float]

#: XYZ of the white point: D65, 2 degree observer
WHITE = (0.95047, 1.0, 1.08883)
#: linear sRGB to XYZ, from the primaries (0.64, 0.33), (0.30, 0.60), (0.15, 0.06) and WHITE;
#: rounded to eight digits on purpose: the reference gradient of red against green is met to 1e-6
#: with these, to 8e-6 with seven, to 1.3e-6 with all
TO_XYZ = (
    (0.41245644, 0.35757608, 0.18043748),
    (0.21267285, 0.71515216, 0.07217499),
    (0.01933390, 0.11919203, 0.95030408),
)

#: where the cube root of L*a*b* becomes a line, and its slope
EPSILON = 216 / 24389
KAPPA = 24389 / 27


@dataclass(frozen=True)
class RGB:
    """A colour of the sRGB space.

    Parameters
    ----------
    r, g, b : float
        Red, green and blue, from 0 to 1.

    Examples
    --------
    >>> import zygcore as zg
    >>> zg.gradient(lambda c: c.r**2, RGB(1, 0, 0))
    (Grad(r=2, g=None, b=None),)
    """

    r: float
    g: float
    b: float


def colordiff(a: RGB, b: RGB) -> float:
    """The difference of two colours by the CIEDE2000 formula.

    Parameters
    ----------
    a, b : RGB

    Returns
    -------
    float
        0 for equal colours; about 1 for a difference that can just be seen, 100 between black
        and white.

    Examples
    --------
    >>> import zygcore as zg
    >>> red, green = RGB(1, 0, 0), RGB(0, 1, 0)
    >>> round(colordiff(red, green), 4)
    86.6083
    >>> (g,) = zg.gradient(lambda c: colordiff(c, green), red)
    >>> [round(v, 4) for v in g]
    [0.4591, -9.5988, 14.1814]
    """
    return ciede2000(lab(a), lab(b))


def lab(color: RGB) -> Triple:
    """CIE L*, a* and b* of an sRGB colour, with the white point D65.

    Examples
    --------
    >>> [round(v, 3) for v in lab(RGB(0, 0, 1))]
    [32.297, 79.188, -107.86]
    """
    linear = [linear_light(v) for v in (color.r, color.g, color.b)]
    x, y, z = [
        lightness(sum(m * v for m, v in zip(row, linear, strict=True)) / white)
        for row, white in zip(TO_XYZ, WHITE, strict=True)
    ]
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def linear_light(v: float) -> float:
    """Undoes the gamma of sRGB."""
    return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4


def lightness(t: float) -> float:
    """The cube root of L*a*b*, a line near black."""
    return math.cbrt(t) if t > EPSILON else (KAPPA * t + 16) / 116


def ciede2000(first: Triple, second: Triple) -> float:
    """The CIEDE2000 difference of two colours given as L*, a*, b*.

    All weights k_L, k_C, k_H are 1.

    Parameters
    ----------
    first, second : tuple of three floats

    Examples
    --------
    >>> round(ciede2000((50.0, 2.5, 0.0), (56.0, -27.0, -3.0)), 4)
    31.903
    """
    L1, a1, b1 = first
    L2, a2, b2 = second
    stretch = 1.5 - 0.5 * saturation((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2)
    a1, a2 = a1 * stretch, a2 * stretch
    C1, C2 = math.hypot(a1, b1), math.hypot(a2, b2)
    L, C = (L1 + L2) / 2, (C1 + C2) / 2
    turn, hue = hues(a1, b1, a2, b2)

    S_L = 1 + 0.015 * (L - 50) ** 2 / math.sqrt(20 + (L - 50) ** 2)
    S_C = 1 + 0.045 * C
    S_H = 1 + 0.015 * C * hue_weight(hue)
    dL = (L2 - L1) / S_L
    dC = (C2 - C1) / S_C
    dH = 2 * math.sqrt(C1 * C2) * math.sin(math.radians(turn / 2)) / S_H
    square = dL * dL + dC * dC + dH * dH + rotation(C, hue) * dC * dH
    return math.sqrt(square) if square > 0 else 0.0 * square  # a corner: 0 is a subgradient


def saturation(C: float) -> float:
    """sqrt(C**7 / (C**7 + 25**7)), in a form that is smooth at 0."""
    x = C / 25
    return x**3.5 / math.sqrt(1 + x**7)


def hues(a1: float, b1: float, a2: float, b2: float) -> tuple[float, float]:
    """The turn from the first hue to the second, and the hue halfway, in degrees.

    A grey has no hue: it takes that of the other colour, and there is no turn.
    """
    grey1, grey2 = a1 == b1 == 0, a2 == b2 == 0
    h1 = 0.0 if grey1 else math.degrees(math.atan2(b1, a1)) % 360
    h2 = 0.0 if grey2 else math.degrees(math.atan2(b2, a2)) % 360
    if grey1 or grey2:
        return 0.0, h1 + h2
    turn, hue = h2 - h1, (h1 + h2) / 2
    if abs(turn) > 180 + 1e-12:  # opposite up to rounding is opposite
        turn -= math.copysign(360, turn)
        hue += 180 if hue < 180 else -180
    return turn, hue


def hue_weight(hue: float) -> float:
    """T of the formula."""
    return (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )


def rotation(C: float, hue: float) -> float:
    """R_T of the formula, which matters in the blue."""
    angle = 60 * math.exp(-(((hue - 275) / 25) ** 2))
    return -2 * saturation(C) * math.sin(math.radians(angle))
