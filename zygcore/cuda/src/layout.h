// Axes of several arrays that a kernel goes through together: broadcasting, and joining of axes.
#pragma once

#include <utility>

#include "array.h"
#include "strided.cuh"

namespace zyg {

inline Divider divider(int64_t divisor) {
    Divider d;
    d.divisor = divisor;
    while ((static_cast<unsigned __int128>(1) << d.shift) < static_cast<uint64_t>(divisor)) ++d.shift;
    unsigned __int128 over = (static_cast<unsigned __int128>(1) << d.shift) - static_cast<uint64_t>(divisor);
    d.magic = static_cast<uint64_t>((over << 64) / static_cast<uint64_t>(divisor) + 1);
    return d;
}

// Axes, outermost first, with the strides that M arrays have along them.
template <int M>
struct Axes {
    int count = 0;
    int64_t shape[2 * MAX_DIMS] = {};
    int64_t stride[M][2 * MAX_DIMS] = {};

    void add(int64_t n, const int64_t (&strides)[M]) {
        shape[count] = n;
        for (int k = 0; k < M; ++k) stride[k][count] = strides[k];
        ++count;
    }
    int64_t size() const {
        int64_t n = 1;
        for (int a = 0; a < count; ++a) n *= shape[a];
        return n;
    }
    void swap(int a, int b) {
        std::swap(shape[a], shape[b]);
        for (int k = 0; k < M; ++k) std::swap(stride[k][a], stride[k][b]);
    }
    void remove(int axis) {
        for (int a = axis; a + 1 < count; ++a) swap(a, a + 1);
        --count;
    }
    // Drops axes of length 1 and joins neighbours that are one axis for all arrays.
    void join() {
        Axes joined;
        for (int a = 0; a < count; ++a) {
            if (shape[a] == 1) continue;
            int last = joined.count - 1;
            bool one = last >= 0;
            for (int k = 0; k < M && one; ++k) one = joined.stride[k][last] == stride[k][a] * shape[a];
            if (!one) {
                ++joined.count;
                ++last;
                joined.shape[last] = 1;
            }
            joined.shape[last] *= shape[a];
            for (int k = 0; k < M; ++k) joined.stride[k][last] = stride[k][a];
        }
        *this = joined;
    }
    Rows<M> rows() const {
        Rows<M> r;
        r.axes = count;
        r.count = size();
        for (int a = 0; a < count; ++a) {
            r.size[a] = divider(std::max<int64_t>(shape[a], 1));
            for (int k = 0; k < M; ++k) r.stride[k][a] = stride[k][a];
        }
        return r;
    }
};

// The stride of an array along an axis of the shape it is broadcast to; false if it does not fit.
inline bool broadcast_stride(const Array& x, int ndim, int axis, int64_t n, int64_t* stride) {
    int own = axis - (ndim - x.ndim);
    *stride = own < 0 || x.shape[own] == 1 ? 0 : x.stride[own];
    return own < 0 || x.shape[own] == 1 || x.shape[own] == n;
}

inline bool aligned(const void* data, int64_t bytes) { return reinterpret_cast<uintptr_t>(data) % bytes == 0; }

// How the rows of an array are read, if all begin at multiples of `strides` from `data`.
template <int M>
Access access_of(const void* data, int64_t size, int lanes, int64_t step, const Axes<M>& outer, int k) {
    if (step == 0) return SAME;
    bool vectors = step == 1 && aligned(data, size * lanes);
    for (int a = 0; a < outer.count && vectors; ++a) vectors = outer.stride[k][a] % lanes == 0;
    return vectors ? VECTORS : LANEWISE;
}

// The smallest power of two that is not below n, at most `most`.
inline int power_of_two(int64_t n, int most) {
    int p = 1;
    while (p < n && p < most) p *= 2;
    return p;
}

inline int64_t divided_up(int64_t n, int64_t by) { return (n + by - 1) / by; }

}  // namespace zyg
