"""Programs for the functions of `scipy.special`; see `solvers` about the form.

Ufuncs are tried with the points of their rules' tests, as functions of each argument apart.
"""

import numpy as np
import scipy
import scipy.special as sc
from special_points import POINTS

from .solvers import noisy

__all__ = ["PROGRAMS", "WITHOUT"]

A = np.array


def of_arguments(f, args, chosen):
    """With `chosen` arguments that vary."""

    def program(x):
        scaled = [A(a) * (x / 1.1) if i in chosen else a for i, a in enumerate(args)]
        return f(*scaled)

    return program


def of_ufunc(name):
    """What is tried -> a program."""
    f, point = getattr(sc, name), POINTS[name]
    smooth = [i for i in range(len(point.args)) if i not in point.fixed]
    programs = {name: of_arguments(f, point.args, smooth)}
    for i in point.fixed:  # but for numbers of successes, which are cut off
        if np.asarray(point.args[i]).dtype.kind in "fc" and not name.startswith("bdtr"):
            programs[f"{name} argument {i + 1}"] = of_arguments(f, point.args, [i])
    return programs


PROGRAMS = {
    **{key: program for name in POINTS if name in sc.__all__
       for key, program in of_ufunc(name).items()},
    "softplus": lambda x: sc.softplus(x),
    "lambertw": lambda x: sc.lambertw(x).real,
    "zeta": lambda x: sc.zeta(2.5, x),
    "polygamma": lambda x: sc.polygamma(2, x),
    "multigammaln": lambda x: sc.multigammaln(x + 2, 3),
    "comb": lambda x: sc.comb(5.5 + x, 2.2),
    "perm": lambda x: sc.perm(5.5 + x, 2),
    "factorial": lambda x: ( sc.factorial(x, extend="complex") if 0 else sc.factorial(A([x]))[0] ),
    "factorial2": lambda x: sc.factorial2(x, extend="complex"),
    "factorialk": lambda x: sc.factorialk(x, 3, extend="complex"),
    "diric": lambda x: sc.diric(x, 3),
    "sinc": lambda x: sc.sinc(x),
    "spherical_jn": lambda x: sc.spherical_jn(2, x),
    "spherical_yn": lambda x: sc.spherical_yn(2, x),
    "spherical_in": lambda x: sc.spherical_in(2, x),
    "spherical_kn": lambda x: sc.spherical_kn(2, x),
    "jvp": lambda x: sc.jvp(2, x, 2),
    "yvp": lambda x: sc.yvp(2, x, 1),
    "ivp": lambda x: sc.ivp(2, x),
    "kvp": lambda x: sc.kvp(2, x),
    "h1vp": lambda x: sc.h1vp(2, x).real,
    "h2vp": lambda x: sc.h2vp(2, x).imag,
    "assoc_laguerre": lambda x: sc.assoc_laguerre(x, 3, 1.5),
    "legendre": lambda x: sc.legendre(3)(x),
    "chebyt": lambda x: sc.chebyt(3)(x),
    "jacobi": lambda x: sc.jacobi(3, 0.5, 1.0)(x),
    "hermite": lambda x: sc.hermite(3)(x),
    "laguerre": lambda x: sc.laguerre(3)(x),
    "chebyu": lambda x: sc.chebyu(3)(x),
    "chebyc": lambda x: sc.chebyc(3)(x),
    "chebys": lambda x: sc.chebys(3)(x),
    "genlaguerre": lambda x: sc.genlaguerre(3, 1.0)(x),
    "hermitenorm": lambda x: sc.hermitenorm(3)(x),
    "gegenbauer": lambda x: sc.gegenbauer(3, 1.0)(x),
    "sh_legendre": lambda x: sc.sh_legendre(3)(x),
    "sh_chebyt": lambda x: sc.sh_chebyt(3)(x),
    "sh_chebyu": lambda x: sc.sh_chebyu(3)(x),
    "sh_jacobi": lambda x: sc.sh_jacobi(3, 2.0, 1.0)(x),
    "assoc_legendre_p_all": lambda x: sc.assoc_legendre_p_all(3, 1, x / 3)[0][2, 1],
    "legendre_p_all": lambda x: sc.legendre_p_all(3, x / 3)[0][2],
    "sph_harm_y": lambda x: sc.sph_harm_y(3, 1, x, 0.3).real,
    "sph_legendre_p_all": lambda x: sc.sph_legendre_p_all(3, 1, x)[0][2, 1],
    "logsumexp": lambda x: sc.logsumexp(A([x, 1.0, x * x])),
    "softmax": lambda x: sc.softmax(A([x, 1.0, x * x]))[0],
    "log_softmax": lambda x: sc.log_softmax(A([x, 1.0, x * x]))[0],
    "logsumexp b": lambda x: sc.logsumexp(A([x, 1.0, x * x]), b=A([x, -0.1, 2])),
    "logsumexp sign": lambda x: sc.logsumexp(
        A([x, 1.0, x * x]), b=A([x, -0.1, 2]), return_sign=True
    )[0],
    "logsumexp axis": lambda x: sc.logsumexp(
        A([[x, 1.0, x * x], [1, 2, x]]), axis=1, keepdims=True
    )[0, 0],
    "assoc_legendre_p": lambda x: sc.assoc_legendre_p(3, 1, x / 3)[0],
    "legendre_p": lambda x: sc.legendre_p(3, x / 3)[0],
    "sph_legendre_p": lambda x: sc.sph_legendre_p(3, 1, x)[0],
    "lmbda": lambda x: sc.lmbda(2, x)[0][1],
    "lqn": lambda x: sc.lqn(2, x / 3)[0][1],
    "lqmn": lambda x: sc.lqmn(1, 2, x / 3)[0][1, 1],
    "riccati_jn": lambda x: sc.riccati_jn(2, x)[0][1],
    "riccati_yn": lambda x: sc.riccati_yn(2, x)[0][1],
    "pbdn_seq": lambda x: sc.pbdn_seq(2, x)[0][1].real,
    "pbdv_seq": lambda x: sc.pbdv_seq(1.5, x)[0][0],
    "pbvv_seq": lambda x: sc.pbvv_seq(1.5, x)[0][0],
    "pro_cv_seq": lambda x: sc.pro_cv_seq(0, 2, x)[0],
    "mathieu_even_coef": lambda x: sc.mathieu_even_coef(2, x)[0],
    "mathieu_odd_coef": lambda x: sc.mathieu_odd_coef(2, x)[0],
    "sph_harm_y_all": lambda x: sc.sph_harm_y_all(3, 1, x, 0.3)[2, 1].real,
    "ellip_harm": lambda x: sc.ellip_harm(5, 8, 1, 1, x + 3),
    "ellip_harm_2": lambda x: sc.ellip_harm_2(5, 8, 2, 1, x + 10),
    "ellip_normal": lambda x: sc.ellip_normal(5, 8 + x, 3, 7),
    "roots_jacobi": lambda x: sc.roots_jacobi(3, x, 0.5)[0][0],
    "roots_genlaguerre": lambda x: sc.roots_genlaguerre(3, x)[0][0],
    "roots_gegenbauer": lambda x: sc.roots_gegenbauer(3, x)[0][0],
    "roots_sh_jacobi": lambda x: sc.roots_sh_jacobi(3, x + 1, 1.0)[0][0],
    "gammasgn": lambda x: sc.gammasgn(x),
    "round": lambda x: sc.round(x),
    "jn": lambda x: sc.jn(2, x),
    "j_roots": lambda x: sc.j_roots(3, x, 0.5)[0],
    "js_roots": lambda x: sc.js_roots(3, x + 1, 1.0)[0],
    "la_roots": lambda x: sc.la_roots(3, x)[0],
    "cg_roots": lambda x: sc.cg_roots(3, x)[0],
    "mathieu_a": lambda x: sc.mathieu_a(2, x),
    "mathieu_b": lambda x: sc.mathieu_b(2, x),
    "pro_cv": lambda x: sc.pro_cv(0, 2, x),
    "obl_cv": lambda x: sc.obl_cv(0, 2, x),
    "obl_cv_seq": lambda x: sc.obl_cv_seq(0, 2, x),
    "chndtridf": lambda x: sc.chndtridf(x, 0.3, 0.5),
    "ncfdtridfd": lambda x: sc.ncfdtridfd(2.0, 0.3, 0.5, x),
    "ncfdtridfn": lambda x: sc.ncfdtridfn(2.0, 0.3, 0.5, x),
    "ncfdtrinc": noisy(lambda x: sc.ncfdtrinc(2.0, 3.0, 0.3, x)),
    "nctdtridf": lambda x: sc.nctdtridf(0.3, 0.5, x),
    "nctdtrinc": lambda x: sc.nctdtrinc(3.0, 0.3, x),
}  # fmt: skip

#: takes whole numbers only, or is a setting
WITHOUT = {
    name
    for name in sc.__all__
    if name.endswith("_zeros")
    or name
    in "bernoulli euler stirling2 geterr seterr errstate SpecialFunctionError "
    "SpecialFunctionWarning".split()
    or (name.startswith("roots_") or name.endswith("_roots"))
    and not {"jacobi", "genlaguerre", "gegenbauer", "cg", "j", "js", "la"} & {*name.split("_")}
}

if tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 17):
    # they write beyond their memory there
    WITHOUT |= {"pro_cv_seq", "obl_cv_seq"}
    for _name in ("pro_cv_seq", "obl_cv_seq"):
        PROGRAMS.pop(_name)
