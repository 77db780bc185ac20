// The scheduler of CUDA threads on the CPU.
#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "cuda_on_host.h"

namespace zyg_host {

thread_local Place here;
std::function<void(const Launch&)> taken_over;

namespace {

constexpr size_t STACK = 256 * 1024;
constexpr size_t MAX_SHARED = 227 * 1024;

thread_local cudaError_t last_error = cudaSuccess;
thread_local std::string last_message;
size_t allocations = 0;

cudaError_t failed(cudaError_t code) {
    if (code != cudaSuccess) last_error = code;
    return code;
}

enum State { NEW, RUNNING, AT_BARRIER, IN_WARP, READY, DONE };

struct Fiber {
    ucontext_t context;
    std::unique_ptr<char[]> stack{new char[STACK]};
};

struct Thread {
    uint3 index;
    State state = NEW;
    Fiber* fiber = nullptr;  // where it waits
    const char *what = nullptr, *file = nullptr;
    int line = 0;
    unsigned mask = 0;
    uint64_t value = 0;
    uint64_t* all = nullptr;
};

struct Block {
    const std::function<void()>* body;
    std::vector<Thread> threads;
    std::vector<int> order;  // in which threads begin
    size_t next = 0;
    int current = -1;
    std::map<const void*, std::unique_ptr<unsigned char[]>> shared;
    std::vector<double> dynamic;
    ucontext_t scheduler;
    std::vector<std::unique_ptr<Fiber>>* fibers;
    std::vector<Fiber*> idle;
};

thread_local Block* block = nullptr;
thread_local std::vector<std::unique_ptr<Fiber>> pool;

// Runs threads, one plain call after another; if one waits, this fiber is its own until it goes on.
void work() {
    for (;;) {
        Block* b = block;
        if (b->next == b->order.size()) {
            // nothing left to begin: back to the scheduler, which may reuse this fiber
            Fiber* self = nullptr;
            if (b->current >= 0) self = b->threads[b->current].fiber;
            b->current = -1;
            if (self) b->idle.push_back(self);
            swapcontext(&self->context, &b->scheduler);
            continue;
        }
        Fiber* self = b->current >= 0 ? b->threads[b->current].fiber : b->idle.back();
        if (b->current < 0) b->idle.pop_back();
        int i = b->order[b->next++];
        Thread& t = b->threads[i];
        b->current = i;
        t.fiber = self;
        t.state = RUNNING;
        here.thread = t.index;
        (*b->body)();
        b->threads[b->current].state = DONE;
    }
}

void wait() {
    Block* b = block;
    int i = b->current;
    Fiber* self = b->threads[i].fiber;
    swapcontext(&self->context, &b->scheduler);
    here.thread = b->threads[i].index;
}

std::string place(const Thread& t) {
    std::string s = std::string(t.what) + " at " + t.file + ":" + std::to_string(t.line);
    return s + ", thread (" + std::to_string(t.index.x) + ", " + std::to_string(t.index.y) + ", " + std::to_string(t.index.z) + ")";
}

[[noreturn]] void diverged(const std::string& message) { throw std::runtime_error(message); }

bool release_warps(Block& b) {
    bool some = false;
    int n = static_cast<int>(b.threads.size());
    for (int base = 0; base < n; base += 32) {
        for (int i = base; i < std::min(base + 32, n); ++i) {
            Thread& t = b.threads[i];
            if (t.state != IN_WARP) continue;
            if (!(t.mask >> (i - base) & 1u)) diverged("a thread is not in its own mask: " + place(t));
            bool complete = true;
            for (int j = 0; j < 32 && complete; ++j) {
                if (!(t.mask >> j & 1u)) continue;
                if (base + j >= n || b.threads[base + j].state == DONE)
                    diverged("the mask names a thread that has ended: " + place(t));
                Thread& other = b.threads[base + j];
                complete = other.state == IN_WARP && other.mask == t.mask && other.line == t.line && other.file == t.file;
            }
            if (!complete) continue;
            some = true;
            uint64_t values[32] = {};
            for (int j = 0; j < 32; ++j)
                if (t.mask >> j & 1u) values[j] = b.threads[base + j].value;
            unsigned mask = t.mask;
            for (int j = 0; j < 32; ++j)
                if (mask >> j & 1u) {
                    std::copy(values, values + 32, b.threads[base + j].all);
                    b.threads[base + j].state = READY;
                }
        }
    }
    return some;
}

bool release_barrier(Block& b) {
    const Thread* first = nullptr;
    for (const Thread& t : b.threads) {
        if (t.state != AT_BARRIER) return false;
        if (!first) first = &t;
        if (t.line != first->line || t.file != first->file)
            diverged("threads of a block wait at different barriers: " + place(*first) + "; " + place(t));
    }
    for (Thread& t : b.threads) t.state = READY;
    return true;
}

void run_block(Block& b) {
    block = &b;
    for (;;) {
        int ready = -1;
        for (int i : b.order)
            if (b.threads[i].state == READY) {
                ready = i;
                break;
            }
        if (ready >= 0) {
            Thread& t = b.threads[ready];
            t.state = RUNNING;
            b.current = ready;
            here.thread = t.index;
            swapcontext(&b.scheduler, &t.fiber->context);
            continue;
        }
        if (b.next < b.order.size()) {
            if (b.idle.empty()) {
                pool.push_back(std::make_unique<Fiber>());
                Fiber* f = pool.back().get();
                getcontext(&f->context);
                f->context.uc_stack.ss_sp = f->stack.get();
                f->context.uc_stack.ss_size = STACK;
                f->context.uc_link = nullptr;
                makecontext(&f->context, work, 0);
                b.idle.push_back(f);
            }
            b.current = -1;
            Fiber* f = b.idle.back();
            swapcontext(&b.scheduler, &f->context);
            continue;
        }
        bool over = std::all_of(b.threads.begin(), b.threads.end(), [](const Thread& t) { return t.state == DONE; });
        if (over) return;
        if (release_warps(b) || release_barrier(b)) continue;
        for (const Thread& t : b.threads)
            if (t.state == AT_BARRIER || t.state == IN_WARP)
                diverged("a thread waits for others that do not come: " + place(t));
        diverged("no thread can go on");
    }
}

}  // namespace

void launch(dim3 grid, dim3 dims, size_t shared_bytes, cudaStream_t, const char* kernel, const std::function<void()>& body) {
    uint64_t n = static_cast<uint64_t>(dims.x) * dims.y * dims.z;
    if (n == 0 || n > 1024 || dims.z > 64 || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7fffffffu ||
        grid.y > 65535 || grid.z > 65535 || shared_bytes > MAX_SHARED) {
        failed(cudaErrorInvalidConfiguration);
        return;
    }
    static const char* seed = std::getenv("ZYGCORE_HOST_SEED");
    std::mt19937 random(seed ? std::atoi(seed) : 0);
    Block b;
    b.body = &body;
    here.block_dim = dims;
    here.grid_dim = grid;
    for (unsigned z = 0; z < grid.z; ++z)
        for (unsigned y = 0; y < grid.y; ++y)
            for (unsigned x = 0; x < grid.x; ++x) {
                here.block = {x, y, z};
                b.threads.assign(n, Thread());
                b.order.resize(n);
                for (uint64_t i = 0; i < n; ++i) {
                    b.order[i] = static_cast<int>(i);
                    b.threads[i].index = {static_cast<unsigned>(i % dims.x), static_cast<unsigned>(i / dims.x % dims.y),
                                          static_cast<unsigned>(i / dims.x / dims.y)};
                }
                if (seed) std::shuffle(b.order.begin(), b.order.end(), random);
                b.shared.clear();
                b.dynamic.assign((shared_bytes + 7) / 8, std::numeric_limits<double>::quiet_NaN());
                b.next = 0;
                try {
                    run_block(b);
                } catch (const std::runtime_error& e) {
                    last_message = std::string(kernel) + ": " + e.what();
                    failed(cudaErrorLaunchFailure);
                    // fibers of the block are in the middle of something: they are not used again
                    for (auto& f : pool) f.release();
                    pool.clear();
                    block = nullptr;
                    return;
                }
            }
    block = nullptr;
    pool.clear();
}

void barrier(const char* file, int line) {
    Thread& t = block->threads[block->current];
    t.state = AT_BARRIER;
    t.what = "__syncthreads";
    t.file = file;
    t.line = line;
    wait();
}

void exchange(unsigned mask, uint64_t mine, uint64_t (&all)[32], const char* what, const char* file, int line) {
    Thread& t = block->threads[block->current];
    t.state = IN_WARP;
    t.what = what;
    t.file = file;
    t.line = line;
    t.mask = mask;
    t.value = mine;
    t.all = all;
    wait();
}

void* shared(const void* key, size_t bytes) {
    auto& p = block->shared[key];
    if (!p) {
        p.reset(new unsigned char[bytes]);
        std::fill(p.get(), p.get() + bytes, 0xff);  // NaN
    }
    return p.get();
}

void* dynamic_shared() { return block->dynamic.data(); }

unsigned lane() {
    const uint3& t = here.thread;
    return (t.x + here.block_dim.x * (t.y + here.block_dim.y * t.z)) % 32;
}

}  // namespace zyg_host

