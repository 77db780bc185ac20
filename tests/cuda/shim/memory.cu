// Atomics, shared memory, and functions of the runtime.
#include "../bugs/bug.h"

// Each result by as many threads as there are; y[0..9] are read by test_host.py.
__device__ void atomics_body(const float* x, float* y, int n) {
    int* i = reinterpret_cast<int*>(y);
    unsigned* u = reinterpret_cast<unsigned*>(y);
    unsigned id = blockIdx.x * blockDim.x + threadIdx.x;
    atomicAdd(&i[0], -2);
    atomicMax(&i[1], static_cast<int>(id));
    atomicMin(&i[2], -static_cast<int>(id));
    atomicOr(&u[3], 1u << id % 20);
    atomicXor(&u[4], id);
    atomicInc(&u[5], 9);
    atomicAdd(&y[6], 0.5f);
    // 16 bits by compare and swap: both halves of y[7]
    unsigned short* half = reinterpret_cast<unsigned short*>(&u[7]) + id % 2;
    unsigned short old = atomicCAS(half, 0, 1), seen = 0;
    if (old == 0) return;
    do {
        seen = old;
        old = atomicCAS(half, seen, static_cast<unsigned short>(seen + 1));
    } while (old != seen);
}
KERNEL(atomics, atomics_body)
LAUNCHED(atomics)

__device__ void atomics_of_8_bytes_body(const float* x, float* y, int n) {
    double* d = reinterpret_cast<double*>(y);
    unsigned long long* u = reinterpret_cast<unsigned long long*>(y);
    atomicAdd(&d[0], 0.25);
    atomicAdd(&u[1], 1ULL << 33);
}
KERNEL(atomics_of_8_bytes, atomics_of_8_bytes_body)
LAUNCHED(atomics_of_8_bytes)

// Shared memory of each block is NaN before it is written, all of it.
__device__ void fresh_body(const float* x, float* y, int n) {
    ZYG_SHARED(float, part, 33);
    ZYG_SHARED(double, wide, 32);
    ZYG_DYNAMIC_SHARED(float, more);
    int i = threadIdx.x;
    bool fresh = part[i] != part[i] && wide[i] != wide[i] && more[i] != more[i];
    part[i] = more[i] = 1;
    wide[i] = 1;
    y[blockIdx.x * blockDim.x + i] = fresh;
}
KERNEL(fresh, fresh_body)
LAUNCHED(fresh)

__device__ void used_body(const float* x, float* y, int n) {
    ZYG_DYNAMIC_SHARED(unsigned char, part);
    part[n - 1 - threadIdx.x] = 1;
    y[threadIdx.x] = part[n - 1 - threadIdx.x];
}
KERNEL(used, used_body)
LAUNCHED(used)

__device__ void too_much_static_body(const float* x, float* y, int n) {
    ZYG_SHARED(double, part, 6145);
    part[threadIdx.x] = x[threadIdx.x];
    y[threadIdx.x] = static_cast<float>(part[threadIdx.x]);
}
KERNEL(too_much_static, too_much_static_body)
LAUNCHED(too_much_static)

#ifdef ZYG_HOST
// As `used`, after more shared memory was asked for.
LAUNCHER(allowed, [](dim3 grid, dim3 block, size_t shared, const float* x, float* y, int n) {
    zyg::check(cudaFuncSetAttribute(used, cudaFuncAttributeMaxDynamicSharedMemorySize, n),
               "cudaFuncSetAttribute");
    ZYG_LAUNCH(used, grid, block, shared, nullptr, x, y, n);
    zyg::launched("used");
})

