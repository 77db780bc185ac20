// The adjoint of taking rows in a fixed order: a stable sort of the indices, then sums of runs.
//
// Sorting: least significant digit first, 4 bits a pass (Knuth, TAOCP 3, 5.2.5).  Each pass counts the digits
// in tiles, scans the counts, and moves the keys; equal keys keep their order, so that each row of the
// result is summed in the order of the positions, cut into chunks whose length depends on the number of
// indices alone.
#pragma once

#include "gather.cuh"

namespace zyg {

constexpr int SORT_THREADS = 256, SORT_ITEMS = 8, SORT_TILE = SORT_THREADS * SORT_ITEMS, DIGITS = 16;

#if defined(__CUDACC__) || defined(ZYG_HOST)

// The sum of what the threads before this one have, in a block of SORT_THREADS.
__device__ __forceinline__ uint32_t sum_before(uint32_t mine) {
    ZYG_SHARED(uint32_t, warps, SORT_THREADS / WARP);
    int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    uint32_t sum = mine;
#pragma unroll
    for (int step = 1; step < WARP; step *= 2) {
        uint32_t left = __shfl_up_sync(0xffffffffu, sum, step);
        if (lane >= step) sum += left;
    }
    if (lane == WARP - 1) warps[warp] = sum;
    __syncthreads();
    for (int i = 0; i < warp; ++i) sum += warps[i];
    return sum - mine;
}

// Keys are rows; what names no row gets the greatest key, `rows`.
template <class I>
__global__ void keys_kernel(const I* __restrict__ indices, int64_t n, int64_t rows, uint32_t* keys,
                            uint32_t* positions) {
    for (int64_t i = first_index(); i < n; i += index_step()) {
        int64_t k = row_of(indices[i], rows);
        keys[i] = static_cast<uint32_t>(k < 0 ? rows : k);
        positions[i] = static_cast<uint32_t>(i);
    }
}

// counts[digit * tiles + tile]: how often a digit occurs in a tile.
__global__ void digits_kernel(const uint32_t* __restrict__ keys, uint32_t n, int shift,
                              uint32_t* __restrict__ counts) {
    ZYG_SHARED(uint32_t, count, DIGITS);
    if (threadIdx.x < DIGITS) count[threadIdx.x] = 0;
    __syncthreads();
    uint32_t begin = blockIdx.x * SORT_TILE;
    for (uint32_t i = threadIdx.x; i < SORT_TILE; i += SORT_THREADS)
        if (begin + i < n) atomicAdd(count + (keys[begin + i] >> shift & (DIGITS - 1)), 1u);
    __syncthreads();
    if (threadIdx.x < DIGITS) counts[threadIdx.x * gridDim.x + blockIdx.x] = count[threadIdx.x];
}

// Exclusive sums in place, by one block.
__global__ void scan_kernel(uint32_t* counts, uint32_t n) {
    uint32_t each = (n + SORT_THREADS - 1) / SORT_THREADS, begin = threadIdx.x * each;
    uint32_t end = begin + each < n ? begin + each : n, sum = 0;
    for (uint32_t i = begin; i < end; ++i) sum += counts[i];
    sum = sum_before(sum);
    for (uint32_t i = begin; i < end; ++i) {
        uint32_t here = counts[i];
        counts[i] = sum;
        sum += here;
    }
}

// Moves keys and positions to where their digit puts them. A thread has SORT_ITEMS neighbouring keys,
// and how many keys with a digit lie before it in the tile is a scan over (digit, thread).
__global__ void move_kernel(const uint32_t* __restrict__ keys, const uint32_t* __restrict__ positions,
                            uint32_t n, int shift,
                            const uint32_t* __restrict__ counts, uint32_t* __restrict__ keys_out,
                            uint32_t* __restrict__ positions_out) {
    ZYG_SHARED(uint32_t, rank, DIGITS * SORT_THREADS);
    ZYG_SHARED(uint32_t, base, DIGITS);
    uint32_t t = threadIdx.x, begin = blockIdx.x * SORT_TILE + t * SORT_ITEMS;
    for (int d = 0; d < DIGITS; ++d) rank[d * SORT_THREADS + t] = 0;
    for (uint32_t i = begin; i < begin + SORT_ITEMS && i < n; ++i)
        ++rank[(keys[i] >> shift & (DIGITS - 1)) * SORT_THREADS + t];
    __syncthreads();
    uint32_t sum = 0;
    for (int i = 0; i < DIGITS; ++i) sum += rank[t * DIGITS + i];
    sum = sum_before(sum);
    for (int i = 0; i < DIGITS; ++i) {
        uint32_t here = rank[t * DIGITS + i];
        rank[t * DIGITS + i] = sum;
        sum += here;
    }
    __syncthreads();
    if (t < DIGITS) base[t] = counts[t * gridDim.x + blockIdx.x] - rank[t * SORT_THREADS];
    __syncthreads();
    for (uint32_t i = begin; i < begin + SORT_ITEMS && i < n; ++i) {
        uint32_t digit = keys[i] >> shift & (DIGITS - 1);
        uint32_t to = base[digit] + rank[digit * SORT_THREADS + t]++;
        keys_out[to] = keys[i];
        positions_out[to] = positions[i];
    }
}

// Sums of the runs of equal keys in a chunk (blockIdx.x). Runs that lie in the chunk are done; of the
// others the part of the run that began before it goes to partial[chunk][0], the part of one that goes
// on to partial[chunk][1].
template <class T, int N>
__global__ void runs_kernel(const T* __restrict__ values, const uint32_t* __restrict__ keys,
                            const uint32_t* __restrict__ positions, uint32_t n, uint32_t rows,
                                int64_t columns, uint32_t chunk,
                            T* __restrict__ y, arith<T>* __restrict__ partial) {
    constexpr int AHEAD = 4;  // rows that are under way at a time
    using A = arith<T>;
    uint32_t begin = blockIdx.x * chunk, end = n - begin < chunk ? n : begin + chunk;
    int64_t column = (static_cast<int64_t>(blockIdx.y) * blockDim.x + threadIdx.x) * N;
    for (int64_t j = column; j < columns; j += static_cast<int64_t>(gridDim.y) * blockDim.x * N) {
        uint32_t key = keys[begin];
        bool began = begin > 0 && keys[begin - 1] == key;
        A* head = partial + static_cast<int64_t>(blockIdx.x) * 2 * columns + j;
        A sum[N] = {};
        for (uint32_t i = begin; i < end; i += AHEAD) {
            A x[AHEAD][N];
            uint32_t next[AHEAD];
#pragma unroll
            for (int a = 0; a < AHEAD; ++a) {
                next[a] = i + a < end ? keys[i + a] : rows;
                if (next[a] < rows)
                    load_many<N>(values + static_cast<int64_t>(positions[i + a]) * columns + j, x[a]);
            }
#pragma unroll
            for (int a = 0; a < AHEAD; ++a) {
                if (next[a] != key && i + a < end) {
                    if (began) store_many<N>(head, sum);
                    else store_many<N>(y + static_cast<int64_t>(key) * columns + j, sum);
                    key = next[a];
                    began = false;
#pragma unroll
                    for (int v = 0; v < N; ++v) sum[v] = 0;
                }
                if (next[a] < rows) {
#pragma unroll
                    for (int v = 0; v < N; ++v) sum[v] += x[a][v];
                }
            }
        }
        if (key == rows) continue;
        if (began) store_many<N>(head, sum);
        else if (end < n && keys[end] == key) store_many<N>(head + columns, sum);
        else store_many<N>(y + static_cast<int64_t>(key) * columns + j, sum);
    }
}

// Sums of the runs that go over several chunks, in the order of the chunks: by the block of the chunk
// that the run begins in.
template <class T>
__global__ void joined_kernel(const uint32_t* __restrict__ keys, uint32_t n, uint32_t rows, int64_t columns,
                              uint32_t chunk,
                              T* __restrict__ y, const arith<T>* __restrict__ partial) {
    uint32_t begin = blockIdx.x * chunk;
    if (n - begin <= chunk) return;
    uint32_t end = begin + chunk, key = keys[end - 1];
    if (key == rows || keys[end] != key || (begin > 0 && keys[begin - 1] == key)) return;
    int64_t column = static_cast<int64_t>(blockIdx.y) * blockDim.x + threadIdx.x;
    for (int64_t j = column; j < columns; j += static_cast<int64_t>(gridDim.y) * blockDim.x) {
        const arith<T>* part = partial + static_cast<int64_t>(blockIdx.x) * 2 * columns + j;
        arith<T> sum = part[columns];
        for (uint32_t i = end; i < n && keys[i] == key; i += chunk) {
            part += 2 * columns;
            sum += *part;
            if (n - i <= chunk) break;
        }
        store(y + static_cast<int64_t>(key) * columns + j, sum);
    }
}

#endif

}  // namespace zyg
