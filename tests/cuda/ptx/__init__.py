"""An interpreter of PTX in NumPy: what nvcc made of a kernel runs without a GPU.

`parse` reads the text, `operations` (with `floats` and `integers`) says what the instructions do
that compute, `memory` checks every access, `history` what threads share, `execute` runs a grid,
`launches` takes over the launches of the host backend.  A register is an array over all lanes of
some blocks.  What is not known is an error: nothing is skipped silently.
"""

from .errors import PtxError
from .execute import launch
from .memory import Memory
from .parse import parse

__all__ = ["Memory", "PtxError", "launch", "parse"]
