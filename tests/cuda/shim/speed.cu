// How long waiting takes: n barriers, n shuffles, and threads that never wait.
#include "../bugs/bug.h"

__device__ void many_barriers(const float* x, float* y, int n) {
    ZYG_SHARED(float, part, 1024);
    int i = threadIdx.x;
    float sum = 0;
    for (int k = 0; k < n; ++k) {
        part[i] = x[i] + sum;
        __syncthreads();
        sum += part[(i + 1) % blockDim.x];
        __syncthreads();
    }
    y[i] = sum;
}
KERNEL(barriers, many_barriers)
LAUNCHED(barriers)

__device__ void many_shuffles(const float* x, float* y, int n) {
    float sum = x[threadIdx.x];
    for (int k = 0; k < n; ++k) sum = 0.5f * (sum + __shfl_xor_sync(0xffffffffu, sum, 1 << k % 5));
    y[threadIdx.x] = sum;
}
KERNEL(shuffles, many_shuffles)
LAUNCHED(shuffles)

__device__ void no_waiting(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = 2 * x[i];
}
KERNEL(plain, no_waiting)
LAUNCHED(plain)
