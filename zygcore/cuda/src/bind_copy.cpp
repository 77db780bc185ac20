#include "bind.h"

namespace zyg {

void bind_copy(py::module_& m) {
    define(m, "permute", [](py::tuple x, std::vector<int> axes, py::tuple y, uintptr_t stream) {
        permute(array_of(x), axes, array_of(y), stream_of(stream));
    }, py::arg("x"), py::arg("axes"), py::arg("y"), py::arg("stream") = 0, "y = x with its axes in another order");
}

}  // namespace zyg
