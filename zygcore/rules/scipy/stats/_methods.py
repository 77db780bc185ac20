"""Rules for `scipy.stats`, whose distributions and statistics are Python code.

The machine differentiates that code. Methods of distributions spend most of it on telling apart
what lies in the support: where everything does, they are lowered to the formula alone. Quantiles
that SciPy finds by bisection are differentiated by the equation that they solve.
"""

import numpy as np
import scipy.stats as st
from scipy import integrate
from scipy.stats import _stats
from scipy.stats._distn_infrastructure import rv_continuous, rv_discrete, rv_generic

from ....api import gradient
from ....errors import AdjointError
from ...broadcasting import project
from ...registry import adjoint, each, lowering, nondifferentiable

__all__ = ["in_line", "shape_slopes"]


# -------------------------------------------------------- methods of distributions


def _all_inside(self, z, args, scale, with_ends):
    """Is everything inside of the support, so that no value is set by hand?"""
    mask = self._support_mask if with_ends else self._open_support_mask
    inside = self._argcheck(*args) & (scale > 0) & mask(z, *args)
    return bool(np.all(inside)) and np.size(inside) > 0


def in_line(*arrays):
    """What SciPy hands to a distribution: arrays of one shape, in one dimension."""
    return [np.ravel(x) for x in np.broadcast_arrays(*arrays)]


def _register(name, formula, with_ends=False):
    """``formula(value, scale)`` makes the result of what the distribution's own method gives."""
    method = getattr(rv_continuous, name)

    @lowering(method)
    def distribution_lowering(self, x, *args, **options):
        shapes, loc, scale = self._parse_args(*args, **options)
        x_array, loc, scale = np.asarray(x), np.asarray(loc), np.asarray(scale)
        shapes = tuple([np.asarray(a) for a in shapes])
        dtype = np.promote_types(x_array.dtype, np.float64)
        z = np.asarray((x_array - loc) / scale, dtype=dtype)
        if not _all_inside(self, z, shapes, scale, with_ends):
            return method(self, x, *args, **options)
        shape = np.broadcast_shapes(np.shape(z), *map(np.shape, shapes))
        *line, scale = in_line(z, *shapes, scale)
        value = formula(getattr(self, "_" + name)(*line), scale)
        value = np.reshape(np.asarray(value, dtype=dtype), shape)
        return value if value.ndim else value[()]


_register("pdf", lambda p, scale: p / scale, with_ends=True)
_register("logpdf", lambda p, scale: p - np.log(scale), with_ends=True)
for _name in ("cdf", "sf", "logcdf", "logsf"):
    _register(_name, lambda p, scale: p)


def _all_within(self, q, args, scale):
    inside = self._argcheck(*args) & (scale > 0) & (q > 0) & (q < 1)
    return bool(np.all(inside)) and np.size(inside) > 0


def _register_quantile(name):
    method = getattr(rv_continuous, name)

    @lowering(method)
    def quantile_lowering(self, q, *args, **options):
        shapes, loc, scale = self._parse_args(*args, **options)
        q_array, loc, scale = np.asarray(q), np.asarray(loc), np.asarray(scale)
        shapes = tuple([np.asarray(a) for a in shapes])
        if not _all_within(self, q_array, shapes, scale):
            return method(self, q, *args, **options)
        shape = np.broadcast_shapes(*map(np.shape, (q_array, *shapes, scale, loc)))
        *line, scale, loc = in_line(q_array, *shapes, scale, loc)
        value = getattr(self, "_" + name)(*line) * scale + loc
        value = np.reshape(np.asarray(value, dtype=float), shape)
        return value if value.ndim else value[()]


_register_quantile("ppf")
_register_quantile("isf")

# ------------------------------------------------------ what SciPy finds numerically


def _constant(x):
    return np.array(x)  # another object: the machine knows derivatives by identity


def _quantile(self, q, *args):
    return self._ppfvec(q, *args)


@lowering(rv_continuous._ppf)
def ppf_lowering(self, q, *args):
    """Two steps of Newton's method from where it ends: right up to second derivatives."""
    start = _quantile(self, q, *args)
    x = start
    for _ in range(2):
        x = x - (self._cdf(x, *args) - q) / self._pdf(x, *args)
    # the steps have no value, only derivatives
    return start + np.where(np.isfinite(x), x - _constant(x), 0.0)


