"""Rules for bfloat16 and other short floats: calling one rounds to it."""

import ml_dtypes
import numpy as np

from .broadcasting import kind_of
from .numpy._shape import register_cast

__all__ = []

for _kind in vars(ml_dtypes).values():
    if isinstance(_kind, type) and issubclass(_kind, np.generic):
        if kind_of(np.dtype(_kind)) == "f":
            register_cast(_kind)
