// The neighbour of the last element of a shared array is written.
#include "bug.h"

template <bool WRONG>
__device__ void shared_write_outside(const float* x, float* y, int n) {
    ZYG_SHARED(float, part, 64);
    int i = threadIdx.x;
    if (WRONG || i + 1 < 64) part[i + 1] = x[i + 1];
    if (i == 0) part[0] = x[0];
    __syncthreads();
    y[i] = part[i];
}
KERNELS(shared_write_outside)
