"""Arithmetic of Taylor series: what the operations of a level in Taylor mode do to them.

A series is a list: the value and `d` Taylor coefficients, ``None`` for those that are zero.  The
recurrences are those of Griewank & Walther, *Evaluating Derivatives*, 2nd ed. (2008), chapter 13:
O(d²) operations each.

Everything here is ordinary Python that the machine runs, so what is computed here is differentiated
by the outer levels.
"""
