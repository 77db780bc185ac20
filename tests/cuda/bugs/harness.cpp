// harness KERNEL GRID BLOCK SHARED NX NY N SEED FAIL: launches a kernel of this folder, prints y's bits.
//
// x[i] is 1 + i % 7, y begins as zeros.  SEED as ZYGCORE_HOST_SEED; the FAIL-th launch fails.  It ends with
// 0; with 3 and the text on stderr if the launcher reports an error; with 4 if it leaves something behind.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bug.h"

int main(int, char** given) {
    auto number = [&](int i) { return std::atoi(given[i]); };
    const Known* known = Known::first;
    while (known && std::strcmp(known->name, given[1])) known = known->next;
    if (!known) return std::fprintf(stderr, "there is no kernel %s\n", given[1]), 2;
    int nx = number(5), ny = number(6);
#if defined(ZYG_ASAN) || defined(ZYG_TSAN)
    int more = 0;
#else
    int more = 1024;  // writes past the end must not end this program: they are AddressSanitizer's to find
#endif
    float* x = static_cast<float*>(std::malloc((nx + more) * sizeof(float)));
    float* y = static_cast<float*>(std::calloc(ny + more, sizeof(float)));
    for (int i = 0; i < nx + more; ++i) x[i] = static_cast<float>(1 + i % 7);
    zyg_host::set_seed(number(8));
    zyg_host::fail_launch(number(9));
    int code = 0;
    try {
        known->launcher(dim3(number(2)), dim3(number(3)), number(4), x, y, number(7));
    } catch (const zyg::Failure& e) {
        std::fprintf(stderr, "%s: %s (%s)\n", e.call.c_str(), e.what(), cudaGetErrorName(e.code));
        code = 3;
    }
    if (zyg_host::counters().live_allocations) {
        std::fprintf(stderr, "memory was not freed\n");
        code = 4;
    }
    for (int i = 0; i < ny; ++i) std::printf("%08x\n", zyg::bits_of(y[i]));
    std::free(x);
    std::free(y);
    return code;
}
