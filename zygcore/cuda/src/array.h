// Arrays as launchers get them, types, and errors.  Host code only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "zyg.cuh"

namespace zyg {

enum class DType : int { f64 = 0, f32 = 1, f16 = 2, bf16 = 3, i64 = 4, i32 = 5, b8 = 6 };

// The bytes of a number.
constexpr int item_size(DType dtype) {
    constexpr int SIZES[] = {8, 4, 2, 2, 8, 4, 1};
    return SIZES[static_cast<int>(dtype)];
}

// Memory that somebody else owns.  Strides count elements, may be 0 or negative.
struct Array {
    void* data = nullptr;
    DType dtype = DType::f32;
    int ndim = 0;
    int64_t shape[MAX_DIMS] = {};
    int64_t stride[MAX_DIMS] = {};

    int64_t size() const {
        int64_t n = 1;
        for (int i = 0; i < ndim; ++i) n *= shape[i];
        return n;
    }
    bool contiguous() const {
        if (size() == 0) return true;
        int64_t expected = 1;
        for (int i = ndim - 1; i >= 0; --i) {
            if (shape[i] != 1 && stride[i] != expected) return false;
            expected *= shape[i];
        }
        return true;
    }
    template <class T>
    T* as() const {
        return static_cast<T*>(data);
    }
};

// An error of the CUDA runtime or of the arguments, and which call had it: CudaError in Python.
struct Failure : std::runtime_error {
    cudaError_t code;
    std::string call;
    Failure(cudaError_t code, const std::string& call, const std::string& message)
        : std::runtime_error(message), code(code), call(call) {}
};

inline void check(cudaError_t code, const char* call) {
    if (code != cudaSuccess) {
        cudaGetLastError();  // errors that are not sticky are over
        throw Failure(code, call, cudaGetErrorString(code));
    }
}

// After each launch: without it a launch that failed would be silent.
inline void launched(const char* kernel) { check(cudaGetLastError(), kernel); }

// What is wrong with the arguments of a launcher.
inline void require(bool ok, const char* call, const std::string& message) {
    if (!ok) throw Failure(cudaErrorInvalidValue, call, message);
}

template <class T>
struct Tag {
    using type = T;
};

// Calls f(Tag<T>()) for the type of floats.
template <class F>
void with_float(DType dtype, const char* call, F&& f) {
    switch (dtype) {
        case DType::f64: return f(Tag<double>());
        case DType::f32: return f(Tag<float>());
        case DType::f16: return f(Tag<f16>());
        case DType::bf16: return f(Tag<bf16>());
        default: require(false, call, "an array of float64, float32, float16 or bfloat16 is needed");
    }
}

// Calls f(Tag<T>()) for the type of indices.
template <class F>
void with_index(DType dtype, const char* call, F&& f) {
    switch (dtype) {
        case DType::i64: return f(Tag<int64_t>());
        case DType::i32: return f(Tag<int32_t>());
        default: require(false, call, "an array of int64 or int32 is needed");
    }
}

// How many blocks a grid-stride loop over n elements gets: enough to fill any GPU of these years.
inline dim3 blocks_for(int64_t n, int threads, int64_t per_thread = 1) {
    int64_t per_block = threads * per_thread;
    return dim3(static_cast<unsigned>(std::clamp<int64_t>((n + per_block - 1) / per_block, 1, 132 * 16)));
}

}  // namespace zyg
