// Threads read what others write to shared memory, with no barrier between.
#include "bug.h"

template <bool WRONG>
__device__ void missing_barrier(const float* x, float* y, int n) {
    ZYG_SHARED(float, part, 128);
    int i = threadIdx.x, first = blockIdx.x * blockDim.x;
    part[i] = x[first + i];
    if (!WRONG) __syncthreads();
    y[first + i] = part[blockDim.x - 1 - i];
}
KERNELS(missing_barrier)
