"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
from functools import cache
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
