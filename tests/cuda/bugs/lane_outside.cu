// Sums over a warp that is not full: a butterfly reads lanes that are not there.
#include "bug.h"

template <bool WRONG>
__device__ void lane_outside(const float* x, float* y, int n) {
    int i = threadIdx.x;
    float sum = x[i];
    for (unsigned delta = 16; delta > 0; delta /= 2) {
        float other = __shfl_down_sync(0xffffffffu, sum, delta);
        if (WRONG || i + delta < blockDim.x) sum += other;
    }
    if (i == 0) y[0] = sum;
}
KERNELS(lane_outside)
