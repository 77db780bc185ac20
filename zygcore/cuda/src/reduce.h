// Launchers of the reductions.
#pragma once

#include "array.h"

namespace zyg {

// y = the sum of x over the axes along which y, which is contiguous, has to be broadcast to the shape of x.
// Few long sums are taken in two steps; the results of the first lie in `workspace`, a contiguous array of
// float64 (float32 for float32 and the types of 16 bits) of `sum_workspace(x, y)` elements.
void sum_to(const Array& x, const Array& y, const Array& workspace, cudaStream_t stream);
int64_t sum_workspace(const Array& x, const Array& y);

}  // namespace zyg
