#include "fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

#ifdef ZYG_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef ZYG_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#ifndef ZYG_UCONTEXT
// Keeps what a function must leave as it was, and the stack pointer in *from; goes on where `to` was left.
// The modes of floating point are the OS thread's: they are not switched.
extern "C" void zyg_switch_stacks(void** from, void* to);
asm(R"(
    .text
    .p2align 4
    .hidden zyg_switch_stacks
    .globl zyg_switch_stacks
    .type zyg_switch_stacks, @function
zyg_switch_stacks:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    popq %rcx
    jmp *%rcx
    .size zyg_switch_stacks, .-zyg_switch_stacks
    .section .note.GNU-stack, "", @progbits
    .text
)");
#endif

namespace zyg_host {

namespace {
constexpr size_t STACK = 128 * 1024;
thread_local Fiber *from = nullptr, *to = nullptr;  // of the last switch of this OS thread

size_t page() {
    static const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return bytes;
}
}  // namespace

Fiber::Fiber() {
#ifdef ZYG_TSAN
    tsan_ = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(void (*entry)(Fiber&)) : entry_(entry) {
    // The lowest page stays closed: a stack that is too small ends in a fault, not in another's memory.
    void* p = mmap(nullptr, page() + STACK, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    mprotect(p, page(), PROT_NONE);
    stack_ = static_cast<char*>(p);
    bottom_ = stack_ + page();
    size_ = STACK;
#ifdef ZYG_UCONTEXT
    getcontext(&context_);
    context_.uc_stack.ss_sp = bottom_;
    context_.uc_stack.ss_size = STACK;
    context_.uc_link = nullptr;
    makecontext(&context_, &Fiber::begin, 0);
#else
    // As zyg_switch_stacks leaves it: six registers, where to go on, and no caller.
    void** top = reinterpret_cast<void**>(stack_ + page() + STACK);
    *--top = nullptr;
    *--top = reinterpret_cast<void*>(&Fiber::begin);
    for (int i = 0; i < 6; ++i) *--top = nullptr;
    top_ = top;
#endif
#ifdef ZYG_TSAN
    tsan_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
    if (!stack_) return;
#ifdef ZYG_ASAN
    __asan_unpoison_memory_region(bottom_, size_);
#endif
#ifdef ZYG_TSAN
    __tsan_destroy_fiber(tsan_);
#endif
    munmap(stack_, page() + STACK);
}

void Fiber::begin() {
    Fiber* self = to;
    self->arrived();
    self->entry_(*self);
}

void Fiber::arrived() {
#ifdef ZYG_ASAN
    const void* bottom;
    size_t size;
    __sanitizer_finish_switch_fiber(fake_, &bottom, &size);
    if (!from->stack_) {  // the bounds of the OS thread's own stack are learnt when it is left
        from->bottom_ = const_cast<void*>(bottom);
        from->size_ = size;
    }
#endif
}

void Fiber::switch_to(Fiber& other) {
    from = this;
    to = &other;
#ifdef ZYG_ASAN
    __sanitizer_start_switch_fiber(&fake_, other.bottom_, other.size_);
#endif
#ifdef ZYG_TSAN
    __tsan_switch_to_fiber(other.tsan_, __tsan_switch_to_fiber_no_sync);
#endif
#ifdef ZYG_UCONTEXT
    swapcontext(&context_, &other.context_);
#else
    zyg_switch_stacks(&top_, other.top_);
#endif
    arrived();
}

#ifdef ZYG_TSAN
void Fiber::release(void* at) { __tsan_release(at); }
void Fiber::acquire(void* at) { __tsan_acquire(at); }
void Fiber::meet(Fiber* const* fibers, int n, void* at) {
    void* self = __tsan_get_current_fiber();
    for (int i = 0; i < n; ++i) {
        __tsan_switch_to_fiber(fibers[i]->tsan_, __tsan_switch_to_fiber_no_sync);
        __tsan_release(at);
    }
    for (int i = 0; i < n; ++i) {
        __tsan_switch_to_fiber(fibers[i]->tsan_, __tsan_switch_to_fiber_no_sync);
        __tsan_acquire(at);
    }
    __tsan_switch_to_fiber(self, __tsan_switch_to_fiber_no_sync);
}
#endif

}  // namespace zyg_host
