#include "bias.cuh"

#include <type_traits>

#include "gather.h"

namespace zyg {

namespace {

// Threads and rows of the blocks that sum columns; by the shape alone, so that the order of the sums is.
struct Chunks {
    dim3 block;
    int64_t chunk, count, groups;
    // `wide`: of how many columns a thread's one load is
    Chunks(int64_t rows, int64_t columns, int wide) {
        groups = (columns + wide - 1) / wide;
        unsigned x = 1;
        while (x < 32 && x < groups) x *= 2;
        block = dim3(x, 256 / x);
        chunk = std::max<int64_t>((rows + 511) / 512, block.y * 8);
        count = std::max<int64_t>((rows + chunk - 1) / chunk, 1);
    }
    dim3 grid() const {
        int64_t y = (groups + block.x - 1) / block.x;
        return dim3(static_cast<unsigned>(count), static_cast<unsigned>(std::clamp<int64_t>(y, 1, 65535)));
    }
};

template <class T, class D, int N>
void sum_columns(const T* x, D* y, int64_t rows, int64_t columns, dim3 block, dim3 grid, int64_t chunk,
                 cudaStream_t stream) {
    auto kernel = column_sum_kernel<T, D, N>;
    ZYG_LAUNCH(kernel, grid, block, 256 * N * sizeof(arith<T>), stream, x, y, rows, columns, chunk);
    launched("column_sum");
}

}  // namespace

void bias_add(const Array& x, const Array& b, const Array& y, cudaStream_t stream) {
    require(x.ndim > 0 && b.ndim == 1 && b.shape[0] == x.shape[x.ndim - 1], "bias_add",
            "b must have one axis, as long as the last one of x");
    require(x.dtype == b.dtype && x.dtype == y.dtype, "bias_add", "x, b and y must have the same dtype");
    require(x.contiguous() && b.contiguous() && y.contiguous() && x.size() == y.size(), "bias_add",
            "x, b and y must be contiguous, and y of the size of x");
    int64_t columns = b.shape[0];
    with_float(x.dtype, "bias_add", [&](auto tag) {
        using T = typename decltype(tag)::type;
        if (x.size() == 0) return;
        int64_t rows = x.size() / columns;
        auto with = [&](auto kernel, int wide) {
            int64_t groups = columns / wide;
            unsigned across = 1;
            while (across < 256 && across < groups) across *= 2;
            dim3 block(across, 256 / across);
            dim3 grid(static_cast<unsigned>(std::clamp<int64_t>((rows + block.y - 1) / block.y, 1, 132 * 16)),
                      static_cast<unsigned>(std::clamp<int64_t>((groups + across - 1) / across, 1, 65535)));
            ZYG_LAUNCH(kernel, grid, block, 0, stream, x.as<T>(), b.as<T>(), y.as<T>(), rows, columns);
            launched("bias_add");
        };
        constexpr int N = WIDE<T>;
        bool wide = columns % N == 0 && on_boundary<N>(x.as<T>()) && on_boundary<N>(b.as<T>()) &&
            on_boundary<N>(y.as<T>());
        if (wide) with(bias_add_kernel<T, N>, N);
        else with(bias_add_kernel<T, 1>, 1);
    });
}

int64_t column_sum_size(int64_t rows, int64_t columns) { return Chunks(rows, columns, 1).count; }

void column_sum(const Array& x, const Array& y, const Array& partial, cudaStream_t stream) {
    require(x.ndim > 0 && y.ndim == 1 && y.shape[0] == x.shape[x.ndim - 1], "column_sum",
            "y must have one axis, as long as the last one of x");
    require(x.dtype == y.dtype && x.contiguous() && y.contiguous(), "column_sum",
            "x and y must be contiguous, of one dtype");
    int64_t columns = y.shape[0];
    with_float(x.dtype, "column_sum", [&](auto tag) {
        using T = typename decltype(tag)::type;
        using A = arith<T>;
        if (columns == 0) return;
        int64_t rows = x.size() / columns;
        constexpr int N = WIDE<T>;
        Chunks chunks(rows, columns, columns % N == 0 ? N : 1);
        require(partial.dtype == (sizeof(A) == 8 ? DType::f64 : DType::f32) && partial.contiguous() &&
                    partial.size() >= chunks.count * columns,
                "column_sum", "the workspace is too small");
        bool wide = columns % N == 0 && on_boundary<N>(x.as<T>()) && on_boundary<N>(y.as<T>()) &&
            on_boundary<N>(partial.as<A>());
        // an unaligned slice is loaded one by one, by threads over the same rows
        auto grid = chunks.grid();
        auto sum = [&](auto* from, auto* to, int64_t rows, dim3 grid, int64_t chunk) {
            using S = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
            using D = std::remove_pointer_t<decltype(to)>;
            if (wide) sum_columns<S, D, N>(from, to, rows, columns, chunks.block, grid, chunk, stream);
            else sum_columns<S, D, 1>(from, to, rows, columns, chunks.block, grid, chunk, stream);
        };
        if (chunks.count == 1) return sum(x.as<T>(), y.as<T>(), rows, grid, std::max<int64_t>(rows, 1));
        sum(x.as<T>(), partial.as<A>(), rows, grid, chunks.chunk);
        sum(partial.as<A>(), y.as<T>(), chunks.count, dim3(1, grid.y), chunks.count);
    });
}

}  // namespace zyg
