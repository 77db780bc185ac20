// Small kernels for tests of the interpreter: what the instructions compute.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

// y[k * n + i] = the k-th function of x[i].
template <class T>
__device__ void functions(const T* x, T* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    T v = x[i], a = fabs(v), f[] = {
        exp(v), erf(v), pow(a, static_cast<T>(1.7)), sin(v), cos(v), tanh(v), log(a), log1p(a), expm1(v),
        v / static_cast<T>(3.3), sqrt(a), rsqrt(a), fmod(v, static_cast<T>(0.7)), round(v), rint(v), erfc(v),
        cbrt(v), atan(v), exp2(v), log2(a), lgamma(a), fma(v, v, static_cast<T>(-1)),
    };
#pragma unroll
    for (int k = 0; k < static_cast<int>(sizeof(f) / sizeof(T)); ++k) y[k * n + i] = f[k];
}

extern "C" {

__global__ void functions_float(const float* x, float* y, int n) { functions(x, y, n); }
__global__ void functions_double(const double* x, double* y, int n) { functions(x, y, n); }

__global__ void halves(const __half* x, __half* y, const __nv_bfloat16* a, __nv_bfloat16* b, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    y[i] = __float2half(__half2float(x[i]) * 1.5f);
    b[i] = __float2bfloat16(__bfloat162float(a[i]) * 1.5f);
}

// Narrow a pair at once.
__global__ void pairs(const float2* x, __half2* y, __nv_bfloat162* b) {
    y[threadIdx.x] = __float22half2_rn(x[threadIdx.x]);
    b[threadIdx.x] = __float22bfloat162_rn(x[threadIdx.x]);
}

__global__ void integers(const int64_t* x, const int64_t* d, int64_t* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int64_t a = x[i], b = d[i];
    uint64_t ua = a, ub = b;
    int32_t sa = a, sb = b;
    uint32_t wa = a, wb = b;
    int64_t f[] = {
        a * b, a / b, a % b, static_cast<int64_t>(ua / ub), static_cast<int64_t>(ua % ub), __mul64hi(a, b),
        static_cast<int64_t>(__umul64hi(ua, ub)), __mulhi(sa, sb), __umulhi(wa, wb), __popcll(ua), __clzll(a),
        __clz(sa), __ffsll(a), static_cast<int64_t>(__brevll(ua)), __brev(wa), a >> (b & 63),
        static_cast<int64_t>(ua >> (b & 63)), a << (b & 63), __funnelshift_l(wa, wb, 13),
        __funnelshift_r(wa, wb, wb), __byte_perm(wa, wb, 0x3715), min(a, b), max(sa, sb), llabs(a),
        sa * static_cast<int64_t>(sb), static_cast<int64_t>(wa) * wb, static_cast<int8_t>(a),
        static_cast<uint16_t>(a), (wa >> 5) & 0x7ffu,
    };
#pragma unroll
    for (int k = 0; k < static_cast<int>(sizeof(f) / 8); ++k) y[k * n + i] = f[k];
}

__global__ void conversions(const double* x, int64_t* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    double v = x[i];
    float w = v;
    int64_t f[] = {
        __double2ll_rn(v), __double2ll_rz(v), __double2ll_rd(v), __double2ll_ru(v), __double2int_rz(v),
        __double2uint_rz(v), static_cast<int64_t>(__double2ull_rz(v)), __float2int_rn(w), __float2ll_rz(w),
        __float_as_int(__double2float_rz(v)), __float_as_int(__double2float_ru(v)),
        __float_as_int(__double2float_rd(v)), __float_as_int(__saturatef(w)), __float_as_int(__fadd_rz(w, 1e-3f)),
        __float_as_int(__fmul_ru(w, 1.1f)), __float_as_int(__fmaf_rd(w, 1.1f, -3.3f)), __float_as_int(fmaxf(w, 0.5f)),
        __double_as_longlong(fmin(v, 0.5)), __double_as_longlong(__dadd_rd(v, 1e-9)), __float_as_int(__int2float_rn(__double2int_rz(v))),
        isnan(v), isinf(v), signbit(v) != 0,
    };
#pragma unroll
    for (int k = 0; k < static_cast<int>(sizeof(f) / 8); ++k) y[k * n + i] = f[k];
}

}  // extern "C"
