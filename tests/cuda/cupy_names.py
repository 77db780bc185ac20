"""The functions of CuPy that NumPy has too, and what arguments they take, kept in a file.

`python tests/cuda/cupy_names.py` writes it anew.  The fake library has no more than what is in it.
"""

import inspect
import re
import warnings
from pathlib import Path

import numpy as np

__all__ = ["METHODS", "NAMES", "UFUNC", "lines"]

FILE = Path(__file__).parent / "cupy_names.txt"
#: what every ufunc of CuPy's takes besides its operands
UFUNC = "out=0, *, casting=0, dtype=0"
MODULES = ("", "linalg", "fft", "random")


def text(parameters):
    """The parameters of a function, with 0 for each default."""
    out, marked = [], False
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and not marked:
            out.append("*")
        marked |= p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        out.append(stars + p.name + ("=0" if p.default is not p.empty else ""))
    return ", ".join(out)


def of_function(f, ufunc):
    if isinstance(f, ufunc):
        return ", ".join([*[f"x{i + 1}" for i in range(f.nin)], "/", UFUNC])
    try:
        return text(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        found = re.search(r"\w\((.*?)\)", (f.__doc__ or "").split("\n")[0])
        if found is None:
            return "*args, **options"
        out = []
        for part in found[1].split(", "):
            name, default, _ = part.partition("=")
            out.append(name.split()[-1] + ("=0" if default else ""))
        return ", ".join(out)


def lines(cupy):
    """``name(parameters)`` of each function and method, in the installed version."""
    out = []
    for module in MODULES:
        own, host = (getattr(m, module) if module else m for m in (cupy, np))
        for name in sorted(set(dir(own)) & set(dir(host))):
            f = getattr(own, name)
            if name[0] != "_" and callable(f) and not isinstance(f, type):
                prefix = module and module + "."
                out.append(f"{prefix}{name}({of_function(f, cupy.ufunc)})")
    for name in sorted(set(dir(cupy.ndarray)) & set(dir(np.ndarray))):
        f = getattr(cupy.ndarray, name)
        if name[0] != "_":
            parameters = of_function(f, cupy.ufunc) if callable(f) else "self"
            out.append(f"ndarray.{name}({parameters})")
    return out


def parsed(line):
    name, _, parameters = line.partition("(")
    made = {}
    exec(f"def f({parameters}: pass", made)
    return name, inspect.signature(made["f"])


def read():
    found = dict(map(parsed, FILE.read_text().splitlines()))
    methods = {n.partition(".")[2]: s for n, s in found.items() if n.startswith("ndarray.")}
    return {n: s for n, s in found.items() if not n.startswith("ndarray.")}, methods


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a CUDA that is not there
        import cupy
    FILE.write_text("\n".join(lines(cupy)) + "\n")

#: name in `cupy` (``sum``, ``linalg.solve``) -> its parameters; the same of methods of arrays
NAMES, METHODS = read()
