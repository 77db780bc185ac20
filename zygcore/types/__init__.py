"""Types of one's own: how their gradients come out, add up, and move them.

`Point` and `RGB` are types as a user writes them, with nothing registered for them.  The
functions are for users' types and structures: `register_cotangent` says how to calculate with
cotangents of one's own type, `update` moves a structure along a gradient, `accumulate` and
`scale` are the arithmetic of cotangents of any structure.

``docs/custom-types.md`` adds a type, step by step.
"""

from ..arithmetic import register_cotangent
from ..structure import accumulate, scale
from ..update import update
from .color import RGB, ciede2000, colordiff, lab
from .point import Point, dist, height, width

__all__ = [
    "RGB",
    "Point",
    "accumulate",
    "ciede2000",
    "colordiff",
    "dist",
    "height",
    "lab",
    "register_cotangent",
    "scale",
    "update",
    "width",
]
