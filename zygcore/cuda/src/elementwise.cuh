// y = scale * f(operands...), elementwise: operands of any strides, a contiguous y.
#pragma once

#include <utility>

#include "strided.cuh"

namespace zyg {

// An operand of one type: a number, or an array whose rows begin where `Rows` says.
struct Operand {
    const void* data = nullptr;
    int64_t step = 0;  // between neighbours of a row
    Access access = NUMBER;
    double number = 0;
};

template <int N>
struct Operands {
    Operand at[N];
};

// The type that operand k of a function is stored in.
template <class F, class T, int k>
using stored = std::conditional_t<F::masked && k == 0, uint8_t, T>;

// The neighbours of one operand that a thread is at; the others follow.
template <class F, class T, int V, int k, bool end = k == F::arity>
struct Held {
    Neighbours<stored<F, T, k>, V> mine;
    Held<F, T, V, k + 1> others;

    using S = stored<F, T, k>;

    __device__ __forceinline__ void fill(S x) {
#pragma unroll
        for (int j = 0; j < V; ++j) mine.lane[j] = x;
    }
    __device__ __forceinline__ void begin(const Operands<F::arity>& from) {
        S x{};
        if (from.at[k].access == NUMBER) store(&x, static_cast<arith<S>>(from.at[k].number));
        fill(x);
        others.begin(from);
    }
    __device__ __forceinline__ void begin_row(const Operands<F::arity>& from, const int64_t (&offset)[F::arity]) {
        if (from.at[k].access == SAME) fill(static_cast<const S*>(from.at[k].data)[offset[k]]);
        others.begin_row(from, offset);
    }
    __device__ __forceinline__ void read(const Operands<F::arity>& from, const int64_t (&offset)[F::arity], int64_t i, int64_t n) {
        const Operand& x = from.at[k];
        read_row<S, V>(mine, x.access, static_cast<const S*>(x.data) + offset[k], x.step, i, n);
        others.read(from, offset, i, n);
    }
    template <class... A>
    __device__ __forceinline__ arith<T> apply(int j, A... before) const {
        return others.apply(j, before..., load(&mine.lane[j]));
    }
};

template <class F, class T, int V, int k>
struct Held<F, T, V, k, true> {
    __device__ __forceinline__ void begin(const Operands<F::arity>&) {}
    __device__ __forceinline__ void begin_row(const Operands<F::arity>&, const int64_t (&)[F::arity]) {}
    __device__ __forceinline__ void read(const Operands<F::arity>&, const int64_t (&)[F::arity], int64_t, int64_t) {}
    template <class... A>
    __device__ __forceinline__ arith<T> apply(int, A... operands) const {
        return F::at(operands...);
    }
};

// Rows of n elements; a thread takes V neighbours of a row at a time.  The grid's x is along rows, its y
// over rows.
template <class F, class T>
__global__ void __launch_bounds__(256, 2)
    elementwise_kernel(Operands<F::arity> from, Rows<F::arity> rows, int64_t n, arith<T> scale, T* y, bool vectors) {
    constexpr int V = NEIGHBOURS<T>;
    Held<F, T, V, 0> held;
    held.begin(from);
    int64_t first = static_cast<int64_t>(blockIdx.y) * blockDim.y + threadIdx.y;
    for (int64_t row = first; row < rows.count; row += static_cast<int64_t>(gridDim.y) * blockDim.y) {
        int64_t offset[F::arity];
        rows.offsets(row, offset);
        held.begin_row(from, offset);
        for (int64_t i = first_index() * V; i < n; i += index_step() * V) {
            held.read(from, offset, i, n);
            Neighbours<T, V> out;
#pragma unroll
            for (int j = 0; j < V; ++j) store(&out.lane[j], scale * held.apply(j));
            write_row(out, vectors, y + row * n, i, n);
        }
    }
}

}  // namespace zyg
