"""What candidates come to: bodies to evaluate, planned a part at a time, here or by a helper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np

from jbatt.engine.evaluator import Evaluator
from jbatt.engine.helper.client import Helper
from jbatt.engine.options import Options
from jbatt.engine.outcome import Outcome
from jbatt.engine.waiting import Work
from jbatt.program import Program, Rejected
from jbatt.program.records import Pending
from jbatt.run.answers import TaskAnswers
from jbatt.run.match import Candidates

PART_BODIES = 1000
"""Programs that are planned together: enough for full batches."""
PART_ANSWERS = 1 << 17
"""Answers (programs x pairs) of what is planned together, about: few enough to see results come."""

Named = tuple[str, str, int, str]
"""A program's name, file, line and body."""


@dataclass
class Tried:
    """One task's candidates and what they come to.

    answers: of their bodies; programs: all of them, in order; rows: for each the row of its body among the answers, or why it
    cannot be evaluated; rejected: those that could not be read.
    """

    answers: TaskAnswers
    programs: list[Named]
    rows: list[int | str]
    rejected: list[Rejected]


@dataclass
class Beside:
    """A part that a helper has planned. nodes: the graph's nodes of what the helper knows programs by, int64[n] each."""

    tried: list[Tried]
    nodes: Callable[[np.ndarray], np.ndarray]


class Planned:
    """What candidates come to, planned a part at a time, so that a part can run while the next is planned.

    merged: candidates so far that are equal to another one of their task. expected: about how many evaluations of the run are
    certain to come, those that came included.
    """

    def __init__(self, evaluator: Evaluator, options: Options, candidates: list[Candidates]):
        self.evaluator, self.options = evaluator, options
        self.merged = 0
        self._unsupported: dict[int, str] = {}
        self._seen: set[int] = set()
        self._met = self._bodies = self._certain = 0
        self._given = sum(c.size for c in candidates)

    @property
    def expected(self) -> int:
        return self._certain * self._given // max(1, self._met)

    def parts(self, candidates: list[Candidates]) -> Iterator[list[Candidates]]:
        """Candidates that are planned together. How many different programs those not read yet have is judged by what was met before."""
        part: list[Candidates] = []
        bodies = answers = 0.0
        for c in candidates:
            part.append(c)
            different = self._bodies / self._met if self._met else 1.0
            bodies += c.size * different if c.unread else len({p.root for p in c.programs})
            answers += c.size * (len(c.task.demos) + len(c.task.tests))
            if answers >= PART_ANSWERS or (bodies >= PART_BODIES and self.options.batch):
                yield part
                part, bodies, answers = [], 0.0, 0.0
        if part:
            yield part

    def plan(self, part: list[Candidates]) -> list[Tried]:
        """Read and plan what was not met before, in this process."""
        new = self._roots(part) - self._seen
        if new:
            self._unsupported |= self.evaluator.supported(np.array(sorted(new), np.int64))
            self._seen |= new
        return self._read(part, lambda root: root, self._unsupported)

    def plan_beside(self, helper: Helper, part: list[Candidates]) -> Work[Beside]:
        """Have a helper plan a part, and read it, where it has not been read here. Raises Gone."""
        planned = self._unread if all(c.unread for c in part) else self._known
        return (yield from planned(helper, part))

    def _unread(self, helper: Helper, part: list[Candidates]) -> Work[Beside]:
        excerpts = [pending.excerpt(numbers) for c in part for pending, numbers in c.unread]
        answer = yield from helper.read(excerpts)
        roots, about = iter(answer.roots), iter(answer.rejected)
        places: dict[int, tuple[Pending, int]] = {}
        tried = []
        for c in part:
            programs: list[Named] = []
            known_by: list[int] = []
            rejected: list[Rejected] = []
            for pending, numbers in c.unread:
                refused = next(about)
                pending.learn(numbers, refused)
                rejected += [r for r in refused if r is not None]
                for k, root in zip(numbers, islice(roots, len(numbers)), strict=True):
                    if root >= 0:
                        programs.append(
                            (pending.names[k], pending.file, pending.line(k), answer.bodies[root])
                        )
                        known_by.append(root)
                        places[root] = pending, k
            tried.append(self._tried(c, programs, known_by, answer.unsupported, rejected))

        return Beside(tried, lambda known_by: _roots_of([places[k] for k in known_by.tolist()]))

    def _known(self, helper: Helper, part: list[Candidates]) -> Work[Beside]:
        roots = sorted(self._roots(part))
        answer = yield from helper.plan(roots)
        number = dict(zip(roots, answer.roots, strict=True))
        node = dict(zip(answer.roots, roots, strict=True))
        tried = self._read(part, number.__getitem__, answer.unsupported)
        return Beside(tried, lambda known_by: np.array([node[k] for k in known_by.tolist()], np.int64))

    @staticmethod
    def _roots(part: list[Candidates]) -> set[int]:
        return {p.root for c in part for p in c.programs}

    def _read(
        self, part: list[Candidates], known_by: Callable[[int], int], unsupported: Mapping[int, str]
    ) -> list[Tried]:
        """A part that was read here. known_by: what whoever evaluates a program knows its root by."""
        return [
            self._tried(
                c, map(_named, c.programs), [known_by(p.root) for p in c.programs], unsupported, c.rejected
            )
            for c in part
        ]

    def _tried(
        self,
        c: Candidates,
        programs: Iterable[Named],
        roots: list[int],
        unsupported: Mapping[int, str],
        rejected: list[Rejected],
    ) -> Tried:
        """roots: what whoever evaluates the programs knows them by."""
        programs = list(programs)
        rows: list[int | str] = []
        evaluated: list[int] = []
        bodies: list[bytes] = []
        row: dict[int, int] = {}
        once = self.options.distinct or self.options.share
        for (_, _, _, body), root in zip(programs, roots, strict=True):
            known = unsupported.get(root)
            found: int | str | None = row.get(root) if known is None else known
            if found is None:
                found = len(evaluated)
                evaluated.append(root)
                bodies.append(bytes.fromhex(body))
                if once:
                    row[root] = found
            elif known is None:
                self.merged += 1
            rows.append(found)
        pairs = len(c.task.demos) + len(c.task.tests)
        outcome = Outcome.empty(len(evaluated), pairs)
        self._met += len(programs)
        self._bodies += len(set(roots))
        # In batches only what is certain: what early exits leave out is not known beforehand.
        self._certain += len(evaluated) if self.options.batch else outcome.code.size
        answers = TaskAnswers(c.task, bodies, np.array(evaluated, np.int64), outcome)
        return Tried(answers, programs, rows, rejected)


def _named(p: Program) -> Named:
    return p.name, p.file, p.line, p.body


def _roots_of(functions: list[tuple[Pending, int]]) -> np.ndarray:
    """The roots, int64[n], of functions that are known to be programs, which are read where they were not."""
    for file in {id(pending): pending for pending, _ in functions}.values():
        file.read([number for pending, number in functions if pending is file])  # all at once
    return np.array([_root(*function) for function in functions], np.int64)


def _root(pending: Pending, number: int) -> int:
    (program,) = pending.read([number])
    assert isinstance(program, Program), "another process has read it as a program"
    return program.root
