"""Rules that other tests compare at single points: `check_adjoint`, to the order that they have."""

import numpy as np
import pytest
import scipy.interpolate as si
import scipy.optimize as so
import scipy.signal as sg
import scipy.sparse as sp
import scipy.sparse.linalg as spl
import scipy.special as sc
import scipy.stats as st
from scipy.interpolate import _rbfinterp_pythran

from zygcore.testing import check_adjoint

X = np.array([0.3, 1.2])
Q = np.array([0.3, 0.6])
SPD = np.array([[3.0, 0.4, 0.1], [0.4, 2.0, 0.3], [0.1, 0.3, 1.5]])
POINTS = np.array([[0.0, 0.0], [1.0, 0.2], [0.3, 1.0], [1.0, 1.2], [0.5, 0.4]])
WAVE = np.sin(np.arange(30.0))
EXACTLY = {"atol": 1e-14, "btol": 1e-14}
HALF_PLANES = [[1.0, 1.0], [1.0, -0.5]]


def sparse(x):
    return sp.csc_array(SPD * x)


TO_THE_SECOND = {
    "lmbda": (lambda x: sc.lmbda(2, x), 1.3),
    "lqn": (lambda x: sc.lqn(2, x), 0.3),
    "lqmn": (lambda x: sc.lqmn(1, 2, x)[0], 0.3),
    "riccati_jn": (lambda x: sc.riccati_jn(2, x), 1.3),
    "riccati_yn": (lambda x: sc.riccati_yn(2, x), 1.3),
    "pbdn_seq": (lambda x: sc.pbdn_seq(2, x)[0].real, 1.1),
    "pbdv_seq": (lambda x: sc.pbdv_seq(1.5, x), 1.3),
    "pbvv_seq": (lambda x: sc.pbvv_seq(1.5, x), 1.3),
    "ncf.isf": (lambda q: st.ncf.isf(q, 4.0, 5.0, 1.2), Q),
    "nct.isf": (lambda q: st.nct.isf(q, 4.0, 1.2), Q),
    "nctdtrinc": (lambda p: sc.nctdtrinc(4.0, p, 1.2), 0.4),
    "genhyperbolic.cdf": (lambda x: st.genhyperbolic.cdf(x, 0.5, 1.5, 0.3), X),
    "genhyperbolic.sf": (lambda x: st.genhyperbolic.sf(x, 0.5, 1.5, 0.3), X),
    "geninvgauss.cdf": (lambda x: st.geninvgauss.cdf(x, 0.5, 1.5), X),
    "kstwo.cdf": (lambda x: st.kstwo.cdf(x, 7), np.array([0.3, 0.4])),
    "kstwo.sf": (lambda x: st.kstwo.sf(x, 7), np.array([0.3, 0.4])),
    "kstwo.ppf": (lambda q: st.kstwo.ppf(q, 7), Q),
    "kstwo.isf": (lambda q: st.kstwo.isf(q, 7), Q),
    "vonmises.cdf": (lambda x, k: st.vonmises.cdf(x, k), np.array([0.3, -1.2]), 1.4),
    "RBFInterpolator": (
        lambda y, d, at: si.RBFInterpolator(y, d)(at),
        POINTS, np.array([1.0, 2.0, 0.5, 0.3, 1.0]), np.array([[0.3, 0.4]]),
    ),
    "symiirorder2": (lambda x: sg.symiirorder2(x, 0.4, 0.3), WAVE),
    "solve": (np.linalg._umath_linalg.solve, SPD, np.ones((3, 2))),
    "solve1": (np.linalg._umath_linalg.solve1, SPD, np.ones(3)),
    "linprog, costs": (
        lambda c: so.linprog(c, A_ub=HALF_PLANES, b_ub=[2.0, 1.0]).fun, np.array([-1.0, -0.7])
    ),
    "linprog, bounds": (
        lambda b: so.linprog([-1.0, -0.7], A_ub=HALF_PLANES, b_ub=b).fun, np.array([2.0, 1.0])
    ),
    "eigsh": (lambda x: spl.eigsh(sparse(x), 1, v0=np.ones(3))[0], 1.2),
    "svds": (lambda x: spl.svds(sparse(x), 1, v0=np.ones(3))[1], 1.2),
    "lsqr": (lambda x, b: spl.lsqr(sparse(x), b, **EXACTLY)[0], 1.2, np.array([1.0, 2.0, 0.5])),
}  # fmt: skip

#: their slopes are C functions without a derivative of their own
TO_THE_FIRST = {
    "mathieu_a": (lambda q: sc.mathieu_a(2, q), np.array([0.3, 1.7])),
    "mathieu_b": (lambda q: sc.mathieu_b(2, q), np.array([0.3, 1.7])),
    "pro_cv": (lambda c: sc.pro_cv(1, 2, c), np.array([0.4, 1.3])),
    "obl_cv": (lambda c: sc.obl_cv(1, 2, c), np.array([0.4, 1.3])),
    "pro_cv_seq": (lambda c: sc.pro_cv_seq(0, 2, c), 1.3),
    "landau.cdf": (st.landau.cdf, X),
    "landau.sf": (st.landau.sf, X),
    "landau.ppf": (st.landau.ppf, Q),
    "landau.isf": (st.landau.isf, Q),
    "studentized_range.cdf": (lambda x: st.studentized_range.cdf(x, 3, 8), np.array([1.3, 2.6])),
    "levy_stable.cdf": (lambda x: st.levy_stable.cdf(x, 1.7, 0.3), X),
}


@pytest.mark.parametrize("name", TO_THE_SECOND)
def test_to_the_second_order(name):
    f, *args = TO_THE_SECOND[name]
    check_adjoint(f, *args)


@pytest.mark.parametrize("name", TO_THE_FIRST)
def test_to_the_first_order(name):
    f, *args = TO_THE_FIRST[name]
    check_adjoint(f, *args, layouts=False, single=False, second=False)


def test_monomials():
    powers = np.array([[0, 0], [1, 0], [0, 2], [1, 1]])
    check_adjoint(
        lambda x: _rbfinterp_pythran._polynomial_matrix(x, powers),
        POINTS,
        single=False,
        layouts=False,
    )


def test_noncentrality_of_the_inverse():
    """SciPy finds it to four digits; so differences are no better."""
    f = lambda p: sc.ncfdtrinc(4.0, 5.0, p, 1.2)
    check_adjoint(f, 0.4, layouts=False, single=False, rtol=3e-4)


class Special(np.ndarray):
    pass


def test_arrays_of_subclasses():
    x = np.array([0.3, -1.2, 2.0])
    check_adjoint(lambda x: np.asarray(np.sin(x.view(Special)) * x), x)
    check_adjoint(lambda x: np.asarray(x.view(Special)[1:].T), x)
