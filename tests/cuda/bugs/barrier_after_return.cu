// Threads without an element return before a barrier.
#include "bug.h"

template <bool WRONG>
__device__ void barrier_after_return(const float* x, float* y, int n) {
    ZYG_SHARED(float, part, 64);
    int i = threadIdx.x;
    if (WRONG && i >= n) return;
    if (i < n) part[i] = x[i];
    __syncthreads();
    if (i < n) y[i] = part[n - 1 - i];
}
KERNELS(barrier_after_return)
