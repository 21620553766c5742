"""Whether the machine's memory runs out: what is read grows with the input, and the input may be anything."""

from __future__ import annotations

from pathlib import Path

LEAST = 0.05
"""Share of the machine's memory that is left to others."""
_INFO = Path("/proc/meminfo")


def memory_is_short() -> bool:
    """Whether less than LEAST of the machine's memory is available; False where the system does not tell."""
    try:
        lines = _INFO.read_text().splitlines()
        found = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        return found["MemAvailable"] < LEAST * found["MemTotal"]
    except (OSError, KeyError, ValueError, IndexError):
        return False
