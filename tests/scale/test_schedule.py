"""Workers that die, played through without processes."""

from __future__ import annotations

import random
from collections import Counter, deque

import pytest

from jbatt.errors import JbattError
from jbatt.program import Program
from jbatt.run.match import Candidates
from jbatt.scale.pool import DIED, DONE, LAST, RAISED, READY, Event, Pool
from jbatt.scale.schedule import GIVE_UP, GivenUp, Tally, schedule
from jbatt.scale.shards import Shard


def shards(number: int, each: int) -> list[Shard]:
    """Shards of programs named by numbers, of one task each."""
    made = []
    for k in range(number):
        programs = [Program(str(k * each + i), "", 0, 0, "", [], 0) for i in range(each)]
        made.append(Shard((Candidates(k, programs, []),)))
    return made


class Played(Pool):
    """Workers whose deaths are drawn; those that get a deadly program always die. large: after how many shards they end."""

    def __init__(
        self, size: int, chance: float = 0.0, deadly=(), starts: bool = True, raises: str = "", large: int = 0
    ):
        self.size, self.chance, self.deadly, self.starts, self.raises = (
            size,
            chance,
            set(deadly),
            starts,
            raises,
        )
        self.large, self.shards = large, Counter()
        self.events: deque[Event] = deque()
        self.alive: set[int] = set()
        self.started = 0
        self.random = random.Random(7)

    def start(self) -> int:
        self.started += 1
        self.alive.add(self.started)
        self.events.append(Event(self.started, READY if self.starts else DIED, "about"))
        return self.started

    def send(self, worker: int, names: list[str]) -> None:
        assert worker in self.alive
        kind, content = DONE, names
        if self.raises:
            kind, content = RAISED, self.raises
        elif self.deadly & set(names) or self.random.random() < self.chance:
            kind, content = DIED, "killed"
            self.alive.discard(worker)
        self.shards[worker] += 1
        if kind == DONE and self.shards[worker] == self.large:
            kind = LAST
            self.alive.discard(worker)
        self.events.append(Event(worker, kind, content))

    def wait(self) -> list[Event]:
        taken = [self.events.popleft()]
        return taken

    def close(self) -> None:
        pass


def play(pool: Played, given: list[Shard]) -> tuple[list[str], list[str], Tally]:
    """Names that were evaluated, names that were given up, and what happened."""
    tally, done, lost = Tally(), [], []

    def names(shard):
        return [p.name for c in shard.candidates for p in c.programs]

    for found in schedule(pool, iter(given), names, tally, lambda about: None):
        if isinstance(found, GivenUp):
            lost += names(found.shard)
            assert found.shard.deaths >= GIVE_UP
        else:
            assert found[1] == names(found[0])
            done += found[1]
    return sorted(done, key=int), sorted(lost, key=int), tally


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_no_death_no_retry(workers):
    done, lost, tally = play(Played(workers), shards(20, 10))
    assert done == [str(k) for k in range(200)] and not lost
    assert (tally.shards, tally.died, tally.retried) == (20, 0, 0)


def test_deaths_by_chance_lose_nothing():
    done, lost, tally = play(Played(3, chance=0.3), shards(40, 64))
    assert done == [str(k) for k in range(40 * 64)] and not lost
    assert tally.died >= 10 and tally.retried == tally.died


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_that_become_too_large_are_replaced(workers):
    pool = Played(workers, chance=0.2, large=2)
    done, lost, tally = play(pool, shards(20, 16))
    assert done == [str(k) for k in range(320)] and not lost
    assert tally.replaced >= 5 and tally.retried == tally.died > 0
    assert pool.started == workers + tally.replaced + tally.died


def test_no_worker_is_started_for_nothing():
    done, _, tally = play(pool := Played(1, large=1), shards(3, 4))
    assert len(done) == 12 and (tally.replaced, pool.started) == (2, 3)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_deadly_candidate_ends_alone_and_takes_none_with_it(workers):
    done, lost, tally = play(Played(workers, deadly=["70", "71", "199"]), shards(4, 64))
    assert lost == ["70", "71", "199"]
    assert done == [str(k) for k in range(256) if str(k) not in lost]
    assert tally.given_up == 3


def test_workers_that_never_start_end_the_run():
    with pytest.raises(JbattError, match="none did anything"):
        play(Played(2, starts=False), shards(1, 4))


def test_a_fault_of_jbatt_is_not_tried_again():
    pool = Played(2, raises="Traceback: a bug")
    with pytest.raises(RuntimeError, match="a bug"):
        play(pool, shards(3, 4))
    assert pool.started == 2


def test_nothing_to_do():
    pool = Played(2)
    assert play(pool, []) == ([], [], Tally()) and not pool.started
