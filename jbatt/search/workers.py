"""Enumeration of groups of tasks, in this process or side by side in others. What is found does not depend on where."""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jbatt.cores import cores
from jbatt.errors import JbattError
from jbatt.scale.orphans import end_with_parent
from jbatt.tasks import Task

SIDE = 32
MOST_CLAIMED, MOST_NEAR = 8, 6
MOST_WORKERS = 4
"""Each has register files of its own, of half a gigabyte."""


@dataclass(frozen=True)
class Group:
    """Tasks that are enumerated together. until: `time.time()` at which that ends early."""

    tasks: tuple[Task, ...]
    budget: int
    seed: int
    until: float


@dataclass(frozen=True)
class Claims:
    """What enumeration has for one task: texts of programs that should solve it, smallest first, and of near misses with scores."""

    found: tuple[str, ...]
    near: tuple[tuple[float, str], ...]
    evaluations: int
    values: int


def enumerate_group(group: Group, store: Any, on_compile: Callable[[Any], Any] | None = None) -> list[Claims]:
    """For each task of a group what enumeration has."""
    from jbatt.engine.engines import lease
    from jbatt.program.graph import Graph
    from jbatt.search.enumeration import Enumeration
    from jbatt.search.text import program_text

    graph = Graph()
    deadline = time.perf_counter() + group.until - time.time()
    with lease(store, on_compile) as engines:
        engine = engines.engine(SIDE)
        results = Enumeration(engine, graph, list(group.tasks), group.budget, group.seed, deadline).run()
    claims = []
    for r in results:
        smallest = sorted(r.found, key=lambda root: (len(graph.reachable(root)), graph.body(root)))
        found = tuple([program_text(graph, root) for root in smallest[:MOST_CLAIMED]])
        near = tuple([(round(score, 3), program_text(graph, root)) for score, root in r.near[:MOST_NEAR]])
        claims.append(Claims(found, near, r.evaluations, r.values))
    return claims


class Workers:
    """Enumerates groups: here where `count` is 1, else in so many processes, which are started when first needed.

    store: an ExecutableStore, or None.
    """

    def __init__(self, count: int, store: Any, on_compile: Callable[[Any], Any] | None = None):
        self.count, self.store, self.on_compile = count, store, on_compile
        self._pool: ProcessPoolExecutor | None = None

    def run(self, groups: Iterator[Group]) -> Iterator[tuple[Group, list[Claims]]]:
        """Groups with their claims, in order. Raises JbattError where a process ends before its work does."""
        if self.count == 1:
            for group in groups:
                yield group, enumerate_group(group, self.store, self.on_compile)
            return
        if self._pool is None:
            spawned = multiprocessing.get_context(
                "spawn"
            )  # a forked copy of a process with JAX's threads may hang
            self._pool = ProcessPoolExecutor(self.count, mp_context=spawned, initializer=end_with_parent)
        folder = None if self.store is None else self.store.folder.parent
        waiting: deque[tuple[Group, Future]] = deque()
        try:
            for group in groups:
                waiting.append((group, self._pool.submit(_in_process, group, folder)))
                if len(waiting) > 2 * self.count:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        except BrokenProcessPool:
            raise JbattError(
                "a worker of the search ended before its work did, perhaps for want of memory: the same command with "
                "fewer --workers goes on"
            ) from None
        finally:
            for _, future in waiting:
                future.cancel()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def default_count() -> int:
    """One for each core, at most four, on CPU; one where there is a GPU, which has one memory."""
    import jax

    if jax.default_backend() != "cpu":
        return 1
    return min(MOST_WORKERS, cores())


def _in_process(group: Group, folder: Path | None) -> list[Claims]:
    from jbatt.store.executables import ExecutableStore

    return enumerate_group(group, None if folder is None else ExecutableStore(folder))
