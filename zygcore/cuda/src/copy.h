// Launcher of the copies.
#pragma once

#include <vector>

#include "array.h"

namespace zyg {

// y = x with its axes in another order: axis a of y, which is contiguous, is axis `axes[a]` of x.
void permute(const Array& x, const std::vector<int>& axes, const Array& y, cudaStream_t stream);

}  // namespace zyg
