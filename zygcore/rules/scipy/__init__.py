"""Rules for SciPy, one module per library of it, registered once a program imports that."""
