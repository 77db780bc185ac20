// The CUDA runtime: devices, versions, memory.
#include "bind.h"

namespace zyg {

void bind_runtime(py::module_& m) {
#ifdef ZYG_HOST
    m.attr("backend") = "host";
    m.def("take_over_launches", [](py::object f) {
        if (f.is_none()) {
            zyg_host::taken_over = nullptr;
            return;
        }
        zyg_host::taken_over = [f](const zyg_host::Launch& l) {
            py::gil_scoped_acquire held;
            py::list arguments;
            for (auto& [data, bytes] : l.arguments) arguments.append(py::bytes(static_cast<const char*>(data), bytes));
            f(reinterpret_cast<uintptr_t>(l.kernel), l.name, py::make_tuple(l.grid.x, l.grid.y, l.grid.z),
              py::make_tuple(l.block.x, l.block.y, l.block.z), l.shared, arguments);
        };
    }, py::arg("f").none(true),
       "f(address of the kernel, name, grid, block, bytes of shared memory, arguments as bytes) gets all launches from now "
       "on, which are not carried out; None: as before");
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
