#include "gather.h"

#include <utility>

#include "sorted.cuh"

namespace zyg {

namespace {

// Blocks of 256 threads over rows (y) of so many columns (x).
struct Tiling {
    dim3 grid, block;
    Tiling(int64_t rows, int64_t columns) {
        unsigned x = 1;
        while (x < 256 && x < columns) x *= 2;
        block = dim3(x, 256 / x);
        grid.x = static_cast<unsigned>(std::clamp<int64_t>((rows + block.y - 1) / block.y, 1, 132 * 64));
        grid.y = static_cast<unsigned>(std::clamp<int64_t>((columns + x - 1) / x, 1, 64));
    }
};

// Does an array consist of `rows` rows of `columns`, each contiguous, `stride` apart?
bool in_rows(const Array& a, int64_t& rows, int64_t& columns, int64_t& stride) {
    if (a.ndim == 0) return false;
    Array row = a;
    rows = a.shape[0];
    stride = a.stride[0];
    row.ndim = a.ndim - 1;
    std::copy(a.shape + 1, a.shape + a.ndim, row.shape);
    std::copy(a.stride + 1, a.stride + a.ndim, row.stride);
    columns = row.size();
    return row.contiguous();
}

struct alignas(16) Bytes16 {
    uint64_t half[2];
};

// What a row that there is not is filled with: the bits of one nan, repeated.
template <class U>
U filling(DType dtype, bool nan) {
    uint64_t bits = dtype == DType::f64   ? 0x7ff8000000000000u
                    : dtype == DType::f32 ? 0x7fc000007fc00000u
                    : dtype == DType::f16 ? 0x7e007e007e007e00u
                                          : 0x7fc07fc07fc07fc0u;
    uint64_t twice[2] = {nan ? bits : 0, nan ? bits : 0};
    U fill;
    memcpy(&fill, twice, sizeof(U));
    return fill;
}

// Calls f with the widest type that rows of so many bytes are copied in.
template <class F>
void with_unit(uint64_t alignment, F&& f) {
    if (alignment % 16 == 0) return f(Tag<Bytes16>());
    if (alignment % 8 == 0) return f(Tag<uint64_t>());
    if (alignment % 4 == 0) return f(Tag<uint32_t>());
    f(Tag<uint16_t>());
}

void check_scatter(const Array& values, const Array& indices, const Array& y, int64_t& rows,
                   int64_t& columns) {
    int64_t stride;
    require(values.dtype == y.dtype, "scatter_add", "values and the result must have the same dtype");
    require(in_rows(y, rows, columns, stride) && y.contiguous(), "scatter_add",
            "the result must be contiguous, with an axis of rows");
    require(values.contiguous() && indices.contiguous(), "scatter_add",
            "values and indices must be contiguous");
    require(values.size() == indices.size() * columns, "scatter_add",
            "a row of values is needed for each index");
}

template <class T>
constexpr DType dtype_of = sizeof(T) == 8 ? DType::f64 : DType::f32;  // of what is computed in

uint32_t chunk_of(int64_t n) {  // about the root, so that neither step has much more to do than the other
    return static_cast<uint32_t>(std::clamp(std::sqrt(static_cast<double>(n)) / 2, 16.0, 1024.0));
}

uint32_t tiles_of(int64_t n) { return static_cast<uint32_t>((n + SORT_TILE - 1) / SORT_TILE); }

template <class T, int N>
void sum_runs(const Array& values, const uint32_t* keys, const uint32_t* positions, uint32_t n, int64_t rows,
              int64_t columns,
              const Array& y, const Array& partial, cudaStream_t stream) {
    uint32_t chunk = chunk_of(n), chunks = (n + chunk - 1) / chunk;
    auto grid = [&](int64_t wide) {
        return dim3(chunks, static_cast<unsigned>(std::clamp<int64_t>((columns + wide - 1) / wide, 1, 1024)));
    };
    unsigned threads = 32;
    while (threads < 256 && threads * N < columns) threads *= 2;
    auto runs = runs_kernel<T, N>;
    ZYG_LAUNCH(runs, grid(threads * N), dim3(threads), 0, stream, values.as<T>(), keys, positions, n,
               static_cast<uint32_t>(rows), columns, chunk, y.as<T>(), partial.as<arith<T>>());
    launched("scatter_add");
    ZYG_LAUNCH(joined_kernel<T>, grid(threads), dim3(threads), 0, stream, keys, n,
               static_cast<uint32_t>(rows), columns, chunk,
               y.as<T>(), partial.as<arith<T>>());
    launched("scatter_add");
}

}  // namespace

void clear(const Array& y, cudaStream_t stream) {
    require(y.contiguous(), "clear", "the array must be contiguous");
    if (y.size() == 0) return;
    check(cudaMemsetAsync(y.data, 0, static_cast<size_t>(y.size() * item_size(y.dtype)), stream),
          "cudaMemsetAsync");
}

void take(const Array& table, const Array& indices, const Array& y, bool nan, cudaStream_t stream) {
    int64_t rows = 0, columns = 0, stride = 0;
    require(in_rows(table, rows, columns, stride), "take",
            "the table must have an axis of rows, each of them contiguous");
    require(table.dtype == y.dtype, "take", "the table and the result must have the same dtype");
    require(indices.contiguous() && y.contiguous(), "take", "indices and the result must be contiguous");
    int64_t n = indices.size();
    require(y.size() == n * columns, "take", "the result must have a row for each index");
    with_float(table.dtype, "take", [](auto) {});
    with_index(indices.dtype, "take", [&](auto tag) {
        using I = typename decltype(tag)::type;
        if (y.size() == 0) return;
        int64_t size = item_size(table.dtype);
        uint64_t alignment = reinterpret_cast<uintptr_t>(table.data) | reinterpret_cast<uintptr_t>(y.data) |
                             static_cast<uint64_t>(columns * size) |
                             static_cast<uint64_t>(rows > 1 ? stride * size : 0);
        with_unit(alignment, [&](auto unit) {
            using U = typename decltype(unit)::type;
            int64_t units = columns * size / static_cast<int64_t>(sizeof(U));
            int64_t apart = stride * size / static_cast<int64_t>(sizeof(U));
            Tiling tiling(n, units);
            auto kernel = take_kernel<U, I>;
            ZYG_LAUNCH(kernel, tiling.grid, tiling.block, 0, stream, table.as<U>(), rows, apart,
                       indices.as<I>(), n, y.as<U>(),
                       units, filling<U>(table.dtype, nan));
            launched("take");
        });
    });
}

void scatter_add(const Array& values, const Array& indices, const Array& y, const Array& sums,
                 cudaStream_t stream) {
    int64_t rows = 0, columns = 0;
    check_scatter(values, indices, y, rows, columns);
    with_float(values.dtype, "scatter_add", [&](auto tag) {
        using T = typename decltype(tag)::type;
        constexpr bool in_place = sizeof(T) == sizeof(arith<T>);
        const Array& to = in_place ? y : sums;
        require(to.dtype == dtype_of<arith<T>> && to.contiguous() && to.size() == y.size(), "scatter_add",
                "the workspace must be float32 and of the size of the result");
        with_index(indices.dtype, "scatter_add", [&](auto index) {
            using I = typename decltype(index)::type;
            if (y.size() == 0) return;
            clear(to, stream);
            if (values.size() > 0) {
                Tiling tiling(indices.size(), columns);
                auto kernel = scatter_kernel<T, I>;
                ZYG_LAUNCH(kernel, tiling.grid, tiling.block, 0, stream, values.as<T>(), indices.as<I>(),
                           indices.size(), columns,
                           to.as<arith<T>>(), rows);
                launched("scatter_add");
            }
            if constexpr (!in_place) {
                ZYG_LAUNCH(narrow_kernel<T>, blocks_for(y.size(), 256, 4), dim3(256), 0, stream,
                           to.as<arith<T>>(), y.as<T>(),
                           y.size());
                launched("scatter_add");
            }
        });
    });
}

std::pair<int64_t, int64_t> scatter_sizes(int64_t n) {
    uint32_t chunk = chunk_of(n);
    return {4 * n + static_cast<int64_t>(tiles_of(n)) * DIGITS, 2 * ((n + chunk - 1) / chunk)};
}

void scatter_add_sorted(const Array& values, const Array& indices, const Array& y, const Array& work,
                        const Array& partial,
                        cudaStream_t stream) {
    int64_t rows = 0, columns = 0, count = indices.size();
    check_scatter(values, indices, y, rows, columns);
    require(count < INT32_MAX && rows < INT32_MAX, "scatter_add",
            "deterministic sums are of fewer than 2^31 - 1 indices and rows");
    auto sizes = scatter_sizes(count);
    require(work.dtype == DType::i32 && work.contiguous() && work.size() >= sizes.first, "scatter_add",
            "the workspace is too small");
    require(partial.contiguous() && partial.size() >= sizes.second * columns, "scatter_add",
            "the workspace is too small");
    with_index(indices.dtype, "scatter_add", [&](auto index) {
        using I = typename decltype(index)::type;
        with_float(values.dtype, "scatter_add", [&](auto tag) {
            using T = typename decltype(tag)::type;
            require(partial.dtype == dtype_of<arith<T>>, "scatter_add",
                    "the workspace must be of the type of the arithmetic");
            if (y.size() == 0) return;
            clear(y, stream);
            if (count == 0) return;
            uint32_t n = static_cast<uint32_t>(count), tiles = tiles_of(n);
            uint32_t *keys = work.as<uint32_t>(), *positions = keys + n, *keys_out = positions + n,
                *positions_out = keys_out + n;
            uint32_t* counts = positions_out + n;
            ZYG_LAUNCH(keys_kernel<I>, blocks_for(n, 256), dim3(256), 0, stream, indices.as<I>(), count,
                       rows, keys, positions);
            launched("scatter_add");
            for (int shift = 0; shift < 32 && rows >> shift > 0; shift += 4) {
                ZYG_LAUNCH(digits_kernel, dim3(tiles), dim3(SORT_THREADS), 0, stream, keys, n, shift, counts);
                launched("scatter_add");
                ZYG_LAUNCH(scan_kernel, dim3(1), dim3(SORT_THREADS), 0, stream, counts, tiles * DIGITS);
                launched("scatter_add");
                ZYG_LAUNCH(move_kernel, dim3(tiles), dim3(SORT_THREADS), 0, stream, keys, positions, n,
                           shift, counts, keys_out,
                           positions_out);
                launched("scatter_add");
                std::swap(keys, keys_out);
                std::swap(positions, positions_out);
            }
            bool wide = columns % WIDE<T> == 0 && on_boundary<WIDE<T>>(values.as<T>()) &&
                on_boundary<WIDE<T>>(y.as<T>()) &&
                        on_boundary<WIDE<T>>(partial.as<arith<T>>());
            if (wide) sum_runs<T, WIDE<T>>(values, keys, positions, n, rows, columns, y, partial, stream);
            else sum_runs<T, 1>(values, keys, positions, n, rows, columns, y, partial, stream);
        });
    });
}

}  // namespace zyg
