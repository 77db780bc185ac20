// Cross entropy of softmax with integer labels, and its pullback.
//
// Of a row x with the label t, class weights w, smoothing s, of C classes (Szegedy and others 2016; weights
// as PyTorch has them):  loss = (1 - s) w_t (lse - x_t) + s / C * sum_c w_c (lse - x_c),  lse = logsumexp(x).
// Its derivative is  k p_c - q_c,  p = softmax(x),  q_c = (1 - s) w_t [c = t] + s / C w_c,  k = sum_c q_c.
// Probabilities are never stored.  A row whose label is `ignored` has the loss 0; one whose label is not
// the number of a class has the loss NaN, for a kernel cannot raise an error.
#pragma once

#include "row.cuh"

namespace zyg {

// Labels are int64 or int32.
struct Labels {
    const void* data;
    bool wide;
    int64_t ignored;
};

// `weight` may be null.  stats: of all rows the largest x, then log(sum(exp(x - largest))), then k; in two
// parts the logarithm is exact also where x is large.  The losses go to `loss`, or to `sums`, which then
// also gets the weights w_t.
template <class T>
struct LossRows {
    const T *x, *weight;
    Labels labels;
    arith<T> smoothing;
    T* loss;
    arith<T>*stats, *sums;
    int64_t n, x_step;
    RowAxes<3> axes;  // x, labels, loss
};

// `dy` may be null: then it is 1; so may `denominator`, by which the cotangent is divided.
template <class T>
struct LossBackRows {
    const T *dy, *x, *weight;
    Labels labels;
    arith<T> smoothing;
    const arith<T>*stats, *denominator;
    T* dx;
    int64_t n, x_step, dx_step;
    RowAxes<4> axes;  // x, labels, dy, dx
};

#if defined(__CUDACC__) || defined(ZYG_HOST)

__device__ __forceinline__ int64_t label_at(const Labels& labels, int64_t at) {
    if (labels.wide) return static_cast<const int64_t*>(labels.data)[at];
    return static_cast<const int32_t*>(labels.data)[at];
}

// What one thread writes, of a row.  `smooth`: the sums over classes of w * (x - middle) and of w.
template <class T>
__device__ void put_loss(const LossRows<T>& a, int64_t row, const int64_t (&at)[3], const TopSum<arith<T>>& s,
                         const Sum2<arith<T>>& smooth, arith<T> middle) {
    using A = arith<T>;
    int64_t label = label_at(a.labels, at[1]);
    A log_sum = log_of(s.sum), loss = A(0), w = A(0), k = A(0);
    if (label != a.labels.ignored) {
        loss = w = k = static_cast<A>(NAN);
        if (label >= 0 && label < a.n) {
            w = a.weight ? load(a.weight + label) : A(1);
            A share = a.smoothing / static_cast<A>(a.n), own = (A(1) - a.smoothing) * w;
            k = own + share * smooth.y;
            loss = own * ((s.top - load(a.x + at[0] + label * a.x_step)) + log_sum);
            if (a.smoothing > A(0))
                loss += share * (((s.top - middle) * smooth.y - smooth.x) + log_sum * smooth.y);
        }
    }
    a.stats[row] = s.top;
    a.stats[a.axes.count + row] = log_sum;
    a.stats[2 * a.axes.count + row] = k;
    if (a.loss) store(a.loss + at[2], loss);
    if (a.sums) {
        a.sums[row] = loss;
        a.sums[a.axes.count + row] = w;
    }
}

template <class T, int V, class I>
__device__ void add_smooth(const LossRows<T>& a, I begin, I n, const arith<T> (&x)[V], arith<T> middle,
                           Sum2<arith<T>>& smooth) {
    arith<T> w[V];
    if (a.weight) get<T, V>(a.weight, 1, begin, n, arith<T>(0), w);
#pragma unroll
    for (int i = 0; i < V; ++i)
        if (begin + i >= 0 && begin + i < n) {
            arith<T> weight = a.weight ? w[i] : arith<T>(1);
            smooth.merge({weight * (x[i] - middle), weight});
        }
}

template <class T, int V, int K>
__global__ void __launch_bounds__(128, 4) loss_lanes(LossRows<T> a, int width) {
    using A = arith<T>;
    int lane = threadIdx.x & (width - 1), mine = threadIdx.x / width, per_block = blockDim.x / width;
    int64_t stride = static_cast<int64_t>(gridDim.x) * per_block;
    for (int64_t base = static_cast<int64_t>(blockIdx.x) * per_block; base < a.axes.count; base += stride) {
        int64_t row = base + mine, at[3];
        bool live = row < a.axes.count;
        row_places(a.axes, live ? row : base, at);
        const T* x = a.x + at[0];
        int n = live ? static_cast<int>(a.n) : 0, skip = skipped<T, V>(x);
        A v[K][V];
        Max<A> top = Max<A>::none();
        Sum2<A> smooth = Sum2<A>::none();
#pragma unroll
        for (int k = 0; k < K; ++k) {
            get<T, V>(x, a.x_step, (k * width + lane) * V - skip, n, -infinity_of<A>, v[k]);
#pragma unroll
            for (int i = 0; i < V; ++i) top.merge({v[k][i]});
        }
        top = across_lanes(top, width);
        A middle = middle_of(top.x);
        Sum<A> sum = Sum<A>::none();
#pragma unroll
        for (int k = 0; k < K; ++k) {
            int begin = (k * width + lane) * V - skip;
            if (a.smoothing > A(0)) add_smooth<T, V>(a, begin, n, v[k], middle, smooth);
#pragma unroll
            for (int i = 0; i < V; ++i)
                sum.x += begin + i >= 0 && begin + i < n ? below(v[k][i], top.x) : A(0);
        }
        sum = across_lanes(sum, width);
        if (a.smoothing > A(0)) smooth = across_lanes(smooth, width);
        if (live && lane == 0) put_loss(a, row, at, {top.x, sum.x}, smooth, middle);
    }
}

template <class T, int V>
__global__ void __launch_bounds__(512) loss_block(LossRows<T> a) {
    using A = arith<T>;
    for (int64_t row = blockIdx.x; row < a.axes.count; row += gridDim.x) {
        int64_t at[3];
        row_places(a.axes, row, at);
        const T* x = a.x + at[0];
        int64_t first = static_cast<int64_t>(threadIdx.x) * V - skipped<T, V>(x);
        TopSum<A> s = TopSum<A>::none();
        Sum2<A> smooth = Sum2<A>::none();
        A v[V], middle = middle_of(load(x));
        for (int64_t begin = first; begin < a.n; begin += static_cast<int64_t>(blockDim.x) * V) {
            get<T, V>(x, a.x_step, begin, a.n, -infinity_of<A>, v);
#pragma unroll
            for (int i = 0; i < V; ++i)
                if (begin + i >= 0 && begin + i < a.n) s.push(v[i]);
            if (a.smoothing > A(0)) add_smooth<T, V>(a, begin, a.n, v, middle, smooth);
        }
        s = across_block(s);
        if (a.smoothing > A(0)) smooth = across_block(smooth);
        if (threadIdx.x == 0) put_loss(a, row, at, s, smooth, middle);
    }
}

// out[0] and out[parts]: sums of x and of y, of n numbers each, a part for each block.
template <class A>
__global__ void __launch_bounds__(256) sum_pairs(const A* __restrict__ x, const A* __restrict__ y, int64_t n,
                                                 A* out) {
    Sum2<A> s = Sum2<A>::none();
#pragma unroll 4
    for (int64_t i = first_index(); i < n; i += index_step()) s.merge({x[i], y[i]});
    s = across_block(s);
    if (threadIdx.x == 0) {
        out[blockIdx.x] = s.x;
        out[gridDim.x + blockIdx.x] = s.y;
    }
}

// The loss and by what it was divided, of sums over parts; one block.
template <class T>
__global__ void __launch_bounds__(256) loss_end(const arith<T>* __restrict__ parts, int n, bool mean, T* loss,
                                                arith<T>* denominator) {
    using A = arith<T>;
    Sum2<A> s = Sum2<A>::none();
    for (int i = threadIdx.x; i < n; i += blockDim.x) s.merge({parts[i], parts[n + i]});
    s = across_block(s);
    if (threadIdx.x == 0) {
        *denominator = mean ? s.y : A(1);
        store(loss, mean ? s.x / s.y : s.x);
    }
}

// `width` threads have a row, a power of two.
template <class T, int V>
__global__ void __launch_bounds__(256, 2) loss_back(LossBackRows<T> a, int width) {
    using A = arith<T>;
    int mine = threadIdx.x / width, per_block = blockDim.x / width;
    int64_t stride = static_cast<int64_t>(gridDim.x) * per_block;
    int64_t first_row = static_cast<int64_t>(blockIdx.x) * per_block + mine;
    for (int64_t row = first_row; row < a.axes.count; row += stride) {
        int64_t at[4];
        row_places(a.axes, row, at);
        const T* x = a.x + at[0];
        int64_t label = label_at(a.labels, at[1]);
        A top = a.stats[row], log_sum = a.stats[a.axes.count + row], k = a.stats[2 * a.axes.count + row];
        A d = A(0), own = A(0), share = a.smoothing / static_cast<A>(a.n);
        if (label != a.labels.ignored) {
            d = a.dy ? load(a.dy + at[2]) : A(1);
            if (a.denominator && d != A(0)) d /= *a.denominator;
            if (label >= 0 && label < a.n)
                own = (A(1) - a.smoothing) * (a.weight ? load(a.weight + label) : A(1));
        }
        int64_t first = static_cast<int64_t>(threadIdx.x & (width - 1)) * V - skipped<T, V>(x);
        A v[V], w[V];
        for (int64_t begin = first; begin < a.n; begin += static_cast<int64_t>(width) * V) {
            get<T, V>(x, a.x_step, begin, a.n, A(0), v);
            if (a.weight && share > A(0)) get<T, V>(a.weight, 1, begin, a.n, A(0), w);
#pragma unroll
            for (int i = 0; i < V; ++i) {
                A q = share > A(0) && a.weight ? share * w[i] : share;
                if (begin + i == label) q += own;
                v[i] = guarded(d, k * exp_of((v[i] - top) - log_sum) - q);
            }
            put<T, V>(a.dx + at[3], a.dx_step, begin, a.n, v);
        }
    }
}

#endif

}  // namespace zyg
