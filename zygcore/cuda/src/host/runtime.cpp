// The runtime: errors, devices, streams, events and memory.  All work is done when it is asked for.
#include "runtime.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace zyg_host {

namespace {

thread_local cudaError_t last_error = cudaSuccess, explained = cudaSuccess;
thread_local std::string explanation;
thread_local std::string unchecked_kernel;
thread_local cudaStream_t captured = nullptr;
thread_local int allocations_to_failure = 0, launches_to_failure = 0;
thread_local int device_now = 0, device_launched_on = 0;
std::atomic<int> device_total{1};
std::atomic<bool> strict_pointers{false};

std::atomic<uint64_t> launches{0}, allocations{0}, synchronizations{0};
std::atomic<long> the_seed{[] {
    const char* given = std::getenv("ZYGCORE_HOST_SEED");
    return given && *given ? std::atol(given) : -1L;
}()};

struct Memory {
    size_t bytes;
    cudaMemoryType type;
    int device;
};

// What is live: memory by its address, streams and events, limits of kernels.
struct Live {
    std::mutex mutex;
    std::map<uintptr_t, Memory> memory;
    uint64_t bytes = 0;
    std::unordered_set<const void*> streams, events;
    std::unordered_map<const void*, size_t> limits;
};
Live* const all_live = new Live;  // never deleted: threads may outlive this module's objects
Live& live() { return *all_live; }
using Lock = std::lock_guard<std::mutex>;

bool counts_down(int& n) { return n > 0 && --n == 0; }

bool known(const std::unordered_set<const void*>& handles, const void* handle) {
    Lock lock(live().mutex);
    return handles.count(handle) != 0;
}

// What a graph cannot have while a stream of this OS thread is captured; here memory is asked for by who
// replays the graph, so also what CUDA could capture of that.
cudaError_t not_captured(const char* what) {
    return failed(cudaErrorStreamCaptureUnsupported, std::string(what) + " while a stream is captured");
}

cudaError_t synchronized(cudaError_t code) {
    ++synchronizations;
    return code == cudaSuccess && captured ? not_captured("waiting") : code;
}

}  // namespace

cudaError_t failed(cudaError_t code, const std::string& message) {
    if (code != cudaSuccess) {
        last_error = explained = code;
        explanation = message;
    }
    return code;
}

Counters counters() {
    Lock lock(live().mutex);
    return {launches,         allocations,
            synchronizations, live().memory.size(),
            live().bytes,     live().streams.size() + live().events.size()};
}

void fail_allocation(int n) { allocations_to_failure = n; }
void fail_launch(int n) { launches_to_failure = n; }
std::string unchecked() { return unchecked_kernel; }
void set_devices(int n) { device_total = n; }
int launched_on() { return device_launched_on; }
void set_strict_pointers(bool strict) { strict_pointers = strict; }
void set_seed(long seed) { the_seed = seed; }
long seed() { return the_seed; }

bool launch_begins(const char* kernel) {
    ++launches;
    unchecked_kernel = kernel;
    device_launched_on = device_now;
    if (!counts_down(launches_to_failure)) return true;
    failed(cudaErrorLaunchFailure, std::string(kernel) + ": a failure that was asked for");
    return false;
}

void* allocate(size_t bytes, cudaMemoryType type, int device) {
    void* p = counts_down(allocations_to_failure) ? nullptr : std::malloc(bytes);
    if (!p) return nullptr;
    std::memset(p, 0xff, bytes);  // NaNs: what was not written is seen
    ++allocations;
    Lock lock(live().mutex);
    live().memory[reinterpret_cast<uintptr_t>(p)] = {bytes, type, device};
    live().bytes += bytes;
    return p;
}

cudaError_t unusable(cudaStream_t stream) {
    bool of_all = reinterpret_cast<uintptr_t>(stream) <= 2;  // 1 and 2: the default streams
    if (!of_all && !known(live().streams, stream))
        return failed(cudaErrorInvalidResourceHandle, "no such stream");
    return captured && stream != captured ? not_captured("work on another stream") : cudaSuccess;
}

