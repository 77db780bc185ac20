#include "random.h"

#include "random.cuh"

namespace zyg {

namespace {

template <class Draw>
void fill(const Stream& from, const Array& y, cudaStream_t stream) {
    using T = typename Draw::T;
    int64_t n = y.size();
    ZYG_LAUNCH(random_kernel<Draw>, blocks_for(n, 256, PER_BLOCK<T>), dim3(256), 0, stream, from, y.as<T>(),
               n);
    launched("random_fill");
}

}  // namespace

void random_fill(const std::string& kind, const Stream& from, const Array& y, cudaStream_t stream) {
    require(kind == "bits" || kind == "uniform" || kind == "normal", "random_fill", "unknown kind: " + kind);
    require(y.contiguous(), "random_fill", "the array must be contiguous");
    if (y.size() == 0) return;
    if (kind == "bits") {
        with_index(y.dtype, "random_fill", [&](auto tag) {
            fill<Bits<typename decltype(tag)::type>>(from, y, stream);
        });
        return;
    }
    with_float(y.dtype, "random_fill", [&](auto tag) {
        using T = typename decltype(tag)::type;
        if (kind == "uniform") fill<Uniform<T>>(from, y, stream);
        else fill<Normal<T>>(from, y, stream);
    });
}

void dropout(const Array& x, const Array& y, double p, const Stream& from, cudaStream_t stream) {
    require(p >= 0 && p <= 1, "dropout", "p must be a probability, from 0 to 1");
    require(x.dtype == y.dtype && x.size() == y.size(), "dropout",
            "x and y must have the same dtype and size");
    require(x.contiguous() && y.contiguous(), "dropout", "x and y must be contiguous");
    int64_t n = x.size();
    // a word is below it with probability p; for p = 1 all are
    uint64_t threshold = static_cast<uint64_t>(std::nearbyint(p * 0x1p32));
    double scale = p < 1 ? 1 / (1 - p) : 0;
    with_float(x.dtype, "dropout", [&](auto tag) {
        using T = typename decltype(tag)::type;
        if (n == 0) return;
        ZYG_LAUNCH(dropout_kernel<T>, blocks_for(n, 256, std::max(4, WIDE<T>)), dim3(256), 0, stream, from,
                   threshold,
                   static_cast<arith<T>>(scale), x.as<T>(), y.as<T>(), n);
        launched("dropout");
    });
}

}  // namespace zyg
