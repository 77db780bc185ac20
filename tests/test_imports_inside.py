"""Libraries that are first imported by the code that is differentiated."""

import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np
import zygcore as zg

def f(x):
    from {module} import {name} as function
    return np.sum(function(x))

x = np.linspace(0.5, 1.5, 4)
print([round(float(d), 6) for d in zg.gradient(f, x)[0]])
"""


def printed(module, name):
    text = PROGRAM.format(module=module, name=name)
    run = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize(
    ("module", "name", "derivative"),
    [
        ("scipy.optimize", "rosen", "rosen_der"),
        (
            "scipy.special",
            "erf",
            lambda x: 2 / 3.141592653589793**0.5 * 2.718281828459045 ** -(x * x),
        ),
    ],
)
def test_rules_wait_until_the_whole_package_is_there(module, name, derivative):
    """Rules for one part of a package may need another, which is only half imported."""
    import numpy as np
    import scipy.optimize

    if derivative == "rosen_der":
        derivative = scipy.optimize.rosen_der
    expected = [round(float(d), 6) + 0.0 for d in derivative(np.linspace(0.5, 1.5, 4))]
    found = [d + 0.0 for d in eval(printed(module, name))]
    assert found == pytest.approx(expected, abs=2e-6)
