"""Functions like those of `scipy.special` for arrays of a library: the rules of SciPy's."""

import subprocess
import sys
import types

import fake
import numpy as np
import pytest
import scipy.special
from elsewhere import Elsewhere
from parity import compare

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.interop import register
from zygcore.interop._rules import make_special_rules

register(fake, fake.ndarray)

X, Y = np.array([0.3, 0.8, 1.7, 2.4]), np.array([0.5, 1.2, 0.7, 2.1])
#: in (0, 1)
P = X / 3
#: function -> where
ONE = {
    **dict.fromkeys("""
        cbrt cosdg cosm1 cotdg entr erf erfc erfcx exp10 exp2 expit expm1 gamma gammaln log1p
        log_expit log_ndtr logsumexp loggamma ndtr psi rgamma sindg softmax log_softmax tandg
    """.split(), X),
    **dict.fromkeys("erfcinv erfinv logit ndtri".split(), P),
}  # fmt: skip
TWO = "beta betaln binom poch rel_entr kl_div xlogy xlog1py huber pseudo_huber".split()
#: SciPy's rules of these need functions that CuPy does not have
UNKNOWN = "i0 i1 j0 j1 k0 k1 y0 y1 zetac".split()


def made():
    module = types.ModuleType("fake_special")
    for name in [*ONE, *TWO, *UNKNOWN, "zeta"]:
        f = getattr(scipy.special, name)
        setattr(module, name, fake.function_of(name, f))
    return module


special = made()
make_special_rules(special, fake.ndarray)


class Elsewhere_(Elsewhere):
    """Functions of SciPy's become those above."""

    def of_library(self, f):
        name = getattr(f, "__name__", "")
        same = getattr(scipy.special, name, None) is f and hasattr(special, name)
        return getattr(special, name) if same else super().of_library(f)


ELSEWHERE = Elsewhere_(fake, fake.ndarray, lambda x: fake.asarray(x.copy()))


def checked(f, *args, **options):
    for dtype, rtol in ((np.float64, 1e-10), (np.float32, 1e-4)):
        xs = [x.astype(dtype) for x in args]
        assert compare(f, xs, {}, ELSEWHERE, fake.asnumpy, rtol=rtol, **options)


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_array(name):
    f = getattr(scipy.special, name)
    checked(lambda x: f(x), ONE[name])


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arrays(name):
    f = getattr(scipy.special, name)
    checked(lambda x, y: f(x, y), X, Y, second=False)


def test_axes():
    x = np.add.outer(X, Y)
    for f in (scipy.special.logsumexp, scipy.special.softmax):
        for axis in (0, -1, None):
            checked(lambda x, f=f, axis=axis: f(x, axis=axis), x)


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_has_no_rule_is_an_error(name):
    f = getattr(special, name)
    with pytest.raises(AdjointError, match=f"derivative of fake_special.{name}|zeta function"):
        zg.gradient(lambda x: fake.sum(f(x)), fake.asarray(X))


def test_rules_come_with_the_module():
    pytest.importorskip("cupy", reason="CuPy is not installed")
    code = """
import sys, warnings
warnings.simplefilter("ignore")
import zygcore as zg, cupy
assert not any(name.startswith("cupyx.scipy.special") for name in sys.modules)
zg.gradient(lambda x: x, 1.0)
import cupyx.scipy.special as special
zg.gradient(lambda x: x, 1.0)
from zygcore.rules.registry import RULES
assert RULES[special.erf] and RULES[special.logsumexp] and RULES[special.gammaln]
assert "zygcore.interop._cupy" in RULES[special.logsumexp].function.__module__
"""
    subprocess.run([sys.executable, "-c", code], check=True)
