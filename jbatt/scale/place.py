"""Where a run's workers are: what `--on` and `--workers` say."""

from __future__ import annotations

from dataclasses import dataclass

from jbatt.errors import JbattError

LOCAL, PROCESSES, RAY = "local", "processes", "ray"


@dataclass(frozen=True)
class Place:
    """kind: LOCAL (in this process), PROCESSES or RAY; workers: how many, None for a default; address: of a Ray cluster."""

    kind: str = LOCAL
    workers: int | None = None
    address: str | None = None

    def __str__(self) -> str:
        return self.address or self.kind


def place(on: str, workers: int | None = None) -> Place:
    """`local`, `processes`, `processes:4`, `ray` or `ray://host:port`. Raises JbattError for anything else."""
    kind, colon, rest = on.partition(":")
    address = None
    if kind == RAY and rest.startswith("//") and len(rest) > 2:
        address = on
    elif kind == PROCESSES and colon and rest.isdecimal():
        if workers is not None:
            raise JbattError(f"--on {on} and --workers {workers}: give the number of workers once")
        workers = int(rest)
    elif on not in (LOCAL, PROCESSES, RAY):
        raise JbattError(f"--on is {on!r}, expected local, processes, processes:N, ray or ray://host:port")
    if kind == LOCAL and workers is not None:
        raise JbattError("--workers needs --on processes or --on ray")
    if workers is not None and workers < 1:
        raise JbattError(f"{workers} workers, expected 1 or more")
    return Place(kind, workers, address)
