// Copies of strided arrays into contiguous ones, whatever the numbers are: T is an unsigned integer of
// their size.
#pragma once

#include "strided.cuh"

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
};

// Element number `index` of a tile whose rows are 2**bits long.  Those that one thread has are 256 apart,
// so what differs between them is the same for all threads.
struct InTile {
    int row, column;

    __device__ __forceinline__ InTile(int index, int bits) : row(index >> bits), column(index & ((1 << bits) - 1)) {}
};

template <class T>
__global__ void __launch_bounds__(256) copy_tiles_kernel(const T* x, Tiles tiles, Rows<2> rows, T* y) {
    constexpr int SIDE = TILE_SIDE<T>, GAP = TILE_GAP<T>, EACH = SIDE * SIDE / 256;
    ZYG_SHARED(T, tile, SIDE * SIDE / 2 * (2 + GAP));
    int near_side = 1 << tiles.near_bits, last_side = 1 << tiles.last_bits, pitch = near_side + GAP;
    int thread = threadIdx.x, elements = near_side * last_side;
    InTile in(thread, tiles.near_bits), out(thread, tiles.last_bits);
    int64_t t = blockIdx.x, rest = tiles.last_tiles.quotient(t), row = tiles.near_tiles.quotient(rest), at[2];
    int64_t last = (t - rest * tiles.last_tiles.divisor) * last_side, near = (rest - row * tiles.near_tiles.divisor) * near_side;
    int lasts = static_cast<int>(tiles.last - last < last_side ? tiles.last - last : last_side);
    int nears = static_cast<int>(tiles.near - near < near_side ? tiles.near - near : near_side);
    rows.offsets(row, at);
    const T* from = x + at[0] + (last + in.row) * tiles.last_step + (near + in.column) * tiles.near_step;
    T held[EACH] = {};  // all loads are on their way before the first is waited for
#pragma unroll
    for (int k = 0; k < EACH; ++k) {
        InTile next(k * 256, tiles.near_bits);
        if (k * 256 + thread < elements && in.row + next.row < lasts && in.column + next.column < nears)
            held[k] = from[next.row * tiles.last_step + next.column * tiles.near_step];
    }
#pragma unroll
    for (int k = 0; k < EACH; ++k) {
        InTile next(k * 256, tiles.near_bits);
        if (k * 256 + thread < elements) tile[(in.row + next.row) * pitch + in.column + next.column] = held[k];
    }
    __syncthreads();
    T* to = y + at[1] + (near + out.row) * tiles.near_y_step + last + out.column;
#pragma unroll
    for (int k = 0; k < EACH; ++k) {
        InTile next(k * 256, tiles.last_bits);
        if (k * 256 + thread < elements && out.row + next.row < nears && out.column + next.column < lasts)
            to[next.row * tiles.near_y_step + next.column] = tile[(out.column + next.column) * pitch + out.row + next.row];
    }
}

}  // namespace zyg
