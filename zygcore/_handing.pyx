"""Calls of C code by rules: handed over to the classes of the operands, or left to it altogether."""


def hand_over(function, /, *args, **options):
    """Calls a function of NumPy's that runs methods of its operands, and passes on what they return.

    While something active is on the heap the machine is offered the methods (`_reentry`), and knows what they return.
    """
    return function(*args, **options)


def leave_to(function, /, *args, **options):
    """Calls a function of which nobody knows what it does with its operands: the derivative of the result neither."""
    return function(*args, **options)
