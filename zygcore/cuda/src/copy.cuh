// Copies of strided arrays into contiguous ones, whatever the numbers are: T is an unsigned integer of
// their size.
#pragma once

#include "rows.cuh"

namespace zyg {

// Where rows of the result are rows of x, or almost: element after element.
template <class T>
__global__ void __launch_bounds__(256)
    copy_rows_kernel(const T* x, Access access, int64_t step, Rows<1> rows, int64_t n, T* y, bool vectors) {
    constexpr int V = NEIGHBOURS<T>;
    int64_t first = static_cast<int64_t>(blockIdx.y) * blockDim.y + threadIdx.y;
    for (int64_t row = first; row < rows.count; row += static_cast<int64_t>(gridDim.y) * blockDim.y) {
        int64_t offset[1];
        rows.offsets(row, offset);
        for (int64_t i = first_index() * V; i < n; i += index_step() * V) {
            Neighbours<T, V> some{};
            read_row<T, V>(some, access, x + offset[0], step, i, n);
            write_row(some, vectors, y + row * n, i, n);
        }
    }
}

// A tile is read along one axis and written along another.
template <class T>
constexpr int TILE_SIDE = sizeof(T) <= 2 ? 64 : 32;

// Room between rows of a tile, so that lanes one below the other are in different banks.
template <class T>
constexpr int TILE_GAP = sizeof(T) < 4 ? 4 / static_cast<int>(sizeof(T)) : 1;

// The axes along which a tile lies: `near` is where elements of x are neighbours, `last` where those of y.
struct Tiles {
    int64_t near, near_step, near_y_step, last, last_step;
    int near_bits, last_bits;  // the sides of a tile are powers of two
    Divider near_tiles, last_tiles;
    int64_t count;
};

template <class T>
__global__ void __launch_bounds__(256) copy_tiles_kernel(const T* x, Tiles tiles, Rows<2> rows, T* y) {
    constexpr int SIDE = TILE_SIDE<T>, GAP = TILE_GAP<T>, EACH = SIDE * SIDE / 256;
    ZYG_SHARED(T, tile, SIDE * SIDE / 2 * (2 + GAP));
    int near_side = 1 << tiles.near_bits, last_side = 1 << tiles.last_bits, pitch = near_side + GAP;
    int elements = near_side * last_side;
    for (int64_t t = blockIdx.x; t < tiles.count; t += gridDim.x) {
        int64_t rest = tiles.last_tiles.quotient(t), row = tiles.near_tiles.quotient(rest), at[2];
        int64_t last = (t - rest * tiles.last_tiles.divisor) * last_side, near = (rest - row * tiles.near_tiles.divisor) * near_side;
        rows.offsets(row, at);
#pragma unroll
        for (int k = 0; k < EACH; ++k) {
            int e = k * 256 + threadIdx.x, i = e >> tiles.near_bits, j = e & (near_side - 1);
            if (e < elements && last + i < tiles.last && near + j < tiles.near)
                tile[i * pitch + j] = x[at[0] + (last + i) * tiles.last_step + (near + j) * tiles.near_step];
        }
        __syncthreads();
#pragma unroll
        for (int k = 0; k < EACH; ++k) {
            int e = k * 256 + threadIdx.x, j = e >> tiles.last_bits, i = e & (last_side - 1);
            if (e < elements && last + i < tiles.last && near + j < tiles.near)
                y[at[1] + (near + j) * tiles.near_y_step + last + i] = tile[i * pitch + j];
        }
        __syncthreads();
    }
}

}  // namespace zyg
