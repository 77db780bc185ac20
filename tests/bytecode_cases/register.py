"""Where the cases are collected, and what several of them use."""

CASES = []


def case(*argument_lists):
    """Register a function with argument tuples (anything else is one argument)."""

    def register(function):
        for args in argument_lists or ((),):
            CASES.append((function, args if isinstance(args, tuple) else (args,)))
        return function

    return register


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y
