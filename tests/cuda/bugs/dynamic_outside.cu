// A launch asks for less dynamic shared memory than the kernel uses.
#include "bug.h"

template <bool WRONG>
__device__ void dynamic_outside(const float* x, float* y, int n) {
    ZYG_DYNAMIC_SHARED(float, part);
    int i = threadIdx.x, last = blockDim.x - (WRONG ? 0 : 1);
    if (i == 0) part[last] = 1;
    __syncthreads();
    y[i] = x[i] * part[last];
}
KERNELS(dynamic_outside)
