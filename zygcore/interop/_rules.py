"""The rules for NumPy, made once more for another library.

Their source is run with another `np` (`_namespace`), and what it registers is registered for the
functions, methods and operators of the other library.  So there is one declaration of each rule.
"""

import ast
import builtins
import importlib
import importlib.util
import operator
import sys
import types

import numpy as np

from ..rules import registry
from ._code import make_code, make_unknown
from ._making import make_conversions
from ._namespace import Missing, Namespace

__all__ = ["make_rules", "make_special_rules"]

#: modules of rules that are run again; what else they import is shared
_AGAIN = (
    "broadcasting",
    "numpy._asked",
    "operator",
    "numpy._ufuncs",
    "numpy._reductions",
    "numpy._missing",
    "numpy._indexing",
    "numpy._shape",
    "numpy._products",
    "numpy._statistics",
    "numpy._matrices",
    "numpy._reflectors",
    "numpy._bidiagonal",
    "numpy._phases",
    "numpy._spectral",
    "numpy._norms",
    "numpy._linalg",
    "numpy._factors",
    "numpy._lookup",
    "numpy._cases",
    "numpy._making",
    "numpy._fft",
)
#: what makes arrays of anything has rules in `_making`; `polymul` is about a class of NumPy's
_NOT = frozenset(
    ("polymul", "array", "asarray", "asanyarray", "asfortranarray", "ascontiguousarray")
)
#: and those for `scipy.special`, for a library with such functions
_SPECIAL = ("_common", "_elementary", "_errors", "_gamma", "_sums")
_ROOT = "zygcore.rules"
#: class of arrays -> what made the rules for them
_makers = {}
#: what rules call the libraries that they are for
_NAMES = frozenset(("np", "sc", "ufuncs"))
_HOST_CLASSES = (np.ndarray, np.generic, np.ufunc)
_OPERATORS = frozenset(
    f for f in vars(operator).values() if isinstance(f, types.BuiltinFunctionType)
)


def make_rules(name, library, kind):
    """Rules for a library that is like NumPy.

    Parameters
    ----------
    name : str
        Of the library.
    library : module
    kind : type
        Its class of arrays.
    """
    was, registry.loading = registry.loading, True
    try:
        maker = _makers[kind] = _Maker(name, library, kind)
        for module in _AGAIN:
            maker.module(f"{_ROOT}.{module}")
        make_conversions(library, kind, maker.module(f"{_ROOT}.broadcasting").project)
        make_code(library, kind, maker.module(f"{_ROOT}.numpy._lookup"))
    finally:
        registry.loading = was


def make_special_rules(library, kind):
    """Rules for a module like `scipy.special`, of a library that there are rules for."""
    import scipy.special

    was, registry.loading = registry.loading, True
    maker = _makers[kind]
    try:
        space = maker.names["sc"] = Namespace(library, kind, scipy.special)
        space._zeta = space.zeta  # SciPy's `zeta` is Python code over it
        space._riemann_zeta = Missing("the zeta function of one argument")
        maker.names["ufuncs"] = types.ModuleType("ufuncs")  # SciPy's own names of these
        maker.again |= {f"scipy.special.{module}" for module in _SPECIAL}
        for module in _SPECIAL:
            maker.module(f"{_ROOT}.scipy.special.{module}")
        lower_softmax(library, maker.names["np"].exp)
        make_unknown(library, scipy.special)
    finally:
        registry.loading = was


def lower_softmax(library, exp):
    def log_softmax(x, axis=None):
        return x - library.logsumexp(x, axis=axis, keepdims=True)

    for name, f in (
        ("log_softmax", log_softmax),
        ("softmax", lambda x, axis=None: exp(log_softmax(x, axis))),
    ):
        if hasattr(library, name):
            registry.lowering(getattr(library, name))(f)


class _Rename(ast.NodeTransformer):
    """Takes out ``import numpy as np``; ``np.ndarray.sum`` becomes ``np.method("sum")``."""

    def visit_Import(self, node):
        if any(alias.asname in _NAMES for alias in node.names):
            return None
        return node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        inner = node.value
        if (
            isinstance(inner, ast.Attribute)
            and isinstance(inner.value, ast.Name)
            and inner.value.id == "np"
            and inner.attr in ("ndarray", "generic")
        ):
            method = ast.Attribute(inner.value, "method", ast.Load())
            return ast.copy_location(ast.Call(method, [ast.Constant(node.attr)], []), node)
        return node


