"""Rules for SciPy, one module per subpackage, registered once a program has imported it.

Most of SciPy is Python code, which the machine differentiates as it is: there are rules for the C
functions that it is built on.
"""
