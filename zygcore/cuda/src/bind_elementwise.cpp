#include "bind.h"
#ifdef ZYG_HOST
#include "layout.h"
#endif

namespace zyg {

static Given given(const py::handle& x) {
    Given g;
    g.is_number = !py::isinstance<py::tuple>(x);
    if (g.is_number) g.number = x.cast<double>();
    else g.array = array_of(x.cast<py::tuple>());
    return g;
}

#ifdef ZYG_HOST
static int64_t row_offset(int64_t row, const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
    Axes<1> axes;
    for (size_t a = 0; a < shape.size(); ++a) axes.add(shape[a], {strides[a]});
    int64_t offset[1];
    axes.rows().offsets(row, offset);
    return offset[0];
}
#endif

void bind_elementwise(py::module_& m) {
    define(m, "elementwise", [](const std::string& op, const py::tuple& y, double scale, const py::args& operands, uintptr_t stream) {
        Elementwise call{op, array_of(y), scale, {}, stream_of(stream)};
        for (py::handle x : operands) call.operands.push_back(given(x));
        elementwise(call);
    }, py::arg("op"), py::arg("y"), py::arg("scale"), py::arg("stream") = 0, "y = scale * op(operands...)");
#ifdef ZYG_HOST
    define(m, "row_offset", &row_offset, "Where a row begins: for tests, which have no time for as many rows as there may be");
#endif
}

}  // namespace zyg
