"""Memory that a kernel may touch: arrays at their own addresses, with every access checked.

Addresses of shared and local memory are small numbers; among generic ones they have a window each.
An access that is outside of all arrays, or not aligned to its size, is an error.
"""

import ctypes

import numpy as np

from .errors import PtxError

SHARED_WINDOW = 0x7A00_0000_0000_0000
LOCAL_WINDOW = 0x7B00_0000_0000_0000
PARAM_WINDOW = 0x7C00_0000_0000_0000
PARAM_BASE = 1 << 32  # of addresses of parameters that a kernel computes
WINDOW = 1 << 40
UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


class Memory:
    """The arrays that kernels see."""

    def __init__(self):
        self.extents = []  # (first address, bytes as an array, writable)
        self.views = {}

    def add(self, array, writable=True):
        """Registers the bytes that an array, of any strides, spans; its address."""
        address = array.__array_interface__["data"][0]
        if array.size == 0:
            return address
        reach = [(n - 1) * s for n, s in zip(array.shape, array.strides, strict=True)]
        low = sum(r for r in reach if r < 0)
        high = sum(r for r in reach if r > 0) + array.itemsize
        self.add_bytes(address + low, high - low, writable, keep=array)
        return address

    def add_bytes(self, address, size, writable=True, keep=None):
        raw = np.frombuffer((ctypes.c_uint8 * size).from_address(address), np.uint8)
        if not writable:
            raw.flags.writeable = False
        self.extents.append((address, raw, writable, keep))
        self.views.clear()

    def typed(self, number, size):
        """An extent as whole numbers at aligned addresses, and the first of these addresses."""
        if (number, size) not in self.views:
            base, raw, _, _ = self.extents[number]
            skip = -base % size
            usable = (len(raw) - skip) // size * size
            view = raw[skip : skip + usable].view(UNSIGNED[size]) if usable > 0 else raw[:0]
            self.views[number, size] = (view, base + skip)
        return self.views[number, size]

    def locate(self, address, size, count, writing):
        """[(which of the lanes, numbers of the extent, index of the first of them)]"""
        check_aligned(address, size * count)
        rest, found = np.arange(len(address)), []
        for number, (base, raw, writable, _) in enumerate(self.extents):
            at = address[rest]
            inside = (at >= base) & (at + np.uint64(size * count) <= np.uint64(base + len(raw)))
            if not inside.any():
                continue
            if writing and not writable:
                raise PtxError(f"a store into constant memory, at {int(at[inside][0]):#x}")
            view, first = self.typed(number, size)
            lanes = slice(None) if inside.all() and len(rest) == len(address) else rest[inside]
            found.append(
                (lanes, view, ((at[inside] - np.uint64(first)) // np.uint64(size)).astype(np.int64))
            )
            rest = rest[~inside]
            if not len(rest):
                return found
        raise BadAccess(rest[0], self.described(int(address[rest[0]]), size * count))

    def described(self, address, size):
        nearest = min(
            (
                (min(abs(address - b), abs(address - b - len(r))), b, len(r))
                for b, r, _, _ in self.extents
            ),
            default=None,
        )
        text = f"{size} bytes at {address:#x} are in no array"
        if nearest:
            _, base, length = nearest
            text += f"; the nearest has {length} bytes from {base:#x}: offset {address - base}"
        return text


class BadAccess(PtxError):
    """With the number, in the instruction, of the lane that did it."""

    def __init__(self, lane, message):
        super().__init__(message)
        self.lane = lane


def check_aligned(address, size):
    wrong = (address & np.uint64(size - 1)) != 0
    if wrong.any():
        lane = int(np.flatnonzero(wrong)[0])
        raise BadAccess(lane, f"misaligned: {size} bytes at {int(address[lane]):#x}")


class Banks:
    """Shared or local memory: as many bytes for each block or lane, full of NaN at first."""

    def __init__(self, name, owners, size, extents=None):
        self.name, self.size = name, -(-size // 16) * 16
        self.raw = np.full((owners, self.size), 0xFF, np.uint8)
        self.allowed = np.ones(self.size + 1, bool)
        if extents is not None:
            self.allowed[:] = False
            for start, length in extents:
                self.allowed[start : start + length] = True

    def locate(self, address, owner, size, count):
        """Numbers of all banks, and the index of the first for each lane."""
        check_aligned(address, size * count)
        last = address + np.uint64(size * count - 1)
        bad = (last >= self.size) | (address >= self.size)
        safe = np.where(bad, 0, address).astype(np.int64)
        bad |= ~(self.allowed[safe] & self.allowed[np.where(bad, 0, last).astype(np.int64)])
        if bad.any():
            lane = int(np.flatnonzero(bad)[0])
            where = f"{size * count} bytes at {int(address[lane])} of {self.name} memory"
            raise BadAccess(lane, f"{where} are in no variable")
        return self.raw.reshape(-1).view(UNSIGNED[size]), (owner * self.size + safe) // size
