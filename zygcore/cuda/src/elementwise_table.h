// From the name of a function to its kernel.
#pragma once

#include "elementwise.cuh"
#include "elementwise.h"
#include "functions.cuh"
#include "layout.h"

namespace zyg {

// What a kernel of N operands is launched with.
template <int N>
struct Prepared {
    Operands<N> from;
    Rows<N> rows;
    int64_t n = 1;
    bool vectors = false;  // is y written in vectors?
    dim3 grid, block;
};

template <int N>
void check_operand(const Elementwise& call, int k, bool masked) {
    const Given& x = call.operands[k];
    const std::string& op = call.op;
    if (masked && k == 0)
        require(!x.is_number && x.array.dtype == DType::b8, op.c_str(), "the condition must be an array of bool");
    else if (!x.is_number)
        require(x.array.dtype == call.y.dtype, op.c_str(), "the operands must have one dtype");
}

// `size` is that of an element of y.
template <int N>
Prepared<N> prepared(const Elementwise& call, int64_t size, bool masked) {
    const Array& y = call.y;
    require(y.contiguous(), call.op.c_str(), "the result must be contiguous");
    Axes<N> axes;
    for (int k = 0; k < N; ++k) check_operand<N>(call, k, masked);
    for (int a = 0; a < y.ndim; ++a) {
        int64_t strides[N] = {};
        for (int k = 0; k < N; ++k) {
            const Given& x = call.operands[k];
            require(x.is_number || (x.array.ndim <= y.ndim && broadcast_stride(x.array, y.ndim, a, y.shape[a], &strides[k])),
                    call.op.c_str(), "operand " + std::to_string(k) + " does not broadcast to the shape of the result");
        }
        axes.add(y.shape[a], strides);
    }
    axes.join();
    Prepared<N> p;
    Axes<N> inner;
    if (axes.count) {
        inner = axes;
        p.n = axes.shape[axes.count - 1];
        --axes.count;
    }
    p.rows = axes.rows();
    int lanes = static_cast<int>(16 / size);
    for (int k = 0; k < N; ++k) {
        const Given& x = call.operands[k];
        Operand& to = p.from.at[k];
        to.number = x.number;
        if (x.is_number) continue;
        to.data = x.array.data;
        to.step = inner.count ? inner.stride[k][inner.count - 1] : 0;
        to.access = access_of(to.data, masked && k == 0 ? 1 : size, lanes, to.step, axes, k);
    }
    p.vectors = aligned(y.data, 16) && (p.rows.count == 1 || p.n % lanes == 0);
    int64_t some = divided_up(p.n, lanes), most = 132 * 16;
    int across = power_of_two(some, 256), down = power_of_two(p.rows.count, 256 / across);
    int64_t x = std::clamp<int64_t>(divided_up(some, across), 1, most);  // there may be no elements
    int64_t rows = std::min(divided_up(p.rows.count, down), std::max<int64_t>(most / x, 1));
    p.block = dim3(across, down);
    p.grid = dim3(static_cast<unsigned>(x), static_cast<unsigned>(rows));
    return p;
}

template <class F>
bool carried_out(const Elementwise& call) {
    constexpr int N = F::arity;
    if (call.op != F::name) return false;
    require(call.operands.size() == N, F::name, "this function has " + std::to_string(N) + " operands");
    with_float(call.y.dtype, F::name, [&](auto tag) {
        using T = typename decltype(tag)::type;
        Prepared<N> p = prepared<N>(call, sizeof(T), F::masked);
        if (call.y.size() == 0) return;
        ZYG_LAUNCH((elementwise_kernel<F, T>), p.grid, p.block, 0, call.stream, p.from, p.rows, p.n,
                   static_cast<arith<T>>(call.scale), call.y.template as<T>(), p.vectors);
        launched(F::name);
    });
    return true;
}

template <class... F>
bool one_of(const Elementwise& call) {
    return (carried_out<F>(call) || ...);
}

}  // namespace zyg
