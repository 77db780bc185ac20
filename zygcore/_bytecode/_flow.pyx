"""The control-flow graph of decoded bytecode and what is known of its locals.

A *span* is a straight run of instructions under one handler.  `Flow` finds the
spans, those that can be reached and an order to visit them (reverse postorder,
exceptional edges included), which of them are headers of loops, and two sets
of local variables at the start of each: those that are *live*, so that only they
become parameters of blocks, and those that may be *unbound*, so that only their
loads are checked.

Local variables are numbered as the slots of CPython's frame: ``co_varnames``, then
the other cell variables, then the free variables.  All passes are iterative.
"""

from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

from zygcore._bytecode._decode cimport *

# Calls of these builtins read the caller's variables.
SHOWS_ALL = frozenset(("locals", "vars", "eval", "exec", "dir"))


cdef class Flow:
    def __cinit__(self):
        self.spans = NULL
        self.span_at = NULL
        self.order = NULL
        self.live = NULL
        self.unbound = NULL
        self.checks = NULL

    def __dealloc__(self):
        free(self.spans)
        free(self.span_at)
        free(self.order)
        free(self.live)
        free(self.unbound)
        free(self.checks)

    def __init__(self, Decoded d, int nslots, int nfree, int nargs, int class_slot):
        names = d.code.co_names
        self.d = d
        self.nslots = nslots
        self.first_free = nslots - nfree
        self.words = (nslots + 63) // 64 or 1
        self.shows_all = not SHOWS_ALL.isdisjoint(names)
        self.shows_self = "super" in names
        self.class_slot = class_slot
        self.find_spans()
        self.find_order()
        self.find_live()
        self.find_unbound(nargs)

    cdef int find_spans(self) except -1:
        cdef Decoded d = self.d
        cdef int i, n = d.n, count = 0
        cdef int ahead[2]
        cdef char* leader = <char*>calloc(n + 1, 1)
        self.span_at = <int*>malloc((n + 1) * sizeof(int))
        if leader == NULL or self.span_at == NULL:
            free(leader)
            raise MemoryError()
        leader[0] = 1
        for i in range(n):
            if d.ins[i].kind >= K_JUMP:
                leader[i + 1] = 1
                d.successors(i, &ahead[0], &ahead[1])
                if ahead[0] >= 0:
                    leader[ahead[0]] = 1
                if ahead[1] >= 0:
                    leader[ahead[1]] = 1
            if d.ins[i].redirect >= 0:
                leader[i] = 1
                leader[d.ins[i].redirect] = 1
            if i and d.ins[i].region != d.ins[i - 1].region:
                leader[i] = 1
            if leader[i] and i:
                # The span before falls through, perhaps past what does nothing.
                leader[d.resolve(i)] = 1
        for i in range(d.nregions):
            leader[d.regions[i].target] = 1
        leader[n] = 1
        for i in range(n):
            self.span_at[i] = count
            count += leader[i + 1]
        self.nspans = count
        self.spans = <Span*>calloc(count, sizeof(Span))
        if self.spans == NULL:
            free(leader)
            raise MemoryError()
        self.link(leader)
        free(leader)
        return 0

    cdef void link(self, char* leader) noexcept:
        """Fill in the spans between leaders."""
        cdef Decoded d = self.d
        cdef Span* span = self.spans
        cdef int i, k
        span.start = 0
        for i in range(d.n):
            if not leader[i + 1]:
                continue
            span.end = i + 1
            d.successors(i, &span.next[0], &span.next[1])
            for k in range(2):
                if span.next[k] >= 0:
                    span.next[k] = self.span_at[span.next[k]]
            span.region = d.ins[i].region
            span.catcher = -1
            if span.region >= 0:
                span.catcher = self.span_at[d.regions[span.region].target]
            span.rank = -1
            span += 1
            if i + 1 < d.n:
                span.start = i + 1

    cdef int find_order(self) except -1:
        """Depth first; `rank` is the position in the order, -1 if unreachable."""
        cdef int n = self.nspans, top = 0, count = n, s, k, t
        cdef int* stack = <int*>malloc((n + 1) * sizeof(int))
        cdef char* state = <char*>calloc(n + 1, 1)
        self.order = <int*>malloc((n + 1) * sizeof(int))
        if stack == NULL or state == NULL or self.order == NULL:
            free(stack)
            free(state)
            raise MemoryError()
        stack[0] = 0
        state[0] = 1
        while top >= 0:
            s = stack[top]
            k = state[s] - 1
            if k == 3:
                count -= 1
                self.order[count] = s
                top -= 1
                continue
            state[s] += 1
            # Handlers first and the fall-through last: what is visited last comes first.
            t = self.spans[s].catcher if k == 0 else self.spans[s].next[2 - k]
            if t >= 0 and not state[t]:
                state[t] = 1
                top += 1
                stack[top] = t
        self.nordered = n - count
        for k in range(self.nordered):
            self.order[k] = self.order[count + k]
            self.spans[self.order[k]].rank = k
        for k in range(self.nordered):
            s = self.order[k]
            for t in (self.spans[s].next[0], self.spans[s].next[1], self.spans[s].catcher):
                if t >= 0 and self.spans[t].rank <= k:
                    self.spans[t].header = True
        free(stack)
        free(state)
        return 0

    cdef void local_uses(self, Span* span, uint64_t* uses, uint64_t* sets) noexcept:
        """Slots read before they are set in a span, and slots set."""
        cdef int i, kind, slot
        cdef bint reads
        for i in range(span.start, span.end):
            kind = self.d.ins[i].kind
            slot = self.d.ins[i].arg
            if K_LOAD <= kind <= K_MAKE_CELL:
                if kind != K_STORE and not has_bit(sets, slot):
                    set_bit(uses, slot)
                if kind != K_LOAD and kind != K_CLOSURE and kind != K_DEREF:
                    set_bit(sets, slot)
            elif kind == K_FREE_VARS:
                for slot in range(self.first_free, self.nslots):
                    set_bit(sets, slot)
            elif kind == K_CALL and (self.shows_all or self.shows_self):
                for slot in range(self.nslots):
                    reads = self.shows_all or slot == 0 or slot == self.class_slot
                    if reads and not has_bit(sets, slot):
                        set_bit(uses, slot)

    cdef int find_live(self) except -1:
        cdef int w, s, t, k, j, words = self.words
        cdef uint64_t bits
        cdef uint64_t* uses = <uint64_t*>calloc(2 * self.nspans * words, sizeof(uint64_t))
        cdef uint64_t* sets = uses + self.nspans * words
        cdef bint changed = True
        self.live = <uint64_t*>calloc(self.nspans * words, sizeof(uint64_t))
        if uses == NULL or self.live == NULL:
            free(uses)
            raise MemoryError()
        for k in range(self.nordered):
            s = self.order[k]
            self.local_uses(&self.spans[s], uses + s * words, sets + s * words)
        while changed:
            changed = False
            for k in range(self.nordered - 1, -1, -1):
                s = self.order[k]
                for w in range(words):
                    bits = 0
                    for j in range(2):
                        t = self.spans[s].next[j]
                        if t >= 0:
                            bits |= self.live[t * words + w]
                    bits = uses[s * words + w] | (bits & ~sets[s * words + w])
                    t = self.spans[s].catcher
                    if t >= 0:
                        bits |= self.live[t * words + w]
                    if bits != self.live[s * words + w]:
                        self.live[s * words + w] = bits
                        changed = True
        free(uses)
        return 0

    cdef bint merge_unbound(self, int target, const uint64_t* bits) noexcept:
        cdef int w
        cdef bint changed = False
        cdef uint64_t* known
        if target >= 0:
            known = self.unbound + target * self.words
            for w in range(self.words):
                if bits[w] & ~known[w]:
                    known[w] |= bits[w]
                    changed = True
        return changed

    cdef int find_restores(self) except -1:
        """Mark stores that give a variable back what a comprehension took from it.

        They follow the end of the comprehension's loop or a swap, not the value that
        an assignment computes.  A store marked in error costs a check, no more.
        """
        cdef Decoded d = self.d
        cdef int i, kind
        cdef bint clears = False, follows = False
        for i in range(d.n):
            kind = d.ins[i].kind
            if kind == K_CLEAR:
                clears = True
            elif kind == K_STORE:
                self.checks[i] = follows and clears
            elif kind == K_SWAP or kind == K_POP:
                follows = True
            elif kind != K_SKIP:
                follows = clears and d.table.names[d.ins[i].op] == "END_FOR"

    cdef int find_unbound(self, int nargs) except -1:
        """Forward: after a load a variable is bound, as the load was checked."""
        cdef uint64_t* taken = NULL
        cdef int s, k, i, kind, slot, words = self.words
        cdef Span* span
        # The second half: variables that a comprehension may have found unbound.
        cdef uint64_t* now = <uint64_t*>calloc(2 * words, sizeof(uint64_t))
        cdef bint changed = True
        self.unbound = <uint64_t*>calloc(self.nspans * words, sizeof(uint64_t))
        if now == NULL or self.unbound == NULL:
            free(now)
            raise MemoryError()
        self.checks = <char*>calloc(self.d.n + 1, 1)
        if self.checks == NULL:
            free(now)
            raise MemoryError()
        taken = now + words
        self.find_restores()
        for i in range(nargs, self.nslots):
            set_bit(self.unbound, i)
        while changed:
            changed = False
            for k in range(self.nordered):
                s = self.order[k]
                span = &self.spans[s]
                memcpy(now, self.unbound + s * words, words * sizeof(uint64_t))
                changed |= self.merge_unbound(span.catcher, now)
                for i in range(span.start, span.end):
                    kind = self.d.ins[i].kind
                    slot = self.d.ins[i].arg
                    if kind == K_LOAD or kind == K_DELETE:
                        self.checks[i] = has_bit(now, slot)
                    if kind == K_CLEAR and has_bit(now, slot) and not has_bit(taken, slot):
                        set_bit(taken, slot)
                        changed = True
                    if kind == K_STORE and self.checks[i] and has_bit(taken, slot):
                        set_bit(now, slot)
                        changed |= self.merge_unbound(span.catcher, now)
                    elif kind == K_DELETE or kind == K_CLEAR:
                        set_bit(now, slot)
                        changed |= self.merge_unbound(span.catcher, now)
                    elif kind == K_LOAD or kind == K_STORE or kind == K_MAKE_CELL:
                        clear_bit(now, slot)
                    elif kind == K_FREE_VARS:
                        for slot in range(self.first_free, self.nslots):
                            clear_bit(now, slot)
                changed |= self.merge_unbound(span.next[0], now)
                changed |= self.merge_unbound(span.next[1], now)
        free(now)
        return 0

    cdef bint is_live(self, int span, int slot) noexcept:
        return has_bit(self.live + span * self.words, slot)

    cdef bint reads_unbound(self, int i) noexcept:
        """Whether the local that instruction `i` loads or deletes may be unbound."""
        return self.checks[i]
