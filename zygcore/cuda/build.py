"""Builds the modules with the kernels: `_host` with a C++ compiler, `_device` with nvcc.

``setup.py`` calls `build_modules`; ``python -m zygcore.cuda.build host`` (or ``device``) builds one
of them in place.  `ZYGCORE_CUDA` says what is wanted:

``auto``    (or nothing) `_host`, and `_device` if nvcc is found
``0``       neither
``1``       both; it is an error if there is no nvcc
``wheels``  both, with nvcc from the wheels of the build environment
"""

import concurrent.futures
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

SOURCE = Path(__file__).parent / "src"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
ARCHITECTURES = ["80", "90"]
WANTED = ("auto", "0", "1", "wheels")


class BuildError(Exception):
    """Why the kernels could not be built."""


def wanted():
    value = os.environ.get("ZYGCORE_CUDA") or "auto"
    if value not in WANTED:
        raise BuildError(f"ZYGCORE_CUDA={value}: it must be one of {', '.join(WANTED)}")
    return value


def check_tools():
    """Raises if what `ZYGCORE_CUDA` asks for cannot be built here."""
    what = wanted()
    if what in ("auto", "0"):
        return
    if shutil.which(cxx()[0]) is None:
        raise BuildError(f"ZYGCORE_CUDA={what}, and no C++ compiler ({cxx()[0]}): set CXX")
    if nvcc() is None and what == "1":
        raise BuildError(
            "ZYGCORE_CUDA=1, and no nvcc: put it on the PATH or set CUDA_HOME, or build with "
            "ZYGCORE_CUDA=wheels, which takes it from wheels, or with ZYGCORE_CUDA=auto, without it"
        )
    if nvcc() is None:
        raise BuildError(
            "ZYGCORE_CUDA=wheels, and no nvcc from wheels: a build without isolation needs "
            "those installed that build_backend.py names"
        )


def build_modules(folder, work, flags=("-O2",)):
    """The modules that `ZYGCORE_CUDA` asks for, in a folder.

    Parameters
    ----------
    folder, work : Path
        Where the modules go, and where what is made on the way does.
    flags : sequence of str
        For the compiler of `_host`.
    """
    check_tools()
    for name in ("_host", "_device"):  # an earlier build may have left what is not asked for now
        (folder / f"{name}{SUFFIX}").unlink(missing_ok=True)
    if wanted() == "0":
        return
    if shutil.which(cxx()[0]) is None:
        print(f"zygcore.cuda: no C++ compiler ({cxx()[0]}), so no kernels")
        return
    host(work / "host", folder / f"_host{SUFFIX}", flags)
    if nvcc() is None:
        print("zygcore.cuda: no nvcc, so the kernels run on the CPU only")
        return
    device(work / "device", folder / f"_device{SUFFIX}")


# -- tools -----------------------------------------------------------------------------


def cxx():
    """The command of the C++ compiler."""
    return os.environ.get("CXX", "g++").split()


def nvcc():
    """The path of nvcc, or None."""
    if wanted() == "wheels":
        return next((str(p) for p in wheel_folders("bin/nvcc")), None)
    home = os.environ.get("CUDA_HOME") or os.environ.get("CUDA_PATH")
    if home and (Path(home) / "bin/nvcc").exists():
        return str(Path(home) / "bin/nvcc")
    return shutil.which("nvcc")


def wheel_folders(name):
    """Files of the wheels of CUDA: ``nvidia/cu13/bin/nvcc``, ``nvidia/cuda_nvcc/bin/nvcc`` ..."""
    spec = importlib.util.find_spec("nvidia")
    for root in spec.submodule_search_locations if spec else ():
        yield from Path(root).glob(f"*/{name}")


def toolkit(command):
    """Where the toolkit of an nvcc is; it may be a shell script that calls another."""
    done = subprocess.run([command, "--dryrun", "none.cu"], capture_output=True, text=True)
    for line in (done.stdout + done.stderr).splitlines():
        if line.startswith("#$ TOP="):
            return Path(line.removeprefix("#$ TOP=")).resolve()
    raise BuildError(f"{command} does not say where its toolkit is")


def cudart():
    """Where the static runtime is."""
    top = toolkit(nvcc())
    places = [top / "lib64", top / "lib", top / "targets/x86_64-linux/lib"]
    places += [p.parent for p in wheel_folders("lib/libcudart_static.a")]
    for place in places:
        if (place / "libcudart_static.a").exists():
            return place
    raise BuildError(f"libcudart_static.a is not in {top}")


def cuda_includes():
    found = [toolkit(nvcc()) / "include", *wheel_folders("include")]
    return [f"-I{path}" for path in found if path.exists()]


# -- compiling -------------------------------------------------------------------------


def kernels():
    return sorted(SOURCE.glob("*.cu"))


def bindings():
    return sorted(SOURCE.glob("bind*.cpp"))


def includes():
    import pybind11

    return ["-I" + pybind11.get_include(), "-I" + sysconfig.get_path("include"), f"-I{SOURCE}"]


