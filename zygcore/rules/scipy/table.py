"""What happens to gradients at each function of the subpackages of SciPy that have rules here.

``python -m zygcore.rules.scipy.table`` prints the table that is kept in ``docs/scipy.md``. What has
a rule is read from the registry; a test tries a program for whatever is differentiated by its code,
and what is not known yet is told here, with the reason.
"""

import fnmatch
import importlib
import types

from .. import registry
from ..libraries import everything

__all__ = ["MODULES", "NOT_YET", "classify", "public_names", "table"]

MODULES = ("special", "stats", "ndimage", "signal", "interpolate")

MEANINGS = {
    "rule": "a rule gives the derivative, or a Python equivalent is run",
    "by code": "Python code, which the machine runs and differentiates",
    "no gradient": "takes or makes no numbers with derivatives: whole numbers, ranks, zeros, tools",
    "not yet": "a gradient through it is an error, for the reason that is given",
}

_PARAMETERS = "derivatives with respect to parameters are not known"
_NUMERICAL = "found by a numerical method in C or Fortran"
_RANDOM = "draws numbers"
_MATRICES = "needs eigenvalues or least squares of `scipy.linalg`"

#: module -> reason -> names
NOT_YET = {
    "special": {
        _PARAMETERS: "chndtridf ncfdtridfd ncfdtridfn ncfdtrinc nctdtridf nctdtrinc",
        "characteristic values of Mathieu's and spheroidal equations": "mathieu_a mathieu_b obl_cv "
        "pro_cv obl_cv_seq pro_cv_seq mathieu_even_coef mathieu_odd_coef",
        "sequences of functions made in C": "lmbda lqn lqmn riccati_jn riccati_yn pbdn_seq "
        "pbdv_seq pbvv_seq sph_harm_y_all",
        "ellipsoidal harmonics": "ellip_harm ellip_harm_2 ellip_normal",
        "nodes of quadrature with respect to parameters": "roots_jacobi roots_genlaguerre "
        "roots_gegenbauer roots_sh_jacobi j_roots la_roots cg_roots js_roots",
    },
    "stats": {
        _PARAMETERS: "genhyperbolic kstwo ksone kstwobign landau ncf nct levy_stable "
        "studentized_range irwinhall zipfian gausshyper vonmises vonmises_line norminvgauss "
        "crystalball geninvgauss nchypergeom_fisher nchypergeom_wallenius",
        _RANDOM: "bootstrap permutation_test monte_carlo_test sobol_indices goodness_of_fit power "
        "multiscale_graphcorr random_table",
        _MATRICES: "linregress probplot wishart invwishart",
        "counts in bins": "binned_statistic binned_statistic_2d binned_statistic_dd cumfreq "
        "relfreq",
        _NUMERICAL: "siegelslopes shapiro fit boxcox_normmax yeojohnson_normmax "
        "ppcc_max boxcox_normplot yeojohnson_normplot ppcc_plot order_statistic make_distribution "
        "wasserstein_distance_nd normal_inverse_gamma matrix_t rv_histogram truncate",
    },
    "ndimage": {
        "a Python function is called by C": "generic_filter generic_filter1d vectorized_filter",
        "counts in bins": "sum_labels mean variance standard_deviation",
    },
    "signal": {
        _MATRICES: "tf2zpk tf2sos tf2ss ss2zpk ss2tf zpk2ss residue residuez invres "
        "invresz "
        "place_poles sos2zpk savgol_coeffs lfilter_zi sosfilt_zi unique_roots iirpeak "
        "iirnotch iircomb",
        "needs the exponential of a matrix": "lsim step impulse cont2discrete",
        "windows of an array that overlap": "stft spectrogram",
        "recursions in C with starts of their own": "sepfir2d symiirorder1 symiirorder2 "
        "spline_filter cspline2d qspline2d",
        _NUMERICAL: "remez firls firwin2",
        "polynomials as objects (`np.poly1d`)": "sweep_poly",
    },
    "interpolate": {},
}  # fmt: skip

