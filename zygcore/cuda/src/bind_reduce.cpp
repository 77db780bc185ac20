#include "bind.h"

namespace zyg {

void bind_reduce(py::module_& m) {
    define(m, "sum_to", [](py::tuple x, py::tuple y, py::tuple workspace, uintptr_t stream) {
        sum_to(array_of(x), array_of(y), array_of(workspace), stream_of(stream));
    }, py::arg("x"), py::arg("y"), py::arg("workspace"), py::arg("stream") = 0, "y = x, summed to the shape of y");
    define(m, "sum_workspace", [](py::tuple x, py::tuple y, uintptr_t) { return sum_workspace(array_of(x), array_of(y)); },
          py::arg("x"), py::arg("y"), py::arg("stream") = 0, "How many elements of workspace `sum_to` needs");
}

}  // namespace zyg
