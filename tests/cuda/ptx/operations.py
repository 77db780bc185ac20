"""What the instructions that only compute do: a table from their names to functions of arrays.

An entry gets the modifiers of an instruction and gives an `Operation`: the types of its results and
operands, and a function of arrays of these types (registers hold bits; who calls converts).  The
function returns new arrays, never its operands.  What is not in the table is an error.
"""

from dataclasses import dataclass

import numpy as np

from . import floats as F
from . import integers as I
from .errors import PtxError

KINDS = {
    "pred": np.dtype(bool),
    **{f"u{8 * n}": np.dtype(t) for n, t in I.UNSIGNED.items()},
    **{f"b{8 * n}": np.dtype(t) for n, t in I.UNSIGNED.items()},
    **{f"s{8 * n}": np.dtype(t) for n, t in I.SIGNED.items()},
    "f16": np.dtype(np.float16),
    "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
    "bf16": np.dtype(np.uint16),
    "f16x2": np.dtype(np.uint32),
    "bf16x2": np.dtype(np.uint32),
}
TABLE = {}
ROUNDINGS = ("rn", "rz", "rm", "rp")
COUNT = "u32"


@dataclass
class Operation:
    results: tuple
    sources: tuple
    function: object


def entry(*names):
    def registered(build):
        for name in names:
            TABLE[name] = build
        return build

    return registered


def operation(op, mods):
    """The `Operation` of an instruction; PtxError if it is not known."""
    if op not in TABLE:
        raise PtxError(f"{op} is not known")
    return TABLE[op](op, mods)


def is_float(kind):
    return kind[0] == "f"


def leftover(op, mods, known):
    """Modifiers that nobody has looked at are an error."""
    rest = [m for m in mods[:-1] if m not in known]
    if rest:
        raise PtxError(f"{'.'.join([op, *mods])}: {rest} are not known")


def float_modes(op, mods, known=()):
    """Rounding and a wrapper for .ftz and .sat."""
    leftover(op, mods, (*ROUNDINGS, "ftz", "sat", *known))
    mode = next((m for m in mods if m in ROUNDINGS), "rn")

    def wrapped(f):
        def g(*args):
            if "ftz" in mods:
                args = [F.flush(a) for a in args]
            result = f(*args)
            if "ftz" in mods:
                result = F.flush(result)
            return F.saturate(result) if "sat" in mods else result

        return g

    return mode, wrapped


def same(kind, n, f):
    return Operation((kind,), (kind,) * n, f)


INTEGER_PAIRS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": I.quotient,
    "rem": I.remainder,
    "min": np.minimum,
    "max": np.maximum,
}
FLOAT_PAIRS = {
    "add": F.add,
    "sub": lambda a, b, mode: F.add(a, -b, mode),
    "mul": F.mul,
    "div": F.div,
}


@entry("add", "sub", "mul", "div", "rem")
def arithmetic(op, mods):
    kind = mods[-1]
    if kind in ("f32", "f64"):
        if op == "rem":
            raise PtxError("rem of floats is not known")
        mode, wrapped = float_modes(op, mods, ("approx", "full"))
        return same(kind, 2, wrapped(lambda a, b: FLOAT_PAIRS[op](a, b, mode)))
    if kind in ("f16", "bf16", "f16x2", "bf16x2"):
        raise PtxError(f"{op}.{kind} is not known: 16-bit floats are for storage")
    if "cc" in mods:
        return carrying(op, mods)
    if op == "mul":
        return multiply(op, mods)
    leftover(op, mods, ())
    return same(kind, 2, INTEGER_PAIRS[op])


def carrying(op, mods):
    kind = mods[-1]
    leftover(op, mods, ("cc",))
    none = np.zeros(1, bool)
    f = {"add": I.add_carry, "sub": I.sub_borrow}[op]
    return Operation((kind, "pred"), (kind, kind), lambda a, b: f(a, b, none))


