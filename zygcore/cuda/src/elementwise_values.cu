#include "elementwise_table.h"

namespace zyg {

bool elementwise_values(const Elementwise& call) {
    return one_of<Scaled, Tanh, Sigmoid, Relu, Exp, Log, LogSize, Sin, Cos, Silu, Softplus, Gelu, GeluTanh>(call);
}

}  // namespace zyg
