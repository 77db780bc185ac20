"""One program for each function of SciPy that numbers flow through.

A program is a function of one number, whose gradient is compared with differences. The first word
of its name is the function's.
"""

import interpolate_programs
import numpy as np
import scipy.interpolate as si
import scipy.ndimage as nd
import scipy.signal as sg
import scipy.special as sc
import scipy.stats as st

A = np.array
v = A([0.3, 1.2, -0.5, 2.1, 0.8, -1.7, 1.1])
w = A([1.2, 0.3, 0.7, -0.4, 2.0, 0.1, 0.9])
p = A([0.3, 1.2, 0.5, 2.1, 0.8, 1.7, 1.1])
M = A([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.0]])
SG_V = A([0.3, 1.2, -0.5, 2.1, 0.8, -1.7, 1.1, 0.4, -0.9, 0.2, 1.3, -0.4] * 3)
SG_W = A([1.2, 0.3, 0.7])
M2 = np.arange(20.0).reshape(4, 5) ** 1.3
K = A([[0.2, 0.5], [1.0, -0.3]])
L = A([[1, 1, 2, 2, 0]] * 4)
b, a = sg.butter(3, 0.3)
sos = sg.butter(4, 0.3, output="sos")
x0 = np.linspace(0, 4, 9)
y0 = np.sin(x0) + 0.1 * x0


def s(y):
    """A weighted sum of all elements."""
    y = np.real(y)
    return np.sum(y * np.linspace(1, 2, np.size(y)).reshape(np.shape(y)))


