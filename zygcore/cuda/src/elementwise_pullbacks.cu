#include "elementwise_table.h"

namespace zyg {

bool elementwise_pullbacks(const Elementwise& call) {
    return one_of<TanhBack, SigmoidBack, ReluBack, SinBack, CosBack, SoftplusBack, SiluBack, GeluBack, GeluTanhBack>(call);
}

}  // namespace zyg
