// The neighbour is loaded before it is asked whether there is one.
#include "bug.h"

template <bool WRONG>
__device__ void read_outside(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const volatile float* p = x + i;
    float next = WRONG || i + 1 < n ? p[1] : 0.0f;
    y[i] = i + 1 < n ? next - p[0] : 0.0f;
}
KERNELS(read_outside)
