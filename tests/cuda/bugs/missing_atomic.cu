// Threads of all blocks add to one number; without an atomic, sums get lost.
#include "bug.h"

template <bool WRONG>
__device__ void missing_atomic(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    if (WRONG)
        y[0] += x[i];
    else
        atomicAdd(&y[0], x[i]);
}
KERNELS(missing_atomic)
