#include "copy.h"

#include <cstdlib>

#include "copy.cuh"
#include "layout.h"

namespace zyg {

namespace {

// Planes of fewer elements are read from few lines of memory in whatever order.
constexpr int64_t SMALL_PLANE = 512;

// The axis, other than the last, along which elements of x are nearer to each other; -1 if there is none.
int nearer(const Axes<2>& axes) {
    int found = -1;
    int last = axes.count - 1;
    int64_t best = std::llabs(axes.stride[0][last]);
    for (int a = 0; a + 1 < axes.count; ++a) {
        int64_t distance = std::llabs(axes.stride[0][a]);
        if (distance != 0 && distance < best) {
            best = distance;
            found = a;
        }
    }
    return found >= 0 && axes.shape[found] * axes.shape[last] < SMALL_PLANE ? -1 : found;
}

int bits(int power) {
    int b = 0;
    while (1 << b < power) ++b;
    return b;
}

template <class T>
void copy_tiles(const T* x, Axes<2> axes, int near, T* y, cudaStream_t stream) {
    constexpr int SIDE = TILE_SIDE<T>;
    int last = axes.count - 1;
    Tiles t;
    t.near = axes.shape[near];
    t.near_step = axes.stride[0][near];
    t.near_y_step = axes.stride[1][near];
    t.last = axes.shape[last];
    t.last_step = axes.stride[0][last];
    int near_side = power_of_two(t.near, SIDE), last_side = power_of_two(t.last, SIDE * SIDE / near_side);
    near_side = power_of_two(t.near, SIDE * SIDE / last_side);
    t.near_bits = bits(near_side);
    t.last_bits = bits(last_side);
    t.near_tiles = divider(divided_up(t.near, near_side));
    t.last_tiles = divider(divided_up(t.last, last_side));
    axes.remove(last);
    axes.remove(near);
    axes.join();
    int64_t count = axes.size() * t.near_tiles.divisor * t.last_tiles.divisor;
    require(count <= INT32_MAX, "permute", "the array is too large");
    ZYG_LAUNCH(copy_tiles_kernel<T>, dim3(static_cast<unsigned>(count)), dim3(256), 0, stream, x, t, axes.rows(), y);
    launched("permute");
}

template <class T>
void copy_rows(const T* x, const Axes<2>& both, T* y, cudaStream_t stream) {
    constexpr int V = NEIGHBOURS<T>;
    Axes<1> axes;
    for (int a = 0; a < both.count; ++a) axes.add(both.shape[a], {both.stride[0][a]});
    int64_t n = 1, step = 0;
    if (axes.count) {
        n = axes.shape[--axes.count];
        step = axes.stride[0][axes.count];
    }
    Access access = access_of(x, sizeof(T), V, step, axes, 0);
    if (access == SAME) access = LANEWISE;
    Rows<1> rows = axes.rows();
    bool vectors = aligned(y, 16) && (rows.count == 1 || n % V == 0);
    int64_t some = divided_up(n, V), most = 132 * 16;
    int across = power_of_two(some, 256), down = power_of_two(rows.count, 256 / across);
    int64_t wide = std::min(divided_up(some, across), most);
    int64_t high = std::min(divided_up(rows.count, down), std::max<int64_t>(most / wide, 1));
    dim3 grid(static_cast<unsigned>(wide), static_cast<unsigned>(high));
    ZYG_LAUNCH(copy_rows_kernel<T>, grid, dim3(across, down), 0, stream, x, access, step, rows, n, y, vectors);
    launched("permute");
}

}  // namespace

void permute(const Array& x, const std::vector<int>& order, const Array& y, cudaStream_t stream) {
    require(x.dtype == y.dtype && y.contiguous(), "permute", "the result must be contiguous and of the dtype of x");
    require(static_cast<int>(order.size()) == x.ndim && y.ndim == x.ndim, "permute", "each axis must be named once");
    Axes<2> axes;
    bool seen[MAX_DIMS] = {};
    for (int a = 0; a < x.ndim; ++a) {
        int from = order[a];
        require(from >= 0 && from < x.ndim && !seen[from], "permute", "each axis must be named once");
        seen[from] = true;
        require(y.shape[a] == x.shape[from], "permute", "the result has another shape");
        axes.add(x.shape[from], {x.stride[from], y.stride[a]});
    }
    if (y.size() == 0) return;
    axes.join();
    auto copy = [&](auto tag) {
        using T = typename decltype(tag)::type;
        int near = axes.count ? nearer(axes) : -1;
        if (near < 0) copy_rows(x.as<const T>(), axes, y.as<T>(), stream);
        else copy_tiles(x.as<const T>(), axes, near, y.as<T>(), stream);
    };
    switch (item_size(x.dtype)) {
        case 8: return copy(Tag<uint64_t>());
        case 4: return copy(Tag<uint32_t>());
        case 2: return copy(Tag<uint16_t>());
        default: return copy(Tag<uint8_t>());
    }
}

}  // namespace zyg
