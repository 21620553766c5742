"""What a run's kernels have cost: counts and seconds, which every engine of the run adds to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Calls:
    """Calls of one kernel: how many, of how many rows, and seconds until their results were there."""

    calls: int = 0
    rows: int = 0
    seconds: float = 0.0


@dataclass
class Counters:
    """Seconds: `compile` (tracing, compiling, waiting for what is written to disk), `load` (from disk), `transfer` (between host and device), `execute`.

    kernels: calls by (capacity class, kernel's name, argument types). steps: None, or (set it to a dictionary) how often
    the machine was given each step, by (capacity class, kind, opcode). escalated: evaluations that a class left to the next,
    by class. compiled_kernels: what was compiled, as (capacity class, name), with its seconds.
    """

    compiled: int = 0
    loaded: int = 0
    calls: int = 0
    rows: int = 0
    compile: float = 0.0
    load: float = 0.0
    transfer: float = 0.0
    kernels: dict[tuple[int, str, tuple], Calls] = field(default_factory=dict)
    steps: dict[tuple[int, int, int], int] | None = None
    escalated: dict[int, int] = field(default_factory=dict)
    compiled_kernels: list[tuple[int, str, float]] = field(default_factory=list)
    _intervals: list[tuple[float, float]] = field(default_factory=list)

    @property
    def obtaining(self) -> float:
        """Seconds spent on getting executables: no program's own cost."""
        return self.compile + self.load

    @property
    def running(self) -> float:
        """Seconds in executables, transfers among them."""
        return self.execute + self.transfer

    def add(self, other: Counters) -> None:
        """Count in what was counted elsewhere on this computer: times are of one clock."""
        for key, calls in other.kernels.items():
            found = self.kernels.setdefault(key, Calls())
            found.calls += calls.calls
            found.rows += calls.rows
            found.seconds += calls.seconds
        self.calls += other.calls
        self.rows += other.rows
        self.loaded += other.loaded
        self._intervals += other._intervals

    def called(self, side: int, name: str, types: Any, rows: int, seconds: float) -> None:
        """One call of a kernel."""
        found = self.kernels.setdefault((side, name, types), Calls())
        found.calls += 1
        found.rows += rows
        found.seconds += seconds
        self.calls += 1

    def ran(self, start: float, end: float) -> None:
        """A call of a kernel, which may have run beside others."""
        self._intervals.append((start, end))

    @property
    def execute(self) -> float:
        """Seconds in which at least one kernel ran."""
        apart: list[tuple[float, float]] = []
        for start, end in sorted(self._intervals):
            if apart and start <= apart[-1][1]:
                apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
            else:
                apart.append((start, end))
        self._intervals = apart
        return sum(end - start for start, end in apart)
