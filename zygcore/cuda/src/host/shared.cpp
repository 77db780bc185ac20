#include "shared.h"

#include <algorithm>
#include <cstdint>

#include "runtime.h"

#ifdef ZYG_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace zyg_host {

namespace {

void* aligned(unsigned char* p) {
    return reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(p) + 127) & ~uintptr_t(127));
}

// Not memset: ThreadSanitizer would take that for an access of the kernel's.
void fill(unsigned char* p, size_t n) {
    for (volatile unsigned char* q = p; q < p + n && (reinterpret_cast<uintptr_t>(q) & 7); ++q) *q = 0xff;
    unsigned char* middle =
        reinterpret_cast<unsigned char*>((reinterpret_cast<uintptr_t>(p) + 7) & ~uintptr_t(7));
    volatile uint64_t* q = reinterpret_cast<volatile uint64_t*>(middle);
    for (; reinterpret_cast<unsigned char*>(const_cast<uint64_t*>(q)) < p + n; ++q) *q = ~uint64_t(0);
}

}  // namespace

void Arena::reset(size_t dynamic_bytes, size_t dynamic_limit) {
    constexpr size_t size = MAX_SHARED + (MAX_ARRAYS + 1) * (GAP + 128) + 256;
    if (!bytes_) {
        bytes_.reset(new unsigned char[size]);
        used_ = size - 256;
    }
    unsigned char* base = static_cast<unsigned char*>(aligned(bytes_.get()));
    fill(base, used_);
#ifdef ZYG_ASAN
    __asan_poison_memory_region(base, size - 256);
#endif
    n_ = 0;
    used_ = GAP;
    static_ = 0;
    dynamic_ = dynamic_bytes;
    limit_ = dynamic_limit;
    error_ = nullptr;
    add(nullptr, dynamic_bytes, 128, "dynamic shared memory");
}

void* Arena::add(const void* key, size_t bytes, size_t align, const char* name) {
    if (n_ == MAX_ARRAYS) {
        error_ = "more than 64 shared arrays";
        return nullptr;
    }
    size_t step = std::max<size_t>(align, 16), begin = (used_ + step - 1) / step * step;
#ifdef ZYG_ASAN
    // No better aligned than the type asks for: then wider loads are reported.
    if (align < 16) begin += align;
#endif
    items_[n_++] = {key, name, begin, begin + bytes};
    used_ = (begin + bytes + GAP + 15) / 16 * 16;
    unsigned char* p = static_cast<unsigned char*>(aligned(bytes_.get())) + begin;
#ifdef ZYG_ASAN
    __asan_unpoison_memory_region(p, bytes);
#endif
    return p;
}

void* Arena::find(const void* key, size_t bytes, size_t align, const char* name) {
    for (int i = 0; i < n_; ++i)
        if (items_[i].key == key) return static_cast<unsigned char*>(aligned(bytes_.get())) + items_[i].begin;
    static_ += bytes;
    if (static_ > MAX_STATIC_SHARED)
        error_ = "more than 48 KiB of static shared memory";
    else if (static_ + dynamic_ > (limit_ > MAX_STATIC_SHARED ? MAX_SHARED : MAX_STATIC_SHARED))
        error_ = limit_ > MAX_STATIC_SHARED ? "more than 227 KiB of static and dynamic shared memory"
                                            : "more than 48 KiB of static and dynamic shared memory";
    return error_ ? nullptr : add(key, bytes, align, name);
}

const char* Arena::overrun() const {
    const unsigned char* base = static_cast<unsigned char*>(aligned(bytes_.get()));
    size_t begin = 0;
    for (int i = 0; i <= n_; ++i) {
        size_t end = i < n_ ? items_[i].begin : used_;
        for (size_t k = begin; k < end; ++k)
            if (base[k] != 0xff) return items_[i > 0 && (i == n_ || k - begin < GAP / 2) ? i - 1 : i].name;
        if (i < n_) begin = items_[i].end;
    }
    return nullptr;
}

}  // namespace zyg_host
