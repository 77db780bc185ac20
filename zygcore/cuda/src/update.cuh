// Accumulation of cotangents and updates of parameters.
#pragma once

#include "zyg.cuh"

namespace zyg {

// y += a * x, of contiguous arrays.
template <class T>
__global__ void axpy_kernel(arith<T> a, const T* __restrict__ x, T* __restrict__ y, int64_t n) {
    for (int64_t i = first_index(); i < n; i += index_step())
        store(y + i, load(y + i) + a * load(x + i));
}

}  // namespace zyg
