"""Programs drawn by how well they did before, where all of them on all tasks would be too many."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from jbatt.errors import JbattError
from jbatt.run.match import Candidates
from jbatt.run.results import FULL, Result

POWER = 4
"""Scores are shares of cells, high for any program that leaves most of a grid as it is; powers of them tell more."""
LEAST = 0.01
"""The standing of a program that was always wrong: it is drawn seldom, not never."""


def standing(scores: Iterable[float]) -> float:
    """What a program's past scores of 0 to 1000, one for each task that it was tried on, are worth: LEAST to 1."""
    return max(LEAST, fmean((s / FULL) ** POWER for s in scores))


def drawn(standings: Mapping[str, float], count: int, draw: random.Random) -> list[str]:
    """`count` different keys, or all: one after another, each with a chance in proportion to its standing among those left."""
    # The first `count` of exponential waiting times: the same as drawing without putting back.
    times = {key: -math.log(1.0 - draw.random()) / weight for key, weight in standings.items()}
    return sorted(times, key=times.__getitem__)[:count]


def past_standings(folders: Sequence[Path]) -> dict[str, float]:
    """The standing of each body that earlier runs have results of, by demo pairs alone. Raises JbattError for other folders."""
    scores: dict[str, dict[str, float]] = {}
    for folder in folders:
        for r in _results(folder):
            if r.body is not None:
                mine = scores.setdefault(r.body, {})
                mine[r.task] = max(r.closeness, mine.get(r.task, 0.0))
    return {body: standing(found.values()) for body, found in scores.items()}


def sampled(
    candidates: list[Candidates], count: int, seed: int, past: Mapping[str, float]
) -> list[Candidates]:
    """For each task `count` of its programs, in their order, drawn by `seed` and standing.

    past: body -> standing; a program that is not in it counts as the mean of those that are. Raises JbattError for a count below 1.
    """
    if count < 1:
        raise JbattError(f"--sample is {count}, expected 1 or more programs for each task")
    unknown = fmean(past.values()) if past else 1.0
    chosen = []
    for c in candidates:
        draw = random.Random(f"{seed} {c.task.id}")
        standings = {p.body: past.get(p.body, unknown) for p in c.programs}
        bodies = set(drawn(standings, count, draw))
        programs = {p.body: p for p in reversed(c.programs) if p.body in bodies}
        chosen.append(Candidates(c.task, list(reversed(programs.values())), c.rejected))
    return chosen


def _results(folder: Path) -> Iterable[Result]:
    from jbatt.run.output import results_file

    path = results_file(folder)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [Result.from_json(line) for line in lines if line.strip()]
    except FileNotFoundError:
        raise JbattError(
            f"{folder}: no results.jsonl in it; expected a folder that `jbatt run --out` wrote"
        ) from None
    except (OSError, UnicodeDecodeError) as e:
        raise JbattError(f"{path}: cannot be read: {getattr(e, 'strerror', None) or 'not UTF-8'}") from None
    except ValueError as e:
        raise JbattError(
            f"{path}: not the results of a run: {e}; expected those that `jbatt run` wrote"
        ) from None
