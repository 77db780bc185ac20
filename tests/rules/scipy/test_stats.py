"""Gradients through `scipy.stats`: its distributions and statistics, by differences."""

import warnings

import numpy as np
import pytest
import scipy.stats as st

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

CONTINUOUS = {
    "norm": (), "uniform": (), "expon": (), "gamma": (2.3,), "beta": (2.3, 1.7), "t": (3.5,),
    "chi2": (3.5,), "f": (3.5, 6.2), "laplace": (), "logistic": (), "lognorm": (0.8,),
    "cauchy": (), "pareto": (2.3,), "weibull_min": (1.7,), "weibull_max": (1.7,),
    "gumbel_r": (), "gumbel_l": (), "rayleigh": (), "halfnorm": (), "truncnorm": (-1.0, 2.0),
    "halfcauchy": (), "invgamma": (2.5,), "invgauss": (1.3,), "exponnorm": (1.5,),
    "skewnorm": (1.5,), "genextreme": (0.3,), "genpareto": (0.3,), "maxwell": (), "chi": (3.0,),
    "levy": (), "nakagami": (1.5,), "rice": (0.8,), "triang": (0.4,), "loggamma": (1.5,),
    "powerlaw": (1.7,), "gompertz": (0.8,), "fisk": (2.0,), "burr12": (2.0, 1.5),
    "loguniform": (0.1, 3.0), "arcsine": (), "cosine": (), "gennorm": (1.5,),
    "gengamma": (1.5, 2.0), "hypsecant": (), "johnsonsu": (0.5, 1.2), "lomax": (2.0,),
    "moyal": (), "betaprime": (2.0, 3.0), "pearson3": (0.7,), "semicircular": (),
}  # fmt: skip
METHODS = ["pdf", "logpdf", "cdf", "logcdf", "sf", "logsf"]


def differences(f, args, i, h=1e-5):
    def at(t):
        return f(*args[:i], args[i] + t, *args[i + 1 :])

    return (at(-2 * h) - 8 * at(-h) + 8 * at(h) - at(2 * h)) / (12 * h)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_distributions(name):
    distribution, shapes = getattr(st, name), CONTINUOUS[name]
    x = float(distribution.ppf(0.37, *shapes, 0.1, 1.3))
    for method in [*METHODS, "ppf", "isf"]:
        f = getattr(distribution, method)
        args = (0.37 if method in ("ppf", "isf") else x, *shapes, 0.1, 1.3)
        y, grads = zg.withgradient(f, *args)
        assert y == f(*args)
        for i, g in enumerate(grads):
            known = differences(f, args, i)
            assert (g or 0.0) == pytest.approx(known, rel=2e-6, abs=1e-8), (method, i)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_values_are_those_of_a_plain_call(name):
    """Also where some arguments lie outside of the support, are integers or have other shapes."""
    distribution, shapes = getattr(st, name), CONTINUOUS[name]
    rng = np.random.default_rng(0)
    points = [
        distribution.ppf(rng.uniform(0.05, 0.95, (2, 3)), *shapes, 0.2, 1.5),
        rng.standard_normal(5) * 3,
        np.float32(0.7),
        np.array([1, 2, 3]),
        np.array([]),
        np.nan,
    ]
    for x in points:
        for loc, scale in [(0.2, 1.5), (0, 1), (np.array([[0.1], [0.3]]), 2), (0.0, -1.0)]:
            if np.ndim(loc) and np.ndim(x) == 1 and not np.size(x):
                continue
            for method in METHODS:
                f = getattr(distribution, method)
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    plain = f(x, *shapes, loc=loc, scale=scale)
                    y, _ = zg.pullback(
                        lambda s, f=f, x=x, l=loc: f(x, *shapes, loc=l, scale=s), scale
                    )
                assert type(y) is type(plain) and y.dtype == plain.dtype, method
                assert np.array_equal(y, plain, equal_nan=True), (method, x, loc, scale)
    edges = np.array([0.0, 0.3, 0.99, 1.0, 1.5])
    for q in (edges, edges[1:3], 0.4, np.float32(0.4)):
        for f in (distribution.ppf, distribution.isf):
            plain = f(q, *shapes, 0.1, np.array([1.2]))
            y, _ = zg.pullback(lambda s, f=f, q=q: f(q, *shapes, 0.1, s), np.array([1.2]))
            assert y.dtype == plain.dtype and np.array_equal(y, plain, equal_nan=True)