@entry("addc", "subc")
def with_carry(op, mods):
    kind = mods[-1]
    leftover(op, mods, ("cc",))
    f = {"addc": I.add_carry, "subc": I.sub_borrow}[op]
    if "cc" in mods:
        return Operation((kind, "pred"), (kind, kind, "pred"), f)
    return Operation((kind,), (kind, kind, "pred"), lambda a, b, c: f(a, b, c)[0])


def wide_kind(kind):
    return f"{kind[0]}{2 * int(kind[1:])}"


def multiply(op, mods):
    kind = mods[-1]
    leftover(op, mods, ("lo", "hi", "wide"))
    if "wide" in mods:
        return Operation((wide_kind(kind),), (kind, kind), lambda a, b: I.wider(a) * I.wider(b))
    return same(kind, 2, I.high if "hi" in mods else np.multiply)


@entry("mad", "madc")
def multiply_add(op, mods):
    kind = mods[-1]
    if is_float(kind):
        return fused("fma", mods)
    leftover(op, mods, ("lo", "hi", "wide", "cc"))
    product = multiply("mul", [m for m in mods if m != "cc"])
    sum_kind = product.results[0]
    none = np.zeros(1, bool)

    def f(a, b, c, carry=none):
        result = I.add_carry(product.function(a, b), c, carry)
        return result if "cc" in mods else result[0]

    sources = (kind, kind, sum_kind) + (("pred",) if op == "madc" else ())
    return Operation((sum_kind, "pred") if "cc" in mods else (sum_kind,), sources, f)


@entry("fma")
def fused(op, mods):
    mode, wrapped = float_modes(op, mods)
    if mods[-1] not in ("f32", "f64"):
        raise PtxError(f"fma.{mods[-1]} is not known")
    return same(mods[-1], 3, wrapped(lambda a, b, c: F.fma(a, b, c, mode)))


@entry("min", "max")
def extremes(op, mods):
    kind = mods[-1]
    if not is_float(kind):
        leftover(op, mods, ())
        return same(kind, 2, INTEGER_PAIRS[op])
    _, wrapped = float_modes(op, mods, ("NaN",))
    sign = 1 if op == "max" else -1
    return same(kind, 2, wrapped(lambda a, b: F.maximum(a, b, "NaN" in mods, sign)))


@entry("neg", "abs")
def signs(op, mods):
    kind = mods[-1]
    if not is_float(kind):
        leftover(op, mods, ())
        return same(kind, 1, np.negative if op == "neg" else I.magnitude)
    _, wrapped = float_modes(op, mods)
    return same(kind, 1, wrapped(np.negative if op == "neg" else np.abs))


@entry("copysign")
def copysign(op, mods):
    leftover(op, mods, ())
    return same(mods[-1], 2, lambda a, b: np.copysign(b, a))  # the sign of the first


def close(f):
    """An approximation: computed in float64, rounded once."""
    return lambda x: f(F.wide(x)).astype(x.dtype)


def of_upper_word(f):
    """An approximation for doubles, which sees and gives their upper 32 bits only."""
    return lambda x: F.half_of_word(F.flush(f(F.half_of_word(F.flush(x)))))


APPROXIMATE = {
    "rcp": lambda x: 1 / x,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "sin": np.sin,
    "cos": np.cos,
    "ex2": np.exp2,
    "lg2": np.log2,
    "tanh": np.tanh,
}


@entry(*APPROXIMATE)
def roots(op, mods):
    kind = mods[-1]
    if kind not in ("f32", "f64"):
        raise PtxError(f"{'.'.join([op, *mods])} is not known")
    if "approx" in mods:
        if kind == "f64":
            leftover(op, mods, ("approx", "ftz"))
            if "ftz" in mods:
                return same(kind, 1, of_upper_word(APPROXIMATE[op]))
            return same(kind, 1, APPROXIMATE[op])
        _, wrapped = float_modes(op, mods, ("approx",))
        return same(kind, 1, wrapped(close(APPROXIMATE[op])))
    mode, wrapped = float_modes(op, mods)
    if op == "sqrt":
        return same(kind, 1, wrapped(lambda x: F.sqrt(x, mode)))
    if op == "rcp":
        return same(kind, 1, wrapped(lambda x: F.div(np.ones_like(x), x, mode)))
    raise PtxError(f"{'.'.join([op, *mods])} is not known")


