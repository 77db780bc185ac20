"""Random numbers on GPUs, and dropout.

Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC
2011): a number is a function of seed, sequence, offset and its index alone, so nothing has to be
kept to have it again.
"""

import contextlib
import math
import operator
import threading

from ..errors import CudaError, UnsupportedError
from ..rules.registry import adjoint, each
from . import _arrays
from ._arrays import invalid
from ._backend import backend

__all__ = ["Generator", "dropout", "normal", "random_bits", "uniform"]

_lock = threading.Lock()  # of all generators, so that they are copied and pickled as plain objects


class Generator:
    """Where in the random numbers of a seed one is.

    Threads may share a generator: each draw gets numbers of its own, though which ones depends on
    who is first.  For the same numbers in every run, give each thread a `sequence`.

    Parameters
    ----------
    seed : int
        From 0 to ``2**64 - 1``.
    offset : int
        How many blocks of 128 bits were drawn before.
    sequence : int
        One of ``2**64`` sequences of ``2**64`` blocks, none of which overlap.

    Raises
    ------
    CudaError
        If a number is negative or has more than 64 bits.

    Examples
    --------
    >>> from zygcore import cuda
    >>> generator = cuda.Generator(7)
    >>> x = cuda.uniform(generator, (3,))
    >>> generator
    Generator(seed=7, offset=1, sequence=0)
    >>> bool((cuda.uniform(cuda.Generator(7), 3) == x).all())
    True
    """

    __slots__ = ("offset", "seed", "sequence")

    def __init__(self, seed, offset=0, sequence=0):
        self.seed = _word("seed", seed)
        self.offset = _word("offset", offset)
        self.sequence = _word("sequence", sequence)

    def take(self, blocks):
        """(seed, sequence, offset) of the next blocks, which nobody else gets."""
        with _lock:
            offset = self.offset
            self.offset = (offset + blocks) % 2**64
        return self.seed, self.sequence, offset

    def put_back(self, where, blocks):
        """After an error: nobody got these blocks, the last ones if no other thread has drawn."""
        with _lock:
            if self.offset == (where[2] + blocks) % 2**64:
                self.offset = where[2]

    def __repr__(self):
        return f"Generator(seed={self.seed}, offset={self.offset}, sequence={self.sequence})"


def _word(name, value):
    if not hasattr(value, "__index__") or not 0 <= operator.index(value) < 2**64:
        raise invalid("Generator", f"{name} must be an int from 0 to 2**64 - 1: {value!r}")
    return operator.index(value)


