// A barrier that only some threads come to.
#include "bug.h"

template <bool WRONG>
__device__ void barrier_in_branch(const float* x, float* y, int n) {
    ZYG_SHARED(float, part, 64);
    int i = threadIdx.x;
    part[i] = x[i];
    if (WRONG) {
        if (i < 40) __syncthreads();
        else __syncthreads();
    } else {
        __syncthreads();
    }
    y[i] = part[63 - i];
}
KERNELS(barrier_in_branch)
