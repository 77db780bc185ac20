"""What a pullback holds."""

import zygcore as zg

from .programs import pow_, tape


class Tape:
    """Bytes per recorded scalar operation: one multiplication an iteration."""

    params = [1_000, 100_000]
    param_names = ["iterations"]
    unit = "bytes"

    def track_bytes_per_operation(self, n):
        _, back = zg.pullback(lambda x: pow_(x, n), 1.0000001)
        return tape(back)[0] / n

    def peakmem_gradient(self, n):
        zg.gradient(lambda x: pow_(x, n), 1.0000001)
