"""What NumPy has as Python code, made once more for another library.

Those functions need no rules with NumPy: the machine looks into them.  The same code, with the
functions of the library in place of NumPy's, is a Python equivalent of the library's own function,
whose code may be compiled, or write into arrays.
"""

import inspect
import types

import numpy as np

from ..errors import UnsupportedError
from ..rules.registry import RULES, key_of, lowering, nondifferentiable
from ._namespace import Both, Missing, Namespace

__all__ = ["make_code"]

#: functions whose Python code in NumPy is differentiated as it is
_CODE = """
append apply_over_axes array_split astype atleast_1d atleast_2d atleast_3d average column_stack
cumulative_prod cumulative_sum diag_indices_from diff dsplit dstack extract fliplr flipud
fromfunction gradient hsplit hstack ix_ kron logspace nanmax nanmin partition percentile poly
polyadd polyfit polysub polyval quantile real_if_close resize rollaxis roots rot90 row_stack
setdiff1d setxor1d sort_complex split take_along_axis trapezoid tril_indices_from trim_zeros
triu_indices_from union1d unique unwrap vander vsplit vstack
fft.fft2 fft.fftn fft.fftshift fft.hfft fft.ifft2 fft.ifftn fft.ifftshift fft.irfft2 fft.irfftn
fft.rfft2 fft.rfftn linalg.cross linalg.matrix_power linalg.tensorinv
""".split()
#: what writes into its first argument
_WRITING = "copyto fill_diagonal place put put_along_axis putmask".split()
#: whole numbers, types and truth values
_CONSTANT = """
bitwise_count can_cast common_type isfortran isscalar min_scalar_type ndim packbits result_type
shape size unpackbits
""".split()


def make_code(library, kind):
    """Lowerings and the like of functions of a library; what it does not have is left out."""
    space = Namespace(library, kind)
    code = _Code(library, kind)
    for path in _CODE:
        own, host = _found(space, path), _found(np, path)
        if isinstance(own, Both) and key_of(own.target) not in RULES:
            lowering(own.target)(code.function(inspect.unwrap(host)))
    for name in _WRITING:
        own = _found(space, name)
        if isinstance(own, Both):
            lowering(own.target)(_refusal(library, name))
    for name in _CONSTANT:
        own = getattr(library, name, None)
        if own is not None and own is not getattr(np, name):
            nondifferentiable(own)


def _found(space, path):
    for name in path.split("."):
        space = getattr(space, name, None)
    return space


def _refusal(library, name):
    def refused(*args, **options):
        raise UnsupportedError(
            f"{name} writes into an array of {library.__name__}, which cannot be differentiated: "
            "make a new array, for example where(mask, y, x)"
        )

    return refused


class _Code:
    def __init__(self, library, kind):
        self.library, self.kind = library, kind
        self.made = {}

    def function(self, f):
        """A function of NumPy's over those of the library."""
        if f not in self.made:
            found = {"__builtins__": f.__globals__["__builtins__"], "__name__": __name__}
            self.made[f] = types.FunctionType(
                f.__code__, found, f.__name__, f.__defaults__, f.__closure__
            )
            self.made[f].__kwdefaults__ = f.__kwdefaults__
            for name in _names(f.__code__) & f.__globals__.keys():
                found[name] = self.value(name, f.__globals__[name])
        return self.made[f]

    def value(self, name, x):
        if x is np.ndarray:
            return self.kind
        if isinstance(x, types.ModuleType):
            return Namespace(self.library, self.kind, x) if x.__name__[:5] == "numpy" else x
        if not callable(x) or isinstance(x, type):
            return x
        public = getattr(x, "__name__", name)
        for module in ("", "linalg", "fft"):
            host, own = np, self.library
            for part in filter(None, (module, public)):
                host, own = getattr(host, part, None), getattr(own, part, None)
            if host is x:
                return Missing(public) if own is None else self.both(public, own, x)
        return self.function(x) if type(x) is types.FunctionType else x

    def both(self, name, own, host):
        return Both(name, own, host, self.kind, self.library)


def _names(code):
    out = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            out |= _names(constant)
    return out
