// softmax, log_softmax and logsumexp along rows, and their pullbacks.
//
// Three ways to go: a row in the registers of some lanes of a warp, read once; a block for a long row,
// read twice, first for the running maximum and sum; and neighbouring threads for neighbouring rows, where
// the rows do not go along the last axis.
#pragma once

#include "row.cuh"

namespace zyg {

enum RowKind : int { SOFTMAX, LOG_SOFTMAX, LOGSUMEXP, LOGSUMEXP_BACK };

// y is one number a row for LOGSUMEXP; dy is read for LOGSUMEXP_BACK only, one number a row.
template <class T>
struct SoftmaxRows {
    RowKind kind;
    const T* x;
    T* y;
    const T* dy;
    int64_t n, x_step, y_step;
    RowAxes<3> axes;
};

template <class T>
struct SoftmaxBackRows {
    RowKind kind;
    const T* dy;
    const T* y;
    T* dx;
    int64_t n, dy_step, y_step, dx_step;
    RowAxes<3> axes;
};

#if defined(__CUDACC__) || defined(ZYG_HOST)

// What is the same for all elements of a row.
template <class A>
struct SoftmaxOfRow {
    RowKind kind;
    A top, scale, log_sum, d;

    template <class T>
    __device__ SoftmaxOfRow(const SoftmaxRows<T>& a, const TopSum<A>& s, int64_t dy_at)
        : kind(a.kind), top(s.top) {
        scale = A(1) / s.sum;
        log_sum = log_of(s.sum);
        bool infinite = top == infinity_of<A> || top == -infinity_of<A>;
        if (kind == SOFTMAX && infinite) scale = static_cast<A>(NAN);  // inf - inf
        d = kind == LOGSUMEXP_BACK ? load(a.dy + dy_at) : A(1);
    }
    __device__ A of_exp(A e) const { return kind == SOFTMAX ? e * scale : guarded(d, e * scale); }
    __device__ A operator()(A x) const {
        return kind == LOG_SOFTMAX ? (x - top) - log_sum : of_exp(below(x, top));
    }
};

template <class T, int V, int K>
__global__ void __launch_bounds__(128, 4) softmax_lanes(SoftmaxRows<T> a, int width) {
    using A = arith<T>;
    int lane = threadIdx.x & (width - 1), mine = threadIdx.x / width, per_block = blockDim.x / width;
    int64_t stride = static_cast<int64_t>(gridDim.x) * per_block;
    for (int64_t base = static_cast<int64_t>(blockIdx.x) * per_block; base < a.axes.count; base += stride) {
        bool live = base + mine < a.axes.count;
        int64_t at[3];
        row_places(a.axes, live ? base + mine : base, at);
        const T* x = a.x + at[0];
        int n = live ? static_cast<int>(a.n) : 0, skip = skipped<T, V>(x);
        A v[K][V];
        Max<A> top = Max<A>::none();
#pragma unroll
        for (int k = 0; k < K; ++k) {
            get<T, V>(x, a.x_step, (k * width + lane) * V - skip, n, -infinity_of<A>, v[k]);
#pragma unroll
            for (int i = 0; i < V; ++i) top.merge({v[k][i]});
        }
        top = across_lanes(top, width);
        Sum<A> sum = Sum<A>::none();
#pragma unroll
        for (int k = 0; k < K; ++k)
#pragma unroll
            for (int i = 0; i < V; ++i) {
                int place = (k * width + lane) * V - skip + i;
                A e = place >= 0 && place < n ? below(v[k][i], top.x) : A(0);
                sum.x += e;
                if (a.kind != LOG_SOFTMAX) v[k][i] = e;
            }
        sum = across_lanes(sum, width);
        if (!live) continue;
        SoftmaxOfRow<A> of(a, {top.x, sum.x}, at[2]);
        T* y = a.y + at[1];
        if (a.kind == LOGSUMEXP) {
            if (lane == 0) store(y, of.top + of.log_sum);
            continue;
        }
#pragma unroll
        for (int k = 0; k < K; ++k) {
#pragma unroll
            for (int i = 0; i < V; ++i) v[k][i] = a.kind == LOG_SOFTMAX ? of(v[k][i]) : of.of_exp(v[k][i]);
            put<T, V>(y, a.y_step, (k * width + lane) * V - skip, n, v[k]);
        }
    }
}

template <class T, int V>
__global__ void __launch_bounds__(512, 2) softmax_block(SoftmaxRows<T> a) {
    using A = arith<T>;
    for (int64_t row = blockIdx.x; row < a.axes.count; row += gridDim.x) {
        int64_t at[3];
        row_places(a.axes, row, at);
        const T* x = a.x + at[0];
        T* y = a.y + at[1];
        int64_t skip = skipped<T, V>(x), first = static_cast<int64_t>(threadIdx.x) * V - skip;
        int64_t step = static_cast<int64_t>(blockDim.x) * V;
        TopSum<A> s = TopSum<A>::none();
        A v[V];
        for (int64_t begin = first; begin < a.n; begin += step) {
            get<T, V>(x, a.x_step, begin, a.n, -infinity_of<A>, v);
#pragma unroll
            for (int i = 0; i < V; ++i)
                if (begin + i >= 0 && begin + i < a.n) s.push(v[i]);
        }
        s = across_block(s);
        SoftmaxOfRow<A> of(a, s, at[2]);
        if (a.kind == LOGSUMEXP) {
            if (threadIdx.x == 0) store(y, of.top + of.log_sum);
            continue;
        }
        for (int64_t begin = first; begin < a.n; begin += step) {
            get<T, V>(x, a.x_step, begin, a.n, -infinity_of<A>, v);
#pragma unroll
            for (int i = 0; i < V; ++i) v[i] = of(v[i]);
            put<T, V>(y, a.y_step, begin, a.n, v);
        }
    }
}

// Merges over the threads of a block that have one row: those of one threadIdx.x.
template <class S>
__device__ S across_column(S s) {
    ZYG_SHARED(S, all, 256);
    int me = threadIdx.y * blockDim.x + threadIdx.x;
    all[me] = s;
    for (int half = blockDim.y / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.y < half) all[me].merge(all[me + half * blockDim.x]);
    }
    __syncthreads();
    s = all[threadIdx.x];
    __syncthreads();
    return s;
}

