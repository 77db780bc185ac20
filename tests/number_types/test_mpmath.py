"""mpmath: fifty digits.

The derivatives to compare with are mpmath's own, from differences of the same function with many
more digits, or in closed form.
"""

import copy

import mpmath
import pytest
from mpmath import mp, mpc, mpf

import zygcore as zg
from zygcore.errors import AdjointError, OutputError, RuleError, UnsupportedError
from zygcore.testing import check_adjoint


@pytest.fixture(autouse=True)
def fifty_digits():
    with mp.workdps(50):
        yield


ACCURACY = mpf(10) ** -45


def agree(f, x, orders=(1, 2)):
    y, (g,) = zg.withgradient(f, x)
    assert y == f(x)
    slopes = [g]
    if 2 in orders:
        slopes.append(zg.gradient(lambda x: zg.gradient(f, x)[0], x)[0])
    for order, found in enumerate(slopes, 1):
        with mp.workdps(80):
            known = mpmath.diff(f, x, order)
        if found is None and order == 2:  # the slope does not depend on x
            assert abs(known) < ACCURACY
            continue
        assert type(found) is type(x)
        assert abs(found - known) <= ACCURACY * max(1, abs(known)), (order, found, known)


OF_ONE = (
    "exp expm1 ln log log10 log1p sqrt cbrt sin cos tan sinh cosh tanh sinpi cospi asin acos atan "
    "asinh atanh sinc sincpi gamma rgamma loggamma factorial fac digamma harmonic zeta erf erfc "
    "erfi erfinv ei e1 li si ci shi chi fresnels fresnelc lambertw npdf ncdf airyai airybi j0 j1 "
    "ellipk ellipe sec csc cot sech csch coth acot asech acsch degrees radians sigmoid frac fabs"
).split()


@pytest.mark.parametrize("name", [name for name in OF_ONE if hasattr(mp, name)])
def test_functions(name):
    agree(getattr(mp, name), mpf("0.7"))


@pytest.mark.parametrize("name", "asec acsc acosh acoth zeta gamma".split())
def test_functions_beyond_one(name):
    agree(getattr(mp, name), mpf("1.7"))


OF_MORE = {
    "log to a base": lambda x: mp.log(x, 2),
    "log of a base": lambda x: mp.log(3, x),
    "root": lambda x: mp.root(x, 3),
    "nthroot": lambda x: mp.nthroot(x, 5),
    "power": lambda x: mp.power(x, x),
    "powm1": lambda x: mp.powm1(x, 3),
    "atan2": lambda x: mp.atan2(x, x * x),
    "hypot": lambda x: mp.hypot(x, x * x),
    "besselj": lambda x: mp.besselj(1, x),
    "besselj of half an order": lambda x: mp.besselj(0.5, x),
    "besselj, derivative": lambda x: mp.besselj(1, x, derivative=1),
    "bessely": lambda x: mp.bessely(2, x),
    "besseli": lambda x: mp.besseli(2, x),
    "besselk": lambda x: mp.besselk(2, x),
    "hankel1": lambda x: mp.hankel1(2, x).imag,
    "hankel2": lambda x: mp.hankel2(2, x).imag,
    "airyai, derivative": lambda x: mp.airyai(x, derivative=1),
    "psi": lambda x: mp.psi(2, x),
    "beta": lambda x: mp.beta(x, 2 * x),
    "binomial": lambda x: mp.binomial(5, x) * mp.binomial(x, 2),
    "rising": lambda x: mp.rf(x, 3),
    "falling": lambda x: mp.ff(x, 3),
    "gammainc": lambda x: mp.gammainc(2, x) * mp.gammainc(2.5, x, 3),
    "gammainc, upper": lambda x: mp.gammainc(2, 0, x),
    "hurwitz": lambda x: mp.zeta(3, x),
    "polylog": lambda x: mp.polylog(2, x),
    "expint": lambda x: mp.expint(3, x),
    "hyp0f1": lambda x: mp.hyp0f1(2, x),
    "hyp1f1": lambda x: mp.hyp1f1(1, 2.5, x),
    "hyp2f1": lambda x: mp.hyp2f1(1, 2, 3.5, x),
    "hyperu": lambda x: mp.hyperu(2, 1.5, x),
    "hyper": lambda x: mp.hyper([1, 2], [3], x),
    "legendre": lambda x: mp.legendre(3, x),
    "chebyt": lambda x: mp.chebyt(4, x),
    "chebyu": lambda x: mp.chebyu(4, x),
    "hermite": lambda x: mp.hermite(3, x),
    "laguerre": lambda x: mp.laguerre(3, 1, x),
    "gegenbauer": lambda x: mp.gegenbauer(3, 1.5, x),
    "jacobi": lambda x: mp.jacobi(3, 1, 2, x),
    "ellipf": lambda x: mp.ellipf(x, 0.3),
    "ellipe": lambda x: mp.ellipe(x, 0.3),
    "npdf": lambda x: mp.npdf(1, x, 2 * x),
    "ncdf": lambda x: mp.ncdf(1, x, 2 * x),
    "cos_sin": lambda x: mp.cos_sin(x)[0] * mp.cos_sin(x)[1],
    "ldexp": lambda x: mp.ldexp(x * x, 3),
    "diff of a function": lambda x: mp.diff(mp.sin, x),
    "f operators": lambda x: mp.fadd(x, x * x) * mp.fmul(x, 3) / mp.fdiv(1, x) - mp.fneg(x),
    "precision of one call": lambda x: mp.sqrt(mp.fsub(2, x, exact=True)),
}


