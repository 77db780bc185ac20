// Small kernels for tests of the interpreter: what threads do together, and branches.
#include <cstdint>

extern "C" {

// The sum over a block by shuffles and shared memory, then over the grid by atomics.
__global__ void total(const float* x, float* y, int64_t n) {
    __shared__ float part[32];
    float s = 0;
    for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n;
         i += static_cast<int64_t>(gridDim.x) * blockDim.x)
        s += x[i];
    for (int bits = 16; bits; bits /= 2) s += __shfl_xor_sync(~0u, s, bits);
    if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = s;
    __syncthreads();
    if (threadIdx.x < 32) {
        s = threadIdx.x < blockDim.x / 32 ? part[threadIdx.x] : 0;
        for (int by = 16; by; by /= 2) s += __shfl_down_sync(~0u, s, by);
        if (threadIdx.x == 0) atomicAdd(y, s);
    }
}

// Each kind of shuffle, in segments of 8 lanes for the first two.
__global__ void shuffles(const int* x, int* y) {
    int v = x[threadIdx.x], n = blockDim.x, i = threadIdx.x;
    y[i] = __shfl_sync(~0u, v, i + 3, 8);
    y[n + i] = __shfl_up_sync(~0u, v, 2, 8);
    y[2 * n + i] = __shfl_down_sync(~0u, v, 5);
    y[3 * n + i] = __shfl_xor_sync(~0u, v, 7);
}

__global__ void votes(const int* x, unsigned* y) {
    int v = x[threadIdx.x], n = blockDim.x, i = threadIdx.x;
    y[i] = __ballot_sync(~0u, v > 0);
    y[n + i] = __any_sync(~0u, v > 5) + 2 * __all_sync(~0u, v > -5);
    y[2 * n + i] = __match_any_sync(~0u, v);
    y[3 * n + i] = __reduce_max_sync(~0u, v);
    y[4 * n + i] = __reduce_add_sync(~0u, v);
    if (i % 32 % 3 == 0) y[5 * n + i] = __ballot_sync(0x49249249u, v > 0);
}

// The mask is for lanes 0, 3, 6 ...; it does not name lane 1, which is in the second warp.
__global__ void foreign(const int* x, unsigned* y) {
    int i = threadIdx.x;
    if (i % 3 == 0) y[i] = __ballot_sync(0x49249249u, x[i] > 0);
}

// Lanes leave a loop at different times; the block's longest decides.
__global__ void collatz(const int* x, int* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int v = x[i], steps = 0;
    while (v != 1) {
        v = v % 2 ? 3 * v + 1 : v / 2;
        ++steps;
    }
    y[i] = steps;
}

__global__ void cases(const int* x, float* y) {
    float v = y[threadIdx.x];
    switch (x[threadIdx.x]) {
        case 0: v = v * v; break;
        case 1: v = sqrtf(v);  // and on
        case 2: v = 1 / v; break;
        case 3: v -= 7; break;
        case 4: v = -v; break;
        default: v = 0;
    }
    y[threadIdx.x] = v;
}

// Parameters at addresses that are computed.
struct Table {
    int values[8], by;
};
__global__ void looked_up(Table t, int* y) { y[threadIdx.x] = t.values[threadIdx.x % 8 + t.by]; }

// An array of a thread, in local memory.
__global__ void kept(const int* x, int* y) {
    int a[8];
    for (int i = 0; i < 8; ++i) a[i] = x[threadIdx.x] + i;
    y[threadIdx.x] = a[x[threadIdx.x] % 8] + a[(x[threadIdx.x] + 3) % 8];
}

__device__ __noinline__ int twice(int x) { return x > 5 ? 2 * x : x; }
__global__ void called(const int* x, int* y) {
    if (x[threadIdx.x] % 2) y[threadIdx.x] = twice(x[threadIdx.x]) + twice(x[threadIdx.x] - 3);
}

__global__ void transposed(const double* x, double* y) {
    extern __shared__ double tile[];
    int i = threadIdx.y * blockDim.x + threadIdx.x;
    tile[i] = x[i];
    __syncthreads();
    y[threadIdx.x * blockDim.y + threadIdx.y] = tile[i];
}

// Of many threads on few places; the old values are all different.
__global__ void counts(const int* x, unsigned* count, int* old, long long* largest, unsigned* spin, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    old[i] = atomicAdd(count + x[i], 1u);
    atomicMax(largest, static_cast<long long>(i) << 33);
    unsigned before = *spin, expected;
    do {
        expected = before;
        before = atomicCAS(spin, expected, expected + 2);
    } while (before != expected);
}

// A thread that all others wait for does not come.
__global__ void lost(int* y) {
    if (threadIdx.x < 40) __syncthreads();
    y[threadIdx.x] = 1;
}

__global__ void apart(int* y) {
    if (threadIdx.x % 2) {
        __syncthreads();
        y[threadIdx.x] = 1;
    } else {
        __syncthreads();
        y[threadIdx.x] = y[threadIdx.x] + 2;
    }
}

__global__ void alone(int* y) {
    if (threadIdx.x != 5) y[threadIdx.x] = __shfl_sync(~0u, threadIdx.x, 0);
}

__global__ void beyond(float* y, int n) { y[threadIdx.x] = n; }

__global__ void quads(const float4* x, float* y) {
    float4 v = x[threadIdx.x];
    y[threadIdx.x] = v.x + v.y + v.z + v.w;
}

__global__ void unset(float* y) {
    __shared__ float a[64], b[64];
    a[threadIdx.x] = 1;
    __syncthreads();
    y[threadIdx.x] = a[63 - threadIdx.x] + b[63 - threadIdx.x];
    if (y[threadIdx.x] == 0) b[threadIdx.x] = 0;
}

__global__ void past_shared(float* y, int by) {
    __shared__ float a[64], b[64];
    b[threadIdx.x] = a[threadIdx.x] = 1;
    __syncthreads();
    y[threadIdx.x] = a[threadIdx.x + by] + b[threadIdx.x];
}

}  // extern "C"
