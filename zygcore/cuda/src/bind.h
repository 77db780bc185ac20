// Shared by the bindings: arrays from Python, and what makes the functions of a family.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array.h"
#include "launch.h"

namespace zyg {

namespace py = pybind11;

// (address, dtype, shape, strides in elements), as `zygcore.cuda._arrays` makes them.
inline Array array_of(const py::tuple& view) {
    Array a;
    auto shape = view[2].cast<py::tuple>(), strides = view[3].cast<py::tuple>();
    if (shape.size() > MAX_DIMS) throw Failure(cudaErrorInvalidValue, "array", "arrays of more than 8 axes are not supported");
    a.data = reinterpret_cast<void*>(view[0].cast<uintptr_t>());
    a.dtype = static_cast<DType>(view[1].cast<int>());
    a.ndim = static_cast<int>(shape.size());
    for (int i = 0; i < a.ndim; ++i) {
        a.shape[i] = shape[i].cast<int64_t>();
        a.stride[i] = strides[i].cast<int64_t>();
    }
    return a;
}

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
