#include "bind.h"

namespace zyg {

void bind_rows(py::module_& m) {
    using Forward = void (*)(const Array&, int, const Array&, cudaStream_t);
    auto forward = [&](const char* name, Forward f, const char* doc) {
        define(m, name, [f](py::tuple x, int axis, py::tuple y, uintptr_t stream) {
            f(array_of(x), axis, array_of(y), stream_of(stream));
        }, py::arg("x"), py::arg("axis"), py::arg("y"), py::arg("stream") = 0, doc);
    };
    using Backward = void (*)(const Array&, const Array&, int, const Array&, cudaStream_t);
    auto backward = [&](const char* name, Backward f, const char* doc) {
        define(m, name, [f](py::tuple dy, py::tuple x, int axis, py::tuple dx, uintptr_t stream) {
            f(array_of(dy), array_of(x), axis, array_of(dx), stream_of(stream));
        }, py::arg("dy"), py::arg("x"), py::arg("axis"), py::arg("dx"), py::arg("stream") = 0, doc);
    };
    forward("softmax", softmax, "y = exp(x) / sum(exp(x))");
    forward("log_softmax", log_softmax, "y = x - log(sum(exp(x)))");
    forward("logsumexp", logsumexp, "y = log(sum(exp(x)))");
    backward("softmax_back", softmax_back, "dx = y * (dy - sum(dy * y)), of the result y");
    backward("log_softmax_back", log_softmax_back, "dx = dy - exp(y) * sum(dy), of the result y");
    backward("logsumexp_back", logsumexp_back, "dx = dy * softmax(x)");
}

}  // namespace zyg
