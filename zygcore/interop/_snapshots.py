"""What was in an array of another library at some time."""

__all__ = ["LibrarySnapshot"]


class LibrarySnapshot:
    """The contents of an array of a library like NumPy: a copy on the same device."""

    __slots__ = ("array", "copy")

    def __init__(self, array):
        self.array = array
        self.copy = array.copy()

    def changed(self):
        """Is a number of the array different now?  This waits for the device."""
        a, b = self.array, self.copy
        return not bool(((a == b) | ((a != a) & (b != b))).all())

    def again(self):
        """What is in the array now."""
        return type(self)(self.array)

    def put_back(self):
        self.array[...] = self.copy
