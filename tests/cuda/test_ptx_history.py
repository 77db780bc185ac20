"""The interpreter of PTX finds races in shared memory, and reads of what nobody wrote."""

import ptx
import pytest
from ptx import PtxError, parse

HEAD = """
.version 9.0
.target sm_90
.address_size 64
.visible .entry shares() {
    .reg .b32 %r<30>; .reg .pred %p<2>;
    .shared .align 16 .b8 s[256];
    mov.u32 %r1, %tid.x;
    mov.u32 %r2, s;
    shl.b32 %r3, %r1, 2;
    setp.eq.u32 %p1, %r1, 0;
"""

# of 64 threads, the number whose element of s is meant: an operation with the own number
PLACES = {
    "own": "xor 0", "next": "xor 1", "second": "xor 2", "third": "xor 3", "far": "xor 32",
    "first": "and 32", "zero": "and 0",
}  # fmt: skip
# masks of lanes that wait for each other: all, those that differ in the last bit, in the one before
WARPS = {"warp": (0xFFFFFFFF, 0), "pairs": (3, 30), "seconds": (5, 29)}
DEEDS = {
    "write": "st.shared.u32 [%r10], %r1;",
    "read": "ld.shared.u32 %r9, [%r10];",
    "add": "red.shared.add.u32 [%r10], 1;",
    "four": "@%p1 st.shared.v4.u32 [%r10], {%r1, %r1, %r1, %r1};",
    "byte": "st.shared.u8 [%r10], %r1;",
    "bar": "bar.sync 0;",
}


def statements(deed, place=None):
    if place:
        op, number = PLACES[place].split()
        yield f"{op}.b32 %r10, %r1, {number}; shl.b32 %r10, %r10, 2; add.u32 %r10, %r10, %r2;"
    if deed in WARPS:
        mask, kept = WARPS[deed]
        yield f"and.b32 %r11, %r1, {kept}; shl.b32 %r11, {mask}, %r11; bar.warp.sync %r11;"
    else:
        yield DEEDS[deed]


def run(program):
    lines = [s for part in program.split(", ") for s in statements(*part.split())]
    ptx.launch(parse(HEAD + "\n".join(lines) + "\nret;\n}\n"), "shares", (2,), (64,), [])


@pytest.mark.parametrize(
    "program",
    [
        "write own, read own",
        "write own, write own",
        "write own, bar, read next",
        "write own, bar, read far, bar, write own",
        "write own, bar, read zero, bar, write own",
        "write own, warp, read next",
        "write own, bar, read next, warp, write own",
        "write own, bar, read first, warp, write own",
        "write own, bar, add zero, add zero",
        "write own, bar, add zero, bar, read zero",
        "write own, add own, read own, write own",
        "write own, pairs, read next",
        "write own, pairs, seconds, read third",
        "write own, seconds, pairs, read third",
        "write own, bar, four zero, bar, read own",
    ],
)
def test_what_is_ordered_passes(program):
    run(program)


@pytest.mark.parametrize(
    "program, message",
    [
        ("write zero", "writes what was written by thread (63, 0, 0), block (0, 0, 0), thread (0,"),
        ("write own, read next", "reads what was written by thread (1, 0, 0)"),
        ("write own, read far", "reads what was written by thread (32, 0, 0)"),
        ("write own, write next", "writes what was written by thread (1, 0, 0)"),
        ("write own, warp, read far", "reads what was written by thread (32, 0, 0)"),
        ("write own, bar, read next, write own", "writes what was read by thread (1, 0, 0)"),
        ("write own, bar, read zero, write own", "writes what was read by several threads"),
        ("write own, bar, read zero, warp, write own", "writes what was read by several threads"),
        ("write own, bar, read first, write own", "writes what was read by several threads"),
        ("write own, add zero", "updates what was written by thread (0, 0, 0)"),
        ("write own, bar, add zero, read zero", "reads what was updated by several threads"),
        ("write own, bar, add next, read own", "reads what was updated by thread (1, 0, 0)"),
        ("write own, bar, add next, write own", "writes what was updated by thread (1, 0, 0)"),
        ("write own, bar, read next, add own", "updates what was read by thread (1, 0, 0)"),
        ("write own, pairs, read second", "reads what was written by thread (2, 0, 0)"),
        ("write own, pairs, read third", "reads what was written by thread (3, 0, 0)"),
        ("write own, bar, four zero, read own", "reads what was written by thread (0, 0, 0)"),
        ("read own", "read of shared memory that nobody has written"),
        ("add own", "read of shared memory that nobody has written"),
        ("byte own, read own", "read of shared memory that nobody has written"),
    ],
)
def test_what_is_not_ordered_is_found(program, message):
    with pytest.raises(PtxError) as caught:
        run(program)
    assert message in str(caught.value)


def test_shared_memory_is_new_for_each_block(monkeypatch):
    """Also where blocks are interpreted one after another."""
    for lanes in (64, 1 << 16):
        monkeypatch.setattr("ptx.execute.LANES", lanes)
        run("write own, bar, read far")
        with pytest.raises(PtxError, match="nobody has written"):
            run("read own")


def test_blocks_share_nothing():
    """Threads of the same number in two blocks are not one."""
    text = (
        HEAD
        + """
    mov.u32 %r12, %ctaid.x;
    setp.eq.u32 %p1, %r12, 0;
    add.u32 %r10, %r3, %r2;
    @%p1 st.shared.u32 [%r10], %r1;
    bar.sync 0;
    ld.shared.u32 %r9, [%r10];
    ret;
    }
    """
    )
    ptx.launch(parse(text), "shares", (1,), (64,), [])
    with pytest.raises(PtxError, match=r"nobody has written, block \(1, 0, 0\)"):
        ptx.launch(parse(text), "shares", (2,), (64,), [])
