// Layer norm and RMS norm along rows, and their pullbacks.
//
// y = (x - mean) * scale * weight + bias, scale = 1 / sqrt(variance + eps): Ba, Kiros and Hinton 2016;
// without `centred` the mean is taken to be 0: Zhang and Sennrich 2019.  The variance is formed of
// differences from the mean, never as E[x^2] - E[x]^2.
#pragma once

#include "row.cuh"

namespace zyg {

// weight and bias are contiguous, or null.  stats: first the means, then the scales, of all rows.
template <class T>
struct NormRows {
    bool centred;
    const T *x, *weight, *bias;
    T* y;
    arith<T>* stats;
    arith<T> eps;
    int64_t n, x_step, y_step;
    RowAxes<2> axes;
};

template <class T>
struct NormBackRows {
    bool centred;
    const T *dy, *x, *weight;
    const arith<T>* stats;
    T* dx;
    int64_t n, dy_step, x_step, dx_step;
    RowAxes<3> axes;
};

// The sums over rows that are the cotangents of weight and bias; `partial`: parts rows of n numbers for
// the weight, then as many for the bias.  x is null where the weight's are not needed.
template <class T>
struct NormColumns {
    const T *dy, *x;
    const arith<T>* stats;
    arith<T>* partial;
    int64_t n, dy_step, x_step;
    int parts;
    RowAxes<2> axes;
};

#if defined(__CUDACC__) || defined(ZYG_HOST)

// Gets a chunk of a parameter: 1 or 0 stand for one that is not there.
template <class T, int V, class I>
__device__ void get_parameter(const T* p, I begin, I n, arith<T> absent, arith<T> (&x)[V]) {
    if (p) return get<T, V>(p, 1, begin, n, absent, x);
#pragma unroll
    for (int i = 0; i < V; ++i) x[i] = absent;
}

template <class T, int V, class I>
__device__ void put_normal(const NormRows<T>& a, T* y, arith<T> mean, arith<T> scale, I begin,
                           arith<T> (&x)[V]) {
    arith<T> weight[V], bias[V];
    get_parameter<T, V>(a.weight, begin, static_cast<I>(a.n), arith<T>(1), weight);
    get_parameter<T, V>(a.bias, begin, static_cast<I>(a.n), arith<T>(0), bias);
#pragma unroll
    for (int i = 0; i < V; ++i) x[i] = (x[i] - mean) * scale * weight[i] + bias[i];
    put<T, V>(y, a.y_step, begin, static_cast<I>(a.n), x);
}

template <class T, int V, int K>
__global__ void __launch_bounds__(128, 4) norm_lanes(NormRows<T> a, int width) {
    using A = arith<T>;
    int lane = threadIdx.x & (width - 1), mine = threadIdx.x / width, per_block = blockDim.x / width;
    int64_t stride = static_cast<int64_t>(gridDim.x) * per_block;
    for (int64_t base = static_cast<int64_t>(blockIdx.x) * per_block; base < a.axes.count; base += stride) {
        int64_t row = base + mine;
        bool live = row < a.axes.count;
        int64_t at[2];
        row_places(a.axes, live ? row : base, at);
        const T* x = a.x + at[0];
        int n = live ? static_cast<int>(a.n) : 0, skip = skipped<T, V>(x);
        A v[K][V], mean = A(0);
#pragma unroll
        for (int k = 0; k < K; ++k) get<T, V>(x, a.x_step, (k * width + lane) * V - skip, n, A(0), v[k]);
        if (a.centred) {
            Sum<A> sum = Sum<A>::none();
#pragma unroll
            for (int k = 0; k < K; ++k)
#pragma unroll
                for (int i = 0; i < V; ++i) sum.x += v[k][i];
            mean = across_lanes(sum, width).x / static_cast<A>(a.n);
        }
        Sum<A> squares = Sum<A>::none();
#pragma unroll
        for (int k = 0; k < K; ++k)
#pragma unroll
            for (int i = 0; i < V; ++i) {
                int place = (k * width + lane) * V - skip + i;
                A d = place >= 0 && place < n ? v[k][i] - mean : A(0);
                squares.x += d * d;
            }
        A variance = across_lanes(squares, width).x / static_cast<A>(a.n);
        if (!live) continue;
        A scale = A(1) / root_of(variance + a.eps);
        if (lane == 0) {
            a.stats[row] = mean;
            a.stats[a.axes.count + row] = scale;
        }
#pragma unroll
        for (int k = 0; k < K; ++k)
            put_normal<T, V>(a, a.y + at[1], mean, scale, (k * width + lane) * V - skip, v[k]);
    }
}

// The moments of those elements of a chunk that belong to the row, less `middle`.
template <class A, int V>
__device__ Moments<A> moments_of(const A (&x)[V], A middle, int64_t begin, int64_t n, bool centred) {
    Moments<A> m = Moments<A>::none();
#pragma unroll
    for (int i = 0; i < V; ++i)
        if (begin + i >= 0 && begin + i < n) {
            m.count += A(1);
            m.mean += x[i] - middle;
        }
    m.mean = centred ? m.mean / m.count : A(0);
#pragma unroll
    for (int i = 0; i < V; ++i)
        if (begin + i >= 0 && begin + i < n) {
            A d = (x[i] - middle) - m.mean;
            m.squares += d * d;
        }
    return m;
}

template <class T, int V>
__global__ void __launch_bounds__(512, 2) norm_block(NormRows<T> a) {
    using A = arith<T>;
    for (int64_t row = blockIdx.x; row < a.axes.count; row += gridDim.x) {
        int64_t at[2];
        row_places(a.axes, row, at);
        const T* x = a.x + at[0];
        int64_t skip = skipped<T, V>(x), first = static_cast<int64_t>(threadIdx.x) * V - skip;
        int64_t step = static_cast<int64_t>(blockDim.x) * V;
        Moments<A> m = Moments<A>::none();
        A v[V], middle = a.centred ? middle_of(load(x)) : A(0);
        for (int64_t begin = first; begin < a.n; begin += step) {
            get<T, V>(x, a.x_step, begin, a.n, A(0), v);
            m.merge(moments_of<A, V>(v, middle, begin, a.n, a.centred));
        }
        m = across_block(m);
        m.mean += middle;
        A scale = A(1) / root_of(m.squares / m.count + a.eps);
        if (threadIdx.x == 0) {
            a.stats[row] = m.mean;
            a.stats[a.axes.count + row] = scale;
        }
        for (int64_t begin = first; begin < a.n; begin += step) {
            get<T, V>(x, a.x_step, begin, a.n, A(0), v);
            put_normal<T, V>(a, a.y + at[1], m.mean, scale, begin, v);
        }
    }
}

// -- dx = scale * (g - mean(g) - z * mean(g * z)), g = dy * weight, z = (x - mean) * scale ---------------

// Makes g of dy and z of x.
template <class T, int V, class I>
__device__ void get_g_and_z(const NormBackRows<T>& a, const int64_t (&at)[3], arith<T> mean, arith<T> scale,
                            I begin, I n, arith<T> (&g)[V], arith<T> (&z)[V]) {
    arith<T> weight[V];
    get<T, V>(a.dy + at[0], a.dy_step, begin, n, arith<T>(0), g);
    get<T, V>(a.x + at[1], a.x_step, begin, n, mean, z);
    get_parameter<T, V>(a.weight, begin, n, arith<T>(1), weight);
#pragma unroll
    for (int i = 0; i < V; ++i) {
        g[i] = guarded(g[i], weight[i]);
        z[i] = (z[i] - mean) * scale;
    }
}

template <class A>
__device__ A norm_back_of(A g, A z, A mean_g, A mean_gz, A scale) {
    return guarded(g - mean_g - guarded(mean_gz, z), scale);
}

template <class T, int V, int K>
__global__ void __launch_bounds__(128, 4) norm_back_lanes(NormBackRows<T> a, int width) {
    using A = arith<T>;
    int lane = threadIdx.x & (width - 1), mine = threadIdx.x / width, per_block = blockDim.x / width;
    int64_t stride = static_cast<int64_t>(gridDim.x) * per_block;
    for (int64_t base = static_cast<int64_t>(blockIdx.x) * per_block; base < a.axes.count; base += stride) {
        bool live = base + mine < a.axes.count;
        int64_t row = live ? base + mine : base, at[3];
        row_places(a.axes, row, at);
        int n = live ? static_cast<int>(a.n) : 0, skip = skipped<T, V>(a.dy + at[0]);
        A mean = a.stats[row], scale = a.stats[a.axes.count + row];
        A g[K][V], z[K][V];
        Sum2<A> sums = Sum2<A>::none();
#pragma unroll
        for (int k = 0; k < K; ++k) {
            get_g_and_z<T, V>(a, at, mean, scale, (k * width + lane) * V - skip, n, g[k], z[k]);
#pragma unroll
            for (int i = 0; i < V; ++i) sums.merge({g[k][i], guarded(g[k][i], z[k][i])});
        }
        sums = across_lanes(sums, width);
        A mean_g = a.centred ? sums.x / static_cast<A>(a.n) : A(0), mean_gz = sums.y / static_cast<A>(a.n);
#pragma unroll
        for (int k = 0; k < K; ++k) {
#pragma unroll
            for (int i = 0; i < V; ++i) g[k][i] = norm_back_of(g[k][i], z[k][i], mean_g, mean_gz, scale);
            put<T, V>(a.dx + at[2], a.dx_step, (k * width + lane) * V - skip, n, g[k]);
        }
    }
}

template <class T, int V>
__global__ void __launch_bounds__(512, 2) norm_back_block(NormBackRows<T> a) {
    using A = arith<T>;
    for (int64_t row = blockIdx.x; row < a.axes.count; row += gridDim.x) {
        int64_t at[3];
        row_places(a.axes, row, at);
        int64_t skip = skipped<T, V>(a.dy + at[0]), first = static_cast<int64_t>(threadIdx.x) * V - skip;
        int64_t step = static_cast<int64_t>(blockDim.x) * V;
        A mean = a.stats[row], scale = a.stats[a.axes.count + row], g[V], z[V];
        Sum2<A> sums = Sum2<A>::none();
        for (int64_t begin = first; begin < a.n; begin += step) {
            get_g_and_z<T, V>(a, at, mean, scale, begin, a.n, g, z);
#pragma unroll
            for (int i = 0; i < V; ++i) sums.merge({g[i], guarded(g[i], z[i])});
        }
        sums = across_block(sums);
        A mean_g = a.centred ? sums.x / static_cast<A>(a.n) : A(0), mean_gz = sums.y / static_cast<A>(a.n);
        for (int64_t begin = first; begin < a.n; begin += step) {
            get_g_and_z<T, V>(a, at, mean, scale, begin, a.n, g, z);
#pragma unroll
            for (int i = 0; i < V; ++i) g[i] = norm_back_of(g[i], z[i], mean_g, mean_gz, scale);
            put<T, V>(a.dx + at[2], a.dx_step, begin, a.n, g);
        }
    }
}

// -- the cotangents of weight and bias: sums over some of the rows, then over these sums -----------------

// Blocks of (32, 8) threads: blockIdx.x has 32 columns, blockIdx.y one of the parts of the rows.
template <class T>
__global__ void __launch_bounds__(256) norm_columns(NormColumns<T> a) {
    using A = arith<T>;
    ZYG_SHARED(Sum2<A>, all, 256);
    int64_t column = static_cast<int64_t>(blockIdx.x) * WARP + threadIdx.x;
    int64_t per_part = (a.axes.count + a.parts - 1) / a.parts, begin = blockIdx.y * per_part;
    int64_t end = begin + per_part < a.axes.count ? begin + per_part : a.axes.count;
    Sum2<A> sums = Sum2<A>::none();
    if (column < a.n)
#pragma unroll 4
        for (int64_t row = begin + threadIdx.y; row < end; row += blockDim.y) {
            int64_t at[2];
            row_places(a.axes, row, at);
            A dy = load(a.dy + at[0] + column * a.dy_step), z = A(0);
            if (a.x) z = (load(a.x + at[1] + column * a.x_step) - a.stats[row]) * a.stats[a.axes.count + row];
            sums.merge({guarded(dy, z), dy});
        }
    int me = threadIdx.y * WARP + threadIdx.x;
    all[me] = sums;
    for (int half = blockDim.y / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.y < half) all[me].merge(all[me + half * WARP]);
    }
    if (threadIdx.y == 0 && column < a.n) {
        int64_t to = blockIdx.y * a.n + column;
        a.partial[to] = all[threadIdx.x].x;
        a.partial[a.parts * a.n + to] = all[threadIdx.x].y;
    }
}

// The sums over the parts; dweight or dbias may be null.
template <class T>
__global__ void norm_columns_end(const arith<T>* __restrict__ partial, int parts, int64_t n, T* dweight,
                                 T* dbias) {
    using A = arith<T>;
    for (int64_t column = first_index(); column < n; column += index_step()) {
        Sum2<A> sums = Sum2<A>::none();
#pragma unroll 4
        for (int64_t p = 0; p < parts; ++p)
            sums.merge({partial[p * n + column], partial[(parts + p) * n + column]});
        if (dweight) store(dweight + column, sums.x);
        if (dbias) store(dbias + column, sums.y);
    }
}

#endif

}  // namespace zyg
