// The last block to come sums what all blocks wrote: their writes must be fenced from the count, and so must
// its reads.
#include "bug.h"

template <bool WRONG>
__device__ void missing_fence(const float* x, float* y, int n) {
    unsigned* count = reinterpret_cast<unsigned*>(y);
    float* parts = y + 1;
    if (threadIdx.x > 0) return;
    parts[blockIdx.x] = x[blockIdx.x];
    if (!WRONG) __threadfence();
    if (atomicAdd(count, 1u) != gridDim.x - 1) return;
    if (!WRONG) __threadfence();
    float sum = 0;
    for (unsigned k = 0; k < gridDim.x; ++k) sum += parts[k];
    y[0] = sum;
}
KERNELS(missing_fence)
