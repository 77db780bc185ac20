"""Prints the table that is kept in ``docs/scipy.md``."""

from .table import table

print(table(), end="")
