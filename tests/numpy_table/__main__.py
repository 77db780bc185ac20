"""Prints the table that is kept in ``docs/numpy.md``."""

from .table import table

print(table(), end="")
