#include "bind.h"

namespace zyg {

void bind_gather(py::module_& m) {
    define(m, "take", [](py::tuple table, py::tuple indices, py::tuple y, bool nan, uintptr_t stream) {
        take(array_of(table), array_of(indices), array_of(y), nan, stream_of(stream));
    }, py::arg("table"), py::arg("indices"), py::arg("y"), py::arg("nan"), py::arg("stream") = 0,
          "y[i] = table[indices[i]], nan or 0 where there is no such row");
    define(m, "scatter_add", [](py::tuple values, py::tuple indices, py::tuple y, py::tuple sums,
                            uintptr_t stream) {
        scatter_add(array_of(values), array_of(indices), array_of(y), array_of(sums), stream_of(stream));
    }, py::arg("values"), py::arg("indices"), py::arg("y"), py::arg("sums"), py::arg("stream") = 0,
          "y = 0, y[indices[i]] += values[i]");
    define(m, "scatter_add_sorted", [](py::tuple values, py::tuple indices, py::tuple y, py::tuple work,
                                   py::tuple partial,
                                   uintptr_t stream) {
        scatter_add_sorted(array_of(values), array_of(indices), array_of(y), array_of(work),
                           array_of(partial), stream_of(stream));
    }, py::arg("values"), py::arg("indices"), py::arg("y"), py::arg("work"), py::arg("partial"),
        py::arg("stream") = 0,
          "scatter_add in a fixed order");
    define(m, "scatter_sizes", &scatter_sizes, py::arg("n"), "numbers of work, and of partial for each column");
    define(m, "clear", [](py::tuple y, uintptr_t stream) { clear(array_of(y), stream_of(stream)); }, py::arg("y"),
          py::arg("stream") = 0, "y = 0");
    define(m, "bias_add", [](py::tuple x, py::tuple b, py::tuple y, uintptr_t stream) {
        bias_add(array_of(x), array_of(b), array_of(y), stream_of(stream));
    }, py::arg("x"), py::arg("b"), py::arg("y"), py::arg("stream") = 0, "y = x + b along the last axis");
    define(m, "column_sum", [](py::tuple x, py::tuple y, py::tuple partial, uintptr_t stream) {
        column_sum(array_of(x), array_of(y), array_of(partial), stream_of(stream));
    }, py::arg("x"), py::arg("y"), py::arg("partial"), py::arg("stream") = 0, "y[j] = the sum of x[..., j]");
    define(m, "column_sum_size", &column_sum_size, py::arg("rows"), py::arg("columns"),
          "numbers of partial for each column");
}

}  // namespace zyg