def test_densities_completely():
    x = np.array([[0.3, 1.2, 2.2], [0.8, 0.1, 4.0]])
    shape, loc, scale = np.array([[1.5], [2.5]]), -0.1, np.array([0.7, 1.0, 2.0])
    for method in METHODS:
        f, second = getattr(st.gamma, method), method in ("pdf", "logpdf", "cdf", "sf")
        options = {"second": second, "single": False}
        check_adjoint(lambda x, a, s, f=f: f(x, a, loc, s), x, shape, scale, **options)
        check_adjoint(lambda x, s, f=getattr(st.norm, method): f(x, 0.2, s), x, scale)


def test_outside_of_the_support():
    x = np.array([-1.0, 0.5, 2.0])
    for method, known in (("pdf", 0), ("cdf", 0), ("sf", 0), ("logcdf", 0)):
        g = zg.gradient(lambda x, f=getattr(st.expon, method): np.sum(f(x)[[0]]), x)[0]
        assert g is None or np.all(g == known)
    g = zg.gradient(lambda x: np.sum(st.expon.logpdf(x)[1:]), x)[0]
    assert g.tolist() == [0.0, -1.0, -1.0]


def test_second_derivatives_of_quantiles():
    """Found by bisection, too: with density p, x'' = -p'(x) / p(x)**3."""
    distribution, a = st.exponnorm, 1.5
    first = lambda q: zg.gradient(lambda q: distribution.ppf(q, a), q)[0]
    x, h = distribution.ppf(0.4, a), 1e-5
    p = distribution.pdf(x, a)
    slope = (distribution.pdf(x + h, a) - distribution.pdf(x - h, a)) / (2 * h)
    assert first(0.4) == pytest.approx(1 / p, rel=1e-9)
    assert zg.gradient(first, 0.4)[0] == pytest.approx(-slope / p**3, rel=1e-6)


DISCRETE = {
    "poisson": (2.3,), "binom": (7, 0.3), "geom": (0.3,), "nbinom": (3.5, 0.4), "zipf": (2.5,),
    "logser": (0.6,), "dlaplace": (0.8,), "planck": (0.5,), "skellam": (2.0, 3.0),
    "boltzmann": (0.7, 10), "betabinom": (8, 2.0, 3.0), "yulesimon": (2.5,),
}  # fmt: skip


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_distributions(name):
    distribution, shapes = getattr(st, name), DISCRETE[name]
    k = np.array([1, 2, 4])
    for method in ["pmf", "logpmf", "cdf", "logcdf", "sf", "logsf"]:
        for i in [i for i, p in enumerate(shapes) if isinstance(p, float)]:
            at = lambda p, i=i, m=method: getattr(distribution, m)(
                k, *shapes[:i], p, *shapes[i + 1 :]
            )
            y, back = zg.pullback(at, shapes[i])
            assert np.array_equal(y, at(shapes[i]))
            dy = np.array([0.7, -0.3, 1.1])
            known = np.sum(dy * differences(at, (shapes[i],), 0))
            assert back(dy)[0] == pytest.approx(known, rel=2e-6, abs=1e-8), method


