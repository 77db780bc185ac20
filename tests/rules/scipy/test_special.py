"""Rules of `scipy.special`: each by differences, and against other sources where they are exact."""

import numpy as np
import pytest
import scipy.special as sc
from special_points import POINTS

from zygcore.rules.registry import ADJOINT, ELEMENTWISE, RULES
from zygcore.rules.scipy.special._common import available
from zygcore.testing import check_adjoint


def arguments(point):
    return [np.array(x) if isinstance(x, list) else x for x in point.args]


def is_here(name):
    return available(name) is not None


@pytest.mark.parametrize("name", [*filter(is_here, POINTS)])
def test_by_differences(name):
    f, point = available(name), POINTS[name]
    args = arguments(point)
    free = [i for i in range(len(args)) if i not in point.fixed]
    loose = {"rtol": point.rtol, "second": point.second, "single": False}

    def of_the_free(*xs):
        places = dict(zip(free, xs, strict=True))
        return f(*[places.get(i, x) for i, x in enumerate(args)])

    check_adjoint(of_the_free, *[args[i] for i in free], **loose)
    check_adjoint(of_the_free, *[np.ravel(args[i])[0].item() for i in free], layouts=False, **loose)


def test_every_rule_has_a_point():
    kinds = (ADJOINT, ELEMENTWISE)
    theirs = [available(name) for name in {*dir(sc), *dir(sc._ufuncs)}]
    ours = {f for f in theirs if isinstance(f, np.ufunc) and f in RULES and RULES[f].kind in kinds}
    assert ours - {available(name) for name in POINTS} == set()
