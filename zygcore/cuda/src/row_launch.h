// How rows are shared out among threads.  Host code only.
#pragma once

#include <cstdlib>
#include <initializer_list>
#include <type_traits>

#include "array.h"
#include "row.cuh"

namespace zyg {

constexpr int LANES_BLOCK = 128;     // threads of a block where a row has some lanes of a warp
constexpr int COLUMNS_BLOCK = 256;   // threads of a block where neighbouring threads have neighbouring rows
constexpr int LONG_ROW_BLOCK = 512;  // at most, where a row has a block

// The rows of arrays along `axis`.  Arrays of one axis less have one element a row; a null pointer stands for
// an array that is not there.  Neighbouring axes that are one axis for all arrays are joined.
template <int N>
RowAxes<N> row_axes(const Array* const (&arrays)[N], int axis, const char* call) {
    const Array& first = *arrays[0];
    RowAxes<N> axes;
    axes.ndim = 0;
    for (int d = 0; d < first.ndim; ++d) {
        if (d == axis) continue;
        int64_t strides[N];
        bool joined = axes.ndim > 0;
        for (int k = 0; k < N; ++k) {
            strides[k] = 0;
            if (!arrays[k]) continue;
            bool whole = arrays[k]->ndim == first.ndim;
            require(whole || arrays[k]->ndim == first.ndim - 1, call, "the arrays do not have the same axes");
            int there = whole || d < axis ? d : d - 1;
            require(arrays[k]->shape[there] == first.shape[d], call, "the arrays do not have the same shape");
            strides[k] = arrays[k]->stride[there];
        }
        axes.count *= first.shape[d];
        if (first.shape[d] == 1) continue;
        for (int k = 0; k < N && joined; ++k)
            joined = axes.stride[k][axes.ndim - 1] == strides[k] * first.shape[d];
        int to = joined ? axes.ndim - 1 : axes.ndim++;
        axes.shape[to] = joined ? axes.shape[to] * first.shape[d] : first.shape[d];
        for (int k = 0; k < N; ++k) axes.stride[k][to] = strides[k];
    }
    if (axes.ndim == 0) {
        axes.ndim = 1;
        axes.shape[0] = 1;
        for (int k = 0; k < N; ++k) axes.stride[k][0] = 0;
    }
    return axes;
}

inline int power_of_two_from(int64_t n) {
    int p = 1;
    while (p < n) p *= 2;
    return p;
}

inline unsigned grid_for(int64_t n, int64_t per_block) {
    return static_cast<unsigned>(std::clamp<int64_t>((n + per_block - 1) / per_block, 1, 0x7fffffff));
}

struct RowPlan {
    bool vector = false;   // do the elements of rows follow each other?
    bool columns = false;  // do neighbouring threads have neighbouring rows?
    int values = 0;        // of a row that a lane keeps in registers; 0: the row has a block
    int width = 1;         // lanes, or threads along rows
    dim3 grid, block;
};

// `steps`: the strides along the rows of the arrays that have them, of which the first decides where chunks
// begin.
template <int N>
RowPlan row_plan(const RowAxes<N>& axes, const Array& first, int64_t n,
                 std::initializer_list<int64_t> steps) {
    RowPlan plan;
    int64_t size = first.dtype == DType::f64 ? 8 : first.dtype == DType::f32 ? 4 : 2, vector = 16 / size;
    plan.vector = std::all_of(steps.begin(), steps.end(), [](int64_t s) { return s == 1; });
    bool aligned = reinterpret_cast<uintptr_t>(first.data) % 16 == 0;
    for (int d = 0; d < axes.ndim; ++d) aligned = aligned && axes.stride[0][d] % vector == 0;
    int64_t room = plan.vector && !aligned ? n + vector - 1 : n;
    int most = !plan.vector ? 8 : size == 8 ? 16 : 32;  // more would leave no registers for other warps
    if (room <= most * WARP) {
        plan.values = room <= 8 * WARP ? 8 : room <= 16 * WARP ? 16 : 32;
        int64_t least = plan.vector ? std::max<int64_t>(vector, 4) : 4;
        plan.width = std::min(WARP, power_of_two_from((room + least - 1) / least));
        plan.block = dim3(LANES_BLOCK);
        plan.grid = dim3(grid_for(axes.count, LANES_BLOCK / plan.width));
    } else {
        plan.block = dim3(n > 8192 ? LONG_ROW_BLOCK : 256);
        plan.grid = dim3(grid_for(axes.count, 1));
    }
    return plan;
}

// The same, or neighbouring threads for neighbouring rows where their elements lie closer together.
template <int N>
RowPlan row_or_column_plan(const RowAxes<N>& axes, const Array& first, int64_t n,
                           std::initializer_list<int64_t> steps) {
    RowPlan plan = row_plan(axes, first, n, steps);
    int64_t along = 0, across = 0;
    int k = 0;
    for (int64_t step : steps) {
        along += std::llabs(step);
        across += std::llabs(axes.stride[k++][axes.ndim - 1]);
    }
    plan.columns = axes.count > 1 && n > 1 && across < along;
    if (plan.columns) {
        int per_row = std::min(power_of_two_from((n + 15) / 16), 8);
        while (per_row < COLUMNS_BLOCK && COLUMNS_BLOCK / per_row / 2 >= axes.count) per_row *= 2;
        plan.width = per_row;
        plan.block = dim3(COLUMNS_BLOCK / per_row, per_row);
        plan.grid = dim3(grid_for(axes.count, COLUMNS_BLOCK / per_row));
    }
    return plan;
}

template <int N>
using Int = std::integral_constant<int, N>;

// Calls f(elements of a chunk, chunks of a lane), numbers that the compiler knows.
template <class T, class F>
void with_lanes(const RowPlan& plan, F&& f) {
    constexpr int V = 16 / sizeof(T);
    if (!plan.vector) return f(Int<1>(), Int<8>());
    if (plan.values == 8) return f(Int<V>(), Int<8 / V>());
    if (plan.values == 16) return f(Int<V>(), Int<16 / V>());
    if constexpr (sizeof(T) < 8) return f(Int<V>(), Int<32 / V>());
}

// Calls f(elements of a chunk) for a row that has a block.
template <class T, class F>
void with_chunk(const RowPlan& plan, F&& f) {
    if (plan.vector) return f(Int<16 / sizeof(T)>());
    return f(Int<1>());
}

}  // namespace zyg
