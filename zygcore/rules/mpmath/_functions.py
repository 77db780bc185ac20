"""Rules for the functions of `mpmath.mp`, by their partial derivatives.

``function(name, p0, p1 ...)`` declares ``p_i(ctx, *args, y)``, the derivative with respect to the
i-th argument; ``None`` is one that is not known.  Arguments are numbers of mpmath's there.
The formulas are those of the NIST Digital Library of Mathematical Functions (DLMF).
"""

import mpmath
from mpmath.ctx_mp import MPContext
from mpmath.ctx_mp_python import mpnumeric

from ...errors import AdjointError
from ..broadcasting import conj, guarded_mul, project
from ..registry import adjoint, each, nondifferentiable
from ._numbers import Plain

__all__ = ["function", "function_of"]

#: function -> the position of its argument `derivative`
_DERIVATIVE_AT = dict(besselj=2, bessely=2, besseli=2, airyai=1, airybi=1, zeta=2)

#: options that are about how a value is computed
_HOW = {"prec", "dps", "rounding", "exact", "maxterms", "maxprec", "zeroprec", "verbose"}


def function_of(name):
    """The function behind a name of `mpmath.mp`, and whether it has the context as an argument."""
    method = getattr(mpmath.mp, name)
    return getattr(method, "__func__", method), hasattr(method, "__func__")


def function(names, *partials):
    """Rules for functions that have the same derivatives."""
    for name in names.split():
        if not hasattr(mpmath.mp, name):
            continue  # of another version
        target, bound = function_of(name)
        (_bound if bound else _free)(name, target, partials)


def _bound(name, target, partials):
    def mp_rule(ctx: MPContext, *args, **options):
        y = target(ctx, *args, **options)
        if options.get("derivative") and _DERIVATIVE_AT.get(name) == len(args):
            *backs, _ = pulls(name, partials, ctx, (*args, options["derivative"]), {}, y)
            return y, each(None, *backs)
        return y, each(None, *pulls(name, partials, ctx, args, options, y))

    adjoint(target)(mp_rule)


def _free(name, target, partials):
    def mp_rule(*args, **options):
        y = target(*args, **options)
        return y, each(*pulls(name, partials, mpmath.mp, args, options, y))

    adjoint(target)(mp_rule)


def pulls(name, partials, ctx, args, options, y):
    """The pullback in parts."""
    unknown = sorted(options.keys() - _HOW)
    known = partials + (None,) * (len(args) - len(partials))
    if unknown:
        known = (None,) * len(args)
    return [pull(name, known[i], ctx, args, y, i) for i in range(len(args))]


def pull(name, partial, ctx, args, y, i):
    def mp_back(dy):
        p = (
            NotImplemented
            if partial is None
            else partial(ctx, *[as_number(ctx, x) for x in args], y)
        )
        if p is NotImplemented:
            raise AdjointError(
                f"the derivative of mpmath.{name} with respect to argument {i} is not known for "
                "these arguments; register an adjoint for it with zygcore.adjoint, or use "
                "zygcore.dropgrad if it should be a constant"
            )
        return project(guarded_mul(dy, conj(p)), args[i])

    return mp_back


def as_number(ctx, x):
    return ctx.convert(x) if isinstance(x, mpnumeric | Plain) else x


def root_of_one_minus_square(c, x):
    """As a product of roots, which is on the right side of the branch cuts."""
    return c.sqrt(1 - x) * c.sqrt(1 + x)


# -- elementary ----------------------------------------------------------------------------

