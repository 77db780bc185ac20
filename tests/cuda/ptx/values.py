"""Reading and writing operands: registers are arrays of bits over the lanes of a wave.

A selection of lanes is `ALL` or an array of their numbers.  A full write replaces the array of a
register; operations return new arrays, so no two registers share one.
"""

import struct

import numpy as np

from .errors import PtxError
from .integers import SIGNED, UNSIGNED
from .memory import LOCAL_WINDOW, PARAM_WINDOW, SHARED_WINDOW
from .operations import KINDS
from .parse import Imm, Place, Reg, Special

ALL = slice(None)
WINDOWS = {"shared": SHARED_WINDOW, "local": LOCAL_WINDOW, "param": PARAM_WINDOW}


def bits_kind(kind):
    return np.dtype(bool) if kind == "pred" else np.dtype(UNSIGNED[KINDS[kind].itemsize])


def immediate(text, kind):
    """A number as an array of one."""
    dtype = KINDS[kind]
    written = {"0f": (np.uint32, np.float32), "0d": (np.uint64, np.float64)}.get(text[:2].lower())
    if written:
        bits = np.array([int(text[2:], 16)], written[0])
        return (bits.view(written[1]) if dtype.kind == "f" else bits).astype(dtype)
    if dtype.kind == "f":
        return np.array([float(text)], dtype)
    if dtype.kind == "b":
        return np.array([int(text, 0) != 0])
    raw = (int(text.removesuffix("U"), 0) % (1 << 64)).to_bytes(8, "little")
    return np.frombuffer(raw, UNSIGNED[dtype.itemsize], 1).view(dtype)


def reader(operand, kind):
    """A function (wave, selection) -> array of the type."""
    dtype = KINDS[kind]
    if isinstance(operand, Reg):
        return register_reader(operand, kind)
    if isinstance(operand, Imm):
        value = immediate(operand.text, kind)
        return lambda w, sel: value
    if isinstance(operand, Special):
        return lambda w, sel: w.special(operand.name)[sel].astype(dtype)
    if isinstance(operand, Place):
        return lambda w, sel: np.array([w.offset(operand)], np.uint64).astype(dtype)
    raise PtxError(f"an operand that is not understood: {operand}")


def register_reader(operand, kind):
    i, dtype, width = operand.index, KINDS[kind], operand.width
    if kind == "pred" or width == 0:
        if kind != "pred" or width != 0:
            raise PtxError("a predicate is not a number")
        if operand.negated:
            return lambda w, sel: ~w.regs[i][sel]
        return lambda w, sel: w.regs[i][sel]
    if dtype.itemsize == width:
        return lambda w, sel: w.regs[i][sel].view(dtype)
    if dtype.itemsize > width:
        raise PtxError(f"a register of {width} bytes cannot be read as {kind}")
    small = UNSIGNED[dtype.itemsize]
    return lambda w, sel: w.regs[i][sel].astype(small).view(dtype)


def writer(operand, kind):
    """A procedure (wave, selection, array)."""
    if operand is None:
        return lambda w, sel, value: None
    if not isinstance(operand, Reg):
        raise PtxError(f"a result that is not a register: {operand}")
    i, dtype, width = operand.index, KINDS[kind], operand.width
    if (kind == "pred") != (width == 0) or dtype.itemsize > max(width, 1):
        raise PtxError(f"a register of {width} bytes cannot hold {kind}")
    stored = np.dtype(UNSIGNED[width]) if width else np.dtype(bool)
    extended = None
    if width > dtype.itemsize:
        extended = SIGNED[width] if dtype.kind == "i" else UNSIGNED[width]

    def write(w, sel, value):
        if value.dtype != dtype:
            raise PtxError(f"the interpreter made {value.dtype} where {kind} is needed")
        if extended is not None:
            value = value.astype(extended)
        value = value.view(stored)
        if sel is ALL:
            w.regs[i] = value if len(value) == w.lanes else np.repeat(value, w.lanes)
        else:
            w.regs[i][sel] = value

    return write


def argument(value):
    """An argument of a kernel as bytes."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, np.generic):
        return value.tobytes()
    if isinstance(value, np.ndarray):
        return struct.pack("<Q", value.__array_interface__["data"][0])
    raise PtxError(f"an argument must be bytes, an array or a NumPy number, not {value!r}")
