// CUDA C++ on the CPU: enough of the language and of the runtime for the kernels of this folder.
//
// A CUDA thread runs as a plain call until it has to wait, at a barrier or for its warp; then it is a
// fiber, and others run meanwhile.  Blocks run one after another, threads in an order that a seed gives.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __align__(n) alignas(n)
#define ZYG_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

// -- the runtime ------------------------------------------------------------------------------------

enum cudaError_t {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInsufficientDriver = 35,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorIllegalAddress = 700,
    cudaErrorLaunchFailure = 719,
    cudaErrorUnknown = 999,
};
typedef struct CUstream_st* cudaStream_t;

const char* cudaGetErrorName(cudaError_t code);
const char* cudaGetErrorString(cudaError_t code);
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
cudaError_t cudaGetDeviceCount(int* n);
cudaError_t cudaRuntimeGetVersion(int* v);
cudaError_t cudaDriverGetVersion(int* v);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaMallocAsync(void** p, size_t bytes, cudaStream_t stream);
cudaError_t cudaFreeAsync(void* p, cudaStream_t stream);
cudaError_t cudaMemsetAsync(void* p, int value, size_t bytes, cudaStream_t stream);

struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
};

// -- where a thread is --------------------------------------------------------------------------------

namespace zyg_host {

struct Place {
    uint3 thread, block;
    dim3 block_dim, grid_dim;
};
extern thread_local Place here;

void launch(dim3 grid, dim3 block, size_t shared, cudaStream_t stream, const char* kernel,
            const std::function<void()>& body);
void barrier(const char* file, int line);
// Exchanges one value among the threads of a warp that `mask` names; each gets all 32.
void exchange(unsigned mask, uint64_t mine, uint64_t (&all)[32], const char* what, const char* file, int line);
void* shared(const void* key, size_t bytes);
void* dynamic_shared();
unsigned lane();

}  // namespace zyg_host

#define threadIdx (zyg_host::here.thread)
#define blockIdx (zyg_host::here.block)
#define blockDim (zyg_host::here.block_dim)
#define gridDim (zyg_host::here.grid_dim)

