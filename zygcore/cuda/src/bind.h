// Shared by the bindings: arrays from Python, and what makes the functions of a family.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array.h"
#include "launch.h"

namespace zyg {

namespace py = pybind11;

// While one of our functions is called, the device that its arrays are on is the current one.
class OnDevice {
public:
    OnDevice();
    ~OnDevice();
    OnDevice(const OnDevice&) = delete;
    static void meet(int device, const char* call);

private:
    OnDevice* outer;
    int device = -1, before = -1;
};

// A function that takes arrays.
template <class F, class... Extra>
void define(py::module_& m, const char* name, F&& f, const Extra&... extra) {
    m.def(name, std::forward<F>(f), extra..., py::call_guard<OnDevice>());
}

// An array of (address, dtype, shape, strides in elements, what is called), as `zygcore.cuda._arrays` makes
// them: one that kernels can take.  To be called in functions that are made by `define`.
Array array_of(const py::tuple& view);

// An array or None, as launchers take it: a pointer that may be null.
class OptionalArray {
public:
    explicit OptionalArray(const py::object& view) : there(!view.is_none()) {
        if (there) array = array_of(view.cast<py::tuple>());
    }
    operator const Array*() const { return there ? &array : nullptr; }

private:
    bool there;
    Array array;
};

inline cudaStream_t stream_of(uintptr_t stream) { return reinterpret_cast<cudaStream_t>(stream); }

// One for each family, in bind_<family>.cpp.
void bind_runtime(py::module_& m);
void bind_gather(py::module_& m);
void bind_random(py::module_& m);
void bind_update(py::module_& m);
void bind_elementwise(py::module_& m);
void bind_reduce(py::module_& m);
void bind_copy(py::module_& m);
void bind_rows(py::module_& m);
void bind_norm(py::module_& m);
void bind_loss(py::module_& m);

}  // namespace zyg