PROGRAMS = {
    "special.softplus": lambda x: sc.softplus(x),
    "special.lambertw": lambda x: sc.lambertw(x).real,
    "special.zeta": lambda x: sc.zeta(2.5, x),
    "special.polygamma": lambda x: sc.polygamma(2, x),
    "special.multigammaln": lambda x: sc.multigammaln(x + 2, 3),
    "special.comb": lambda x: sc.comb(5.5 + x, 2.2),
    "special.perm": lambda x: sc.perm(5.5 + x, 2),
    "special.factorial": lambda x: (
        sc.factorial(x, extend="complex") if 0 else sc.factorial(A([x]))[0]
    ),
    "special.factorial2": lambda x: sc.factorial2(x, extend="complex"),
    "special.factorialk": lambda x: sc.factorialk(x, 3, extend="complex"),
    "special.diric": lambda x: sc.diric(x, 3),
    "special.sinc": lambda x: sc.sinc(x),
    "special.spherical_jn": lambda x: sc.spherical_jn(2, x),
    "special.spherical_yn": lambda x: sc.spherical_yn(2, x),
    "special.spherical_in": lambda x: sc.spherical_in(2, x),
    "special.spherical_kn": lambda x: sc.spherical_kn(2, x),
    "special.jvp": lambda x: sc.jvp(2, x, 2),
    "special.yvp": lambda x: sc.yvp(2, x, 1),
    "special.ivp": lambda x: sc.ivp(2, x),
    "special.kvp": lambda x: sc.kvp(2, x),
    "special.h1vp": lambda x: sc.h1vp(2, x).real,
    "special.h2vp": lambda x: sc.h2vp(2, x).imag,
    "special.assoc_laguerre": lambda x: sc.assoc_laguerre(x, 3, 1.5),
    "special.legendre": lambda x: sc.legendre(3)(x),
    "special.chebyt": lambda x: sc.chebyt(3)(x),
    "special.jacobi": lambda x: sc.jacobi(3, 0.5, 1.0)(x),
    "special.hermite": lambda x: sc.hermite(3)(x),
    "special.laguerre": lambda x: sc.laguerre(3)(x),
    "special.chebyu": lambda x: sc.chebyu(3)(x),
    "special.chebyc": lambda x: sc.chebyc(3)(x),
    "special.chebys": lambda x: sc.chebys(3)(x),
    "special.genlaguerre": lambda x: sc.genlaguerre(3, 1.0)(x),
    "special.hermitenorm": lambda x: sc.hermitenorm(3)(x),
    "special.gegenbauer": lambda x: sc.gegenbauer(3, 1.0)(x),
    "special.sh_legendre": lambda x: sc.sh_legendre(3)(x),
    "special.sh_chebyt": lambda x: sc.sh_chebyt(3)(x),
    "special.sh_chebyu": lambda x: sc.sh_chebyu(3)(x),
    "special.sh_jacobi": lambda x: sc.sh_jacobi(3, 2.0, 1.0)(x),
    "special.assoc_legendre_p_all": lambda x: sc.assoc_legendre_p_all(3, 1, x / 3)[0][2, 1],
    "special.legendre_p_all": lambda x: sc.legendre_p_all(3, x / 3)[0][2],
    "special.sph_harm_y": lambda x: sc.sph_harm_y(3, 1, x, 0.3).real,
    "special.sph_legendre_p_all": lambda x: sc.sph_legendre_p_all(3, 1, x)[0][2, 1],
    "special.logsumexp": lambda x: sc.logsumexp(A([x, 1.0, x * x])),
    "special.softmax": lambda x: sc.softmax(A([x, 1.0, x * x]))[0],
    "special.log_softmax": lambda x: sc.log_softmax(A([x, 1.0, x * x]))[0],
    "special.logsumexp b": lambda x: sc.logsumexp(A([x, 1.0, x * x]), b=A([x, -0.1, 2])),
    "special.logsumexp sign": lambda x: sc.logsumexp(
        A([x, 1.0, x * x]), b=A([x, -0.1, 2]), return_sign=True
    )[0],
    "special.logsumexp axis": lambda x: sc.logsumexp(
        A([[x, 1.0, x * x], [1, 2, x]]), axis=1, keepdims=True
    )[0, 0],
    "stats.multivariate_normal": lambda x: st.multivariate_normal.pdf(v[:3] * x, w[:3], M),
    "stats.mvn frozen": lambda x: st.multivariate_normal(w[:3] * x, M).logpdf(v[:3] * x),
    "stats.dirichlet": lambda x: st.dirichlet.logpdf(A([0.2, 0.3, 0.5]), p[:3] * x),
    "stats.dirichlet again": lambda x: st.dirichlet.pdf(
        A([0.2 * x, 1 - 0.2 * x - 0.5, 0.5]), p[:3]
    ),
    "stats.multinomial": lambda x: st.multinomial.logpmf(
        [1, 2, 3], 6, A([0.2, 0.3 * x, 0.8 - 0.3 * x])
    ),
    "stats.multivariate_t": lambda x: st.multivariate_t.logpdf(v[:3] * x, w[:3], M, df=4),
    "stats.multivariate_t df": lambda x: st.multivariate_t.logpdf(v[:3], w[:3], M, df=4 * x),
    "stats.matrix_normal": lambda x: st.matrix_normal.logpdf(
        np.outer(v[:3], w[:3]) * x, rowcov=M, colcov=M
    ),
    "stats.vonmises_fisher": lambda x: st.vonmises_fisher([0.0, 1.0], 2.0 * x).logpdf(
        A([0.6, 0.8])
    ),
    "stats.dirichlet_multinomial": lambda x: st.dirichlet_multinomial.logpmf(
        [1, 2, 3], p[:3] * x, 6
    ),
    "stats.multivariate_hypergeom": lambda x: (
        st.multivariate_hypergeom.logpmf([1, 2], [3, 4], 3) * x
    ),
    "stats.gamma frozen": lambda x: st.norm(x, 2.0).logpdf(v).sum(),
    "stats.gamma frozen gamma": lambda x: st.gamma(x, scale=x).logpdf(p).sum(),
    "stats.gamma frozen mean": lambda x: st.gamma(x, scale=2.0).mean(),
    "stats.gamma var": lambda x: st.beta(x, 2.0).var(),
    "stats.gamma std": lambda x: st.norm(x, x).std(),
    "stats.stats": lambda x: float(st.gamma.stats(x, moments="s")),
    "stats.moment": lambda x: st.gamma.moment(3, x),
    "stats.gamma median": lambda x: st.gamma.median(x),
    "stats.gamma interval": lambda x: st.gamma.interval(0.9, x)[0],
    "stats.gamma nnlf": lambda x: st.norm.nnlf((x, 2.0), v),
    "stats.zscore": lambda x: st.zscore(v * A([x, 1, 1, 1, 1, 1, 1]))[1],
    "stats.zmap": lambda x: st.zmap(v * x, w)[0],
    "stats.gzscore": lambda x: st.gzscore(p * A([x, 1, 1, 1, 1, 1, 1]))[1],
    "stats.skew": lambda x: st.skew(v * A([x, 1, 1, 1, 1, 1, 1])),
    "stats.skew unb": lambda x: st.skew(v * A([x, 1, 1, 1, 1, 1, 1]), bias=False),
    "stats.kurtosis": lambda x: st.kurtosis(v * A([x, 1, 1, 1, 1, 1, 1])),
    "stats.moment f": lambda x: st.moment(v * A([x, 1, 1, 1, 1, 1, 1]), 3),
    "stats.sem": lambda x: st.sem(v * A([x, 1, 1, 1, 1, 1, 1])),
    "stats.gmean": lambda x: st.gmean(p * A([x, 1, 1, 1, 1, 1, 1])),
    "stats.hmean": lambda x: st.hmean(p * A([x, 1, 1, 1, 1, 1, 1])),
    "stats.pmean": lambda x: st.pmean(p * A([x, 1, 1, 1, 1, 1, 1]), 1.5),
    "stats.trim_mean": lambda x: st.trim_mean(v * A([x, 1, 1, 1, 1, 1, 1]), 0.2),
    "stats.pearsonr": lambda x: st.pearsonr(v * A([x, 1, 1, 1, 1, 1, 1]), w)[0],
    "stats.pearsonr p": lambda x: st.pearsonr(v * A([x, 1, 1, 1, 1, 1, 1]), w)[1],
    "stats.entropy": lambda x: st.entropy(p * A([x, 1, 1, 1, 1, 1, 1])),
    "stats.entropy q": lambda x: st.entropy(p * A([x, 1, 1, 1, 1, 1, 1]), p[::-1]),
    "stats.describe": lambda x: st.describe(v * x).variance,
    "stats.variation": lambda x: st.variation(p * A([x, 1, 1, 1, 1, 1, 1])),
    "stats.iqr": lambda x: st.iqr(v * x),
    "stats.median_abs_deviation": lambda x: st.median_abs_deviation(v * x),
    "stats.tmean": lambda x: st.tmean(v * x, (-1, 1.9)),
    "stats.tvar": lambda x: st.tvar(v * x, (-1, 3)),
    "stats.tstd": lambda x: st.tstd(v * x, (-1, 3)),
    "stats.tsem": lambda x: st.tsem(v * x),
    "stats.tmin": lambda x: st.tmin(v * x),
    "stats.tmax": lambda x: st.tmax(v * x),
    "stats.ttest_ind": lambda x: st.ttest_ind(v * x, w)[0],
    "stats.ttest_ind p": lambda x: st.ttest_ind(v * x, w)[1],
    "stats.ttest_1samp": lambda x: st.ttest_1samp(v * x, 0.1)[0],
    "stats.ttest_rel": lambda x: st.ttest_rel(v * x, w)[0],
    "stats.ttest_ind_from_stats": lambda x: st.ttest_ind_from_stats(x, 1.0, 5, 0.1, 2.0, 6)[0],
    "stats.f_oneway": lambda x: st.f_oneway(v * x, w)[0],
    "stats.bartlett": lambda x: st.bartlett(v * x, w)[0],
    "stats.levene": lambda x: st.levene(v * x, w)[0],
    "stats.chisquare": lambda x: st.chisquare(A([3.0, 4 * x, 5]), A([4.0, 4 * x, 4])).statistic,
    "stats.power_divergence": lambda x: st.power_divergence(
        A([3.0, 4 * x, 5]), A([4.0, 4 * x, 4]), lambda_=0.5
    )[0],
    "stats.jarque_bera": lambda x: st.jarque_bera(v * A([x, 1, 1, 1, 1, 1, 1]))[0],
    "stats.normaltest": lambda x: st.skewtest(np.r_[v, v * w * x])[0],
    "stats.kstest": lambda x: st.kstest(v * x, "norm")[0],
    "stats.wasserstein_distance": lambda x: st.wasserstein_distance(v * x, w),
    "stats.energy_distance": lambda x: st.energy_distance(v * x, w),
    "stats.boxcox": lambda x: st.boxcox(p * x, 0.5)[1],
    "stats.boxcox_llf": lambda x: st.boxcox_llf(x, p),
    "stats.yeojohnson": lambda x: st.yeojohnson(v * x, 0.5)[1],
    "stats.yeojohnson_llf": lambda x: st.yeojohnson_llf(x, v),
    "stats.kde x": lambda x: st.gaussian_kde(v)(A([x]))[0],
    "stats.kde log": lambda x: st.gaussian_kde(v).logpdf(A([x]))[0],
    "stats.scoreatpercentile": lambda x: st.scoreatpercentile(v * x, 30),
    "stats.rankdata": lambda x: st.rankdata(v * x)[0] * x,
    "stats.circmean": lambda x: st.circmean(p * x),
    "stats.circvar": lambda x: st.circvar(p * x),
    "stats.circstd": lambda x: st.circstd(p * x),
    "stats.combine_pvalues": lambda x: st.combine_pvalues([0.1 * x, 0.2, 0.3])[0],
    "stats.sigmaclip": lambda x: st.sigmaclip(v * x)[0].sum(),
    "stats.trimboth": lambda x: st.trimboth(v * x, 0.2).sum(),
    "stats.trim1": lambda x: st.trim1(v * x, 0.2).sum(),
    "stats.expectile": lambda x: st.expectile(v * x, 0.3),
    "stats.theilslopes": lambda x: st.theilslopes(v * x, w)[0],
    "stats.differential_entropy": lambda x: st.differential_entropy(v * x),
    "stats.lmoment": lambda x: st.lmoment(v * x)[1] if hasattr(st, "lmoment") else x,
    "stats.weightedtau": lambda x: st.weightedtau(v * x, w)[0] * x,
    "stats.pointbiserialr": lambda x: st.pointbiserialr(
        [0, 1, 0, 1, 1, 0, 1], v * A([x, 1, 1, 1, 1, 1, 1])
    )[0],
    "stats.obrientransform": lambda x: st.obrientransform(v * x, w)[0][0],
    "stats.bayes_mvs": lambda x: st.bayes_mvs(v * x)[0].statistic,
    "stats.mvsdist": lambda x: st.mvsdist(v * x)[0].mean(),
    "stats.anderson": lambda x: st.anderson(v * x)[0],
    "stats.ks_2samp": lambda x: st.ks_2samp(v * x, w)[0] * x,
    "stats.mannwhitneyu": lambda x: st.mannwhitneyu(v * x, w)[0] * x,
    "stats.wilcoxon": lambda x: st.wilcoxon(v * x, w)[0] * x,
    "stats.kstat": lambda x: st.kstat(v * x, 2),
    "stats.kstatvar": lambda x: st.kstatvar(v * x, 2),
    "stats.mode": lambda x: st.mode(v * x)[0],
    "stats.norm fit": lambda x: st.norm.fit(v * x)[0],
    "stats.quantile": lambda x: st.quantile(v * x, 0.3) if hasattr(st, "quantile") else x,
    "stats.Normal": lambda x: (
        st.Normal(mu=x, sigma=2.0).logpdf(0.3) if hasattr(st, "Normal") else x
    ),
    "signal.convolve": lambda x: s(sg.convolve(SG_V * x, SG_W * x)),
    "signal.convolve same": lambda x: s(sg.convolve(SG_V * x, SG_W, "same")),
    "signal.convolve direct": lambda x: s(sg.convolve(SG_V * x, SG_W, method="direct")),
    "signal.convolve again": lambda x: s(sg.convolve(M2 * x, K)),
    "signal.fftconvolve": lambda x: s(sg.fftconvolve(SG_V * x, SG_W * x)),
    "signal.oaconvolve": lambda x: s(sg.oaconvolve(SG_V * x, SG_W * x)),
    "signal.correlate": lambda x: s(sg.correlate(SG_V * x, SG_W * x)),
    "signal.correlate fft": lambda x: s(sg.correlate(SG_V * x, SG_W * x, method="fft")),
    "signal.convolve2d": lambda x: s(sg.convolve2d(M2 * x, K * x)),
    "signal.convolve2d same symm": lambda x: s(sg.convolve2d(M2 * x, K, "same", "symm")),
    "signal.correlate2d": lambda x: s(sg.correlate2d(M2 * x, K * x, "valid")),
    "signal.lfilter": lambda x: s(sg.lfilter(b * x, a, SG_V * x)),
    "signal.lfilter a": lambda x: s(sg.lfilter(b, a * A([1, x, x, x]), SG_V)),
    "signal.lfilter fir": lambda x: s(sg.lfilter(SG_W * x, [1.0], SG_V * x)),
    "signal.lfilter zi": lambda x: s(sg.lfilter(b, a, SG_V, zi=sg.lfilter_zi(b, a) * x)[0]),
    "signal.sosfilt": lambda x: s(sg.sosfilt(sos, SG_V * x)),
    "signal.sosfilt sos": lambda x: s(sg.sosfilt(sos * A([x, x, x, 1, 1, 1]), SG_V)),
    "signal.filtfilt": lambda x: s(sg.filtfilt(b, a, SG_V * x)),
    "signal.sosfiltfilt": lambda x: s(sg.sosfiltfilt(sos, SG_V * x)),
    "signal.detrend": lambda x: s(sg.detrend(SG_V * x)),
    "signal.detrend const": lambda x: s(sg.detrend(SG_V * x, type="constant")),
    "signal.hilbert": lambda x: s(np.abs(sg.hilbert(SG_V * x))),
    "signal.resample": lambda x: s(sg.resample(SG_V * x, 20)),
    "signal.resample_poly": lambda x: s(sg.resample_poly(SG_V * x, 2, 3)),
    "signal.savgol_filter": lambda x: s(sg.savgol_filter(SG_V * x, 5, 2)),
    "signal.savgol_filter m": lambda x: s(sg.savgol_filter(SG_V * x, 5, 2, mode="mirror")),
    "signal.medfilt": lambda x: s(sg.medfilt(SG_V * x, 3)),
    "signal.medfilt2d": lambda x: s(sg.medfilt2d(M2 * x, 3)),
    "signal.order_filter": lambda x: s(sg.order_filter(M2 * x, np.ones((3, 3)), 2)),
    "signal.wiener": lambda x: s(sg.wiener(SG_V * x, 3)),
    "signal.upfirdn": lambda x: s(sg.upfirdn(SG_W * x, SG_V * x, 2, 3)),
    "signal.decimate": lambda x: s(sg.decimate(SG_V * x, 2)),
    "signal.periodogram": lambda x: s(sg.periodogram(SG_V * x)[1]),
    "signal.welch": lambda x: s(sg.welch(SG_V * x, nperseg=8)[1]),
    "signal.csd": lambda x: s(sg.csd(SG_V * x, SG_V[::-1], nperseg=8)[1]),
    "signal.coherence": lambda x: s(
        sg.coherence(SG_V + x * SG_V[::-1] ** 2, SG_V[::-1], nperseg=8)[1]
    ),
    "signal.istft": lambda x: s(sg.istft(np.ones((5, 4)) * x, nperseg=8)[1]),
    "signal.lombscargle": lambda x: s(sg.lombscargle(np.arange(36.0), SG_V * x, A([0.5, 1.0]))),
    "signal.butter": lambda x: s(sg.butter(2, 0.2 * x)[0]),
    "signal.bilinear": lambda x: s(sg.bilinear([1.0, x], [1.0, 2.0, x])[0]),
    "signal.freqz": lambda x: s(np.abs(sg.freqz(SG_W * x, [1.0, 0.2 * x], 8)[1])),
    "signal.firwin": lambda x: s(sg.firwin(7, 0.3 * x)),
    "stats.gamma windows.gaussian": lambda x: s(sg.windows.gaussian(7, x)),
    "stats.gamma windows.kaiser": lambda x: s(sg.windows.kaiser(7, x)),
    "signal.get_window": lambda x: s(sg.get_window(("gaussian", x), 7)),
    "signal.chirp": lambda x: s(sg.chirp(np.arange(5.0), x, 4.0, 2.0)),
    "signal.gausspulse": lambda x: s(sg.gausspulse(x0 / 5, fc=x)),
    "signal.sawtooth": lambda x: s(sg.sawtooth(x0 * x)),
    "signal.deconvolve": lambda x: s(sg.deconvolve(SG_V * x, SG_W)[0]),
    "signal.czt": lambda x: s(np.abs(sg.czt(SG_V * x, 5))),
    "signal.zoom_fft": lambda x: s(np.abs(sg.zoom_fft(SG_V * x, 0.5))),
    "signal.envelope": lambda x: s(sg.envelope(SG_V * x)),
    "signal.cspline1d": lambda x: s(sg.cspline1d(SG_V * x)),
    "signal.qspline1d": lambda x: s(sg.qspline1d(SG_V * x)),
    "signal.gauss_spline": lambda x: s(sg.gauss_spline(x0 * x, 3)),
    "signal.residue": lambda x: s(sg.residue([1.0, x], [1.0, 3.0, 2.0])[0]),
    "signal.vectorstrength": lambda x: sg.vectorstrength(SG_V * x, 1.3)[0],
    "signal.minimum_phase": lambda x: s(sg.minimum_phase(sg.firwin(9, 0.3) * x)),
    "signal.hilbert2": lambda x: s(np.abs(sg.hilbert2(M2 * x))),
    "signal.lfiltic": lambda x: s(sg.lfiltic(b, a, [x, 1.0, 2.0])),
    "signal.freqs": lambda x: s(np.abs(sg.freqs([1.0], [1.0, x], x0)[1])),
    "signal.group_delay": lambda x: s(sg.group_delay((SG_W * x, [1.0, 0.3 * x]), x0[1:5] / 2)[1]),
    "signal.ShortTimeFFT": lambda x: s(
        np.abs(sg.ShortTimeFFT(np.hanning(8), 4, 1.0).stft(SG_V * x))
    ),
    "interpolate.interp1d cubic": lambda x: s(
        si.interp1d(x0, y0 * x, kind="cubic")(A([0.5, x, 2.3]))
    ),
    "interpolate.interp1d nearest": lambda x: s(
        si.interp1d(x0, y0 * x, kind="nearest")(A([0.6, 2.3]))
    ),
    "interpolate.interp1d quad": lambda x: s(si.interp1d(x0, y0 * x, kind=2)(A([0.6, x, 2.3]))),
    "interpolate.interp1d extrap": lambda x: s(
        si.interp1d(x0, y0 * x, fill_value="extrapolate")(A([0.6, x, 5.3]))
    ),
    "interpolate.CubicSpline": lambda x: s(si.CubicSpline(x0, y0 * x)(A([0.5, x, 2.3]))),
    "interpolate.CubicSpline nat": lambda x: s(
        si.CubicSpline(x0 * x, y0, bc_type="natural")(A([0.5, x, 2.3]))
    ),
    "interpolate.CubicSpline per": lambda x: s(
        si.CubicSpline(x0, np.r_[y0[:-1] * x, y0[0] * x], bc_type="periodic")(A([0.5, x, 2.3]))
    ),
    "interpolate.CubicSpline der": lambda x: s(si.CubicSpline(x0, y0 * x)(A([0.5, x, 2.3]), 1)),
    "interpolate.CubicSpline integrate": lambda x: si.CubicSpline(x0, y0 * x).integrate(0.2, x),
    "interpolate.PchipInterpolator": lambda x: s(
        si.PchipInterpolator(x0, y0 * x)(A([0.5, x, 2.3]))
    ),
    "interpolate.Akima1DInterpolator": lambda x: s(
        si.Akima1DInterpolator(x0, y0 * x)(A([0.5, x, 2.3]))
    ),
    "interpolate.CubicHermiteSpline": lambda x: s(
        si.CubicHermiteSpline(x0, y0 * x, y0 * x)(A([0.5, x, 2.3]))
    ),
    "interpolate.make_interp_spline": lambda x: s(
        si.make_interp_spline(x0, y0 * x)(A([0.5, x, 2.3]))
    ),
    "interpolate.BSpline": lambda x: s(
        si.BSpline(A([0, 0, 0, 1, 2, 3, 3, 3.0]), A([1.0, x, 2, x, 3.0]), 2)(A([0.5, x, 2.3]))
    ),
    "interpolate.BSpline der": lambda x: s(
        si.BSpline(A([0, 0, 0, 1, 2, 3, 3, 3.0]), A([1.0, x, 2, x, 3.0]), 2).derivative()(
            A([0.5, x, 2.3])
        )
    ),
    "interpolate.BSpline int": lambda x: si.BSpline(
        A([0, 0, 0, 1, 2, 3, 3, 3.0]), A([1.0, x, 2, x, 3.0]), 2
    ).integrate(0.1, x),
    "interpolate.PPoly": lambda x: s(
        si.PPoly(A([[1.0, x], [2.0, 3.0]]), A([0.0, 1.0, 2.0]))(A([0.5, x]))
    ),
    "interpolate.BPoly": lambda x: s(
        si.BPoly(A([[1.0, x], [2.0, 3.0]]), A([0.0, 1.0, 2.0]))(A([0.5, x]))
    ),
    "interpolate.splev": lambda x: s(si.splev(A([0.5, x]), si.splrep(x0, y0))),
    "interpolate.splrep": lambda x: s(si.splev(A([0.5, 1.3]), si.splrep(x0, y0 * x))),
    "interpolate.splder": lambda x: s(si.splev(A([0.5, x]), si.splder(si.splrep(x0, y0)))),
    "interpolate.UnivariateSpline": lambda x: s(si.UnivariateSpline(x0, y0)(A([0.5, x]))),
    "interpolate.InterpolatedUnivariateSpline": lambda x: s(
        si.InterpolatedUnivariateSpline(x0, y0)(A([0.5, x]))
    ),
    "interpolate.RegularGridInterpolator": lambda x: s(
        si.RegularGridInterpolator((x0, x0), np.outer(y0, y0) * x)(A([[0.5, x]]))
    ),
    "interpolate.RegularGridInterpolator nearest": lambda x: s(
        si.RegularGridInterpolator((x0, x0), np.outer(y0, y0) * x, method="nearest")(
            A([[0.5, 0.6]])
        )
    ),
    "interpolate.interpn": lambda x: s(si.interpn((x0, x0), np.outer(y0, y0) * x, A([[0.5, x]]))),
    "interpolate.BarycentricInterpolator": lambda x: s(
        si.BarycentricInterpolator(x0[:4], y0[:4] * x)(A([0.6, x]))
    ),
    "interpolate.KroghInterpolator": lambda x: s(
        si.KroghInterpolator(x0[:4], y0[:4] * x)(A([0.6, x]))
    ),
    "interpolate.make_smoothing_spline": lambda x: s(
        si.make_smoothing_spline(x0, y0 * x, lam=0.1)(A([0.5, x]))
    ),
    "interpolate.pchip_interpolate": lambda x: s(si.pchip_interpolate(x0, y0 * x, A([0.5, x]))),
    "interpolate.barycentric_interpolate": lambda x: s(
        si.barycentric_interpolate(x0[:4], y0[:4] * x, A([0.55, x]))
    ),
    "interpolate.FloaterHormannInterpolator": lambda x: s(
        si.FloaterHormannInterpolator(x0, y0 * x)(A([0.55, x]))
    ),
    "interpolate.krogh_interpolate": lambda x: s(
        si.krogh_interpolate(x0[:4], y0[:4] * x, A([0.55, x]))
    ),
    "interpolate.approximate_taylor_polynomial": lambda x: si.approximate_taylor_polynomial(
        lambda t: t * t * x, 1.0, 2, 0.5
    )(0.3),
    "interpolate.make_splrep": lambda x: s(si.make_splrep(x0, y0 * x)(A([0.5, x]))),
    "ndimage.correlate": lambda x: s(nd.correlate(M2 * x, K * x)),
    "ndimage.convolve": lambda x: s(nd.convolve(M2 * x, K * x)),
    "ndimage.correlate1d": lambda x: s(nd.correlate1d(M2 * x, SG_W * x)),
    "ndimage.convolve1d": lambda x: s(nd.convolve1d(M2 * x, SG_W * x)),
    "ndimage.gaussian_filter": lambda x: s(nd.gaussian_filter(M2 * x, 0.7)),
    "ndimage.gaussian_filter1d": lambda x: s(nd.gaussian_filter1d(M2, x)),
    "ndimage.uniform_filter": lambda x: s(nd.uniform_filter(M2 * x, 3)),
    "ndimage.uniform_filter1d": lambda x: s(nd.uniform_filter1d(M2 * x, 3)),
    "ndimage.sobel": lambda x: s(nd.sobel(M2 * x)),
    "ndimage.prewitt": lambda x: s(nd.prewitt(M2 * x)),
    "ndimage.laplace": lambda x: s(nd.laplace(M2 * x)),
    "ndimage.gaussian_laplace": lambda x: s(nd.gaussian_laplace(M2 * x, 0.7)),
    "ndimage.gaussian_gradient_magnitude": lambda x: s(nd.gaussian_gradient_magnitude(M2 * x, 0.7)),
    "ndimage.generic_laplace": lambda x: s(
        nd.generic_laplace(M2 * x, lambda i, a, o, m, c: nd.correlate1d(i, [1, -2, 1], a, o, m, c))
    ),
    "ndimage.generic_gradient_magnitude": lambda x: s(
        nd.generic_gradient_magnitude(M2 * x, nd.sobel)
    ),
    "ndimage.maximum_filter": lambda x: s(nd.maximum_filter(M2 * x, 3)),
    "ndimage.minimum_filter": lambda x: s(nd.minimum_filter(M2 * x, 3)),
    "ndimage.maximum_filter1d": lambda x: s(nd.maximum_filter1d(M2 * x, 3)),
    "ndimage.minimum_filter1d": lambda x: s(nd.minimum_filter1d(M2 * x, 3)),
    "ndimage.median_filter": lambda x: s(nd.median_filter(M2 * x, 3)),
    "ndimage.rank_filter": lambda x: s(nd.rank_filter(M2 * x, 2, 3)),
    "ndimage.percentile_filter": lambda x: s(nd.percentile_filter(M2 * x, 20, 3)),
    "ndimage.grey_erosion": lambda x: s(nd.grey_erosion(M2 * x, 3)),
    "ndimage.grey_dilation": lambda x: s(nd.grey_dilation(M2 * x, 3)),
    "ndimage.grey_opening": lambda x: s(nd.grey_opening(M2 * x, 3)),
    "ndimage.grey_closing": lambda x: s(nd.grey_closing(M2 * x, 3)),
    "ndimage.white_tophat": lambda x: s(nd.white_tophat(M2 * x, 3)),
    "ndimage.black_tophat": lambda x: s(nd.black_tophat(M2 * x, 3)),
    "ndimage.morphological_gradient": lambda x: s(nd.morphological_gradient(M2 * x, 3)),
    "ndimage.morphological_laplace": lambda x: s(nd.morphological_laplace(M2 * x, 3)),
    "ndimage.sum": lambda x: nd.sum(M2 * x),
    "ndimage.minimum": lambda x: s(nd.minimum(M2 * x, L, [1, 2])),
    "ndimage.maximum": lambda x: s(nd.maximum(M2 * x, L, [1, 2])),
    "ndimage.median": lambda x: s(nd.median(M2 * x, L, [1, 2])),
    "ndimage.extrema": lambda x: s(nd.extrema(M2 * x)[1]),
    "ndimage.center_of_mass": lambda x: s(A(nd.center_of_mass(M2**x))),
    "ndimage.labeled_comprehension": lambda x: s(
        nd.labeled_comprehension(M2 * x, L, [1, 2], np.mean, float, 0)
    ),
    "ndimage.histogram": lambda x: s(nd.histogram(M2 * x, 0, 9, 3)) + x,
    "ndimage.fourier_gaussian": lambda x: s(nd.fourier_gaussian(M2 * x, 1.0)),
    "ndimage.fourier_uniform": lambda x: s(nd.fourier_uniform(M2 * x, 2.0)),
    "ndimage.fourier_ellipsoid": lambda x: s(nd.fourier_ellipsoid(M2 * x, 2.0)),
    "ndimage.fourier_shift": lambda x: s(nd.fourier_shift(M2 * x, 0.5)),
    "ndimage.shift": lambda x: s(nd.shift(M2 * x, 0.3)),
    "ndimage.zoom": lambda x: s(nd.zoom(M2 * x, 1.4)),
    "ndimage.rotate": lambda x: s(nd.rotate(M2 * x, 20.0)),
    "ndimage.affine_transform": lambda x: s(nd.affine_transform(M2 * x, [1.1, 0.9])),
    "ndimage.map_coordinates": lambda x: s(nd.map_coordinates(M2 * x, A([[0.3, 1.2], [2.2, 0.4]]))),
    "ndimage.geometric_transform": lambda x: s(
        nd.geometric_transform(M2 * x, lambda p: (p[0] * 0.9, p[1]))
    ),
    "ndimage.spline_filter": lambda x: s(nd.spline_filter(M2 * x)),
    "ndimage.spline_filter1d": lambda x: s(nd.spline_filter1d(M2 * x)),
    "ndimage.generic_filter1d": lambda x: x,
    "special.assoc_legendre_p": lambda x: sc.assoc_legendre_p(3, 1, x / 3)[0],
    "special.legendre_p": lambda x: sc.legendre_p(3, x / 3)[0],
    "special.sph_legendre_p": lambda x: sc.sph_legendre_p(3, 1, x)[0],
    "stats.Logistic": lambda x: s(st.Logistic().logpdf(v * x)),
    "stats.Uniform": lambda x: st.Uniform(a=0.0, b=x).pdf(0.3),
    "stats.Binomial": lambda x: st.Binomial(n=5, p=x / 3).logpmf(2),
    "stats.Mixture": lambda x: st.Mixture([st.Normal(mu=x, sigma=1.0), st.Normal()]).pdf(0.3),
    "stats.abs": lambda x: st.abs(st.Normal(mu=x, sigma=1.0)).pdf(0.3),
    "stats.exp": lambda x: st.exp(st.Normal(mu=x, sigma=1.0)).pdf(0.3),
    "stats.log": lambda x: st.log(st.Uniform(a=0.1, b=x)).pdf(-0.3),
    "stats.directional_stats": lambda x: s(
        st.directional_stats(np.outer(p, v[:2]) + x).mean_direction
    ),
    "stats.gaussian_kde": lambda x: st.gaussian_kde(v)(A([x]))[0],
    "stats.gstd": lambda x: st.gstd(p**x),
    "signal.CZT": lambda x: s(np.abs(sg.CZT(36, 5)(SG_V * x + x * x))),
    "signal.ZoomFFT": lambda x: s(np.abs(sg.ZoomFFT(36, 0.5)(SG_V * x))),
    "signal.bessel": lambda x: s(sg.bessel(2, 0.2 * x)[0]),
    "signal.cheby1": lambda x: s(sg.cheby1(2, 1.0, 0.2 * x)[0]),
    "signal.cheby2": lambda x: s(sg.cheby2(2, 20.0, 0.2 * x)[0]),
    "signal.ellip": lambda x: s(sg.ellip(2, 1.0, 20.0, 0.2 * x)[0]),
    "signal.iirfilter": lambda x: s(sg.iirfilter(2, 0.2 * x, btype="low")[0]),
    "signal.iirdesign": lambda x: s(sg.iirdesign(0.2 * x, 0.5, 1.0, 20.0)[0]),
    "signal.bilinear_zpk": lambda x: s(sg.bilinear_zpk(A([x]), A([0.5, 0.2]), 1.0, 2.0)[0]),
    "signal.cspline1d_eval": lambda x: s(sg.cspline1d_eval(SG_V, A([1.3, x, 4.2]))),
    "signal.qspline1d_eval": lambda x: s(sg.qspline1d_eval(SG_V, A([1.3, x, 4.2]))),
    "signal.czt_points": lambda x: s(sg.czt_points(4, w=np.exp(-0.3j * x))),
    "signal.freqs_zpk": lambda x: s(np.abs(sg.freqs_zpk([x], [-1.0], 2.0, x0)[1])),
    "signal.freqz_zpk": lambda x: s(np.abs(sg.freqz_zpk([x], [0.5], 2.0, 8)[1])),
    "signal.freqz_sos": lambda x: s(np.abs(sg.freqz_sos(sos * A([x, x, x, 1, 1, 1]), 8)[1])),
    "signal.sosfreqz": lambda x: s(np.abs(sg.sosfreqz(sos * A([x, x, x, 1, 1, 1]), 8)[1])),
    "signal.gammatone": lambda x: s(sg.gammatone(440.0 * x, "iir", fs=16000)[0]),
    "signal.kaiser_beta": lambda x: sg.kaiser_beta(30.0 * x),
    "signal.lp2bp": lambda x: s(sg.lp2bp([1.0], [1.0, x], 1.5, 0.5)[1]),
    "signal.lp2bs": lambda x: s(sg.lp2bs([1.0], [1.0, x], 1.5, 0.5)[1]),
    "signal.lp2hp": lambda x: s(sg.lp2hp([1.0], [1.0, x], 1.5)[1]),
    "signal.lp2lp": lambda x: s(sg.lp2lp([1.0], [1.0, x], 1.5)[1]),
    "signal.lp2bp_zpk": lambda x: s(sg.lp2bp_zpk(A([x]), A([-1.0]), 2.0, 1.5, 0.5)[0]),
    "signal.lp2bs_zpk": lambda x: s(sg.lp2bs_zpk(A([x]), A([-1.0]), 2.0, 1.5, 0.5)[0]),
    "signal.lp2hp_zpk": lambda x: s(sg.lp2hp_zpk(A([x]), A([-1.0]), 2.0, 1.5)[0]),
    "signal.lp2lp_zpk": lambda x: s(sg.lp2lp_zpk(A([x]), A([-1.0]), 2.0, 1.5)[0]),
    "signal.sos2tf": lambda x: s(sg.sos2tf(sos * A([x, x, x, 1, 1, 1]))[0]),
    "signal.zpk2sos": lambda x: s(sg.zpk2sos(A([0.3 * x]), A([0.5]), 2.0)),
    "signal.zpk2tf": lambda x: s(sg.zpk2tf([x], [0.5], 2.0 * x)[0]),
    **{f"interpolate.{name}": f for name, f in interpolate_programs.PROGRAMS.items()},
}