size_t dynamic_shared_limit(const void* kernel) {
    Lock lock(live().mutex);
    auto found = live().limits.find(kernel);
    return found == live().limits.end() ? MAX_STATIC_SHARED : found->second;
}

}  // namespace zyg_host

using namespace zyg_host;

struct CUstream_st {};
struct CUevent_st {
    bool recorded = false, timing = true;
    std::chrono::steady_clock::time_point time;
};

// -- errors ---------------------------------------------------------------------------------------

const char* cudaGetErrorName(cudaError_t code) {
    switch (code) {
        case cudaSuccess: return "cudaSuccess";
        case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
        case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
        case cudaErrorInvalidDevicePointer: return "cudaErrorInvalidDevicePointer";
        case cudaErrorInvalidConfiguration: return "cudaErrorInvalidConfiguration";
        case cudaErrorInsufficientDriver: return "cudaErrorInsufficientDriver";
        case cudaErrorNoDevice: return "cudaErrorNoDevice";
        case cudaErrorInvalidDevice: return "cudaErrorInvalidDevice";
        case cudaErrorInvalidResourceHandle: return "cudaErrorInvalidResourceHandle";
        case cudaErrorNotReady: return "cudaErrorNotReady";
        case cudaErrorIllegalAddress: return "cudaErrorIllegalAddress";
        case cudaErrorMisalignedAddress: return "cudaErrorMisalignedAddress";
        case cudaErrorLaunchFailure: return "cudaErrorLaunchFailure";
        case cudaErrorStreamCaptureUnsupported: return "cudaErrorStreamCaptureUnsupported";
        case cudaErrorNotSupported: return "cudaErrorNotSupported";
        default: return "cudaErrorUnknown";
    }
}

const char* cudaGetErrorString(cudaError_t code) {
    if (code == explained && !explanation.empty()) return explanation.c_str();
    return cudaGetErrorName(code);
}

cudaError_t cudaPeekAtLastError() { return last_error; }

cudaError_t cudaGetLastError() {
    unchecked_kernel.clear();
    return std::exchange(last_error, cudaSuccess);
}

// -- devices --------------------------------------------------------------------------------------

cudaError_t cudaGetDeviceCount(int* n) {
    *n = 0;
    return failed(cudaErrorNoDevice);
}
cudaError_t cudaGetDevice(int* device) {
    *device = device_now;
    return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
    if (device < 0 || device >= device_total) return failed(cudaErrorInvalidDevice);
    device_now = device;
    return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
    if (device < 0 || device >= device_total) return failed(cudaErrorInvalidDevice);
    switch (attribute) {
        case cudaDevAttrMaxSharedMemoryPerBlock: *value = MAX_STATIC_SHARED; break;
        case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = MAX_SHARED; break;
        case cudaDevAttrMultiProcessorCount: *value = 132; break;
        default: return failed(cudaErrorInvalidValue);
    }
    return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() { return synchronized(cudaSuccess); }
cudaError_t cudaRuntimeGetVersion(int* v) {
    *v = 0;
    return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* v) {
    *v = 0;
    return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || value < 0 ||
        static_cast<size_t>(value) > MAX_SHARED)
        return failed(cudaErrorInvalidValue);
    Lock lock(live().mutex);
    live().limits[kernel] = value;
    return cudaSuccess;
}

// -- streams and events -----------------------------------------------------------------------------

