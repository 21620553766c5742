"""Shards: parts of a run that a worker evaluates at once, cut from tasks x candidates.

A shard carries all that it needs: its tasks, its programs, and the part of the graph that they are made of. So a worker
that has just been started can take any of them, and holds no more than one.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from jbatt.program import Graph, Program, ProgramSet, Rejected
from jbatt.program.transfer import added, taken
from jbatt.run.match import Candidates
from jbatt.tasks import Task

SIZES = 1 << 12, 1 << 17
"""Answers (programs x pairs) of a shard, at least and at most: full batches, and a killed worker loses little."""
PER_WORKER = 8
"""Shards for each worker, so that all of them end at about the same time."""


@dataclass(frozen=True)
class Shard:
    """Candidates of some tasks. deaths: how many workers have died while they evaluated it."""

    candidates: tuple[Candidates, ...]
    deaths: int = 0

    @property
    def size(self) -> int:
        """Number of candidates."""
        return sum(c.size for c in self.candidates)

    def halves(self) -> tuple[Shard, Shard]:
        """Two shards with half of the tasks each, or of the candidates where there is one task. `size` is at least 2."""
        if len(self.candidates) > 1:
            middle = len(self.candidates) // 2
            parts = self.candidates[:middle], self.candidates[middle:]
        else:
            (c,) = self.candidates
            middle, n = self.size // 2, len(c.programs)
            parts = (
                (Candidates(c.task, c.programs[:middle], c.rejected[: max(0, middle - n)]),),
                (Candidates(c.task, c.programs[middle:], c.rejected[max(0, middle - n) :]),),
            )
        return replace(self, candidates=parts[0]), replace(self, candidates=parts[1])


def answers(candidates: Iterable[Candidates]) -> int:
    """Programs x pairs."""
    return sum(len(c.programs) * (len(c.task.demos) + len(c.task.tests)) for c in candidates)


def cut(candidates: list[Candidates], workers: int) -> Iterator[Shard]:
    """The shards of a run, in order: whole tasks, or parts of one where it has very many programs."""
    low, high = SIZES
    size = min(max(answers(candidates) // (workers * PER_WORKER), low), high)
    mine: list[Candidates] = []
    room = size
    for c in candidates:
        pairs = len(c.task.demos) + len(c.task.tests)
        step = max(1, size // pairs)
        for first in range(0, max(1, len(c.programs)), step):
            part = Candidates(c.task, c.programs[first : first + step], c.rejected if first == 0 else [])
            cost = len(part.programs) * pairs
            if mine and cost > room:
                yield Shard(tuple(mine))
                mine, room = [], size
            mine.append(part)
            room -= cost
    if mine:
        yield Shard(tuple(mine))


# As bytes ---------------------------------------------------------------------------------------------------------


def packed(shard: Shard, graph: Graph) -> bytes:
    """A shard with its part of the graph, for `unpacked` in another process with the same jbatt."""
    programs = {id(p): p for c in shard.candidates for p in c.programs}
    number: dict[int, int] = {}
    content = taken(graph, graph.reachable(*{p.root for p in programs.values()}), number)
    index = {key: k for k, key in enumerate(programs)}
    records = [(p.name, p.file, p.line, number[p.root], p.body) for p in programs.values()]
    tasks: list[tuple[Task, list[int], list[Rejected]]] = [
        (c.task, [index[id(p)] for p in c.programs], c.rejected) for c in shard.candidates
    ]
    return pickle.dumps((content, records, tasks), pickle.HIGHEST_PROTOCOL)


def unpacked(content: bytes) -> tuple[ProgramSet, list[Candidates]]:
    """The programs, with a graph of their own, and the candidates."""
    part, records, tasks = pickle.loads(content)
    graph = Graph()
    nodes: list[int] = []
    added(graph, part, nodes)
    programs = [
        Program(name, file, line, nodes[root], body, [], 0) for name, file, line, root, body in records
    ]
    candidates = [Candidates(task, [programs[k] for k in mine], rejected) for task, mine, rejected in tasks]
    rejected = {id(r): r for c in candidates for r in c.rejected}
    return ProgramSet(graph, programs, list(rejected.values())), candidates