#: module -> what is an error in functions that are listed as differentiated
NOTES = {
    "interpolate": "A gradient is an error where FITPACK stops without a solution, of "
    "`RectSphereBivariateSpline` with `s > 0`, of a knot that is put into a periodic spline, and "
    "of `AAA` with more terms than other points. What data choose (numbers of knots, triangles) "
    "is constant; knots move with the points that they are made of.",
}

#: module -> patterns of names
WITHOUT = {
    "special": "*_zeros bernoulli euler stirling2 geterr seterr errstate roots_* ?_roots ??_roots",
    "stats": "*_test *test *Method *_group random_correlation CensoredData Covariance "
    "cramervonmises* ks_1samp ks_2samp kstest barnard_exact boschloo_exact chi2_contingency "
    "fisher_exact dunnett ecdf epps_* false_discovery_control logrank spearmanrho tukey_hsd "
    "uniform_direction tiecorrect spearmanr kendalltau weightedtau somersd rankdata find_repeats "
    "percentileofscore chatterjeexi page_trend_test poisson_means_test contingency expon_gen "
    "anderson_ksamp alexandergovern mode rv_continuous rv_discrete rv_sample uniform_direction",
    "ndimage": "binary_* distance_* find_objects generate_binary_structure iterate_structure label "
    "*_position value_indices watershed_ift histogram",
    "signal": "*ord argrel* *ap choose_conv_method closest_STFT_dual_window check_* "
    "correlation_lags find* kaiserord max_len_seq peak_* unit_impulse square dlti lti StateSpace "
    "TransferFunction ZerosPolesGain normalize abcd_normalize band_stop_obj bode dbode dfreqresp "
    "dimpulse dlsim dstep freqresp buttap kaiser_atten get_window firwin_2d",
    "interpolate": "interp2d",
}  # fmt: skip

everything()


def public_names(module_name):
    """The functions and classes of a subpackage."""
    module = importlib.import_module(f"scipy.{module_name}")
    for name in sorted(set(module.__all__)):
        value = getattr(module, name)
        if isinstance(value, types.ModuleType) or not callable(value):
            continue
        if not (isinstance(value, type) and issubclass(value, BaseException)):
            yield name, value


def reason(module_name, name):
    """Why there is no derivative yet; `None` if there is."""
    for why, names in NOT_YET[module_name].items():
        if name in names.split():
            return why
    return None


def classify(module_name, name, value):
    """One of the keys of `MEANINGS`."""
    if reason(module_name, name) is not None:
        return "not yet"
    rule = registry.RULES.get(registry.key_of(value))
    if rule is not None:
        return "no gradient" if rule.kind == registry.NONDIFFERENTIABLE else "rule"
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in WITHOUT[module_name].split()):
        return "no gradient"
    return "by code"


def _rows(module_name):
    groups = {}
    for name, value in public_names(module_name):
        groups.setdefault(classify(module_name, name, value), []).append(name)
    for word in ("rule", "by code", "no gradient"):
        names = ", ".join(f"`{name}`" for name in groups.get(word, ()))
        yield f"| {word} ({len(groups.get(word, ()))}) | {names} |"
    there = set(groups.get("not yet", ()))
    for why, names in NOT_YET[module_name].items():
        listed = sorted(there & set(names.split()))
        if listed:
            names = ", ".join(f"`{name}`" for name in listed)
            yield f"| not yet ({len(listed)}): {why} | {names} |"


def table():
    """The table as Markdown."""
    lines = [
        "# Gradients through SciPy",
        "",
        "Made with SciPy 1.17 by `python -m zygcore.rules.scipy.table > docs/scipy.md`. Tests",
        "compare a gradient through each function with differences. The methods of distributions",
        "(`logpdf`, `cdf`, `ppf` ...) are differentiated with respect to the point, the location,",
        "the scale and the shapes.",
        "",
        "| | |",
        "| --- | --- |",
        *[f"| {word} | {meaning} |" for word, meaning in MEANINGS.items()],
    ]
    for module_name in MODULES:
        lines += ["", f"## scipy.{module_name}", ""]
        if module_name in NOTES:
            lines += [NOTES[module_name], ""]
        lines += ["| | |", "| --- | --- |", *_rows(module_name)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
