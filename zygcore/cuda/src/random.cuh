// Counter-based random numbers: element i is a function of (seed, sequence, offset, i) alone, whatever
// the grid.
//
// Philox4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include "pack.cuh"

namespace zyg {

// Where in the numbers of a seed one is.  The 128-bit counter is (offset + block, sequence), each block
// gives 128 random bits.
struct Stream {
    uint64_t seed, sequence, offset;
};

struct Words {
    uint32_t w[4];
};

ZYG_BOTH Words philox(const Stream& s, uint64_t block) {
    uint64_t low = s.offset + block;
    uint32_t c0 = static_cast<uint32_t>(low), c1 = static_cast<uint32_t>(low >> 32);
    uint32_t c2 = static_cast<uint32_t>(s.sequence), c3 = static_cast<uint32_t>(s.sequence >> 32);
    uint32_t k0 = static_cast<uint32_t>(s.seed), k1 = static_cast<uint32_t>(s.seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        uint64_t p0 = static_cast<uint64_t>(0xD2511F53u) * c0, p1 = static_cast<uint64_t>(0xCD9E8D57u) * c2;
        c0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
        c2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
        c1 = static_cast<uint32_t>(p1);
        c3 = static_cast<uint32_t>(p0);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
}

// How many elements of a type one block of 128 bits gives.
template <class T>
constexpr int PER_BLOCK = sizeof(T) == 8 ? 2 : 4;

ZYG_BOTH uint64_t joined(uint32_t low, uint32_t high) { return static_cast<uint64_t>(high) << 32 | low; }

#if defined(__CUDACC__) || defined(ZYG_HOST)

// -- what is made of the bits --------------------------------------------------------------------------

template <class S>
struct Bits {
    using T = S;
    static __device__ void draw(const Words& b, S* y) {
        if constexpr (sizeof(S) == 8) {
            y[0] = static_cast<S>(joined(b.w[0], b.w[1]));
            y[1] = static_cast<S>(joined(b.w[2], b.w[3]));
        } else {
            for (int i = 0; i < 4; ++i) y[i] = static_cast<S>(b.w[i]);
        }
    }
};

// Uniform in [0, 1): as many of the highest bits as the type has digits, so that nothing is rounded up to 1.
template <class S>
struct Uniform {
    using T = S;
    static __device__ void draw(const Words& b, double* y) {
        for (int i = 0; i < 2; ++i)
            y[i] = static_cast<double>(joined(b.w[2 * i], b.w[2 * i + 1]) >> 11) * 0x1p-53;
    }
    template <int DIGITS>
    static __device__ void draw(const Words& b, S* y) {
        for (int i = 0; i < 4; ++i)
            store(y + i, static_cast<float>(b.w[i] >> (32 - DIGITS)) / static_cast<float>(1 << DIGITS));
    }
    static __device__ void draw(const Words& b, float* y) { draw<24>(b, y); }
    static __device__ void draw(const Words& b, f16* y) { draw<11>(b, y); }
    static __device__ void draw(const Words& b, bf16* y) { draw<8>(b, y); }
};

__device__ __forceinline__ void box_muller(double u, double v, double* y) {
    double r = ::sqrt(-2.0 * ::log(u));
    ::sincospi(2.0 * v, y + 1, y);
    y[0] *= r;
    y[1] *= r;
}

__device__ __forceinline__ void box_muller(float u, float v, float* y) {
    float r = ::sqrtf(-2.0f * ::logf(u));
    ::sincospif(2.0f * v, y + 1, y);
    y[0] *= r;
    y[1] *= r;
}

// Standard normal, in pairs: Box and Muller, Ann. Math. Statist. 29 (1958).  The radius is made of a
// number in (0, 1].
template <class S>
struct Normal {
    using T = S;
    static __device__ void draw(const Words& b, double* y) {
        uint64_t u = joined(b.w[0], b.w[1]) >> 11, v = joined(b.w[2], b.w[3]) >> 11;
        box_muller(static_cast<double>(u + 1) * 0x1p-53, static_cast<double>(v) * 0x1p-53, y);
    }
    template <class U>
    static __device__ void draw(const Words& b, U* y) {
        for (int i = 0; i < 4; i += 2) {
            float z[2];
            float u = static_cast<float>(b.w[i]) * 0x1p-32f + 0x1p-33f;
            box_muller(u, static_cast<float>(b.w[i + 1]) * 0x1p-32f, z);
            store(y + i, z[0]);
            store(y + i + 1, z[1]);
        }
    }
};

// -- kernels --------------------------------------------------------------------------------------------

template <class Draw>
__global__ void random_kernel(Stream s, typename Draw::T* __restrict__ y, int64_t n) {
    using T = typename Draw::T;
    constexpr int N = PER_BLOCK<T>;
    const bool wide = on_boundary<N>(y);
    for (int64_t block = first_index(); block * N < n; block += index_step()) {
        Pack<T, N> pack;
        Draw::draw(philox(s, static_cast<uint64_t>(block)), pack.v);
        T* to = y + block * N;
        if (wide && block * N + N <= n) {
            *reinterpret_cast<Pack<T, N>*>(to) = pack;
        } else {
#pragma unroll
            for (int i = 0; i < N; ++i)
                if (block * N + i < n) to[i] = pack.v[i];
        }
    }
}

// y = x * scale where the element's word is at least `threshold`, else 0: the mask is never stored.
// Four elements a block, of whatever type, so that the mask does not depend on it.
template <class T>
__global__ void dropout_kernel(Stream s, uint64_t threshold, arith<T> scale, const T* __restrict__ x,
                               T* __restrict__ y, int64_t n) {
    constexpr int N = WIDE<T> > 4 ? WIDE<T> : 4;
    const bool wide = on_boundary<N>(x) && on_boundary<N>(y);
    for (int64_t group = first_index(); group * N < n; group += index_step()) {
        const int64_t begin = group * N;
        const bool whole = wide && begin + N <= n;
        arith<T> v[N];
        if (whole) {
            load_many<N>(x + begin, v);
        } else {
#pragma unroll
            for (int i = 0; i < N; ++i) v[i] = begin + i < n ? load(x + begin + i) : arith<T>(0);
        }
#pragma unroll
        for (int i = 0; i < N; i += 4) {
            Words b = philox(s, static_cast<uint64_t>(begin + i) / 4);
#pragma unroll
            for (int j = 0; j < 4; ++j) v[i + j] = b.w[j] >= threshold ? v[i + j] * scale : arith<T>(0);
        }
        if (whole) {
            store_many<N>(y + begin, v);
        } else {
#pragma unroll
            for (int i = 0; i < N; ++i)
                if (begin + i < n) store(y + begin + i, v[i]);
        }
    }
}

#endif

}  // namespace zyg
