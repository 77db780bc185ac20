// What functions of a warp give; test_host.py knows what the manuals say.
#include "../bugs/bug.h"

constexpr unsigned ALL = 0xffffffffu;

// n is 100 * width + the argument; y: the lane that was read.
#define SHUFFLE(name, function)                                              \
    __device__ void name##_body(const float*, float* y, int n) {             \
        int lane = threadIdx.x;                                              \
        y[lane] = static_cast<float>(function(ALL, lane, n % 100, n / 100)); \
    }                                                                        \
    KERNEL(name, name##_body)                                                \
    LAUNCHED(name)
SHUFFLE(shuffle_index, __shfl_sync)
SHUFFLE(shuffle_xor, __shfl_xor_sync)
SHUFFLE(shuffle_down, __shfl_down_sync)
SHUFFLE(shuffle_up, __shfl_up_sync)

// Types of 4 and 8 bytes go through unchanged.
__device__ void types_body(const float* x, float* y, int n) {
    int i = threadIdx.x;
    bool same = __shfl_xor_sync(ALL, 1.0 / (i + 3), 1) == 1.0 / ((i ^ 1) + 3);
    same &= __shfl_xor_sync(ALL, -5000000000LL * i, 1) == -5000000000LL * (i ^ 1);
    same &= __shfl_xor_sync(ALL, ~0ULL - i, 1) == ~0ULL - (i ^ 1);
    same &= __shfl_xor_sync(ALL, 4000000000u + i, 1) == 4000000000u + (i ^ 1);
    same &= __shfl_xor_sync(ALL, -i, 1) == -(i ^ 1);
    y[i] = same;
}
KERNEL(types, types_body)
LAUNCHED(types)

// Lanes from n on have ended: others wait for them no more, and what is read from them is undefined (NaN).
__device__ void ended_body(const float* x, float* y, int n) {
    int i = threadIdx.x;
    if (i % 32 >= n) return;
    float other = __shfl_xor_sync(ALL, x[i], 1);
    y[i] = other != other ? -1 : other;
    y[i] += 100.0f * __popc(__ballot_sync(ALL, 1)) + 10000.0f * __all_sync(ALL, x[i] > 0);
}
KERNEL(ended, ended_body)
LAUNCHED(ended)

__device__ void votes_body(const float* x, float* y, int n) {
    int i = threadIdx.x;
    unsigned mask = i % 2 ? 0xaaaaaaaau : 0x55555555u;  // both halves of a warp, interleaved
    bool big = x[i] > 4;
    y[6 * i] = static_cast<float>(__popc(__ballot_sync(mask, big)));
    y[6 * i + 1] = static_cast<float>(__any_sync(mask, big && i < 4));
    y[6 * i + 2] = static_cast<float>(__all_sync(mask, x[i] > 0) + 2 * __all_sync(mask, big));
    y[6 * i + 3] = static_cast<float>(__reduce_add_sync(mask, static_cast<int>(x[i]) - 4));
    y[6 * i + 4] = static_cast<float>(__reduce_max_sync(mask, static_cast<unsigned>(x[i])) * 10 +
                                      __reduce_min_sync(mask, i));
    y[6 * i + 5] = static_cast<float>(__popc(__match_any_sync(mask, static_cast<int>(x[i]))));
}
KERNEL(votes, votes_body)
LAUNCHED(votes)

__device__ void counted_body(const float* x, float* y, int n) {
    int i = threadIdx.x;
    y[3 * i] = static_cast<float>(__syncthreads_count(x[i] > 4));
    y[3 * i + 1] = static_cast<float>(__syncthreads_or(x[i] > 6) + 2 * __syncthreads_or(x[i] > 7));
    y[3 * i + 2] = static_cast<float>(__syncthreads_and(x[i] > 0) + 2 * __syncthreads_and(x[i] > 1));
}
KERNEL(counted, counted_body)
LAUNCHED(counted)
