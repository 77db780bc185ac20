"""What happens to gradients at each function of SciPy, found out by small programs.

``python -m scipy_table > ../docs/scipy.md``, in this folder's parent, prints the table. Programs
of `scipy.interpolate`, and points of the ufuncs, stand beside the tests of their rules.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "rules" / "scipy"))
