// The CUDA runtime: devices, versions, memory.
#include "bind.h"

namespace zyg {

void bind_runtime(py::module_& m) {
#ifdef ZYG_HOST
    m.attr("backend") = "host";
#else
    m.attr("backend") = "cuda";
#endif
    m.def("device_count", [] {
        int n = 0;
        check(cudaGetDeviceCount(&n), "cudaGetDeviceCount");
        return n;
    });
    m.def("runtime_version", [] {
        int v = 0;
        check(cudaRuntimeGetVersion(&v), "cudaRuntimeGetVersion");
        return v;
    });
    m.def("driver_version", [] {
        int v = 0;
        check(cudaDriverGetVersion(&v), "cudaDriverGetVersion");
        return v;
    });
    m.def("synchronize", [](uintptr_t stream) {
        py::gil_scoped_release released;
        check(cudaStreamSynchronize(stream_of(stream)), "cudaStreamSynchronize");
    }, py::arg("stream") = 0);
}

}  // namespace zyg
