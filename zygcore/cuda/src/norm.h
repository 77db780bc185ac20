// norm.cu: layer norm and RMS norm along the last axis.
#pragma once

#include "array.h"

namespace zyg {

// x, y, dy and dx may have any strides.  weight and bias are contiguous, of the length of the last axis, or
// null.  stats is (2, rows), contiguous, float32 for storage types of 16 bits: means, and 1 / sqrt(variance +
// eps).  Without `centred` it is RMS norm.
void normalize(const Array& x, const Array* weight, const Array* bias, double eps, bool centred,
               const Array& y, const Array& stats, cudaStream_t stream);
void normalize_back(const Array& dy, const Array& x, const Array* weight, const Array& stats, bool centred,
                    const Array& dx, cudaStream_t stream);

// dweight and dbias, contiguous or null, by way of a workspace of the dtype of stats that has at least as
// many elements as normalize_columns_workspace says.
void normalize_columns(const Array& dy, const Array& x, const Array& stats, const Array* dweight,
                       const Array* dbias, const Array& workspace, cudaStream_t stream);
int64_t normalize_columns_workspace(int64_t rows, int64_t n);

}  // namespace zyg
