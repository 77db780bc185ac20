"""What CI and developers run: ``nox -l`` lists it, ``nox -s lint tests`` runs it.

Without arguments: lint, and the tests with each installed Python.
"""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

import nox

nox.needs_version = ">=2024.4"
nox.options.sessions = ["lint", "tests"]
nox.options.reuse_existing_virtualenvs = True
# A Python that is not installed is reported as skipped; it fails in CI only
# where CI asks for it with --error-on-missing-interpreters.
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.11", "3.12", "3.13"]
CYTHON = ["zygcore", "--max-line-length", "120"]


def let_pyenv_find():
    """Makes pyenv's ``python3.12`` etc. run, where pyenv has these versions."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    newest = {}
    for minor in PYTHONS:
        found = [p.name for p in root.glob(f"{minor}.*") if p.name.split(".")[-1].isdigit()]
        if found:
            newest[minor] = max(found, key=lambda name: int(name.split(".")[-1]))
    if newest:
        os.environ.setdefault("PYENV_VERSION", ":".join(newest.values()))


let_pyenv_find()

SMOKE = """
import math, pathlib, zygcore as zg
assert "site-packages" in zg.__file__, zg.__file__
assert zg.gradient(lambda a, b: a * b, 2, 3) == (3, 2)
assert zg.gradient(math.sin, 0.5) == (math.cos(0.5),)
assert (pathlib.Path(zg.__file__).parent / "py.typed").exists()
print("smoke gradient: ok", zg.__file__)
"""


def remove_extensions(session):
    """Extension modules that other switches built must not be found."""
    suffix = session.run(
        "python",
        "-c",
        "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))",
        silent=True,
    ).strip()
    for path in Path("zygcore").rglob(f"*{suffix}"):
        path.unlink()


def build(session, *extras, **switches):
    """Builds in place, from the sources as they are, with the switches given."""
    remove_extensions(session)
    session.install("--editable", f".[{','.join(extras)}]", env=switches)


@nox.session(python=PYTHONS)
def tests(session):
    """The test suite."""
    build(session, "demo", "test")
    session.run("python", "-m", "pytest", "-q", *session.posargs)


@nox.session
def lint(session):
    """ruff and cython-lint."""
    session.install("ruff>=0.6", "cython-lint>=0.16")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("cython-lint", *CYTHON)


@nox.session
def debug(session):
    """The tests with a build that has C assertions and no optimisation."""
    build(session, "demo", "test", ZYGCORE_DEBUG="1")
    try:
        session.run("python", "-m", "pytest", "-q", *session.posargs)
    finally:
        remove_extensions(session)


def library(name):
    """The path of a library of the compiler's, None if it has none of this name."""
    compiler = os.environ.get("CC", "gcc").split()
    command = [*compiler, f"-print-file-name={name}"]
    path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return path if os.path.isabs(path) else None


def sanitizer_libraries():
    """What must be loaded first: libasan, and what it looks for C++ exceptions in."""
    paths = [library("libasan.so"), library("libstdc++.so")]
    return " ".join(p for p in paths if p) if paths[0] else None


@nox.session
def sanitize(session):
    """The tests under AddressSanitizer."""
    if not shutil.which(os.environ.get("CC", "gcc").split()[0]) or not sanitizer_libraries():
        session.skip("the C compiler has no libasan")
    build(session, "demo", "test", ZYGCORE_DEBUG="1", ZYGCORE_SANITIZE="address")
    env = {
        "LD_PRELOAD": sanitizer_libraries(),
        # CPython keeps memory until it ends; its own allocator hides errors.
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1",
        "PYTHONMALLOC": "malloc",
    }
    # Without the preloaded library the modules cannot even be imported, so
    # they do not stay.
    try:
        session.run("python", "-X", "faulthandler", "-m", "pytest", "-q", *session.posargs, env=env)
    finally:
        remove_extensions(session)


@nox.session
def cuda(session):
    """The kernels on the CPU: their tests, threads in several orders, and under sanitizers."""
    build(session, "demo", "test")
    session.install("pybind11>=2.12", "ml_dtypes", "numba", "numba-cuda")
    session.run("python", "zygcore/cuda/build.py", "host")
    tests = ["tests/cuda", *session.posargs]
    for seed in ("-1", "0", "1"):
        env = {"ZYGCORE_HOST_SEED": seed}
        session.run("python", "-m", "pytest", "-q", *tests, env=env)
    for kind in ("address", "thread"):
        session.run("python", "tests/cuda/sanitizers.py", kind, *tests)


