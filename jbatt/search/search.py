"""The search: rounds of enumeration with growing budgets, mixing, and mutation of what nearly solves a task.

Each round enumerates for the tasks that are open, tries what was found on the others, and mutates near misses. The sequence of
pieces depends on the tasks, the seed and the programs given, not on the time: a search that has less time does the first
pieces of the same sequence. Selection sees demo pairs alone: tasks are handed around without their tests.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from jbatt.program import Program, ProgramSet, read_source
from jbatt.program.graph import Graph
from jbatt.run.passes import Passes, make
from jbatt.run.results import SOLVED
from jbatt.run.settings import Settings
from jbatt.run.validate import validate
from jbatt.search.hints import hints
from jbatt.search.mixing import mixed
from jbatt.search.mutate import Mutants, Mutator
from jbatt.search.state import Piece, State
from jbatt.search.text import program_text
from jbatt.search.workers import Claims, Group, Workers
from jbatt.tasks import Task, TaskSet

FIRST_BUDGET, GROWTH = 2000, 5
"""Evaluations for each task in the first round, and how many times more in each that follows."""
GROUP = 1 << 16
"""Evaluations of tasks that are enumerated together."""
MOST_TOGETHER = 16
MOST_FOUND, MOST_PARENTS = 4, 6
MUTANTS = 3
"""Mutants of each near miss in the first round; each round that follows has as many more."""
MUTATED = 40
"""Tasks whose mutants are validated together: their calls are then few and large."""
PASSES = ("solver-body-cache", "early-exit", "operation-cache", "batch-validation")
"""Not the validation cache: what is tried here is seldom tried again."""


class Search:
    """Runs pieces until the deadline, a `time.perf_counter()`; `state` has what is done.

    evaluations: the largest budget of a task in a round; None: there are rounds until the time is over. programs: what mixing and
    mutation start with. workers: processes that enumerate. progress(piece) is called after each new piece.
    """

    def __init__(
        self,
        tasks: TaskSet,
        state: State,
        deadline: float,
        seed: int = 0,
        evaluations: int | None = None,
        programs: ProgramSet | None = None,
        store: Any = None,
        on_compile: Callable[[Any], Any] | None = None,
        progress: Callable[[Piece], Any] = lambda piece: None,
        workers: int = 1,
    ):
        self.tasks = {t.id: Task(t.id, t.demos, ()) for t in tasks}
        self.state, self.deadline, self.seed, self.evaluations = state, deadline, seed, evaluations
        self.store, self.on_compile, self.progress = store, on_compile, progress
        self.given = [program_text(programs.graph, p.root) for p in programs.programs] if programs else []
        self.workers = Workers(workers, store, on_compile)
        self.solved: set[str] = set()
        self.near: dict[str, dict[str, float]] = {}
        self._start = time.perf_counter() - state.seconds
        for piece in state.pieces:
            self._learn(piece)

    def run(self) -> bool:
        """Search; whether it came to its end before the deadline."""
        try:
            return self._rounds()
        finally:
            self.workers.close()

    def _rounds(self) -> bool:
        for round_, budget in enumerate(self._budgets()):
            for stage in (self._enumerate, self._mix, self._mutate):
                if not stage(round_, budget):
                    return False
            if len(self.solved) == len(self.tasks):
                return True
        return True

    def _budgets(self) -> Iterator[int]:
        budget = FIRST_BUDGET
        while self.evaluations is None or budget < self.evaluations:
            yield budget
            budget *= GROWTH
        yield self.evaluations

    def _open(self, stage: str, round_: int) -> tuple[list[str], set[str]]:
        """The tasks that were open when a stage of a round began, and those that are done with it."""
        done = self.state.done(stage, round_)
        return [i for i in self.tasks if i not in self.solved or i in done], set(done)

    def _finish(self, pieces: list[Piece]) -> None:
        at = time.perf_counter() - self._start
        for piece in pieces:
            piece.at = round(at, 3)
            self._learn(piece)
        self.state.add(pieces)
        for piece in pieces:
            self.progress(piece)

    def _learn(self, piece: Piece) -> None:
        if piece.found:
            self.solved.add(piece.task)
        known = self.near.setdefault(piece.task, {})
        known.update({source: score for score, source in piece.near})
        best = sorted(known.items(), key=lambda item: (-item[1], len(item[0]), item[0]))[:MOST_PARENTS]
        self.near[piece.task] = dict(best)

    @property
    def late(self) -> bool:
        return time.perf_counter() > self.deadline

    # Enumeration --------------------------------------------------------------------------------------------------

    def _enumerate(self, round_: int, budget: int) -> bool:
        ids, done = self._open("enumeration", round_)
        size = max(1, min(MOST_TOGETHER, GROUP // budget))
        until = time.time() + self.deadline - time.perf_counter()

        def groups() -> Iterator[Group]:
            for first in range(0, len(ids), size):
                tasks = tuple([self.tasks[i] for i in ids[first : first + size] if i not in done])
                if tasks and not self.late:
                    yield Group(tasks, budget, self.seed, until)

        for group, claims in self.workers.run(groups()):
            late = self.late
            right = self._right(group, claims)
            pieces = []
            for task, c in zip(group.tasks, claims, strict=True):
                near = [] if right[task.id] else list(c.near)
                pieces.append(
                    Piece("enumeration", round_, task.id, right[task.id], near, c.evaluations, c.values)
                )
            # What was cut short by the time is not done, but what it found is found.
            self._finish([p for p in pieces if p.found] if late else pieces)
        return not self.late

    def _right(self, group: Group, claims: list[Claims]) -> dict[str, list[str]]:
        """For each task of a group those of its claims that validation finds to solve the demos."""
        named = {
            f"solve_{task.id}__{k}": _renamed(text, f"solve_{task.id}")
            for task, c in zip(group.tasks, claims, strict=True)
            for k, text in enumerate(c.found)
        }
        right: dict[str, list[str]] = {task.id: [] for task in group.tasks}
        if named:
            read = read_source("\n\n".join(_renamed(text, name) for name, text in named.items()))
            tasks = TaskSet.of("search", group.tasks)
            run = validate(read, tasks, passes=passes(), store=self.store, on_compile=self.on_compile)
            for r in run.results:
                if r.status == SOLVED and len(right[r.task]) < MOST_FOUND:
                    right[r.task].append(named[r.program])
        return right

    def _set(self, ids: list[str] | None = None) -> TaskSet:
        return TaskSet.of("search", [self.tasks[i] for i in (ids or self.tasks)])

    # Mixing -------------------------------------------------------------------------------------------------------

    def _mix(self, round_: int, budget: int) -> bool:
        """What was found for some task, what came near for another, and at first the programs given, on all open tasks."""
        ids, done = self._open("mixing", round_)
        todo = [i for i in ids if i not in done]
        sources = mixed(self.state.pieces, round_, self.given, list(self.tasks), self.seed)
        if not todo or not sources:
            return not self.late
        if self.late:
            return False
        graph = Graph()
        read = read_source("\n\n".join(_renamed(s, f"mix_{k}") for k, s in enumerate(sources)), graph=graph)
        read.programs = list({p.body: p for p in read.programs}.values())
        roots = {p.name: p.root for p in read.programs}
        for first in range(0, len(todo), 50):
            part = todo[first : first + 50]
            run = validate(
                read,
                self._set(part),
                match="all",
                passes=passes(),
                store=self.store,
                on_compile=self.on_compile,
            )
            pieces = {i: Piece("mixing", round_, i, tried=len(read.programs)) for i in part}
            for r in run.results:
                if r.status == SOLVED:
                    pieces[r.task].found.append(program_text(graph, roots[r.program], f"solve_{r.task}"))
                elif r.demos and None not in r.demos and sum(s or 0 for s in r.demos) > 500 * len(r.demos):
                    score = sum(s or 0 for s in r.demos) / len(r.demos)
                    pieces[r.task].near.append((round(score, 3), program_text(graph, roots[r.program])))
            for piece in pieces.values():
                _keep_smallest(piece)
                piece.near = sorted(piece.near, key=lambda n: (-n[0], len(n[1]), n[1]))[:MOST_PARENTS]
            self._finish(list(pieces.values()))
            if self.late:
                return False
        return True

    # Mutation -----------------------------------------------------------------------------------------------------

    def _mutate(self, round_: int, budget: int) -> bool:
        """Mutants of near misses of the open tasks, each task's with parts of all of its own."""
        ids, done = self._open("mutation", round_)
        todo = [i for i in ids if i not in done]
        for first in range(0, len(todo), MUTATED):
            if self.late:
                return False
            part = todo[first : first + MUTATED]
            graph = Graph()
            named: dict[str, tuple[int, str]] = {}
            for i in part:
                named.update(self._mutants(graph, i, round_))
            pieces = {i: Piece("mutation", round_, i) for i in part}
            for name in named:
                pieces[name.split("_")[1]].tried += 1
            programs = ProgramSet(graph, [_program(graph, name, root) for name, (root, _) in named.items()])
            if programs.programs:
                run = validate(
                    programs, self._set(part), passes=passes(), store=self.store, on_compile=self.on_compile
                )
                for r in run.results:
                    if r.status == SOLVED:
                        root, parent = named[r.program]
                        source = program_text(graph, root, f"solve_{r.task}")
                        pieces[r.task].found.append(source)
                        pieces[r.task].parents[source] = parent
            for piece in pieces.values():
                _keep_smallest(piece)
            self._finish(list(pieces.values()))
        return not self.late

    def _mutants(self, graph: Graph, task: str, round_: int) -> dict[str, tuple[int, str]]:
        """By name the root of each mutant, and the body of what it was made from."""
        parents = [_renamed(s, f"near_{k}") for k, s in enumerate(self.near.get(task, ()))]
        if not parents:
            return {}
        read = read_source("\n\n".join(parents), graph=graph)
        mutator = Mutator(read)
        draw = random.Random(f"{self.seed} {task} {round_}")
        seen = {p.root for p in read.programs}
        known = hints(self.tasks[task])
        found: dict[int, str] = {}
        for p in read.programs:
            made = mutator.mutants(p.root, MUTANTS * (round_ + 1), draw, known, seen, Mutants())
            found.update(dict.fromkeys(made, p.body))
        return {f"solve_{task}_{k}": (root, body) for k, (root, body) in enumerate(found.items())}


def passes() -> Passes:
    """The passes that the search validates with."""
    return make(Settings(passes=list(PASSES)))


def _program(graph: Graph, name: str, root: int) -> Program:
    return Program(name, "<search>", 1, root, graph.body(root), [], 0)


def _keep_smallest(piece: Piece) -> None:
    """The few smallest of the programs found."""
    piece.found = sorted(piece.found, key=lambda s: (len(s), s))[:MOST_FOUND]
    piece.parents = {s: piece.parents[s] for s in piece.found if s in piece.parents}


def _renamed(source: str, name: str) -> str:
    return f"def {name}(I):\n" + source.split("\n", 1)[1]
