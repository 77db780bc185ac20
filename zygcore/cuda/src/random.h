// Launchers of random.cu.
#pragma once

#include "array.h"

namespace zyg {

struct Stream;

// `kind`: "bits" (of int32 or int64), "uniform" in [0, 1), "normal".
void random_fill(const std::string& kind, const Stream& from, const Array& y, cudaStream_t stream);
// y = x / (1 - p) where it is kept, else 0.
void dropout(const Array& x, const Array& y, double p, const Stream& from, cudaStream_t stream);

}  // namespace zyg
