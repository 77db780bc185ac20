// A warp goes through shared memory; a shuffle makes its threads wait, but orders no memory.
#include "bug.h"

template <bool WRONG>
__device__ void missing_syncwarp(const float* x, float* y, int n) {
    ZYG_SHARED(float, part, 32);
    int i = threadIdx.x;
    part[i] = x[i];
    float most = x[i];
    for (int bits = 16; bits > 0; bits /= 2) most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, bits));
    if (!WRONG) __syncwarp();
    y[i] = part[31 - i] / most;
}
KERNELS(missing_syncwarp)
