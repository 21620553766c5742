"""Memory of processes: how much they have, and what was freed given back to the system."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _trim() -> Any:
    """glibc's `malloc_trim`; None where the allocator has no such function."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None


def give_back() -> None:
    """Have the allocator return what is free: linking a machine's code leaves it with some hundred MB in small pieces."""
    trim = _trim()
    if trim is not None:
        trim(ctypes.c_size_t(0))


def resident(pid: int) -> int:
    """Bytes of memory that a process has; 0 where it is gone, or the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
