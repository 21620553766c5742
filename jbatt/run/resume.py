"""Going on with a run: what of its results can be kept, and what it was asked to do.

Kept is what is there of whole tasks; a task whose results were cut off is done again. The file may end within a line
(the process was killed) or in bytes that were never written (the power failed): it counts up to the first line that is no
result.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jbatt.errors import JbattError
from jbatt.files import open_regular, text_of
from jbatt.run.match import Candidates
from jbatt.run.output import RESULTS, SUMMARY, results_file
from jbatt.run.results import SOLVED, Result

MAX_LINE = 1 << 20
"""Bytes of a line: a longer one is no result, and is not read to its end."""


@dataclass
class Kept:
    """results: those of whole tasks, in their order; tasks: their ids; dropped: results that will be made again."""

    results: list[Result] = field(default_factory=list)
    tasks: frozenset[str] = frozenset()
    dropped: int = 0


def ended(folder: Path) -> dict[str, Any] | None:
    """The summary of a run that has finished; None for one that has not, or whose summary is damaged."""
    try:
        found = json.loads(text_of(folder / SUMMARY))
    except (OSError, ValueError, RecursionError):
        return None
    done = isinstance(found, dict) and found.get("finished") is True and (folder / RESULTS).is_file()
    return found if done else None


def kept(folder: Path, candidates: list[Candidates]) -> Kept:
    """What a folder holds of the results of `candidates`. Raises JbattError where it holds results of something else."""
    path = results_file(folder)
    by_task: dict[str, list[Result]] = {}
    for r in _results(path):
        by_task.setdefault(r.task, []).append(r)
    dropped = 0
    expected = {c.task.id: c for c in candidates}
    out: list[Result] = []
    done = []
    for task, results in by_task.items():
        if task not in expected:
            raise JbattError(_foreign(path, f"task {task}"))
        c = expected[task]
        here, wanted = Counter(map(_key, results)), Counter(_keys(c))
        if not here <= wanted:
            name = next(iter(here - wanted))[0]
            raise JbattError(_foreign(path, f"program {name} on task {task}"))
        pairs = len(c.task.demos), len(c.task.tests)
        if any((len(r.demos), len(r.tests)) != pairs for r in results):
            raise JbattError(_foreign(path, f"task {task} with other pairs"))
        if here == wanted:
            out += results
            done.append(task)
        else:
            dropped += len(results)
    return Kept(out, frozenset(done), dropped)


def counts(results: list[Result]) -> dict[str, int]:
    """What `summary.json` counts of results, whichever process made them."""
    return {
        "tasks": len({r.task for r in results}),
        "candidates": len(results),
        "unique_bodies": len({r.body for r in results} - {None}),
        "pairs": sum(len(r.demos) + len(r.tests) for r in results),
        "pairs_evaluated": sum(s is not None for r in results for s in (*r.demos, *r.tests)),
        "solved_tasks": len({r.task for r in results if r.status == SOLVED}),
    }


def _results(path: Path) -> Iterator[Result]:
    """The results of a file up to the first line that is none."""
    try:
        with open_regular(path, "a file of results") as file:
            while line := file.readline(MAX_LINE):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield Result.from_json(line)
                except ValueError:
                    return
    except FileNotFoundError:
        return
    except OSError as e:
        raise JbattError(f"{path}: cannot be read: {e.strerror}") from None


def _keys(c: Candidates) -> Iterator[tuple[str, int, str | None]]:
    for p in c.programs:
        yield p.name, p.line, p.body
    for r in c.rejected:
        yield r.name, r.def_line, None


def _key(r: Result) -> tuple[str, int, str | None]:
    return r.program, r.line, r.body


def _foreign(path: Path, what: str) -> str:
    return (
        f"{path}: has results that this run cannot have made ({what}); it is not resumed: "
        "restore the file, or begin a new run with another --out"
    )
