// Functions of a warp.  Which lane is read follows the definition of `shfl.sync` in the PTX manual.
#pragma once

#include <cstring>
#include <type_traits>

#include "threads.h"

namespace zyg_host {

template <class T>
uint64_t packed(T x) {
    uint64_t u = 0;
    memcpy(&u, &x, sizeof(T));
    return u;
}
template <class T>
T unpacked(uint64_t u) {
    T x;
    memcpy(&x, &u, sizeof(T));
    return x;
}

enum Shuffle { INDEX, XOR, DOWN, UP };

// The lane that is read, by `width` lanes that keep to themselves; lanes count from 0 to 31, so that 32 is 0.
inline unsigned source(Shuffle kind, unsigned lane, unsigned b, unsigned width) {
    unsigned first = lane & ~(width - 1), last = first + width - 1;
    b &= 31;
    unsigned j = kind == INDEX  ? first | (b & (width - 1))
                 : kind == XOR  ? lane ^ b
                 : kind == DOWN ? lane + b
                                : lane - b;
    bool inside = kind == UP ? static_cast<int>(j) >= static_cast<int>(first) : j <= last;
    return inside ? j : lane;
}

template <class T>
T shuffle(Shuffle kind, unsigned mask, T x, unsigned b, int width, const char* what, const char* file,
          int line) {
    static_assert(std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8),
                  "shuffles are of 4 or 8 bytes");
    if (width < 1 || width > 32 || (width & (width - 1)))
        fault("a shuffle whose width is no power of two", file, line);
    uint64_t all[32];
    exchange(mask, packed(x), all, what, file, line);
    return unpacked<T>(all[source(kind, lane(), b, width)]);
}

// Folds the values of the lanes that take part.
template <class T, class F>
T folded(unsigned mask, T x, const char* what, const char* file, int line, F f) {
    uint64_t all[32];
    unsigned present = exchange(mask, packed(x), all, what, file, line) & ~(1u << lane());
    for (int i = 0; i < 32; ++i)
        if (present >> i & 1u) x = f(x, unpacked<T>(all[i]));
    return x;
}

}  // namespace zyg_host

inline void __syncwarp(unsigned mask = 0xffffffffu, ZYG_HERE) {
    uint64_t all[32];
    zyg_host::exchange(mask, 0, all, "__syncwarp", file, line);
}

template <class T>
T __shfl_sync(unsigned mask, T x, int lane, int width = 32, ZYG_HERE) {
    return zyg_host::shuffle(zyg_host::INDEX, mask, x, lane, width, "__shfl_sync", file, line);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T x, int bits, int width = 32, ZYG_HERE) {
    return zyg_host::shuffle(zyg_host::XOR, mask, x, bits, width, "__shfl_xor_sync", file, line);
}
template <class T>
T __shfl_down_sync(unsigned mask, T x, unsigned delta, int width = 32, ZYG_HERE) {
    return zyg_host::shuffle(zyg_host::DOWN, mask, x, delta, width, "__shfl_down_sync", file, line);
}
template <class T>
T __shfl_up_sync(unsigned mask, T x, unsigned delta, int width = 32, ZYG_HERE) {
    return zyg_host::shuffle(zyg_host::UP, mask, x, delta, width, "__shfl_up_sync", file, line);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, ZYG_HERE) {
    unsigned mine = predicate ? 1u << zyg_host::lane() : 0u;
    return zyg_host::folded(mask, mine, "__ballot_sync", file, line,
                            [](unsigned a, unsigned b) { return a | b; });
}
inline int __any_sync(unsigned mask, int predicate, ZYG_HERE) {
    return zyg_host::folded(mask, int(predicate != 0), "__any_sync", file, line,
                            [](int a, int b) { return a | b; });
}
inline int __all_sync(unsigned mask, int predicate, ZYG_HERE) {
    return zyg_host::folded(mask, int(predicate != 0), "__all_sync", file, line,
                            [](int a, int b) { return a & b; });
}
template <class T>
unsigned __match_any_sync(unsigned mask, T x, ZYG_HERE) {
    uint64_t all[32];
    unsigned present = zyg_host::exchange(mask, zyg_host::packed(x), all, "__match_any_sync", file, line),
             equal = 0;
    for (int i = 0; i < 32; ++i)
        if (present >> i & 1u && all[i] == zyg_host::packed(x)) equal |= 1u << i;
    return equal;
}

#define ZYG_REDUCE(name, type, expression)                                          \
    inline type name(unsigned mask, type x, ZYG_HERE) {                             \
        return zyg_host::folded(mask, x, #name, file, line,                         \
                                [](type a, type b) -> type { return expression; }); \
    }
ZYG_REDUCE(__reduce_add_sync, unsigned, a + b)
ZYG_REDUCE(__reduce_add_sync, int, static_cast<int>(static_cast<unsigned>(a) + static_cast<unsigned>(b)))
ZYG_REDUCE(__reduce_min_sync, unsigned, a < b ? a : b)
ZYG_REDUCE(__reduce_min_sync, int, a < b ? a : b)
ZYG_REDUCE(__reduce_max_sync, unsigned, a > b ? a : b)
ZYG_REDUCE(__reduce_max_sync, int, a > b ? a : b)
ZYG_REDUCE(__reduce_and_sync, unsigned, a& b)
ZYG_REDUCE(__reduce_or_sync, unsigned, a | b)
ZYG_REDUCE(__reduce_xor_sync, unsigned, a ^ b)
#undef ZYG_REDUCE
