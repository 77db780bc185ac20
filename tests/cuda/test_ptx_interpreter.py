"""The interpreter of PTX itself: its arithmetic against other arithmetic, and its nets."""

import shutil
import struct
from fractions import Fraction
from pathlib import Path

import ml_dtypes
import mpmath
import numpy as np
import ptx
import pytest
from ptx import floats
from ptx.operations import KINDS, operation
from ptx.parse import parse

from zygcore.cuda import resources

needs_nvcc = pytest.mark.skipif(shutil.which("nvcc") is None, reason="nvcc is not installed")
PROGRAMS = Path(__file__).parent / "ptx_programs"


@pytest.fixture(scope="module")
def program():
    """``program("numbers")``: the module of a file in ptx_programs."""
    known = {}

    def get(name):
        if name not in known:
            folder = resources.FOLDER / "programs"
            path = resources.ptx(PROGRAMS / f"{name}.cu", resources.NEWEST, folder)
            known[name] = parse(path.read_text(), path.name)
        return known[name]

    return get


def run(name, *args):
    """An operation by its PTX name, of lists."""
    op = operation(*split(name))
    with np.errstate(all="ignore"):
        given = [np.array(x, KINDS[k]) for x, k in zip(args, op.sources, strict=True)]
        return op.function(*given)


def split(name):
    first, *mods = name.split(".")
    return first, mods


def float_of(bits):
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def nearest32(x):
    """A fraction as the nearest float32: struct rounds a double, which must be exact here."""
    return struct.unpack("<f", struct.pack("<f", float(x)))[0]


# -- operations -----------------------------------------------------------------------------------