function("exp", lambda c, x, y: y)
function("expm1", lambda c, x, y: c.exp(x))
function("ln", lambda c, x, y: 1 / x)
function(
    "log",
    lambda c, x, *by: 1 / (x * c.ln(by[0]) if len(by) > 1 else x),
    lambda c, x, b, y: -y / (b * c.ln(b)),
)
function("log10", lambda c, x, y: 1 / (x * c.ln(10)))
function("log1p", lambda c, x, y: 1 / (1 + x))
function("sqrt", lambda c, x, y: 1 / (2 * y) if y else c.inf)
function("cbrt", lambda c, x, y: y / (3 * x) if x else c.inf)
function("root nthroot", lambda c, x, n, *ky: ky[-1] / (n * x) if x else c.inf)
function("expj", lambda c, x, y: c.j * y)
function("expjpi", lambda c, x, y: c.j * c.pi * y)
function("sin", lambda c, x, y: c.cos(x))
function("cos", lambda c, x, y: -c.sin(x))
function("tan", lambda c, x, y: 1 + y * y)
function("sinh", lambda c, x, y: c.cosh(x))
function("cosh", lambda c, x, y: c.sinh(x))
function("tanh", lambda c, x, y: 1 - y * y)
function("sinpi", lambda c, x, y: c.pi * c.cospi(x))
function("cospi", lambda c, x, y: -c.pi * c.sinpi(x))
function("asin", lambda c, x, y: 1 / root_of_one_minus_square(c, x))
function("acos", lambda c, x, y: -1 / root_of_one_minus_square(c, x))
function("atan", lambda c, x, y: 1 / (1 + x * x))
function("asinh", lambda c, x, y: 1 / (c.sqrt(1 + c.j * x) * c.sqrt(1 - c.j * x)))
function("acosh", lambda c, x, y: 1 / (c.sqrt(x - 1) * c.sqrt(x + 1)))
function("atanh", lambda c, x, y: 1 / ((1 - x) * (1 + x)))
function("atan2", lambda c, y, x, z: x / (x * x + y * y), lambda c, y, x, z: -y / (x * x + y * y))
function("hypot", lambda c, x, y, z: x / z if z else z, lambda c, x, y, z: y / z if z else z)
function("sinc", lambda c, x, y: (c.cos(x) - y) / x if x else -x / 3)
function("sincpi", lambda c, x, y: (c.cospi(x) - y) / x if x else -(c.pi**2) * x / 3)
function("powm1", lambda c, x, y, z: y * x ** (y - 1), lambda c, x, y, z: (1 + z) * c.ln(x))
function("fadd", lambda c, x, y, z: 1, lambda c, x, y, z: 1)
function("fsub", lambda c, x, y, z: 1, lambda c, x, y, z: -1)
function("fmul", lambda c, x, y, z: y, lambda c, x, y, z: x)
function("fdiv", lambda c, x, y, z: 1 / y, lambda c, x, y, z: -z / y)
function("fneg", lambda c, x, y: -1)
function("ldexp", lambda c, x, n, y: c.mpf(2) ** n)
function("frac", lambda c, x, y: 1)
function("sigmoid", lambda c, x, y: y * (1 - y))

# -- gamma and its relatives ---------------------------------------------------------------


def rgamma_slope(c, x, y):
    """1/gamma is entire: at its zeros -n the slope is (-1)^n n! (DLMF 5.2(i))."""
    n = -x.real
    if y == 0 and c.isint(x) and n >= 0:
        return (-1) ** int(n) * c.factorial(n)
    return -y * c.digamma(x)


function("gamma", lambda c, x, y: y * c.digamma(x))
function("rgamma", rgamma_slope)
function("loggamma", lambda c, x, y: c.digamma(x))
function("fac factorial", lambda c, x, y: y * c.digamma(x + 1))
function("digamma", lambda c, x, y: c.psi(1, x))
function("psi polygamma", None, lambda c, n, x, y: c.psi(n + 1, x))
function("harmonic", lambda c, x, y: c.psi(1, x + 1))
function(
    "beta",
    lambda c, a, b, y: y * (c.digamma(a) - c.digamma(a + b)),
    lambda c, a, b, y: y * (c.digamma(b) - c.digamma(a + b)),
)
function(
    "binomial",
    lambda c, n, k, y: y * (c.digamma(n + 1) - c.digamma(n - k + 1)),
    lambda c, n, k, y: y * (c.digamma(n - k + 1) - c.digamma(k + 1)),
)
function(
    "rf",
    lambda c, x, n, y: y * (c.digamma(x + n) - c.digamma(x)),
    lambda c, x, n, y: y * c.digamma(x + n),
)
function(
    "ff",
    lambda c, x, n, y: y * (c.digamma(x + 1) - c.digamma(x - n + 1)),
    lambda c, x, n, y: y * c.digamma(x - n + 1),
)


