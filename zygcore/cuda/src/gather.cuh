// Rows of a table by index, and the adjoint with atomics.
#pragma once

#include "pack.cuh"

namespace zyg {

#if defined(__CUDACC__) || defined(ZYG_HOST)

// The row that an index means, as NumPy counts: from the end if it is negative.  -1: there is none.
template <class I>
__device__ __forceinline__ int64_t row_of(I index, int64_t rows) {
    int64_t k = static_cast<int64_t>(index);
    if (k < 0) k += rows;
    return k < rows ? k : -1;  // still negative ones are negative
}

// y[i] = table[indices[i]]; rows are `units` of U long and `row_stride` of U apart.  A row that there is not
// is filled.  Blocks have rows along y and columns along x, so there is no division.
template <class U, class I>
__global__ void take_kernel(const U* __restrict__ table, int64_t rows, int64_t row_stride,
                            const I* __restrict__ indices,
                            int64_t n, U* __restrict__ y, int64_t units, U fill) {
    int64_t first = static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
    int64_t column = static_cast<int64_t>(blockIdx.y) * blockDim.x + threadIdx.x;
    for (int64_t i = first; i < n; i += static_cast<int64_t>(gridDim.x) * blockDim.y) {
        int64_t k = row_of(indices[i], rows);
        const U* from = table + (k < 0 ? 0 : k * row_stride);
        for (int64_t j = column; j < units; j += static_cast<int64_t>(gridDim.y) * blockDim.x)
            y[i * units + j] = k < 0 ? fill : from[j];
    }
}

// sums[indices[i]] += values[i], in any order.
template <class T, class I>
__global__ void scatter_kernel(const T* __restrict__ values, const I* __restrict__ indices, int64_t n,
                               int64_t columns,
                               arith<T>* sums, int64_t rows) {
    int64_t first = static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
    int64_t column = static_cast<int64_t>(blockIdx.y) * blockDim.x + threadIdx.x;
    for (int64_t i = first; i < n; i += static_cast<int64_t>(gridDim.x) * blockDim.y) {
        int64_t k = row_of(indices[i], rows);
        if (k < 0) continue;
        for (int64_t j = column; j < columns; j += static_cast<int64_t>(gridDim.y) * blockDim.x)
            atomicAdd(sums + k * columns + j, load(values + i * columns + j));
    }
}

// y = x rounded to the type of y.
template <class T>
__global__ void narrow_kernel(const arith<T>* __restrict__ x, T* __restrict__ y, int64_t n) {
    for (int64_t i = first_index(); i < n; i += index_step()) store(y + i, x[i]);
}

#endif

}  // namespace zyg
