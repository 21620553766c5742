"""Many programs on the examples of many tasks: shards, from the smallest capacity class up, and their scores.

Rows whose values do not fit a class are evaluated again in the next one; programs that need too much memory together
with others are evaluated alone. Outputs are compared where they are read, all of a shard at once.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from jbatt.dsl.domain import Choice, Closure, Fixed, Unsupported, coercion_cost
from jbatt.engine.batch import take
from jbatt.engine.engines import machine_classes
from jbatt.engine.interpreter import (
    CAPACITY,
    FAILED_TO_RUN,
    NO_ROOM,
    OK,
    Interpreter,
    too_many,
)
from jbatt.engine.jobs import Job, bounded, halves, split, within
from jbatt.engine.kernels import ERROR, HARD, OVERFLOW, UNSUPPORTED, Kernels
from jbatt.engine.lower import Lowered, Raises, Traced
from jbatt.engine.machine.assemble import Assembler
from jbatt.engine.machine.blocks import MOST_ROWS
from jbatt.engine.machine.context import HOPELESS, LEFT
from jbatt.engine.machine.instructions import Steps
from jbatt.engine.machine.machine import ANSWERED, MANY_ROWS, Machine
from jbatt.engine.machine.machine import Work as Piece
from jbatt.engine.memo import Memo
from jbatt.engine.outcome import CAPACITY_, CODES, ERROR_, NONE_, OK_, TIMEOUT_, UNSUPPORTED_, Outcome, Unit
from jbatt.engine.plan import DENSE, Nodes, plan
from jbatt.engine.registers import RegistersFull
from jbatt.engine.scores import UNKNOWN, expected_of, scored
from jbatt.engine.shard import ALONE, DEAD, LATE, Shard
from jbatt.engine.waiting import Postponed, Work, finish
from jbatt.values.types import GRID
from jbatt.values.window import largest_grid

PLANES = 96
"""Planes of one evaluation that are alive at once in a shard, with some to spare: what turns out to need more is done again, in two."""


class Evaluator:
    """Runs units on an interpreter's engines; `seconds` has what scoring took.

    machines: the capacity classes that are evaluated on the machine (default: all that have one).
    """

    def __init__(self, interpreter: Interpreter, machines: tuple[int, ...] | None = None):
        self.interpreter = interpreter
        self.graph = interpreter.graph
        self.lowered = Lowered(self.graph)
        self.nodes = Nodes(self.lowered, np.zeros(0, np.int64))
        """Of what is evaluated in shards now."""
        if machines is None:
            machines = machine_classes()
        self.machines = machines
        if self.machines:
            self.assembler = Assembler(self.lowered, self.machines[0])
            self.steps = Steps(self.assembler)
        self.seconds = {"score": 0.0}
        self.groups = 0
        self.operations = 0
        """Operations evaluated so far in shards, each once for each example."""
        self._expected, self._share = 0, True

    def begin(self) -> None:
        """Begin another run with what has been planned so far: what was counted, but for operations, starts anew."""
        self.interpreter.counters = self.interpreter.engines.counters
        self.seconds["score"] = 0.0

    def supported(self, roots: np.ndarray) -> dict[int, str]:
        """Roots that have no type, with the reason; the others are planned."""
        self.lowered.take_in(roots.tolist())
        values = self.lowered.values
        return {r: str(values[r]) for r in roots.tolist() if isinstance(values[r], Unsupported)}

    def _prepare(self, units: list[Unit], jobs: list[Job]) -> None:
        """Obtain the kernels of the smallest class before they are needed, side by side."""
        self._kernels().prepare(self._signatures(units, jobs))

    def _kernels(self) -> Kernels:
        return self.interpreter.engine(self.interpreter.classes[0]).kernels

    def _signatures(self, units: list[Unit], jobs: list[Job]) -> list[tuple]:
        """The row overloads that jobs need, with their types."""
        ops = [self.lowered.ops[k] for k in np.unique(self._made_of(units, jobs).op).tolist()]
        return [(op[1], op[2], op[3]) for op in ops if op[0] == "row"]

    def _made_of(self, units: list[Unit], jobs: list[Job]) -> Nodes:
        """The nodes that jobs need."""
        return Nodes(self.lowered, np.concatenate([self._nodes(units[j.unit], j.roots) for j in jobs]))

    def run(
        self, units: list[Unit], timeout: float = 10.0, expected: int = 0, share: bool = True
    ) -> list[Outcome]:
        """As `running`, without anything else going on meanwhile."""
        return finish(self.running(units, timeout, expected, share))

    def running(
        self, units: list[Unit], timeout: float = 10.0, expected: int = 0, share: bool = True
    ) -> Work[list[Outcome]]:
        """Evaluate all roots of all units. The machine evaluates what it can, shards the rest.

        timeout: seconds for each program, on the examples that are evaluated together. expected: evaluations that this run is part of, where they come one by
        one: whether the machine is worth getting ready is judged by all of them. share: whether shards look up calls that
        were made before.
        """
        self._expected, self._share = expected, share
        outcomes = [Outcome.empty(len(u.roots), len(u.grids)) for u in units]
        jobs = [Job(k, np.arange(len(u.roots)), np.arange(len(u.grids))) for k, u in enumerate(units)]
        jobs = [j.of(self._planned(units[j.unit], outcomes[j.unit], j, timeout), j.rows) for j in jobs]
        jobs = [j for j in jobs if len(j.roots) and len(j.rows)]
        left = {self.interpreter.classes[0]: jobs}
        if self.machines and jobs:
            left = yield from self._on_machines(units, outcomes, jobs)
        if any(left.values()):
            # Groups of one operation are larger where many units' programs are evaluated together.
            weight = sum(j.evaluations for some in left.values() for j in some)
            yield Postponed(self._together, (units, outcomes, left, timeout), weight)
        return outcomes

    def in_smallest_class(self, units: list[Unit]) -> Work[list[tuple[Outcome, np.ndarray]]]:
        """What the machine of the smallest class answers by itself, the rest not evaluated.

        For each unit as well, bool[roots, examples], what does not fit that class.
        """
        values = self.lowered.values
        outcomes = [Outcome.empty(len(u.roots), len(u.grids)) for u in units]
        over = [np.zeros(o.code.shape, bool) for o in outcomes]
        jobs = []
        for k, unit in enumerate(units):
            found = [values[r] for r in unit.roots.tolist()]
            planned = [isinstance(v, Traced) and v.slot is not None for v in found]
            if any(planned) and unit.grids:
                jobs.append(Job(k, np.flatnonzero(planned), np.arange(len(unit.grids))))
        if jobs:
            self.assembler.take_in(s for j in jobs for s in self._slots(units[j.unit], j.roots))
            machine = self.interpreter.engines.machine(self.machines[0])
            larger, _ = yield from self._on_machine(machine, units, outcomes, jobs)
            for job in larger:
                over[job.unit][np.ix_(job.roots, job.rows)] = True
        return list(zip(outcomes, over, strict=True))

    def _together(self, items: list[tuple]) -> Iterator[None]:
        """`_in_shards` for the jobs of several runs."""
        for timeout in dict.fromkeys(t for *_, t in items):
            units: list[Unit] = []
            outcomes: list[Outcome] = []
            left: dict[int, list[Job]] = {side: [] for side in self.interpreter.classes}
            for some, theirs, jobs, _ in (i for i in items if i[3] == timeout):
                for side, those in jobs.items():
                    left[side] += [replace(j, unit=len(units) + j.unit) for j in those]
                units += some
                outcomes += theirs
            yield from self._in_shards(units, outcomes, left, timeout)

    def _in_shards(self, units, outcomes, left: dict[int, list[Job]], timeout: float) -> Iterator[None]:
        """Evaluate jobs in shards, from the class on that they are listed under; what does not fit one class in the next.

        After each shard it is left to others to go on.
        """
        self.nodes = self._made_of(units, [j for some in left.values() for j in some])
        classes = self.interpreter.classes
        jobs: list[Job] = []
        for side in classes:
            jobs = jobs + left.get(side, [])
            if side == classes[0] and jobs:
                self._prepare(units, jobs)
            jobs = yield from self._run_class(side, units, outcomes, jobs, timeout, side == classes[-1])
            if jobs:
                self._escalated(side, jobs)

    # The machine --------------------------------------------------------------------------------------------------

    def _on_machines(self, units, outcomes, jobs: list[Job]) -> Work[dict[int, list[Job]]]:
        """Evaluate jobs on the machine; the jobs that are left for shards, by the smallest class that may do for them."""
        self.assembler.take_in(s for j in jobs for s in self._slots(units[j.unit], j.roots))
        classes = self.interpreter.classes
        left: dict[int, list[Job]] = {side: [] for side in classes}
        large = [j for j in jobs if units[j.unit].large]
        jobs = [j for j in jobs if not units[j.unit].large]
        for side in self.machines:
            if side != self.machines[0]:
                jobs, large = jobs + large, []
            elif large and not jobs:
                continue
            machine = self.interpreter.engines.machine(side)
            evaluations = sum(j.evaluations for j in jobs)
            ahead = self._expected if side == self.machines[0] else 0
            if not evaluations or not machine.is_worth(evaluations, partial(self._price, units, jobs), ahead):
                left[side] += jobs + large
                return left
            jobs, some = yield from self._on_machine(machine, units, outcomes, jobs)
            left[side] = [replace(j, left=True) for j in some]
            self._escalated(side, jobs)
        larger = [side for side in classes if side > self.machines[-1]]
        left[larger[0] if larger else classes[-1]] += [replace(j, left=True) for j in jobs + large]
        return left

    def _instead(self, unit: Unit, outcome: Outcome, index: int, rows: np.ndarray) -> None:
        """Evaluate on the machine what is `capacity` in shards for want of memory: so that is no matter of which came first.

        The machine draws over each other what shards keep side by side, so it may have enough for it.
        """
        value = self.lowered.values[int(unit.roots[index])]
        if not self.machines or not isinstance(value, Traced) or value.slot is None:
            return
        self.assembler.take_in([value.slot])
        jobs = [Job(0, np.array([index]), rows)]
        for side in self.machines:
            if jobs:
                machine = self.interpreter.engines.machine(side)
                jobs, _ = finish(self._on_machine(machine, [unit], [outcome], jobs))
        code = outcome.code[index]
        code[rows[code[rows] == NONE_]] = CAPACITY_

    def _price(self, units: list[Unit], jobs: list[Job]) -> float:
        """About how many seconds it takes to obtain the kernels that shards need for jobs."""
        return self._kernels().price(self._signatures(units, jobs))

    def _escalated(self, side: int, jobs: list[Job]) -> None:
        """Note what a class leaves to the next."""
        escalated = self.interpreter.counters.escalated
        escalated[side] = escalated.get(side, 0) + sum(j.evaluations for j in jobs)

    def _on_machine(
        self, machine: Machine, units, outcomes, jobs: list[Job]
    ) -> Work[tuple[list[Job], list[Job]]]:
        """Evaluate jobs in one class; what is left for the next, and what is left for shards."""
        part, rest = within(jobs, machine.most_examples)
        if rest:
            found = []
            for some in (part, rest):
                found.append((yield from self._on_machine(machine, units, outcomes, some)))
            return [j for over, _ in found for j in over], [j for _, left in found for j in left]
        refs = [self._references(units[j.unit], j.roots) for j in jobs]
        self.steps.extend()
        grids: list[np.ndarray] = []
        places: dict[int, int] = {}

        def place(grid) -> int:
            if grid is None:
                return 0
            if id(grid) not in places:
                grids.append(grid)
                places[id(grid)] = len(grids)
            return places[id(grid)]

        work, taken, over, left = [], [], [], []
        digest, noted = self.graph.digest, self.interpreter.engines.much
        much = (
            {ref for ref, root in self._pairs(units, jobs, refs) if digest(root) in noted} if noted else set()
        )
        for job, ref in zip(jobs, refs, strict=True):
            unit = units[job.unit]
            fits = np.array([machine.fits(unit.grids[r]) for r in job.rows.tolist()])
            known = ref >= 0
            if not known.all():
                left.append(job.of(job.roots[~known], job.rows))
            roots, ref = job.roots[known], ref[known]
            if not fits.all() and len(roots):
                over.append(job.of(roots, job.rows[~fits]))
            rows = job.rows[fits]
            if len(roots) and len(rows):
                distinct, which = np.unique(ref, return_inverse=True)
                given = [place(unit.grids[r]) for r in rows.tolist()]
                work.append(Piece(distinct, given, [place(unit.expected[r]) for r in rows.tolist()]))
                taken.append((job.of(roots, rows), which))
        if not work:
            return over, left
        answered = yield from machine.running(self.steps, work, grids, much)
        if much:
            noted |= {digest(root) for ref, root in self._pairs(units, jobs, refs) if ref in much}
        for (job, which), answers in zip(taken, answered, strict=True):
            self._noted(units[job.unit], outcomes[job.unit], job, answers[which], over, left)
        return over, left

    def _pairs(self, units: list[Unit], jobs: list[Job], refs: list[np.ndarray]) -> Iterator[tuple[int, int]]:
        """The reference of each root of jobs, and the root."""
        for job, ref in zip(jobs, refs, strict=True):
            yield from zip(ref.tolist(), units[job.unit].roots[job.roots].tolist(), strict=True)

    def _references(self, unit: Unit, roots: np.ndarray) -> np.ndarray:
        """The references of the steps that judge roots; -1 where the machine has none."""
        return np.array([self.assembler.root(s) for s in self._slots(unit, roots)], np.int64)

    def _noted(
        self, unit: Unit, outcome: Outcome, job: Job, answers: np.ndarray, over: list, left: list
    ) -> None:
        """Codes and scores from the machine's answers int32[roots, rows, 2]."""
        flags, score = answers[:, :, 0], answers[:, :, 1]
        fits_none = flags & (HARD | LEFT | HOPELESS) == HOPELESS
        flags = np.where(flags & HOPELESS != 0, flags | OVERFLOW, flags)
        unknown = np.array([unit.expected[r] is None for r in job.rows.tolist()])
        hard = flags & (HARD | LEFT | ANSWERED)
        error, sound, held = (flags & ERROR) != 0, hard == ANSWERED, hard != UNSUPPORTED | ANSWERED
        vast = (flags & MANY_ROWS) != 0
        codes = [ERROR_, OK_, CAPACITY_, UNSUPPORTED_]
        code = np.select([error, sound, vast | fits_none, ~held], codes, NONE_).astype(np.int8)
        where = np.ix_(job.roots, job.rows)
        outcome.code[where] = code
        given = (code == OK_) | (code == ERROR_)
        outcome.score[where] = np.where(unknown | ~given, UNKNOWN, np.where(error, 0, score))
        # What else is wrong may be so only because something did not fit.
        larger = hard & (OVERFLOW | LEFT | ANSWERED) == OVERFLOW | ANSWERED
        split(job, (code == NONE_) & larger, over)
        split(job, (code == NONE_) & ~larger, left)
        for index in job.roots[vast.any(axis=1)].tolist():
            outcome.reasons[index, CAPACITY_] = too_many(MOST_ROWS)
        for index in job.roots[sound.any(axis=1)].tolist():
            kind = self.lowered.values[int(unit.roots[index])].type
            if coercion_cost(kind, GRID) >= 1000:
                outcome.reasons[index, OK_] = f"the result is of type {kind}"

    def _planned(self, unit: Unit, outcome: Outcome, job: Job, timeout: float) -> np.ndarray:
        """The roots of a job that a shard can evaluate; the others get their answers here."""
        planned, alone = [], []
        for index in job.roots.tolist():
            value = self.lowered.values[int(unit.roots[index])]
            if isinstance(value, Traced) and value.slot is not None:
                planned.append(index)
            elif isinstance(value, Raises | Closure | Fixed):
                if not isinstance(value, Raises):
                    outcome.reasons[index, OK_] = "the result is a function"
                outcome.code[index, job.rows] = ERROR_ if isinstance(value, Raises) else OK_
                outcome.score[index, job.rows] = [
                    UNKNOWN if unit.expected[r] is None else 0 for r in job.rows
                ]
            elif isinstance(value, Choice):
                outcome.reasons[index, UNSUPPORTED_] = "the type of the result depends on the data"
                outcome.code[index, job.rows] = UNSUPPORTED_
            else:
                alone.append(index)
        self._alone(unit, outcome, job, np.array(alone, np.int64), timeout)
        return np.array(planned, np.int64)

    def _nodes(self, unit: Unit, roots: np.ndarray) -> np.ndarray:
        """The lowered nodes of planned roots."""
        return np.array(self._slots(unit, roots), np.int64) // 3

    def _slots(self, unit: Unit, roots: np.ndarray) -> list[int]:
        """The slots of planned roots."""
        values = self.lowered.values
        return [values[r].slot for r in unit.roots[roots].tolist()]

    # One class ----------------------------------------------------------------------------------------------------

    def _run_class(
        self, side: int, units, outcomes, jobs: list[Job], timeout: float, last: bool
    ) -> Generator[None, None, list[Job]]:
        """Evaluate jobs in one class; the jobs that are left for the next."""
        if not jobs:
            return []
        fits = largest_grid(side)
        later, todo = [], []
        for job in jobs:
            large = np.array([max(units[job.unit].grids[r].shape) > fits for r in job.rows.tolist()])
            if large.any() and not last:
                later.append(job.of(job.roots, job.rows[large]))
            rows = job.rows if last else job.rows[~large]
            if len(rows):
                todo.append(job.of(job.roots, rows))
        engine = self.interpreter.engine(side)
        if todo and side != self.interpreter.classes[0]:
            engine.kernels.preload(self._signatures(units, todo))
        n = max(1, len(self.nodes.args))
        size = max(1, DENSE // n)
        most = max(1, engine.file.rows // PLANES)
        pending = [part for k in range(0, len(todo), size) for part in bounded(todo[k : k + size], most)]
        pending.reverse()
        while pending:
            part = pending.pop()
            single = len(part) == 1 and len(part[0].roots) == 1
            try:
                over, more = self._run_shard(engine, units, outcomes, part, timeout, last)
            except RegistersFull:
                over, more = [], halves(part) or [part]
            later += over
            if not single:
                pending += more
            elif more:
                # Not while the exception is handled: its frames hold the shard, and that its rows.
                self._alone(units[part[0].unit], outcomes[part[0].unit], part[0], part[0].roots, timeout)
            yield
        return later

    def _run_shard(
        self, engine, units, outcomes, jobs: list[Job], timeout: float, last: bool
    ) -> tuple[list[Job], list[list[Job]]]:
        """Evaluate jobs in one shard: what is left for the next class, and what needs a shard of its own, for want of memory."""
        number = self.nodes.number
        planned = plan(self.nodes.args, [number[self._nodes(units[j.unit], j.roots)] for j in jobs])
        grids = [[units[j.unit].grids[r] for r in j.rows.tolist()] for j in jobs]
        shard = Shard(engine, self.nodes, planned, grids, timeout, last)
        if int(shard.unit_rows.sum()) > 8 * engine.file.rows and (len(jobs) > 1 or len(jobs[0].roots) > 1):
            raise RegistersFull  # values are scalars, too; beyond this it would surely not fit
        self.operations += int(shard.unit_rows.sum())
        engine.memo, engine.merge_calls = Memo(engine.file) if self._share else None, self._share
        try:
            return self._answered(engine, shard, planned, units, outcomes, jobs, last)
        finally:
            engine.memo, engine.merge_calls = None, True
            engine.check = _unlimited  # that of the shard holds it, and so its rows

    def _answered(
        self, engine, shard, planned, units, outcomes, jobs, last
    ) -> tuple[list[Job], list[list[Job]]]:
        shard.run()
        self.groups += shard.calls
        start = time.perf_counter()
        counters = self.interpreter.counters
        elsewhere = counters.running + counters.obtaining
        found = self._answers(engine, shard, planned, units, outcomes, jobs, last)
        spent = time.perf_counter() - start - (counters.running + counters.obtaining - elsewhere)
        self.seconds["score"] += spent
        return found

    def _answers(
        self, engine, shard: Shard, planned, units, outcomes, jobs, last
    ) -> tuple[list[Job], list[list[Job]]]:
        """Codes and scores of a shard's roots; what did not fit as jobs for the next class, and roots that need a shard of their own."""
        items = np.concatenate(planned.roots)
        codes, scores = self._judged(engine, shard, items, units, jobs)
        later: list[Job] = []
        more: list[list[Job]] = []
        first = 0
        for k, job in enumerate(jobs):
            n, r = len(job.roots), len(job.rows)
            code = codes[first : first + n * r].reshape(n, r)
            where = np.ix_(job.roots, job.rows)
            outcomes[job.unit].score[where] = scores[first : first + n * r].reshape(n, r)
            reason = shard.reason[planned.roots[k]]
            code[reason == LATE] = TIMEOUT_
            outcomes[job.unit].code[where] = code
            first += n * r
            if not last:
                over = code == CAPACITY_
                over[reason == ALONE] = False
                split(job, over, later)
            for index, item in zip(job.roots.tolist(), planned.roots[k].tolist(), strict=True):
                kind = shard.kind[3 * item]
                if kind != DEAD and coercion_cost(shard.types[kind], GRID) >= 1000:
                    outcomes[job.unit].reasons[index, OK_] = f"the result is of type {shard.types[kind]}"
            for index in np.flatnonzero(reason > LATE).tolist():
                outcomes[job.unit].reasons[int(job.roots[index]), UNSUPPORTED_] = shard.reasons[reason[index]]
            more += [[job.of(job.roots[n : n + 1], job.rows)] for n in np.flatnonzero(reason == ALONE)]
        return later, more

    def _judged(self, engine, shard: Shard, items, units, jobs) -> tuple[np.ndarray, np.ndarray]:
        """For all rows of the roots' items: code int8 and score int16."""
        flags = shard.flags(items)
        code = np.full(len(flags), OK_, np.int8)
        code[(flags & HARD) != 0] = UNSUPPORTED_
        code[(flags & OVERFLOW) != 0] = CAPACITY_
        code[(flags & ERROR) != 0] = ERROR_
        score = np.where(code == ERROR_, 0, UNKNOWN).astype(np.int16)
        pair, expected = expected_of(units, jobs, engine)
        kinds = shard.kind[3 * items]
        for number in np.unique(kinds[kinds != DEAD]).tolist():
            these = np.flatnonzero(kinds == number)
            mine = np.flatnonzero(np.repeat(kinds == number, shard.unit_rows[items]))
            if coercion_cost(shard.types[number], GRID) >= 1000:
                score[mine[code[mine] == OK_]] = 0
                continue
            value = shard.value(3 * items[these])
            if value.type is not GRID:
                value = engine.coerce(value, GRID)
                over = (value.flags & OVERFLOW) != 0
                code[mine[over]] = CAPACITY_
                code[mine[~over & ((value.flags & HARD) != 0)]] = UNSUPPORTED_
                code[mine[(value.flags & ERROR) != 0]] = ERROR_
            sound = code[mine] == OK_
            score[mine[sound]] = scored(
                engine, take(value, np.flatnonzero(sound)), pair[mine[sound]], expected
            )
        unknown = expected.unknown[pair]
        score[unknown] = UNKNOWN
        score[(code != OK_) & (code != ERROR_)] = UNKNOWN
        return code, score

    def _alone(self, unit: Unit, outcome: Outcome, job: Job, roots: np.ndarray, timeout: float) -> None:
        """Programs one by one, with values dropped as soon as they are not needed."""
        from jbatt.run.score import score

        grids = [unit.grids[r] for r in job.rows.tolist()]
        for index in roots.tolist():
            answers = self.interpreter.run([int(unit.roots[index])], grids, timeout)[0]
            for row, answer in zip(job.rows.tolist(), answers, strict=True):
                outcome.code[index, row] = CODES.index(answer.status)
                expected = unit.expected[row]
                known = expected is not None and answer.status in (OK, FAILED_TO_RUN)
                outcome.score[index, row] = UNKNOWN
                if known:
                    outcome.score[index, row] = score(answer.grid, expected) if answer.status == OK else 0
                if answer.reason and answer.status != OK:
                    outcome.reasons[index, CODES.index(answer.status)] = answer.reason
            short = [a.status == CAPACITY and a.reason == NO_ROOM for a in answers]
            if any(short) and not job.left:
                self._instead(unit, outcome, index, job.rows[short])


def _unlimited() -> None:
    """Nothing is too late."""