template <class T>
__global__ void __launch_bounds__(256) softmax_columns(SoftmaxRows<T> a) {
    using A = arith<T>;
    int64_t stride = static_cast<int64_t>(gridDim.x) * blockDim.x;
    for (int64_t base = static_cast<int64_t>(blockIdx.x) * blockDim.x; base < a.axes.count; base += stride) {
        int64_t row = base + threadIdx.x, n = row < a.axes.count ? a.n : 0;
        int64_t at[3];
        row_places(a.axes, n ? row : base, at);
        const T* x = a.x + at[0];
        TopSum<A> s = TopSum<A>::none();
#pragma unroll 4
        for (int64_t i = threadIdx.y; i < n; i += blockDim.y) s.push(load(x + i * a.x_step));
        s = across_column(s);
        SoftmaxOfRow<A> of(a, s, at[2]);
        T* y = a.y + at[1];
        if (a.kind == LOGSUMEXP) {
            if (n && threadIdx.y == 0) store(y, of.top + of.log_sum);
            continue;
        }
#pragma unroll 4
        for (int64_t i = threadIdx.y; i < n; i += blockDim.y)
            store(y + i * a.y_step, of(load(x + i * a.x_step)));
    }
}

// -- pullbacks: dx = y * (dy - sum(dy * y)) of softmax, dx = dy - exp(y) * sum(dy) of log_softmax ----------

template <class A>
__device__ A softmax_back_term(RowKind kind, A dy, A y) {
    return kind == SOFTMAX ? guarded(dy, y) : dy;
}

template <class A>
__device__ A softmax_back_of(RowKind kind, A dy, A y, A sum) {
    return kind == SOFTMAX ? guarded(dy - sum, y) : dy - guarded(sum, exp_of(y));
}

