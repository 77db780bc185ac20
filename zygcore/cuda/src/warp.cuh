// Reductions over the lanes of a warp and over a block: sums, maxima, the running pair of a softmax, and
// moments.
//
// What is reduced is a struct with `none()`, its neutral element; `merge(other)`; and `across(bits)`, that
// of the lane whose number differs in these bits.  Results do not depend on the order in which threads run.
#pragma once

#include "zyg.cuh"

namespace zyg {

constexpr unsigned FULL_WARP = 0xffffffffu;

ZYG_BOTH float exp_of(float x) { return ::expf(x); }
ZYG_BOTH double exp_of(double x) { return ::exp(x); }
ZYG_BOTH float log_of(float x) { return ::logf(x); }
ZYG_BOTH double log_of(double x) { return ::log(x); }
ZYG_BOTH float root_of(float x) { return ::sqrtf(x); }
ZYG_BOTH double root_of(double x) { return ::sqrt(x); }

template <class A>
constexpr A infinity_of = static_cast<A>(INFINITY);

// d * p, but 0 where d is 0, even if p is infinite or NaN: what a cotangent of zero meets does not matter.
template <class A>
ZYG_BOTH A guarded(A d, A p) {
    return d == A(0) ? A(0) : d * p;
}

#if defined(__CUDACC__) || defined(ZYG_HOST)

template <class A>
struct Sum {
    A x;

    static __device__ Sum none() { return {A(0)}; }
    __device__ void merge(const Sum& other) { x += other.x; }
    __device__ Sum across(int bits) const { return {__shfl_xor_sync(FULL_WARP, x, bits)}; }
};

template <class A>
struct Sum2 {
    A x, y;

    static __device__ Sum2 none() { return {A(0), A(0)}; }
    __device__ void merge(const Sum2& other) {
        x += other.x;
        y += other.y;
    }
    __device__ Sum2 across(int bits) const {
        return {__shfl_xor_sync(FULL_WARP, x, bits), __shfl_xor_sync(FULL_WARP, y, bits)};
    }
};

// The largest number; NaN is not one.
template <class A>
struct Max {
    A x;

    static __device__ Max none() { return {-infinity_of<A>}; }
    __device__ void merge(const Max& other) { x = other.x > x ? other.x : x; }
    __device__ Max across(int bits) const { return {__shfl_xor_sync(FULL_WARP, x, bits)}; }
};

// exp(x - top) where x <= top; 1 at the top, infinite as it may be.
template <class A>
__device__ A below(A x, A top) {
    return x == top ? A(1) : exp_of(x - top);
}

// The largest number so far and the sum of exp(x - top): Milakov and Gimelshein 2018.  Where the largest is
// infinite the sum counts how often it occurs; NaN makes the sum NaN.
template <class A>
struct TopSum {
    A top, sum;

    static __device__ TopSum none() { return {-infinity_of<A>, A(0)}; }
    __device__ void push(A x) {
        bool higher = x > top;
        A e = higher ? exp_of(top - x) : below(x, top);
        sum = higher ? sum * e + A(1) : sum + e;
        top = higher ? x : top;
    }
    __device__ void merge(const TopSum& other) {  // the same from both sides, to the last bit
        bool higher = other.top > top;
        A least = higher ? top : other.top, of_least = higher ? sum : other.sum;
        top = higher ? other.top : top;
        sum = of_least * below(least, top) + (higher ? other.sum : sum);
    }
    __device__ TopSum across(int bits) const {
        return {__shfl_xor_sync(FULL_WARP, top, bits), __shfl_xor_sync(FULL_WARP, sum, bits)};
    }
};

// Count, mean, and the sum of squares of the differences from it: Chan, Golub and LeVeque 1979.
template <class A>
struct Moments {
    A count, mean, squares;

    static __device__ Moments none() { return {A(0), A(0), A(0)}; }
    __device__ void merge(const Moments& other) {
        if (other.count == A(0)) return;
        A total = count + other.count, delta = other.mean - mean, share = other.count / total;
        mean += delta * share;
        squares += other.squares + delta * delta * count * share;
        count = total;
    }
    __device__ Moments across(int bits) const {
        return {__shfl_xor_sync(FULL_WARP, count, bits), __shfl_xor_sync(FULL_WARP, mean, bits),
                __shfl_xor_sync(FULL_WARP, squares, bits)};
    }
};

// Merges over groups of `width` neighbouring lanes, a power of two; all lanes of the warp call it.
template <class S>
__device__ S across_lanes(S s, int width = WARP) {
    for (int bits = width / 2; bits > 0; bits /= 2) s.merge(s.across(bits));
    return s;
}

// Merges over a block of whole warps in one dimension; all threads get the same.
template <class S>
__device__ S across_block(S s) {
    ZYG_SHARED(S, of_warps, WARP);
    ZYG_SHARED(S, of_block, 1);
    int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP, warps = blockDim.x / WARP;
    s = across_lanes(s);
    if (lane == 0) of_warps[warp] = s;
    __syncthreads();
    if (warp == 0) {
        s = across_lanes(lane < warps ? of_warps[lane] : S::none());
        if (lane == 0) of_block[0] = s;
    }
    __syncthreads();
    return of_block[0];  // written again only after the first barrier of the next call
}

#endif

}  // namespace zyg
