"""Integer and bit operations as PTX defines them.  All wrap; arrays in, arrays out."""

import numpy as np

from .errors import PtxError

UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
SIGNED = {1: np.int8, 2: np.int16, 4: np.int32, 8: np.int64}


def bits(x):
    return x.dtype.itemsize * 8


def raw(x):
    return x.view(UNSIGNED[x.dtype.itemsize])


def wider(x):
    table = SIGNED if x.dtype.kind == "i" else UNSIGNED
    return x.astype(table[x.dtype.itemsize * 2])


def high(a, b):
    """The upper half of the product."""
    if a.dtype.itemsize < 8:
        kind = a.dtype
        return (wider(a) * wider(b) >> bits(a)).astype(kind)
    x, y, low, half = raw(a), raw(b), np.uint64(0xFFFFFFFF), np.uint64(32)
    x0, x1, y0, y1 = x & low, x >> half, y & low, y >> half
    middle = x1 * y0 + (x0 * y0 >> half)
    other = x0 * y1 + (middle & low)
    result = x1 * y1 + (middle >> half) + (other >> half)
    if a.dtype.kind == "i":  # two's complement: what the signs add
        zero = np.uint64(0)
        result = result - np.where(a < 0, y, zero) - np.where(b < 0, x, zero)
    return result.view(a.dtype)


