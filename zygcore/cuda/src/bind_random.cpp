#include "bind.h"
#include "random.cuh"

namespace zyg {

void bind_random(py::module_& m) {
    define(m, "random_fill", [](py::tuple y, const std::string& kind, uint64_t seed, uint64_t sequence,
                            uint64_t offset,
                            uintptr_t stream) {
        random_fill(kind, Stream{seed, sequence, offset}, array_of(y), stream_of(stream));
    }, py::arg("y"), py::arg("kind"), py::arg("seed"), py::arg("sequence"), py::arg("offset"),
        py::arg("stream") = 0,
          "fills y: kind is bits, uniform or normal");
    define(m, "dropout", [](py::tuple x, py::tuple y, double p, uint64_t seed, uint64_t sequence, uint64_t offset,
                        uintptr_t stream) {
        dropout(array_of(x), array_of(y), p, Stream{seed, sequence, offset}, stream_of(stream));
    }, py::arg("x"), py::arg("y"), py::arg("p"), py::arg("seed"), py::arg("sequence"), py::arg("offset"),
          py::arg("stream") = 0, "y = x / (1 - p) where it is kept, else 0");
}

}  // namespace zyg
