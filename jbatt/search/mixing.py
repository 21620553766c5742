"""Which programs of one task are tried on the others: what was found, and some of what came near, by past score."""

from __future__ import annotations

import random
from collections.abc import Iterable

from jbatt.run.results import FULL
from jbatt.run.sample import drawn, standing
from jbatt.search.state import Piece

MIXED = 24
"""Programs that are drawn in the first round; each round that follows draws as many more."""


def mixed(pieces: Iterable[Piece], round_: int, given: list[str], tasks: list[str], seed: int) -> list[str]:
    """The programs that a round tries on all open tasks, as sources, none of them tried by an earlier round.

    The smallest one found for each task since the last mixing, at first also those given; then, of all other finds and near
    misses, a few drawn by `seed` and their past scores, one for each task that they did well on. Only what is done when the round's
    mixing begins counts, in the order of the tasks, so that a search that goes on mixes what it would have mixed.
    """
    place = {task: k for k, task in enumerate(tasks)}
    known = sorted((p for p in pieces if p.task in place), key=lambda p: (p.round, p.stage, place[p.task]))
    scores: dict[str, dict[str, float]] = {}
    tried: set[str] = set()
    now: list[str] = []
    for each in range(round_ + 1):
        fresh = [
            p
            for p in known
            if (p.round, p.stage) in ((each, "enumeration"), (each - 1, "mixing"), (each - 1, "mutation"))
        ]
        for p in fresh:
            for text, score in [*((s, float(FULL)) for s in p.found), *((s, n) for n, s in p.near)]:
                mine = scores.setdefault(_nameless(text), {})
                mine[p.task] = max(score, mine.get(p.task, 0.0))
        first = given if each == 0 else []
        found = [_nameless(s) for p in fresh if p.stage != "mixing" for s in p.found[:1]]
        now = [s for s in dict.fromkeys([*map(_nameless, first), *found]) if s not in tried]
        tried.update(now)
        left = {s: standing(mine.values()) for s, mine in scores.items() if s not in tried}
        some = drawn(left, MIXED * (each + 1), random.Random(f"{seed} mixing {each}"))
        now += some
        tried.update(some)
    return now


def _nameless(source: str) -> str:
    return "def solve(I):\n" + source.split("\n", 1)[1]
