"""Work that waits for calls of the machine, several pieces of it side by side in one thread.

A piece of work is a generator that yields a `Future` where it cannot go on without its result. While one waits, another is
read, planned and written down: XLA needs no Python, and the calls of all of them wait in one queue for all cores. What is
cheaper for many pieces at once than for each they yield as `Postponed`, and it is done when all there is else is to wait; a bit
at a time, so that whatever is ready meanwhile goes on before the next bit.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Postponed(NamedTuple):
    """What a piece needs done before it goes on: `do` is called once with the items of all pieces that wait for it, and done when
    what it gives is exhausted.

    weight: how much there is to do, in evaluations.
    """

    do: Callable[[list], Iterator[None]]
    item: Any
    weight: int = 0


ENOUGH = 8
"""Pieces that have postponed something from which on it is done while others wait, though there will be more."""
MUCH = 64
"""Weight of what is postponed from which on it is done at once: half a second or so, that a core would be idle for in the end."""


class Elsewhere(NamedTuple):
    """What a piece needs of another process: until it is there, the piece takes nothing of this one."""

    future: Future


Work = Generator["Future | Postponed | Elsewhere", None, T]


@cache
def callers(threads: int) -> ThreadPoolExecutor:
    """The threads that calls are made in, the same ones for all machines."""
    return ThreadPoolExecutor(threads, thread_name_prefix="jbatt")


class Calls:
    """How many calls run side by side: one less while this thread evaluates something itself.

    Its kernels would wait for one of XLA's threads, of which there is one for each core, and calls have them for seconds.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = self._kept = 0

    @contextmanager
    def one(self, threads: int) -> Iterator[None]:
        """A call, as soon as fewer than so many run."""
        with self._changed:
            self._changed.wait_for(lambda: self._running < max(1, threads - self._kept))
            self._running += 1
        try:
            yield
        finally:
            self._changed_by(running=-1)

    def keep(self, threads: int) -> None:
        """Keep so many threads more, or give them back, from the next calls on."""
        self._changed_by(kept=threads)

    def _changed_by(self, running: int = 0, kept: int = 0) -> None:
        with self._changed:
            self._running += running
            self._kept += kept
            self._changed.notify_all()


CALLS = Calls()
OVER = object()
"""What an iterator has no more of."""


def finish(work: Work[T]) -> T:
    """What a piece of work returns, alone."""
    return side_by_side([work], 1)[0]


def side_by_side(pieces: Iterable[Work[T]], at_once: int) -> list[T]:
    """What pieces of work return, in their order."""
    found: dict[int, T] = {}
    for _ in ended(pieces, at_once, found=found):
        pass
    return [found[k] for k in sorted(found)]


def ended(
    pieces: Iterable[Work[T]],
    at_once: int,
    room: Callable[[], bool] = lambda: False,
    found: dict[int, T] | None = None,
) -> Iterator[int]:
    """The numbers of pieces of work, as they end; `at_once` of them at a time are begun and wait for nothing but calls.

    The next piece is asked for when all that are under way wait: what it takes to make it is done meanwhile. room: whether
    it is to be asked for in any case, as other processes have time for it. found: where what they return is put.
    """
    todo = enumerate(pieces)
    more = True
    going: deque[_Going] = deque()
    doing: Iterator[None] | None = None
    try:
        while more or going:
            # Whoever works elsewhere is given something to do first.
            ready = next((g for g in going if g.is_ready and isinstance(g.waiting, Elsewhere)), None)
            ready = ready or next((g for g in going if g.is_ready), None)
            if ready is None:
                here = sum(isinstance(g.waiting, Future) for g in going)
                postponed = sum(isinstance(g.waiting, Postponed) and not g.taken for g in going)
                much = postponed > 0 and _weight(going) >= MUCH
                # What is postponed comes before another piece of this process: nobody else can do it.
                can_begin = here < at_once and doing is None and not much
                if more and postponed < ENOUGH and (can_begin or room()):
                    piece = next(todo, None)
                    more = piece is not None
                    if piece is not None:
                        going.append(_Going(*piece, None))
                elif doing is not None:
                    if next(doing, OVER) is OVER:
                        doing = None
                        CALLS.keep(-1)
                        going = deque(g._replace(waiting=None, taken=False) if g.taken else g for g in going)
                elif postponed and (not more or postponed >= min(len(going), ENOUGH) or much):
                    going, doing = _together(going)
                    CALLS.keep(1)
                else:
                    futures = [g.future for g in going if not isinstance(g.waiting, Postponed)]
                    wait(futures, return_when=FIRST_COMPLETED)
                continue
            going.remove(ready)
            try:
                waiting = next(ready.work)
            except StopIteration as end:
                if found is not None:
                    found[ready.number] = end.value
                yield ready.number
            else:
                going.append(ready._replace(waiting=waiting))
    finally:
        if doing is not None:
            CALLS.keep(-1)
        for g in going:
            g.work.close()


class _Going(NamedTuple):
    """A piece that was begun, and what it waits for."""

    number: int
    work: Work[Any]
    waiting: Future | Postponed | Elsewhere | None
    taken: bool = False
    """Whether what it has postponed is being done."""

    @property
    def future(self) -> Future:
        assert isinstance(self.waiting, Future | Elsewhere)
        return self.waiting if isinstance(self.waiting, Future) else self.waiting.future

    @property
    def is_ready(self) -> bool:
        return self.waiting is None or (not isinstance(self.waiting, Postponed) and self.future.done())


def _weight(going: deque[_Going]) -> int:
    return sum(g.waiting.weight for g in going if isinstance(g.waiting, Postponed))


def _together(going: deque[_Going]) -> tuple[deque[_Going], Iterator[None]]:
    """The pieces that are under way, and what does all that some of them have postponed, a bit at a time."""
    items: dict[Callable[[list], Iterator[None]], list] = {}
    for g in going:
        if isinstance(g.waiting, Postponed):
            items.setdefault(g.waiting.do, []).append(g.waiting.item)
    doing = chain.from_iterable(do(some) for do, some in items.items())
    return deque(g._replace(taken=isinstance(g.waiting, Postponed)) for g in going), doing
