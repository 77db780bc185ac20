// A vector added along the last axis, and the sum over the others.
#pragma once

#include "pack.cuh"

namespace zyg {

#if defined(__CUDACC__) || defined(ZYG_HOST)

// y[i, j] = x[i, j] + b[j].  Blocks have rows along y and columns along x.
template <class T, int N>
__global__ void bias_add_kernel(const T* __restrict__ x, const T* __restrict__ b, T* __restrict__ y,
                                int64_t rows,
                                int64_t columns) {
    int64_t first = static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
    int64_t column = (static_cast<int64_t>(blockIdx.y) * blockDim.x + threadIdx.x) * N;
    for (int64_t j = column; j < columns; j += static_cast<int64_t>(gridDim.y) * blockDim.x * N) {
        arith<T> bias[N], v[N];
        load_many<N>(b + j, bias);
        for (int64_t i = first; i < rows; i += static_cast<int64_t>(gridDim.x) * blockDim.y) {
            load_many<N>(x + i * columns + j, v);
#pragma unroll
            for (int a = 0; a < N; ++a) v[a] += bias[a];
            store_many<N>(y + i * columns + j, v);
        }
    }
}

// y[chunk, j]: the sum of x[i, j] over the rows of a chunk (blockIdx.x), in an order that depends on the
// shape alone. The rows of a block's threads are summed in pairs, in shared memory of blockDim.x *
// blockDim.y * N numbers.
template <class T, class D, int N>
__global__ void column_sum_kernel(const T* __restrict__ x, D* __restrict__ y, int64_t rows, int64_t columns,
                                  int64_t chunk) {
    using A = arith<T>;
    constexpr int AHEAD = 4;
    ZYG_DYNAMIC_SHARED(A, shared);
    int64_t begin = blockIdx.x * chunk, end = begin + chunk < rows ? begin + chunk : rows;
    // all threads of a block go through the same columns: they wait for each other
    for (int64_t block = blockIdx.y; block * blockDim.x * N < columns; block += gridDim.y) {
        int64_t j = (block * blockDim.x + threadIdx.x) * N;
        A sum[N] = {};
        if (j < columns) {
            int64_t i = begin + threadIdx.y;
            for (; i + (AHEAD - 1) * blockDim.y < end; i += AHEAD * blockDim.y) {
                A v[AHEAD][N];
#pragma unroll
                for (int a = 0; a < AHEAD; ++a) load_many<N>(x + (i + a * blockDim.y) * columns + j, v[a]);
#pragma unroll
                for (int a = 0; a < AHEAD; ++a)
#pragma unroll
                    for (int k = 0; k < N; ++k) sum[k] += v[a][k];
            }
            for (; i < end; i += blockDim.y) {
                A v[N];
                load_many<N>(x + i * columns + j, v);
#pragma unroll
                for (int k = 0; k < N; ++k) sum[k] += v[k];
            }
        }
        const int threads = blockDim.x * blockDim.y, mine = threadIdx.y * blockDim.x + threadIdx.x;
#pragma unroll
        for (int k = 0; k < N; ++k) shared[k * threads + mine] = sum[k];
        for (unsigned half = blockDim.y / 2; half > 0; half /= 2) {
            __syncthreads();
            if (threadIdx.y < half)
#pragma unroll
                for (int k = 0; k < N; ++k)
                    shared[k * threads + mine] += shared[k * threads + mine + half * blockDim.x];
        }
        if (threadIdx.y == 0 && j < columns) {
#pragma unroll
            for (int k = 0; k < N; ++k) sum[k] = shared[k * threads + mine];
            store_many<N>(y + blockIdx.x * columns + j, sum);
        }
        __syncthreads();
    }
}

#endif

}  // namespace zyg
