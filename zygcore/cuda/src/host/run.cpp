// The scheduler: which block and which thread goes on.
//
// It is compiled without instrumentation: what it does is nothing that a kernel does.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "fiber.h"
#include "shared.h"
#include "threads.h"

namespace zyg_host {

thread_local Place here;
std::function<void(const Launch&, const void*, const Arguments&)> taken_over;
std::function<std::vector<uint64_t>(const Launch&)> chosen_blocks;

namespace {

enum class State : unsigned char { NEW, READY, RUNNING, AT_BARRIER, IN_WARP, DONE };

// For ThreadSanitizer: what a thread does before a fence is seen by those who find its next atomics, if they
// have a fence after theirs.
struct Fences {
    void* last[8] = {};  // atomics
    unsigned n = 0;
    bool before = false;  // was there a fence?
};

struct Thread {
    uint3 index;
    State state = State::NEW;
    Fiber* fiber = nullptr;  // where it waits
    // what it waits for
    const char *what = nullptr, *file = nullptr;
    int line = 0, predicate = 0;
    unsigned mask = 0, present = 0;
    uint64_t value = 0;
    uint64_t* all = nullptr;
#ifdef ZYG_TSAN
    Fences fences;
#endif

    bool waits() const { return state == State::AT_BARRIER || state == State::IN_WARP; }
    bool same_call(const Thread& o) const {
        return state == o.state && mask == o.mask && line == o.line && file == o.file && what == o.what;
    }
};

struct Warp {
    unsigned waiting = 0, ended = 0;  // lanes
};

// Unwinds the stack of a thread whose launch has failed.
struct Aborted {};

struct Crew;

struct Block {
    Crew& crew;
    Place& place = here;
    void (*call)(const void*);
    const void* arguments;
    std::mt19937* random;  // null: in order
    Arena* arena;
    int number;  // which of the blocks of the launch it is
    std::vector<Thread> threads;
    std::vector<Warp> warps;
    std::vector<int> order;  // in which threads begin
    std::vector<int> ready;  // a ring
    size_t first_ready = 0, n_ready = 0, next = 0;
    int at_barrier = 0, ended = 0, predicates = 0;
    Thread* current = nullptr;
    bool stopped = false;
    std::string fault;
    std::vector<Fiber*> group;
    // addresses by which ThreadSanitizer knows what they order
    char order_barrier = 0, order_fault = 0, order_warps[32][32] = {};

    explicit Block(Crew& crew) : crew(crew) {}
    int size() const { return static_cast<int>(threads.size()); }
    void prepare(dim3 dims);
    Thread* pick();
    void go_on(Fiber& self, Thread* t);
    void wait();
    void make_ready(Thread& t);
    void end(Thread& t);
    bool complete(int base, const Thread& t);
    void release_barrier();
    std::string diagnose() const;
    void run();
};

// What an OS thread keeps from launch to launch.
struct Crew {
    Fiber self;
    std::vector<std::unique_ptr<Fiber>> fibers;
    std::vector<Fiber*> idle;
    Block block{*this};
    bool busy = false;

#ifdef ZYG_TSAN
    // Threads of different blocks must not be one for ThreadSanitizer, but making one takes milliseconds:
    // blocks take turns with a few sets, so that neighbours are told apart.
    static constexpr int SETS = 16;
    int sets(int n) const { return std::clamp(512 / n, 2, SETS); }
#else
    static constexpr int SETS = 1;
    int sets(int) const { return 1; }
#endif
    Arena arenas[SETS];
    char launched = 0, set_ended[SETS][2] = {};

