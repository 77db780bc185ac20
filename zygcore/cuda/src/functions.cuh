// The functions of the elementwise kernels: one struct each, with its name, how many operands it has, and
// `at(operands...)` in float or double.
//
// A function whose name ends in `_back`, and what stands beside it, is a pullback: its first operand is
// the cotangent dy, and a cotangent of zero stays zero also where the slope is infinite or NaN.
#pragma once

#include "zyg.cuh"

namespace zyg {

// -- float functions for float, double functions for double ----------------------------------------

#define ZYG_OVERLOADED(name, of_float, of_double)                            \
    __device__ __forceinline__ float name(float x) { return ::of_float(x); } \
    __device__ __forceinline__ double name(double x) { return ::of_double(x); }

ZYG_OVERLOADED(exp_of, expf, exp)
ZYG_OVERLOADED(log_of, logf, log)
ZYG_OVERLOADED(log1p_of, log1pf, log1p)
ZYG_OVERLOADED(sin_of, sinf, sin)
ZYG_OVERLOADED(cos_of, cosf, cos)
ZYG_OVERLOADED(tanh_of, tanhf, tanh)
ZYG_OVERLOADED(erfc_of, erfcf, erfc)
ZYG_OVERLOADED(size_of, fabsf, fabs)
#undef ZYG_OVERLOADED

__device__ __forceinline__ float power_of(float x, float y) { return ::powf(x, y); }
__device__ __forceinline__ double power_of(double x, double y) { return ::pow(x, y); }

// dy * slope, and 0 where dy is 0.
template <class A>
__device__ __forceinline__ A guarded(A dy, A slope) {
    A dx = dy * slope;
    return dx != dx && dy == 0 ? A(0) : dx;
}

// x * weight where the weight vanishes faster than any x grows: also at infinity.
template <class A>
__device__ __forceinline__ A vanishing(A x, A weight) {
    return weight == 0 ? A(0) : x * weight;
}

// 1 / (1 + exp(-x)); nothing overflows, and small values keep all their digits.
template <class A>
__device__ __forceinline__ A logistic(A x) {
    A e = exp_of(-size_of(x));
    return (x < 0 ? e : A(1)) / (1 + e);
}

// Its slope.
template <class A>
__device__ __forceinline__ A logistic_slope(A x) {
    A e = exp_of(-size_of(x));
    return e / ((1 + e) * (1 + e));
}

#define ZYG_FUNCTION(Name, text, operands)          \
    struct Name {                                   \
        static constexpr const char* name = text;   \
        static constexpr int arity = operands;      \
        static constexpr bool masked = false;       \
        template <class A>                          \
        __device__ __forceinline__ static A at

// -- values -----------------------------------------------------------------------------------------

ZYG_FUNCTION(Scaled, "scaled", 1)(A x) { return x; }};
ZYG_FUNCTION(Tanh, "tanh", 1)(A x) { return tanh_of(x); }};
ZYG_FUNCTION(Sigmoid, "sigmoid", 1)(A x) { return logistic(x); }};
ZYG_FUNCTION(Relu, "relu", 1)(A x) { return x <= 0 ? A(0) : x; }};
ZYG_FUNCTION(Exp, "exp", 1)(A x) { return exp_of(x); }};
ZYG_FUNCTION(Log, "log", 1)(A x) { return log_of(x); }};
ZYG_FUNCTION(LogSize, "log_size", 1)(A x) { return log_of(size_of(x)); }};
ZYG_FUNCTION(Sin, "sin", 1)(A x) { return sin_of(x); }};
ZYG_FUNCTION(Cos, "cos", 1)(A x) { return cos_of(x); }};
ZYG_FUNCTION(Silu, "silu", 1)(A x) { return vanishing(x, logistic(x)); }};
ZYG_FUNCTION(Softplus, "softplus", 1)(A x) { return (x > 0 ? x : A(0)) + log1p_of(exp_of(-size_of(x))); }};

// x Phi(x), with the complementary error function, which keeps the digits of the tail on the left.
ZYG_FUNCTION(Gelu, "gelu", 1)(A x) { return vanishing(x, A(0.5) * erfc_of(x * A(-0.70710678118654752))); }};

// Hendrycks and Gimpel, "Gaussian error linear units" (2016): x (1 + tanh(u)) / 2 = x sigmoid(2 u) with
// 2 u = sqrt(8 / pi) (x + 0.044715 x^3).
constexpr double GELU_ROOT = 1.5957691216057308, GELU_CUBE = 0.044715;

ZYG_FUNCTION(GeluTanh, "gelu_tanh", 1)(A x) {
    return vanishing(x, logistic(A(GELU_ROOT) * x * (1 + A(GELU_CUBE) * x * x)));
}};

