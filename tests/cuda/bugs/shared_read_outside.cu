// The neighbour of the last element of a shared array is read.
#include "bug.h"

template <bool WRONG>
__device__ void shared_read_outside(const float* x, float* y, int n) {
    ZYG_SHARED(float, part, 64);
    int i = threadIdx.x;
    part[i] = x[i];
    __syncthreads();
    y[i] = part[i] + part[WRONG ? i + 1 : (i + 1) % 64];
}
KERNELS(shared_read_outside)
