// A launcher that does not ask whether its launch went well.
#include "bug.h"

template <bool WRONG>
__device__ void doubled(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = 2 * x[i];
}
KERNEL(missing_check_kernel, doubled<false>)

#ifdef ZYG_HOST
template <bool WRONG>
void missing_check(dim3 grid, dim3 block, size_t shared, const float* x, float* y, int n) {
    ZYG_LAUNCH(missing_check_kernel, grid, block, shared, nullptr, x, y, n);
    if (!WRONG) zyg::launched("missing_check");
}
LAUNCHER(missing_check_right, missing_check<false>)
LAUNCHER(missing_check_wrong, missing_check<true>)
#endif
