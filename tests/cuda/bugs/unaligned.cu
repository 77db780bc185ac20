// 16 bytes at once from an array that begins at an odd element.
#include "bug.h"

struct alignas(16) Four {
    float a, b, c, d;
};

template <bool WRONG>
__device__ void unaligned(const float* x, float* y, int n) {
    int i = 4 * (blockIdx.x * blockDim.x + threadIdx.x);
    const float* p = x + 1 + i;
    if (WRONG || reinterpret_cast<uintptr_t>(p) % 16 == 0) {
        Four f = *reinterpret_cast<const Four*>(p);
        y[i] = f.a, y[i + 1] = f.b, y[i + 2] = f.c, y[i + 3] = f.d;
    } else {
        for (int k = 0; k < 4; ++k) y[i + k] = p[k];
    }
}
KERNELS(unaligned)
