#include "bind.h"

namespace zyg {

static Given given(const py::handle& x) {
    Given g;
    g.is_number = !py::isinstance<py::tuple>(x);
    if (g.is_number) g.number = x.cast<double>();
    else g.array = array_of(x.cast<py::tuple>());
    return g;
}

void bind_elementwise(py::module_& m) {
    m.def("elementwise", [](const std::string& op, const py::tuple& y, double scale, const py::args& operands, uintptr_t stream) {
        Elementwise call{op, array_of(y), scale, {}, stream_of(stream)};
        for (py::handle x : operands) call.operands.push_back(given(x));
        elementwise(call);
    }, py::arg("op"), py::arg("y"), py::arg("scale"), py::arg("stream") = 0, "y = scale * op(operands...)");
}

}  // namespace zyg