ZYG_FUNCTION(Add, "add", 2)(A x, A y) { return x + y; }};
ZYG_FUNCTION(Subtract, "subtract", 2)(A x, A y) { return x - y; }};
ZYG_FUNCTION(Multiply, "multiply", 2)(A x, A y) { return x * y; }};
ZYG_FUNCTION(Divide, "divide", 2)(A x, A y) { return x / y; }};
ZYG_FUNCTION(Power, "power", 2)(A x, A y) { return power_of(x, y); }};

// What is not a number, in any operand, is not a number; where the bounds cross, the upper one wins.
template <class A>
__device__ __forceinline__ A raised(A x, A lower) {
    return x < lower || lower != lower ? lower : x;
}

ZYG_FUNCTION(Clip, "clip", 3)(A x, A lower, A upper) {
    A y = raised(x, lower);
    return y > upper || upper != upper ? upper : y;
}};

// The first operand is a mask of bytes.
struct Where {
    static constexpr const char* name = "where";
    static constexpr int arity = 3;
    static constexpr bool masked = true;
    template <class A>
    __device__ __forceinline__ static A at(bool mask, A x, A y) {
        return mask ? x : y;
    }
};

// -- pullbacks: (dy, y) or (dy, x) ------------------------------------------------------------------

ZYG_FUNCTION(Product, "product", 2)(A dy, A slope) { return guarded(dy, slope); }};
ZYG_FUNCTION(TanhBack, "tanh_back", 2)(A dy, A y) { return guarded(dy, (1 - y) * (1 + y)); }};
ZYG_FUNCTION(SigmoidBack, "sigmoid_back", 2)(A dy, A y) { return guarded(dy, y * (1 - y)); }};
ZYG_FUNCTION(ReluBack, "relu_back", 2)(A dy, A y) { return y <= 0 ? A(0) : dy; }};
ZYG_FUNCTION(SinBack, "sin_back", 2)(A dy, A x) { return guarded(dy, cos_of(x)); }};
ZYG_FUNCTION(CosBack, "cos_back", 2)(A dy, A x) { return guarded(dy, -sin_of(x)); }};
ZYG_FUNCTION(SoftplusBack, "softplus_back", 2)(A dy, A x) { return guarded(dy, logistic(x)); }};

ZYG_FUNCTION(SiluBack, "silu_back", 2)(A dy, A x) {
    return guarded(dy, logistic(x) + vanishing(x, logistic_slope(x)));
}};

// Phi(x) + x phi(x)
ZYG_FUNCTION(GeluBack, "gelu_back", 2)(A dy, A x) {
    A density = A(0.39894228040143268) * exp_of(A(-0.5) * x * x);
    return guarded(dy, A(0.5) * erfc_of(x * A(-0.70710678118654752)) + vanishing(x, density));
}};

ZYG_FUNCTION(GeluTanhBack, "gelu_tanh_back", 2)(A dy, A x) {
    A u = A(GELU_ROOT) * x * (1 + A(GELU_CUBE) * x * x);
    A u_slope = A(GELU_ROOT) * (1 + A(3 * GELU_CUBE) * x * x);
    return guarded(dy, logistic(u) + vanishing(x * u_slope, logistic_slope(u)));
}};

ZYG_FUNCTION(Quotient, "quotient", 2)(A dy, A y) {
    A dx = dy / y;
    return dx != dx && dy == 0 ? A(0) : dx;
}};

// Of x / y with respect to y.
ZYG_FUNCTION(DivideBack, "divide_back", 3)(A dy, A x, A y) { return guarded(dy, -(x / y) / y); }};

// Of x ** y with respect to x: 0 for the power 0, also at 0.
ZYG_FUNCTION(PowerX, "power_x", 3)(A dy, A x, A y) {
    return guarded(dy, y == 0 ? A(0) : y * power_of(x, y - 1));
}};

// With respect to y: 0 at x = 0; for negative x the real part of the derivative of the complex power.
ZYG_FUNCTION(PowerY, "power_y", 3)(A dy, A x, A y) {
    return guarded(dy, x == 0 ? A(0) : power_of(x, y) * log_of(size_of(x)));
}};

// Of clip(x, lower, upper): a value on a bound is inside.
ZYG_FUNCTION(ClipX, "clip_x", 4)(A dy, A x, A lower, A upper) {
    return raised(x, lower) > upper || x < lower ? A(0) : dy;
}};
ZYG_FUNCTION(ClipLower, "clip_lower", 4)(A dy, A x, A lower, A upper) {
    return x < lower && !(lower > upper) ? dy : A(0);
}};
ZYG_FUNCTION(ClipUpper, "clip_upper", 4)(A dy, A x, A lower, A upper) {
    return raised(x, lower) > upper ? dy : A(0);
}};

#undef ZYG_FUNCTION

}  // namespace zyg
