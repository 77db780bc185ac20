#include "update.cuh"

#include "launch.h"

namespace zyg {

void axpy(double a, const Array& x, const Array& y, cudaStream_t stream) {
    require(x.dtype == y.dtype, "axpy", "x and y must have the same dtype");
    require(x.size() == y.size() && x.contiguous() && y.contiguous(), "axpy", "x and y must be contiguous and of one shape");
    int64_t n = x.size();
    if (n == 0) return;
    with_float(x.dtype, "axpy", [&](auto tag) {
        using T = typename decltype(tag)::type;
        ZYG_LAUNCH(axpy_kernel<T>, blocks_for(n, 256), dim3(256), 0, stream, static_cast<arith<T>>(a), x.as<T>(), y.as<T>(), n);
        launched("axpy");
    });
}

}  // namespace zyg