#define ZYG_LAUNCH(kernel, grid, block, shared, stream, ...) \
    zyg_host::launch(grid, block, shared, stream, #kernel, [=] { kernel(__VA_ARGS__); })
#define ZYG_SHARED(type, name, count)          \
    static const char zyg_key_##name = 0;      \
    type* name = static_cast<type*>(zyg_host::shared(&zyg_key_##name, sizeof(type) * (count)))
#define ZYG_DYNAMIC_SHARED(type, name) type* name = static_cast<type*>(zyg_host::dynamic_shared())

// -- waiting -----------------------------------------------------------------------------------------

inline void __syncthreads(ZYG_HERE) { zyg_host::barrier(file, line); }

inline void __syncwarp(unsigned mask = 0xffffffffu, ZYG_HERE) {
    uint64_t all[32];
    zyg_host::exchange(mask, 0, all, "__syncwarp", file, line);
}

namespace zyg_host {
template <class T>
uint64_t packed(T x) {
    static_assert(sizeof(T) <= 8, "at most 8 bytes are exchanged");
    uint64_t u = 0;
    memcpy(&u, &x, sizeof(T));
    return u;
}
template <class T>
T unpacked(uint64_t u) {
    T x;
    memcpy(&x, &u, sizeof(T));
    return x;
}
}  // namespace zyg_host

template <class T>
T __shfl_sync(unsigned mask, T x, int source, int width = 32, ZYG_HERE) {
    uint64_t all[32];
    zyg_host::exchange(mask, zyg_host::packed(x), all, "__shfl_sync", file, line);
    int lane = zyg_host::lane(), base = lane & ~(width - 1);
    return zyg_host::unpacked<T>(all[base + (source & (width - 1))]);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T x, int bits, int width = 32, ZYG_HERE) {
    uint64_t all[32];
    zyg_host::exchange(mask, zyg_host::packed(x), all, "__shfl_xor_sync", file, line);
    int lane = zyg_host::lane(), source = lane ^ bits;
    return source / width <= lane / width ? zyg_host::unpacked<T>(all[source]) : x;
}
template <class T>
T __shfl_down_sync(unsigned mask, T x, unsigned delta, int width = 32, ZYG_HERE) {
    uint64_t all[32];
    zyg_host::exchange(mask, zyg_host::packed(x), all, "__shfl_down_sync", file, line);
    int lane = zyg_host::lane(), source = lane + static_cast<int>(delta);
    return source / width == lane / width ? zyg_host::unpacked<T>(all[source]) : x;
}
template <class T>
T __shfl_up_sync(unsigned mask, T x, unsigned delta, int width = 32, ZYG_HERE) {
    uint64_t all[32];
    zyg_host::exchange(mask, zyg_host::packed(x), all, "__shfl_up_sync", file, line);
    int lane = zyg_host::lane(), source = lane - static_cast<int>(delta);
    return source >= (lane & ~(width - 1)) ? zyg_host::unpacked<T>(all[source]) : x;
}
inline unsigned __ballot_sync(unsigned mask, int predicate, ZYG_HERE) {
    uint64_t all[32];
    zyg_host::exchange(mask, predicate != 0, all, "__ballot_sync", file, line);
    unsigned found = 0;
    for (int i = 0; i < 32; ++i)
        if (mask >> i & 1u && all[i]) found |= 1u << i;
    return found;
}
inline int __any_sync(unsigned mask, int predicate, ZYG_HERE) { return __ballot_sync(mask, predicate, file, line) != 0; }
inline int __all_sync(unsigned mask, int predicate, ZYG_HERE) { return __ballot_sync(mask, predicate, file, line) == mask; }

// -- atomics, fences, and functions of the device ---------------------------------------------------------

namespace zyg_host {
template <class T, class U, class F>
T swapped(T* p, F f) {
    U* q = reinterpret_cast<U*>(p);
    U old = __atomic_load_n(q, __ATOMIC_RELAXED), now;
    do {
        T next = f(unpacked<T>(old));
        now = static_cast<U>(packed(next));
    } while (!__atomic_compare_exchange_n(q, &old, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return unpacked<T>(old);
}
template <class T, class F>
T updated(T* p, F f) {
    if constexpr (sizeof(T) == 8) return swapped<T, uint64_t>(p, f);
    else if constexpr (sizeof(T) == 4) return swapped<T, uint32_t>(p, f);
    else return swapped<T, uint16_t>(p, f);
}
}  // namespace zyg_host

template <class T>
T atomicAdd(T* p, T x) {
    return zyg_host::updated(p, [x](T old) { return static_cast<T>(old + x); });
}
template <class T>
T atomicMax(T* p, T x) {
    return zyg_host::updated(p, [x](T old) { return old < x ? x : old; });
}
template <class T>
T atomicMin(T* p, T x) {
    return zyg_host::updated(p, [x](T old) { return x < old ? x : old; });
}
template <class T>
T atomicExch(T* p, T x) {
    return zyg_host::updated(p, [x](T) { return x; });
}
template <class T>
T atomicCAS(T* p, T expected, T x) {
    return zyg_host::updated(p, [expected, x](T old) { return old == expected ? x : old; });
}
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

template <class T>
T __ldg(const T* p) {
    return *p;
}
inline uint32_t __umulhi(uint32_t a, uint32_t b) { return static_cast<uint32_t>((static_cast<uint64_t>(a) * b) >> 32); }
inline uint64_t __umul64hi(uint64_t a, uint64_t b) { return static_cast<uint64_t>((static_cast<unsigned __int128>(a) * b) >> 64); }
inline float rsqrtf(float x) { return 1.0f / __builtin_sqrtf(x); }
inline double rsqrt(double x) { return 1.0 / __builtin_sqrt(x); }
// sin and cos of pi * x; the nearest multiple of 1/2 is taken off first, which is exact.
template <class T>
void zyg_sincospi(T x, T* sin, T* cos) {
    T n = std::nearbyint(2 * x), r = static_cast<T>(3.14159265358979323846) * (x - n / 2);
    T s = std::sin(r), c = std::cos(r);
    switch (static_cast<int>(n) & 3) {
        case 0: *sin = s, *cos = c; break;
        case 1: *sin = c, *cos = -s; break;
        case 2: *sin = -s, *cos = -c; break;
        default: *sin = -c, *cos = s;
    }
}
inline void sincospi(double x, double* sin, double* cos) { zyg_sincospi(x, sin, cos); }
inline void sincospif(float x, float* sin, float* cos) { zyg_sincospi(x, sin, cos); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __clz(int x) { return x ? __builtin_clz(static_cast<unsigned>(x)) : 32; }
inline int __ffs(int x) { return __builtin_ffs(x); }
