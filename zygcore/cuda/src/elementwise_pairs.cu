#include "elementwise_table.h"

namespace zyg {

bool elementwise_pairs(const Elementwise& call) {
    return one_of<Add, Subtract, Multiply, Divide, Power, Product, Quotient>(call);
}

}  // namespace zyg
