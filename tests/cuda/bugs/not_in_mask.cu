// A thread takes part in a vote whose mask does not name it.
#include "bug.h"

template <bool WRONG>
__device__ void not_in_mask(const float* x, float* y, int n) {
    int i = threadIdx.x;
    unsigned mask = WRONG ? 0x00ffffffu : 0xffffffffu;
    y[i] = static_cast<float>(__popc(__ballot_sync(mask, x[i] > 3)));
}
KERNELS(not_in_mask)
