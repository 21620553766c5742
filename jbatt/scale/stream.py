"""A run on several workers, with the results and costs of one: what `jbatt.run.validate.stream` is for one process."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from jbatt.engine.interpreter import CAPACITY
from jbatt.errors import JbattError
from jbatt.program import ProgramSet
from jbatt.run.match import Candidates
from jbatt.run.passes import Passes
from jbatt.run.results import Result
from jbatt.run.validate import Validation
from jbatt.scale.place import PROCESSES, RAY, Place
from jbatt.scale.pool import Pool
from jbatt.scale.schedule import GivenUp, Tally, schedule
from jbatt.scale.shards import Shard, cut, packed
from jbatt.scale.worker import About, Job, Reply, version

OWN = ("tasks", "programs", "unique_bodies", "solved_tasks")
"""Counts that are not the sum of the shards' counts."""


def pool(where: Place, job: Job) -> Pool:
    """The workers of a place other than local. Raises JbattError where there are none to be had."""
    if where.kind == PROCESSES:
        from jbatt.scale.processes import Processes

        return Processes(job, where.workers)
    assert where.kind == RAY
    from jbatt.scale.on_ray import OnRay

    return OnRay(job, where.workers, where.address)


def stream(
    run: Validation,
    programs: ProgramSet,
    candidates: list[Candidates],
    where: Place,
    workers: Pool,
    passes: Passes,
    say: Callable[[str], Any] = lambda text: None,
) -> Iterator[list[Result]]:
    """Results in batches of whole tasks, as they come; `run` holds the costs, up to date at each batch.

    The seconds are those of an average worker, beside each other as in a run of one process; counts are sums. passes: made from
    the job's settings; they are made again in each worker, and get what the workers report. say(text): what goes on. The workers are
    closed at the end, however that comes.
    """
    run.passes = passes
    gathered = _Gathered(run, candidates, programs, workers.size)
    try:
        say(f"starting {workers.size} workers")
        shards = cut(candidates, workers.size)
        done = schedule(workers, shards, lambda s: packed(s, programs.graph), gathered.tally, gathered.greet)
        for found in done:
            say(f"validating on {gathered.tally.workers - gathered.tally.died} workers")
            shard, results = gathered.given_up(found) if isinstance(found, GivenUp) else gathered.add(*found)
            run.scale = {"on": str(where), **vars(gathered.tally)}
            whole = gathered.whole(shard, results)
            if whole:
                yield whole
    finally:
        workers.close()


class _Gathered:
    """Adds up what shards gave."""

    def __init__(self, run: Validation, candidates: list[Candidates], programs: ProgramSet, workers: int):
        self.workers = workers
        self.run, self.tally, self.version = run, Tally(), version()
        self._left = {c.task.id: c.size for c in candidates}
        self._held: dict[str, list[Result]] = {}
        self._bodies: set[str] = set()
        self._solved: set[str] = set()
        self._seconds: Counter[str] = Counter()
        self._told: set[str] = set()
        run.counts = {
            "tasks": len(candidates),
            "programs": programs.functions,
            "candidates": 0,
            "unique_bodies": 0,
            "pairs": 0,
            "pairs_evaluated": 0,
            "solved_tasks": 0,
        }

    def greet(self, about: About) -> None:
        """A worker is there. Raises JbattError where its jbatt is another one."""
        if about.version != self.version:
            raise JbattError(
                f"the worker on {about.host} has {about.version}; here it is {self.version}: install the same there"
            )
        self.run.device = about.device

    def add(self, shard: Shard, reply: Reply) -> tuple[Shard, list[Result]]:
        run = self.run
        for name, n in reply.counts.items():
            if name not in OWN:
                run.counts[name] = run.counts.get(name, 0) + n
        for name, n in reply.kernels.items():
            run.kernels[name] = run.kernels.get(name, 0) + n
        self._seconds.update(reply.seconds)
        run.seconds = {k: s / self.workers for k, s in self._seconds.items()}
        by_name = {p.name: p for p in run.passes.all}
        for found in reply.passes:
            mine = by_name[found["name"]]
            mine.off = mine.off or found.get("switched_off", "")
            mine.avoided = dict(Counter(mine.avoided) + Counter(found["avoided"]))
        for text in reply.warned:
            if text not in self._told:
                self._told.add(text)
                warnings.warn(text, stacklevel=2)
        self._count(reply.results)
        return shard, reply.results

    def given_up(self, found: GivenUp) -> tuple[Shard, list[Result]]:
        """The result of a candidate that no worker survived: there is no answer, and none is guessed."""
        ((c),) = found.shard.candidates
        unread: tuple[list[int | None], list[int | None]] = (
            [None] * len(c.task.demos),
            [None] * len(c.task.tests),
        )
        reason = f"{found.shard.deaths} workers died while they evaluated it; the last: {found.reason}"
        results = [
            Result(c.task.id, p.name, p.file, p.line, p.body, CAPACITY, *unread, reason) for p in c.programs
        ]
        warnings.warn(f"{results[0].program} on {c.task.id} is given up: {reason}", stacklevel=2)
        self.run.counts["candidates"] += 1
        self.run.counts["pairs"] += len(c.task.demos) + len(c.task.tests)
        self._count(results)
        return found.shard, results

    def _count(self, results: list[Result]) -> None:
        self._bodies.update(r.body for r in results if r.body is not None)
        self._solved.update(r.task for r in results if r.status == "solved")
        self.run.counts |= {"unique_bodies": len(self._bodies), "solved_tasks": len(self._solved)}

    def whole(self, shard: Shard, results: list[Result]) -> list[Result]:
        """Results of the tasks that are complete with these."""
        for r in results:
            self._held.setdefault(r.task, []).append(r)
        out: list[Result] = []
        for task in dict.fromkeys(c.task.id for c in shard.candidates):
            if len(self._held.get(task, ())) == self._left[task]:
                out += self._held.pop(task)
        return out
