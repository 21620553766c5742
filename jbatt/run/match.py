"""Which programs are candidates for which tasks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jbatt.errors import JbattError
from jbatt.program import Program, ProgramSet, Rejected
from jbatt.tasks import Task, TaskSet

_NAME = re.compile(r"^(?:solve|verify)_(.+)$")


@dataclass(frozen=True, slots=True)
class Candidates:
    """A task with the programs to try on it, and those meant for it that could not be read."""

    task: Task
    programs: list[Program]
    rejected: list[Rejected]


def task_of(name: str, ids, lengths: list[int] | None = None) -> str | None:
    """The task that a program's name points to: `solve_<id>`, `verify_<id>`, with anything after the id.

    lengths: of all ids, the longest first, where many names are looked at.
    """
    found = _NAME.match(name)
    if not found:
        return None
    rest = found[1]
    if rest in ids:
        return rest
    # A name may be very long: only beginnings as long as an id are looked at.
    shorter = [k for k in (lengths_of(ids) if lengths is None else lengths) if k < len(rest)]
    heads = [rest[:k] for k in shorter if rest[k] == "_"] + [rest[:k] for k in shorter]
    return next((head for head in heads if head in ids), None)


def lengths_of(ids) -> list[int]:
    """The lengths that ids have, the longest first."""
    return sorted({len(each) for each in ids} - {0}, reverse=True)


def match(programs: ProgramSet, tasks: TaskSet, how: str) -> list[Candidates]:
    """Candidates by task. `how` is "name" (a program belongs to the task it is named for) or "all".

    Raises JbattError where no program belongs to any of the tasks.
    """
    if how not in ("name", "all"):
        raise JbattError(f"match is {how!r}, expected 'name' or 'all'")
    if how == "all":
        return [Candidates(t, list(programs.programs), list(programs.rejected)) for t in tasks]
    ids = {t.id for t in tasks}
    lengths = lengths_of(ids)
    by_task: dict[str, Candidates] = {t.id: Candidates(t, [], []) for t in tasks}
    for p in programs.programs:
        found = task_of(p.name, ids, lengths)
        if found is not None:
            by_task[found].programs.append(p)
    for r in programs.rejected:
        found = task_of(r.name, ids, lengths)
        if found is not None:
            by_task[found].rejected.append(r)
    candidates = [c for c in by_task.values() if c.programs or c.rejected]
    if not candidates:
        raise JbattError(
            f"none of the {len(programs.programs)} programs is named for one of the {len(tasks)} tasks "
            "(expected solve_<task id>); --match all tries every program on every task"
        )
    return candidates
