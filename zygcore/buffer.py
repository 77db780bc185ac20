"""`Buffer`: an array to build a result in.

Arrays that are written in place are differentiated as they are, so a buffer has nothing to do with
gradients: it is an array that is good for being written, once, and for nothing else.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Buffer"]


class Buffer:
    """An array to build a result in, which `copy` turns into an ordinary array.

    A buffer has items and slices to read and to write, and nothing else: no arithmetic, no NumPy
    functions.  So nothing can keep its contents before they are final.

    Parameters
    ----------
    xs : array_like
        What the buffer is to be similar to: its shape and dtype, none of its values.
    *shape : int
        The shape, if it is to be another.
    dtype : dtype, optional
        The dtype, if it is to be another.

    Attributes
    ----------
    shape : tuple of int
    ndim, size : int
    dtype : numpy.dtype

    Notes
    -----
    Elements that were never written are 0.  Reading gives values, not views.  Values must fit the
    dtype: a float does not go into a buffer of integers, where NumPy would cut off its digits.

    Examples
    --------
    >>> import numpy as np
    >>> import zygcore as zg
    >>> def vstack(xs):
    ...     buffer = zg.Buffer(xs, len(xs), 5)
    ...     for i in range(5):
    ...         buffer[:, i] = xs
    ...     return buffer.copy()
    >>> vstack(np.array([1, 2, 3]))
    array([[1, 1, 1, 1, 1],
           [2, 2, 2, 2, 2],
           [3, 3, 3, 3, 3]])
    >>> zg.gradient(lambda x: np.sum(vstack(x)), np.array([1.0, 2.0, 3.0]))
    (array([5., 5., 5.]),)
    """

    __slots__ = ("_array", "_frozen")

    #: so that ``array + buffer`` is a TypeError, too
    __array_ufunc__ = None

    def __init__(self, xs: npt.ArrayLike, *shape: int, dtype: npt.DTypeLike | None = None) -> None:
        like = np.asarray(xs)
        self._array: npt.NDArray[Any] = np.zeros(
            shape or like.shape, like.dtype if dtype is None else dtype
        )
        self._frozen = False

    @property
    def shape(self) -> tuple[int, ...]:
        return self._array.shape

    @property
    def ndim(self) -> int:
        return self._array.ndim

    @property
    def size(self) -> int:
        return self._array.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._array.dtype

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, key: Any) -> Any:
        return np.copy(self._array[key])[()]

    def __iter__(self) -> Iterator[Any]:
        for i in range(len(self)):
            yield self[i]

    def __setitem__(self, key: Any, value: Any) -> None:
        if self._frozen:
            raise TypeError(
                "this Buffer was turned into an array by copy() and cannot be written any more: "
                "write before, or make another Buffer"
            )
        dtype = np.asarray(value).dtype
        if not np.can_cast(dtype, self._array.dtype, "same_kind"):
            raise TypeError(
                f"a value of type {dtype} does not fit into a Buffer of {self._array.dtype}: make "
                "it with Buffer(xs, *shape, dtype=float)"
            )
        self._array[key] = value

    def copy(self) -> npt.NDArray[Any]:
        """The contents as an array, without copying: from now on the buffer is read-only.

        Returns
        -------
        numpy.ndarray
            The same array each time it is asked for.

        Examples
        --------
        >>> buffer = Buffer([0.0, 0.0])
        >>> buffer[0] = 1.0
        >>> buffer.copy()
        array([1., 0.])
        >>> buffer[1] = 2.0
        Traceback (most recent call last):
            ...
        TypeError: this Buffer was turned into an array by copy() and cannot be written any more: \
write before, or make another Buffer
        """
        self._frozen = True
        return self._array

    __copy__ = copy  # of `copy.copy`: two buffers over one memory would not be safe

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        raise TypeError("a Buffer is no array: use buffer.copy(), after which it is read-only")

    def __repr__(self) -> str:
        state = "read-only" if self._frozen else "open"
        return f"<Buffer of shape {self.shape} and dtype {self.dtype}, {state}>"
