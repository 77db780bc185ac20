// The launchers: what the bindings call.  They check their arguments, choose the kernel for the dtype,
// launch it on a stream, and return without waiting.
//
// Each family of kernels has a header of its own with its launchers, which this file includes.
#pragma once

#include "array.h"
#include "loss.h"
#include "norm.h"
#include "rows.h"

namespace zyg {

// update.cu
void axpy(double a, const Array& x, const Array& y, cudaStream_t stream);

}  // namespace zyg
