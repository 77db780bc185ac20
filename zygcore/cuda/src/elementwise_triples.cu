#include "elementwise_table.h"

namespace zyg {

bool elementwise_triples(const Elementwise& call) {
    return one_of<Clip, Where, DivideBack, PowerX, PowerY, ClipX, ClipLower, ClipUpper>(call);
}

}  // namespace zyg
