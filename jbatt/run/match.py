"""Which programs are candidates for which tasks."""

from __future__ import annotations

import re

from jbatt.errors import JbattError
from jbatt.program import Program, ProgramSet, Rejected
from jbatt.program.records import Pending, put
from jbatt.tasks import Task, TaskSet

_NAME = re.compile(r"^(?:solve|verify)_(.+)$")


class Candidates:
    """A task with the programs to try on it, and those meant for it that could not be read.

    Those of large files are read when they are first looked at.
    """

    __slots__ = ("_pending", "_programs", "_rejected", "task")

    def __init__(self, task: Task, programs: list[Program], rejected: list[Rejected]):
        self.task = task
        self._programs, self._rejected = programs, rejected
        self._pending: list[tuple[Pending, list[int]]] = []

    @property
    def programs(self) -> list[Program]:
        self._read()
        return self._programs

    @property
    def rejected(self) -> list[Rejected]:
        self._read()
        return self._rejected

    @property
    def size(self) -> int:
        """How many there are, whether they have been read or not."""
        return len(self._programs) + len(self._rejected) + sum(len(numbers) for _, numbers in self._pending)

    @property
    def unread(self) -> list[tuple[Pending, list[int]]]:
        """Their functions by file, where none of them has been read; otherwise nothing."""
        return [] if self._programs or self._rejected else self._pending

    def add(self, pending: Pending, numbers: list[int]) -> None:
        """More of them, of one file, to be read when they are needed."""
        self._pending.append((pending, numbers))

    def _read(self) -> None:
        while self._pending:
            pending, numbers = self._pending[0]
            put(pending.read(numbers), self._programs, self._rejected)
            del self._pending[0]


def distinct(candidates: list[Candidates]) -> int:
    """How many programs there are among candidates, and such as could not be read, each once however many tasks it is tried on."""
    read = {id(p) for c in candidates for p in (*c._programs, *c._rejected)}
    return len(read) + sum(len(numbers) for c in candidates for _, numbers in c._pending)


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


def _by_task(names: list[str], ids, lengths: list[int]) -> dict[str | None, list[int]]:
    """For each task, and for none, the numbers of the names that point to it."""
    # What comes after the longest id and one more character makes no difference.
    longest = len("verify_") + 1 + max(lengths, default=0)
    by_head: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        head = name[:longest]
        mine = by_head.get(head)
        if mine is None:
            by_head[head] = [number]
        else:
            mine.append(number)
    found: dict[str | None, list[int]] = {}
    for head, numbers in by_head.items():
        found.setdefault(task_of(head, ids, lengths), []).extend(numbers)
    return {task: sorted(numbers) for task, numbers in found.items()}


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
    for p in programs.known:
        found = task_of(p.name, ids, lengths)
        if found is not None:
            by_task[found].programs.append(p)
    for r in programs.refused:
        found = task_of(r.name, ids, lengths)
        if found is not None:
            by_task[found].rejected.append(r)
    for pending in programs.pending:
        for found, numbers in _by_task(pending.names, ids, lengths).items():
            if found is not None:
                by_task[found].add(pending, numbers)
    candidates = [c for c in by_task.values() if c.size]
    if not candidates:
        raise JbattError(
            f"none of the {programs.functions} programs is named for one of the {len(tasks)} tasks "
            "(expected solve_<task id>); --match all tries every program on every task"
        )
    return candidates
