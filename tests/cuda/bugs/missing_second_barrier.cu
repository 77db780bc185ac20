// A shared array is written again while others may still read what it was: no barrier at the end of the loop.
#include "bug.h"

template <bool WRONG>
__device__ void missing_second_barrier(const float* x, float* y, int n) {
    ZYG_SHARED(float, part, 64);
    int i = threadIdx.x;
    float sum = 0;
    for (int first = 0; first < n; first += 64) {
        part[i] = x[first + i];
        __syncthreads();
        sum += part[(i + 1) % 64];
        if (!WRONG) __syncthreads();
    }
    y[i] = sum;
}
KERNELS(missing_second_barrier)
