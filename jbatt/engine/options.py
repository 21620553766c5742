"""What passes may switch in the engine. Nothing here changes a result; everything is off until a pass turns it on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Options:
    """How the engine evaluates.

    batch: programs, tasks and examples together, instead of one program on one example at a time. share: equal
    expressions of the programs of one task once; calls with equal arguments once. distinct: programs of one task with equal
    bodies once. helpers: other processes that read, plan and evaluate parts of large runs; they are only used where kernels are kept,
    as they load these from disk. keep: kernels, and what was planned, stay in memory after the run and on disk. folder: where passes may
    keep things between runs; None where nothing is to be kept on disk.
    """

    batch: bool = False
    share: bool = False
    distinct: bool = False
    helpers: int = 0
    keep: bool = False
    folder: Path | None = None
