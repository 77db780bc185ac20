// Arrays as Python gives them: whether kernels can take them, and the device that they are on.
#include <cstdio>

#include "bind.h"

namespace zyg {

static thread_local OnDevice* innermost = nullptr;

OnDevice::OnDevice() : outer(innermost) { innermost = this; }

OnDevice::~OnDevice() {
    innermost = outer;
    if (before != device) cudaSetDevice(before);
}

void OnDevice::meet(int device, const char* call) {
    OnDevice& now = *innermost;
    if (now.device == device) return;
    if (now.device >= 0)
        throw Failure(cudaErrorInvalidDevice, call, "arrays of the devices " + std::to_string(now.device) +
                                                        " and " + std::to_string(device) + " in one call");
    int before = -1;
    check(cudaGetDevice(&before), call);
    if (before != device) check(cudaSetDevice(device), call);
    now.before = before;
    now.device = device;
}

static std::string text_of(const void* p) {
    char text[32];
    std::snprintf(text, sizeof text, "%p", p);
    return text;
}

// Where is the memory?  This asks the driver's tables only: it waits for nothing, and streams that are being
// captured do not mind.  Memory that went back to the pool of a library looks like any other of the pool.
static void check_place(const Array& a, const char* call) {
    cudaPointerAttributes found;
    cudaError_t code = cudaPointerGetAttributes(&found, a.data);
    if (code == cudaErrorInvalidValue) {
        cudaGetLastError();
        found.type = cudaMemoryTypeUnregistered;
    } else {
        check(code, call);
    }
    bool there = found.type == cudaMemoryTypeDevice || found.type == cudaMemoryTypeManaged ||
                 (found.type == cudaMemoryTypeHost && found.devicePointer == a.data);
    if (!there)
        throw Failure(cudaErrorInvalidDevicePointer, call,
                      "kernels cannot take what is at " + text_of(a.data) +
                          ": it is memory of the host, or was freed");
    if (found.type == cudaMemoryTypeDevice) OnDevice::meet(found.device, call);
}

Array array_of(const py::tuple& view) {
    auto shape = view[2].cast<py::tuple>(), strides = view[3].cast<py::tuple>();
    const auto name = view[4].cast<std::string>();
    const char* call = name.c_str();
    require(shape.size() <= MAX_DIMS, call, "arrays of more than 8 axes are not supported");
    require(shape.size() == strides.size(), call, "an array has other numbers of axes and of strides");
    Array a;
    a.data = reinterpret_cast<void*>(view[0].cast<uintptr_t>());
    a.dtype = static_cast<DType>(view[1].cast<int>());
    a.ndim = static_cast<int>(shape.size());
    int64_t size = 1;
    bool empty = false;
    for (int i = 0; i < a.ndim; ++i) {
        a.shape[i] = shape[i].cast<int64_t>();
        a.stride[i] = strides[i].cast<int64_t>();
        require(a.shape[i] >= 0, call, "an array has a negative number of elements along an axis");
        empty = empty || a.shape[i] == 0;
    }
    if (empty) {  // there is nothing to be taken, wherever it is
        a.data = nullptr;
        return a;
    }
    for (int i = 0; i < a.ndim; ++i)
        require(!__builtin_mul_overflow(size, a.shape[i], &size) && size <= INT64_MAX / 8, call,
                "an array has more elements than memory has");
    require(a.data != nullptr, call, "an array has no memory: its address is 0");
    if (reinterpret_cast<uintptr_t>(a.data) % item_size(a.dtype))
        throw Failure(cudaErrorMisalignedAddress, call,
                      "the numbers of an array are not aligned: its address, " + text_of(a.data) +
                          ", is no multiple of their " + std::to_string(item_size(a.dtype)) + " bytes");
    check_place(a, call);
    return a;
}

}  // namespace zyg
