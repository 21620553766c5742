"""Which outputs to hand in: those of the programs that solve the demo pairs, the simplest and most agreed on first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from jbatt.program.graph import Graph
from jbatt.run.keep import calls
from jbatt.run.results import SOLVED, Result

ATTEMPTS = 2
MOST_PROGRAMS = 64
"""Programs of a task that are asked, the simplest first."""
NEAR = 900
"""Mean demo score from which a program that does not solve the demos is asked where none does."""


@dataclass(frozen=True)
class Vote:
    """A program of a task: its root, its size in calls, and the mean of its demo scores, 0 to 1000."""

    root: int
    size: int
    score: float


def voters(results: Iterable[Result], roots: dict[str, int], graph: Graph) -> list[Vote]:
    """The distinct programs of one task that are asked for its outputs: those that solve all demos, else near misses.

    roots: program body -> root. Only demo scores are looked at.
    """
    solved: dict[int, float] = {}
    near: dict[int, float] = {}
    for r in results:
        if r.body is None or not r.demos or None in r.demos:
            continue
        score = sum(s for s in r.demos if s is not None) / len(r.demos)
        if r.status == SOLVED:
            solved[roots[r.body]] = score
        elif score >= NEAR:
            near[roots[r.body]] = score
    votes = [Vote(root, calls(graph, root), score) for root, score in (solved or near).items()]
    return sorted(votes, key=lambda v: (-v.score, v.size, graph.body(v.root)))[:MOST_PROGRAMS]


def ranked(votes: list[Vote], outputs: list[np.ndarray | None]) -> list[np.ndarray]:
    """At most two different outputs of one test input, best first.

    outputs: for each vote the output int8[h, w] of its program, None where it has none. Outputs rank by the best demo
    score of their programs, then by the sum of 2^-size over them: a simple program outweighs a long one, and programs of
    like size add up.
    """
    groups: dict[tuple, list[int]] = defaultdict(list)
    for k, grid in enumerate(outputs):
        if grid is not None and grid.size and grid.min() >= 0 and grid.max() <= 9:
            groups[(grid.shape, grid.tobytes())].append(k)

    def rank(group: list[int]) -> tuple:
        smallest = min(votes[k].size for k in group)
        # Counted from the smallest size of all votes: 2^-300 and 2^-301 are not both 0 then.
        base = min(v.size for v in votes)
        weight = sum(2.0 ** (base - votes[k].size) for k in group)
        return (-max(votes[k].score for k in group), -weight, smallest, group[0])

    best = sorted(groups.values(), key=rank)[:ATTEMPTS]
    found = [outputs[group[0]] for group in best]
    return [grid for grid in found if grid is not None]
