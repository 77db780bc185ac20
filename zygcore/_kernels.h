/* Pullbacks of elementwise functions on contiguous arrays: dx (+)= dy * partial, in one pass.

   A zero cotangent stays zero, whatever the partial derivative is (infinite, NaN). `many` is 0 where
   one cotangent stands for all elements (that of a sum); `add` adds to what is there. */
#ifndef ZYGCORE_KERNELS_H
#define ZYGCORE_KERNELS_H

#include <Python.h>

enum {
    PART_ONE,       /* dy */
    PART_MINUS,     /* -dy */
    PART_TIMES,     /* dy * p */
    PART_SCALED,    /* dy * c */
    PART_OVER,      /* dy / p */
    PART_QUOTIENT,  /* -dy * q / p */
    PART_TANH,      /* dy * (1 - p * p) */
    PART_HALF_OVER, /* dy * 0.5 / p */
    PART_TWICE,     /* dy * 2 * p */
    PART_PLUS_ONE,  /* dy * (p + 1) */
    PART_OVER_PLUS_ONE, /* dy / (p + 1) */
    PART_SIGN,      /* dy * sign(p) */
    PART_SQUARED,   /* dy * c * p * p */
    PART_CHOSEN     /* dy where p == q (the result), half where r == q, too; else 0 */
};

/* dx may be dy: each element is read before it is written */
#define ZYG_EACH(STATEMENT) _Pragma("GCC ivdep") for (i = 0; i < n; i++) { STATEMENT; }

#define ZYG_LOOP(T, EXPRESSION)                                                            \
    if (many) {                                                                            \
        if (add) ZYG_EACH(T d = dy[i]; T v = (EXPRESSION); dx[i] += d == 0 ? 0 : v)        \
        else     ZYG_EACH(T d = dy[i]; T v = (EXPRESSION); dx[i] = d == 0 ? 0 : v)         \
    } else {                                                                               \
        T d = dy[0];                                                                       \
        if (d == 0) { if (!add) ZYG_EACH(dx[i] = 0) }                                      \
        else if (add) ZYG_EACH(T v = (EXPRESSION); dx[i] += v)                             \
        else     ZYG_EACH(T v = (EXPRESSION); dx[i] = v)                                   \
    }                                                                                      \
    break;

#define ZYG_KERNEL(NAME, T)                                                                    \
static void NAME(int part, Py_ssize_t n, T *dx, const T *dy, const T *p,     \
                 const T *q, const T *r, T c, int many, int add)                               \
{                                                                                              \
    Py_ssize_t i;                                                                              \
    switch (part) {                                                                            \
    case PART_ONE: ZYG_LOOP(T, d)                                                              \
    case PART_MINUS: ZYG_LOOP(T, -d)                                                           \
    case PART_TIMES: ZYG_LOOP(T, d * p[i])                                                     \
    case PART_SCALED: ZYG_LOOP(T, d * c)                                                       \
    case PART_OVER: ZYG_LOOP(T, d / p[i])                                                      \
    case PART_QUOTIENT: ZYG_LOOP(T, -d * q[i] / p[i])                                          \
    case PART_TANH: ZYG_LOOP(T, d * (1 - p[i] * p[i]))                                         \
    case PART_HALF_OVER: ZYG_LOOP(T, d * ((T)0.5 / p[i]))                                      \
    case PART_TWICE: ZYG_LOOP(T, d * (2 * p[i]))                                               \
    case PART_SQUARED: ZYG_LOOP(T, d * (c * p[i] * p[i]))                                      \
    case PART_PLUS_ONE: ZYG_LOOP(T, d * (p[i] + 1))                                            \
    case PART_OVER_PLUS_ONE: ZYG_LOOP(T, d / (p[i] + 1))                                       \
    case PART_SIGN: ZYG_LOOP(T, p[i] > 0 ? d : p[i] < 0 ? -d : p[i] == 0 ? 0 : p[i])           \
    case PART_CHOSEN: ZYG_LOOP(T, p[i] == q[i] || (p[i] != p[i] && q[i] != q[i])               \
                                  ? (r[i] == q[i] || (r[i] != r[i] && q[i] != q[i]) ? d * (T)0.5 : d) : 0) \
    }                                                                                          \
}

/* The cotangent of a maximum or minimum y goes to the elements that are y, in equal shares. */
#define ZYG_SHARE(NAME, T)                                                                     \
static void NAME(Py_ssize_t n, T *restrict dx, const T *restrict x, T y, T dy, int add)        \
{                                                                                              \
    Py_ssize_t i, ties = 0;                                                                    \
    for (i = 0; i < n; i++) ties += x[i] == y || (x[i] != x[i] && y != y);                     \
    T d = ties ? dy / (T)ties : 0;                                                             \
    if (add) { for (i = 0; i < n; i++) dx[i] += x[i] == y || (x[i] != x[i] && y != y) ? d : 0; } \
    else     { for (i = 0; i < n; i++) dx[i] = x[i] == y || (x[i] != x[i] && y != y) ? d : 0; }  \
}

/* Halves are added up by themselves, so that rounding grows with log(n); eight sums side by side. */
#define ZYG_SUM(NAME, T)                                                                       \
static double NAME(Py_ssize_t n, const T *x)                                                   \
{                                                                                              \
    double s[8] = {0}, rest = 0;                                                               \
    Py_ssize_t i, k;                                                                           \
    if (n > 512) {                                                                             \
        k = n / 2 & ~(Py_ssize_t)7;                                                            \
        return NAME(k, x) + NAME(n - k, x + k);                                                \
    }                                                                                          \
    for (i = 0; i + 8 <= n; i += 8)                                                            \
        for (k = 0; k < 8; k++) s[k] += x[i + k];                                              \
    for (; i < n; i++) rest += x[i];                                                           \
    return (s[0] + s[4]) + (s[1] + s[5]) + ((s[2] + s[6]) + (s[3] + s[7])) + rest;             \
}

ZYG_SUM(zyg_sum_double, double)
ZYG_SUM(zyg_sum_float, float)
ZYG_SHARE(zyg_share_double, double)
ZYG_SHARE(zyg_share_float, float)
ZYG_KERNEL(zyg_part_double, double)
ZYG_KERNEL(zyg_part_float, float)

#endif
