// More threads than elements, and all of them write.
#include "bug.h"

template <bool WRONG>
__device__ void write_outside(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n || WRONG) y[i] = 2 * x[i < n ? i : 0];
}
KERNELS(write_outside)
