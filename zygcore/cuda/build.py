"""Builds the extension modules with the kernels: `_host` (g++) and `_device` (nvcc).

``python zygcore/cuda/build.py host`` or ``device``; ``setup.py`` calls the same functions.
"""

import concurrent.futures
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

SOURCE = Path(__file__).parent / "src"
ARCHITECTURES = ["80", "90"]


def kernels():
    return sorted(SOURCE.glob("*.cu"))


def bindings():
    return sorted(SOURCE.glob("bind*.cpp"))


def includes():
    import pybind11

    return ["-I" + pybind11.get_include(), "-I" + sysconfig.get_path("include"), f"-I{SOURCE}"]


def run(commands):
    """Runs commands side by side; the output of those that fail is shown."""

    def one(command):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.stderr.write(" ".join(map(str, command)) + "\n" + done.stdout + done.stderr)
        return done.returncode

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        if any(list(pool.map(one, commands))):
            raise SystemExit("zygcore.cuda: the build failed")


def newer(target, sources):
    if not target.exists():
        return False
    headers = [*SOURCE.rglob("*.cuh"), *SOURCE.rglob("*.h")]
    return all(target.stat().st_mtime > p.stat().st_mtime for p in [*sources, *headers])


# What a sanitizer finds is told in C++ lines, and the first error ends the program.  The scheduler
# of threads (host/*.cpp) tells the sanitizers what it does and is not instrumented itself.
SANITIZERS = {
    "address": ["-O1", "-g", "-fno-omit-frame-pointer", "-DZYG_ASAN", "-fsanitize=address"]
    + ["-fsanitize=alignment,bounds,shift,signed-integer-overflow,float-cast-overflow"]
    + ["-fno-sanitize-recover=all"],
    "thread": ["-O1", "-g", "-fno-omit-frame-pointer", "-DZYG_TSAN", "-fsanitize=thread"],
}


def host_objects(sources, build, flags=("-O2",), sanitize=None):
    """Compiles sources of kernels, of bindings, and of the scheduler, for the CPU."""
    build.mkdir(parents=True, exist_ok=True)
    compiler = os.environ.get("CXX", "g++")
    common = ["-std=c++17", "-fPIC", "-fvisibility=hidden", "-DZYG_HOST", "-DZYG_MODULE=_host"]
    common += ["-ffp-contract=off", "-Wall", "-Wno-unknown-pragmas"]
    common += includes()
    flags = [*flags, *SANITIZERS.get(sanitize, [])]
    objects, commands = [], []
    for source in sources:
        obj = build / f"{source.name}.{sysconfig.get_config_var('SOABI')}.o"
        objects.append(obj)
        if not newer(obj, [source]):
            own = [f for f in flags if source.suffix == ".cu" or not f.startswith("-fsanitize")]
            commands.append([compiler, *common, *own, "-x", "c++", "-c", source, "-o", obj])
    run(commands)
    return objects


def host(build=Path("build/cuda-host"), target=None, flags=("-O2",), sanitize=None):
    """The kernels on the CPU; `sanitize`: ``"address"`` or ``"thread"``, then in the build folder.

    Bindings are never instrumented, so that all builds share them.
    """
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    scheduler = sorted((SOURCE / "host").glob("*.cpp"))
    objects = host_objects(bindings(), build, flags)
    if sanitize:
        build = build.with_name(f"{build.name}-{sanitize}")
        target = target or build / f"_host{suffix}"
    target = target or SOURCE.parent / f"_host{suffix}"
    objects += host_objects([*kernels(), *scheduler], build, flags, sanitize)
    link(objects, target, sanitize)
    return target


def link(objects, target, sanitize=None, kind=("-shared",)):
    flags = [f for f in SANITIZERS.get(sanitize, []) if f.startswith("-fsanitize")]
    run([[os.environ.get("CXX", "g++"), *kind, *flags, *objects, "-o", target]])


def device(build=Path("build/cuda-device"), target=None):
    """The kernels on GPUs."""
    build.mkdir(parents=True, exist_ok=True)
    target = target or SOURCE.parent / f"_device{sysconfig.get_config_var('EXT_SUFFIX')}"
    codes = [f"-gencode=arch=compute_{a},code=sm_{a}" for a in ARCHITECTURES]
    codes.append(f"-gencode=arch=compute_{ARCHITECTURES[-1]},code=compute_{ARCHITECTURES[-1]}")
    objects, commands = [], []
    for source in kernels():
        obj = build / (source.name + ".o")
        objects.append(obj)
        if not newer(obj, [source]):
            flags = [
                "-std=c++17",
                "-O3",
                "-Xcompiler",
                "-fPIC",
                "--extended-lambda",
                "-Xptxas",
                "-v",
            ]
            commands.append(
                ["nvcc", *flags, *codes, f"-I{SOURCE}", "-c", str(source), "-o", str(obj)]
            )
    top = toolkit()
    for source in bindings():
        obj = build / (source.name + ".o")
        objects.append(obj)
        if not newer(obj, [source]):
            flags = ["-std=c++17", "-O2", "-fPIC", "-fvisibility=hidden", "-DZYG_MODULE=_device"]
            commands.append(
                [
                    "g++",
                    *flags,
                    *includes(),
                    f"-I{top / 'include'}",
                    "-c",
                    str(source),
                    "-o",
                    str(obj),
                ]
            )
    run(commands)
    libraries = [f"-L{top / 'lib64'}", "-lcudart_static", "-ldl", "-lrt", "-lpthread"]
    run([["g++", "-shared", *map(str, objects), *libraries, "-o", str(target)]])
    return target


def toolkit():
    """Where the CUDA toolkit is; `nvcc` may be a shell script."""
    done = subprocess.run(["nvcc", "--dryrun", "none.cu"], capture_output=True, text=True)
    for line in (done.stdout + done.stderr).splitlines():
        if line.startswith("#$ TOP="):
            return Path(line.removeprefix("#$ TOP=")).resolve()
    raise SystemExit("zygcore.cuda: nvcc does not say where its toolkit is")


if __name__ == "__main__":
    print({"host": host, "device": device}[sys.argv[1]]())
