"""Rules for SymPy: a program at symbols has symbolic derivatives.

An expression is an atom, like a number: operators (`_operators`) and what applies a function
(`_functions`) have rules, whose derivatives SymPy takes.  What rearranges an expression without
changing what it means passes cotangents on; everything else that looks into expressions
(`_rest`: ``subs``, ``diff``, ``solve``, matrices ...) has no derivative here, and a gradient that
needs one is an error.
"""

from . import _functions, _operators, _rest  # noqa: F401
