#include "bind.h"

namespace zyg {

void bind_norm(py::module_& m) {
    define(m, "normalize", [](py::tuple x, py::object weight, py::object bias, double eps, bool centred,
                          py::tuple y, py::tuple stats, uintptr_t stream) {
        OptionalArray w(weight), b(bias);
        normalize(array_of(x), w, b, eps, centred, array_of(y), array_of(stats), stream_of(stream));
    }, py::arg("x"), py::arg("weight"), py::arg("bias"), py::arg("eps"), py::arg("centred"), py::arg("y"),
       py::arg("stats"), py::arg("stream") = 0, "y = (x - mean) / sqrt(variance + eps) * weight + bias");
    define(m, "normalize_back", [](py::tuple dy, py::tuple x, py::object weight, py::tuple stats, bool centred,
                               py::tuple dx, uintptr_t stream) {
        OptionalArray w(weight);
        normalize_back(array_of(dy), array_of(x), w, array_of(stats), centred, array_of(dx),
                       stream_of(stream));
    }, py::arg("dy"), py::arg("x"), py::arg("weight"), py::arg("stats"), py::arg("centred"), py::arg("dx"),
       py::arg("stream") = 0, "the cotangent of x");
    define(m, "normalize_columns", [](py::tuple dy, py::tuple x, py::tuple stats, py::object dweight,
                                  py::object dbias, py::tuple workspace, uintptr_t stream) {
        OptionalArray w(dweight), b(dbias);
        normalize_columns(array_of(dy), array_of(x), array_of(stats), w, b, array_of(workspace),
                          stream_of(stream));
    }, py::arg("dy"), py::arg("x"), py::arg("stats"), py::arg("dweight"), py::arg("dbias"),
       py::arg("workspace"), py::arg("stream") = 0, "the cotangents of weight and bias");
    define(m, "normalize_columns_workspace", normalize_columns_workspace, py::arg("rows"), py::arg("n"),
          "how many elements the workspace has");
}

}  // namespace zyg
