// Blocks and threads of a launch, and how a thread waits for others.
#pragma once

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime.h"

struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
};

// The place in the source of a call, as defaults of the last parameters.
#define ZYG_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

namespace zyg_host {

struct Place {
    uint3 thread, block;
    dim3 block_dim, grid_dim;
};
extern thread_local Place here;

struct Launch {
    dim3 grid, block;
    size_t shared;
    cudaStream_t stream;
    const char *kernel, *file;
    int line;
};

// Addresses and sizes of the arguments of a launch, of the types of the kernel's parameters.
using Arguments = std::vector<std::pair<const void*, size_t>>;
// If it is set, it gets all launches, and nothing else is done: what runs the same kernels in another way.
extern std::function<void(const Launch&, const void* kernel, const Arguments&)> taken_over;

// If it is set, it says which blocks of a launch run, by their numbers: of arrays that are too large to go
// through, tests look at some elements.
extern std::function<std::vector<uint64_t>(const Launch&)> chosen_blocks;

void run(const Launch& launch, const void* kernel, void (*call)(const void*), const void* arguments);

// As a launch does, arguments become the types of the parameters once, and each thread has copies.
template <class... P, class... A>
void launch(const Launch& how, void (*kernel)(P...), A&&... arguments) {
    static_assert(!(std::is_reference_v<P> || ...), "parameters of kernels are values");
    static_assert((sizeof(P) + ... + 0) <= 4096, "parameters of kernels are at most 4096 bytes");
    struct Call {
        void (*kernel)(P...);
        std::tuple<P...> arguments;
    } call{kernel, std::tuple<P...>(static_cast<P>(std::forward<A>(arguments))...)};
    if (taken_over) {
        Arguments given;
        std::apply([&given](const P&... p) { (given.emplace_back(&p, sizeof(P)), ...); }, call.arguments);
        return taken_over(how, reinterpret_cast<const void*>(kernel), given);
    }
    run(
        how, reinterpret_cast<const void*>(kernel),
        [](const void* p) {
            const Call* call = static_cast<const Call*>(p);
            std::apply(call->kernel, call->arguments);
        },
        &call);
}

// __syncthreads: the number of threads whose predicate holds.
int barrier(int predicate, const char* what, const char* file, int line);

// Each thread that the mask names gives a value and gets those of all lanes (all bits set where there is
// none).  Returns the lanes that took part: those of the mask that have not ended.
unsigned exchange(unsigned mask, uint64_t mine, uint64_t (&all)[32], const char* what, const char* file,
                  int line);

// The shared array that a declaration stands for; key null: the dynamic one.
void* shared(const void* key, size_t bytes, size_t align, const char* name);

// A thread that cannot go on.
[[noreturn]] void fault(const char* what, const char* file, int line);

inline unsigned lane() {
    const uint3& t = here.thread;
    return (t.x + here.block_dim.x * (t.y + here.block_dim.y * t.z)) % 32;
}

}  // namespace zyg_host

#define threadIdx (zyg_host::here.thread)
#define blockIdx (zyg_host::here.block)
#define blockDim (zyg_host::here.block_dim)
#define gridDim (zyg_host::here.grid_dim)
constexpr int warpSize = 32;

#define ZYG_LAUNCH(kernel, grid, block, shared, stream, ...)                                         \
    zyg_host::launch(                                                                                \
        {dim3(grid), dim3(block), static_cast<size_t>(shared), stream, #kernel, __FILE__, __LINE__}, \
        kernel, ##__VA_ARGS__)
#define ZYG_SHARED(type, name, count)     \
    static const char zyg_key_##name = 0; \
    type* name =                          \
        static_cast<type*>(zyg_host::shared(&zyg_key_##name, sizeof(type) * (count), alignof(type), #name))
#define ZYG_DYNAMIC_SHARED(type, name) \
    type* name = static_cast<type*>(zyg_host::shared(nullptr, 0, 16, #name))

inline void __syncthreads(ZYG_HERE) { zyg_host::barrier(0, "__syncthreads", file, line); }
inline int __syncthreads_count(int predicate, ZYG_HERE) {
    return zyg_host::barrier(predicate, "__syncthreads_count", file, line);
}
inline int __syncthreads_or(int predicate, ZYG_HERE) {
    return zyg_host::barrier(predicate, "__syncthreads_or", file, line) != 0;
}
inline int __syncthreads_and(int predicate, ZYG_HERE) {
    return zyg_host::barrier(!predicate, "__syncthreads_and", file, line) == 0;
}
inline void __trap(ZYG_HERE) { zyg_host::fault("__trap", file, line); }
