"""What NumPy has as Python code, made once more for another library.

Those functions need no rules with NumPy: the machine looks into them.  The same code, with the
functions of the library in place of NumPy's, is a Python equivalent of the library's own function,
whose code may be compiled, or write into arrays.
"""

import inspect
import types

import numpy as np

from .._library_arrays import refuse_kept
from ..errors import UnsupportedError
from ..rules.registry import RULES, UNKNOWN, adjoint, key_of, lowering, nondifferentiable
from ._namespace import Both, Missing, Namespace

__all__ = ["Code", "make_code", "make_unknown"]

#: functions whose Python code in NumPy is differentiated as it is
_CODE = """
append apply_over_axes array_split astype atleast_1d atleast_2d atleast_3d average column_stack
compress cumulative_prod cumulative_sum diff dsplit dstack extract fliplr flipud gradient hsplit
hstack interp ix_ kron logspace partition poly polyadd polyfit polysub polyval real_if_close resize
roots rollaxis rot90 row_stack sort_complex split take_along_axis trapezoid trim_zeros unwrap
vander vsplit vstack
fft.fft2 fft.fftn fft.fftshift fft.hfft fft.ifft2 fft.ifftn fft.ifftshift fft.irfft2 fft.irfftn
fft.rfft2 fft.rfftn linalg.cross linalg.matmul linalg.matrix_power linalg.tensorinv
""".split()
#: what writes into its first argument
_WRITING = "copyto fill_diagonal place put put_along_axis putmask".split()
_CHANGING = """
fill itemset partition put resize scatter_add scatter_max scatter_min set sort __setitem__ __iadd__
__isub__ __imul__ __itruediv__ __ifloordiv__ __imod__ __ipow__ __imatmul__
""".split()
#: whole numbers, types and truth values
_CONSTANT = """
bitwise_count can_cast common_type diag_indices_from isfortran isscalar mask_indices min_scalar_type
ndim packbits promote_types result_type shape size tril_indices_from triu_indices_from unpackbits
""".split()


def make_code(library, kind, lookup):
    """Lowerings and the like of functions of a library; what it does not have is left out.

    `lookup` is the module of rules for tables that was made for the library.
    """
    space = Namespace(library, kind)
    code = Code(library, kind, interpolation_of(library, lookup))
    for path in _CODE:
        own, host = _found(space, path), _found(np, path)
        if isinstance(own, Both) and key_of(own.target) not in RULES:
            lowering(own.target)(code.function(inspect.unwrap(host)))
    for name in _WRITING:
        own = _found(space, name)
        if isinstance(own, Both):
            lowering(own.target)(_writing(own.target, library, name))
    for owner, names in ((kind, _CHANGING), (getattr(library, "ufunc", None), ("at",))):
        for name in names:
            method = getattr(owner, name, None)
            if method is not None:
                lowering(method)(_writing(method, library, name))
    for name in _CONSTANT:
        own = getattr(library, name, None)
        if own is not None and own is not getattr(np, name, None):
            nondifferentiable(own)
    make_unknown(library, np)
    for name in ("linalg", "fft", "random"):
        make_unknown(getattr(library, name, None), getattr(np, name))


def make_unknown(library, host):
    """What there is no rule for is not looked into: a gradient through it is an error."""
    for name in dir(host):
        numpys, own = getattr(host, name), getattr(library, name, None)
        plain = name[0] != "_" and callable(own) and not isinstance(own, type)
        if plain and own is not numpys and key_of(own) not in RULES:
            lowering(own)(_unknown_call(own, library.__name__, name))


def _natively(function, args, options):
    return function(*args, **options)


nondifferentiable(_natively)


def _unknown_call(function, module, name):
    def unknown(args, options):  # so that keyword arguments are seen, too
        return _natively(function, args, options)

    unknown.__module__, unknown.__qualname__ = module, name
    adjoint(unknown)(lambda args, options: (unknown(args, options), UNKNOWN))
    return lambda *args, **options: unknown(args, options)


def _found(space, path):
    for name in path.split("."):
        space = getattr(space, name, None)
    return space


def interpolation_of(library, lookup):
    """The functions that NumPy's code of `interp` calls."""

    def interpolated(x, xp, fp, left, right):
        return library.interp(x, xp, fp, left, right)

    adjoint(interpolated)(lookup.interpolation(interpolated))
    return {"compiled_interp": interpolated, "compiled_interp_complex": interpolated}


def _writing(function, library, name):
    """Constants are written into by constants, unless a pullback may need what was there."""

    def written(args, options):
        return function(*args, **options)

    @adjoint(written)
    def written_rule(args, options):
        raise UnsupportedError(
            f"{name} writes into an array of {library.__name__}, which cannot be differentiated: "
            "make a new array, for example where(mask, y, x)"
        )

    def writing(*args, **options):
        for x in args[:1]:
            refuse_kept(x, name)
        return written(args, options)

    return writing


nondifferentiable(refuse_kept)


class Code:
    """`replaced` are functions in the place of C code by the names that it has in NumPy."""

    def __init__(self, library, kind, replaced=()):
        self.library, self.kind = library, kind
        self.replaced = dict(replaced)
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
        if name in self.replaced:
            return self.replaced[name]
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
