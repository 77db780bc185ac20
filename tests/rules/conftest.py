"""Let the tests of rules import `checking`, wherever they are."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
