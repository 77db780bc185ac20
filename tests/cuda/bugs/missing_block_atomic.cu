// The first thread of each block adds its sum to one number: a race between blocks only.
#include "bug.h"

template <bool WRONG>
__device__ void missing_block_atomic(const float* x, float* y, int n) {
    ZYG_SHARED(float, sum, 1);
    if (threadIdx.x == 0) sum[0] = 0;
    __syncthreads();
    atomicAdd(&sum[0], x[blockIdx.x * blockDim.x + threadIdx.x]);
    __syncthreads();
    if (threadIdx.x > 0) return;
    if (WRONG)
        y[0] += sum[0];
    else
        atomicAdd(&y[0], sum[0]);
}
KERNELS(missing_block_atomic)
