"""Rules for draws from `numpy.random`: derivatives of each draw with respect to the parameters.

A draw is a function of its parameters and of the state of its generator.  Where the
generator turns uniform numbers into draws smoothly (a location and a scale, an inverse
distribution function), the derivative of that function is the *pathwise* gradient: its
mean is the derivative of the mean (Glasserman 2004, section 7.2).  Where it rejects and
tries again, or the draws are whole numbers, there is none, and a gradient that needs it is
an error.

The value is that of the plain call.  Numbers that a pullback needs besides are drawn
again, with standard parameters, by a generator in the state in which the call found its own.
"""

import numpy as np

from ...errors import UnsupportedError
from ..broadcasting import guarded_mul, project, refuse
from ..registry import adjoint, each, lowering, nondifferentiable
from ._indexing import scatter

__all__ = []

KINDS = (np.random.Generator, np.random.RandomState)


def methods(name):
    """The method of that name of each kind of generators."""
    return [getattr(kind, name) for kind in KINDS if hasattr(kind, name)]


class Again:
    """The generator as it is now, to draw the same once more."""

    __slots__ = ("bits", "state")

    def __init__(self, generator):
        if isinstance(generator, np.random.RandomState):
            self.bits, self.state = None, generator.get_state(legacy=False)
        else:
            self.bits = type(generator.bit_generator)
            self.state = generator.bit_generator.state

    def __call__(self):
        try:
            if self.bits is None:
                generator = np.random.RandomState(0)
                generator.set_state(self.state)
                return generator
            bits = self.bits(0)
            bits.state = self.state
        except (TypeError, ValueError) as error:
            raise UnsupportedError(
                f"draws of a generator of the type {self.state.get('bit_generator')} cannot be "
                "repeated, which their derivative needs"
            ) from error
        return np.random.Generator(bits)


def again(generator):
    return Again(generator)


def repeated(draws, name, *args):
    """What a method draws from where `draws` says."""
    return getattr(draws(), name)(*args)


nondifferentiable(again, repeated)


def pathwise(name):
    """Registers a rule for a method of both kinds of generators."""
    return adjoint(*methods(name))


def shares(name, *pairs):
    """The pullback of a draw: ``(parameter, derivative)`` of each parameter, as a function.

    `None` for the derivative: there is none.
    """

    def part(x, derivative):
        if derivative is None:
            return refuse(f"a draw of {name} with respect to all of its parameters")
        return lambda dy: project(guarded_mul(dy, derivative()), x)

    return each(None, *[part(x, derivative) for x, derivative in pairs])


def _one():
    return 1.0


# --------------------------------------------------------------- location and scale


def _register_location_scale(name):
    def location_scale_rule(gen, loc=0.0, scale=1.0, size=None):
        draws = again(gen)
        y = getattr(gen, name)(loc, scale, size)
        shape = np.shape(y)
        return y, shares(name, (loc, _one), (scale, lambda: repeated(draws, name, 0.0, 1.0, shape)))

    pathwise(name)(location_scale_rule)


for _name in ("normal", "gumbel", "laplace", "logistic"):
    _register_location_scale(_name)


@pathwise("uniform")
def uniform_rule(gen, low=0.0, high=1.0, size=None):
    draws = again(gen)
    y = gen.uniform(low, high, size)
    shape = np.shape(y)

    def up():
        return repeated(draws, "uniform", 0.0, 1.0, shape)

    return y, shares("uniform", (low, lambda: 1 - up()), (high, up))


@pathwise("lognormal")
def lognormal_rule(gen, mean=0.0, sigma=1.0, size=None):
    draws = again(gen)
    y = gen.lognormal(mean, sigma, size)
    shape = np.shape(y)
    return y, shares(
        "lognormal",
        (mean, lambda: y),
        (sigma, lambda: y * repeated(draws, "normal", 0.0, 1.0, shape)),
    )


