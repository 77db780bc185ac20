// CUDA C++ on the CPU: enough of the language and of the runtime for the kernels of this folder.
//
// A CUDA thread runs as a plain call until it has to wait, at a barrier or for its warp; then others run
// meanwhile, each on a stack of its own.  Blocks run one after another, in an order that a seed gives.
// docs/cuda-testing.md says what this finds and what it does not.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) alignas(n)

#include "atomics.h"
#include "runtime.h"
#include "threads.h"
#include "warp.h"

template <class T>
T __ldg(const T* p) {
    return *p;
}
template <class T>
T __ldcs(const T* p) {
    return *p;
}
template <class T>
void __stcs(T* p, T x) {
    *p = x;
}
inline uint32_t __umulhi(uint32_t a, uint32_t b) {
    return static_cast<uint32_t>((static_cast<uint64_t>(a) * b) >> 32);
}
inline uint64_t __umul64hi(uint64_t a, uint64_t b) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(a) * b) >> 64);
}
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
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x ? __builtin_clz(static_cast<unsigned>(x)) : 32; }
inline int __clzll(long long x) { return x ? __builtin_clzll(static_cast<unsigned long long>(x)) : 64; }
inline int __ffs(int x) { return __builtin_ffs(x); }
