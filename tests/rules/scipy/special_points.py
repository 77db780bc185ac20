"""A point of each ufunc of `scipy.special`, for the checks by differences.

Arguments in lists become arrays; `fixed` are the positions of those that carry no derivative or
none that is known.
"""

from typing import NamedTuple

import scipy.special as sc


class Point(NamedTuple):
    args: tuple
    fixed: tuple = ()
    rtol: float = 1e-7
    second: bool = True


def at(*args, fixed=(), rtol=1e-7, second=True):
    return Point(args, fixed, rtol, second)


def orders(*args, **options):
    """The first argument is an order."""
    return at(*args, fixed=(0,), **options)


WIDE, POSITIVE, UNIT = [-1.3, 0.4, 2.2], [0.3, 1.4, 3.1], [0.15, 0.5, 0.83]

POINTS = {
    # error functions
    **dict.fromkeys(
        "erf erfc erfcx erfi dawsn ndtr log_ndtr exp2 exp10 expm1 cosm1 exprel expit log_expit "
        "sindg cosdg tandg rgamma j0 j1 i0 i1 wrightomega itstruve0 itmodstruve0 ber bei berp "
        "beip airy itairy it2struve0 fresnel".split(),
        at(WIDE),
    ),
    **dict.fromkeys(
        "log1p gamma gammaln loggamma psi digamma cbrt y0 y1 k0 k1 k0e k1e ker kei kerp keip "
        "expi exp1 sici shichi entr spence airye it2j0y0 it2i0k0 cotdg i0e i1e kelvin "
        "modfresnelp modfresnelm itj0y0 iti0k0".split(),
        at(POSITIVE),
    ),
    **dict.fromkeys("logit erfinv ndtri ellipk ellipe ellipkm1 kolmogi".split(), at(UNIT)),
    "kolmogi": at(UNIT, second=False),
    "kolmogorov": at(POSITIVE),
    "smirnov": at(4, [0.15, 0.6, 0.83], fixed=(0,), second=False),
    "smirnovi": at(4, UNIT, fixed=(0,), second=False),
    "erfcinv": at([0.2, 1.1, 1.7]),
    "wofz": at([0.3 + 0.2j, -1.5 + 1j, 3 - 0.1j]),
    "ndtri_exp": at([-0.3, -2.0, -40.0]),
    "owens_t": at(WIDE, [0.4, -1.2, 2.0]),
    "voigt_profile": at(WIDE, [0.5, 1.0, 1.5], [0.7, 0.2, 1.1]),
    "radian": at([10.0, 20.0], [3.0, 4.0], [1.0, 2.0]),
    "powm1": at(POSITIVE, WIDE),
    "xlogy": at(POSITIVE, [1.2, 0.6, 3.0]),
    "xlog1py": at(POSITIVE, [1.2, -0.6, 3.0]),
    "rel_entr": at(POSITIVE, [1.2, 0.6, 3.0]),
    "kl_div": at(POSITIVE, [1.2, 0.6, 3.0]),
    "huber": at([1.0, 1.0, 2.0], [0.4, 3.0, -5.0]),
    "pseudo_huber": at([1.0, 0.3, 2.0], [0.4, 3.0, -5.0]),
    "boxcox": at(POSITIVE, [0.5, -1.1, 2.0]),
    "boxcox1p": at(POSITIVE, [0.5, -1.1, 2.0]),
    "inv_boxcox": at([0.5, 1.2, -0.3], [0.4, -0.3, 1.1]),
    "inv_boxcox1p": at([0.5, 1.2, -0.3], [0.4, -0.3, 1.1]),
    "tklmbda": at([0.3, -0.5, 1.1], [0.5, -0.2, 0.1]),
    # gamma and beta
    "poch": at([0.7, 2.3, 5.0], [1.5, -0.4, 2.0]),
    "binom": at([5.5, 3.2, 8.0], [2.0, 1.3, 4.4]),
    "beta": at([0.7, 2.3, 35.0], [1.5, 0.4, 2.0]),
    "betaln": at([0.7, 2.3, 35.0], [1.5, 0.4, 2.0]),
    "zetac": at([2.5, 5.0, -1.3]),
    "expn": orders([0, 1, 3], POSITIVE),
    # Bessel
    **dict.fromkeys(("kv", "kve"), at([0.5, -2.0, 1.3], POSITIVE)),
    **dict.fromkeys("jv yv iv hankel1 hankel2 hankel1e hankel2e ive jve yve struve "
                    "modstruve".split(), orders([0.5, 2.0, 1.3], POSITIVE)),
    "kn": orders([0, 1, 3], POSITIVE),
    "yn": orders([0, 1, 3], POSITIVE),
    "besselpoly": at(POSITIVE, 1.5, [2.0, 1.0, 0.5], fixed=(1, 2)),
    # elliptic
    "elliprc": at([0.5, 1.2, 2.0], [1.0, 0.7, -0.9]),
    "elliprf": at([0.5, 1.2, 2.0], [1.0, 0.7, 0.9], [0.3, 2.1, 1.4]),
    "elliprg": at([0.5, 1.2, 2.0], [1.0, 0.7, 0.9], [0.3, 2.1, 1.4]),
    "elliprd": at([0.5, 1.2, 2.0], [1.0, 0.7, 0.9], [0.3, 2.1, 1.4]),
    "elliprj": at([0.5, 1.2, 2.0], [1.0, 0.7, 0.9], [0.3, 2.1, 1.4], [0.8, 1.9, 0.4]),
    "ellipkinc": at([0.5, 1.2, 4.0], [0.3, -0.7, 0.9]),
    "ellipeinc": at([0.5, 1.2, 4.0], [0.3, -0.7, 0.9]),
    "agm": at([0.5, 1.2, 2.0], [1.0, 0.7, 1.9]),
    "ellipj": at([0.5, 1.2, 2.5], [0.3, 0.7, 0.5]),
    # hypergeometric
    "hyp0f1": at([1.5, 0.7], [0.4, -1.2], fixed=(0,)),
    "hyp1f1": at([1.5, 0.7], [2.5, 1.7], [0.4, -1.2], fixed=(0, 1)),
    "hyperu": at([1.5, 0.7], [2.5, 1.7], [0.4, 1.2], fixed=(0, 1)),
    "hyp2f1": at([1.5, 0.7], [2.5, 1.7], [0.4, 1.2], [0.3, -0.6], fixed=(0, 1, 2)),
    "wright_bessel": at([1.5, 0.7], [2.5, 1.7], [0.4, 1.2], fixed=(0, 1)),
    "log_wright_bessel": at([1.5, 0.7], [2.5, 1.7], [0.4, 1.2], fixed=(0, 1)),
    # polynomials
    **dict.fromkeys("eval_legendre eval_chebyt eval_chebyu eval_chebyc eval_chebys eval_laguerre "
                    "eval_sh_legendre eval_sh_chebyt eval_sh_chebyu eval_hermite "
                    "eval_hermitenorm".split(), orders([0, 1, 4], UNIT)),
    "eval_jacobi": at([0, 1, 4], 0.5, 1.2, UNIT, fixed=(0,)),
    "eval_sh_jacobi": at([0, 1, 4], 2.5, 1.2, UNIT, fixed=(0,)),
    "eval_gegenbauer": at([0, 1, 4], 1.2, UNIT, fixed=(0,)),
    "eval_genlaguerre": at([0, 1, 4], 1.2, UNIT, fixed=(0,)),
    "mathieu_a": orders([0, 1, 4], [0.7, 3.0, -2.0], second=False),
    "mathieu_b": orders([1, 2, 4], [0.7, 3.0, -2.0], second=False),
    "pro_cv": at([0, 1], [2, 3], [1.1, 3.0], fixed=(0, 1), second=False),
    "obl_cv": at([0, 1], [2, 3], [1.1, 3.0], fixed=(0, 1), second=False),
    "lpmv": at([0, 1, 2], [2.0, 3.0, 3.5], UNIT, fixed=(0, 1)),
    # functions of several results
    "pbdv": orders([0.5, 1.2], [0.4, 1.3]),
    "pbvv": orders([0.5, 1.2], [0.4, 1.3]),
    "pbwa": orders([0.5, 1.2], [0.4, 1.3]),
    **dict.fromkeys(["mathieu_cem", "mathieu_sem"], at([1, 2], 0.7, [20.0, 40.0], fixed=(0, 1))),
    **dict.fromkeys("mathieu_modcem1 mathieu_modcem2 mathieu_modsem1 mathieu_modsem2".split(),
                    at([1, 2], 0.7, [0.4, 0.9], fixed=(0, 1))),
    "pro_ang1": at(0, 2, 1.1, [0.2, 0.6], fixed=(0, 1, 2)),
    "pro_rad1": at(0, 2, 1.1, [1.4, 2.6], fixed=(0, 1, 2)),
    "pro_rad2": at(0, 2, 1.1, [1.4, 2.6], fixed=(0, 1, 2)),
    "obl_ang1": at(0, 2, 1.1, [0.2, 0.6], fixed=(0, 1, 2)),
    "obl_rad1": at(0, 2, 1.1, [0.4, 1.6], fixed=(0, 1, 2)),
    "obl_rad2": at(0, 2, 1.1, [0.4, 1.6], fixed=(0, 1, 2)),
    "pro_ang1_cv": at(0, 2, 1.1, sc.pro_cv(0, 2, 1.1), [0.2, 0.6], fixed=(0, 1, 2, 3)),
    "pro_rad1_cv": at(0, 2, 1.1, sc.pro_cv(0, 2, 1.1), [1.4, 2.6], fixed=(0, 1, 2, 3)),
    "pro_rad2_cv": at(0, 2, 1.1, sc.pro_cv(0, 2, 1.1), [1.4, 2.6], fixed=(0, 1, 2, 3)),
    "obl_ang1_cv": at(0, 2, 1.1, sc.obl_cv(0, 2, 1.1), [0.2, 0.6], fixed=(0, 1, 2, 3)),
    "obl_rad1_cv": at(0, 2, 1.1, sc.obl_cv(0, 2, 1.1), [0.4, 1.6], fixed=(0, 1, 2, 3)),
    "obl_rad2_cv": at(0, 2, 1.1, sc.obl_cv(0, 2, 1.1), [0.4, 1.6], fixed=(0, 1, 2, 3)),
    # distributions
    "gammainc": at([0.7, 3.0, 30.0], [0.4, 4.0, 25.0]),
    "gammaincc": at([0.7, 3.0, 30.0], [0.4, 4.0, 25.0]),
    "gammaincinv": at([0.7, 3.0, 30.0], UNIT),
    "gammainccinv": at([0.7, 3.0, 30.0], UNIT),
    "chdtr": at([0.7, 3.0, 30.0], [0.4, 4.0, 25.0]),
    "chdtrc": at([0.7, 3.0, 30.0], [0.4, 4.0, 25.0]),
    "chdtri": at([0.7, 3.0, 30.0], UNIT),
    "chdtriv": at([0.3, 0.6], [0.9, 4.0], rtol=1e-5),
    "gdtr": at([0.7, 2.0], [1.3, 3.0], [1.0, 2.0]),
    "gdtrc": at([0.7, 2.0], [1.3, 3.0], [1.0, 2.0]),
    "gdtria": at([0.3, 0.6], [1.3, 3.0], [1.0, 2.0], rtol=1e-5),
    "gdtrib": at([0.7, 2.0], [0.3, 0.6], [1.0, 2.0], rtol=1e-5),
    "gdtrix": at([0.7, 2.0], [1.3, 3.0], [0.3, 0.6], rtol=1e-5),
    "pdtr": orders([0, 1, 4], POSITIVE),
    "pdtrc": orders([0, 1, 4], POSITIVE),
    "pdtri": orders([0, 1, 4], UNIT),
    "pdtrik": at([0.6, 0.7], [0.9, 4.0], rtol=1e-5),
    "betainc": at([0.7, 3.0, 30.0], [1.4, 0.5, 25.0], UNIT),
    "betaincc": at([0.7, 3.0, 30.0], [1.4, 0.5, 25.0], UNIT),
    "betaincinv": at([0.7, 3.0, 30.0], [1.4, 0.5, 25.0], [0.2, 0.6, 0.4]),
    "betainccinv": at([0.7, 3.0, 30.0], [1.4, 0.5, 25.0], [0.2, 0.6, 0.4]),
    "btdtria": at([0.3, 0.6], [1.3, 3.0], [0.3, 0.6], rtol=1e-5),
    "btdtrib": at([0.7, 2.0], [0.3, 0.6], [0.3, 0.6], rtol=1e-5),
    "fdtr": at([2.5, 5.0], [3.0, 4.4], [0.6, 2.0]),
    "fdtrc": at([2.5, 5.0], [3.0, 4.4], [0.6, 2.0]),
    "fdtri": at([2.5, 5.0], [3.0, 4.4], [0.6, 0.2]),
    "fdtridfd": at([2.5, 5.0], [sc.fdtr(2.5, 1.5, 1.6), sc.fdtr(5, 0.8, 1.2)], [1.6, 1.2],
                   rtol=1e-5),
    "stdtr": at([2.5, 5.0, 3.0], WIDE),
    "stdtrit": at([2.5, 5.0, 3.0], [0.2, 0.6, 0.9], rtol=1e-5),
    "stdtridf": at([sc.stdtr(0.8, 1.2), sc.stdtr(1.3, 2.0)], [1.2, 2.0], rtol=1e-5),
    "bdtr": at([1.0, 2.0], [3, 5], [0.3, 0.6], fixed=(0, 1)),
    "bdtrc": at([1.0, 2.0], [3, 5], [0.3, 0.6], fixed=(0, 1)),
    "bdtri": at([1.0, 2.0], [3, 5], [0.3, 0.6], fixed=(0, 1)),
    "bdtrik": at([0.7, 0.6], [3.5, 5.2], [0.3, 0.6], rtol=1e-5),
    "bdtrin": at([1.2, 2.0], [0.7, 0.6], [0.3, 0.6], rtol=1e-5),
    "nbdtr": at([1, 2], [3, 5], [0.3, 0.6], fixed=(0, 1)),
    "nbdtrc": at([1, 2], [3, 5], [0.3, 0.6], fixed=(0, 1)),
    "nbdtri": at([1, 2], [3, 5], [0.3, 0.6], fixed=(0, 1)),
    "nbdtrik": at([0.7, 0.6], [3.5, 5.2], [0.3, 0.6], rtol=1e-5),
    "nbdtrin": at([1.2, 2.0], [0.7, 0.6], [0.3, 0.6], rtol=1e-5),
    "chndtr": at([1.2, 2.0], [3.0, 2.5], [0.3, 1.6], fixed=(1,)),
    "chndtrix": at([0.4, 0.7], [3.0, 2.5], [0.3, 1.6], fixed=(1,), rtol=1e-5),
    "chndtrinc": at([1.2, 2.0], [3.0, 2.5], [sc.chndtr(1.2, 3, 1), sc.chndtr(2, 2.5, 2)],
                    fixed=(1,), rtol=1e-5),
    "nctdtr": at([3.0, 2.5, 0.7], [0.3, 0.6, -0.4], [0.5, 1.2, -0.8], fixed=(0,), rtol=1e-6),
    "nctdtrit": at([3.0, 2.5], [0.3, 0.6], [0.5, 0.7], fixed=(0,), second=False, rtol=1e-5),
    "nctdtrinc": at([3.0, 2.5], [0.3, 0.6], [0.5, 0.7], fixed=(0,), second=False, rtol=1e-5),
    "ncfdtr": at([3.0, 2.5], [4.0, 6.0], 0.3, [0.5, 1.2], fixed=(0, 1)),
    "ncfdtri": at([3.0, 2.5], [4.0, 6.0], 0.3, [0.5, 0.7], fixed=(0, 1), second=False, rtol=1e-5),
    "ncfdtrinc": at([3.0, 2.5], [4.0, 6.0], [0.15, 0.3], [0.5, 0.8], fixed=(0, 1), second=False,
                    rtol=1e-5),
    "_ncf_pdf": at([0.5, 1.2], [3.0, 2.5], [4.0, 6.0], [0.3, 1.1], fixed=(1, 2)),
    "_ncf_sf": at([0.5, 1.2], [3.0, 2.5], [4.0, 6.0], [0.3, 1.1], fixed=(1, 2)),
    "_ncf_cdf": at([0.5, 1.2], [3.0, 2.5], [4.0, 6.0], [0.3, 1.1], fixed=(1, 2)),
    "_ncf_ppf": at([0.5, 0.7], [3.0, 2.5], [4.0, 6.0], [0.3, 1.1], fixed=(1, 2), second=False,
                   rtol=1e-5),
    "_nct_cdf": at([0.5, 1.2, -0.8], [3.0, 2.5, 0.7], [0.3, 0.6, -0.4], fixed=(1,), rtol=1e-6),
    "_nct_ppf": at([0.5, 0.7], [3.0, 2.5], [0.3, 0.6], fixed=(1,), second=False, rtol=1e-5),
    "_ncf_isf": at([0.5, 0.7], [3.0, 2.5], [4.0, 6.0], [0.3, 1.1], fixed=(1, 2), second=False,
                   rtol=1e-5),
    "_nct_pdf": at([0.5, 1.2, -0.8], [3.0, 2.5, 0.7], [0.3, 0.6, -0.4], fixed=(1,)),
    "_nct_sf": at([0.5, 1.2, -0.8], [3.0, 2.5, 0.7], [0.3, 0.6, -0.4], fixed=(1,), rtol=1e-6),
    "_nct_isf": at([0.5, 0.7], [3.0, 2.5], [0.3, 0.6], fixed=(1,), second=False, rtol=1e-5),
    "_landau_cdf": at(WIDE, 0.3, [1.0, 0.7, 2.0], second=False),
    "_landau_sf": at(WIDE, 0.3, [1.0, 0.7, 2.0], second=False),
    "_landau_ppf": at(UNIT, 0.3, [1.0, 0.7, 2.0], second=False),
    "_landau_isf": at(UNIT, 0.3, [1.0, 0.7, 2.0], second=False),
    "_kolmogp": at([0.3, 0.7, 1.4, 2.3]),
    "nrdtrimn": at([0.3, 0.6], [1.3, 3.0], [1.0, 2.0]),
    "nrdtrisd": at([0.3, 0.6], [0.7, 0.6], [1.0, 2.0]),
    # what SciPy's own Python code calls
    "_zeta": at([2.5, 4.0, 1.3], POSITIVE),
    "_riemann_zeta": at([2.5, 5.0, -1.3]),
    "_lambertw": at([0.5 + 0.2j, 2.0 - 1j], 0, 1e-8, fixed=(1, 2)),
    **dict.fromkeys("_spherical_jn _spherical_yn _spherical_in _spherical_kn _spherical_jn_d "
                    "_spherical_yn_d _spherical_in_d _spherical_kn_d".split(),
                    orders([0, 1, 4], POSITIVE)),
    "_factorial": at(POSITIVE),
    "_sinpi": at(WIDE),
    "_cospi": at(WIDE),
    "_log1pmx": at(POSITIVE),
    "_log1mexp": at([-0.3, -2.0]),
    "_scaled_exp1": at(POSITIVE),
    "_lgam1p": at([0.3, -0.2]),
    "_beta_pdf": at(UNIT, [0.7, 3.0, 30.0], [1.4, 0.5, 25.0]),
    "_beta_ppf": at([0.2, 0.6, 0.4], [0.7, 3.0, 30.0], [1.4, 0.5, 25.0]),
    "_binom_pmf": at([0.0, 2.0, 3.0], 3.0, UNIT, fixed=(0, 1)),
    "_binom_cdf": at([0.0, 2.0, 3.0], 4.0, UNIT, fixed=(0, 1)),
    "_binom_sf": at([0.0, 2.0, 3.0], 4.0, UNIT, fixed=(0, 1)),
    "_nbinom_pmf": at([0.0, 2.0, 3.0], [1.5, 2.0, 0.7], UNIT, fixed=(0,)),
    "_nbinom_cdf": at([0.0, 2.0, 3.0], [1.5, 2.0, 0.7], UNIT, fixed=(0,)),
    "_nbinom_sf": at([0.0, 2.0, 3.0], [1.5, 2.0, 0.7], UNIT, fixed=(0,)),
    "_ncx2_pdf": at([1.2, 2.0], [3.0, 2.5], [0.3, 1.6], fixed=(1,)),
    "_ncx2_sf": at([1.2, 2.0], [3.0, 2.5], [0.3, 1.6], fixed=(1,)),
    "_ncx2_isf": at([0.2, 0.6], [3.0, 2.5], [0.3, 1.6], fixed=(1,)),
    "_cauchy_ppf": at([0.2, 0.6], [3.0, 2.5], [0.3, 1.6]),
    "_cauchy_isf": at([0.2, 0.6], [3.0, 2.5], [0.3, 1.6]),
    "_skewnorm_cdf": at([0.2, 0.6], [0.3, -0.5], [0.6, 1.6], [1.2, -0.7]),
    "_skewnorm_ppf": at([0.2, 0.6], [0.3, -0.5], [0.6, 1.6], [1.2, -0.7]),
    "_skewnorm_isf": at([0.2, 0.6], [0.3, -0.5], [0.6, 1.6], [1.2, -0.7]),
    "_invgauss_ppf": at([0.2, 0.6], [0.3, 2.5], 1.0, fixed=(2,)),
    "_invgauss_isf": at([0.2, 0.6], [0.3, 2.5], 1.0, fixed=(2,)),
    "_cosine_cdf": at([0.2, -0.6]),
    "_cosine_invcdf": at([0.2, 0.6]),
    "_kolmogc": at(POSITIVE),
    "_kolmogci": at(UNIT, second=False),
    "_smirnovc": at(4, [0.15, 0.6, 0.83], fixed=(0,), second=False),
    "_smirnovci": at(4, UNIT, fixed=(0,), second=False),
    "_iv_ratio": orders([1.5, 2.0, 0.7], POSITIVE),
    "_iv_ratio_c": orders([1.5, 2.0, 0.7], POSITIVE),
}  # fmt: skip
