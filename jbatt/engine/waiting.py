"""Work that waits for calls of the machine, several pieces of it side by side in one thread.

A piece of work is a generator that yields a `Future` where it cannot go on without its result. While one waits, another is
read, planned and written down: XLA needs no Python, and the calls of all of them wait in one queue for all cores.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
Work = Generator[Future, None, T]


@cache
def callers(threads: int) -> ThreadPoolExecutor:
    """The threads that calls are made in, the same ones for all machines."""
    return ThreadPoolExecutor(threads, thread_name_prefix="jbatt")


def finish(work: Work[T]) -> T:
    """What a piece of work returns, alone."""
    return side_by_side([work], 1)[0]


def side_by_side(pieces: Iterable[Work[T]], at_once: int) -> list[T]:
    """What pieces of work return, in their order; `at_once` of them are begun and not ended at a time."""
    todo = deque(enumerate(pieces))
    found: dict[int, Any] = {}
    going: deque[tuple[int, Work[T], Future | None]] = deque()
    try:
        while todo or going:
            while todo and len(going) < at_once:
                going.append((*todo.popleft(), None))
            ready = next((g for g in going if g[2] is None or g[2].done()), None)
            if ready is None:
                wait([f for _, _, f in going if f is not None], return_when=FIRST_COMPLETED)
                continue
            going.remove(ready)
            number, work, _ = ready
            try:
                waiting = next(work)
            except StopIteration as end:
                found[number] = end.value
            else:
                going.append((number, work, waiting))
    finally:
        for _, work in [*((n, w) for n, w, _ in going), *todo]:
            work.close()
    return [found[k] for k in sorted(found)]
