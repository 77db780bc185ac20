#include "bind.h"

namespace zyg {

static Arrays arrays_of(const py::list& views) {
    Arrays arrays;
    for (const auto& view : views) arrays.push_back(array_of(view.cast<py::tuple>()));
    return arrays;
}

void bind_update(py::module_& m) {
    define(m, "accumulate", [](py::list xs, py::list ys, double a, uintptr_t stream) {
        accumulate(a, arrays_of(xs), arrays_of(ys), stream_of(stream));
    }, py::arg("xs"), py::arg("ys"), py::arg("a"), py::arg("stream") = 0, "y += a * x for each pair");
    define(m, "sgd", [](py::list params, py::list grads, py::list masters, py::list momenta, double rate,
                    double momentum,
                    double weight_decay, bool nesterov, uintptr_t stream) {
        sgd(arrays_of(params), arrays_of(grads), arrays_of(masters), arrays_of(momenta), {rate, momentum,
            weight_decay, nesterov},
            stream_of(stream));
    }, py::arg("params"), py::arg("grads"), py::arg("masters"), py::arg("momenta"), py::arg("rate"),
        py::arg("momentum"),
          py::arg("weight_decay"), py::arg("nesterov"), py::arg("stream") = 0,
              "a step of gradient descent, in place");
    define(m, "adam", [](py::list params, py::list grads, py::list masters, py::list first, py::list second,
                         double rate, double beta1, double beta2, double eps, double weight_decay,
                         bool decoupled, int64_t step, py::object counter, py::object corrections,
                         uintptr_t stream) {
        OptionalArray count(counter), both(corrections);
        adam(arrays_of(params), arrays_of(grads), arrays_of(masters), arrays_of(first), arrays_of(second),
             {rate, beta1, beta2, eps, weight_decay, decoupled, step, count, both}, stream_of(stream));
    }, py::arg("params"), py::arg("grads"), py::arg("masters"), py::arg("first"), py::arg("second"),
           py::arg("rate"), py::arg("beta1"), py::arg("beta2"), py::arg("eps"), py::arg("weight_decay"),
           py::arg("decoupled"), py::arg("step"), py::arg("counter"), py::arg("corrections"),
           py::arg("stream") = 0, "a step of Adam or AdamW, in place");
}

}  // namespace zyg
