// Shared memory of a block.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace zyg_host {

// Arrays lie between gaps.  Everything is filled with NaNs for each block, so that what was not written is
// seen in results; a gap that was written shows at the end of the block; AddressSanitizer watches the gaps.
class Arena {
  public:
    void reset(size_t dynamic_bytes, size_t dynamic_limit);
    // Null: `error()` says why.
    void* find(const void* key, size_t bytes, size_t align, const char* name);
    // An array that was written past one of its ends, or null.
    const char* overrun() const;
    const char* error() const { return error_; }

  private:
    static constexpr int MAX_ARRAYS = 64;
    static constexpr size_t GAP = 256;
    struct Item {
        const void* key;
        const char* name;
        size_t begin, end;
    };
    void* add(const void* key, size_t bytes, size_t align, const char* name);
    std::unique_ptr<unsigned char[]> bytes_;
    Item items_[MAX_ARRAYS];
    int n_ = 0;
    size_t used_ = 0, static_ = 0, dynamic_ = 0, limit_ = 0;
    const char* error_ = nullptr;
};

}  // namespace zyg_host