    Crew() { idle.reserve(1024); }
    Fiber& fiber_for(const Thread& t);
    void leave(Fiber& f);
    void prepare_fibers();
    int set() const { return block.number % sets(block.size()); }
    // The address for the ends of a block's threads, and for the beginnings of those that take their turn.
    void* ended(int number) {
        int n = sets(block.size());
        return &set_ended[(number + n) % n][(number + n) / n % 2];
    }
};

Crew& own_crew() {
    static thread_local std::unique_ptr<Crew> own(new Crew);
    return *own;
}

// What a fiber does, forever: begins threads, one plain call after another until one waits.
void work(Fiber& self) {
    Crew& c = own_crew();
    Block& b = c.block;
    for (;;) {
        Thread& begun = *b.current;
        begun.fiber = &self;
        Fiber::acquire(&c.launched);
        Fiber::acquire(c.ended(b.number - c.sets(b.size())));
        try {
            b.call(b.arguments);
        } catch (const Aborted&) {
        } catch (const std::exception& e) {
            b.fault = e.what();
        } catch (...) {
            b.fault = "an exception";
        }
        Fiber::release(c.ended(b.number));
        b.stopped = b.stopped || !b.fault.empty();
        b.end(begun);
        c.leave(self);
        b.go_on(self, b.pick());
    }
}

#ifdef ZYG_TSAN
Fiber& Crew::fiber_for(const Thread& t) {
    return *fibers[static_cast<size_t>(set()) * block.size() + (&t - block.threads.data())];
}
void Crew::leave(Fiber&) {}
void Crew::prepare_fibers() {
    size_t needed = static_cast<size_t>(set() + 1) * block.size();
    while (fibers.size() < needed) fibers.push_back(std::make_unique<Fiber>(work));
}
#else
Fiber& Crew::fiber_for(const Thread&) {
    if (idle.empty()) {
        fibers.push_back(std::make_unique<Fiber>(work));
        return *fibers.back();
    }
    Fiber* f = idle.back();
    idle.pop_back();
    return *f;
}
void Crew::leave(Fiber& f) { idle.push_back(&f); }
void Crew::prepare_fibers() {}
#endif

std::string text(const uint3& i) {
    return "(" + std::to_string(i.x) + ", " + std::to_string(i.y) + ", " + std::to_string(i.z) + ")";
}

std::string text(const char* file, int line) {
    std::string s = file;
    return s.substr(s.find_last_of('/') + 1) + ":" + std::to_string(line);
}

std::string text(const Thread& t) {
    std::string s = "thread " + text(t.index);
    if (t.state == State::DONE) return s + " has ended";
    if (!t.what) return s + " has not begun";
    char mask[32] = "";
    if (t.state == State::IN_WARP) std::snprintf(mask, sizeof mask, "(mask 0x%08x)", t.mask);
    return s + " waits in " + t.what + mask + " at " + text(t.file, t.line);
}

void Block::prepare(dim3 dims) {
    int n = static_cast<int>(dims.x * dims.y * dims.z);
    threads.assign(n, Thread());
    warps.assign((n + 31) / 32, Warp());
    order.resize(n);
    ready.resize(n);
    group.resize(n);
    std::iota(order.begin(), order.end(), 0);
    if (random) std::shuffle(order.begin(), order.end(), *random);
    if (n % 32) warps.back().ended = ~0u << n % 32;
    uint3 i = {0, 0, 0};
    for (Thread& t : threads) {
        t.index = i;
        if (++i.x == dims.x) i.x = 0, ++i.y;
        if (i.y == dims.y) i.y = 0, ++i.z;
    }
    first_ready = n_ready = next = 0;
    at_barrier = ended = predicates = 0;
    current = nullptr;
    stopped = false;
    fault.clear();
}

// The thread that goes on, or null: all have ended, or wait, or the launch has failed.
Thread* Block::pick() {
    if (stopped) return nullptr;
    bool begins = next < order.size() && (!n_ready || (random && (*random)() & 1u));
    if (!begins && !n_ready) return nullptr;
    if (begins) {
        current = &threads[order[next++]];
    } else {
        if (random) {
            size_t other = (first_ready + (*random)() % n_ready) % ready.size();
            std::swap(ready[first_ready], ready[other]);
        }
        current = &threads[ready[first_ready]];
        first_ready = (first_ready + 1) % ready.size();
        --n_ready;
    }
    place.thread = current->index;
    return current;
}

// Leaves this fiber for that of the thread that goes on; without one, for the OS thread's stack.
void Block::go_on(Fiber& self, Thread* t) {
    if (stopped) Fiber::release(&order_fault);
    Fiber& other = !t ? crew.self : t->state == State::NEW ? crew.fiber_for(*t) : *t->fiber;
    if (t) t->state = State::RUNNING;
    if (&other != &self) self.switch_to(other);
}

void Block::wait() {
    Thread& t = *current;
    Fiber& self = *t.fiber;
    Thread* other = pick();
    if (other == &t)
        t.state = State::RUNNING;
    else
        go_on(self, other);
    if (stopped) throw Aborted();
}

void Block::make_ready(Thread& t) {
    t.state = State::READY;
    ready[(first_ready + n_ready++) % ready.size()] = static_cast<int>(&t - threads.data());
}

void Block::end(Thread& t) {
    t.state = State::DONE;
    ++ended;
    int i = static_cast<int>(&t - threads.data()), base = i & ~31;
    Warp& w = warps[base / 32];
    w.ended |= 1u << (i - base);
    if (stopped) return;
    for (unsigned lanes = w.waiting; lanes; lanes &= lanes - 1) {
        Thread& other = threads[base + __builtin_ctz(lanes)];
        if (other.state == State::IN_WARP) complete(base, other);
    }
}

// If all lanes of its mask have come to the same call, or have ended: exchanges their values.
bool Block::complete(int base, const Thread& t) {
    Warp& w = warps[base / 32];
    unsigned mask = t.mask;
    if (((w.waiting | w.ended) & mask) != mask) return false;
    unsigned present = mask & w.waiting;
    for (unsigned lanes = present; lanes; lanes &= lanes - 1)
        if (!threads[base + __builtin_ctz(lanes)].same_call(t)) return false;
    uint64_t values[32];
    for (int j = 0; j < 32; ++j) values[j] = present >> j & 1u ? threads[base + j].value : ~uint64_t(0);
    int n = 0;
    for (unsigned lanes = present; lanes; lanes &= lanes - 1) {
        Thread& other = threads[base + __builtin_ctz(lanes)];
        std::copy(values, values + 32, other.all);
        other.present = present;
        group[n++] = other.fiber;
        make_ready(other);
    }
    w.waiting &= ~present;
    // Shuffles and votes order no memory; __syncwarp does.
    if (!std::char_traits<char>::compare(t.what, "__syncwarp", 11))
        Fiber::meet(group.data(), n, &order_warps[base / 32][__builtin_ctz(present)]);
    return true;
}

void Block::release_barrier() {
    const Thread& first = threads[0];
    for (Thread& t : threads)
        if (!t.same_call(first)) {
            fault = text(first) + ", but " + text(t);
            stopped = true;
            return;
        }
    predicates = 0;
    for (Thread& t : threads) predicates += t.predicate;
    for (int i = 0; i < size(); ++i) group[i] = threads[i].fiber;
    for (Thread& t : threads) {
        t.present = predicates;
        make_ready(t);
    }
    at_barrier = 0;
    Fiber::meet(group.data(), size(), &order_barrier);
}

// Why nothing goes on.
std::string Block::diagnose() const {
    for (int i = 0; i < size(); ++i) {
        const Thread& t = threads[i];
        if (t.state != State::IN_WARP) continue;
        for (int j = 0; j < 32; ++j) {
            int k = (i & ~31) + j;
            if (!(t.mask >> j & 1u) || k >= size() || threads[k].state == State::DONE) continue;
            if (!threads[k].same_call(t)) return text(t) + ", but " + text(threads[k]);
        }
    }
    const Thread* waiting = nullptr;
    for (const Thread& t : threads)
        if (t.waits()) waiting = &t;
    for (const Thread& t : threads)
        if (!t.same_call(*waiting)) return text(*waiting) + ", but " + text(t);
    return text(*waiting);
}

void Block::run() {
    go_on(crew.self, pick());
    if (ended == size() && fault.empty()) {
        if (const char* name = arena->overrun())
            fault = std::string("a write outside of shared memory, next to ") + name;
        return;
    }
    Fiber::acquire(&order_fault);
    if (fault.empty()) fault = diagnose();
    // Each thread that waits leaves its calls, so that nothing of it stays.
    stopped = true;
    for (Thread& t : threads)
        if (t.state != State::NEW && t.state != State::DONE) {
            current = &t;
            crew.self.switch_to(*t.fiber);
        }
}

// Why a launch cannot be, on a GPU of compute capability 9.0.
cudaError_t impossible(const Launch& l, const void* kernel, std::string& why) {
    uint64_t n = static_cast<uint64_t>(l.block.x) * l.block.y * l.block.z;
    if (cudaError_t code = unusable(l.stream)) return why = cudaGetErrorString(code), code;
    why = "blocks of " + text(uint3{l.block.x, l.block.y, l.block.z}) + " threads";
    if (n == 0 || l.block.x > 1024 || l.block.y > 1024 || l.block.z > 64 || n > 1024)
        return cudaErrorInvalidConfiguration;
    why = "a grid of " + text(uint3{l.grid.x, l.grid.y, l.grid.z}) + " blocks";
    if (!l.grid.x || !l.grid.y || !l.grid.z || l.grid.x > 0x7fffffffu || l.grid.y > 65535 || l.grid.z > 65535)
        return cudaErrorInvalidConfiguration;
    size_t limit = dynamic_shared_limit(kernel);
    why = std::to_string(l.shared) + " bytes of dynamic shared memory; " + std::to_string(limit) +
          " are allowed";
    return l.shared > limit ? cudaErrorInvalidValue : cudaSuccess;
}

// A launch is in progress on this OS thread.
struct Busy {
    Crew& crew;
    explicit Busy(Crew& c) : crew(c) { c.busy = true; }
    ~Busy() { crew.busy = false; }
};

uint64_t odd_step(uint64_t n, std::mt19937& random) {
    for (;;) {
        uint64_t step = random() % n + 1;
        if (std::gcd(step, n) == 1) return step;
    }
}

}  // namespace

void run(const Launch& l, const void* kernel, void (*call)(const void*), const void* arguments) {
    std::string why;
    if (!launch_begins(l.kernel)) return;
    auto fails = [&](cudaError_t code, const std::string& text) {
        failed(code, std::string(l.kernel) + ", launched at " + zyg_host::text(l.file, l.line) + ": " + text);
    };
    if (cudaError_t code = impossible(l, kernel, why)) return fails(code, why);
    Crew& c = own_crew();
    if (c.busy) return fails(cudaErrorNotSupported, "a launch inside of a kernel");
    Busy busy(c);
    std::mt19937 random(static_cast<unsigned>(seed()));
    Block& b = c.block;
    b.call = call;
    b.arguments = arguments;
    b.random = seed() < 0 ? nullptr : &random;
    here.block_dim = l.block;
    here.grid_dim = l.grid;
    uint64_t all = static_cast<uint64_t>(l.grid.x) * l.grid.y * l.grid.z;
    const std::vector<uint64_t> chosen = chosen_blocks ? chosen_blocks(l) : std::vector<uint64_t>();
    uint64_t n = chosen_blocks ? chosen.size() : all;
    if (n == 0) return;
    uint64_t k = b.random ? random() % n : 0, step = b.random ? odd_step(n, random) : 1;
    for (uint64_t i = 0; i < n; ++i, k = (k + step) % n) {
        uint64_t number = chosen_blocks ? chosen[k] : k, yz = number / l.grid.x;
        if (number >= all) return fails(cudaErrorInvalidValue, "no such block");
        here.block = {static_cast<unsigned>(number % l.grid.x), static_cast<unsigned>(yz % l.grid.y),
                      static_cast<unsigned>(yz / l.grid.y)};
        b.number = static_cast<int>(i % (1 << 30));
        b.prepare(l.block);
        b.arena = &c.arenas[c.set()];
        b.arena->reset(l.shared, dynamic_shared_limit(kernel));
        try {
            c.prepare_fibers();
            Fiber::release(&c.launched);
            b.run();
        } catch (const std::bad_alloc&) {
            return fails(cudaErrorMemoryAllocation, "no memory for the stacks of threads");
        }
        if (!b.fault.empty()) {
            fails(cudaErrorLaunchFailure, "in block " + text(here.block) + ": " + b.fault);
            break;
        }
    }
    for (auto& set : c.set_ended)
        for (char& at : set) Fiber::acquire(&at);
}

int barrier(int predicate, const char* what, const char* file, int line) {
    Block& b = own_crew().block;
    Thread& t = *b.current;
    t.state = State::AT_BARRIER;
    t.what = what;
    t.file = file;
    t.line = line;
    t.mask = 0;
    t.predicate = predicate != 0;
    if (++b.at_barrier == b.size()) b.release_barrier();
    b.wait();
    return static_cast<int>(t.present);
}

unsigned exchange(unsigned mask, uint64_t mine, uint64_t (&all)[32], const char* what, const char* file,
                  int line) {
    Block& b = own_crew().block;
    Thread& t = *b.current;
    t.state = State::IN_WARP;
    t.what = what;
    t.file = file;
    t.line = line;
    t.mask = mask;
    t.value = mine;
    t.all = all;
    int i = static_cast<int>(&t - b.threads.data()), base = i & ~31;
    b.warps[base / 32].waiting |= 1u << (i - base);
    if (!(mask >> (i - base) & 1u)) {
        b.fault = text(t) + ", but is not in the mask";
        b.stopped = true;
    } else {
        b.complete(base, t);
    }
    b.wait();
    return t.present;
}

void fault(const char* what, const char* file, int line) {
    Block& b = own_crew().block;
    b.fault = "thread " + text(b.current->index) + ": " + what + " at " + text(file, line);
    b.stopped = true;
    throw Aborted();
}

void* shared(const void* key, size_t bytes, size_t align, const char* name) {
    Block& b = own_crew().block;
    if (void* p = b.arena->find(key, bytes, align, name)) return p;
    b.fault = std::string(b.arena->error()) + ", with " + name;
    b.stopped = true;
    throw Aborted();
}

#ifdef ZYG_TSAN
void fence() {
    Fences& f = own_crew().block.current->fences;
    f.before = true;
    for (void* p : f.last)
        if (p) Fiber::acquire(p);
}
void atomic_begins(void* p) {
    if (own_crew().block.current->fences.before) Fiber::release(p);
}
void atomic_ends(void* p) {
    Fences& f = own_crew().block.current->fences;
    f.last[f.n++ % 8] = p;
}
#endif

}  // namespace zyg_host
