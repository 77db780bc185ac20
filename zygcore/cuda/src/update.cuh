// Accumulation of cotangents and updates of parameters, over many arrays in one launch.
#pragma once

#include "pack.cuh"

namespace zyg {

constexpr int UPDATE_THREADS = 256, UPDATE_CHUNK = 16 * UPDATE_THREADS, MAX_TENSORS = 64;

// Which arrays a launch is about: K pointers for each, how many elements, and the first block of each.
// It is a parameter of the kernel, of at most 4 KiB with all the others.
template <int K>
struct Table {
    void* p[K][MAX_TENSORS];
    int64_t n[MAX_TENSORS];
    uint32_t first[MAX_TENSORS];
    int count;
};

ZYG_BOTH double root(double x) { return ::sqrt(x); }
ZYG_BOTH float root(float x) { return ::sqrtf(x); }

// y += a * x.
template <class X, class Y>
struct Axpy {
    static constexpr int K = 2, N = WIDE<X>;
    arith<Y> a;

    struct At {
        const X* x;
        Y* y;
        template <class F>
        ZYG_BOTH static At of(F p) {
            return {static_cast<const X*>(p(0)), static_cast<Y*>(p(1))};
        }
        ZYG_BOTH bool wide() const { return on_boundary<N>(x) && on_boundary<N>(y); }
    };

    template <int M>
    ZYG_BOTH void at(const At& p, int64_t i) const {
        arith<X> x[M];
        arith<Y> y[M];
        load_many<M>(p.x + i, x);
        load_many<M>(p.y + i, y);
#pragma unroll
        for (int k = 0; k < M; ++k) y[k] += a * static_cast<arith<Y>>(x[k]);
        store_many<M>(p.y + i, y);
    }
};

// What optimisers have in common: parameters of type P with gradients of type G, and perhaps masters,
// the same parameters in the type of the arithmetic, from which the parameters are rounded.
template <class P, class G, int STATES>
struct Parameters {
    using A = arith<P>;
    static constexpr int K = 3 + STATES, N = 4;
    P* p;
    const G* g;
    A* master;
    A* state[STATES];  // null: there is none

    template <class F>
    ZYG_BOTH static Parameters of(F pointer) {
        Parameters x = {static_cast<P*>(pointer(0)), static_cast<const G*>(pointer(1)),
                        static_cast<A*>(pointer(2)), {}};
#pragma unroll
        for (int s = 0; s < STATES; ++s) x.state[s] = static_cast<A*>(pointer(3 + s));
        return x;
    }
    ZYG_BOTH bool wide() const {
        bool ok = on_boundary<N>(p) && on_boundary<N>(g) && on_boundary<N>(master);
#pragma unroll
        for (int s = 0; s < STATES; ++s) ok = ok && on_boundary<N>(state[s]);
        return ok;
    }
    template <int M>
    ZYG_BOTH void load_at(int64_t i, A* w, A* d) const {
        arith<G> gradient[M];
        load_many<M>(g + i, gradient);
        if (master) load_many<M>(master + i, w);
        else load_many<M>(p + i, w);
#pragma unroll
        for (int k = 0; k < M; ++k) d[k] = static_cast<A>(gradient[k]);
    }
    template <int M>
    ZYG_BOTH void store_at(int64_t i, const A* w) const {
        if (master) store_many<M>(master + i, w);
        store_many<M>(p + i, w);
    }
};

// d = g + weight_decay * w; b = momentum * b + d; w -= rate * (b, or with Nesterov's momentum d +
// momentum * b). Sutskever, Martens, Dahl and Hinton, ICML 2013.
template <class P, class G>
struct Sgd {
    using A = arith<P>;
    using At = Parameters<P, G, 1>;
    static constexpr int K = At::K, N = At::N;
    A rate, momentum, weight_decay;
    bool nesterov;

    template <int M>
    ZYG_BOTH void at(const At& x, int64_t i) const {
        A w[M], d[M];
        x.template load_at<M>(i, w, d);
#pragma unroll
        for (int k = 0; k < M; ++k) d[k] += weight_decay * w[k];
        if (x.state[0]) {
            A b[M];
            load_many<M>(x.state[0] + i, b);
#pragma unroll
            for (int k = 0; k < M; ++k) b[k] = momentum * b[k] + d[k];
            store_many<M>(x.state[0] + i, b);
#pragma unroll
            for (int k = 0; k < M; ++k) d[k] = nesterov ? d[k] + momentum * b[k] : b[k];
        }
#pragma unroll
        for (int k = 0; k < M; ++k) w[k] -= rate * d[k];
        x.template store_at<M>(i, w);
    }
};

// Kingma and Ba, ICLR 2015; with `decoupled`, weights decay apart from the gradient (Loshchilov and
// Hutter, ICLR 2019).
template <class P, class G>
struct Adam {
    using A = arith<P>;
    using At = Parameters<P, G, 2>;
    static constexpr int K = At::K, N = At::N;
    A rate, rest1, beta2, rest2, eps, weight_decay;  // rest: 1 - beta
    A correction1, correction2;                      // 1 - beta^step, and the root of the second
    const double* corrections;                       // the same on the device, if not null
    bool decoupled;

    template <int M>
    ZYG_BOTH void at(const At& x, int64_t i) const {
        A c1 = corrections ? static_cast<A>(corrections[0]) : correction1;
        A c2 = corrections ? static_cast<A>(corrections[1]) : correction2;
        A w[M], d[M], m[M], v[M];
        x.template load_at<M>(i, w, d);
        load_many<M>(x.state[0] + i, m);
        load_many<M>(x.state[1] + i, v);
#pragma unroll
        for (int k = 0; k < M; ++k) {
            if (decoupled) w[k] -= rate * weight_decay * w[k];
            else d[k] += weight_decay * w[k];
            m[k] += rest1 * (d[k] - m[k]);
            v[k] = beta2 * v[k] + rest2 * d[k] * d[k];
            w[k] -= rate / c1 * m[k] / (root(v[k]) / c2 + eps);
        }
        store_many<M>(x.state[0] + i, m);
        store_many<M>(x.state[1] + i, v);
        x.template store_at<M>(i, w);
    }
};

#if defined(__CUDACC__) || defined(ZYG_HOST)

template <class Op>
__global__ void update_kernel(Op op, Table<Op::K> table) {
    int t = 0;  // the last array whose first block is not after this one
    for (int step = MAX_TENSORS / 2; step > 0; step /= 2)
        if (t + step < table.count && table.first[t + step] <= blockIdx.x) t += step;
    const auto at = Op::At::of([&](int k) { return table.p[k][t]; });
    const int64_t begin = static_cast<int64_t>(blockIdx.x - table.first[t]) * UPDATE_CHUNK,
        left = table.n[t] - begin;
    const int n = left < UPDATE_CHUNK ? static_cast<int>(left) : UPDATE_CHUNK;
    int i = 0;
    if (at.wide()) {
        const int whole = n / Op::N * Op::N;
        for (i = threadIdx.x * Op::N; i < whole; i += UPDATE_THREADS * Op::N) op.template at<Op::N>(at,
            begin + i);
        i = whole;
    }
    for (i += threadIdx.x; i < n; i += UPDATE_THREADS) op.template at<1>(at, begin + i);
}

// The next step of Adam: counts it, and corrects for the moments that began as zero.
__global__ void adam_step_kernel(int64_t* step, double beta1, double beta2, double* corrections) {
    double count = static_cast<double>(++*step);
    corrections[0] = -::expm1(count * ::log(beta1));
    corrections[1] = ::sqrt(-::expm1(count * ::log(beta2)));
}

#endif

}  // namespace zyg
