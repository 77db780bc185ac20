// Orders, limits of launches, launches that fail, and OS threads.
#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "../bugs/bug.h"

// When each thread came.
__device__ void tickets_body(const float* x, float* y, int n) {
    unsigned ticket = atomicAdd(reinterpret_cast<unsigned*>(y + n), 1u);
    y[blockIdx.x * blockDim.x + threadIdx.x] = static_cast<float>(ticket);
}
KERNEL(tickets, tickets_body)
LAUNCHED(tickets)

extern "C" __global__ void where(float* y) {
    int block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    int thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    __syncthreads();
    unsigned blocks = blockIdx.x + 10 * blockIdx.y + 100 * blockIdx.z;
    unsigned threads = threadIdx.x + 10 * threadIdx.y + 100 * threadIdx.z;
    y[block * 24 + thread] += 1 + blocks + 1000 * threads;
}

extern "C" __global__ void nothing() {}

#ifdef ZYG_HOST
LAUNCHER(indices, [](dim3, dim3, size_t, const float*, float* y, int) {
    ZYG_LAUNCH(where, dim3(2, 3, 4), dim3(4, 3, 2), 0, nullptr, y);
    zyg::launched("where");
})

LAUNCHER(limits, [](dim3, dim3, size_t, const float*, float* y, int n) {
    unsigned most = 0x80000000u;
    dim3 grids[] = {1, 1, 1, 1, 1, 1, most, {1, 65536}, {1, 1, 65536}, 0, {2, 0}};
    dim3 blocks[] = {1024, 1025, {32, 33}, {1, 1, 65}, {1, 1, 64}, 0, 1, 1, 1, 1, 1};
    ZYG_LAUNCH(nothing, grids[n], blocks[n], 0, nullptr);
    zyg::launched("nothing");
})

LAUNCHER(no_such_stream, [](dim3, dim3, size_t, const float*, float* y, int n) {
    int somewhere;
    ZYG_LAUNCH(nothing, 1, 1, 0, reinterpret_cast<cudaStream_t>(&somewhere));
    zyg::launched("nothing");
})

// A kernel with objects that must be destroyed, whose threads do not all come to the barrier.
static std::atomic<int> alive{0};
struct Counted {
    Counted() { ++alive; }
    ~Counted() { --alive; }
};
static void stuck(float* y, int n, int how) {
    Counted one;
    ZYG_SHARED(float, part, 128);
    std::string text(100, 'x');  // memory that AddressSanitizer or a counter would miss
    int i = threadIdx.x;
    part[i] = static_cast<float>(i);
    __syncwarp();
    if (i == n && how == 0) throw std::runtime_error("thrown by a thread");
    if (i == n && how == 1) __trap();
    if (i != n || how == 3) __syncthreads();
    Counted two;
    __syncthreads();
    y[i] = part[127 - i];
}

// n: which way to fail.  Then the same without a failure, and what is left is counted.
LAUNCHER(aborted, [](dim3, dim3 block, size_t, const float*, float* y, int n) {
    std::string text;
    for (int k = 0; k < 3; ++k) {
        ZYG_LAUNCH(stuck, 2, block, 0, nullptr, y, 70, n);
        zyg::require(cudaPeekAtLastError() == cudaErrorLaunchFailure, "aborted", "nothing was reported");
        text = cudaGetErrorString(cudaGetLastError());
        zyg::require(alive == 0, "aborted", std::to_string(alive) + " objects are left");
    }
    ZYG_LAUNCH(stuck, 2, block, 0, nullptr, y, 70, 3);
    zyg::launched("stuck");
    zyg::require(alive == 0, "aborted", "objects are left after a launch that went well");
    throw zyg::Failure(cudaErrorLaunchFailure, "aborted", text);
})

// How many pieces of memory are mapped; sanitizers map their own for each thread.
static int mappings() {
#if defined(ZYG_ASAN) || defined(ZYG_TSAN)
    return 0;
#endif
    std::ifstream maps("/proc/self/maps");
    int n = 0;
    for (std::string line; std::getline(maps, line);) ++n;
    return n;
}

static void reversed(const float* x, float* y) {
    ZYG_SHARED(float, part, 96);
    int i = threadIdx.x;
    part[i] = x[i];
    __syncthreads();
    y[96 * blockIdx.x + i] = part[95 - i] + 0 * __shfl_xor_sync(0xffffffffu, part[i], 1);
}

// n OS threads launch at once; y[0]: how many results were wrong, y[1]: how many stacks are left.
LAUNCHER(at_once, [](dim3, dim3, size_t, const float* x, float* y, int n) {
    std::atomic<int> wrong{0};
    int before = mappings();
    std::vector<std::thread> all;
    for (int k = 0; k < n; ++k)
        all.emplace_back([&] {
            float own[288];
            for (int j = 0; j < 20; ++j) {
                ZYG_LAUNCH(reversed, 3, 96, 0, nullptr, x, own);
                wrong += cudaGetLastError() != cudaSuccess;
                for (int i = 0; i < 288; ++i) wrong += own[i] != x[95 - i % 96];
            }
        });
    for (std::thread& t : all) t.join();
    y[0] = static_cast<float>(wrong);
    y[1] = static_cast<float>(mappings() > before + 90);
})
#endif
