// Sums over any axes of strided arrays, in float or double, always in the same order: no atomics.
#pragma once

#include "strided.cuh"

namespace zyg {

// A block sums up a part of what belongs to an element of the result: this many rows, and elements of a
// row.  Each part has a result of its own, `stride` after that of the one before.
struct Parts {
    int64_t rows = 0, n = 0, stride = 0;
    int along = 1;  // how many parts a row has
};

// Where the parts of a thread's element begin and end.
struct Share {
    int64_t first_row, end_row, first, end, result;

    __device__ __forceinline__ Share(const Parts& parts, int64_t part, int64_t rows, int64_t n) {
        int64_t down = part / parts.along, across = part - down * parts.along;
        first_row = down * parts.rows;
        end_row = first_row + parts.rows < rows ? first_row + parts.rows : rows;
        first = across * parts.n;
        end = first + parts.n < n ? first + parts.n : n;
        result = part * parts.stride;
    }
};

template <class T, int V>
__device__ __forceinline__ void add_to(arith<T> (&sum)[V], const Neighbours<T, V>& some) {
#pragma unroll
    for (int j = 0; j < V; ++j) sum[j] += load(&some.lane[j]);
}

// Where the innermost axis is one of those summed up: `group` threads, 1 to 32 or all 256, have one element
// of the result, `across` of them go along rows and the others over rows.
template <class T, class Out>
__global__ void __launch_bounds__(256, 2)
    sum_along_kernel(const T* x, Access access, int64_t step, Rows<2> kept, Rows<1> summed, int64_t n, int group, int across,
                     Parts parts, Out* y) {
    constexpr int V = NEIGHBOURS<T>;
    using A = arith<T>;
    ZYG_SHARED(A, of_warps, 256 / WARP);
    int lane = threadIdx.x & (group - 1), per_block = 256 / group, down = group / across;
    int tx = lane & (across - 1), ty = lane / across;
    Share share(parts, blockIdx.y, summed.count, n);
    for (int64_t base = static_cast<int64_t>(blockIdx.x) * per_block; base < kept.count; base += static_cast<int64_t>(gridDim.x) * per_block) {
        int64_t element = base + threadIdx.x / group, at[2] = {0, 0};
        A sum[V] = {};
        if (element < kept.count) {
            kept.offsets(element, at);
            for (int64_t q = share.first_row + ty; q < share.end_row; q += down) {
                int64_t offset[1];
                summed.offsets(q, offset);
                const T* row = x + at[0] + offset[0];
                int64_t i = share.first + tx * V;
                if (access == VECTORS) {
#pragma unroll 4
                    for (; i + V <= share.end; i += across * V)
                        add_to<T, V>(sum, *reinterpret_cast<const Neighbours<T, V>*>(row + i));
                }
                for (; i < share.end; i += across * V) {
                    Neighbours<T, V> some{};
                    read_row<T, V>(some, LANEWISE, row, step, i, share.end);
                    add_to<T, V>(sum, some);
                }
            }
        }
#pragma unroll
        for (int h = V / 2; h > 0; h /= 2)
#pragma unroll
            for (int j = 0; j < h; ++j) sum[j] += sum[j + h];
        A total = sum[0];
        for (int h = (group < WARP ? group : WARP) / 2; h > 0; h /= 2) total += __shfl_xor_sync(0xffffffffu, total, h);
        if (group > WARP) {
            if (threadIdx.x % WARP == 0) of_warps[threadIdx.x / WARP] = total;
            __syncthreads();
            if (threadIdx.x == 0)
                for (int w = 1; w < 256 / WARP; ++w) total += of_warps[w];
            __syncthreads();
        }
        if (lane == 0 && element < kept.count) store(y + share.result + at[1], static_cast<arith<Out>>(total));
    }
}

// Where the innermost axis is kept: threads of a block stand side by side along it, and below each other
// over what is summed up.
template <class T, class Out>
__global__ void __launch_bounds__(256, 2)
    sum_down_kernel(const T* x, Access access, int64_t step, Rows<2> kept, Rows<1> summed, int64_t n, int64_t y_step, bool vectors,
                    Parts parts, Out* y) {
    constexpr int V = NEIGHBOURS<T>;
    using A = arith<T>;
    ZYG_SHARED(A, sums, 256 * V);
    int across = blockDim.x, down = blockDim.y, tx = threadIdx.x, ty = threadIdx.y;
    A* mine = sums + ty * across * V + tx;  // V of them, `across` apart: no two lanes in one bank
    Share share(parts, blockIdx.z, summed.count, n);
    int64_t i = (static_cast<int64_t>(blockIdx.x) * across + tx) * V;
    for (int64_t o = blockIdx.y; o < kept.count; o += gridDim.y) {
        int64_t at[2];
        kept.offsets(o, at);
        A sum[V] = {};
#pragma unroll 4
        for (int64_t q = share.first_row + ty; q < share.end_row; q += down) {
            int64_t offset[1];
            summed.offsets(q, offset);
            Neighbours<T, V> some{};
            read_row<T, V>(some, access, x + at[0] + offset[0], step, i, n);
            add_to<T, V>(sum, some);
        }
#pragma unroll
        for (int j = 0; j < V; ++j) mine[j * across] = sum[j];
        for (int h = down / 2; h > 0; h /= 2) {
            __syncthreads();
            if (ty < h)
#pragma unroll
                for (int j = 0; j < V; ++j) mine[j * across] += mine[h * across * V + j * across];
        }
        if (ty == 0) {
            Neighbours<Out, V> out;
#pragma unroll
            for (int j = 0; j < V; ++j) store(&out.lane[j], static_cast<arith<Out>>(mine[j * across]));
            Out* row = y + share.result + at[1];
            if (y_step == 1) {
                write_row(out, vectors, row, i, n);
            } else {
#pragma unroll
                for (int j = 0; j < V; ++j)
                    if (i + j < n) row[(i + j) * y_step] = out.lane[j];
            }
        }
        __syncthreads();
    }
}

}  // namespace zyg
