"""Build of the compiled core.

Switches, all environment variables: ``ZYGCORE_DEBUG=1`` builds without
optimisation and with C assertions, ``ZYGCORE_SANITIZE=address`` adds a
sanitizer, ``ZYGCORE_ANNOTATE=1`` writes Cython's annotation pages, ``ZYGCORE_CUDA`` says whether
the CUDA kernels are built (zygcore/cuda/build.py).
"""

import importlib.util
import os
import sys
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

DEBUG = os.environ.get("ZYGCORE_DEBUG") == "1"
SANITIZE = os.environ.get("ZYGCORE_SANITIZE", "")
ANNOTATE = os.environ.get("ZYGCORE_ANNOTATE") == "1"

MODULES = [
    "zygcore._ir",
    "zygcore._registers",
    "zygcore._emit",
    "zygcore._hook",
    "zygcore._code",
    "zygcore._tape",
    "zygcore._arrays",
    "zygcore._values",
    "zygcore._inputs",
    "zygcore._locations",
    "zygcore._stand_ins",
    "zygcore._wholes",
    "zygcore._placed",
    "zygcore._frames",
    "zygcore._kept",
    "zygcore._shown",
    "zygcore._nodes",
    "zygcore._elements",
    "zygcore._scalars",
    "zygcore._views",
    "zygcore._array_items",
    "zygcore._folds",
    "zygcore._poison",
    "zygcore._rules",
    "zygcore._lookups",
    "zygcore._methods",
    "zygcore._written",
    "zygcore._assign",
    "zygcore._geometry",
    "zygcore._writes",
    "zygcore._effects",
    "zygcore._native",
    "zygcore._numbers",
    "zygcore._inner_numbers",
    "zygcore._arith",
    "zygcore._compare",
    "zygcore._attributes",
    "zygcore._items",
    "zygcore._names",
    "zygcore._fields",
    "zygcore._containers",
    "zygcore._elementary",
    "zygcore._functions",
    "zygcore._handing",
    "zygcore._library_memory",
    "zygcore._library_arrays",
    "zygcore._special",
    "zygcore._classes",
    "zygcore._reductions",
    "zygcore._quick",
    "zygcore._builtins",
    "zygcore._calls",
    "zygcore._call_sites",
    "zygcore._generators",
    "zygcore._array_iterators",
    "zygcore._iteration",
    "zygcore._pairs",
    "zygcore._survivors",
    "zygcore._exceptions",
    "zygcore._statements",
    "zygcore._slow",
    "zygcore._entry",
    "zygcore._push",
    "zygcore._collect",
    "zygcore._site",
    "zygcore._run",
    "zygcore._lines",
    "zygcore._accum",
    "zygcore._forward",
    "zygcore._taylor",
    "zygcore._reentry",
    "zygcore._context",
    "zygcore._cotangents",
    "zygcore._gather",
    "zygcore._inner",
    "zygcore._pullback",
    "zygcore._bytecode._decode",
    "zygcore._bytecode._loops",
    "zygcore._bytecode._flow",
    "zygcore._bytecode._ssa",
    "zygcore._bytecode._core",
]

# plain C beside a module
C_SOURCES = {"zygcore._hook": ["zygcore/_evalframe.c"], "zygcore._fields": ["zygcore/_instance.c"]}


def flags():
    if sys.platform == "win32":
        return (["/Od", "/Zi"] if DEBUG else ["/O2"]), []
    # Contraction to fused multiply-add would change the bits of user programs.
    compile_args = ["-ffp-contract=off", "-fno-strict-aliasing", "-Wno-unused-function"]
    compile_args += ["-O0", "-g", "-UNDEBUG"] if DEBUG else ["-O3"]
    link_args = []
    if SANITIZE:
        compile_args += [f"-fsanitize={SANITIZE}", "-fno-omit-frame-pointer", "-g"]
        link_args += [f"-fsanitize={SANITIZE}"]
    return compile_args, link_args


def extensions():
    compile_args, link_args = flags()
    return [
        Extension(
            name,
            [name.replace(".", "/") + ".pyx", *C_SOURCES.get(name, [])],
            include_dirs=[numpy.get_include(), "zygcore"],
            define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION")],
            extra_compile_args=compile_args,
            extra_link_args=link_args,
        )
        for name in MODULES
    ]


class BuildAll(build_ext):
    """The Cython modules, and those with the CUDA kernels, which pybind11 binds."""

    def run(self):
        path = Path(__file__).parent / "zygcore/cuda/build.py"
        spec = importlib.util.spec_from_file_location("cuda_build", path)
        cuda = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cuda)
        cuda.check_tools()  # before the minutes that Cython takes
        super().run()
        folder = Path(self.get_ext_fullpath("zygcore.cuda._host")).parent
        flags = ["-O0", "-g"] if DEBUG else ["-O2"]
        work = Path("build/cuda-debug" if DEBUG else "build/cuda")
        cuda.build_modules(folder, work, flags)


setup(
    cmdclass={"build_ext": BuildAll},
    ext_modules=cythonize(
        extensions(),
        build_dir="build/cython",
        annotate=ANNOTATE,
        language_level=3,
        compiler_directives={"embedsignature": False, "binding": True},
    ),
)
