// loss.cu: cross entropy of softmax along the last axis, with integer labels.
#pragma once

#include "array.h"

namespace zyg {

enum class Reduction : int { none = 0, mean = 1, sum = 2 };

// x and labels may have any strides.  weight is contiguous, or null.  `loss` has the shape of labels, or one
// element.  `stats` is (3, rows), contiguous, float32 for storage types of 16 bits; so are, unless the
// reduction is none, the workspace, of as many elements as cross_entropy_workspace says, and `denominator`,
// one number.
void cross_entropy(const Array& x, const Array& labels, const Array* weight, int64_t ignore_index,
                   double smoothing, Reduction reduction, const Array& loss, const Array& stats,
                   const Array* denominator, const Array* workspace, cudaStream_t stream);
int64_t cross_entropy_workspace(int64_t rows);

// dy has the shape of labels or is one number, of no axes; without it the cotangent of the loss is 1.  It is
// divided by the denominator, if there is one.
void cross_entropy_back(const Array* dy, const Array& x, const Array& labels, const Array* weight,
                        int64_t ignore_index, double smoothing, const Array& stats, const Array* denominator,
                        const Array& dx, cudaStream_t stream);

}  // namespace zyg
