"""CPython's own regression suite, run in the machine.

Every test method, and every example of a doctest, is called through
`zygcore.testing.run_in_machine`; what passes natively on the same interpreter must pass
there too.  The cases that fail, with the reason, are `known.json`; `docs/fidelity.md` is the
table of a whole run.  Command line: ``python tests/fidelity --help``.

`worker` runs one module in a process of its own, `runner` starts workers and survives their
crashes, `report` writes the table.
"""
