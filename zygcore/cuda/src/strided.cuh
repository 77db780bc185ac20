// Where rows of strided arrays begin, and how a thread reads and writes some neighbours of a row.
//
// Elementwise kernels, reductions and copies take arrays of up to 8 axes with any strides as rows along
// one axis; the position of a row in the other axes is found once a row, without division.
#pragma once

#include "zyg.cuh"

namespace zyg {

// Division of numbers below 2^63 by a constant: Granlund and Montgomery, "Division by invariant integers
// using multiplication" (1994), figure 4.1.
struct Divider {
    int64_t divisor = 1;
    uint64_t magic = 1;
    int shift = 0;

    __device__ __forceinline__ int64_t quotient(int64_t n) const {
        uint64_t u = static_cast<uint64_t>(n);
        return static_cast<int64_t>((__umul64hi(u, magic) + u) >> shift);
    }
};

// The rows of M arrays of one shape: offsets, in elements, of their first elements.
template <int M>
struct Rows {
    int axes = 0;
    int64_t count = 1;
    Divider size[MAX_DIMS];
    int64_t stride[M][MAX_DIMS] = {};

    __device__ __forceinline__ void offsets(int64_t row, int64_t (&offset)[M]) const {
#pragma unroll
        for (int k = 0; k < M; ++k) offset[k] = 0;
#pragma unroll
        for (int a = MAX_DIMS - 1; a > 0; --a) {  // constant indices keep the struct out of local memory
            if (a >= axes) continue;
            int64_t rest = size[a].quotient(row), index = row - rest * size[a].divisor;
#pragma unroll
            for (int k = 0; k < M; ++k) offset[k] += index * stride[k][a];
            row = rest;
        }
#pragma unroll
        for (int k = 0; k < M; ++k) offset[k] += row * stride[k][0];
    }
};

// Neighbours that a thread takes together: 16 bytes of them.
template <class T>
constexpr int NEIGHBOURS = 16 / static_cast<int>(sizeof(T));

template <class T, int V>
struct alignas(sizeof(T) * V) Neighbours {
    T lane[V];
};

// How rows of an array are read.
enum Access : int {
    NUMBER,   // a number that the launcher was given
    SAME,     // one element for all of a row
    VECTORS,  // neighbours in memory, aligned to V of them
    LANEWISE  // one by one
};

// Reads up to V elements of a row of n from element i on; those past its end stay as they are.
template <class T, int V>
__device__ __forceinline__ void read_row(Neighbours<T, V>& some, Access access, const T* row, int64_t step, int64_t i, int64_t n) {
    if (access == VECTORS && i + V <= n) {
        some = *reinterpret_cast<const Neighbours<T, V>*>(row + i);
    } else if (access >= VECTORS) {
#pragma unroll
        for (int j = 0; j < V; ++j)
            if (i + j < n) some.lane[j] = row[(i + j) * step];
    }
}

// Writes up to V elements of a contiguous row of n.
template <class T, int V>
__device__ __forceinline__ void write_row(const Neighbours<T, V>& some, bool vectors, T* row, int64_t i, int64_t n) {
    if (vectors && i + V <= n) {
        *reinterpret_cast<Neighbours<T, V>*>(row + i) = some;
    } else {
#pragma unroll
        for (int j = 0; j < V; ++j)
            if (i + j < n) row[i + j] = some.lane[j];
    }
}

}  // namespace zyg
