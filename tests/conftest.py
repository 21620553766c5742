"""Settings for all tests: one folder of compiled kernels, shared by the workers and kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["JBATT_CACHE_DIR"] = str(Path(__file__).parent.parent / ".pytest_cache" / "jbatt")
