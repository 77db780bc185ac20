// Launcher of the elementwise kernels, and what its tables of functions share.
#pragma once

#include <vector>

#include "array.h"

namespace zyg {

// An operand as the caller gives it.
struct Given {
    bool is_number = false;
    double number = 0;
    Array array;
};

// y = scale * op(operands...); the operands are broadcast to the shape of y, which is contiguous.
struct Elementwise {
    std::string op;
    Array y;
    double scale;
    std::vector<Given> operands;
    cudaStream_t stream;
};

void elementwise(const Elementwise& call);

// The tables: each carries out the call if the function is one of its own.
bool elementwise_values(const Elementwise& call);
bool elementwise_pairs(const Elementwise& call);
bool elementwise_pullbacks(const Elementwise& call);
bool elementwise_triples(const Elementwise& call);

}  // namespace zyg