using namespace zyg_host;

const char* cudaGetErrorName(cudaError_t code) {
    switch (code) {
        case cudaSuccess: return "cudaSuccess";
        case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
        case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
        case cudaErrorInvalidConfiguration: return "cudaErrorInvalidConfiguration";
        case cudaErrorInsufficientDriver: return "cudaErrorInsufficientDriver";
        case cudaErrorNoDevice: return "cudaErrorNoDevice";
        case cudaErrorInvalidResourceHandle: return "cudaErrorInvalidResourceHandle";
        case cudaErrorIllegalAddress: return "cudaErrorIllegalAddress";
        case cudaErrorLaunchFailure: return "cudaErrorLaunchFailure";
        default: return "cudaErrorUnknown";
    }
}

const char* cudaGetErrorString(cudaError_t code) {
    if (code == cudaErrorLaunchFailure && !last_message.empty()) return last_message.c_str();
    return cudaGetErrorName(code);
}

cudaError_t cudaPeekAtLastError() { return last_error; }

cudaError_t cudaGetLastError() {
    cudaError_t code = last_error;
    last_error = cudaSuccess;
    return code;
}

cudaError_t cudaGetDeviceCount(int* n) {
    *n = 0;
    return failed(cudaErrorNoDevice);
}
cudaError_t cudaRuntimeGetVersion(int* v) {
    *v = 0;
    return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* v) {
    *v = 0;
    return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }

cudaError_t cudaMallocAsync(void** p, size_t bytes, cudaStream_t) {
    *p = bytes ? std::malloc(bytes) : nullptr;
    if (bytes && !*p) return failed(cudaErrorMemoryAllocation);
    allocations += bytes != 0;
    return cudaSuccess;
}
cudaError_t cudaFreeAsync(void* p, cudaStream_t) {
    allocations -= p != nullptr;
    std::free(p);
    return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* p, int value, size_t bytes, cudaStream_t) {
    std::memset(p, value, bytes);
    return cudaSuccess;
}