def of_a_scale(name):
    """The rule for a draw that is a multiple of its scale, its only parameter."""

    @pathwise(name)
    def scale_rule(gen, scale=1.0, size=None):
        draws = again(gen)
        y = getattr(gen, name)(scale, size)
        shape = np.shape(y)
        return y, shares(name, (scale, lambda: repeated(draws, name, 1.0, shape)))


of_a_scale("exponential")
of_a_scale("rayleigh")


@pathwise("gamma")
def gamma_rule(gen, shape, scale=1.0, size=None):
    draws = again(gen)
    y = gen.gamma(shape, scale, size)
    out = np.shape(y)
    form = np.array(shape)
    return y, shares(
        "gamma", (shape, None), (scale, lambda: repeated(draws, "gamma", form, 1.0, out))
    )


@pathwise("vonmises")
def vonmises_rule(gen, mu, kappa, size=None):
    return gen.vonmises(mu, kappa, size), shares("vonmises", (mu, _one), (kappa, None))


# ------------------------------------------------- inverse distribution functions


@pathwise("weibull")
def weibull_rule(gen, a, size=None):
    y = gen.weibull(a, size)  # E**(1/a), E exponential
    return y, shares("weibull", (a, lambda: -y * _log(y) / np.asarray(a)))


@pathwise("power")
def power_rule(gen, a, size=None):
    y = gen.power(a, size)  # U**(1/a), U uniform
    return y, shares("power", (a, lambda: -y * _log(y) / np.asarray(a)))


@pathwise("pareto")
def pareto_rule(gen, a, size=None):
    y = gen.pareto(a, size)  # expm1(E/a)
    return y, shares("pareto", (a, lambda: -(1 + y) * np.log1p(y) / np.asarray(a)))


def _log(y):
    return np.log(np.where(np.equal(y, 0), 1, y))


@pathwise("triangular")
def triangular_rule(gen, left, mode, right, size=None):
    y = gen.triangular(left, mode, right, size)
    rising = np.less_equal(y, mode)

    def slope_of(i):
        """From ``(y - left)**2 = U (mode - left)(right - left)``, or the same mirrored."""

        def slope():
            base = np.asarray(right) - left
            near = np.where(rising, np.asarray(mode) - left, np.asarray(right) - mode)
            near = np.where(np.equal(near, 0), 1, near)
            half = 0.5 * np.where(rising, y - left, right - y)
            by_near, by_base = half / near, half / base
            up = (1 - by_near - by_base, by_near, by_base)
            down = (by_base, by_near, 1 - by_near - by_base)
            return np.where(rising, up[i], down[i])

        return slope

    return y, shares("triangular", *[(x, slope_of(i))
                                     for i, x in enumerate((left, mode, right))])  # fmt: skip


# ---------------------------------------------------------------- several variables


def _solved_rows(factor, rows):
    """``factor**-1 @ rows`` for a square factor."""
    return np.linalg.solve(factor, rows)


def _through_cholesky(cov, dfactor):
    """The cotangent of a covariance from that of its Cholesky factor (Murray 2016)."""
    lower = np.linalg.cholesky(cov)
    phi = np.tril(np.matmul(np.swapaxes(lower, -1, -2), dfactor))
    phi = phi - 0.5 * np.diag(np.diagonal(phi))
    inner = _solved_rows(np.swapaxes(lower, -1, -2), phi)
    return np.transpose(_solved_rows(np.swapaxes(lower, -1, -2), np.transpose(inner)))


def _through_roots(cov, dfactor):
    """The same of ``u * sqrt(s)`` for the singular vectors and values of a covariance."""
    u, s, _ = np.linalg.svd(cov)
    gaps = s[None, :] - s[:, None]
    if np.any(np.less(np.abs(gaps + np.eye(len(s))), 1e-10 * s[0])) or np.any(np.equal(s, 0)):
        raise UnsupportedError(
            "a draw of multivariate_normal has no derivative with respect to a covariance with "
            'equal or zero eigenvalues: draw with method="cholesky"'
        )
    root = np.sqrt(s)
    turned = np.matmul(np.transpose(u), dfactor)
    off = 1 - np.eye(len(s))
    inner = turned * root * off / (gaps + np.eye(len(s)))
    inner = inner + np.diag(np.diagonal(turned) * 0.5 / root)
    return np.matmul(np.matmul(u, inner), np.transpose(u))


