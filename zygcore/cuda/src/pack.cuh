// Several neighbouring elements that are loaded and stored at once.
#pragma once

#include "zyg.cuh"

namespace zyg {

// N elements in one access; N * sizeof(T) is 4, 8 or 16 bytes on a GPU, and the address a multiple of it.
template <class T, int N>
struct alignas(N * sizeof(T)) Pack {
    T v[N];
};

// How many elements of a type are 16 bytes.
template <class T>
constexpr int WIDE = static_cast<int>(16 / sizeof(T));

// Is this the address of a pack, or of the N elements one after another that are loaded as such?
template <int N, class T>
ZYG_BOTH bool on_boundary(const T* p) {
    constexpr uintptr_t bytes = N * sizeof(T) < 16 ? N * sizeof(T) : 16;
    return reinterpret_cast<uintptr_t>(p) % bytes == 0;
}

// N elements from an address that is `on_boundary`, widened.
template <int N, class T>
ZYG_BOTH void load_many(const T* p, arith<T>* x) {
    constexpr int W = N < WIDE<T> ? N : WIDE<T>;
#pragma unroll
    for (int i = 0; i < N; i += W) {
        Pack<T, W> pack = *reinterpret_cast<const Pack<T, W>*>(p + i);
#pragma unroll
        for (int j = 0; j < W; ++j) x[i + j] = load(&pack.v[j]);
    }
}

// The same for stores.
template <int N, class T>
ZYG_BOTH void store_many(T* p, const arith<T>* x) {
    constexpr int W = N < WIDE<T> ? N : WIDE<T>;
#pragma unroll
    for (int i = 0; i < N; i += W) {
        Pack<T, W> pack;
#pragma unroll
        for (int j = 0; j < W; ++j) store(&pack.v[j], x[i + j]);
        *reinterpret_cast<Pack<T, W>*>(p + i) = pack;
    }
}

}  // namespace zyg