TESTS = {
    "finite": np.isfinite,
    "infinite": np.isinf,
    "number": lambda x: ~np.isnan(x),
    "notanumber": np.isnan,
    "normal": lambda x: np.isfinite(x) & (np.abs(x) >= np.finfo(x.dtype).tiny),
    "subnormal": lambda x: (np.abs(x) < np.finfo(x.dtype).tiny) & (x != 0),
}


@entry("testp")
def tested(op, mods):
    return Operation(("pred",), (mods[-1],), TESTS[mods[0]])


# -- bits --------------------------------------------------------------------------------------


@entry("and", "or", "xor", "not")
def logic(op, mods):
    leftover(op, mods, ())
    f = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "not": np.invert}[op]
    return same(mods[-1], 1 if op == "not" else 2, f)


@entry("cnot")
def logical_not(op, mods):
    return same(mods[-1], 1, lambda x: (x == 0).astype(x.dtype))


@entry("shl", "shr")
def shifts(op, mods):
    leftover(op, mods, ())
    kind = mods[-1]
    f = I.shift_left if op == "shl" else I.shift_right
    return Operation((kind,), (kind, COUNT), f)


@entry("shf")
def funnel(op, mods):
    leftover(op, mods, ("l", "r", "wrap", "clamp"))
    return Operation(("b32",), ("b32", "b32", COUNT), I.funnel(mods[0], "wrap" in mods))


@entry("popc", "clz", "brev", "bfind")
def counted(op, mods):
    kind = mods[-1]
    leftover(op, mods, ("shiftamt",))
    if op == "brev":
        return same(kind, 1, I.reverse)
    f = {"popc": I.popcount, "clz": I.leading_zeros, "bfind": I.find_bit("shiftamt" in mods)}[op]
    return Operation(("u32",), (kind,), f)


@entry("bfe", "bfi")
def fields(op, mods):
    kind = mods[-1]
    leftover(op, mods, ())
    if op == "bfe":
        return Operation((kind,), (kind, COUNT, COUNT), I.extract)
    return Operation((kind,), (kind, kind, COUNT, COUNT), I.insert)


@entry("prmt")
def permute(op, mods):
    leftover(op, mods, ())
    return Operation(("b32",), ("b32", "b32", "b32"), I.permute)


@entry("lop3")
def logic3(op, mods):
    leftover(op, mods, ())
    return Operation(("b32",), ("b32", "b32", "b32", "u32"), I.logic3)


@entry("sad")
def difference(op, mods):
    kind = mods[-1]
    return same(kind, 3, lambda a, b, c: c + np.where(a < b, b - a, a - b))


# -- comparisons and choices -------------------------------------------------------------------

COMPARE = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
    "gt": np.greater, "ge": np.greater_equal,
    "lo": np.less, "ls": np.less_equal, "hi": np.greater, "hs": np.greater_equal,
}  # fmt: skip


def comparison(name, floating):
    if name == "num":
        return lambda a, b: ~(np.isnan(a) | np.isnan(b))
    if name == "nan":
        return lambda a, b: np.isnan(a) | np.isnan(b)
    if floating and name.endswith("u") and name[:-1] in COMPARE:
        ordered = COMPARE[name[:-1]]
        return lambda a, b: ordered(a, b) | np.isnan(a) | np.isnan(b)
    if floating and name == "ne":  # false for NaN, unlike NumPy's
        return lambda a, b: (a < b) | (a > b)
    if name not in COMPARE:
        raise PtxError(f"setp.{name} is not known")
    return COMPARE[name]


JOIN = {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor}


