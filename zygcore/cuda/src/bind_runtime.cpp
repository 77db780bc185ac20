// The CUDA runtime: devices, versions, memory.
#include "bind.h"

namespace zyg {

#ifdef ZYG_HOST
// What tests see and steer.
static void bind_host(py::module_& m) {
    m.def(
        "counters",
        [] {
            zyg_host::Counters c = zyg_host::counters();
            py::dict d;
            d["launches"] = c.launches;
            d["allocations"] = c.allocations;
            d["synchronizations"] = c.synchronizations;
            d["live_allocations"] = c.live_allocations;
            d["live_bytes"] = c.live_bytes;
            d["live_handles"] = c.live_handles;
            return d;
        },
        "Since the start of the process: of all threads");
    m.def("fail_allocation", &zyg_host::fail_allocation,
          "The n-th allocation from now, of this thread, fails; 0: none");
    m.def("fail_launch", &zyg_host::fail_launch, "The n-th launch from now, of this thread, fails; 0: none");
    m.def("set_devices", &zyg_host::set_devices, "How many devices there are");
    m.def("launched_on", &zyg_host::launched_on, "The device of this thread's last launch");
    m.def("strict_pointers", &zyg_host::set_strict_pointers,
          "Whether kernels take only memory that this runtime has allocated");
    m.def(
        "allocate",
        [](size_t bytes, int type, int device) {
            void* p = zyg_host::allocate(bytes, static_cast<cudaMemoryType>(type), device);
            if (!p) check(cudaErrorMemoryAllocation, "cudaMalloc");
            return reinterpret_cast<uintptr_t>(p);
        },
        py::arg("bytes"), py::arg("type") = static_cast<int>(cudaMemoryTypeDevice), py::arg("device") = 0,
        "The address of new memory; types are those of cudaMemoryType");
    m.def("free", [](uintptr_t p) { check(cudaFreeAsync(reinterpret_cast<void*>(p), nullptr), "cudaFree"); });
    m.def("unchecked", &zyg_host::unchecked,
          "The kernel of this thread's last launch if its error was not asked for");
    m.def("set_seed", &zyg_host::set_seed, "The order of blocks and threads; negative: as they are numbered");
    m.def("seed", &zyg_host::seed);
    m.def(
        "take_over_launches",
        [](py::object f) {
            if (f.is_none()) {
                zyg_host::taken_over = nullptr;
                return;
            }
            zyg_host::taken_over = [f](const zyg_host::Launch& how, const void* kernel,
                                       const zyg_host::Arguments& given) {
                py::gil_scoped_acquire held;
                py::list arguments;
                for (auto& [data, bytes] : given)
                    arguments.append(py::bytes(static_cast<const char*>(data), bytes));
                f(reinterpret_cast<uintptr_t>(kernel), how.kernel,
                  py::make_tuple(how.grid.x, how.grid.y, how.grid.z),
                  py::make_tuple(how.block.x, how.block.y, how.block.z), how.shared, arguments);
            };
        },
        py::arg("f").none(true),
        "f(address of the kernel, name, grid, block, bytes of shared memory, arguments as bytes) gets all "
        "launches from now on, which are not carried out; None: as before");
    m.def(
        "begin_capture",
        [] {
            cudaStream_t stream;
            check(cudaStreamCreate(&stream), "cudaStreamCreate");
            check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
            return reinterpret_cast<uintptr_t>(stream);
        },
        "A new stream that is captured: what no graph can have is an error until `end_capture`");
    m.def(
        "end_capture",
        [](uintptr_t stream) {
            cudaGraph_t graph;
            check(cudaStreamEndCapture(stream_of(stream), &graph), "cudaStreamEndCapture");
            check(cudaStreamDestroy(stream_of(stream)), "cudaStreamDestroy");
        },
        py::arg("stream"));
    m.def(
        "choose_blocks",
        [](py::object f) {
            if (f.is_none()) {
                zyg_host::chosen_blocks = nullptr;
                return;
            }
            zyg_host::chosen_blocks = [f](const zyg_host::Launch& how) {
                py::gil_scoped_acquire held;
                return f(how.kernel, py::make_tuple(how.grid.x, how.grid.y, how.grid.z),
                         py::make_tuple(how.block.x, how.block.y, how.block.z))
                    .cast<std::vector<uint64_t>>();
            };
        },
        py::arg("f").none(true),
        "f(name, grid, block) says by their numbers which blocks of a launch run; None: all, as before");
}
#endif

// Work on `stream` that is given from now on comes after what `other` has been given; the host does not wait.
static void follow(cudaStream_t stream, cudaStream_t other) {
    cudaEvent_t event;
    check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreate");
    cudaError_t code = cudaEventRecord(event, other);
    if (code == cudaSuccess) code = cudaStreamWaitEvent(stream, event, 0);
    cudaError_t destroyed = cudaEventDestroy(event);  // once it has happened
    check(code != cudaSuccess ? code : destroyed, "cudaStreamWaitEvent");
}

void bind_runtime(py::module_& m) {
#ifdef ZYG_HOST
    m.attr("backend") = "host";
    bind_host(m);
#else
    m.attr("backend") = "cuda";
#endif
    m.def("device_count", [] {
        int n = 0;
        check(cudaGetDeviceCount(&n), "cudaGetDeviceCount");
        return n;
    });
    m.def("get_device", [] {
        int device = 0;
        check(cudaGetDevice(&device), "cudaGetDevice");
        return device;
    });
    m.def("set_device", [](int device) { check(cudaSetDevice(device), "cudaSetDevice"); });
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
    m.def("follow", [](uintptr_t stream, uintptr_t other) { follow(stream_of(stream), stream_of(other)); },
          py::arg("stream"), py::arg("other"),
          "Has a stream wait for another one, both of the current device");
    m.def(
        "synchronize",
        [](uintptr_t stream) {
            py::gil_scoped_release released;
            check(cudaStreamSynchronize(stream_of(stream)), "cudaStreamSynchronize");
        },
        py::arg("stream") = 0);
}

}  // namespace zyg
