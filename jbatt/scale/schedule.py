"""Which worker gets which shard, and what happens when a worker dies.

A shard whose worker has died is given to another one. After the second death it is cut in halves, again and again where
that is needed, so that a candidate that kills workers ends alone; it is given up after its third.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from jbatt.errors import JbattError
from jbatt.scale.pool import DIED, DONE, LAST, RAISED, READY, Pool
from jbatt.scale.shards import Shard
from jbatt.scale.worker import About, Reply

SPLIT, GIVE_UP = 2, 3
"""Deaths after which a shard is cut in halves, and after which one candidate is given up."""
FRUITLESS = 8
"""Deaths for each worker, without any shard done meanwhile, after which the run ends: then it is not the candidates."""


@dataclass
class Tally:
    """What happened to workers. replaced: those that had become too large; retried: shards given to another worker; given_up: candidates."""

    workers: int = 0
    shards: int = 0
    replaced: int = 0
    died: int = 0
    retried: int = 0
    given_up: int = 0


@dataclass(frozen=True)
class GivenUp:
    """A shard of one candidate that no worker survived."""

    shard: Shard
    reason: str


def schedule(
    pool: Pool,
    shards: Iterator[Shard],
    pack: Callable[[Shard], bytes],
    tally: Tally,
    greet: Callable[[About], Any],
) -> Iterator[tuple[Shard, Reply] | GivenUp]:
    """Each shard, or the parts that it was cut into, with what it gave, in the order in which they end.

    greet(about) is called for each worker before it gets work, and raises where it cannot be used. Raises JbattError where workers
    die again and again, RuntimeError where jbatt fails in one.
    """
    again: deque[Shard] = deque()
    working: dict[int, Shard] = {}
    idle: deque[int] = deque()
    starting: set[int] = set()
    fruitless = 0
    ahead = next(shards, None)
    if ahead is None:
        return
    starting.update(pool.start() for _ in range(pool.size))
    while True:
        while idle and (again or ahead is not None):
            if again:
                shard = again.popleft()
            else:
                assert ahead is not None
                shard, ahead = ahead, next(shards, None)
            working[number := idle.popleft()] = shard
            pool.send(number, pack(shard))
        if not (working or again or ahead is not None):
            return
        for number, kind, content in pool.wait():
            if kind == READY:
                greet(content)
                starting.discard(number)
                idle.append(number)
                tally.workers += 1
            elif kind in (DONE, LAST):
                fruitless = 0
                tally.shards += 1
                if kind == DONE:
                    idle.append(number)
                elif again or ahead is not None:
                    tally.replaced += 1
                    starting.add(pool.start())
                yield working.pop(number), content
            elif kind == RAISED:
                raise RuntimeError(f"a worker failed:\n{content}")
            elif kind == DIED:
                tally.died += 1
                fruitless += 1
                if fruitless > FRUITLESS * pool.size:
                    raise JbattError(
                        f"{fruitless} workers died and none did anything meanwhile; the last: {content}"
                    )
                starting.discard(number)
                if number in idle:
                    idle.remove(number)
                starting.add(pool.start())
                shard_lost = working.pop(number, None)
                if shard_lost is not None:
                    lost = replace(shard_lost, deaths=shard_lost.deaths + 1)
                    if lost.size == 1 and lost.candidates[0].programs and lost.deaths >= GIVE_UP:
                        tally.given_up += 1
                        yield GivenUp(lost, content)
                    else:
                        tally.retried += 1
                        again.extend(lost.halves() if lost.size > 1 and lost.deaths >= SPLIT else (lost,))
