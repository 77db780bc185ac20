"""Arrays of other libraries as values of differentiated programs.

CuPy's are known once CuPy is imported; `register` is for other libraries with functions like
NumPy's.
"""

from typing import Any

__all__ = ["ElementLoopWarning", "register"]


def register(library: Any, kind: type, name: str | None = None) -> None:
    """Make the arrays of a library like NumPy differentiable.

    The rules for NumPy hold for the functions of the library that have NumPy's names, for the
    operators, methods and views of its arrays, and for indexing them.  Gradients are arrays of the
    library.  Writing into such arrays, in-place operators included, is an `UnsupportedError`.

    Parameters
    ----------
    library : module
        With functions like those of NumPy: ``tanh``, ``sum``, ``linalg.solve`` ...; what it does
        not have is left out.
    kind : type
        The class of its arrays.
    name : str, optional
        A name for the library, by default that of the module.

    Raises
    ------
    TypeError
        If `kind` is no class.

    Notes
    -----
    Rules use the library's functions only, so cotangents stay where the arrays are.

    Examples
    --------
    >>> import zygcore.interop
    >>> import cupy  # doctest: +SKIP
    >>> zygcore.interop.register(cupy, cupy.ndarray)  # doctest: +SKIP
    """
    from ._library import register_library

    if not isinstance(kind, type):
        raise TypeError(f"register() needs the class of the library's arrays, not {kind!r:.60}")
    register_library(library, kind, name or library.__name__)


def __getattr__(name: str) -> Any:
    if name == "ElementLoopWarning":
        from ._protocols import ElementLoopWarning

        return ElementLoopWarning
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
