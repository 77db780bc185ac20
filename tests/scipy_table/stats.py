"""Programs for the functions of `scipy.stats`; see `solvers` about the form.

Distributions of one variable are in `distributions`.
"""

import numpy as np
import scipy.stats as st
from scipy import optimize

from .solvers import noisy

__all__ = ["PROGRAMS", "WITHOUT"]

A = np.array
v = A([0.3, 1.2, -0.5, 2.1, 0.8, -1.7, 1.1])
w = A([1.2, 0.3, 0.7, -0.4, 2.0, 0.1, 0.9])
p = A([0.3, 1.2, 0.5, 2.1, 0.8, 1.7, 1.1])
M = A([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.0]])


def s(y):
    """A weighted sum of all elements."""
    y = np.real(y)
    return np.sum(y * np.linspace(1, 2, np.size(y)).reshape(np.shape(y)))


def searched(function, bounds, **options):
    """The optimizer of `fit`, which otherwise draws numbers."""
    return optimize.minimize(function, [0.1, 1.0], bounds=bounds, tol=1e-10)


PROGRAMS = {
    "multivariate_normal": lambda x: st.multivariate_normal.pdf(v[:3] * x, w[:3], M),
    "multivariate_normal frozen": lambda x: st.multivariate_normal(w[:3] * x, M).logpdf(v[:3] * x),
    "dirichlet": lambda x: st.dirichlet.logpdf(A([0.2, 0.3, 0.5]), p[:3] * x),
    "dirichlet again": lambda x: st.dirichlet.pdf(A([0.2 * x, 1 - 0.2 * x - 0.5, 0.5]), p[:3]),
    "multinomial": lambda x: st.multinomial.logpmf([1, 2, 3], 6, A([0.2, 0.3 * x, 0.8 - 0.3 * x])),
    "multivariate_t": lambda x: st.multivariate_t.logpdf(v[:3] * x, w[:3], M, df=4),
    "multivariate_t df": lambda x: st.multivariate_t.logpdf(v[:3], w[:3], M, df=4 * x),
    "matrix_normal": lambda x: st.matrix_normal.logpdf(
        np.outer(v[:3], w[:3]) * x, rowcov=M, colcov=M
    ),
    "vonmises_fisher": lambda x: st.vonmises_fisher([0.0, 1.0], 2.0 * x).logpdf(A([0.6, 0.8])),
    "dirichlet_multinomial": lambda x: st.dirichlet_multinomial.logpmf([1, 2, 3], p[:3] * x, 6),
    "multivariate_hypergeom": lambda x: st.multivariate_hypergeom.logpmf([1, 2], [3, 4], 3),
    "gamma frozen": lambda x: st.norm(x, 2.0).logpdf(v).sum(),
    "gamma frozen gamma": lambda x: st.gamma(x, scale=x).logpdf(p).sum(),
    "gamma frozen mean": lambda x: st.gamma(x, scale=2.0).mean(),
    "gamma var": lambda x: st.beta(x, 2.0).var(),
    "gamma std": lambda x: st.norm(x, x).std(),
    "gamma stats": lambda x: float(st.gamma.stats(x, moments="s")),
    "gamma moment": lambda x: st.gamma.moment(3, x),
    "gamma median": lambda x: st.gamma.median(x),
    "gamma interval": lambda x: st.gamma.interval(0.9, x)[0],
    "gamma nnlf": lambda x: st.norm.nnlf((x, 2.0), v),
    "zscore": lambda x: st.zscore(v * A([x, 1, 1, 1, 1, 1, 1]))[1],
    "zmap": lambda x: st.zmap(v * x, w)[0],
    "gzscore": lambda x: st.gzscore(p * A([x, 1, 1, 1, 1, 1, 1]))[1],
    "skew": lambda x: st.skew(v * A([x, 1, 1, 1, 1, 1, 1])),
    "skew unbiased": lambda x: st.skew(v * A([x, 1, 1, 1, 1, 1, 1]), bias=False),
    "kurtosis": lambda x: st.kurtosis(v * A([x, 1, 1, 1, 1, 1, 1])),
    "moment": lambda x: st.moment(v * A([x, 1, 1, 1, 1, 1, 1]), 3),
    "sem": lambda x: st.sem(v * A([x, 1, 1, 1, 1, 1, 1])),
    "gmean": lambda x: st.gmean(p * A([x, 1, 1, 1, 1, 1, 1])),
    "hmean": lambda x: st.hmean(p * A([x, 1, 1, 1, 1, 1, 1])),
    "pmean": lambda x: st.pmean(p * A([x, 1, 1, 1, 1, 1, 1]), 1.5),
    "trim_mean": lambda x: st.trim_mean(v * A([x, 1, 1, 1, 1, 1, 1]), 0.2),
    "pearsonr": lambda x: st.pearsonr(v * A([x, 1, 1, 1, 1, 1, 1]), w)[0],
    "pearsonr p": lambda x: st.pearsonr(v * A([x, 1, 1, 1, 1, 1, 1]), w)[1],
    "entropy": lambda x: st.entropy(p * A([x, 1, 1, 1, 1, 1, 1])),
    "entropy q": lambda x: st.entropy(p * A([x, 1, 1, 1, 1, 1, 1]), p[::-1]),
    "describe": lambda x: st.describe(v * x).variance,
    "variation": lambda x: st.variation(p * A([x, 1, 1, 1, 1, 1, 1])),
    "iqr": lambda x: st.iqr(v * x),
    "median_abs_deviation": lambda x: st.median_abs_deviation(v * x),
    "tmean": lambda x: st.tmean(v * x, (-1, 1.9)),
    "tvar": lambda x: st.tvar(v * x, (-1, 3)),
    "tstd": lambda x: st.tstd(v * x, (-1, 3)),
    "tsem": lambda x: st.tsem(v * x),
    "tmin": lambda x: st.tmin(v * x),
    "tmax": lambda x: st.tmax(v * x),
    "ttest_ind": lambda x: st.ttest_ind(v * x, w)[0],
    "ttest_ind p": lambda x: st.ttest_ind(v * x, w)[1],
    "ttest_1samp": lambda x: st.ttest_1samp(v * x, 0.1)[0],
    "ttest_rel": lambda x: st.ttest_rel(v * x, w)[0],
    "ttest_ind_from_stats": lambda x: st.ttest_ind_from_stats(x, 1.0, 5, 0.1, 2.0, 6)[0],
    "f_oneway": lambda x: st.f_oneway(v * x, w)[0],
    "bartlett": lambda x: st.bartlett(v * x, w)[0],
    "levene": lambda x: st.levene(v * x, w)[0],
    "chisquare": lambda x: st.chisquare(A([3.0, 4 * x, 5]), A([4.0, 4 * x, 4])).statistic,
    "power_divergence": lambda x: st.power_divergence(
        A([3.0, 4 * x, 5]), A([4.0, 4 * x, 4]), lambda_=0.5
    )[0],
    "jarque_bera": lambda x: st.jarque_bera(v * A([x, 1, 1, 1, 1, 1, 1]))[0],
    "normaltest": lambda x: st.skewtest(np.r_[v, v * w * x])[0],
    "kstest": lambda x: st.kstest(v * x, "norm")[0],
    "wasserstein_distance": lambda x: st.wasserstein_distance(v * x, w),
    "energy_distance": lambda x: st.energy_distance(v * x, w),
    "boxcox": lambda x: st.boxcox(p * x, 0.5)[1],
    "boxcox_llf": lambda x: st.boxcox_llf(x, p),
    "yeojohnson": lambda x: st.yeojohnson(v * x, 0.5)[1],
    "yeojohnson_llf": lambda x: st.yeojohnson_llf(x, v),
    "gaussian_kde points": lambda x: st.gaussian_kde(v)(A([x]))[0],
    "gaussian_kde log": lambda x: st.gaussian_kde(v).logpdf(A([x]))[0],
    "scoreatpercentile": lambda x: st.scoreatpercentile(v * x, 30),
    "rankdata": lambda x: st.rankdata(v * x),
    "circmean": lambda x: st.circmean(p * x),
    "circvar": lambda x: st.circvar(p * x),
    "circstd": lambda x: st.circstd(p * x),
    "combine_pvalues": lambda x: st.combine_pvalues([0.1 * x, 0.2, 0.3])[0],
    "sigmaclip": lambda x: st.sigmaclip(v * x)[0].sum(),
    "trimboth": lambda x: st.trimboth(v * x, 0.2).sum(),
    "trim1": lambda x: st.trim1(v * x, 0.2).sum(),
    "expectile": lambda x: st.expectile(v * x, 0.3),
    "theilslopes": lambda x: st.theilslopes(v * x, w)[0],
    "differential_entropy": lambda x: st.differential_entropy(v * x),
    "lmoment": lambda x: st.lmoment(v * x)[1] if hasattr(st, "lmoment") else x,
    "weightedtau": lambda x: st.weightedtau(v * x, w)[0],
    "pointbiserialr": lambda x: st.pointbiserialr(
        [0, 1, 0, 1, 1, 0, 1], v * A([x, 1, 1, 1, 1, 1, 1])
    )[0],
    "obrientransform": lambda x: st.obrientransform(v * x, w)[0][0],
    "bayes_mvs": lambda x: st.bayes_mvs(v * x)[0].statistic,
    "mvsdist": lambda x: st.mvsdist(v * x)[0].mean(),
    "anderson": lambda x: st.anderson(v * x)[0],
    "ks_2samp": lambda x: st.ks_2samp(v * x, w)[0],
    "mannwhitneyu": lambda x: st.mannwhitneyu(v * x, w)[0],
    "wilcoxon": lambda x: st.wilcoxon(v * x, w)[0],
    "kstat": lambda x: st.kstat(v * x, 2),
    "kstatvar": lambda x: st.kstatvar(v * x, 2),
    "mode": lambda x: st.mode(v * x)[0],
    "norm fit": lambda x: st.norm.fit(v * x)[0],
    "quantile": lambda x: st.quantile(v * x, 0.3) if hasattr(st, "quantile") else x,
    "Normal": lambda x: st.Normal(mu=x, sigma=2.0).logpdf(0.3) if hasattr(st, "Normal") else x,
    "Logistic": lambda x: s(st.Logistic().logpdf(v * x)),
    "Uniform": lambda x: st.Uniform(a=0.0, b=x).pdf(0.3),
    "Binomial": lambda x: st.Binomial(n=5, p=x / 3).logpmf(2),
    "Mixture": lambda x: st.Mixture([st.Normal(mu=x, sigma=1.0), st.Normal()]).pdf(0.3),
    "abs": lambda x: st.abs(st.Normal(mu=x, sigma=1.0)).pdf(0.3),
    "exp": lambda x: st.exp(st.Normal(mu=x, sigma=1.0)).pdf(0.3),
    "log": lambda x: st.log(st.Uniform(a=0.1, b=x)).pdf(-0.3),
    "directional_stats": lambda x: s(st.directional_stats(np.outer(p, v[:2]) + x).mean_direction),
    "gaussian_kde": lambda x: st.gaussian_kde(v)(A([x]))[0],
    "gstd": lambda x: st.gstd(p**x),
    "multivariate_normal logpdf": lambda x: st.multivariate_normal.logpdf(
        v[:3] * x, w[:3] * x, M * x
    ),
    "multivariate_normal logpdf cov": lambda x: st.multivariate_normal.logpdf(v[:3], w[:3], M * x),
    "multivariate_normal cdf": lambda x: st.multivariate_normal.cdf(v[:2] * x, w[:2], M[:2, :2]),
    "multivariate_normal entropy": lambda x: st.multivariate_normal.entropy(w[:3], M * x),
    "wishart": lambda x: st.wishart.logpdf(M * x, 5, M),
    "wishart scale": lambda x: st.wishart.logpdf(M, 5.0, M * x),
    "invwishart": lambda x: st.invwishart.logpdf(M * x, 5, M),
    "gamma entropy": lambda x: st.gamma.entropy(x),
    "norm expect": lambda x: st.norm.expect(lambda t: t * t, loc=x),
    "linregress": lambda x: st.linregress(v * A([x, 1, 1, 1, 1, 1, 1]), w)[0],
    "gaussian_kde data": lambda x: st.gaussian_kde(v * x)(A([0.2]))[0],
    "siegelslopes": lambda x: st.siegelslopes(v * x, w)[0],
    "binned_statistic": lambda x: st.binned_statistic(v, w * x, bins=2)[0][0],
    "cumfreq": lambda x: st.cumfreq(v * x)[0],
    "probplot": lambda x: st.probplot(v * x)[1][0],
    "shapiro": lambda x: st.shapiro(v * A([x, 1, 1, 1, 1, 1, 1]))[0],
    "rv_histogram": lambda x: st.rv_histogram((A([1.0, 2, 1]), A([0.0, 1, 2, 3]))).cdf(x),
    **{
        name: lambda x, f=getattr(st, name): f(v * x, w)
        for name in "ansari brunnermunzel epps_singleton_2samp fligner kendalltau kruskal mood "
        "ranksums spearmanr median_test chatterjeexi spearmanrho".split()
        if hasattr(st, name)
    },
    **{
        name: lambda x, f=getattr(st, name): f(v * x, w).statistic
        for name in "alexandergovern bws_test cramervonmises_2samp somersd".split()
        if hasattr(st, name)
    },
    "anderson_ksamp": lambda x: st.anderson_ksamp([v * x, w], variant="midrank")[0],
    "barnard_exact": lambda x: st.barnard_exact([[int(9 * x), 2], [3, 4]]).pvalue,
    "boschloo_exact": lambda x: st.boschloo_exact([[int(9 * x), 2], [3, 4]]).pvalue,
    "fisher_exact": lambda x: st.fisher_exact([[int(9 * x), 2], [3, 4]]),
    "chi2_contingency": lambda x: st.chi2_contingency(A([[9.0 * x, 2], [3, 4]]))[:2],
    "binned_statistic_2d": lambda x: st.binned_statistic_2d(v, w, p * x, "sum", bins=2).statistic,
    "binned_statistic_dd": lambda x: st.binned_statistic_dd([v, w], p * x, "sum", bins=2).statistic,
    "binomtest": lambda x: st.binomtest(3, 7, x / 2).pvalue,
    "bootstrap": lambda x: (
        st.bootstrap(
            (v * x,), np.mean, n_resamples=9, rng=1, method="percentile"
        ).confidence_interval.low
    ),
    "boxcox_normmax": noisy(lambda x: st.boxcox_normmax(p**x)),
    "boxcox_normplot": lambda x: st.boxcox_normplot(p * x, -1, 1, N=3)[1],
    "cramervonmises": lambda x: st.cramervonmises(v * x, "norm").statistic,
    "dunnett": lambda x: st.dunnett(v * x, control=w, rng=1).statistic,
    "ecdf": lambda x: st.ecdf(v * x).cdf.quantiles,
    "false_discovery_control": lambda x: st.false_discovery_control(A([0.1, 0.2, 0.03]) * x),
    "fit": noisy(
        lambda x: st.fit(st.norm, v * x, [(-3, 3), (0.1, 5)], optimizer=searched).params[0]
    ),
    "friedmanchisquare": lambda x: st.friedmanchisquare(v * x, w, p)[0],
    "goodness_of_fit": lambda x: (
        st.goodness_of_fit(st.norm, v + x * p, n_mc_samples=9, rng=1).statistic
    ),
    "ks_1samp": lambda x: st.ks_1samp(v * x, st.norm.cdf)[0],
    "kurtosistest": lambda x: st.kurtosistest(np.r_[v, w, v * w * x, p])[0],
    "skewtest": lambda x: st.skewtest(np.r_[v, v * w * x])[0],
    "logrank": lambda x: st.logrank(p * x, p[::-1] * 1.17).statistic,
    "make_distribution": lambda x: st.make_distribution(st.gamma)(a=x).pdf(0.7),
    "matrix_t": lambda x: st.matrix_t.logpdf(M * x, M, M, M, 4),
    "matrix_t spread": lambda x: st.matrix_t.logpdf(M, M * x, M * x, M, 4),
    "monte_carlo_test": lambda x: (
        st.monte_carlo_test(
            v + x * p, st.norm.rvs, lambda v: np.mean(v) ** 2, n_resamples=9, vectorized=False
        ).statistic
    ),
    "multiscale_graphcorr": lambda x: (
        st.multiscale_graphcorr(
            v[:, None] + x * p[:, None], w[:, None], reps=1, random_state=1
        ).statistic
    ),
    "normal_inverse_gamma": lambda x: st.normal_inverse_gamma.logpdf(x, 1.3, 0.2, 1.1, 1.5, x),
    "order_statistic": lambda x: st.order_statistic(st.Normal(mu=x, sigma=2.0), r=1, n=3).pdf(0.3),
    "truncate": lambda x: st.truncate(st.Normal(mu=x, sigma=2.0), lb=0.0, ub=x + 1).pdf(0.3),
    "page_trend_test": lambda x: st.page_trend_test(A([[1.0, 2, x + 3], [2, x, 4]])).statistic,
    "percentileofscore": lambda x: st.percentileofscore(v * x, 0.3),
    "permutation_test": lambda x: (
        st.permutation_test(
            (v * x, w), lambda a, b: np.mean(a) - np.mean(b), n_resamples=9, vectorized=False, rng=1
        ).statistic
    ),
    "poisson_means_test": lambda x: st.poisson_means_test(3, 2.0 * x, 5, 4.0).statistic,
    "power": lambda x: (
        st.power(
            lambda v, axis: st.ttest_1samp(v, 0.5, axis=axis),
            lambda size: st.norm.rvs(x, size=size, random_state=1),
            5,
            n_resamples=5,
        ).power
    ),
    "ppcc_max": noisy(lambda x: st.ppcc_max(p**x, (0.1, 1.0))),
    "ppcc_plot": lambda x: st.ppcc_plot(p * x, 0.1, 1.0, N=3)[1],
    "quantile_test": lambda x: st.quantile_test(v * x, q=0.1, p=0.3).statistic,
    "random_table": lambda x: st.random_table.logpmf(A([[1, 2], [3, 4]]), A([3, 7]), A([4, 6])) * x,
    "relfreq": lambda x: st.relfreq(v, 3, (-2 * x, 3.0)).binsize,
    "cumfreq limits": lambda x: st.cumfreq(v, 3, (-2 * x, 3.0)).binsize,
    "sobol_indices": lambda x: (
        st.sobol_indices(
            func=lambda t: t[0] ** 2 * x + t[1], n=4, dists=[st.uniform(), st.uniform()], rng=1
        ).first_order
    ),
    "tiecorrect": lambda x: st.tiecorrect(st.rankdata(v * x)),
    "tukey_hsd": lambda x: st.tukey_hsd(v * x, w, p).statistic,
    "wasserstein_distance_nd": lambda x: st.wasserstein_distance_nd(
        np.stack([v[:3], w[:3]], 1) * x, np.stack([w[3:6], p[:3]], 1)
    ),
    "yeojohnson_normmax": noisy(lambda x: st.yeojohnson_normmax(np.sign(v) * np.abs(v) ** x)),
    "yeojohnson_normplot": lambda x: st.yeojohnson_normplot(v * x, -1, 1, N=3)[1],
    "Covariance": lambda x: st.multivariate_normal.logpdf(
        v[:3], cov=st.Covariance.from_diagonal(p[:3] * x)
    ),
    "CensoredData": lambda x: st.norm.nnlf((x, 2.0), st.CensoredData(v)._uncensor()),
    **{
        name: lambda x, f=getattr(st, name): f.rvs(3, random_state=1) * x
        for name in "ortho_group special_ortho_group unitary_group".split()
    },
    "uniform_direction": lambda x: st.uniform_direction.rvs(3, random_state=1) * x,
    "random_correlation": lambda x: st.random_correlation.rvs(
        [0.5 * x, 2 - 0.5 * x], random_state=1
    ),
}

#: settings and bases of classes
WITHOUT = set(
    """
    BootstrapMethod MonteCarloMethod PermutationMethod ConstantInputWarning DegenerateDataWarning
    FitError NearConstantInputWarning rv_continuous rv_discrete
    """.split()
)
