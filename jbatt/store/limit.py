"""How much disk kept executables may take."""

from __future__ import annotations

import os
import re

from jbatt.errors import JbattError

VARIABLE = "JBATT_CACHE_SIZE"
DEFAULT = 2 << 30
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def parsed(text: str) -> int:
    """Bytes from a number with an optional suffix: 500M, 2G, 1.5 GiB, 1000000. Raises JbattError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    if found is None:
        raise JbattError(f"{VARIABLE} is {text!r}, expected bytes, or a number with K, M, G or T: 500M, 2G")
    return int(float(found[1]) * UNITS[found[2]])


def limit() -> int:
    """Bytes that kept executables may take: `$JBATT_CACHE_SIZE`, else 2 GiB."""
    chosen = os.environ.get(VARIABLE)
    return parsed(chosen) if chosen else DEFAULT


def shown(size: int) -> str:
    """Bytes as people read them: 812 B, 3.4 MiB."""
    if size < 1024:
        return f"{size} B"
    value = float(size)
    for unit in ("KiB", "MiB", "GiB"):
        value /= 1024
        if value < 1024:
            return f"{value:.1f} {unit}"
    return f"{value / 1024:.1f} TiB"