#: a gradient through these is an error until there is a rule
NOT_YET = {
    "special.lmbda": lambda x: sc.lmbda(2, x)[0][1],
    "special.lqn": lambda x: sc.lqn(2, x / 3)[0][1],
    "special.lqmn": lambda x: sc.lqmn(1, 2, x / 3)[0][1, 1],
    "special.riccati_jn": lambda x: sc.riccati_jn(2, x)[0][1],
    "special.riccati_yn": lambda x: sc.riccati_yn(2, x)[0][1],
    "special.pbdn_seq": lambda x: sc.pbdn_seq(2, x)[0][1].real,
    "special.pbdv_seq": lambda x: sc.pbdv_seq(1.5, x)[0][0],
    "special.pbvv_seq": lambda x: sc.pbvv_seq(1.5, x)[0][0],
    "special.pro_cv_seq": lambda x: sc.pro_cv_seq(0, 2, x)[0],
    "special.mathieu_even_coef": lambda x: sc.mathieu_even_coef(2, x)[0],
    "special.mathieu_odd_coef": lambda x: sc.mathieu_odd_coef(2, x)[0],
    "special.sph_harm_y_all": lambda x: sc.sph_harm_y_all(3, 1, x, 0.3)[2, 1].real,
    "special.ellip_harm": lambda x: sc.ellip_harm(5, 8, 1, 1, x + 3),
    "special.ellip_harm_2": lambda x: sc.ellip_harm_2(5, 8, 2, 1, x + 10),
    "special.ellip_normal": lambda x: sc.ellip_normal(5, 8 + x, 3, 7),
    "special.roots_jacobi": lambda x: sc.roots_jacobi(3, x, 0.5)[0][0],
    "special.roots_genlaguerre": lambda x: sc.roots_genlaguerre(3, x)[0][0],
    "special.roots_gegenbauer": lambda x: sc.roots_gegenbauer(3, x)[0][0],
    "special.roots_sh_jacobi": lambda x: sc.roots_sh_jacobi(3, x + 1, 1.0)[0][0],
    "stats.mvn.logpdf": lambda x: st.multivariate_normal.logpdf(v[:3] * x, w[:3] * x, M * x),
    "stats.mvn.logpdf cov": lambda x: st.multivariate_normal.logpdf(v[:3], w[:3], M * x),
    "stats.mvn cdf": lambda x: st.multivariate_normal.cdf(v[:2] * x, w[:2], M[:2, :2]),
    "stats.mvn entropy": lambda x: st.multivariate_normal.entropy(w[:3], M * x),
    "stats.wishart": lambda x: st.wishart.logpdf(M * x, 5, M),
    "stats.wishart scale": lambda x: st.wishart.logpdf(M, 5.0, M * x),
    "stats.invwishart": lambda x: st.invwishart.logpdf(M * x, 5, M),
    "stats.entropy dist": lambda x: st.gamma.entropy(x),
    "stats.expect": lambda x: st.norm.expect(lambda t: t * t, loc=x),
    "stats.linregress": lambda x: st.linregress(v * A([x, 1, 1, 1, 1, 1, 1]), w)[0],
    "stats.gaussian_kde": lambda x: st.gaussian_kde(v * x)(A([0.2]))[0],
    "stats.winsor": lambda x: np.sum(st.mstats.winsorize(v * x, 0.1)),
    "stats.siegel": lambda x: st.siegelslopes(v * x, w)[0],
    "stats.binned": lambda x: st.binned_statistic(v, w * x, bins=2)[0][0],
    "stats.cumfreq": lambda x: st.cumfreq(v * x)[0][0] * x,
    "stats.probplot": lambda x: st.probplot(v * x)[1][0],
    "stats.shapiro": lambda x: st.shapiro(v * A([x, 1, 1, 1, 1, 1, 1]))[0],
    "stats.rv_histogram": lambda x: st.rv_histogram((A([1.0, 2, 1]), A([0.0, 1, 2, 3]))).cdf(x),
    "signal.sepfir2d": lambda x: s(sg.sepfir2d(M2 * x, SG_W, SG_W)),
    "signal.stft": lambda x: s(np.abs(sg.stft(SG_V * x, nperseg=8)[2])),
    "signal.spectrogram": lambda x: s(sg.spectrogram(SG_V * x, nperseg=8)[2]),
    "signal.lsim": lambda x: s(sg.lsim(([1.0], [1.0, x]), SG_V[:9], x0)[1]),
    "signal.step": lambda x: s(sg.step(([1.0], [1.0, x]))[1]),
    "signal.tf2zpk": lambda x: s(sg.tf2zpk([1.0, x], [1.0, 3.0, 2.0])[0]),
    "signal.ss2tf": lambda x: s(
        sg.ss2tf(A([[x, 1.0], [0, 2.0]]), A([[1.0], [1]]), A([[1.0, 0]]), A([[0.0]]))[1]
    ),
    "signal.savgol_coeffs": lambda x: s(sg.savgol_coeffs(5, 2, pos=x)),
    "signal.symiirorder1": lambda x: s(sg.symiirorder1(SG_V * x, 0.5, 0.3)),
    "signal.lfilter_zi": lambda x: s(sg.lfilter_zi(b * x, a)),
    "signal.firwin2": lambda x: s(sg.firwin2(9, [0, 0.5, 1.0], [1.0, x, 0.0])),
    "interpolate.interp1d": lambda x: s(si.interp1d(x0, y0 * x)(A([0.5, x, 2.3]))),
    "interpolate.interp1d x": lambda x: s(si.interp1d(x0 * x, y0)(A([0.5, 1.2]))),
    "interpolate.make_interp_spline x": lambda x: s(
        si.make_interp_spline(x0 * x, y0)(A([0.5, 2.3]))
    ),
    "interpolate.splint": lambda x: si.splint(0.2, x, si.splrep(x0, y0)),
    "interpolate.UnivariateSpline y": lambda x: s(si.UnivariateSpline(x0, y0 * x)(A([0.5, 1.0]))),
    "interpolate.RectBivariate": lambda x: s(
        si.RectBivariateSpline(x0, x0, np.outer(y0, y0))(A([0.5]), A([x]))
    ),
    "interpolate.RGI cubic": lambda x: s(
        si.RegularGridInterpolator((x0, x0), np.outer(y0, y0) * x, method="cubic")(A([[0.5, x]]))
    ),
    "interpolate.griddata": lambda x: s(
        si.griddata(A([[0.0, 0], [1, 0], [0, 1], [1, 1.2]]), A([1.0, x, 2, 3]), A([[0.3, 0.3]]))
    ),
    "ndimage.sum_labels": lambda x: s(nd.sum_labels(M2 * x, L, [1, 2])),
    "ndimage.mean": lambda x: s(nd.mean(M2 * x, L, [1, 2])),
    "ndimage.variance": lambda x: s(nd.variance(M2 * x, L, [1, 2])),
    "ndimage.standard_deviation": lambda x: s(nd.standard_deviation(M2 * x, L, [1, 2])),
    "ndimage.generic_filter": lambda x: s(nd.generic_filter(M2 * x, np.mean, 3)),
    "ndimage.vectorized_filter": lambda x: s(nd.vectorized_filter(M2 * x, np.mean, size=3)),
}
