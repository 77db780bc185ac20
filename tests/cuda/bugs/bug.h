// Kernels with a mistake, and the same kernels without.
//
// A file defines `template <bool WRONG> __device__ void NAME(const float* x, float* y, int n)` and says
// KERNELS(NAME): NAME_right and NAME_wrong are kernels then, which harness.cpp finds by their names.
// table.py has the sizes, what y should be, and which nets catch the mistake.
#pragma once

#include "array.h"

#define KERNEL(kernel, body) \
    extern "C" __global__ void kernel(const float* x, float* y, int n) { body(x, y, n); }

#ifdef ZYG_HOST

using Launcher = void (*)(dim3 grid, dim3 block, size_t shared, const float* x, float* y, int n);

struct Known {
    const char* name;
    Launcher launcher;
    Known* next;
    static inline Known* first = nullptr;
    Known(const char* name, Launcher launcher) : name(name), launcher(launcher), next(first) { first = this; }
};

#define LAUNCHER(name, ...) static Known known_##name(#name, __VA_ARGS__);
#define LAUNCHED(kernel)                                                                                \
    LAUNCHER(kernel, [](dim3 grid, dim3 block, size_t shared, const float* x, float* y, int n) {        \
        ZYG_LAUNCH(kernel, grid, block, shared, nullptr, x, y, n);                                      \
        zyg::launched(#kernel);                                                                         \
    })

#else
#define LAUNCHED(kernel)
#endif

#define KERNELS(name)                 \
    KERNEL(name##_right, name<false>) \
    KERNEL(name##_wrong, name<true>)  \
    LAUNCHED(name##_right)            \
    LAUNCHED(name##_wrong)
