"""Inner loops of the host that numba compiles, for runs so large that loading it takes less time than it saves.

Nothing here needs Python's lock, and nothing gives other results than what does the same without it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec


def is_there() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def is_loaded() -> bool:
    """Whether this process has loaded it for a run that was large enough."""
    return f"{__name__}.reading" in sys.modules
