// The module: `_device` for GPUs, `_host` with the kernels carried out on the CPU.
#include "bind.h"

namespace zyg {

// CudaError is a class of Python's (zygcore.errors), which this module must not import when it is loaded.
static void translate(std::exception_ptr p) {
    try {
        if (p) std::rethrow_exception(p);
    } catch (const Failure& e) {
        py::object cls = py::module_::import("zygcore.errors").attr("CudaError");
        py::object error = cls(cudaGetErrorName(e.code), e.call, e.what());
        PyErr_SetObject(cls.ptr(), error.ptr());
    }
}

}  // namespace zyg

namespace py = pybind11;

PYBIND11_MODULE(ZYG_MODULE, m) {
    py::register_exception_translator(&zyg::translate);
    zyg::bind_runtime(m);
    zyg::bind_gather(m);
    zyg::bind_random(m);
    zyg::bind_update(m);
    zyg::bind_elementwise(m);
    zyg::bind_reduce(m);
    zyg::bind_copy(m);
    zyg::bind_rows(m);
    zyg::bind_norm(m);
    zyg::bind_loss(m);
}
