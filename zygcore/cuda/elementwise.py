"""Elementwise functions on GPUs, with broadcasting and a factor: ``scale * f(x, ...)``.

Operands are arrays of float64, float32, float16 or bfloat16, of one dtype and with any strides, or
numbers; at least one is an array.  Results are contiguous arrays of that dtype; types of 16 bits
are computed with in float32.  A `CudaError` is raised for other dtypes and for shapes that do not
broadcast.

All functions have derivatives of any order; where there is none, the conventions are those of
``docs/gradients.md``, and a cotangent of zero stays zero where the slope is infinite.
"""

import math

from ._elementwise import call

__all__ = [
    "add", "clip", "cos", "divide", "exp", "gelu", "log", "multiply", "power", "relu", "sigmoid",
    "silu", "sin", "softplus", "subtract", "tanh", "where",
]  # fmt: skip


def tanh(x, scale=None):
    """The hyperbolic tangent.

    Parameters
    ----------
    x : array
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.tanh(np.array([0.0, 20.0]))
    array([0., 1.])
    """
    return call("tanh", scale, x)


def sigmoid(x, scale=None):
    """``1 / (1 + exp(-x))``, for any x without overflow.

    Parameters
    ----------
    x : array
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.sigmoid(np.array([0.0, -1000.0]))
    array([0.5, 0. ])
    """
    return call("sigmoid", scale, x)


def relu(x, scale=None):
    """The positive part; its slope at 0 is 0.

    Parameters
    ----------
    x : array
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return call("relu", scale, x)


def silu(x, scale=None):
    """``x * sigmoid(x)``: Elfwing, Uchibe and Doya (2018).

    Parameters
    ----------
    x : array
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.silu(np.array([0.0, 800.0]))
    array([  0., 800.])
    """
    return call("silu", scale, x)


def softplus(x, scale=None):
    """``log(1 + exp(x))``, for any x without overflow.

    Parameters
    ----------
    x : array
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.softplus(np.array([-800.0, 800.0]))
    array([  0., 800.])
    """
    return call("softplus", scale, x)


def exp(x, scale=None):
    """The exponential function.

    Parameters
    ----------
    x : array
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.exp(np.array([0.0, 1.0]))
    array([1.        , 2.71828183])
    """
    return call("exp", scale, x)


def log(x, scale=None):
    """The natural logarithm: -inf at 0, NaN below.

    Parameters
    ----------
    x : array
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.log(np.array([1.0, 0.0]))
    array([  0., -inf])
    """
    return call("log", scale, x)


def sin(x, scale=None):
    """The sine.

    Parameters
    ----------
    x : array
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.sin(np.array([0.0]))
    array([0.])
    """
    return call("sin", scale, x)


def cos(x, scale=None):
    """The cosine.

    Parameters
    ----------
    x : array
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.cos(np.array([0.0]))
    array([1.])
    """
    return call("cos", scale, x)


def gelu(x, approximate=False, scale=None):
    """``x * Phi(x)``, with the distribution function of a normal variable.

    Hendrycks and Gimpel, "Gaussian error linear units" (2016).

    Parameters
    ----------
    x : array
    approximate : bool
        Whether to use their formula with tanh for Phi.
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.gelu(np.array([0.0, 1.0]))
    array([0.        , 0.84134475])
    """
    return call("gelu_tanh" if approximate else "gelu", scale, x)


def add(x, y, scale=None):
    """``x + y``.

    Parameters
    ----------
    x, y : array or float
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.add(np.array([1.0, 2.0]), 3.0)
    array([4., 5.])
    """
    return call("add", scale, x, y)


def subtract(x, y, scale=None):
    """``x - y``.

    Parameters
    ----------
    x, y : array or float
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.subtract(np.array([1.0, 2.0]), 3.0)
    array([-2., -1.])
    """
    return call("subtract", scale, x, y)


def multiply(x, y, scale=None):
    """``x * y``.

    Parameters
    ----------
    x, y : array or float
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.multiply(np.array([1.0, 2.0]), 3.0)
    array([3., 6.])
    """
    return call("multiply", scale, x, y)


def divide(x, y, scale=None):
    """``x / y``.

    Parameters
    ----------
    x, y : array or float
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.divide(np.array([1.0, 2.0]), 3.0)
    array([0.33333333, 0.66666667])
    """
    return call("divide", scale, x, y)


def power(x, y, scale=None):
    """``x ** y``; 0 in ``x ** 0`` and in ``0 ** x`` has the gradient 0.

    Parameters
    ----------
    x, y : array or float
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.power(np.array([1.0, 2.0]), 3.0)
    array([1., 8.])
    """
    return call("power", scale, x, y)


def where(condition, x, y, scale=None):
    """`x` where a condition holds, else `y`.

    Parameters
    ----------
    condition : array of bool
    x, y : array or float
        What is not chosen has the gradient 0, whatever it is.
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.where(np.array([True, False]), np.array([1.0, 2.0]), 0.0)
    array([1., 0.])
    """
    return call("where", scale, condition, x, y)


def clip(x, lower=None, upper=None, scale=None):
    """``minimum(maximum(x, lower), upper)``.

    A value on a bound is inside: the gradient is that of `x`.  Where bounds cross, the upper one
    wins.

    Parameters
    ----------
    x : array
    lower, upper : array or float, optional
    scale : float, optional
        A factor of the result.

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.clip(np.array([-1.0, 0.5, 7.0]), 0.0, 6.0)
    array([0. , 0.5, 6. ])
    """
    lower = -math.inf if lower is None else lower
    upper = math.inf if upper is None else upper
    return call("clip", scale, x, lower, upper)