@pytest.mark.parametrize("name", OF_MORE)
def test_functions_of_more(name):
    agree(OF_MORE[name], mpf("0.7"))


def newton(x):
    y, before = mpf(1), mpf(0)
    while abs(y - before) > mpf(10) ** -30:
        y, before = (y + x / y) / 2, y
    return (y + x / y) / 2


def in_place(x):
    s = mpf(0)
    for _ in range(3):
        s += x
        s *= x
        s -= 1
        s /= 3
    return s


PROGRAMS = {
    "operators": lambda x: 3 / x - x / 3 + 2 - x + 1.5 * x - x**2.5 + 2.5**x - x**-2,
    "signs": lambda x: +x * -x + abs(-x),
    "remainder": lambda x: (5 * x) % 1 * x,
    "constants": lambda x: mp.pi * x + mp.e**x,
    "in place": in_place,
    "converted": lambda x: mp.mpf(x) * mp.mpmathify(x) * mp.convert(x),
    "methods": lambda x: x.sqrt() * x.conjugate() * x.real + x.imag,
    "lists": lambda x: [x, x * x][1] * {"a": x}["a"],
    "copies": lambda x: copy.deepcopy([x])[0] * copy.copy(x) * x,
    "max": lambda x: max(x, x * x),
    "series": lambda x: sum(x**k / mp.fac(k) for k in range(10)),
    "rounded": lambda x: mp.floor(5 * x) * x + int(5 * x) * x,
    "fsum": lambda x: mp.fsum([x, x * x, 1]),
    "fsum of squares": lambda x: mp.fsum((x**k for k in range(4)), squared=True),
    "fsum of sizes": lambda x: mp.fsum([-x, x * x], absolute=True),
    "fdot": lambda x: mp.fdot([x, 2], [x * x, x]) + mp.fdot((x, k) for k in range(3)),
    "fprod": lambda x: mp.fprod([x, x, 2]),
    "linspace": lambda x: mp.fsum(mp.linspace(x, 2, 5)),
    "polyval": lambda x: mp.polyval([1, 2, x], x),
    "printed": lambda x: (mp.nstr(x, 5), x * x)[1],
    "complex": lambda x: abs((1 + 2j) * x + x**2 * 1j),
    "parts": lambda x: (mp.mpc(x, 2 * x) ** 3).imag + mp.re(mp.mpc(x, 1)) + mp.im(mpc(1, x)) ** 2,
    "argument": lambda x: mp.arg(mp.mpc(x, x * x)) + mp.polar(mp.mpc(x, 1))[1],
    "rect": lambda x: mp.rect(x, x).real,
    "expj": lambda x: mp.expj(x).real,
    "conj": lambda x: (mp.conj(mp.mpc(1, x)) * mp.mpc(x, x)).imag,
    "complex roots of reals": lambda x: mp.sqrt(-x).imag + mp.log(-x).real,
    "det": lambda x: mp.det(mp.matrix([[x, 1], [2, x * x]])),
    "lu_solve": lambda x: mp.lu_solve(mp.matrix([[x, 1], [2, 3]]), mp.matrix([1, x]))[0],
    "inverse": lambda x: (mp.matrix([[x, 1], [2, 3]]) ** -1)[0, 1],
    "product": lambda x: (mp.matrix([[x, 1], [2, 3]]) * mp.matrix([x, 2]))[1],
    "norm": lambda x: mp.norm(mp.matrix([x, 2]), 2),
    "findroot": lambda x: mp.findroot(lambda t: t**3 + t - x, 1),
    "findroot of cos": lambda x: mp.findroot(lambda t: mp.cos(t) - x * t, 0.8) * x,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    agree(PROGRAMS[name], mpf("0.7"))


#: an integral, and what it is
INTEGRALS = {
    "of a parameter": (
        lambda x: mp.quad(lambda t: mp.exp(-x * t), [0, 1]),
        lambda x: (1 - mp.exp(-x)) / x,
    ),
    "to a bound": (lambda x: mp.quad(mp.cos, [0, x * x]), lambda x: mp.sin(x * x)),
    "from a bound": (
        lambda x: mp.quad(lambda t: mp.exp(-x * t), [x, 2, mp.inf]),
        lambda x: mp.exp(-x * x) / x,
    ),
    "from below": (lambda x: mp.quad(mp.exp, [-mp.inf, 0, x * x]), lambda x: mp.exp(x * x)),
    "with a kink": (
        lambda x: mp.quad(lambda t: abs(t) * x, [-x, 0, 1]),
        lambda x: (x + x**3) / 2,
    ),
    "of two variables": (
        lambda x: mp.quadgl(lambda s, t: s * mp.exp(-x * t), [0, 1], [0, 2]),
        lambda x: (1 - mp.exp(-2 * x)) / (2 * x),
    ),
    "Gauss-Legendre": (
        lambda x: mp.quadgl(lambda t: mp.exp(-x * t), [0, 1]),
        lambda x: (1 - mp.exp(-x)) / x,
    ),
}


@pytest.mark.parametrize("name", INTEGRALS)
def test_integrals(name):
    f, known = INTEGRALS[name]
    x = mpf("0.7")
    y, (g,) = zg.withgradient(f, x)
    assert y == f(x)
    assert abs(g - mpmath.diff(known, x)) < ACCURACY
    (h,) = zg.gradient(lambda x: zg.gradient(f, x)[0], x)
    assert abs(h - mpmath.diff(known, x, 2)) < mpf(10) ** -40  # which differences find


def test_a_search_that_stops_by_itself():
    (g,) = zg.gradient(newton, mpf(2))
    assert abs(g - 1 / (2 * mp.sqrt(2))) < ACCURACY


def test_limits_that_were_integrated_over_before():
    """mpmath keeps the nodes of a quadrature."""
    f = lambda b: mp.quad(mp.cos, [0, b])
    b = mpf(1)
    for _ in range(3):
        f(b)
        assert abs(zg.gradient(f, b)[0] - mp.cos(1)) < ACCURACY
    with pytest.raises(UnsupportedError, match="limits"):
        zg.gradient(lambda b: mp.quad(lambda s, t: s * t, [0, b], [0, 1]), b)


def test_several_arguments_in_containers():
    x, y = mpf("0.7"), mpf("0.3")
    ((dx, none, dy),) = zg.gradient(lambda p: p[0] ** p[2], (x, "name", y))
    assert none is None
    assert abs(dx - y * x ** (y - 1)) < ACCURACY
    assert abs(dy - x**y * mp.log(x)) < ACCURACY
    assert zg.gradient(lambda d: d["a"] * d["b"], {"a": x, "b": 3}) == ({"a": mpf(3), "b": x},)


def test_an_equal_object_elsewhere_is_a_constant():
    x = mpf("0.7")
    assert zg.gradient(lambda a: [a][0] * x, x) == (x,)
    assert zg.gradient(lambda a: [a / a][0] * mp.one, x) == (0,)


HOLOMORPHIC = (
    "exp ln sqrt sin cos tan asin acos atan asinh acosh atanh sinh tanh gamma loggamma digamma erf "
    "erfc si ei lambertw airyai zeta expj expjpi"
).split()


@pytest.mark.parametrize("name", HOLOMORPHIC)
@pytest.mark.parametrize("z", ["0.6+0.8j", "-1.5+0.25j", "1.5-0.25j"])
def test_holomorphic_functions(name, z):
    """The gradient of a real part is conj(f'(z))."""
    f, z = getattr(mp, name), mp.mpmathify(z)
    (g,) = zg.gradient(lambda z: f(z).real, z)
    with mp.workdps(80):
        known = mpmath.diff(f, z).conjugate()
    assert type(g) is mpc
    assert abs(g - known) < ACCURACY * max(1, abs(known))


def test_complex_numbers():
    z = mpc(1, 2)
    assert zg.gradient(lambda z: abs(z) ** 2, z) == (2 * z,)
    assert zg.gradient(lambda z: (z * z).real, z) == (2 * z.conjugate(),)
    assert zg.gradient(lambda z: z.imag, z) == (mpc(0, 1),)
    assert abs(zg.gradient(lambda z: mp.arg(z), z)[0] - mpc(-2, 1) / 5) < ACCURACY
    assert zg.gradient(lambda z: (mpc(z) ** 2).imag, 1 + 2j) == (4 + 2j,)
    assert zg.gradient(lambda x: (mpc(0, 1) * x).imag, mpf(2)) == (1,)  # real for a real
    _, back = zg.pullback(lambda z: z**3, z)
    assert back(mpc(0, 1)) == ((3 * z**2).conjugate() * mpc(0, 1),)
    with pytest.raises(OutputError, match="complex mpc"):
        zg.gradient(lambda z: z * z, z)


def test_from_floats_and_back():
    check_adjoint(lambda x: float(mp.sin(mpf(x)) * mp.mpf(3)), 0.7)
    check_adjoint(lambda x, y: float(mp.besselj(1, x) * mp.exp(y)), 0.7, 0.3)
    assert zg.gradient(lambda x: mpf(x) ** 2, 2.0) == (4.0,)
    assert zg.gradient(lambda x: mpf(3) * x, 2.0) == (3.0,)
    assert zg.gradient(lambda n: mpf(n) ** 2, 2) == (4,)


def test_points_where_slopes_are_infinite():
    assert zg.gradient(mp.sqrt, mpf(0)) == (mp.inf,)
    assert zg.gradient(lambda x: 0 * mp.sqrt(x), mpf(0)) == (0,)
    assert zg.gradient(abs, mpf(0)) == (0,)
    assert zg.gradient(lambda x: mp.rgamma(x), mpf(-2)) == (2,)
    assert zg.gradient(mp.sinc, mpf(0)) == (0,)
    assert zg.gradient(mp.ellipk, mpf(0)) == (mp.pi / 8,)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: mp.agm(x, 2),
        lambda x: 2 * [mp.agm(x, 2)][0],
        lambda x: mp.hyp2f1(x, 1, 2, 0.5),
        lambda x: mp.nsum(lambda k: x**k, [0, mp.inf]),
        lambda x: mp.diff(lambda t: mp.sin(x * t), 1),
        lambda x: mp.taylor(lambda t: x * t, 0, 2)[1],
        lambda x: mp.expm(mp.matrix([[x]]))[0],
        lambda x: mp.mpf(x.man),
        lambda x: mp.mpf(str(x)),
        lambda x: mp.frexp(x)[0],
        lambda x: mp.clone().sin(x),
    ],
)
def test_what_is_not_known_is_an_error(f):
    with pytest.raises(AdjointError):
        zg.gradient(f, mpf("0.7"))


def test_keyword_arguments():
    with pytest.raises(RuleError, match="keyword 'z'"):
        zg.gradient(lambda x: mp.besselj(1, z=x), mpf("0.7"))


def test_constants_of_mpmath_have_no_gradient():
    assert zg.gradient(lambda x: mp.pi, mpf(2)) == (None,)
    assert zg.gradient(lambda x: mp.agm(1, 2) * x, mpf(2)) == (mp.agm(1, 2),)


def test_rational_numbers_and_matrices_of_mpmath():
    third = mpmath.rational.mpq(1, 3)
    assert zg.gradient(lambda q: q * q, third) == (mpmath.rational.mpq(2, 3),)
    (g,) = zg.gradient(lambda m: m[0, 0] * m[0, 1], mp.matrix([[2, 3]]))
    assert g["_matrix__data"] == {(0, 0): 3, (0, 1): 2}
