"""Jobs: roots of a unit that are to be evaluated on some of its examples, and how they are cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np


@dataclass
class Job:
    """Roots (indices int64[n] among those of the unit of this number), each to be evaluated on `rows` of its examples.

    left: the machine has had them, and left them to shards.
    """

    unit: int
    roots: np.ndarray
    rows: np.ndarray
    left: bool = False

    def of(self, roots: np.ndarray, rows: np.ndarray) -> Job:
        """A part of it."""
        return replace(self, roots=roots, rows=rows)

    @property
    def evaluations(self) -> int:
        return len(self.roots) * len(self.rows)


def within(jobs: list[Job], examples: int) -> tuple[list[Job], list[Job]]:
    """Jobs with about so many examples in all, and the others."""
    total = 0
    for k, job in enumerate(jobs):
        total += len(job.rows)
        if total > examples and k:
            return jobs[:k], jobs[k:]
        if total > examples:
            some = [job.of(job.roots, job.rows[at]) for at in (slice(None, examples), slice(examples, None))]
            return some[:1], [some[1], *jobs[1:]]
    return jobs, []


def bounded(jobs: list[Job], evaluations: int) -> Iterator[list[Job]]:
    """Jobs, cut by their roots where need be, in parts of no more than so many evaluations; or of one root each."""
    part: list[Job] = []
    room = evaluations
    for job in jobs:
        first, rows = 0, max(1, len(job.rows))
        while first < len(job.roots):
            last = first + max(1 if not part else 0, room // rows)
            some = job.of(job.roots[first:last], job.rows)
            if len(some.roots):
                part.append(some)
            first, room = last, room - some.evaluations
            if first < len(job.roots) or room <= 0:
                yield part
                part, room = [], evaluations
    if part:
        yield part


def split(job: Job, open_: np.ndarray, jobs: list[Job]) -> None:
    """Add jobs for the roots and rows that are set in bool[roots, rows], one for each pattern."""
    for pattern in np.unique(open_[open_.any(axis=1)], axis=0):
        same = (open_ == pattern).all(axis=1)
        jobs.append(job.of(job.roots[same], job.rows[pattern]))


def halves(jobs: list[Job]) -> list[list[Job]]:
    """The same work as two shards; none where it cannot be cut."""
    if len(jobs) > 1:
        middle = len(jobs) // 2
        return [jobs[middle:], jobs[:middle]]
    job = jobs[0]
    if len(job.roots) > 1:
        middle = len(job.roots) // 2
        return [[job.of(job.roots[k], job.rows)] for k in (slice(middle, None), slice(0, middle))]
    return []
