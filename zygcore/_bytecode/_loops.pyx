"""One header per loop.

CPython compiles the test of a ``while`` loop twice: before the loop and, with the
same source positions, at the end of its body.  `merge_loop_tests` finds the copy
and redirects control from it to the original.  The copy and the original are
walked in lockstep through every branch; only when both do the same things
under the same handlers and end in the same places is anything changed, so a
copy that differs is left alone and the loop merely keeps two tests.
"""

from zygcore._bytecode._decode cimport *

cdef enum:
    # Instructions a test may have, and starts that are tried for one loop.
    WALK_LIMIT = 400
    TRIES = 12


cdef bint harmless(int kind) noexcept:
    """Whether the source position of such an instruction cannot be seen."""
    return K_CONST <= kind <= K_SWAP or kind == K_RETURN or kind == K_RETURN_CONST


cdef bint is_test(int kind) noexcept:
    return K_IF_TRUE <= kind <= K_IF_NOT_NONE


cdef int family(int kind) noexcept:
    """Branches that ask the same question, whichever way they jump."""
    if kind == K_IF_FALSE:
        return K_IF_TRUE
    if kind == K_IF_NOT_NONE:
        return K_IF_NONE
    return kind


cdef bint same_step(Ins* a, Ins* b, list positions):
    if a.region != b.region:
        return False
    if harmless(a.kind):
        return a.op == b.op and a.arg == b.arg
    if branches(a.kind):
        if family(a.kind) != family(b.kind):
            return False
    elif a.op != b.op or a.arg != b.arg or a.kind != b.kind:
        return False
    return positions[a.offset >> 1] == positions[b.offset >> 1]


cdef bint equivalent(Decoded d, int copy, int original, list positions):
    """Whether running from `copy` is the same as running from `original`."""
    cdef list pending = [(copy, original)]
    cdef dict seen = {}
    cdef int i, j, steps = 0
    cdef int next_i[2]
    cdef int next_j[2]
    while pending:
        i, j = pending.pop()
        while True:
            i = d.resolve(i)
            j = d.resolve(j)
            if i == j:
                break
            if seen.get(i) == j:
                break
            seen[i] = j
            steps += 1
            if steps > WALK_LIMIT or not same_step(&d.ins[i], &d.ins[j], positions):
                return False
            d.successors(i, &next_i[0], &next_i[1])
            d.successors(j, &next_j[0], &next_j[1])
            if (next_i[0] < 0) != (next_j[0] < 0) or (next_i[1] < 0) != (next_j[1] < 0):
                return False
            if next_i[1] >= 0:
                pending.append((next_i[1], next_j[1]))
            if next_i[0] < 0:
                break
            i = next_i[0]
            j = next_j[0]
    return True


cdef tuple step_key(Ins* ins, list positions):
    if branches(ins.kind):
        return (-family(ins.kind), 0, positions[ins.offset >> 1])
    return (ins.op, ins.arg, positions[ins.offset >> 1])


cdef int twin_of(dict twins, Ins* ins, list positions, int low, int high):
    """The last instruction in ``low:high`` like `ins`, or -1."""
    cdef list places = twins.get(step_key(ins, positions))
    cdef int k
    if places is not None:
        for k in range(len(places) - 1, -1, -1):
            if <int>places[k] < low:
                break
            if <int>places[k] < high:
                return places[k]
    return -1


cdef list candidates(Decoded d, int end, int body, dict twins, list positions):
    """Pairs (start in the copy, start in the original), longest first.

    The copy ends at `end`, the original just before `body`; both have about the
    same length, which keeps this from pairing up copies of an outer statement.
    """
    cdef list pairs = []
    cdef int i = end, twin
    while i > body:
        if d.ins[i].kind != K_SKIP and d.ins[i].kind != K_JUMP:
            twin = twin_of(twins, &d.ins[i], positions, body - (end - i + 1) - 8, body)
            if twin < 0 and not harmless(d.ins[i].kind):
                break
            if twin >= 0 and not is_test(d.ins[i].kind):
                pairs.append((i, twin))
        i -= 1
    pairs.reverse()
    return pairs


def merge_loop_tests(Decoded d):
    """Redirect each copy of a loop's test to the original."""
    cdef list positions = None, ends = []
    cdef dict twins = {}
    cdef int i, body, copy, original
    cdef int ahead[2]
    for i in range(d.n):
        if is_test(d.ins[i].kind):
            d.successors(i, &ahead[0], &ahead[1])
            # Both may go back: to the body, and out of the loop to the head of an outer one.
            for body in (max(ahead[0], ahead[1]), min(ahead[0], ahead[1])):
                if 0 <= body <= i:
                    ends.append((i, body))
    if not ends:
        return
    positions = list(d.code.co_positions())
    for i in range(d.n):
        if d.ins[i].kind != K_SKIP and d.ins[i].kind != K_JUMP:
            twins.setdefault(step_key(&d.ins[i], positions), []).append(i)
    # Inner loops come first, so an outer test that holds one sees it merged.
    for i, body in ends:
        for copy, original in candidates(d, i, body, twins, positions)[:TRIES]:
            if equivalent(d, copy, original, positions):
                d.ins[copy].redirect = original
                break
