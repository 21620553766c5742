"""Which programs are candidates for which tasks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jbatt.errors import JbattError
from jbatt.program import Program, ProgramSet, Rejected
from jbatt.tasks import Task, TaskSet

LONGEST = 255
"""Characters of a name that are looked at for a task's id: a file's name has no more."""

_NAME = re.compile(r"^(?:solve|verify)_(.+)$")


@dataclass(frozen=True, slots=True)
class Candidates:
    """A task with the programs to try on it, and those meant for it that could not be read."""

    task: Task
    programs: list[Program]
    rejected: list[Rejected]


def task_of(name: str, ids) -> str | None:
    """The task that a program's name points to: `solve_<id>`, `verify_<id>`, with anything after the id."""
    found = _NAME.match(name)
    if not found:
        return None
    rest = found[1]
    if rest in ids:
        return rest
    # No id is longer than LONGEST, but a name may be: looking for each of its beginnings would take hours.
    rest = rest[: LONGEST + 1]
    ends = [k for k in range(len(rest) - 1, 0, -1) if rest[k] == "_"]
    heads = (rest[:k] for k in (*ends, *range(len(rest) - 1, 0, -1)))
    return next((head for head in heads if head in ids), None)


def match(programs: ProgramSet, tasks: TaskSet, how: str) -> list[Candidates]:
    """Candidates by task. `how` is "name" (a program belongs to the task it is named for) or "all".

    Raises JbattError where no program belongs to any of the tasks.
    """
    if how not in ("name", "all"):
        raise JbattError(f"match is {how!r}, expected 'name' or 'all'")
    if how == "all":
        return [Candidates(t, list(programs.programs), list(programs.rejected)) for t in tasks]
    ids = {t.id for t in tasks}
    by_task: dict[str, Candidates] = {t.id: Candidates(t, [], []) for t in tasks}
    for p in programs.programs:
        found = task_of(p.name, ids)
        if found is not None:
            by_task[found].programs.append(p)
    for r in programs.rejected:
        found = task_of(r.name, ids)
        if found is not None:
            by_task[found].rejected.append(r)
    candidates = [c for c in by_task.values() if c.programs or c.rejected]
    if not candidates:
        raise JbattError(
            f"none of the {len(programs.programs)} programs is named for one of the {len(tasks)} tasks "
            "(expected solve_<task id>); --match all tries every program on every task"
        )
    return candidates
