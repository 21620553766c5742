"""A run folder read back: its results, its summary, the tasks they are about and the programs' text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jbatt.errors import JbattError
from jbatt.files import text_of
from jbatt.program import Graph, Program, ProgramSet, read_programs
from jbatt.run.output import place, results_file
from jbatt.run.results import FAILED, Result
from jbatt.tasks import Task, load_tasks

MAX_RESULTS = 1 << 31
"""Bytes of results that are read for a page, which holds all of them."""
ANYWHERE = 0
"""In place of a line: a program with this body wherever it is in the file."""


@dataclass
class LoadedRun:
    """A run from disk.

    programs: (file, line or ANYWHERE, body) -> the program, for those that are still in their file; notes: what could not be read
    back, each a sentence.
    """

    folder: Path
    results: list[Result]
    summary: dict[str, Any]
    tasks: dict[str, Task]
    set: ProgramSet
    programs: dict[tuple[str, int, str], Program]
    notes: list[str] = field(default_factory=list)

    def program(self, result: Result) -> Program | None:
        """The program of a result, None where its file is gone or has changed."""
        body = result.body or ""
        return self.programs.get((result.file, result.line, body)) or self.programs.get(
            (result.file, ANYWHERE, body)
        )


def load_run(folder: Path, source: str | None = None) -> LoadedRun:
    """Read a folder that `jbatt run` wrote. `source`: where its tasks are, if not where they were.

    Raises JbattError where it is no such folder, where a line is no result, and where the tasks are not found.
    """
    results, summary, notes = read_run(folder)
    tasks = _tasks(folder, results, source or summary.get("data"))
    programs, found = _programs(folder, results, notes)
    if any(r.status == FAILED and None in r.demos for r in results):
        notes.append(
            "Failed candidates were not evaluated on all pairs, so how near they came is judged by those that were; "
            "`jbatt run --full-scores` evaluates all."
        )
    return LoadedRun(folder, results, summary, tasks, programs, found, notes)


def read_run(folder: Path) -> tuple[list[Result], dict[str, Any], list[str]]:
    """A folder's results, its summary ({} where there is none), and notes on what is missing."""
    results, notes = _results(folder)
    return results, _summary(folder, notes), notes


def _results(folder: Path) -> tuple[list[Result], list[str]]:
    path = results_file(folder)
    if not path.is_file():
        what = "no results.jsonl in it" if folder.is_dir() else "no such folder"
        raise JbattError(f"{folder}: {what}; expected a folder that `jbatt run --out` wrote")
    results: list[Result] = []
    notes: list[str] = []
    try:
        lines = text_of(path, MAX_RESULTS).split("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise JbattError(f"{path}: cannot be read: {e}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            results.append(Result.from_json(line))
        except ValueError as e:
            if number == len(lines):  # without its line break: the run was stopped while it wrote
                notes.append(f"The last line of {path.name} is incomplete and left out.")
                break
            raise JbattError(f"{path}:{number}: not a result: {e}; expected a line of `jbatt run`") from None
    if not results:
        raise JbattError(f"{path}: has no results; the run ended before the first, run it again")
    return results, notes


def _summary(folder: Path, notes: list[str]) -> dict[str, Any]:
    path = folder / "summary.json"
    try:
        summary = json.loads(text_of(path))
    except FileNotFoundError:
        notes.append(
            "There is no summary.json: the run goes on, or was stopped before its end; "
            "`jbatt run --resume` ends it."
        )
        return {}
    except (OSError, ValueError, RecursionError) as e:
        raise JbattError(f"{path}: cannot be read: {e}; remove it to report without it") from None
    if not isinstance(summary, dict):
        raise JbattError(f"{path}: not the summary of a run; remove it to report without it")
    if not summary.get("finished", True):
        notes.append("The run was interrupted: these are the results up to then.")
    return summary


def _tasks(folder: Path, results: list[Result], source: str | None) -> dict[str, Task]:
    if source is None:
        raise JbattError(
            f"{folder}: without a summary.json it is not known where its tasks are: give --tasks"
        )
    try:
        loaded = load_tasks(source)
    except JbattError as e:
        raise JbattError(f"{e}; give --tasks if the run's tasks are somewhere else now") from None
    tasks: dict[str, Task] = {}
    for r in results:
        if r.task in tasks:
            continue
        if r.task not in loaded:
            raise JbattError(f"{source} has no task {r.task}: give --tasks with the tasks of this run")
        task = tasks[r.task] = loaded[r.task]
        if (len(task.demos), len(task.tests)) != (len(r.demos), len(r.tests)):
            raise JbattError(f"{source}: task {r.task} has other pairs than in the run: give --tasks")
    return tasks


def _programs(
    folder: Path, results: list[Result], notes: list[str]
) -> tuple[ProgramSet, dict[tuple[str, int, str], Program]]:
    programs = ProgramSet(Graph())
    found: dict[tuple[str, int, str], Program] = {}
    gone = []
    for file in dict.fromkeys(r.file for r in results):
        try:
            read = read_programs(place(folder, file), programs.graph).programs
        except JbattError:
            gone.append(file)
            continue
        programs.programs += read
        for p in read:
            found[file, p.line, p.body] = p
            found.setdefault((file, ANYWHERE, p.body), p)  # the same program, moved
    if gone:
        shown = ", ".join(gone[:3]) + (f" and {len(gone) - 3} more" if len(gone) > 3 else "")
        notes.append(
            f"No longer there, so without programs and predictions: {shown}. Paths count from the current folder."
        )
    changed = {
        r.file for r in results if r.body and r.file not in gone and (r.file, ANYWHERE, r.body) not in found
    }
    if changed:
        shown = ", ".join(sorted(changed)[:3])
        notes.append(
            f"Some programs are not in their file any more, so without text and predictions: {shown}."
        )
    return programs, found
