"""Rules for mpmath: its numbers (`_numbers`), functions (`_functions`) and calculus (`_calculus`).

mpmath's numbers are tuples of integers, which its code takes apart; nothing can be said about the
derivative of that.  So numbers are atoms, every function has a rule of its own, and what has none
is an error if a gradient needs it.  Cotangents are mpmath's numbers, too: what a pullback computes,
it computes with the precision that is set when it runs.

The rules are for the context `mpmath.mp`.  `mpmath.fp` is Python code with floats, which is
differentiated as it is.
"""

from . import _calculus, _functions, _numbers, _rest  # noqa: F401
