"""The public face is typed: mypy agrees with `tests/typing`, and the stubs with what is there."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "typing"


def test_mypy_accepts_the_public_face():
    from mypy import api

    # the package itself is not checked, wherever mypy finds it
    public = str(HERE / "public.py")
    out, err, status = api.run([public, "--strict", "--follow-imports=silent"])
    assert status == 0, out + err


def test_the_stubs_are_what_is_there():
    command = [sys.executable, "-m", "mypy.stubtest", "zygcore._ir", "zygcore._pullback"]
    command += ["--concise", "--ignore-disjoint-bases"]
    command += ["--allowlist", str(HERE / "only_at_run_time.txt")]
    command += ["--mypy-config-file", str(HERE / "stubtest.ini")]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
