# Sourced by ci/test and ci/demo: makes .venv and builds zygcore in it.
#
# PYTHON=... chooses the interpreter. Without it, the first of python3,
# python3.13, python3.12, python3.11 that runs and is a supported version.
# .venv is kept and used again; the build is repeated when its inputs changed.
# shellcheck shell=bash

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
cd -- "$root"
venv=$root/.venv
stamp=$venv/zygcore-build
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PYTHONUNBUFFERED=1
# What surrounds a run must not decide which zygcore is tested.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV

say() { printf '[%s] %s\n' "${0##*/}" "$*"; }

# Runs a command, with a line before it and how long it took after it.
timed() {
    local what=$1 start=$SECONDS
    shift
    say "$what ..."
    "$@" </dev/null || { local status=$?; say "$what: failed after $((SECONDS - start)) s"; return "$status"; }
    say "$what: $((SECONDS - start)) s"
}

# Whether $1 runs, can make environments, and is at least 3.11 and below 3.$2.
# A name on the PATH may be a shim with no interpreter behind it.
suits() {
    "$1" -c "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, $2))" \
        >/dev/null 2>&1 </dev/null
}

find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        suits "$PYTHON" 1000 && { printf '%s\n' "$PYTHON"; return; }
        printf 'PYTHON=%s is not a Python >= 3.11 with venv and ensurepip\n' "$PYTHON" >&2
        return 1
    fi
    # The versions known to work come first, then anything newer.
    for limit in 14 1000; do
        for candidate in python3 python3.13 python3.12 python3.11 python; do
            suits "$candidate" "$limit" && { printf '%s\n' "$candidate"; return; }
        done
    done
    printf 'no Python >= 3.11 with venv and ensurepip found; set PYTHON=/path/to/python\n' >&2
    return 1
}

describe() { "$1" -c 'import sys; print(sys.implementation.cache_tag, sys.base_prefix)' </dev/null; }

# An environment is used again if it runs, has pip, and is of this Python.
healthy() {
    [ -x "$venv/bin/python" ] &&
        "$venv/bin/python" -m pip --version >/dev/null 2>&1 </dev/null &&
        [ "$(describe "$venv/bin/python")" = "$(describe "$1")" ]
}

# A digest of all that the build depends on and of what it made: sources,
# build switches, place, interpreter, extension modules.
fingerprint() {
    "$venv/bin/python" - "$root" <<'PY'
import hashlib, os, sys
from pathlib import Path

root = Path(sys.argv[1])
kinds = {".pyx", ".pxd", ".pxi", ".h", ".hpp", ".cpp", ".cu", ".cuh", ".so"}
files = [root / "setup.py", root / "pyproject.toml"]
files += (p for p in (root / "zygcore").rglob("*") if p.suffix in kinds)
switches = {k: v for k, v in os.environ.items() if k.startswith("ZYGCORE_") or k in ("CC", "CFLAGS")}
digest = hashlib.sha256(repr((sys.version, str(root), sorted(switches.items()))).encode())
for path in sorted(files):
    digest.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
print(digest.hexdigest())
PY
}

# Extension modules of earlier sources must not be found by an import.
remove_extensions() {
    local suffix
    suffix=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
    find zygcore -name "*$suffix" -type f -delete
}

prepare() {
    local python
    python=$(find_python)
    say "Python: $("$python" -c 'import sys; print(sys.executable, sys.version.split()[0])')"
    if healthy "$python"; then
        say "environment: .venv, as it is"
    else
        rm -rf -- "$venv"
        timed "making the environment .venv" "$python" -m venv "$venv"
    fi
    if [ -f "$stamp" ] && [ "$(cat -- "$stamp")" = "$(fingerprint)" ]; then
        say "zygcore: built from these sources already"
    else
        rm -f -- "$stamp"
        remove_extensions
        timed "building and installing zygcore" \
            "$venv/bin/python" -m pip install --quiet --editable '.[demo,test]'
        fingerprint >"$stamp"
    fi
}