def _filled(kind, generator, shape, dtype, like):
    call = "random_bits" if kind == "bits" else kind
    if not isinstance(generator, Generator):
        raise invalid(call, f"a zygcore.cuda.Generator is needed, not {generator!r:.60}")
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if like is None:
        like = _some_array(call)
    _arrays.need(call, like)
    y = _arrays.empty(shape, dtype, like, call)
    _arrays.check(call, y)
    per_block = 2 if dtype in ("float64", "int64") else 4
    with _drawn(generator, -(-math.prod(shape) // per_block)) as where:
        _arrays.launch("random_fill", y, kind, *where, call=call)
    return y


@contextlib.contextmanager
def _drawn(generator, blocks):
    """The next blocks of a generator, which go back if there is an error."""
    where = generator.take(blocks)
    try:
        yield where
    except CudaError:
        generator.put_back(where, blocks)
        raise


def _some_array(call):
    """An array whose library new ones are made with if nobody says which."""
    if backend() == "host":
        import numpy
    else:
        try:
            import cupy as numpy
        except ImportError:
            raise invalid(
                call, "CuPy is not installed: give like=x, an array of the library that you use"
            ) from None
    return numpy.empty(0)


def uniform(generator, shape, dtype="float32", like=None):
    """Uniform random numbers in [0, 1).

    Parameters
    ----------
    generator : Generator
        Goes on by a block for four numbers, for two of float64.
    shape : int or tuple of int
    dtype : str
        ``"float64"``, ``"float32"``, ``"float16"`` or ``"bfloat16"``: multiples of ``2**-53``,
        ``2**-24``, ``2**-11`` and ``2**-8``.
    like : array, optional
        An array of the library and on the device for the new one; by default CuPy's, and NumPy's
        where the kernels run on the CPU.

    Returns
    -------
    array
        It does not depend on differentiable arguments: no gradient.

    Raises
    ------
    CudaError
        If the dtype is none of floats.

    Examples
    --------
    >>> from zygcore import cuda
    >>> cuda.uniform(cuda.Generator(7), (2, 1000)).shape
    (2, 1000)
    """
    return _filled("uniform", generator, shape, dtype, like)


def normal(generator, shape, dtype="float32", like=None):
    """Standard normal random numbers, in pairs by Box and Muller (Ann. Math. Statist. 29, 1958).

    Parameters, errors and the result are those of `uniform`.  The 16-bit types are rounded from
    float32; magnitudes are at most 6.7, of float64 8.6.

    Examples
    --------
    >>> from zygcore import cuda
    >>> abs(float(cuda.normal(cuda.Generator(7), 10000).mean())) < 0.05
    True
    """
    return _filled("normal", generator, shape, dtype, like)


def random_bits(generator, shape, dtype="int32", like=None):
    """Random bits: the words of Philox as signed integers, ``"int32"`` or ``"int64"``.

    Parameters, errors and the result are otherwise those of `uniform`.

    Examples
    --------
    >>> from zygcore import cuda
    >>> int(cuda.random_bits(cuda.Generator(0), 4)[0]) & 0xFFFFFFFF == 0x6627E8D5
    True
    """
    return _filled("bits", generator, shape, dtype, like)


def dropout(x, p, generator):
    """``x / (1 - p)``, and 0 instead with probability `p`.

    Only seed and offset are kept for the pullback, which makes the same mask again.

    Parameters
    ----------
    x : array
        Of float64, float32, float16 or bfloat16; made contiguous where it is not.
    p : float
        From 0 (nothing is dropped) to 1 (everything is, also inf and nan), rounded to a multiple of
        ``2**-32``.  There is no gradient with respect to it.
    generator : Generator
        Goes on by a block for four elements.

    Returns
    -------
    array
        Of the shape and dtype of `x`; which elements are dropped depends neither on the dtype nor
        on the strides.

    Raises
    ------
    CudaError
        If `p` is no probability, or the dtype is none of floats.
    UnsupportedError
        If a gradient with respect to `p` is asked for.

    Notes
    -----
    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout", JMLR 15 (2014), with the
    scale in training ("inverted").

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> y = cuda.dropout(np.ones(8), 0.5, cuda.Generator(1))
    >>> bool(np.isin(y, [0.0, 2.0]).all())
    True
    """
    with _drawn(generator, _blocks(x, generator)) as where:
        return _dropped(x, p, where)


@adjoint(dropout)
def dropout_rule(x, p, generator):
    with _drawn(generator, _blocks(x, generator)) as where:
        y = _dropped(x, p, where)

    def x_back(dy):
        return _dropped(dy, p, where)

    return y, each(x_back, _no_derivative, None)


def _no_derivative(dy):
    raise UnsupportedError(
        "cuda.dropout(x, p, generator) has no derivative with respect to p, which jumps where an "
        "element is dropped: take a p that the gradient does not depend on"
    )


def _blocks(x, generator):
    """How many blocks of a generator the mask of an array takes."""
    if not isinstance(generator, Generator):
        raise invalid("dropout", f"a zygcore.cuda.Generator is needed, not {generator!r:.60}")
    _arrays.check("dropout", x)
    return -(-math.prod(x.shape) // 4)


def _dropped(x, p, where):
    x = _arrays.contiguous(x, "dropout")
    y = _arrays.empty(x.shape, _arrays.dtype_name(x), x, "dropout")
    _arrays.launch("dropout", x, y, float(p), *where)
    return y


@adjoint(_dropped)
def dropped_rule(x, p, where):
    def x_back(dy):
        return _dropped(dy, p, where)

    return _dropped(x, p, where), each(x_back, _no_derivative, None)