INTEGERS = [
    ("add.s32", [2**31 - 1, -5], [1, 3], [-(2**31), -2]),
    ("sub.u32", [0, 5], [1, 3], [2**32 - 1, 2]),
    ("mul.lo.s32", [2**30, -3], [4, 7], [0, -21]),
    ("mul.hi.s64", [-(2**62), 2**40], [8, 2**40], [-2, 2**16]),
    ("mul.hi.u64", [2**64 - 1, 2**40], [2**64 - 1, 2**40], [2**64 - 2, 2**16]),
    ("mul.hi.u32", [2**32 - 1], [2**32 - 1], [2**32 - 2]),
    ("mul.wide.s32", [-(2**31), 3], [2**31 - 1, -4], [-(2**31) * (2**31 - 1), -12]),
    ("mul.wide.u16", [65535], [65535], [65535**2]),
    ("div.s32", [-7, 7, -7, 5], [2, -2, -2, 0], [-3, -3, 3, -1]),
    ("rem.s32", [-7, 7, -7, 5], [2, -2, -2, 0], [-1, 1, -1, 5]),
    ("div.u64", [2**64 - 1, 9], [3, 0], [(2**64 - 1) // 3, 2**64 - 1]),
    ("min.s32", [-1, 4], [1, 2], [-1, 2]),
    ("max.u32", [2**32 - 1, 4], [1, 9], [2**32 - 1, 9]),
    ("shl.b32", [1, 1, 3], [31, 32, 100], [2**31, 0, 0]),
    ("shr.s32", [-8, -8, 8], [1, 77, 33], [-4, -1, 0]),
    ("shr.u64", [2**63, 2**63], [63, 64], [1, 0]),
    ("and.b32", [12], [10], [8]),
    ("xor.b64", [12], [10], [6]),
    ("set.lt.u32.s32", [-1, 2], [0, 0], [2**32 - 1, 0]),
]


@pytest.mark.parametrize("name, a, b, expected", INTEGERS, ids=[case[0] for case in INTEGERS])
def test_integers_wrap_and_shift_as_ptx_says(name, a, b, expected):
    result = run(name, a, b)
    assert result.dtype == KINDS[operation(*split(name)).results[0]]
    assert result.tolist() == expected


OTHERS = [
    ("mad.lo.s32", ([2**30], [4], [7]), [7]),
    ("mad.wide.u32", ([2**31], [4], [7]), [2**33 + 7]),
    ("shf.l.wrap.b32", ([0x80000001], [0x40000000], [33]), [0x80000001]),
    ("shf.l.clamp.b32", ([0x80000001], [0x40000000], [33]), [0x80000001]),
    ("shf.r.wrap.b32", ([0x80000001], [0x40000003], [36]), [0x38000000]),
    ("shf.r.clamp.b32", ([0x80000001], [0x40000003], [40]), [0x40000003]),
    ("popc.b64", ([2**63 + 5],), [3]),
    ("clz.b32", ([0, 1, 2**31],), [32, 31, 0]),
    ("clz.b64", ([0, 2**40],), [64, 23]),
    ("brev.b32", ([1, 0xF0000000],), [2**31, 15]),
    ("bfind.u32", ([0, 1, 2**31],), [2**32 - 1, 0, 31]),
    ("bfind.s32", ([-1, -2, 5],), [2**32 - 1, 0, 2]),
    ("bfind.shiftamt.u32", ([1, 2**31],), [31, 0]),
    ("bfe.u32", ([0xABCD], [4, 4], [8, 0]), [0xBC, 0]),
    ("bfe.s32", ([0xABCD, 0xABCD], [4, 8], [8, 4]), [0xBC - 256, 0xB - 16]),
    ("bfe.s64", ([-1, 2**40], [60, 40], [63, 2]), [-1, 1]),
    ("bfi.b32", ([0xFF, 0xFF], [0, 0x1000], [4, 30], [4, 9]), [0xF0, 0xC0001000]),
    ("prmt.b32", ([0x33221100], [0x77665584], [0x7410, 0x000C]), [0x77841100, 0x000000FF]),
    ("lop3.b32", ([0xF0], [0xCC], [0xAA], [0xE8]), [0xE8]),
    ("lop3.b32", ([0b1100], [0b1010], [0b1111], [0x80]), [0b1000]),
    ("sad.u32", ([3, 9], [8, 2], [1, 1]), [6, 8]),
    ("cvt.u8.s32", ([-1, 300],), [255, 44]),
    ("cvt.sat.u8.s32", ([-1, 300],), [0, 255]),
    ("cvt.sat.s8.s32", ([-200, 300, 5],), [-128, 127, 5]),
    ("cvt.s64.s32", ([-1],), [-1]),
    ("selp.b32", ([1, 2], [3, 4], [True, False]), [1, 4]),
    ("slct.u32.s32", ([1, 2], [3, 4], [0, -1]), [1, 4]),
    ("cvt.rzi.s32.f32", ([2.7, -2.7, np.nan, 1e10, -np.inf],), [2, -2, 0, 2**31 - 1, -(2**31)]),
    ("cvt.rni.s32.f32", ([2.5, 3.5, -0.5],), [2, 4, 0]),
    ("cvt.rmi.s64.f64", ([-2.5, 1e19],), [-3, 2**63 - 1]),
    ("cvt.rpi.u32.f64", ([2.1, -1.0, 5e9],), [3, 0, 2**32 - 1]),
    ("cvt.rzi.u64.f64", ([1e19, 2e19, -3.0],), [10**19, 2**64 - 1, 0]),
    ("cvt.rn.f32.u64", ([2**64 - 1, 2**24 + 1],), [2.0**64, 2.0**24]),
    ("cvt.rz.f32.s32", ([2**24 + 1, -(2**24) - 3],), [2.0**24, -(2.0**24) - 2]),
    ("cvt.rp.f32.u32", ([2**24 + 1],), [2.0**24 + 2]),
    ("cvt.rni.f32.f32", ([2.5, -1.5],), [2.0, -2.0]),
    ("cvt.sat.f32.f32", ([-1.0, 0.25, 7.0, np.nan],), [0.0, 0.25, 1.0, 0.0]),
    ("copysign.f32", ([-1.0, 2.0], [3.0, -4.0]), [-3.0, 4.0]),
    ("testp.subnormal.f32", ([1e-40, 1.0, 0.0],), [True, False, False]),
]


@pytest.mark.parametrize("name, args, expected", OTHERS, ids=[case[0] for case in OTHERS])
def test_bits_and_conversions(name, args, expected):
    assert run(name, *args).tolist() == expected


def test_carries_go_along():
    low, carry = run("add.cc.u32", [2**32 - 1, 5], [1, 5])
    assert (low.tolist(), carry.tolist()) == ([0, 10], [True, False])
    assert run("addc.u32", [1, 1], [2, 2], carry).tolist() == [4, 3]
    low, borrow = run("sub.cc.u32", [0, 5], [1, 5])
    assert (low.tolist(), borrow.tolist()) == ([2**32 - 1, 0], [True, False])
    assert run("subc.u32", [9, 9], [2, 2], borrow).tolist() == [6, 7]
    assert run("madc.hi.u32", [2**31], [4], [1], [True]).tolist() == [4]


nan = np.nan
COMPARISONS = [
    ("setp.lt.f32", [1.0, nan, 2.0], [2.0, 1.0, nan], [True, False, False]),
    ("setp.ne.f32", [1.0, nan, 1.0], [2.0, 1.0, 1.0], [True, False, False]),
    ("setp.neu.f32", [1.0, nan, 1.0], [2.0, 1.0, 1.0], [True, True, False]),
    ("setp.geu.f64", [1.0, nan, 1.0], [2.0, 1.0, 1.0], [False, True, True]),
    ("setp.num.f32", [1.0, nan], [2.0, 1.0], [True, False]),
    ("setp.nan.f32", [1.0, nan], [2.0, 1.0], [False, True]),
    ("setp.lt.s32", [-1], [0], [True]),
    ("setp.lt.u32", [2**32 - 1], [0], [False]),
    ("setp.hi.u32", [2**32 - 1], [0], [True]),
    ("setp.eq.ftz.f32", [1e-40], [0.0], [True]),
]


@pytest.mark.parametrize("name, a, b, expected", COMPARISONS, ids=[c[0] for c in COMPARISONS])
def test_comparisons_know_nan(name, a, b, expected):
    found, opposite = run(name, a, b)
    assert found.tolist() == expected
    assert opposite.tolist() == [not x for x in expected]


def test_minimum_and_maximum_prefer_numbers():
    a, b = [nan, 1.0, -0.0, 0.0, nan], [2.0, nan, 0.0, -0.0, nan]
    largest, least = run("max.f32", a, b), run("min.f64", a, b)
    np.testing.assert_array_equal(largest, [2, 1, 0, 0, nan])
    assert np.signbit(largest[2:4]).tolist() == [False, False]
    assert np.signbit(least[2:4]).tolist() == [True, True]
    assert np.isnan(run("max.NaN.f32", a, b)).tolist() == [True, True, False, False, True]


def random_floats(n, dtype, seed, spread):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n) * np.exp2(rng.integers(-spread, spread, n).astype(np.float64))
    return x.astype(dtype)


DIRECTIONS = {
    "rn": lambda low, high, x: None,
    "rm": lambda low, high, x: low,
    "rp": lambda low, high, x: high,
    "rz": lambda low, high, x: low if x > 0 else high,
}


def rounded(x, mode):
    """A fraction as a float32, rounded in a direction: by going through all neighbours."""
    y = np.float32(float(x))  # at most an ulp away
    near = [np.nextafter(y, np.float32(-np.inf)), y, np.nextafter(y, np.float32(np.inf))]
    low = max(c for c in near if Fraction(float(c)) <= x)
    high = min(c for c in near if Fraction(float(c)) >= x)
    if mode != "rn":
        return DIRECTIONS[mode](low, high, x)
    below, above = x - Fraction(float(low)), Fraction(float(high)) - x
    if below == above:  # ties go to even
        return low if low.view(np.uint32) % 2 == 0 else high
    return low if below < above else high


@pytest.mark.parametrize("mode", DIRECTIONS)
def test_float32_is_rounded_once_in_each_direction(mode):
    a, b, c = (random_floats(400, np.float32, seed, 20) for seed in (1, 2, 3))
    c[:200] = -(a[:200] * b[:200])  # nearly all of it cancels
    c[200:300] = (a[200:300].astype(float) * b[200:300]).astype(np.float32) * np.float32(2**26)
    x, y, z = ([Fraction(float(v)) for v in u] for u in (a, b, c))
    expected = [rounded(p * q + r, mode) for p, q, r in zip(x, y, z, strict=True)]
    np.testing.assert_array_equal(run(f"fma.{mode}.f32", a, b, c), expected)
    expected = [rounded(p + r, mode) for p, r in zip(x, z, strict=True)]
    np.testing.assert_array_equal(run(f"add.{mode}.f32", a, c), expected)
    expected = [rounded(p * q, mode) for p, q in zip(x, y, strict=True)]
    np.testing.assert_array_equal(run(f"mul.{mode}.f32", a, b), expected)


def test_a_fused_product_in_float64_is_rounded_once():
    a, b, c = (random_floats(3000, np.float64, seed, 300) for seed in (4, 5, 6))
    with np.errstate(over="ignore", under="ignore"):
        c[:1000] = -(a[:1000] * b[:1000])
        c[1000:2000] = a[1000:2000] * b[1000:2000] * 2.0**54
    a[-3:], b[-3:], c[-3:] = [1e-200, 1e300, np.inf], [1e-200, 1e300, 0.0], [5e-324, -1e308, 1.0]
    exact = lambda p, q, r: Fraction(p) * Fraction(q) + Fraction(r)
    expected = []
    for p, q, r in zip(a.tolist(), b.tolist(), c.tolist(), strict=True):
        if np.isinf(p):
            expected.append(nan)  # inf * 0
            continue
        x = exact(p, q, r)
        big = abs(x) >= Fraction(2) ** 1024
        expected.append(np.inf * (1 if x > 0 else -1) if big else x.numerator / x.denominator)
    np.testing.assert_array_equal(run("fma.rn.f64", a, b, c), expected)


def test_subnormal_numbers_are_flushed_only_where_it_says():
    tiny = float_of(3)
    assert run("add.f32", [tiny], [tiny]).tolist() == [float_of(6)]
    assert run("add.ftz.f32", [tiny], [tiny]).tolist() == [0.0]
    assert np.signbit(run("mul.ftz.f32", [-1e-30], [1e-10])).tolist() == [True]


def test_sixteen_bits_are_rounded_to_even():
    x = np.concatenate([random_floats(3000, np.float32, 7, 24), [65519.0, 65520.0, np.inf, 1e-8]])
    expected = [struct.pack("<e", v) if abs(v) < 65520 else b"" for v in x.tolist()]
    result = run("cvt.rn.f16.f32", x)
    for r, e in zip(result, expected, strict=True):
        assert r.tobytes() == e if e else np.isinf(r)
    result = run("cvt.rn.bf16.f32", x)
    np.testing.assert_array_equal(result, x.astype(ml_dtypes.bfloat16).view(np.uint16))
    word = run("cvt.rn.f16x2.f32", [1.0], [-2.0])
    assert word.tolist() == [0x3C00C000]


def test_what_is_not_known_is_an_error():
    for name in ("frobnicate.b32", "add.cluster.s32", "fma.rm.f64", "cvt.s32.f32", "add.f16x2"):
        with pytest.raises(ptx.PtxError):
            op, mods = split(name)
            f = operation(op, mods)
            f.function(*[np.ones(1, KINDS[k]) for k in f.sources])


def test_rounding_to_odd_keeps_what_decides():
    s, e = floats.two_sum(np.array([1.0]), np.array([2.0**-80]))
    assert floats.to_odd(s, e).view(np.int64)[0] % 2 == 1


# -- programs that nvcc made -----------------------------------------------------------------------

# The largest errors in units of the last place, for float32 and float64, from the appendix
# "Mathematical Functions" of the CUDA C++ Programming Guide; 0: correctly rounded.
FUNCTIONS = {
    "exp": (2, 1), "erf": (2, 2), "pow": (4, 2), "sin": (2, 2), "cos": (2, 2), "tanh": (2, 2),
    "log": (1, 1), "log1p": (1, 1), "expm1": (1, 1), "quotient": (0, 0), "sqrt": (0, 0),
    "rsqrt": (2, 1), "fmod": (0, 0), "round": (0, 0), "rint": (0, 0), "erfc": (4, 5),
    "cbrt": (1, 1), "atan": (2, 2), "exp2": (2, 1), "log2": (1, 1), "lgamma": (6, 4), "fma": (0, 0),
}  # fmt: skip


def exact(name, x, dtype):
    """A function of a number, in 40 digits."""
    m, a = mpmath, abs(x)
    constant = lambda c: m.mpf(float(dtype(c)))
    return {
        "exp": lambda: m.exp(x), "erf": lambda: m.erf(x), "pow": lambda: a ** constant(1.7),
        "sin": lambda: m.sin(x), "cos": lambda: m.cos(x), "tanh": lambda: m.tanh(x),
        "log": lambda: m.log(a), "log1p": lambda: m.log1p(a), "expm1": lambda: m.expm1(x),
        "quotient": lambda: x / constant(3.3), "sqrt": lambda: m.sqrt(a),
        "rsqrt": lambda: 1 / m.sqrt(a),
        "fmod": lambda: m.sign(x) * m.fmod(a, constant(0.7)),
        "round": lambda: m.sign(x) * m.floor(a + 0.5), "rint": lambda: m.nint(x),
        "erfc": lambda: m.erfc(x), "cbrt": lambda: m.sign(x) * m.cbrt(a), "atan": lambda: m.atan(x),
        "exp2": lambda: m.mpf(2) ** x, "log2": lambda: m.log(a, 2), "lgamma": lambda: m.loggamma(a),
        "fma": lambda: x * x - 1,
    }[name]()  # fmt: skip


@needs_nvcc
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_functions_of_libdevice_are_as_exact_as_documented(program, dtype):
    x = np.concatenate([random_floats(150, dtype, 8, 6), random_floats(40, dtype, 9, 30)])
    x = np.concatenate([x, np.array([1e5, 123456.789, 3e9, -7e18], dtype)])  # long reductions
    y = np.zeros((len(FUNCTIONS), len(x)), dtype)
    name = "functions_float" if dtype == np.float32 else "functions_double"
    ptx.launch(program("numbers"), name, (4,), (64,), [x, y, np.int32(len(x))])
    with mpmath.workdps(40):
        for row, (name, limits) in zip(y, FUNCTIONS.items(), strict=True):
            limit = limits[dtype == np.float64] + 0.5 * (limits[dtype == np.float64] > 0)
            for v, r in zip(x, row, strict=True):
                e = exact(name, mpmath.mpf(float(v)), dtype)
                with np.errstate(over="ignore", under="ignore"):
                    nearest = dtype(float(e)) if dtype == np.float64 else np.float32(np.float64(e))
                if r == nearest:
                    continue
                assert np.isfinite(r), (name, v, r, nearest)
                off = abs(mpmath.mpf(float(r)) - e) / float(np.spacing(abs(nearest)))
                assert off <= limit, (name, v, r, nearest, float(off))


@needs_nvcc
def test_functions_at_the_edges(program):
    x = np.array([0.0, -0.0, np.inf, -np.inf, nan])
    for dtype, name in ((np.float32, "functions_float"), (np.float64, "functions_double")):
        y = np.zeros((len(FUNCTIONS), 5), dtype)
        ptx.launch(program("numbers"), name, (1,), (32,), [x.astype(dtype), y, np.int32(5)])
        found = dict(zip(FUNCTIONS, y, strict=True))
        np.testing.assert_array_equal(found["exp"], [1, 1, np.inf, 0, nan])
        np.testing.assert_array_equal(found["erf"], [0, 0, 1, -1, nan])
        np.testing.assert_array_equal(found["sin"], [0, 0, nan, nan, nan])
        np.testing.assert_array_equal(found["tanh"], [0, 0, 1, -1, nan])
        np.testing.assert_array_equal(found["log"], [-np.inf, -np.inf, np.inf, np.inf, nan])
        np.testing.assert_array_equal(found["rsqrt"], [np.inf, np.inf, 0, 0, nan])
        assert np.signbit(found["sin"][:2]).tolist() == [False, True]


@needs_nvcc
def test_halves(program):
    x = np.linspace(-6e4, 6e4, 500).astype(np.float32).astype(np.float16)
    a = x.astype(np.float32).astype(ml_dtypes.bfloat16)
    y, b = np.zeros_like(x), np.zeros_like(a)
    ptx.launch(program("numbers"), "halves", (4,), (128,), [x, y, a, b, np.int32(500)])
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(y, (x.astype(np.float32) * 1.5).astype(np.float16))
    expected = (a.astype(np.float32) * 1.5).astype(ml_dtypes.bfloat16)
    np.testing.assert_array_equal(b.view(np.uint16), expected.view(np.uint16))


@needs_nvcc
def test_pairs_of_halves(program):
    x = random_floats(64, np.float32, 10, 4).reshape(32, 2)
    y, b = np.zeros((32, 2), np.float16), np.zeros((32, 2), ml_dtypes.bfloat16)
    ptx.launch(program("numbers"), "pairs", (1,), (32,), [x, y, b])
    np.testing.assert_array_equal(y, x.astype(np.float16))
    np.testing.assert_array_equal(b.view(np.uint16), x.astype(ml_dtypes.bfloat16).view(np.uint16))


def signed(x, bits=64):
    x %= 1 << bits
    return x - (1 << bits) if x >> (bits - 1) else x


def toward_zero(a, b):
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def expected_integers(a, b):
    """What `integers` of numbers.cu gives, by Python's integers."""
    ua, ub, sa, sb = a % 2**64, b % 2**64, signed(a, 32), signed(b, 32)
    wa, wb = a % 2**32, b % 2**32
    q = toward_zero(a, b)
    both = wb << 32 | wa
    pool = [both >> (8 * i) & 255 for i in range(8)]
    return [
        a * b, q, a - q * b, ua // ub, ua % ub, a * b >> 64, ua * ub >> 64, sa * sb >> 32,
        wa * wb >> 32, ua.bit_count(), 64 - ua.bit_length(), 32 - wa.bit_length(),
        (ua & -ua).bit_length(), int(f"{ua:064b}"[::-1], 2), int(f"{wa:032b}"[::-1], 2),
        a >> (b & 63), ua >> (b & 63), a << (b & 63),
        (both << 13 >> 32) % 2**32, (both >> (wb & 31)) % 2**32,
        pool[5] | pool[1] << 8 | pool[7] << 16 | pool[3] << 24, min(a, b), max(sa, sb), abs(a),
        sa * sb, wa * wb, signed(a, 8), a % 2**16, wa >> 5 & 0x7FF,
    ]  # fmt: skip


@needs_nvcc
def test_integers_that_nvcc_made(program):
    rng = np.random.default_rng(11)
    x = rng.integers(-(2**63), 2**63, 200) >> rng.integers(0, 63, 200)
    d = rng.integers(-(2**63), 2**63, 200) >> rng.integers(0, 63, 200)
    d[d == 0] = 3
    x[:4], d[:4] = [0, -1, 2**63 - 1, -(2**63)], [5, 2**33, 7, 3]
    y = np.zeros((29, 200), np.int64)
    ptx.launch(program("numbers"), "integers", (2,), (128,), [x, d, y, np.int32(200)])
    for i, (a, b) in enumerate(zip(x.tolist(), d.tolist(), strict=True)):
        expected = expected_integers(a, b)
        # __byte_perm and funnel shifts give unsigned words, the rest wraps to 64 bits
        assert y[:, i].tolist() == [signed(e) for e in expected], (a, b)


def clamped(x, low, high):
    return 0 if x is None else min(max(x, low), high)


def expected_conversions(v):
    w = np.float32(v)
    whole = lambda f, u: (
        int(f(u)) if np.isfinite(u) else None if np.isnan(u) else int(u > 0) * 2**70 - 2**69
    )
    s64 = lambda f, u=v: clamped(whole(f, np.float64(u)), -(2**63), 2**63 - 1)
    s32 = lambda f, u=v: clamped(whole(f, np.float64(u)), -(2**31), 2**31 - 1)
    word = lambda u: int(np.float32(u).view(np.int32))
    long = lambda u: int(np.float64(u).view(np.int64))
    x, y = Fraction(v), Fraction(float(w))
    c = [Fraction(float(np.float32(t))) for t in (1e-3, 1.1, 3.3)]
    down = lambda t: t if Fraction(float(t)) <= x + Fraction(1e-9) else np.nextafter(t, -np.inf)
    return [
        s64(np.rint), s64(np.trunc), s64(np.floor), s64(np.ceil), s32(np.trunc),
        clamped(whole(np.trunc, v), 0, 2**32 - 1),
        signed(clamped(whole(np.trunc, v), 0, 2**64 - 1)),
        s32(np.rint, w), s64(np.trunc, w), word(rounded(x, "rz")),
        word(rounded(x, "rp")), word(rounded(x, "rm")),
        word(min(max(w, np.float32(0)), np.float32(1))),
        word(rounded(y + c[0], "rz")), word(rounded(y * c[1], "rp")),
        word(rounded(y * c[1] - c[2], "rm")), word(max(w, np.float32(0.5))), long(min(v, 0.5)),
        long(down(np.float64(v + 1e-9))), word(np.float32(s32(np.trunc))), 0, 0, int(v < 0),
    ]  # fmt: skip


@needs_nvcc
def test_conversions_that_nvcc_made(program):
    x = np.concatenate(
        [random_floats(150, np.float64, 12, 40), random_floats(50, np.float64, 13, 70)]
    )
    y = np.zeros((23, 200), np.int64)
    ptx.launch(program("numbers"), "conversions", (2,), (128,), [x, y, np.int32(200)])
    for i, v in enumerate(x.tolist()):
        expected = expected_conversions(v)
        # words of 32 bits were unsigned where the kernel made them of unsigned results
        assert y[:, i].tolist() == expected, v
