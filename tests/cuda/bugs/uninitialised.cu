// A shared array is added to, but was never set to zero.
#include "bug.h"

template <bool WRONG>
__device__ void uninitialised(const float* x, float* y, int n) {
    ZYG_SHARED(float, part, 64);
    int i = threadIdx.x;
    if (!WRONG) part[i] = 0;
    for (int k = i; k < n; k += 64) part[i] += x[k];
    y[i] = part[i];
}
KERNELS(uninitialised)
