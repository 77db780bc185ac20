// Atomic functions and fences, for the types that CUDA has them for.
#pragma once

#include "warp.h"

namespace zyg_host {

#ifdef ZYG_TSAN
// Atomics of CUDA order nothing by themselves; with fences before and after they do.
void fence();
void atomic_begins(void* p);
void atomic_ends(void* p);
#else
inline void fence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void atomic_begins(void*) {}
inline void atomic_ends(void*) {}
#endif

template <size_t bytes>
struct Bits;
template <>
struct Bits<2> {
    using type = uint16_t;
};
template <>
struct Bits<4> {
    using type = uint32_t;
};
template <>
struct Bits<8> {
    using type = uint64_t;
};

template <class T>
T compare_and_swap(T* p, T expected, T x) {
    using U = typename Bits<sizeof(T)>::type;
    U old = static_cast<U>(packed(expected));
    atomic_begins(p);
    __atomic_compare_exchange_n(reinterpret_cast<U*>(p), &old, static_cast<U>(packed(x)), false,
                                __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    atomic_ends(p);
    return unpacked<T>(old);
}

template <class T, class F>
T update(T* p, F f) {
    using U = typename Bits<sizeof(T)>::type;
    U* q = reinterpret_cast<U*>(p);
    atomic_begins(p);
    U old = __atomic_load_n(q, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(q, &old, static_cast<U>(packed<T>(f(unpacked<T>(old)))), false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    atomic_ends(p);
    return unpacked<T>(old);
}

}  // namespace zyg_host

#define ZYG_ATOMIC(name, type, expression)                                        \
    inline type name(type* p, type x) {                                           \
        return zyg_host::update(p, [x](type old) -> type { return expression; }); \
    }
// Integers wrap around.
ZYG_ATOMIC(atomicAdd, int, static_cast<int>(static_cast<unsigned>(old) + static_cast<unsigned>(x)))
ZYG_ATOMIC(atomicSub, int, static_cast<int>(static_cast<unsigned>(old) - static_cast<unsigned>(x)))
ZYG_ATOMIC(atomicAdd, unsigned, old + x)
ZYG_ATOMIC(atomicAdd, unsigned long long, old + x)
ZYG_ATOMIC(atomicAdd, float, old + x)
ZYG_ATOMIC(atomicAdd, double, old + x)
ZYG_ATOMIC(atomicSub, unsigned, old - x)
ZYG_ATOMIC(atomicInc, unsigned, old >= x ? 0 : old + 1)
ZYG_ATOMIC(atomicDec, unsigned, old == 0 || old > x ? x : old - 1)
ZYG_ATOMIC(atomicExch, float, (static_cast<void>(old), x))
#define ZYG_ATOMICS(type)                                     \
    ZYG_ATOMIC(atomicMin, type, x < old ? x : old)            \
    ZYG_ATOMIC(atomicMax, type, old < x ? x : old)            \
    ZYG_ATOMIC(atomicAnd, type, old & x)                      \
    ZYG_ATOMIC(atomicOr, type, old | x)                       \
    ZYG_ATOMIC(atomicXor, type, old ^ x)                      \
    ZYG_ATOMIC(atomicExch, type, (static_cast<void>(old), x)) \
    inline type atomicCAS(type* p, type expected, type x) {   \
        return zyg_host::compare_and_swap(p, expected, x);    \
    }
ZYG_ATOMICS(int)
ZYG_ATOMICS(unsigned)
ZYG_ATOMICS(unsigned long long)
inline unsigned short atomicCAS(unsigned short* p, unsigned short expected, unsigned short x) {
    return zyg_host::compare_and_swap(p, expected, x);
}
ZYG_ATOMIC(atomicMin, long long, x < old ? x : old)
ZYG_ATOMIC(atomicMax, long long, old < x ? x : old)
#undef ZYG_ATOMICS
#undef ZYG_ATOMIC

inline void __threadfence() { zyg_host::fence(); }
inline void __threadfence_block() { zyg_host::fence(); }
inline void __threadfence_system() { zyg_host::fence(); }