// Memory, streams and events; y counts what holds.
LAUNCHER(runtime, [](dim3, dim3, size_t, const float*, float* y, int) {
    auto holds = [&](bool ok) { y[ok ? 0 : 1] += 1; };
    cudaStream_t stream;
    cudaEvent_t first, last;
    float ms = -1, copy[4] = {}, *p = nullptr;
    zyg_host::Counters before = zyg_host::counters();
    holds(cudaStreamCreate(&stream) == cudaSuccess && cudaEventCreate(&first) == cudaSuccess &&
          cudaEventCreate(&last) == cudaSuccess);
    holds(cudaEventElapsedTime(&ms, first, last) == cudaErrorInvalidResourceHandle);
    holds(cudaEventRecord(first, stream) == cudaSuccess);
    holds(cudaMallocAsync(reinterpret_cast<void**>(&p), 16, stream) == cudaSuccess && p[3] != p[3]);
    holds(zyg_host::counters().live_bytes == before.live_bytes + 16 &&
          zyg_host::counters().live_handles == 3);
    holds(cudaMemsetAsync(p, 0, 16, stream) == cudaSuccess && p[3] == 0);
    p[2] = 5;
    holds(cudaMemcpyAsync(copy, p, 16, cudaMemcpyDeviceToHost, stream) == cudaSuccess && copy[2] == 5);
    holds(cudaEventRecord(last, stream) == cudaSuccess &&
          cudaEventElapsedTime(&ms, first, last) == cudaSuccess && ms >= 0);
    holds(cudaStreamWaitEvent(stream, last) == cudaSuccess && cudaStreamSynchronize(stream) == cudaSuccess);
    holds(zyg_host::counters().synchronizations == before.synchronizations + 1);
    holds(cudaFreeAsync(p, stream) == cudaSuccess && cudaFreeAsync(p, stream) == cudaErrorInvalidValue);
    holds(cudaEventDestroy(first) == cudaSuccess && cudaEventDestroy(last) == cudaSuccess &&
          cudaStreamDestroy(stream) == cudaSuccess);
    holds(cudaStreamSynchronize(stream) == cudaErrorInvalidResourceHandle);
    holds(zyg_host::counters().live_handles == 0 &&
          zyg_host::counters().allocations == before.allocations + 1);
    zyg_host::fail_allocation(2);
    holds(cudaMalloc(reinterpret_cast<void**>(&p), 8) == cudaSuccess && cudaFree(p) == cudaSuccess);
    holds(cudaMalloc(reinterpret_cast<void**>(&p), 8) == cudaErrorMemoryAllocation && !p);
    holds(cudaMalloc(reinterpret_cast<void**>(&p), 8) == cudaSuccess && cudaFree(p) == cudaSuccess);
    cudaGetLastError();
    holds(cudaGetLastError() == cudaSuccess && cudaMalloc(reinterpret_cast<void**>(&p), 0) == cudaSuccess &&
          !p);
})

// What can be done while a stream is captured, and what cannot; y counts what holds.
LAUNCHER(capture, [](dim3, dim3, size_t, const float* x, float* y, int) {
    auto holds = [&](bool ok) { y[ok ? 0 : 1] += 1; };
    constexpr cudaError_t no = cudaErrorStreamCaptureUnsupported;
    cudaStream_t stream, other;
    cudaEvent_t event;
    cudaGraph_t graph;
    float z[64] = {}, *p = nullptr;
    void** at = reinterpret_cast<void**>(&p);
    holds(cudaStreamCreate(&stream) == cudaSuccess && cudaStreamCreate(&other) == cudaSuccess &&
          cudaEventCreate(&event) == cudaSuccess);
    holds(cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeThreadLocal) == no);
    holds(cudaStreamEndCapture(stream, &graph) == no && cudaGetLastError() == no);
    holds(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal) == cudaSuccess);
    ZYG_LAUNCH(used, dim3(1), dim3(8), 8, stream, x, z, 8);
    holds(cudaGetLastError() == cudaSuccess && z[7] == 1);
    holds(cudaMemsetAsync(z, 0, 8, stream) == cudaSuccess && z[1] == 0);
    for (cudaStream_t wrong : {cudaStream_t(nullptr), other}) {
        ZYG_LAUNCH(used, dim3(1), dim3(8), 8, wrong, x, z + 32, 8);
        holds(cudaGetLastError() == no && z[39] == 0);
        holds(cudaMemsetAsync(z, 1, 8, wrong) == no && cudaMemcpyAsync(z, x, 8, cudaMemcpyDefault, wrong) == no);
        holds(cudaEventRecord(event, wrong) == no && cudaStreamWaitEvent(wrong, event) == no);
    }
    holds(cudaMemset(z, 1, 8) == no && cudaMemcpy(z, x, 8, cudaMemcpyDefault) == no && z[0] == 0);
    holds(cudaMalloc(at, 8) == no && cudaMallocAsync(at, 8, stream) == no && !p);
    holds(cudaStreamSynchronize(stream) == no && cudaDeviceSynchronize() == no &&
          cudaEventSynchronize(event) == no);
    holds(cudaStreamBeginCapture(other, cudaStreamCaptureModeThreadLocal) == no);
    holds(cudaStreamEndCapture(other, &graph) == no && cudaStreamEndCapture(stream, &graph) == cudaSuccess);
    cudaGetLastError();
    holds(cudaStreamSynchronize(stream) == cudaSuccess && cudaMemset(z, 1, 8) == cudaSuccess && z[0] != 0);
    holds(cudaEventDestroy(event) == cudaSuccess && cudaStreamDestroy(stream) == cudaSuccess &&
          cudaStreamDestroy(other) == cudaSuccess && zyg_host::counters().live_handles == 0);
})
#endif
