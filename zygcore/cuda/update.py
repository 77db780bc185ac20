"""Accumulation of cotangents, and updates of parameters by optimisers.

They write in place, over many arrays at once.  An array on a GPU that is written has lost what an
earlier operation may need of it for its pullback, so it is an error to call one of these functions
while a function is differentiated, whatever the arrays are.
"""

from ..errors import UnsupportedError
from ..utils import isderiving
from . import _arrays
from ._arrays import invalid
from ._backend import kernels

__all__ = ["accumulate", "adam", "axpy", "sgd"]


def axpy(a, x, y):
    """``y += a * x`` in place; the sum is computed in the dtype of `y`.

    Parameters
    ----------
    a : float
    x : array
        Of float64, float32, float16 or bfloat16; made contiguous where it is not.
    y : array
        Of the shape of `x`, contiguous; of the dtype of `x` or a wider one: float32 takes 16-bit
        numbers, float64 any.

    Returns
    -------
    array
        `y` itself.

    Raises
    ------
    CudaError
        If shapes or dtypes do not fit, `y` is not contiguous or shares memory with `x` in part.
    UnsupportedError
        In a function that is being differentiated.

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.axpy(2.0, np.ones(3, np.float16), np.ones(3, np.float32))
    array([3., 3., 3.], dtype=float32)
    """
    accumulate([(x, y)], a)
    return y


def accumulate(pairs, a=1.0):
    """``y += a * x`` in place for each pair ``(x, y)``: one launch for 64 pairs of the same dtypes.

    Parameters
    ----------
    pairs : iterable of (array, array)
        As `axpy` takes them.  No `y` may share memory with another array, but with its own `x` if
        that is the same array.
    a : float

    Raises
    ------
    CudaError, UnsupportedError
        As for `axpy`.

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> total = [np.zeros(2), np.zeros(3)]
    >>> cuda.accumulate([(np.ones(2), total[0]), (np.ones(3), total[1])], 0.5)
    >>> total
    [array([0.5, 0.5]), array([0.5, 0.5, 0.5])]
    """
    _check_not_deriving()
    pairs = list(pairs)
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    _launch("accumulate", "axpy", [_read(xs, "axpy"), ys], float(a))


def sgd(
    params, grads, momenta=None, *, lr, momentum=0.0, weight_decay=0.0, nesterov=False, masters=None
):
    """A step of gradient descent in place, one launch for 64 parameters of the same dtypes.

    ``d = grad + weight_decay * param``; with momentum ``m = momentum * m + d``, and then ``d = m``,
    or ``d = d + momentum * m`` with that of Nesterov; ``param -= lr * d``.

    Parameters
    ----------
    params : list of arrays
        Contiguous, of float64, float32, float16 or bfloat16.
    grads : list of arrays
        Of the shapes of the parameters; of their dtype, or one is float32 and the other of 16
        bits.
    momenta : list of arrays, optional
        State, zeros at first: float32, of float64 for parameters of float64.
    lr, momentum, weight_decay : float
    nesterov : bool
    masters : list of arrays, optional
        For parameters of 16 bits: the same in float32, from which the parameters are rounded.

    Raises
    ------
    CudaError
        If a shape or dtype does not fit, an array is not contiguous or shares memory with another,
        or an option is negative.  Nothing is written then.
    UnsupportedError
        In a function that is being differentiated.

    Notes
    -----
    Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013.  A CUDA graph that captured the call repeats it with the same numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> w = np.array([1.0, 2.0])
    >>> cuda.sgd([w], [np.array([1.0, -1.0])], lr=0.5)
    >>> w
    array([0.5, 2.5])
    """
    _check_not_deriving()
    _not_negative("sgd", lr=lr, momentum=momentum, weight_decay=weight_decay)
    if nesterov and not momentum:
        raise invalid("sgd", "the momentum of Nesterov needs a momentum above 0")
    lists = [params, _read(grads, "sgd"), masters or [], momenta or []]
    _launch("sgd", "sgd", lists, float(lr), float(momentum), float(weight_decay), bool(nesterov))


def adam(
    params,
    grads,
    first,
    second,
    step,
    *,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.0,
    decoupled=False,
    masters=None,
):
    """A step of Adam in place, or of AdamW; one launch for 64 parameters of the same dtypes.

    ``m += (1 - beta1) * (grad - m)``, ``v = beta2 * v + (1 - beta2) * grad**2``, and then
    ``param -= lr * m' / (sqrt(v') + eps)`` where ``m' = m / (1 - beta1**step)`` and
    ``v' = v / (1 - beta2**step)``.

    Parameters
    ----------
    params, grads, masters
        As `sgd` takes them.
    first, second : list of arrays
        State, the moments `m` and `v`, zeros at first: float32, of float64 for parameters of
        float64.
    step : int or array
        The number of this step, from 1; or an array of one int64, zero at first, that is counted up
        on the GPU, so that a CUDA graph may repeat the call.
    lr, eps, weight_decay : float
    betas : (float, float)
        From 0 to 1, less than 1.
    decoupled : bool
        Whether parameters decay apart from the gradient, by ``lr * weight_decay`` (AdamW); else
        ``weight_decay * param`` is added to the gradient.

    Raises
    ------
    CudaError
        If a shape or dtype does not fit, an array is not contiguous or shares memory with another,
        or an option is out of range.  Nothing is written then.
    UnsupportedError
        In a function that is being differentiated.

    Notes
    -----
    Kingma and Ba, "Adam", ICLR 2015; Loshchilov and Hutter, "Decoupled weight decay
    regularization", ICLR 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> w, m, v = np.array([1.0, 2.0]), np.zeros(2), np.zeros(2)
    >>> cuda.adam([w], [np.array([3.0, -0.1])], [m], [v], 1, lr=0.5, eps=0.0)
    >>> w
    array([0.5, 2.5])
    """
    _check_not_deriving()
    beta1, beta2 = betas
    _not_negative("adam", lr=lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay)
    if not (beta1 < 1 and beta2 < 1):
        raise invalid("adam", f"betas must be less than 1: {betas!r}")
    counter = corrections = both = None
    if not isinstance(step, int):
        counter = _arrays.view(step, "adam", written=True)
        both = _arrays.empty((2,), "float64", step, "adam")
        step, corrections = 0, _arrays.view(both, "adam")
    lists = [params, _read(grads, "adam"), masters or [], first, second]
    options = (
        float(lr),
        float(beta1),
        float(beta2),
        float(eps),
        float(weight_decay),
        bool(decoupled),
    )
    _launch("adam", "adam", lists, *options, step, counter, corrections)


def _read(arrays, call):
    """Arrays that are only read: contiguous ones."""
    _arrays.check(call, *arrays)
    return [_arrays.contiguous(x, call) for x in arrays]


def _launch(name, call, lists, *options):
    """Calls a function of the bindings with lists of arrays, on the stream of their producers.

    The last list of two is written, and of more all but the second.
    """
    read = 0 if len(lists) == 2 else 1
    views = [
        [_arrays.view(x, call, written=i != read) for x in arrays] for i, arrays in enumerate(lists)
    ]
    stream = _arrays.stream_for([x for arrays in lists for x in arrays], call)
    getattr(kernels(call), name)(*views, *options, stream=stream)


def _check_not_deriving():
    if isderiving():
        raise UnsupportedError(
            "zygcore.cuda: axpy, accumulate, sgd and adam write in place and have no derivative; "
            "call them outside of the function that is differentiated, or write y = y + a * x there"
        )


def _not_negative(call, **options):
    for name, value in options.items():
        if not value >= 0:
            raise invalid(call, f"{name} must not be negative: {value!r}")
