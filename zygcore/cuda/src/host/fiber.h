// Stacks on which calls are left and gone on with.
#pragma once

#include <cstddef>

#if !(defined(__x86_64__) && defined(__ELF__)) && !defined(ZYG_UCONTEXT)
#define ZYG_UCONTEXT
#endif
#ifdef ZYG_UCONTEXT
#include <ucontext.h>
#endif

namespace zyg_host {

class Fiber {
  public:
    Fiber();                               // the stack that this OS thread has
    explicit Fiber(void (*entry)(Fiber&));  // one of its own; `entry` never returns
    ~Fiber();
    Fiber(const Fiber&) = delete;

    void switch_to(Fiber& other);

    // For ThreadSanitizer, a fiber is a thread: it reports accesses of two that nothing orders.
#ifdef ZYG_TSAN
    static void release(void* at);  // what this one did is seen ...
    static void acquire(void* at);  // ... by those who come later
    static void meet(Fiber* const* fibers, int n, void* at);  // all of them see what all did before
#else
    static void release(void*) {}
    static void acquire(void*) {}
    static void meet(Fiber* const*, int, void*) {}
#endif

  private:
    static void begin();
    void arrived();
    void (*entry_)(Fiber&) = nullptr;
    char* stack_ = nullptr;
#ifdef ZYG_UCONTEXT
    ucontext_t context_;
#else
    void* top_ = nullptr;
#endif
    void* bottom_ = nullptr;  // for AddressSanitizer
    size_t size_ = 0;
    void* fake_ = nullptr;
    void* tsan_ = nullptr;
};

}  // namespace zyg_host
