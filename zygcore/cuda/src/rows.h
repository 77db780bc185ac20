// rows.cu: softmax, log_softmax and logsumexp along an axis.
#pragma once

#include "array.h"

namespace zyg {

// Any strides.  y and dx have the shape of x; the result of logsumexp and its cotangent lack the axis.
void softmax(const Array& x, int axis, const Array& y, cudaStream_t stream);
void log_softmax(const Array& x, int axis, const Array& y, cudaStream_t stream);
void logsumexp(const Array& x, int axis, const Array& y, cudaStream_t stream);
void softmax_back(const Array& dy, const Array& y, int axis, const Array& dx, cudaStream_t stream);
void log_softmax_back(const Array& dy, const Array& y, int axis, const Array& dx, cudaStream_t stream);
void logsumexp_back(const Array& dy, const Array& x, int axis, const Array& dx, cudaStream_t stream);

}  // namespace zyg