#: ZYGCORE_CUDA -> what the installed package says
BUILDS = {
    "0": """
from zygcore import cuda
assert not cuda.is_available()
try:
    cuda.backend()
except cuda.CudaError as error:
    assert error.name == "cudaErrorNotSupported", error.name
    assert "built without CUDA; install it with ZYGCORE_CUDA=1" in str(error), error
    assert "neither were the kernels for the CPU" in str(error), error
else:
    raise AssertionError("there are kernels")
""",
    "wheels": """
import numpy
from zygcore import cuda
assert cuda.runtime_version() >= 12000
print(cuda.runtime_version(), cuda.device_count(), cuda.backend())
assert cuda.is_available() or (cuda.tanh(numpy.zeros(3)) == 0).all()
""",
}
STRAY = """
import pathlib, zygcore
root = pathlib.Path(zygcore.__file__).parent
assert "site-packages" in str(root), root
kinds = {".pyx", ".c", ".cpp", ".cu", ".cuh", ".h", ".md", ".o"}
assert not [p for p in root.rglob("*") if p.suffix in kinds]
"""


@nox.session
def cuda_build(session):
    """Builds with each value of ZYGCORE_CUDA from the sdist, and asks what was installed."""
    tmp = Path(session.create_tmp()).resolve()
    shutil.rmtree(tmp / "dist", ignore_errors=True)
    folders = os.environ["PATH"].split(os.pathsep)
    path = os.pathsep.join(d for d in folders if not (Path(d) / "nvcc").exists())
    plain = {"PATH": path, "CUDA_HOME": None, "CUDA_PATH": None}
    session.install("build")
    # that there is no nvcc is no error where nothing is built
    env = {**plain, "ZYGCORE_CUDA": "1"}
    session.run("python", "-m", "build", "--sdist", "--outdir", str(tmp / "dist"), env=env)
    (archive,) = (tmp / "dist").glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp / "dist", filter="data")
    (tree,) = (p for p in (tmp / "dist").iterdir() if p.is_dir())
    install = ("python", "-m", "pip", "install", "--force-reinstall", "--no-deps", str(tree))
    said = session.run(*install, env=env, silent=True, success_codes=[1])
    if "ZYGCORE_CUDA=1, and no nvcc: put it on the PATH" not in said:
        session.error(f"without nvcc the build said:\n{said}")
    session.install("numpy>=2")
    for what, asked in BUILDS.items():
        session.run(*install, env={**plain, "ZYGCORE_CUDA": what})
        with session.chdir(tmp):
            session.run("python", "-c", asked)
            session.run("python", "-c", STRAY)


@nox.session
def sdist(session):
    """Builds the sdist, a wheel from it, and uses the installed wheel."""
    out = Path(session.create_tmp()).resolve() / "dist"
    shutil.rmtree(out, ignore_errors=True)
    session.install("build")
    # Without --sdist or --wheel, the wheel is built from the unpacked sdist.
    session.run("python", "-m", "build", "--outdir", str(out))
    (wheel,) = out.glob("*.whl")
    fresh = out.parent / "fresh"
    session.run("python", "-m", "venv", "--clear", str(fresh))
    python = fresh / ("Scripts" if os.name == "nt" else "bin") / "python"
    session.run(str(python), "-m", "pip", "install", "--quiet", str(wheel), external=True)
    with session.chdir(out):
        session.run(str(python), "-c", SMOKE, external=True)


@nox.session
def docs(session):
    """The examples in docstrings, pages and README."""
    build(session, "demo", "test")
    pages = [str(p) for p in [*sorted(Path("docs").rglob("*.md")), Path("README.md")]]
    # rules for libraries that are not installed here cannot be imported
    missing = [f"--ignore=zygcore/rules/{library}.py" for library in ("numba", "torch")]
    session.run(
        *("python", "-m", "pytest", "-q", "--doctest-modules", "--doctest-glob=*.md"),
        *("--ignore=zygcore/demo/__main__.py", *missing, "zygcore", *pages, *session.posargs),
    )


@nox.session(python=PYTHONS)
def fidelity(session):
    """CPython's own regression suite in the machine; writes docs/fidelity.md."""
    build(session, "test")
    session.run(*("python", "tests/fidelity", "--markdown", "docs/fidelity.md", *session.posargs))


@nox.session
def bench(session):
    """The figures of asv_bench, in one table."""
    build(session, "bench")
    session.run("python", "asv_bench/figures.py", *session.posargs)


def gpus():
    """How many GPUs the driver knows: asked before minutes go into a build."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    found = driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
    return count.value if found else 0


@nox.session
def gpu(session):
    """The tests of the kernels on a GPU; they need CuPy, and fail without a device."""
    if not gpus():
        session.error("no GPU: the driver is missing, or knows no device")
    build(session, "demo", "test", ZYGCORE_CUDA="1")
    session.install("cupy-cuda13x")
    session.run("python", "-c", "from zygcore import cuda; assert cuda.is_available(), 'no GPU'")
    session.run("python", "-m", "pytest", "-q", "-m", "gpu", "tests/cuda", *session.posargs)


@nox.session
def changelog(session):
    """What the fragments in changelog.d amount to."""
    session.install("towncrier>=24.8")
    session.run("towncrier", "build", "--draft", "--version", "next")
