"""Runs modules of CPython's suite, each in a process of its own that may crash or hang."""

import importlib.util
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
PATIENCE = 120  # seconds without a line, until a case counts as hung
RESTARTS = 50


@dataclass
class Run:
    """How the cases of a module ended: case -> (outcome, detail), in order."""

    cases: dict = field(default_factory=dict)
    seconds: float = 0.0

    def named(self, outcome):
        return [case for case, (o, _) in self.cases.items() if o == outcome]


def available(module="test_generators"):
    """Whether this interpreter has its regression suite."""
    try:
        return importlib.util.find_spec(f"test.{module}") is not None
    except ModuleNotFoundError:
        return False


def run_module(module, machine, only=(), patience=PATIENCE):
    """Runs a module; a case that ends the process counts as ``crashed`` or ``hung``."""
    run = Run()
    started = time.monotonic()
    for _ in range(RESTARTS):
        running, status = _run_worker(module, machine, only, run, patience)
        if status is None:
            break
        outcome, detail = status
        if running is None:
            run.cases[f"<{module}>"] = (outcome, detail)
            break
        run.cases[running] = (outcome, detail)
        if only and not set(only) - set(run.cases):
            break
    run.seconds = time.monotonic() - started
    return run


def _run_worker(module, machine, only, run, patience):
    """One process.  (the case that did not come back, how it ended), or (None, None)."""
    command = [sys.executable, "-X", "faulthandler", WORKER, module]
    if machine:
        command.append("--machine")
    if only:
        command += ["--only", json.dumps(sorted(only))]
    command += ["--skip", json.dumps(sorted(run.cases))]
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile(mode="w+", errors="replace") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=env, cwd=folder
        ) as process,
    ):
        running, done, hung = _read(process, run, patience)
        code = process.wait()
        errors.seek(0)
        text = "\n".join(errors.read().strip().splitlines()[-30:])
    if done:
        return None, None
    return running, ("hung" if hung else "crashed", f"exit status {code}\n{text}")


def _read(process, run, patience):
    running, done, buffered = None, False, b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not done:
            if not selector.select(patience):
                process.kill()
                return running, False, True
            data = os.read(process.stdout.fileno(), 1 << 16)
            if not data:
                return running, False, False
            *lines, buffered = (buffered + data).split(b"\n")
            for line in lines:
                try:
                    said = json.loads(line)
                except ValueError:
                    continue  # a test writes to the standard output itself
                if not isinstance(said, dict):
                    continue
                if "start" in said:
                    running = said["start"]
                elif "case" in said:
                    run.cases[said["case"]] = (said["outcome"], said["detail"])
                elif "done" in said:
                    done = True
    process.kill()  # threads that a failed test has left behind
    return None, True, False
