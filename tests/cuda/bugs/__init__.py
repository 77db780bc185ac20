"""Kernels with mistakes, that tests of the kernels must find."""