def incomplete(sign):
    """DLMF 8.8.13: the integrand at a bound."""

    def partial(c, z, *bounds_y):
        t = bounds_y[0 if sign < 0 else 1]
        if len(bounds_y) > 3:  # regularized
            return NotImplemented
        return sign * t ** (z - 1) * c.exp(-t) if not c.isinf(t) else 0

    return partial


function("gammainc", None, incomplete(-1), incomplete(1))

# -- zeta ----------------------------------------------------------------------------------


def zeta_s(c, s, *rest):
    *parameters, y = rest
    a, n = (*parameters, *(1, 0)[len(parameters) :])[:2]
    return c.zeta(s, a, n + 1)


def zeta_a(c, s, a, *rest):
    return -s * c.zeta(s + 1, a) if len(rest) == 1 or rest[0] == 0 else NotImplemented


function("zeta hurwitz", zeta_s, zeta_a)
function("polylog", None, lambda c, s, z, y: c.polylog(s - 1, z) / z if z else c.one)

# -- integrals -----------------------------------------------------------------------------

function("erf", lambda c, x, y: 2 * c.exp(-x * x) / c.sqrt(c.pi))
function("erfc", lambda c, x, y: -2 * c.exp(-x * x) / c.sqrt(c.pi))
function("erfi", lambda c, x, y: 2 * c.exp(x * x) / c.sqrt(c.pi))
function("erfinv", lambda c, x, y: c.sqrt(c.pi) * c.exp(y * y) / 2)
function("ei", lambda c, x, y: c.exp(x) / x)
function("e1", lambda c, x, y: -c.exp(-x) / x)
function("li", lambda c, x, *offset_y: 1 / c.ln(x))
function("expint", None, lambda c, n, x, y: -c.expint(n - 1, x))
function("si", lambda c, x, y: c.sinc(x))
function("ci", lambda c, x, y: c.cos(x) / x)
function("shi", lambda c, x, y: c.sinh(x) / x if x else c.one)
function("chi", lambda c, x, y: c.cosh(x) / x)
function("fresnels", lambda c, x, y: c.sin(c.pi * x * x / 2))
function("fresnelc", lambda c, x, y: c.cos(c.pi * x * x / 2))
function("lambertw", lambda c, z, *ky: c.exp(-ky[-1]) / (1 + ky[-1]))


def normal(c, x, mu=0, sigma=1):
    return c.npdf(x, mu, sigma)


# the last argument is the value
function(
    "npdf",
    lambda c, x, *r: -r[-1] * standard(c, x, r) / spread(r),
    lambda c, x, *r: r[-1] * standard(c, x, r) / spread(r),
    lambda c, x, *r: r[-1] * (standard(c, x, r) ** 2 - 1) / spread(r),
)
function(
    "ncdf",
    lambda c, x, *r: c.npdf(x, *r[:-1]),
    lambda c, x, *r: -c.npdf(x, *r[:-1]),
    lambda c, x, *r: -c.npdf(x, *r[:-1]) * standard(c, x, r),
)


def spread(rest):
    return rest[1] if len(rest) > 2 else 1


def standard(c, x, rest):
    return (x - (rest[0] if len(rest) > 1 else 0)) / spread(rest)


# -- Bessel, Airy: DLMF 10.6, 9.2; with the order of the derivative as an argument ------------


def next_derivative(name):
    return lambda c, n, x, *rest: getattr(c, name)(n, x, (rest[0] if len(rest) > 1 else 0) + 1)


def next_airy(name):
    return lambda c, x, *rest: getattr(c, name)(x, (rest[0] if len(rest) > 1 else 0) + 1)


for _name in ("besselj", "bessely", "besseli"):
    function(_name, None, next_derivative(_name))
for _name in ("airyai", "airybi"):
    function(_name, next_airy(_name))
function("j0", lambda c, x, y: -c.besselj(1, x))
function("j1", lambda c, x, y: c.besselj(1, x, 1))
function("besselk", None, lambda c, n, x, y: -(c.besselk(n - 1, x) + c.besselk(n + 1, x)) / 2)
function("hankel1", None, lambda c, n, x, y: (c.hankel1(n - 1, x) - c.hankel1(n + 1, x)) / 2)
function("hankel2", None, lambda c, n, x, y: (c.hankel2(n - 1, x) - c.hankel2(n + 1, x)) / 2)

