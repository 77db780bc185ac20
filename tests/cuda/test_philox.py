"""Philox, what is made of its bits, and dropout."""

import copy
import pickle
import threading

import ml_dtypes  # noqa: F401  makes NumPy know bfloat16
import numpy as np
import pytest

import zygcore as zg
from zygcore import cuda
from zygcore.cuda import _arrays
from zygcore.errors import UnsupportedError
from zygcore.testing import check_adjoint

# Salmon et al. 2011, kat_vectors of Random123, "philox4x32 10": counter, key, result
KNOWN_ANSWERS = [
    ("00000000" * 4, "00000000" * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff" * 4, "ffffffff" * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        "243f6a8885a308d313198a2e03707344",
        "a4093822299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]
MULTIPLIERS = {32: (0xD2511F53, 0xCD9E8D57), 64: (0xD2E7470EE14C6C93, 0xCA5A826395121157)}
WEYL = {
    32: (0x9E3779B9, 0xBB67AE85),
    64: (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B),
}
DTYPES = ["float64", "float32", "float16", "bfloat16"]
SIZES = [0, 1, 2, 3, 4, 5, 31, 32, 33, 1023, 1024, 1025]
DIGITS = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}


def philox(counter, key, bits=32):
    """Philox4x32-10 or Philox4x64-10, word by word as the paper defines it."""
    mask = 2**bits - 1
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = MULTIPLIERS[bits][0] * c[0], MULTIPLIERS[bits][1] * c[2]
        c = [p1 >> bits ^ c[1] ^ k[0], p1 & mask, p0 >> bits ^ c[3] ^ k[1], p0 & mask]
        k = [(k[i] + WEYL[bits][i]) & mask for i in range(2)]
    return c


def words(seed, sequence, offset, n):
    """The first `n` words of 32 bits that a generator in this state gives."""
    out = []
    for block in range(-(-n // 4)):
        low = (offset + block) % 2**64
        counter = [low % 2**32, low >> 32, sequence % 2**32, sequence >> 32]
        out += philox(counter, [seed % 2**32, seed >> 32])
    return np.array(out[:n], dtype=np.uint64)


def joined(w):
    return w[0::2] | w[1::2] << np.uint64(32)


def parts(text):
    return [int(text[i : i + 8], 16) for i in range(0, len(text), 8)]


def array(place, n, dtype):
    """Of the library of the place, so that draws are of it, too."""
    return place.put(np.zeros(n, dtype))


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN_ANSWERS)
def test_known_answers(place, counter, key, result):
    c, k = parts(counter), parts(key)
    expected = [int(w, 16) for w in result.split()]
    assert philox(c, k) == expected  # the reference of the tests below
    generator = cuda.Generator(k[0] | k[1] << 32, c[0] | c[1] << 32, c[2] | c[3] << 32)
    got = place.get(cuda.random_bits(generator, 4, like=array(place, 0, "int32")))
    assert [int(w) & 0xFFFFFFFF for w in got] == expected


@pytest.mark.parametrize("seed", [0, 12345, 2**64 - 1])
def test_reference_agrees_with_numpy(seed):
    """NumPy has Philox4x64-10, which differs in constants and the size of words only."""
    bits = np.random.Philox(key=np.array([seed, 77], np.uint64), counter=[5, 6, 7, 8])
    expected = bits.random_raw(4).tolist()
    assert philox([6, 6, 7, 8], [seed, 77], 64) == expected  # NumPy counts before it draws


@pytest.mark.parametrize("n", SIZES)
def test_bits(place, n):
    seed, sequence, offset = 0x123456789ABCDEF0, 3 << 33 | 1, 2**32 - 5
    where = seed, offset, sequence
    w = words(seed, sequence, offset, n)
    got = cuda.random_bits(cuda.Generator(*where), n, like=array(place, 0, "int32"))
    assert got.dtype == np.int32 and got.shape == (n,)
    np.testing.assert_array_equal(place.get(got).view(np.uint32), w)
    got = cuda.random_bits(cuda.Generator(*where), n, "int64", like=array(place, 0, "int32"))
    w = words(seed, sequence, offset, 2 * n)
    np.testing.assert_array_equal(place.get(got).view(np.uint64), joined(w))


def uniform_reference(dtype, w):
    digits = DIGITS[dtype]
    bits = joined(w) >> np.uint64(11) if dtype == "float64" else w >> np.uint64(32 - digits)
    return bits.astype(np.float64) * 2.0**-digits


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_uniform(place, dtype, n):
    w = words(9, 4, 7, n * (2 if dtype == "float64" else 1))
    generator = cuda.Generator(9, 7, 4)
    got = cuda.uniform(generator, n, dtype, like=array(place, 0, dtype))
    assert _arrays.dtype_name(got) == dtype
    np.testing.assert_array_equal(place.get(got).astype(np.float64), uniform_reference(dtype, w))
    per_block = 2 if dtype == "float64" else 4
    assert generator.offset == 7 + -(-n // per_block)


@pytest.mark.parametrize("dtype", DTYPES)
def test_uniform_below_one(place, dtype):
    """The greatest bits give less than 1: nothing is rounded up."""
    x = place.get(cuda.uniform(cuda.Generator(1), 20000, dtype, like=array(place, 0, dtype)))
    x = x.astype(np.float64)
    assert 0 <= x.min() and x.max() == pytest.approx(1, abs=2e-3 + 2.0 ** -DIGITS[dtype])
    assert x.max() < 1 and np.all(x * 2.0 ** DIGITS[dtype] % 1 == 0)
    assert abs(x.mean() + 0.5 * 2.0 ** -DIGITS[dtype] - 0.5) < 5 / np.sqrt(12 * 20000)


def normal_reference(dtype, w):
    w = w.astype(object)
    if dtype == "float64":
        u = ((joined(w.astype(np.uint64)) >> np.uint64(11)).astype(np.float64)).reshape(-1, 2)
        u, v = (u[:, 0] + 1) * 2.0**-53, u[:, 1] * 2.0**-53
    else:
        w = w.astype(np.float64).reshape(-1, 2)
        u, v = (w[:, 0] + 0.5) * 2.0**-32, w[:, 1] * 2.0**-32
    r = np.sqrt(-2 * np.log(u))
    return np.stack([r * np.cos(2 * np.pi * v), r * np.sin(2 * np.pi * v)], axis=1).ravel()


# float32 and the 16 bits that are made of it: u is a float32, so that near 1 the radius
# sqrt(-2 log u) is as coarse as sqrt(2**-23); elsewhere a few roundings
TOLERANCES = {"float64": 1e-13, "float32": 5e-4, "float16": 2e-3, "bfloat16": 2e-2}


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_normal(place, dtype, n):
    whole = n + n % 2
    w = words(11, 0, 100, whole * 2 if dtype == "float64" else whole)
    got = cuda.normal(cuda.Generator(11, 100), n, dtype, like=array(place, 0, dtype))
    expected = normal_reference(dtype, w)[:n]
    got = place.get(got).astype(np.float64)
    tolerance = TOLERANCES[dtype]
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
def test_moments_of_normal(place, dtype):
    n = 40000
    x = place.get(cuda.normal(cuda.Generator(5), n, dtype, like=array(place, 0, dtype)))
    x = x.astype(np.float64)
    assert np.all(np.isfinite(x))
    # five standard deviations of the mean, of the second and of the fourth moment
    assert abs(x.mean()) < 5 / np.sqrt(n)
    assert abs((x**2).mean() - 1) < 5 * np.sqrt(2 / n)
    assert abs((x**4).mean() - 3) < 5 * np.sqrt(96 / n)
    assert abs(np.corrcoef(x[0::2], x[1::2])[0, 1]) < 5 / np.sqrt(n / 2)


@pytest.mark.parametrize("kind", ["uniform", "normal"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_element_depends_on_its_index_alone(place, kind, dtype):
    """So a fill from a later offset is the rest of a longer one, in any cut and at any address."""
    n, per_block = 1000, 2 if dtype == "float64" else 4
    whole = place.get(getattr(cuda, kind)(cuda.Generator(3), n, dtype, like=array(place, 0, dtype)))
    for blocks in (1, 7, 200):
        rest = array(place, n + 3, dtype)[3:]  # unaligned
        _arrays.launch("random_fill", rest[: n - blocks * per_block], kind, 3, 0, blocks)
        expected = np.zeros(n, dtype)
        expected[: n - blocks * per_block] = whole[blocks * per_block :]
        np.testing.assert_array_equal(place.get(rest).view("u1"), expected.view("u1"))


def test_offset_wraps_and_goes_past_32_bits(place):
    like = array(place, 0, "int32")
    for offset in (2**32 - 1, 2**64 - 1):
        both = place.get(cuda.random_bits(cuda.Generator(1, offset), 8, like=like))
        after = cuda.Generator(1, (offset + 1) % 2**64)
        np.testing.assert_array_equal(both[4:], place.get(cuda.random_bits(after, 4, like=like)))


def test_shapes(place):
    like = array(place, 0, "float32")
    assert cuda.uniform(cuda.Generator(1), (), like=like).shape == ()
    assert cuda.normal(cuda.Generator(1), (2, 0, 3), like=like).shape == (2, 0, 3)
    flat = place.get(cuda.normal(cuda.Generator(1), 30, like=like))
    shaped = place.get(cuda.normal(cuda.Generator(1), (5, 6), like=like))
    np.testing.assert_array_equal(shaped.ravel(), flat)


# -- generators -----------------------------------------------------------------------------------


def test_generator_is_a_plain_object():
    generator = cuda.Generator(5, 6, 7)
    for other in (
        copy.copy(generator),
        copy.deepcopy(generator),
        pickle.loads(pickle.dumps(generator)),
    ):
        assert repr(other) == repr(generator) == "Generator(seed=5, offset=6, sequence=7)"
        other.take(3)
        assert (other.offset, generator.offset) == (9, 6)


def test_generator_takes_ints_of_numpy():
    assert repr(cuda.Generator(np.uint64(2**64 - 1))) == repr(cuda.Generator(2**64 - 1))


@pytest.mark.parametrize("bad", [-1, 2**64, 1.5, None, "a"])
def test_generator_refuses(bad):
    for args in ((bad,), (0, bad), (0, 0, bad)):
        with pytest.raises(cuda.CudaError, match="Generator: .* must be an int") as info:
            cuda.Generator(*args)
        assert info.value.name == "cudaErrorInvalidValue"


def test_threads_get_numbers_of_their_own():
    generator, taken = cuda.Generator(0), [[] for _ in range(8)]

    def draw(mine):
        for _ in range(500):
            mine.append(generator.take(3)[2])

    threads = [threading.Thread(target=draw, args=(mine,)) for mine in taken]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(sum(taken, [])) == list(range(0, 3 * 8 * 500, 3))


# -- dropout --------------------------------------------------------------------------------------


def kept(n, p, seed, offset=0, sequence=0):
    return words(seed, sequence, offset, n) >= np.uint64(round(p * 2**32))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 1.0])
def test_dropout(place, dtype, n, p):
    x = np.random.default_rng(n).normal(size=n).astype(dtype)
    generator = cuda.Generator(21, 2, 1)
    y = cuda.dropout(place.put(x), p, generator)
    assert _arrays.dtype_name(y) == dtype and generator.offset == 2 + -(-n // 4)
    exact = x.astype(np.float64)
    scale = 1 / (1 - p) if p < 1 else 0.0
    expected = np.where(kept(n, p, 21, 2, 1), exact * scale, 0)
    # one rounding of the scale, one of the product
    rtol = {"float64": 3e-16, "float32": 2e-7, "float16": 5e-4, "bfloat16": 4e-3}[dtype]
    np.testing.assert_allclose(place.get(y).astype(np.float64), expected, rtol=rtol, atol=6e-8)
    if p == 0:
        np.testing.assert_array_equal(place.get(y).view("u1"), x.view("u1"))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dropped_special_values(place, dtype):
    x = np.array([np.inf, -np.inf, np.nan, 1.0] * 16, dtype)
    y = place.get(cuda.dropout(place.put(x), 1.0, cuda.Generator(1))).astype(np.float64)
    np.testing.assert_array_equal(y, np.zeros(64))
    y = place.get(cuda.dropout(place.put(x), 0.5, cuda.Generator(1))).astype(np.float64)
    expected = np.where(kept(64, 0.5, 1), x.astype(np.float64) * 2, 0)
    np.testing.assert_array_equal(y, expected)


def test_mask_depends_neither_on_dtype_nor_on_strides(place):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(37, 13)) + 10
    mask = kept(x.size, 0.4, 8).reshape(x.shape)
    for dtype in DTYPES:
        for layout in (
            x,
            np.asfortranarray(x),
            np.repeat(x, 2, axis=1)[:, ::2],
            x[::-1, ::-1],
            np.broadcast_to(x[:1], x.shape),
        ):
            y = cuda.dropout(place.put(layout.astype(dtype)), 0.4, cuda.Generator(8))
            np.testing.assert_array_equal(place.get(y).astype(np.float64) != 0, mask)
        unaligned = place.put(np.append(0, x.ravel()).astype(dtype))[1:]
        y = cuda.dropout(unaligned, 0.4, cuda.Generator(8))
        np.testing.assert_array_equal(place.get(y).astype(np.float64) != 0, mask.ravel())


def test_dropout_in_proportion(place):
    y = cuda.dropout(place.put(np.ones(40000)), 0.1, cuda.Generator(2))
    dropped = (place.get(y) == 0).mean()
    assert abs(dropped - 0.1) < 5 * np.sqrt(0.1 * 0.9 / 40000)


def test_dropout_refuses(place):
    x, generator = place.put(np.ones(4)), cuda.Generator(1)
    for p in (-0.1, 1.1, np.nan):
        with pytest.raises(cuda.CudaError, match="dropout: p must be a probability"):
            cuda.dropout(x, p, generator)
    with pytest.raises(cuda.CudaError, match="dropout: a zygcore.cuda.Generator is needed"):
        cuda.dropout(x, 0.5, 3)
    with pytest.raises(cuda.CudaError, match="dropout: an array of float64"):
        cuda.dropout(place.put(np.ones(4, np.int64)), 0.5, generator)
    with pytest.raises(cuda.CudaError, match="uniform: a zygcore.cuda.Generator is needed"):
        cuda.uniform(None, 4)
    with pytest.raises(cuda.CudaError, match="random_fill: an array of float64"):
        cuda.uniform(generator, 4, "int64", like=x)
    with pytest.raises(cuda.CudaError, match="random_fill: an array of int64 or int32"):
        cuda.random_bits(generator, 4, "float32", like=x)
    if place.name == "host":
        with pytest.raises(cuda.CudaError, match="the array must be contiguous"):
            _arrays.launch("random_fill", np.ones((4, 4)).T[:, :2], "normal", 0, 0, 0)
        with pytest.raises(cuda.CudaError, match="x and y must be contiguous"):
            _arrays.launch("dropout", np.ones((4, 4)).T, np.ones((4, 4)), 0.5, 0, 0, 0)
        with pytest.raises(cuda.CudaError, match="the same dtype and size"):
            _arrays.launch("dropout", np.ones(4), np.ones(3), 0.5, 0, 0, 0)


@pytest.mark.parametrize("shape", [(), (1,), (3, 7), (0,)])
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_adjoint_of_dropout(shape, p):
    x = np.asarray(np.random.default_rng(1).normal(size=shape))
    check_adjoint(lambda x: cuda.dropout(x, p, cuda.Generator(3)), x)


def test_gradient_makes_the_same_mask_again(place):
    generator = cuda.Generator(17)
    x = place.put(np.arange(1.0, 101.0))
    y, (dx,) = zg.withgradient(lambda x: (cuda.dropout(x, 0.5, generator) * x).sum(), x)
    mask = kept(100, 0.5, 17)
    np.testing.assert_array_equal(place.get(dx), np.where(mask, 4 * np.arange(1.0, 101.0), 0))
    assert generator.offset == 25  # the pullback drew nothing


def test_two_layers_have_masks_of_their_own():
    generator = cuda.Generator(17)
    (dx,) = zg.gradient(
        lambda x: cuda.dropout(cuda.dropout(x, 0.5, generator), 0.5, generator).sum(), np.ones(64)
    )
    expected = np.where(kept(64, 0.5, 17) & kept(64, 0.5, 17, 16), 4.0, 0.0)
    np.testing.assert_array_equal(dx, expected)


def test_dropout_under_a_checkpoint():
    """Run again, it draws what it has drawn, and the generator goes on once."""
    x = np.arange(1.0, 11.0)

    def square(x, generator):
        return (cuda.dropout(x, 0.5, generator) * x).sum()

    plain, again = cuda.Generator(5), cuda.Generator(5)
    (expected,) = zg.gradient(lambda x: square(x, plain), x)
    (dx,) = zg.gradient(lambda x: zg.checkpoint(square, x, again), x)
    np.testing.assert_array_equal(dx, expected)
    assert again.offset == plain.offset == 3


def test_no_gradient_with_respect_to_p():
    with pytest.raises(UnsupportedError, match="no derivative with respect to p"):
        zg.gradient(lambda p: cuda.dropout(np.ones(9), p, cuda.Generator(1)).sum(), 0.5)


def test_draws_are_constants():
    def f(x):
        return (x * cuda.normal(cuda.Generator(4), 5, "float64")).sum()

    (dx,) = zg.gradient(f, np.ones(5))
    np.testing.assert_array_equal(dx, cuda.normal(cuda.Generator(4), 5, "float64"))