def quotient(a, b):
    """Towards zero; all ones for a division by zero."""
    if a.dtype.kind == "u":
        q = np.where(b == 0, a, a // np.where(b == 0, b + 1, b))
        return np.where(b == 0, ~np.zeros_like(q), q)
    x, y = raw(magnitude(a)), raw(magnitude(b))
    q = (x // np.where(y == 0, y + y.dtype.type(1), y)).view(a.dtype)
    q = np.where((a < 0) != (b < 0), -q, q)
    return np.where(b == 0, q.dtype.type(-1), q)


def remainder(a, b):
    return np.where(b == 0, a, a - quotient(a, b) * b)


def magnitude(a):
    return np.where(a < 0, -a, a)


def amount(n, width):
    """A count of bits, clamped."""
    return np.minimum(n, n.dtype.type(width))


def shift_left(a, n):
    """n is unsigned; all bits leave if it is large."""
    n = amount(n, bits(a))
    big = n >= bits(a)
    return np.where(big, a.dtype.type(0), a << np.where(big, 0, n).astype(a.dtype))


def shift_right(a, n):
    """Arithmetic for signed a."""
    n = amount(n, bits(a))
    if a.dtype.kind == "i":
        return a >> np.minimum(n, bits(a) - 1).astype(a.dtype)
    big = n >= bits(a)
    return np.where(big, a.dtype.type(0), a >> np.where(big, 0, n).astype(a.dtype))


def funnel(direction, wrap):
    """shf.l and shf.r: the upper or lower word of b:a shifted."""

    def shifted(a, b, c):
        c = c & np.uint32(31) if wrap else amount(c, 32)
        both = (b.astype(np.uint64) << np.uint64(32)) | a
        c = c.astype(np.uint64)
        if direction == "l":
            return (both << c >> np.uint64(32)).astype(np.uint32) if wrap else (
                np.where(c == 32, a, (both << c >> np.uint64(32)))
            ).astype(np.uint32)  # fmt: skip
        return (both >> c).astype(np.uint32)

    return shifted


def popcount(x):
    return np.bitwise_count(raw(x)).astype(np.uint32)


def smear(x):
    """All bits below the first one set."""
    x = raw(x)
    for n in (1, 2, 4, 8, 16, 32):
        if n < bits(x):
            x = x | (x >> x.dtype.type(n))
    return x


def leading_zeros(x):
    return (np.uint32(bits(x)) - popcount(smear(x))).astype(np.uint32)


def reverse(x):
    kind = x.dtype
    swapped = np.ascontiguousarray(raw(x)).view(np.uint8).reshape(-1, kind.itemsize)
    unpacked = np.unpackbits(swapped, axis=1, bitorder="little")[:, ::-1]
    return np.packbits(unpacked, axis=1, bitorder="little").view(raw(x).dtype)[:, 0].view(kind)


def find_bit(amount_wanted):
    """bfind: where the first bit is that is not the sign; all ones if there is none."""

    def found(x):
        y = raw(np.where(x < 0, ~x, x)) if x.dtype.kind == "i" else x
        none = y == 0
        top = np.uint32(bits(x) - 1) - leading_zeros(y)
        result = np.uint32(bits(x) - 1) - top if amount_wanted else top
        return np.where(none, np.uint32(0xFFFFFFFF), result).astype(np.uint32)

    return found


def low_mask(n, kind):
    """The lowest n bits set."""
    return shift_left(np.ones(n.shape, kind), n) - kind.type(1)


def extract(a, start, count):
    """bfe: a field of bits, extended by its sign for signed types."""
    start, count = start & np.uint32(0xFF), count & np.uint32(0xFF)
    a, start, count = np.broadcast_arrays(a, start, count)
    width = bits(a)
    u = raw(np.ascontiguousarray(a))
    field = shift_right(u, start) & low_mask(amount(count, width), u.dtype)
    if a.dtype.kind == "u":
        return field
    last = np.minimum(start + count - np.uint32(1), np.uint32(width - 1))
    sign = (shift_right(u, last) & u.dtype.type(1)) != 0
    known = np.minimum(count, np.where(start < width, width - start, 0)).astype(np.uint32)
    filled = field | np.where(sign & (count > 0), ~low_mask(known, u.dtype), u.dtype.type(0))
    return filled.view(a.dtype)


def insert(a, b, start, count):
    """bfi: the lowest bits of a into b."""
    start, count = start & np.uint32(0xFF), count & np.uint32(0xFF)
    a, b, start, count = np.broadcast_arrays(a, b, start, count)
    mask = shift_left(low_mask(amount(count, bits(b)), b.dtype), start)
    return (shift_left(a, start) & mask) | (b & ~mask)


def permute(a, b, selector):
    """prmt: bytes of b:a chosen by nibbles; the fourth bit of one spreads the byte's sign."""
    both = (b.astype(np.uint64) << np.uint64(32)) | a
    result = np.zeros(np.broadcast_shapes(a.shape, b.shape, selector.shape), np.uint32)
    for i in range(4):
        nibble = (selector >> np.uint32(4 * i)) & np.uint32(15)
        byte = (both >> ((nibble & np.uint32(7)).astype(np.uint64) * np.uint64(8))) & np.uint64(255)
        sign = np.where(byte & np.uint64(128), np.uint64(255), np.uint64(0))
        chosen = np.where(nibble & np.uint32(8), sign, byte).astype(np.uint32)
        result |= chosen << np.uint32(8 * i)
    return result


def logic3(a, b, c, table):
    """lop3: any function of three bits."""
    table = int(table.flat[0])
    result = np.zeros(np.broadcast_shapes(a.shape, b.shape, c.shape), a.dtype)
    for i in range(8):
        if table >> i & 1:
            result |= (a if i & 4 else ~a) & (b if i & 2 else ~b) & (c if i & 1 else ~c)
    return result


def add_carry(a, b, carry):
    """a + b + carry and the carry out of it."""
    s = a + b
    t = s + carry.astype(a.dtype)
    return t, (s < a) | (t < s)


def sub_borrow(a, b, borrow):
    d = a - b
    return d - borrow.astype(a.dtype), (a < b) | ((d == 0) & borrow)


def clamp_to(x, kind):
    """cvt.sat between integers."""
    limits = np.iinfo(kind)
    if x.dtype.kind == "u" and limits.bits >= bits(x) and kind(0).dtype.kind == "u":
        return x.astype(kind)
    low = max(limits.min, np.iinfo(x.dtype).min)
    top = min(limits.max, np.iinfo(x.dtype).max)
    return np.clip(x, x.dtype.type(low), x.dtype.type(top)).astype(kind)


def not_known(what):
    raise PtxError(f"{what} is not known")