@entry("setp", "set")
def compare(op, mods):
    """setp has two results: what the comparison gives and, after the join, its opposite."""
    kind = mods[-1]
    name, join = mods[0], next((m for m in mods[1:] if m in JOIN), None)
    kinds = [m for m in mods[1:] if m in KINDS]
    leftover(op, mods, (name, "ftz", *([join] if join else ()), *kinds))
    test = comparison(name, is_float(kind))
    ready = F.flush if "ftz" in mods else lambda x: x

    def f(a, b, c=None):
        found = test(ready(a), ready(b))
        return found if c is None else JOIN[join](found, c)

    def both(a, b, c=None):
        found = test(ready(a), ready(b))
        if c is None:
            return found, ~found
        return JOIN[join](found, c), JOIN[join](~found, c)

    sources = (kind, kind) + (("pred",) if join else ())
    if op == "setp":
        return Operation(("pred", "pred"), sources, both)
    to = kinds[0]
    if is_float(to):
        return Operation((to,), sources, lambda *args: f(*args).astype(KINDS[to]))
    yes = KINDS[to].type(0)
    return Operation((to,), sources, lambda *args: np.where(f(*args), ~yes, yes))


@entry("selp")
def select(op, mods):
    kind = mods[-1]
    leftover(op, mods, ())
    raw = kind if not is_float(kind) else "b" + kind[1:]  # the bits of a NaN are kept
    return Operation((raw,), (raw, raw, "pred"), lambda a, b, p: np.where(p, a, b))


@entry("slct")
def select_sign(op, mods):
    kind, by = mods[-2:]
    leftover(op, mods, ("ftz", kind))
    raw = kind if not is_float(kind) else "b" + kind[1:]
    return Operation((raw,), (raw, raw, by), lambda a, b, c: np.where(c >= 0, a, b))


# -- conversions -------------------------------------------------------------------------------


def pairs_of_halves(op, mods):
    """cvt of two float32 into one word; the first goes to the upper half."""
    leftover(op, mods, (*ROUNDINGS, mods[-2]))
    one = convert(op, [m for m in mods[:-2]] + [mods[-2].removesuffix("x2"), "f32"]).function

    def f(a, b):
        upper, lower = one(a).view(np.uint16), one(b).view(np.uint16)
        return (upper.astype(np.uint32) << np.uint32(16)) | lower

    return Operation(("b32",), ("f32", "f32"), f)


@entry("cvt")
def convert(op, mods):
    to, kind = mods[-2:]
    if to.endswith("x2"):
        return pairs_of_halves(op, mods)
    leftover(op, mods, (*ROUNDINGS, *F.ROUND, "sat", "ftz", to))
    mode = next((m for m in mods if m in ROUNDINGS), "rn")
    whole = next((m for m in mods if m in F.ROUND), None)
    before = F.flush if "ftz" in mods and kind == "f32" else lambda x: x
    after = F.flush if "ftz" in mods and to == "f32" else lambda x: x
    if "bf16" in (to, kind):
        return bfloat(to, kind, mode)
    dtype, floating = KINDS[to], is_float(to)
    if is_float(kind) and not floating:
        if whole is None:
            raise PtxError(f"{'.'.join([op, *mods])}: no rounding is given")
        return Operation((to,), (kind,), lambda x: F.to_integer(before(x), dtype, whole))
    if not is_float(kind) and floating:
        return Operation((to,), (kind,), lambda x: F.from_integer(x, dtype, mode))
    if not floating:
        sat = "sat" in mods
        return Operation((to,), (kind,), lambda x: I.clamp_to(x, dtype) if sat else x.astype(dtype))

    def between(x):
        x = before(x)
        if whole:
            y = F.ROUND[whole](x).astype(dtype)
        elif dtype.itemsize < x.dtype.itemsize:
            y = F.narrow(F.wide(x), dtype, mode) if mode != "rn" else x.astype(dtype)
        else:
            y = x.astype(dtype)
        return after(F.saturate(y) if "sat" in mods else y)

    return Operation((to,), (kind,), between)


def bfloat(to, kind, mode):
    if (to, kind) == ("bf16", "f32"):
        return Operation(("b16",), ("f32",), lambda x: F.to_bf16(x, mode))
    if (to, kind) == ("f32", "bf16"):
        return Operation(("f32",), ("b16",), F.from_bf16)
    raise PtxError(f"cvt.{to}.{kind} is not known")
