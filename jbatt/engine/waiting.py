"""Work that waits for calls of the machine, several pieces of it side by side in one thread.

A piece of work is a generator that yields a `Future` where it cannot go on without its result. While one waits, another is
read, planned and written down: XLA needs no Python, and the calls of all of them wait in one queue for all cores. What is
cheaper for many pieces at once than for each they yield as `Postponed`, and it is done when all there is else is to wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Postponed(NamedTuple):
    """What a piece needs done before it goes on: `do` is called once with the items of all pieces that wait for it."""

    do: Callable[[list], None]
    item: Any


Work = Generator["Future | Postponed", None, T]


@cache
def callers(threads: int) -> ThreadPoolExecutor:
    """The threads that calls are made in, the same ones for all machines."""
    return ThreadPoolExecutor(threads, thread_name_prefix="jbatt")


def finish(work: Work[T]) -> T:
    """What a piece of work returns, alone."""
    return side_by_side([work], 1)[0]


def side_by_side(pieces: Iterable[Work[T]], at_once: int) -> list[T]:
    """What pieces of work return, in their order; `at_once` of them at a time are begun and neither ended nor postponed.

    The next piece is asked for when all that are under way wait: what it takes to make it is done meanwhile.
    """
    todo = enumerate(pieces)
    more = True
    found: dict[int, Any] = {}
    going: deque[tuple[int, Work[T], Future | Postponed | None]] = deque()
    try:
        while more or going:
            ready = next(
                (g for g in going if g[2] is None or (isinstance(g[2], Future) and g[2].done())), None
            )
            if ready is None:
                postponed = sum(isinstance(g[2], Postponed) for g in going)
                if more and len(going) - postponed < at_once:
                    piece = next(todo, None)
                    more = piece is not None
                    if piece is not None:
                        going.append((*piece, None))
                    continue
                if postponed:
                    going = _done_together(going)
                else:
                    wait([f for _, _, f in going if isinstance(f, Future)], return_when=FIRST_COMPLETED)
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
        for _, work, _ in going:
            work.close()
    return [found[k] for k in sorted(found)]


def _done_together(going: deque) -> deque:
    """The pieces that are under way, after what some have postponed is done."""
    items: dict[Callable[[list], None], list] = {}
    for _, _, waiting in going:
        if isinstance(waiting, Postponed):
            items.setdefault(waiting.do, []).append(waiting.item)
    for do, some in items.items():
        do(some)
    return deque((number, work, None if isinstance(w, Postponed) else w) for number, work, w in going)