template <class T, int V, int K>
__global__ void __launch_bounds__(128, 4) softmax_back_lanes(SoftmaxBackRows<T> a, int width) {
    using A = arith<T>;
    int lane = threadIdx.x & (width - 1), mine = threadIdx.x / width, per_block = blockDim.x / width;
    int64_t stride = static_cast<int64_t>(gridDim.x) * per_block;
    for (int64_t base = static_cast<int64_t>(blockIdx.x) * per_block; base < a.axes.count; base += stride) {
        bool live = base + mine < a.axes.count;
        int64_t at[3];
        row_places(a.axes, live ? base + mine : base, at);
        int n = live ? static_cast<int>(a.n) : 0, skip = skipped<T, V>(a.dy + at[0]);
        A d[K][V], y[K][V];
        Sum<A> sum = Sum<A>::none();
#pragma unroll
        for (int k = 0; k < K; ++k) {
            get<T, V>(a.dy + at[0], a.dy_step, (k * width + lane) * V - skip, n, A(0), d[k]);
            get<T, V>(a.y + at[1], a.y_step, (k * width + lane) * V - skip, n, A(0), y[k]);
        }
#pragma unroll
        for (int k = 0; k < K; ++k)
#pragma unroll
            for (int i = 0; i < V; ++i) sum.x += softmax_back_term(a.kind, d[k][i], y[k][i]);
        sum = across_lanes(sum, width);
#pragma unroll
        for (int k = 0; k < K; ++k) {
#pragma unroll
            for (int i = 0; i < V; ++i) d[k][i] = softmax_back_of(a.kind, d[k][i], y[k][i], sum.x);
            put<T, V>(a.dx + at[2], a.dx_step, (k * width + lane) * V - skip, n, d[k]);
        }
    }
}

template <class T, int V>
__global__ void __launch_bounds__(512, 2) softmax_back_block(SoftmaxBackRows<T> a) {
    using A = arith<T>;
    for (int64_t row = blockIdx.x; row < a.axes.count; row += gridDim.x) {
        int64_t at[3];
        row_places(a.axes, row, at);
        int64_t skip = skipped<T, V>(a.dy + at[0]), first = static_cast<int64_t>(threadIdx.x) * V - skip;
        int64_t step = static_cast<int64_t>(blockDim.x) * V;
        Sum<A> sum = Sum<A>::none();
        A d[V], y[V];
        for (int64_t begin = first; begin < a.n; begin += step) {
            get<T, V>(a.dy + at[0], a.dy_step, begin, a.n, A(0), d);
            if (a.kind == SOFTMAX) get<T, V>(a.y + at[1], a.y_step, begin, a.n, A(0), y);
#pragma unroll
            for (int i = 0; i < V; ++i) sum.x += a.kind == SOFTMAX ? guarded(d[i], y[i]) : d[i];
        }
        sum = across_block(sum);
        for (int64_t begin = first; begin < a.n; begin += step) {
            get<T, V>(a.dy + at[0], a.dy_step, begin, a.n, A(0), d);
            get<T, V>(a.y + at[1], a.y_step, begin, a.n, A(0), y);
#pragma unroll
            for (int i = 0; i < V; ++i) d[i] = softmax_back_of(a.kind, d[i], y[i], sum.x);
            put<T, V>(a.dx + at[2], a.dx_step, begin, a.n, d);
        }
    }
}

template <class T>
__global__ void __launch_bounds__(256) softmax_back_columns(SoftmaxBackRows<T> a) {
    using A = arith<T>;
    int64_t stride = static_cast<int64_t>(gridDim.x) * blockDim.x;
    for (int64_t base = static_cast<int64_t>(blockIdx.x) * blockDim.x; base < a.axes.count; base += stride) {
        int64_t row = base + threadIdx.x, n = row < a.axes.count ? a.n : 0;
        int64_t at[3];
        row_places(a.axes, n ? row : base, at);
        const T *dy = a.dy + at[0], *y = a.y + at[1];
        Sum<A> sum = Sum<A>::none();
#pragma unroll 4
        for (int64_t i = threadIdx.y; i < n; i += blockDim.y)
            sum.x += softmax_back_term(a.kind, load(dy + i * a.dy_step), load(y + i * a.y_step));
        sum = across_column(sum);
#pragma unroll 4
        for (int64_t i = threadIdx.y; i < n; i += blockDim.y)
            store(a.dx + at[2] + i * a.dx_step,
                  softmax_back_of(a.kind, load(dy + i * a.dy_step), load(y + i * a.y_step), sum.x));
    }
}

#endif

}  // namespace zyg
