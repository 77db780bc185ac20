// A launcher that keeps its workspace if the launch fails.
#include "bug.h"

template <bool WRONG>
__device__ void through_workspace(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i];
}
KERNEL(leak_kernel, through_workspace<false>)

#ifdef ZYG_HOST
template <bool WRONG>
void leak(dim3 grid, dim3 block, size_t shared, const float* x, float* y, int n) {
    void* work = nullptr;
    zyg::check(cudaMallocAsync(&work, n * sizeof(float), nullptr), "cudaMallocAsync");
    ZYG_LAUNCH(leak_kernel, grid, block, shared, nullptr, x, static_cast<float*>(work), n);
    cudaError_t code = cudaGetLastError();
    if (WRONG) zyg::check(code, "leak");
    if (code == cudaSuccess)
        code = cudaMemcpyAsync(y, work, n * sizeof(float), cudaMemcpyDeviceToDevice, nullptr);
    cudaFreeAsync(work, nullptr);
    zyg::check(code, "leak");
}
LAUNCHER(leak_right, leak<false>)
LAUNCHER(leak_wrong, leak<true>)
#endif
