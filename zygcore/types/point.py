"""A point of the plane: a type as a user writes one.

No adjoint is registered here, so the gradient with respect to a `Point` is a `Grad` of its
attributes.  ``docs/custom-types.md`` shows how rules for `width`, `height` and `Point` make it
a `Point`.
"""

import math
from dataclasses import dataclass

__all__ = ["Point", "dist", "height", "width"]


@dataclass(frozen=True)
class Point:
    """A point of the plane; points add and subtract.

    Parameters
    ----------
    x, y : float

    Examples
    --------
    >>> import zygcore as zg
    >>> Point(1, 2) + Point(0, 3)
    Point(1, 5)
    >>> zg.gradient(dist, Point(1, 2))[0]
    Grad(x=0.4472135954999579, y=0.8944271909999159)
    """

    x: float
    y: float

    def __add__(self, other: "Point") -> "Point":
        if not isinstance(other, Point):
            return NotImplemented  # a gradient knows how to move a point
        return Point(width(self) + width(other), height(self) + height(other))

    def __sub__(self, other: "Point") -> "Point":
        if not isinstance(other, Point):
            return NotImplemented
        return Point(width(self) - width(other), height(self) - height(other))

    def __repr__(self) -> str:
        return f"Point({self.x!r}, {self.y!r})"


def width(p: Point) -> float:
    """The first coordinate."""
    return p.x


def height(p: Point) -> float:
    """The second coordinate."""
    return p.y


def dist(p: Point) -> float:
    """The distance from the origin.

    Examples
    --------
    >>> dist(Point(3, 4))
    5.0
    """
    return math.sqrt(width(p) ** 2 + height(p) ** 2)
