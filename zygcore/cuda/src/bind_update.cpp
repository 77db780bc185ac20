#include "bind.h"

namespace zyg {

void bind_update(py::module_& m) {
    m.def("axpy", [](double a, py::tuple x, py::tuple y, uintptr_t stream) {
        axpy(a, array_of(x), array_of(y), stream_of(stream));
    }, py::arg("a"), py::arg("x"), py::arg("y"), py::arg("stream") = 0, "y += a * x");
}

}  // namespace zyg
