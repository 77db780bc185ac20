"""Benchmarks for asv. Each has a control: CPython running the plain function."""