def run(commands):
    """Runs commands side by side; those that fail are shown with what they printed."""

    def one(command):
        return command, subprocess.run(command, capture_output=True, text=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = list(pool.map(one, commands))
    failed = [(command, d) for command, d in done if d.returncode]
    if failed:
        shown = "\n".join(" ".join(command) + "\n" + d.stdout + d.stderr for command, d in failed)
        raise BuildError(f"the kernels could not be built\n{shown}")
    return [d.stdout + d.stderr for _, d in done]


def is_new(target, source):
    """Is a file newer than a source and all headers?"""
    headers = [*SOURCE.rglob("*.cuh"), *SOURCE.rglob("*.h"), source]
    return target.exists() and all(target.stat().st_mtime > p.stat().st_mtime for p in headers)


def compiled(work, sources, command):
    """Compiles what is not; the object files."""
    work.mkdir(parents=True, exist_ok=True)
    abi = sysconfig.get_config_var("SOABI")
    objects = [work / f"{source.name}.{abi}.o" for source in sources]
    pairs = [(s, o) for s, o in zip(sources, objects, strict=True) if not is_new(o, s)]
    run([[*command, "-c", str(source), "-o", str(obj)] for source, obj in pairs])
    return [str(obj) for obj in objects]


# What a sanitizer finds is told in C++ lines, and the first error ends the program.  The scheduler
# of threads (host/*.cpp) tells the sanitizers what it does and is not instrumented itself.
SANITIZERS = {
    "address": ["-O1", "-g", "-fno-omit-frame-pointer", "-DZYG_ASAN", "-fsanitize=address"]
    + ["-fsanitize=alignment,bounds,shift,signed-integer-overflow,float-cast-overflow"]
    + ["-fno-sanitize-recover=all"],
    "thread": ["-O1", "-g", "-fno-omit-frame-pointer", "-DZYG_TSAN", "-fsanitize=thread"],
}


def host_objects(sources, work, flags=("-O2",), sanitize=None):
    """Compiles sources of kernels, of bindings, and of the scheduler, for the CPU."""
    command = [*cxx(), "-std=c++17", "-fPIC", "-fvisibility=hidden", "-DZYG_HOST"]
    command += ["-DZYG_MODULE=_host", "-ffp-contract=off", "-Wall", "-Wno-unknown-pragmas"]
    command += includes()
    flags = [*flags, *SANITIZERS.get(sanitize, [])]
    plain = [f for f in flags if not f.startswith("-fsanitize")]
    kinds = [s for s in sources if s.suffix == ".cu"], [s for s in sources if s.suffix != ".cu"]
    objects = compiled(work, kinds[0], [*command, *flags, "-x", "c++"])
    return objects + compiled(work, kinds[1], [*command, *plain, "-x", "c++"])


def host(work=Path("build/cuda/host"), target=None, flags=("-O2",), sanitize=None):
    """The kernels on the CPU; `sanitize`: ``"address"`` or ``"thread"``, then in the work folder.

    Bindings are never instrumented, so that all builds share them.
    """
    scheduler = sorted((SOURCE / "host").glob("*.cpp"))
    objects = host_objects(bindings(), work, flags)
    if sanitize:
        work = work.with_name(f"{work.name}-{sanitize}")
        target = target or work / f"_host{SUFFIX}"
    target = target or SOURCE.parent / f"_host{SUFFIX}"
    objects += host_objects([*kernels(), *scheduler], work, flags, sanitize)
    link(objects, target, sanitize)
    return target


def link(objects, target, sanitize=None, kind=("-shared",)):
    flags = [f for f in SANITIZERS.get(sanitize, []) if f.startswith("-fsanitize")]
    target.parent.mkdir(parents=True, exist_ok=True)
    run([[*cxx(), *kind, *flags, *map(str, objects), "-o", str(target)]])


def device(work=Path("build/cuda/device"), target=None):
    """The kernels on GPUs, with the runtime linked in: importing the module needs no driver."""
    target = target or SOURCE.parent / f"_device{SUFFIX}"
    codes = [f"-gencode=arch=compute_{a},code=sm_{a}" for a in ARCHITECTURES]
    codes.append(f"-gencode=arch=compute_{ARCHITECTURES[-1]},code=compute_{ARCHITECTURES[-1]}")
    command = [nvcc(), "-std=c++17", "-O3", "-Xcompiler", "-fPIC", "--extended-lambda", *codes]
    command += [f"-I{SOURCE}", *cuda_includes()]
    objects = compiled(work, kernels(), command)
    command = [*cxx(), "-std=c++17", "-O2", "-fPIC", "-fvisibility=hidden"]
    command += ["-DZYG_MODULE=_device", *includes(), *cuda_includes()]
    objects += compiled(work, bindings(), command)
    libraries = [f"-L{cudart()}", "-lcudart_static", "-ldl", "-lrt", "-lpthread"]
    target.parent.mkdir(parents=True, exist_ok=True)
    run([[*cxx(), "-shared", *objects, *libraries, "-o", str(target)]])
    return target


if __name__ == "__main__":
    print({"host": host, "device": device}[sys.argv[1]]())