@adjoint(rv_continuous._cdf)
def cdf_rule(self, x, *args):
    """The integral of the density."""

    def x_back(dy):
        return project(dy * self._pdf(x, *args), x)

    def shape_back(i):
        return lambda dy: project(dy * shape_slopes(self, i, x, args), args[i])

    shapes = [shape_back(i) for i in range(len(args))]
    return self._cdfvec(x, *args), each(None, x_back, *shapes)


def shape_slopes(self, i, x, args):
    """The integrals of the derivative of the density with respect to a shape."""
    if type(self)._get_support is not rv_generic._get_support:
        raise AdjointError(
            f"no derivative is known of the distribution function of scipy.stats.{self.name} with "
            "respect to its parameters: SciPy integrates the density, and the ends may move"
        )

    def slope(end, *shapes):
        def density(t):
            moved = lambda p: self._pdf(t, *shapes[:i], p, *shapes[i + 1 :])
            return gradient(moved, shapes[i])[0] or 0.0

        return integrate.quad(density, self.a, end)[0]

    line = in_line(np.asarray(x, dtype=float), *args)
    slopes = [slope(*[a.item() for a in items]) for items in zip(*line, strict=True)]
    shape = np.broadcast_shapes(np.shape(x), *map(np.shape, args))
    return np.reshape(np.array(slopes, dtype=float), shape)


@lowering(rv_discrete._cdf)
def discrete_cdf_lowering(self, x, *args):
    """The sum of the probabilities, one number after another."""
    line = in_line(np.floor(x).astype(np.float64), *args)
    sums = [self._cdf_single(*[a.item() for a in items]) for items in zip(*line, strict=True)]
    shape = np.broadcast_shapes(np.shape(x), *map(np.shape, args))
    return np.reshape(np.array(sums, dtype=float), shape)


# -------------------------------------------------------------- densities of kernels


def _kernels(points, xi, cho_cov):
    """The distances in units of the kernel, for each point of evaluation and of the data."""
    gaps = np.expand_dims(xi, 1) - np.expand_dims(points, 0)
    units = np.matmul(gaps, np.transpose(np.linalg.inv(cho_cov)))
    size = np.prod(np.diagonal(cho_cov)) * (2 * np.pi) ** (xi.shape[1] / 2)
    return units, np.exp(-np.sum(units * units, -1) / 2) / size


def _register_kernels(estimate, is_log):
    @adjoint(estimate)
    def kernels_rule(points, values, xi, cho_cov, dtype):
        y = estimate(points, values, xi, cho_cov, dtype)

        def kernels_back(dy):
            units, kernels = _kernels(points, xi, cho_cov)
            if is_log:  # what is far away is nothing beside the rest
                dy = dy / np.matmul(kernels, values)
            slope = np.matmul(dy, np.transpose(values)) * kernels
            inverse = np.linalg.inv(cho_cov)
            pulled = -np.expand_dims(slope, -1) * np.matmul(units, inverse)
            scatter = np.einsum("ji,jia,jib->ab", slope, units, units)
            d_cho = np.matmul(np.transpose(inverse), scatter)
            d_cho = np.tril(d_cho) - np.diag(np.sum(slope) / np.diagonal(cho_cov))
            return (
                project(-np.sum(pulled, 0), points),
                project(np.matmul(np.transpose(kernels), dy), values),
                project(np.sum(pulled, 1), xi),
                project(d_cho, cho_cov),
                None,
            )

        return y, kernels_back


for _estimate, _is_log in (
    (_stats.gaussian_kernel_estimate, False),
    (_stats.gaussian_kernel_estimate_log, True),
):
    for _spec in ("float", "double"):
        _register_kernels(_estimate[_spec], _is_log)


# ------------------------------------------------------------------ rank statistics

nondifferentiable(_all_inside, _all_within, _constant, _quantile)
nondifferentiable(
    st.spearmanr, st.kendalltau, st.weightedtau, st.somersd, st.rankdata, st.mannwhitneyu,
    st.wilcoxon, st.kruskal, st.friedmanchisquare, st.brunnermunzel, st.mood, st.ansari, st.fligner,
    st.ranksums, st.percentileofscore, st.ks_2samp,
)  # fmt: skip