# -- hypergeometric, orthogonal, elliptic: DLMF 16.3.1, 18.9(iii), 19.4(i) ----------------------

function("hyp0f1", None, lambda c, a, z, y: c.hyp0f1(a + 1, z) / a)
function("hyp1f1", None, None, lambda c, a, b, z, y: a / b * c.hyp1f1(a + 1, b + 1, z))
function(
    "hyp2f1",
    None,
    None,
    None,
    lambda c, a, b, d, z, y: a * b / d * c.hyp2f1(a + 1, b + 1, d + 1, z),
)
function("hyperu", None, None, lambda c, a, b, z, y: -a * c.hyperu(a + 1, b + 1, z))


def hyper_slope(c, a, b, z, y):
    a, b = [[c.convert(x) for x in xs] for xs in (a, b)]
    return c.fprod(a) / c.fprod(b) * c.hyper([x + 1 for x in a], [x + 1 for x in b], z)


function("hyper", None, None, hyper_slope)
function("chebyu", None, lambda c, n, x, y: 2 * c.gegenbauer(n - 1, 2, x) if n else c.zero)
function("chebyt", None, lambda c, n, x, y: n * c.chebyu(n - 1, x) if n else c.zero)
function("hermite", None, lambda c, n, x, y: 2 * n * c.hermite(n - 1, x) if n else c.zero)
function("legendre", None, lambda c, n, x, y: c.gegenbauer(n - 1, 1.5, x) if n else c.zero)
function(
    "gegenbauer",
    None,
    None,
    lambda c, n, a, x, y: 2 * a * c.gegenbauer(n - 1, a + 1, x) if n else c.zero,
)
function(
    "laguerre", None, None, lambda c, n, a, x, y: -c.laguerre(n - 1, a + 1, x) if n else c.zero
)
function(
    "jacobi",
    None,
    None,
    None,
    lambda c, n, a, b, x, y: (
        (n + a + b + 1) / 2 * c.jacobi(n - 1, a + 1, b + 1, x) if n else c.zero
    ),
)
function("ellipk", lambda c, m, y: (c.ellipe(m) / (1 - m) - y) / (2 * m) if m else c.pi / 8)


def ellipe_first(c, first, *rest):
    if len(rest) == 1:  # of the parameter only
        m, y = first, rest[0]
        return (y - c.ellipk(m)) / (2 * m) if m else -c.pi / 8
    return c.sqrt(1 - rest[0] * c.sin(first) ** 2)


function(
    "ellipe",
    ellipe_first,
    lambda c, phi, m, y: (y - c.ellipf(phi, m)) / (2 * m) if m else NotImplemented,
)
function("ellipf", lambda c, phi, m, y: 1 / c.sqrt(1 - m * c.sin(phi) ** 2))

# -- parts of complex numbers --------------------------------------------------------------------

function("sign", lambda c, x, y: 0 if c._is_real_type(x) else NotImplemented)


@adjoint(function_of("arg")[0], function_of("phase")[0])
def mp_arg_rule(ctx: MPContext, z):
    def arg_back(dy):
        w = ctx.convert(z)
        size = abs(w)
        return None, project(dy * ctx.j * w / (size * size) if size else 0 * w, z)

    return ctx.arg(z), arg_back


@adjoint(function_of("cos_sin")[0])
def mp_cos_sin_rule(ctx: MPContext, x, **options):
    pair = ctx.cos_sin(x, **options)

    def cos_sin_back(dy):
        c, s = ctx.cos_sin(ctx.convert(x))
        dx = 0
        if dy[0] is not None:
            dx = dx - guarded_mul(dy[0], conj(s))
        if dy[1] is not None:
            dx = dx + guarded_mul(dy[1], conj(c))
        return None, project(dx, x)

    return pair, cos_sin_back


nondifferentiable(
    *[
        function_of(name)[0]
        for name in "floor ceil nint isnan isinf isfinite isint isnormal isnpint mag nint_distance "
        "almosteq".split()
    ]
)
