// Launchers of gather.cu and bias.cu.
#pragma once

#include "array.h"

namespace zyg {

// y[i] = table[indices[i]], rows along the first axis; rows that there are not become nan, or 0.
void take(const Array& table, const Array& indices, const Array& y, bool nan, cudaStream_t stream);
// y = 0; y[indices[i]] += values[i], with atomics.  `sums`: float32 of the shape of y if that is of 16 bits.
void scatter_add(const Array& values, const Array& indices, const Array& y, const Array& sums,
                 cudaStream_t stream);
// The same in a fixed order. `work`: int32, `partial`: of the type of the arithmetic; as many as
// `scatter_sizes` says.
void scatter_add_sorted(const Array& values, const Array& indices, const Array& y, const Array& work,
                        const Array& partial,
                        cudaStream_t stream);
// How many numbers of `work`, and of `partial` for each column.
std::pair<int64_t, int64_t> scatter_sizes(int64_t n);

// All bytes 0.
void clear(const Array& y, cudaStream_t stream);

// y = x + b along the last axis.
void bias_add(const Array& x, const Array& b, const Array& y, cudaStream_t stream);
// y[j] = the sum of x[..., j]; `partial`: as many numbers of the type of the arithmetic for each column as
// `column_sum_size` says.
void column_sum(const Array& x, const Array& y, const Array& partial, cudaStream_t stream);
int64_t column_sum_size(int64_t rows, int64_t columns);

}  // namespace zyg
