"""Rules for SciPy, one module per chapter of its reference."""
