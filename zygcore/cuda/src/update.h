// Launchers of update.cu.  They write in place, and launch once for each combination of dtypes and 64 arrays.
#pragma once

#include <vector>

#include "array.h"

namespace zyg {

using Arrays = std::vector<Array>;

// ys[i] += a * xs[i]
void accumulate(double a, const Arrays& xs, const Arrays& ys, cudaStream_t stream);

struct SgdOptions {
    double rate, momentum, weight_decay;
    bool nesterov;
};
// `masters` and `momenta` may be empty.
void sgd(const Arrays& params, const Arrays& grads, const Arrays& masters, const Arrays& momenta,
         const SgdOptions& options,
         cudaStream_t stream);

struct AdamOptions {
    double rate, beta1, beta2, eps, weight_decay;
    bool decoupled;
    int64_t step;        // of this update, from 1
    const Array* counter;  // or one int64 on the device, which is counted up, and place for two float64
    const Array* corrections;
};
void adam(const Arrays& params, const Arrays& grads, const Arrays& masters, const Arrays& first,
          const Arrays& second,
          const AdamOptions& options, cudaStream_t stream);

}  // namespace zyg
