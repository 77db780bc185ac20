"""Python under a sanitizer, with the kernels on the CPU built for it.

``python tests/cuda/sanitizers.py address tests/cuda`` runs these tests so; ``thread`` likewise.
"""

import os
import subprocess
import sys
from pathlib import Path

from zygcore.cuda import build

ROOT = Path(__file__).parents[2]
# Under `thread`, each thread of a block costs milliseconds once: see docs/cuda-testing.md.
OPTIONS = {
    "address": {
        "ASAN_OPTIONS": "detect_leaks=0:exitcode=66",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    },
    "thread": {"TSAN_OPTIONS": "halt_on_error=1 history_size=2 report_thread_leaks=0"},
}
LIBRARIES = {"address": ["libasan.so", "libstdc++.so"], "thread": ["libtsan.so"]}


def library(name):
    """The path of a library of the compiler's, None if it has none of this name."""
    command = [os.environ.get("CXX", "g++"), f"-print-file-name={name}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    path = done.stdout.strip()
    return path if os.path.isabs(path) else None


def there_is(kind):
    """Can programs be built with this sanitizer?"""
    try:
        return library(LIBRARIES[kind][0]) is not None
    except OSError:
        return False


def environment(kind, module):
    """The environment in which Python finds errors in the kernels of a module."""
    libraries = [p for p in map(library, LIBRARIES[kind]) if p]
    return {
        **os.environ,
        **OPTIONS[kind],
        "LD_PRELOAD": " ".join(libraries),
        "PYTHONMALLOC": "malloc",
        "ZYGCORE_TEST_HOST_MODULE": str(module),  # conftest.py loads it
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }


def python(kind, arguments, **options):
    """Runs Python with the kernels built for a sanitizer, where the other builds are."""
    module = build.host(ROOT / "build" / "cuda" / "host", sanitize=kind)
    command = [sys.executable, "-X", "faulthandler", *map(str, arguments)]
    return subprocess.run(command, env=environment(kind, module), cwd=ROOT, **options)


def main():
    kind, *arguments = sys.argv[1:]
    if not there_is(kind):
        raise SystemExit(f"the C++ compiler has no library for the {kind} sanitizer")
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *(arguments or ["tests/cuda"])]
    raise SystemExit(python(kind, tests).returncode)


if __name__ == "__main__":
    main()