V = np.array([0.35, 1.27, -0.5, 2.1, 0.8, -1.7, 1.15])
W = np.array([1.2, 0.3, 0.7, -0.4, 2.0, 0.1, 0.9])
P = np.abs(V) + 0.1
STATISTICS = {
    "zscore": lambda v: st.zscore(v),
    "zmap": lambda v: st.zmap(W, v),
    "skew": lambda v: st.skew(v, bias=False),
    "kurtosis": lambda v: st.kurtosis(v),
    "moment": lambda v: st.moment(v, 3),
    "sem": lambda v: st.sem(v),
    "gmean": lambda v: st.gmean(np.exp(v), weights=P),
    "hmean": lambda v: st.hmean(np.exp(v)),
    "pmean": lambda v: st.pmean(np.exp(v), 1.5),
    "trim_mean": lambda v: st.trim_mean(v, 0.2),
    "tmean": lambda v: st.tmean(v, (-1, 1.9)),
    "tvar": lambda v: st.tvar(v, (-1, 3)),
    "variation": lambda v: st.variation(np.exp(v)),
    "iqr": lambda v: st.iqr(v),
    "median_abs_deviation": lambda v: st.median_abs_deviation(v),
    "pearsonr": lambda v: st.pearsonr(v, W)[0],
    "pearsonr's p": lambda v: st.pearsonr(v, W)[1],
    "entropy": lambda v: st.entropy(np.exp(v), P),
    "ttest_ind": lambda v: st.ttest_ind(v, W)[1],
    "ttest_1samp": lambda v: st.ttest_1samp(v, 0.1)[0],
    "f_oneway": lambda v: st.f_oneway(v, W)[1],
    "bartlett": lambda v: st.bartlett(v, W)[0],
    "levene": lambda v: st.levene(v, W)[0],
    "jarque_bera": lambda v: st.jarque_bera(v)[1],
    "boxcox_llf": lambda v: st.boxcox_llf(0.3, np.exp(v)),
    "yeojohnson": lambda v: st.yeojohnson(v, 0.5),
    "circmean": lambda v: st.circmean(v),
    "circstd": lambda v: st.circstd(v),
    "wasserstein_distance": lambda v: st.wasserstein_distance(v, W),
    "energy_distance": lambda v: st.energy_distance(v, W),
    "differential_entropy": lambda v: st.differential_entropy(v),
    "frozen": lambda v: st.gamma(np.exp(v[:3]), scale=2.0).logpdf(P[:3]),
    "frozen moments": lambda v: st.beta(np.exp(v[:3]), 2.0).var(),
    "fit": lambda v: st.norm.fit(v)[1],
    "multivariate_normal": lambda v: st.multivariate_normal(cov=[[2.0, 0.3], [0.3, 1.0]]).logpdf(
        np.reshape(v[:6], (3, 2))
    ),
    "dirichlet": lambda v: st.dirichlet.logpdf(np.array([0.2, 0.3, 0.5]), np.exp(v[:3])),
    "multinomial": lambda v: st.multinomial.logpmf([1, 2, 3], 6, P[:3] * np.exp(v[:3])
                                                   / np.sum(P[:3] * np.exp(v[:3]))),
    "gaussian_kde": lambda v: st.gaussian_kde(W, 0.4)(v),
    "gaussian_kde.logpdf": lambda v: st.gaussian_kde(np.stack([W, P]), 0.4).logpdf(
        np.reshape(v[:6], (2, 3))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics(name):
    check_adjoint(STATISTICS[name], V, single=False)


def test_kernel_estimates_with_respect_to_everything():
    from scipy.stats._stats import gaussian_kernel_estimate as f

    rng = np.random.default_rng(0)
    points, values, xi = rng.standard_normal((4, 2)), rng.random((4, 1)), rng.random((3, 2))
    cho = np.array([[0.9, 0.0], [0.3, 0.7]])

    def estimate(points, values, xi, a, b, c):
        cho = np.array([[a, 0.0], [b, c]])
        return f["double"](points, values, xi, cho, np.dtype(float))

    check_adjoint(
        estimate, points, values, xi, cho[0, 0], cho[1, 0], cho[1, 1], single=False, layouts=False
    )


def test_ranks_have_no_gradient():
    for f in (st.spearmanr, st.kendalltau):
        assert zg.gradient(lambda v, f=f: f(v, W)[0] + 0.0 * v[0], V)[0].tolist() == [0.0] * 7


def test_densities_that_are_integrated():
    args = (0.3, 1.5, 0.4)
    for i in range(3):
        g = zg.gradient(st.norminvgauss.cdf, *args)[i]
        assert g == pytest.approx(differences(st.norminvgauss.cdf, args, i, 1e-3), rel=1e-5)
    x = np.array([[0.3], [0.6]])
    a = np.array([1.5, 2.5])
    da = zg.gradient(lambda a: np.sum(st.norminvgauss.cdf(x, a, 0.4)), a)[0]
    for i in range(2):
        known = differences(lambda p: np.sum(st.norminvgauss.cdf(x, p, 0.4)), (a[i],), 0, 1e-3)
        assert da[i] == pytest.approx(known, rel=1e-5)


def test_unknown_parameters_are_errors():
    with pytest.raises(AdjointError, match="hyp2f1"):
        zg.gradient(lambda b: st.gausshyper.cdf(0.3, 1.5, b, 1.0, 0.5), 2.0)
    g = zg.gradient(lambda x: st.gausshyper.cdf(x, 1.5, 2.0, 1.0, 0.5), 0.3)[0]
    assert g == pytest.approx(st.gausshyper.pdf(0.3, 1.5, 2.0, 1.0, 0.5))


class Ramp(st.rv_continuous):
    """A distribution that only has a density: SciPy integrates it."""

    def _pdf(self, x, slope):
        return 1 + slope * (2 * x - 1)


def test_distribution_of_a_density():
    ramp = Ramp(a=0.0, b=1.0)
    check_adjoint(lambda x, slope: ramp.cdf(x, slope), 0.4, 0.3, rtol=1e-6, single=False)
