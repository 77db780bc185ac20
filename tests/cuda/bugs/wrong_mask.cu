// Half of the threads of a warp shuffle, with a mask that names all.
#include "bug.h"

template <bool WRONG>
__device__ void wrong_mask(const float* x, float* y, int n) {
    int i = threadIdx.x;
    float sum = x[i];
    if (i % 32 < 16) {
        unsigned mask = WRONG ? 0xffffffffu : 0x0000ffffu;
        for (int bits = 8; bits > 0; bits /= 2) sum += __shfl_xor_sync(mask, sum, bits, 16);
    }
    __syncthreads();
    y[i] = sum;
}
KERNELS(wrong_mask)
