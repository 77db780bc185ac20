"""What ``import zygcore`` costs once NumPy is there."""

import statistics
import subprocess
import sys

SCRIPT = """
import time
import numpy
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


def import_seconds(module, rounds):
    """Seconds of an import in fresh processes, one each round."""
    command = [sys.executable, "-c", SCRIPT.format(module=module)]
    return [
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(rounds)
    ]


class Import:
    unit = "s"
    timeout = 120

    def setup(self):
        import_seconds("zygcore", 1)  # writes the .pyc files, fills the page cache

    def track_import_beyond_numpy(self):
        return statistics.median(import_seconds("zygcore", 11))
