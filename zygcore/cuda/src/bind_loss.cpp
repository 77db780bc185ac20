#include "bind.h"

namespace zyg {

void bind_loss(py::module_& m) {
    define(m, "cross_entropy", [](py::tuple x, py::tuple labels, py::object weight, int64_t ignore_index,
                              double smoothing, int reduction, py::tuple loss, py::tuple stats,
                              py::object denominator, py::object workspace, uintptr_t stream) {
        OptionalArray w(weight), d(denominator), space(workspace);
        cross_entropy(array_of(x), array_of(labels), w, ignore_index, smoothing,
                      static_cast<Reduction>(reduction), array_of(loss), array_of(stats), d, space,
                      stream_of(stream));
    }, py::arg("x"), py::arg("labels"), py::arg("weight"), py::arg("ignore_index"), py::arg("smoothing"),
       py::arg("reduction"), py::arg("loss"), py::arg("stats"), py::arg("denominator"), py::arg("workspace"),
       py::arg("stream") = 0, "cross entropy of softmax; reduction 0: none, 1: mean, 2: sum");
    define(m, "cross_entropy_workspace", cross_entropy_workspace, py::arg("rows"),
          "how many elements the workspace has");
    define(m, "cross_entropy_back", [](py::object dy, py::tuple x, py::tuple labels, py::object weight,
                                   int64_t ignore_index, double smoothing, py::tuple stats,
                                   py::object denominator, py::tuple dx, uintptr_t stream) {
        OptionalArray d(dy), w(weight), by(denominator);
        cross_entropy_back(d, array_of(x), array_of(labels), w, ignore_index, smoothing, array_of(stats), by,
                           array_of(dx), stream_of(stream));
    }, py::arg("dy"), py::arg("x"), py::arg("labels"), py::arg("weight"), py::arg("ignore_index"),
       py::arg("smoothing"), py::arg("stats"), py::arg("denominator"), py::arg("dx"), py::arg("stream") = 0,
       "the cotangent of x");
}

}  // namespace zyg
