"""Memory that a pullback keeps, or that gets active values, written past its array.

Each write is refused or differentiated; what may not happen is a gradient made of what was written
afterwards, or one that lacks what was written.
"""

import array
import ctypes
import io
import mmap
import struct

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import zygcore as zg
from zygcore.errors import ZygcoreError

DOUBLES = ctypes.POINTER(ctypes.c_double)


def right_or_refused(f, x=1.25, h=1e-6, known=None):
    if known is None:
        known = (f(x + h) - f(x - h)) / (2 * h)
    try:
        y, (g,) = zg.withgradient(f, x)
    except ZygcoreError:
        return
    assert y == f(x)
    assert g == pytest.approx(known, rel=1e-6)


def item(a, v):
    memoryview(a)[0] = v


def items(a, v):
    memoryview(a)[1:] = memoryview(np.full(2, v))


def its_data(a, v):
    a.data[0] = v


def as_bytes(a, v):
    memoryview(a).cast("B")[0:8] = struct.pack("d", v)


def flat(a, v):
    a.flat[0] = v


def flat_slice(a, v):
    a.flat[::2] = v


def iterated(a, v):
    with np.nditer(a, op_flags=["readwrite"]) as it:
        for entry in it:
            entry[...] = v


def as_ctypes(a, v):
    np.ctypeslib.as_ctypes(a)[0] = v


def from_buffer(a, v):
    (ctypes.c_double * 3).from_buffer(a)[0] = v


def pointer(a, v):
    a.ctypes.data_as(DOUBLES)[0] = v


def contents(a, v):
    a.ctypes.data_as(DOUBLES).contents.value = v


def strided(a, v):
    as_strided(a, (2,), (8,))[0] = v


def window(a, v):
    sliding_window_view(a, 2, writeable=True)[0, 0] = v


def real(a, v):
    a.real[0] = v


def masked(a, v):
    np.ma.array(a, copy=False)[0] = v


def packed_half(a, v):
    try:
        struct.pack_into("dd", a, 0, v, "no number")
    except struct.error:
        pass


def put_half(a, v):
    try:
        a.put([0, 1, 9], [v, v, v])
    except IndexError:
        pass


WRITES = {
    f.__name__: f
    for f in (
        item, items, its_data, as_bytes, flat, flat_slice, iterated, as_ctypes, from_buffer,
        pointer, contents, strided, window, real, masked, packed_half, put_half,
    )
} | {
    "memoryview.__setitem__": lambda a, v: memoryview(a).__setitem__(0, v),
    "flatiter.__setitem__": lambda a, v: a.flat.__setitem__(0, v),
    "pack_into": lambda a, v: struct.pack_into("d", a, 0, v),
    "pack_into a memoryview": lambda a, v: struct.pack_into("d", memoryview(a), 0, v),
    "memmove": lambda a, v: ctypes.memmove(a.ctypes.data, ctypes.byref(ctypes.c_double(v)), 8),
    "fill_diagonal": lambda a, v: np.fill_diagonal(a.reshape(1, 3), v),
    "put": lambda a, v: a.put([0], v),
    "copyto": np.copyto,
    "place": lambda a, v: np.place(a, a > 1, [v]),
    "put_along_axis": lambda a, v: np.put_along_axis(a, np.array([0]), v, 0),
    "vectorize": lambda a, v: np.vectorize(lambda i: a.__setitem__(i, v))([0, 1]),
}  # fmt: skip


def overwriting(name):
    """A function that overwrites an array after it was used."""

    def f(x):
        a = np.arange(1.0, 4.0)
        s = (a * x).sum()
        WRITES[name](a, 9.0)
        return s

    return f


@pytest.mark.parametrize("name", WRITES)
def test_kept_then_overwritten(name):
    right_or_refused(overwriting(name))


@pytest.mark.parametrize("name", WRITES)
def test_through_a_view_that_is_written_later(name):
    def f(x):
        b = np.arange(0.0, 8.0)
        a = b[2:5]
        s = (b[1:4] * x).sum() + (b * x).prod()
        WRITES[name](a, 9.0)
        return s * b.sum()

    right_or_refused(f)


@pytest.mark.parametrize("name", WRITES)
def test_something_active_is_written(name):
    def f(x):
        a = np.arange(1.0, 4.0)
        WRITES[name](a, x)
        return float(a.sum()) * 2.0

    right_or_refused(f)


@pytest.mark.parametrize("name", WRITES)
def test_at_two_levels(name):
    f = overwriting(name)
    right_or_refused(lambda x: zg.gradient(lambda z: f(z) * z, x)[0] * x, known=24 * 1.25)


def test_zeros_from_memset():
    def f(x):
        a = np.arange(1.0, 4.0)
        s = (a * x).sum()
        ctypes.memset(a.ctypes.data, 0, 8)
        return s

    right_or_refused(f)


@pytest.mark.parametrize("shown", [lambda a: a, memoryview, lambda a: memoryview(a).cast("B")])
def test_read_from_a_file(shown):
    def f(x):
        a = np.arange(1.0, 4.0)
        s = (a * x).sum()
        io.BytesIO(bytes(24)).readinto(shown(a))
        return s

    right_or_refused(f)


def zero_bytes(memory):
    memory[0:8] = bytes(8)


def zero_item(memory):
    memory[0] = 0.0


MEMORY = {
    "bytearray": (lambda: bytearray(np.arange(1.0, 4.0).tobytes()), zero_bytes),
    "array": (lambda: array.array("d", [1.0, 2.0, 3.0]), zero_item),
    "array.byteswap": (lambda: array.array("d", [1.0, 2.0, 3.0]), array.array.byteswap),
    "ctypes": (lambda: (ctypes.c_double * 3)(1.0, 2.0, 3.0), zero_item),
    "mmap": (lambda: mmap.mmap(-1, 24), lambda m: m.write(struct.pack("ddd", 4.0, 5.0, 6.0))),
}


@pytest.mark.parametrize("name", MEMORY)
def test_arrays_over_other_memory(name):
    make, change = MEMORY[name]

    def f(x):
        memory = make()
        s = (np.frombuffer(memory) * x).sum() * 3.0
        change(memory)
        return s + x

    right_or_refused(f)


@pytest.mark.parametrize("name", ["bytearray", "array", "ctypes"])
def test_other_memory_that_the_caller_changes(name):
    make, change = MEMORY[name]
    memory = make()
    _, back = zg.pullback(lambda x: (np.frombuffer(memory) * x).sum(), 2.0)
    change(memory)
    assert back(1.0) == back(1.0) == (6.0,)
    assert np.frombuffer(memory)[0] == 0.0


def test_unrelated_memory_may_be_written():
    def f(x):
        a, b = np.arange(1.0, 4.0), np.arange(1.0, 4.0)
        s = (a * x).sum()
        memoryview(b)[0] = 5.0
        b.flat[1] = 6.0
        text = bytearray(b"abc")
        text[0] = 65
        box = (ctypes.c_double * 2)()
        box[1] = 2.0
        struct.pack_into("d", b, 16, 7.0)
        return s * b.sum() + len(text) * box[1]

    assert zg.gradient(f, 2.0) == (6.0 * 18.0,)