@pathwise("multivariate_normal")
def multivariate_normal_rule(gen, mean, cov, size=None, *args, **options):
    """A covariance is symmetric, and so is its gradient."""
    draws = again(gen)
    y = gen.multivariate_normal(mean, cov, size, *args, **options)
    shape = np.shape(y)
    method = options.get("method", "svd")

    def mean_back(dy):
        return project(dy, mean)

    def cov_back(dy):
        if method not in ("svd", "cholesky"):
            raise UnsupportedError(
                f"multivariate_normal(..., method={method!r}) cannot be differentiated with "
                'respect to the covariance: draw with method="cholesky"'
            )
        rows = np.reshape(repeated(draws, "standard_normal", shape), (-1, shape[-1]))
        dfactor = np.matmul(np.transpose(np.reshape(dy, rows.shape)), rows)
        through = _through_cholesky if method == "cholesky" else _through_roots
        dcov = through(np.asarray(cov), dfactor)
        return project(0.5 * (dcov + np.transpose(dcov)), cov)

    return y, each(None, mean_back, cov_back)


# ------------------------------------------------------------- orders and selections


def _places(x):
    """Room for the number of each element; laid out like `x`, on which some draws depend."""
    return np.empty_like(x, dtype=np.intp)


def _picked(draws, name, places, args, options):
    """Where the elements come from, in the flattened array: the same draw of their numbers says."""
    places[...] = np.arange(places.size).reshape(places.shape)
    return np.ravel(getattr(draws(), name)(places, *args, **options))


def _selected_back(x, draws, name, args, options):
    """The cotangent of an array that elements were picked from."""
    places = _places(x)

    def selected_back(dy):
        source = _picked(draws, name, places, args, options)
        dx = scatter(np.ravel(dy), source, (places.size,))
        return project(np.reshape(dx, places.shape), x)

    return selected_back


def _register_selection(name):
    def selection_rule(gen, x, *args, **options):
        draws = again(gen)
        y = getattr(gen, name)(x, *args, **options)
        if np.ndim(x) == 0:
            return y, None
        return y, each(None, _selected_back(x, draws, name, args, options))

    pathwise(name)(selection_rule)


nondifferentiable(_places, _picked)


for _name in ("permutation", "permuted"):
    _register_selection(_name)


@pathwise("choice")
def choice_rule(gen, a, size=None, replace=True, p=None, *args, **options):
    draws = again(gen)
    y = gen.choice(a, size, replace, p, *args, **options)
    chances = refuse("a choice with respect to its probabilities")
    if np.ndim(a) == 0:
        return y, each(None, None, None, None, chances)
    given = (size, replace, None if p is None else np.array(p), *args)
    a_back = _selected_back(a, draws, "choice", given, options)
    return y, each(None, a_back, None, None, chances)


@lowering(*methods("shuffle"))
def shuffle_lowering(gen, x, *axis, **options):
    if isinstance(x, np.ndarray):
        places = _places(x)
        places[...] = np.arange(x.size).reshape(x.shape)
        gen.shuffle(places, *axis, **options)
        x[...] = np.take(x, places)
        return None
    order = list(range(len(x)))
    gen.shuffle(order, *axis, **options)
    items = [x[i] for i in order]
    for i, item in enumerate(items):
        x[i] = item
    return None


# ------------------------------------------------------------------- no pathwise gradient


def _register_refusal(name):
    def refusal_rule(gen, *args, **options):
        return getattr(gen, name)(*args, **options), refuse(
            f"a draw of {name} with respect to its parameters: "
            "draws are rejected on the way, or are whole numbers"
        )

    pathwise(name)(refusal_rule)


for _name in (
    "beta binomial chisquare dirichlet f geometric hypergeometric logseries multinomial "
    "negative_binomial noncentral_chisquare noncentral_f poisson standard_gamma standard_t wald "
    "zipf"
).split():
    _register_refusal(_name)