cudaError_t cudaStreamCreate(cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, 0); }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
    Lock lock(live().mutex);
    live().streams.insert(*stream = new CUstream_st);
    return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    Lock lock(live().mutex);
    if (!live().streams.erase(stream)) return failed(cudaErrorInvalidResourceHandle);
    delete stream;
    return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) { return synchronized(unusable(stream)); }
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
    if (cudaError_t code = unusable(stream)) return code;
    return known(live().events, event) ? cudaSuccess : failed(cudaErrorInvalidResourceHandle);
}
// Work is done when it is asked for, also while a stream is captured; what could not be captured fails.
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
    if (!known(live().streams, stream) || captured) return failed(cudaErrorStreamCaptureUnsupported);
    captured = stream;
    return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
    *graph = nullptr;
    if (!captured || stream != captured) return failed(cudaErrorStreamCaptureUnsupported);
    captured = nullptr;
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
    *event = new CUevent_st;
    (*event)->timing = !(flags & cudaEventDisableTiming);
    Lock lock(live().mutex);
    live().events.insert(*event);
    return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
    Lock lock(live().mutex);
    if (!live().events.erase(event)) return failed(cudaErrorInvalidResourceHandle);
    delete event;
    return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
    if (!known(live().events, event)) return failed(cudaErrorInvalidResourceHandle);
    if (cudaError_t code = unusable(stream)) return code;
    event->recorded = true;
    event->time = std::chrono::steady_clock::now();
    return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
    return known(live().events, event) ? cudaSuccess : failed(cudaErrorInvalidResourceHandle);
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) { return synchronized(cudaEventQuery(event)); }
cudaError_t cudaEventElapsedTime(float* ms, cudaEvent_t start, cudaEvent_t end) {
    for (cudaEvent_t e : {start, end})
        if (!known(live().events, e) || !e->timing || !e->recorded)
            return failed(cudaErrorInvalidResourceHandle);
    *ms = std::chrono::duration<float, std::milli>(end->time - start->time).count();
    return cudaSuccess;
}

// -- memory ---------------------------------------------------------------------------------------

cudaError_t cudaMallocAsync(void** p, size_t bytes, cudaStream_t stream) {
    if (cudaError_t code = unusable(stream)) return code;
    *p = nullptr;
    if (bytes == 0) return cudaSuccess;
    if (captured) return not_captured("an allocation");
    *p = allocate(bytes, cudaMemoryTypeDevice, device_now);
    if (!*p)
        return failed(cudaErrorMemoryAllocation,
                      "out of memory: " + std::to_string(bytes) + " bytes were asked for");
    return cudaSuccess;
}
cudaError_t cudaFreeAsync(void* p, cudaStream_t stream) {
    if (cudaError_t code = unusable(stream)) return code;
    if (!p) return cudaSuccess;
    Lock lock(live().mutex);
    auto found = live().memory.find(reinterpret_cast<uintptr_t>(p));
    if (found == live().memory.end())
        return failed(cudaErrorInvalidValue, "no memory of this runtime is freed");
    live().bytes -= found->second.bytes;
    live().memory.erase(found);
    std::free(p);
    return cudaSuccess;
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* p) {
    uintptr_t address = reinterpret_cast<uintptr_t>(p);
    void* same = const_cast<void*>(p);
    *attributes = {cudaMemoryTypeDevice, device_now, same, nullptr};
    {
        Lock lock(live().mutex);
        auto after = live().memory.upper_bound(address);
        if (after != live().memory.begin()) {
            auto& [begin, memory] = *std::prev(after);
            if (address - begin < memory.bytes) {
                attributes->type = memory.type;
                attributes->device = memory.device;
                return cudaSuccess;
            }
        }
    }
    if (strict_pointers) *attributes = {cudaMemoryTypeUnregistered, -2, nullptr, same};
    return cudaSuccess;
}
cudaError_t cudaMalloc(void** p, size_t bytes) { return cudaMallocAsync(p, bytes, nullptr); }
cudaError_t cudaFree(void* p) {
    ++synchronizations;  // the difference from cudaFreeAsync
    return cudaFreeAsync(p, nullptr);
}

cudaError_t cudaMemsetAsync(void* p, int value, size_t bytes, cudaStream_t stream) {
    if (cudaError_t code = unusable(stream)) return code;
    if (bytes) std::memset(p, value, bytes);
    return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
    if (cudaError_t code = unusable(stream)) return code;
    if (bytes) std::memmove(to, from, bytes);
    return cudaSuccess;
}
cudaError_t cudaMemset(void* p, int value, size_t bytes) { return cudaMemsetAsync(p, value, bytes, nullptr); }
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
    ++synchronizations;
    return cudaMemcpyAsync(to, from, bytes, kind, nullptr);
}
