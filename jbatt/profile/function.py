"""Where the host's time goes, by Python function: cProfile of the main thread."""

from __future__ import annotations

import cProfile
import os
import pstats
from typing import Any

from jbatt.profile.table import Profile, Table


def by_function(report: dict[str, Any], profiler: cProfile.Profile) -> Profile:
    """From the summary of a run, and the profiler that watched it."""
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    table = Table(
        "functions by their own time",
        ["function", "where", "calls", "own s", "with callees s"],
        note="The main thread only; cProfile makes Python functions slower, kernels not.",
    )
    for (file, line, name), (_, calls, own, both, _) in sorted(stats.items(), key=lambda item: -item[1][2]):
        where = f"{_short(file)}:{line}" if line else "built-in"
        table.rows.append([name, where, calls, round(own, 6), round(both, 6)])
    bars = [(f"{row[0]} ({row[1]})", row[3]) for row in table.rows]
    return Profile("function", report["seconds"]["total"], [table], bars)


def _short(file: str) -> str:
    """A path from its package on."""
    for mark in ("site-packages" + os.sep, "jbatt" + os.sep):
        _, found, rest = file.rpartition(os.sep + mark)
        if found:
            return rest if mark.startswith("site") else mark + rest
    return os.path.basename(file)
