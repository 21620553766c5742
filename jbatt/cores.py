"""How many of the machine's cores there are for this process."""

from __future__ import annotations

import os


def cores() -> int:
    """CPU cores that this process may use: with `taskset`, or in a container with a set of its own, fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
