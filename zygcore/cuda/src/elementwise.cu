#include "elementwise.h"

namespace zyg {

void elementwise(const Elementwise& call) {
    require(elementwise_values(call) || elementwise_pairs(call) || elementwise_pullbacks(call) || elementwise_triples(call),
            "elementwise", "there is no function " + call.op);
}

}  // namespace zyg
