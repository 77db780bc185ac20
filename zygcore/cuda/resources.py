"""What each kernel needs on a GPU: registers, shared memory, stack, spills; how full it makes one.

``python -m zygcore.cuda.resources`` compiles the kernels (nvcc is needed, a GPU is not), prints a
table and writes it to ``build/cuda-resources.txt``.  A tool for who works on the kernels.
"""

import concurrent.futures
import ctypes
import functools
import importlib
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import build

NEWEST = build.ARCHITECTURES[-1]
FOLDER = Path(__file__).parents[2] / "build" / "cuda-ptx"
REPORT = FOLDER.parent / "cuda-resources.txt"
BLOCK = 256  # threads of a block, of kernels that do not say their limit


@dataclass(frozen=True)
class Limits:
    """Of a multiprocessor (CUDA C++ Programming Guide, technical specifications per capability)."""

    registers: int = 65536
    warps: int = 64
    blocks: int = 32
    shared: int = 0
    reserved: int = 1024  # shared memory that the system takes of each block
    register_unit: int = 256  # of a warp
    warp_unit: int = 4
    shared_unit: int = 128


LIMITS = {"80": Limits(shared=164 * 1024), "90": Limits(shared=228 * 1024)}


@dataclass
class Resources:
    """Of one kernel on one architecture; sizes in bytes."""

    kernel: str  # mangled
    architecture: str
    registers: int
    shared: int
    stack: int
    spills: int
    threads: int

    @property
    def occupancy(self):
        """Of the warps that a multiprocessor can hold, those that it can hold of this kernel."""
        return self.occupancy_of(self.threads)

    def occupancy_of(self, threads, dynamic=0):
        """With blocks of some threads, which ask for some shared memory at their launch."""
        limits = LIMITS[self.architecture]
        warps = -(-threads // 32)
        a_warp = round_up(max(self.registers, 1) * 32, limits.register_unit)
        fit = limits.registers // a_warp // limits.warp_unit * limits.warp_unit
        shared = round_up(self.shared + dynamic + limits.reserved, limits.shared_unit)
        blocks = min(fit // warps, limits.warps // warps, limits.blocks, limits.shared // shared)
        return blocks * warps / limits.warps


def round_up(x, unit):
    return -(-x // unit) * unit


def run(command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def ptx(source, architecture, folder=FOLDER):
    """A file with the PTX of a source, made anew if this or a header is newer."""
    target = folder / f"{source.stem}.{architecture}.ptx"
    if not build.is_new(target, source):
        folder.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}")
        flags = ["-std=c++17", "-O3", "--extended-lambda", "-lineinfo", f"-I{build.SOURCE}"]
        run([build.nvcc(), "-ptx", f"-arch=compute_{architecture}", *flags, source, "-o", partial])
        partial.replace(target)
    return target


def compiled(architecture):
    """The PTX of all sources."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda source: ptx(source, architecture), build.kernels()))


def assembled(path, architecture):
    """What ptxas says of a file with PTX."""
    said = path.with_suffix(".log")
    if not said.exists() or said.stat().st_mtime < path.stat().st_mtime:
        ptxas = build.toolkit(build.nvcc()) / "bin" / "ptxas"
        text = run(
            [ptxas, f"-arch=sm_{architecture}", "-v", path, "-o", path.with_suffix(".cubin")]
        )
        said.write_text(text)
    return said.read_text()


ENTRY = re.compile(
    r"Compiling entry function '(?P<kernel>[^']+)'.*?"
    r"(?P<stack>\d+) bytes stack frame, (?P<stores>\d+) bytes spill stores, "
    r"(?P<loads>\d+) bytes spill loads.*?Used (?P<registers>\d+) registers(?P<rest>[^\n]*)",
    re.S,
)
LIMITED = re.compile(r"\.entry\s+([\w$]+)\s*\([^)]*\)\s*\.maxntid\s+([\d, ]+)")


def measured(path, architecture):
    """`Resources` of the kernels of a file with PTX."""
    threads = {}
    for kernel, sizes in LIMITED.findall(path.read_text()):
        threads[kernel] = 1
        for n in sizes.split(","):
            threads[kernel] *= int(n)
    found = []
    for m in ENTRY.finditer(assembled(path, architecture)):
        shared = re.search(r"(\d+) bytes smem", m["rest"])
        found.append(
            Resources(
                m["kernel"],
                architecture,
                int(m["registers"]),
                int(shared[1]) if shared else 0,
                int(m["stack"]),
                int(m["stores"]) + int(m["loads"]),
                threads.get(m["kernel"], BLOCK),
            )
        )
    return found


def resources(architectures=tuple(build.ARCHITECTURES)):
    """`Resources` of all kernels on all architectures."""
    found = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for architecture in architectures:
            paths = compiled(architecture)
            for part in pool.map(measured, paths, [architecture] * len(paths)):
                found += part
    return found


@functools.cache
def host_functions():
    """address -> plain names of the functions of the host module, by its symbol table."""
    path = importlib.import_module("zygcore.cuda._host").__file__
    rows = [line.split() for line in run(["nm", path]).splitlines()]
    names = {row[2]: int(row[0], 16) for row in rows if len(row) == 3}
    entry = ctypes.cast(ctypes.PyDLL(path).PyInit__host, ctypes.c_void_p).value
    base = entry - names["PyInit__host"]
    found = {}
    for name, address in names.items():
        found.setdefault(base + address, []).append(plain(name))
    return found


def plain(name):
    """A mangled name where namespaces without a name, which compilers call otherwise, are one."""
    while found := re.search(r"(\d+)_GLOBAL__N_", name):
        length = found[1]
        while int(length) > len(name) - found.end(1):  # digits of what was before
            length = length[1:]
        start = found.end(1)
        name = f"{name[: start - len(length)]}9anonymous{name[start + int(length) :]}"
    return name


def demangled(names):
    """{mangled: as it is written}, without the types of the parameters."""
    done = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True)
    written = done.stdout.splitlines() if done.returncode == 0 else names
    return {name: brief(text) for name, text in zip(names, written, strict=True)}


def brief(text):
    """``void zyg::f<float>(int)`` as ``f<float>``."""
    text = text.replace("zyg::", "").removeprefix("void ")
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "<") - (c == ">")
        if c == "(" and depth == 0:
            return text[:i]
    return text


def table(found):
    """The lines of the report."""
    names = demangled([r.kernel for r in found])
    width = max(map(len, names.values()))
    lines = [
        f"{'kernel':{width}}  arch   registers  shared  stack  spills  threads  occupancy",
        *(
            f"{names[r.kernel]:{width}}  sm_{r.architecture}  {r.registers:9}  {r.shared:6}  "
            f"{r.stack:5}  {r.spills:6}  {r.threads:7}  {r.occupancy:9.0%}"
            for r in sorted(found, key=lambda r: (names[r.kernel], r.architecture))
        ),
    ]
    return lines


def main():
    lines = table(resources())
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text("\n".join(lines) + "\n")
    print(*lines, sep="\n")
    print(f"written to {REPORT}")


if __name__ == "__main__":
    main()
