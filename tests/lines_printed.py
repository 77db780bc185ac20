"""What programs print in a process of their own."""

import os
import subprocess
import sys


def run_python(*args, stdin=None, **env):
    path = ":".join(p for p in sys.path if p)
    run = subprocess.run(
        [sys.executable, *args],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **env},
    )
    return run.stdout.splitlines()
