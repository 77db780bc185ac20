// Rows of arrays: where they begin, and their elements in chunks of 16 bytes.
#pragma once

#include "warp.cuh"

namespace zyg {

// The axes of arrays apart from that along which rows go, and the strides of N arrays there.
template <int N>
struct RowAxes {
    int64_t count = 1;  // of rows
    int ndim = 1;       // at least one
    int64_t shape[MAX_DIMS] = {1};
    int64_t stride[N][MAX_DIMS] = {};
};

#if defined(__CUDACC__) || defined(ZYG_HOST)

// How far from the beginning of each array its part of a row is.  One axis, the rule, needs no division.
template <int N>
__device__ void row_places(const RowAxes<N>& axes, int64_t row, int64_t (&at)[N]) {
#pragma unroll
    for (int k = 0; k < N; ++k) at[k] = 0;
    for (int d = axes.ndim - 1; d > 0; --d) {
        int64_t rest = row / axes.shape[d], i = row - rest * axes.shape[d];
#pragma unroll
        for (int k = 0; k < N; ++k) at[k] += i * axes.stride[k][d];
        row = rest;
    }
#pragma unroll
    for (int k = 0; k < N; ++k) at[k] += row * axes.stride[k][0];
}

template <class T, int V>
struct alignas(V * sizeof(T)) Pack {
    T x[V];
};

// Chunk c of a row has the elements c * V - skipped ... c * V - skipped + V - 1, as far as there are such:
// so it begins at a multiple of 16 bytes, wherever the row begins.
template <class T, int V>
__device__ int skipped(const T* row) {
    return static_cast<int>(reinterpret_cast<uintptr_t>(row) / sizeof(T) % V);
}

template <class T, int V>
__device__ bool packed_at(const T* p) {
    return reinterpret_cast<uintptr_t>(p) % (V * sizeof(T)) == 0;
}

// One of the numbers of a row, if it is finite.  It is taken off the others before they are summed up, lest
// what they all have in common hides the differences.
template <class A>
__device__ A middle_of(A x) {
    return x - x == A(0) ? x : A(0);
}

// Reads V elements from `begin` on; `rest` stands for those before and after the row.  Only with V = 1 may
// elements lie apart.
template <class T, int V, class I>
__device__ void get(const T* row, int64_t step, I begin, I n, arith<T> rest, arith<T> (&x)[V]) {
    if constexpr (V > 1) {
        if (begin >= 0 && begin + V <= n && packed_at<T, V>(row + begin)) {
            Pack<T, V> pack = *reinterpret_cast<const Pack<T, V>*>(row + begin);
#pragma unroll
            for (int i = 0; i < V; ++i) x[i] = load(pack.x + i);
            return;
        }
    }
#pragma unroll
    for (int i = 0; i < V; ++i) {
        I at = begin + i;
        x[i] = at >= 0 && at < n ? load(row + (V > 1 ? int64_t(at) : at * step)) : rest;
    }
}

template <class T, int V, class I>
__device__ void put(T* row, int64_t step, I begin, I n, const arith<T> (&x)[V]) {
    if constexpr (V > 1) {
        if (begin >= 0 && begin + V <= n && packed_at<T, V>(row + begin)) {
            Pack<T, V> pack;
#pragma unroll
            for (int i = 0; i < V; ++i) store(pack.x + i, x[i]);
            *reinterpret_cast<Pack<T, V>*>(row + begin) = pack;
            return;
        }
    }
#pragma unroll
    for (int i = 0; i < V; ++i) {
        I at = begin + i;
        if (at >= 0 && at < n) store(row + (V > 1 ? int64_t(at) : at * step), x[i]);
    }
}

#endif

}  // namespace zyg