class _Maker:
    def __init__(self, name, library, kind):
        self.kind = kind
        self.names = {"np": Namespace(library, kind)}
        self.again = set(_AGAIN)
        self.prefix = f"zygcore.interop._{name}"
        self.made = {}
        self.registry = self.another_registry()

    def module(self, name):
        """A module of rules, run with the other `np`."""
        if name in self.made:
            return self.made[name]
        spec = importlib.util.find_spec(name)
        with open(spec.origin, encoding="utf-8") as file:
            tree = ast.fix_missing_locations(_Rename().visit(ast.parse(file.read())))
        made = types.ModuleType(self.prefix + name.removeprefix(_ROOT))
        made.__file__ = spec.origin
        made.__dict__.update(self.names)
        made.__dict__["__builtins__"] = {**vars(builtins), "__import__": self.importer(name)}
        self.made[name] = made
        sys.modules[made.__name__] = made
        exec(compile(tree, spec.origin, "exec"), made.__dict__)
        return made

    def importer(self, name):
        """``__import__`` in a module of rules: relative ones come to the modules made here."""
        package = name.rpartition(".")[0]

        def import_(target, globals=None, locals=None, fromlist=(), level=0):
            if not level:
                return __import__(target, globals, locals, fromlist)
            base = package if level == 1 else package.rsplit(".", level - 1)[0]
            full = f"{base}.{target}" if target else base
            if full == f"{_ROOT}.registry":
                return self.registry
            if full.removeprefix(_ROOT + ".") in self.again:
                return self.module(full)
            return importlib.import_module(full)

        return import_

    # -- what rules are registered for ------------------------------------------------

    def targets(self, given):
        """Those of them that are the library's own."""
        for target in given:
            target = getattr(target, "target", target)
            if (
                not isinstance(target, (Missing, Namespace))
                and getattr(target, "__name__", "") not in _NOT
                and self.is_own(target)
            ):
                yield target

    def is_own(self, target):
        module = getattr(target, "__module__", None) or ""
        if target in _OPERATORS or module.startswith(self.prefix):
            return True
        return (
            not module.startswith(("numpy", "builtins", "math", "operator", "_operator"))
            and not isinstance(target, (np.ufunc, type))
            and getattr(target, "__objclass__", None) not in _HOST_CLASSES
        )

    def another_registry(self):
        """`registry`, but for rules that are not for this library."""
        made = types.ModuleType(self.prefix + ".registry")
        made.__dict__.update(vars(registry))

        def adjoint(*targets):
            def register(function):
                for target in self.targets(targets):
                    if target in _OPERATORS:
                        for case in self.cases(function):
                            registry.adjoint(target)(case)
                    else:
                        registry.adjoint(target)(function)
                return function

            return register

        def elementwise(target, *partials):
            for own in self.targets([target]):
                registry.adjoint(own)(self.elementwise_rule(own, partials))

        def lowering(*targets):
            def register(function):
                for target in self.targets(targets):
                    if target not in _OPERATORS:
                        registry.lowering(target)(function)
                return function

            return register

        def nondifferentiable(*targets):
            own = [t for t in self.targets(targets) if t not in _OPERATORS]
            registry.nondifferentiable(*own)

        def ignore(*targets, **options):
            return lambda function: function

        made.adjoint, made.elementwise, made.lowering = adjoint, elementwise, lowering
        made.nondifferentiable = nondifferentiable
        made.consumer = made.fallback = made.instance_lowering = ignore
        made.checks, made.UNCHECKED = [], set()
        return made

    def cases(self, function):
        """The rule of an operator, for each operand that can be an array of the library."""
        kinds = registry._annotated_types(function)
        names = function.__code__.co_varnames
        for i, kind in enumerate(kinds):
            if self.kind in (kind if isinstance(kind, tuple) else (kind,)):
                case = types.FunctionType(
                    function.__code__, function.__globals__, function.__name__,
                    function.__defaults__, function.__closure__,
                )  # fmt: skip
                case.__annotations__ = {**function.__annotations__, names[i]: self.kind}
                yield case

    def elementwise_rule(self, target, partials):
        shared = self.module(f"{_ROOT}.broadcasting")

        def elementwise_rule(*args, **options):
            given = {key: options.pop(key) for key in shared._OF_UFUNCS if key in options}
            shared.unsupported(target.__name__, **options)
            y = target(*args, **given)
            return y, shared.parts(partials[: len(args)], args, y)

        elementwise_rule.__module__ = shared.__name__
        return elementwise_rule
