// What every kernel includes: storage types and their arithmetic, launches, shared memory.
//
// The same source is compiled by nvcc for GPUs and, with ZYG_HOST defined, by a C++ compiler: then
// host/cuda_on_host.h carries out blocks and threads on the CPU.  Only the macros of this file differ
// from plain CUDA.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef ZYG_HOST
#include "host/cuda_on_host.h"
#else
#include <cuda_runtime.h>

#define ZYG_LAUNCH(kernel, grid, block, shared, stream, ...) \
    kernel<<<grid, block, shared, stream>>>(__VA_ARGS__)
#define ZYG_SHARED(type, name, count) __shared__ type name[count]
#define ZYG_DYNAMIC_SHARED(type, name)                               \
    extern __shared__ __align__(16) unsigned char zyg_dynamic_shared[]; \
    type* name = reinterpret_cast<type*>(zyg_dynamic_shared)
#endif

#define ZYG_BOTH __host__ __device__ __forceinline__

namespace zyg {

constexpr int WARP = 32;
constexpr int MAX_DIMS = 8;

// -- 16-bit floats: storage only; arithmetic is done in float ------------------------------------

struct f16 {
    uint16_t bits;
};

struct bf16 {
    uint16_t bits;
};

ZYG_BOTH uint32_t bits_of(float x) {
    uint32_t u;
    memcpy(&u, &x, 4);
    return u;
}

ZYG_BOTH float float_of(uint32_t u) {
    float x;
    memcpy(&x, &u, 4);
    return x;
}

ZYG_BOTH float widened(bf16 x) { return float_of(static_cast<uint32_t>(x.bits) << 16); }

ZYG_BOTH bf16 narrowed_bf16(float x) {  // to nearest, ties to even
    uint32_t u = bits_of(x);
    if ((u & 0x7fffffffu) > 0x7f800000u) return {static_cast<uint16_t>((u >> 16) | 0x40u)};
    return {static_cast<uint16_t>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16)};
}

ZYG_BOTH float widened(f16 x) {
#ifdef __CUDA_ARCH__
    float y;
    asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
    return y;
#else
    uint32_t sign = static_cast<uint32_t>(x.bits & 0x8000u) << 16, rest = x.bits & 0x7fffu;
    if (rest >= 0x7c00u) return float_of(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
    if (rest < 0x400u) {  // subnormal: rest * 2^-24
        float y = static_cast<float>(rest) * 5.9604644775390625e-8f;
        return sign ? -y : y;
    }
    return float_of(sign | ((rest << 13) + 0x38000000u));
#endif
}

ZYG_BOTH f16 narrowed_f16(float x) {  // to nearest, ties to even
#ifdef __CUDA_ARCH__
    f16 y;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
    return y;
#else
    uint32_t u = bits_of(x), sign = (u >> 16) & 0x8000u, rest = u & 0x7fffffffu;
    if (rest > 0x7f800000u) return {static_cast<uint16_t>(sign | 0x7e00u)};
    if (rest >= 0x477ff000u) return {static_cast<uint16_t>(sign | 0x7c00u)};
    if (rest < 0x38800000u) {  // subnormal: adding 0.5 leaves the rounded bits at the end
        uint32_t small = bits_of(float_of(rest) + 0.5f) - bits_of(0.5f);
        return {static_cast<uint16_t>(sign | small)};
    }
    uint32_t odd = (rest >> 13) & 1u;
    return {static_cast<uint16_t>(sign | ((rest - 0x38000000u + 0xfffu + odd) >> 13))};
#endif
}

// What numbers of a type are computed in.
template <class T>
struct arithmetic {
    using type = T;
};
template <>
struct arithmetic<f16> {
    using type = float;
};
template <>
struct arithmetic<bf16> {
    using type = float;
};
template <class T>
using arith = typename arithmetic<T>::type;

template <class T>
ZYG_BOTH arith<T> load(const T* p) {
    return *p;
}
template <>
ZYG_BOTH float load<f16>(const f16* p) {
    return widened(*p);
}
template <>
ZYG_BOTH float load<bf16>(const bf16* p) {
    return widened(*p);
}

template <class T>
ZYG_BOTH void store(T* p, arith<T> x) {
    *p = x;
}
template <>
ZYG_BOTH void store<f16>(f16* p, float x) {
    *p = narrowed_f16(x);
}
template <>
ZYG_BOTH void store<bf16>(bf16* p, float x) {
    *p = narrowed_bf16(x);
}

// -- which element a thread is at -----------------------------------------------------------------

#if defined(__CUDACC__) || defined(ZYG_HOST)

// The first element of this thread in a grid-stride loop, and the step.  64 bits: arrays may have
// more than 2^31 elements.
__device__ __forceinline__ int64_t first_index() {
    return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

__device__ __forceinline__ int64_t index_step() {
    return static_cast<int64_t>(gridDim.x) * blockDim.x;
}

#endif

}  // namespace zyg
