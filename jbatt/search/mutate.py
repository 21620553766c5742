"""Typed mutation: programs that differ from given ones by a few edits, always well typed, each only once."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from jbatt.errors import JbattError
from jbatt.program import Program, ProgramSet
from jbatt.run.match import task_of
from jbatt.search.edits import Editor, Typing, pool_of
from jbatt.search.hints import Hints, hints
from jbatt.tasks import TaskSet

MOST_EDITS = 3
TRIES = 12
"""Draws for each mutant that is asked for, before a program counts as exhausted."""


@dataclass
class Mutants:
    """What mutation gave: `drawn` edits led to `made` well-typed programs, of which `programs` are the distinct ones.

    short: names of programs of which there are fewer mutants than asked for.
    """

    programs: list[Program] = field(default_factory=list)
    drawn: int = 0
    made: int = 0
    short: list[str] = field(default_factory=list)


class Mutator:
    """Mutates programs of one graph. Same seed, same programs in the same order: same mutants.

    roots: the programs whose parts may be taken over into others.
    """

    def __init__(self, programs: ProgramSet, roots: list[int] | None = None):
        self.graph = programs.graph
        self.typing = Typing(self.graph)
        known = [p.root for p in programs.programs] if roots is None else roots
        self.editor = Editor(self.typing, pool_of(self.typing, list(dict.fromkeys(known))))

    def well_typed(self, root: int) -> bool:
        """Whether a program has a type that can be a grid."""
        return self.typing.is_grid(self.typing.number(root))

    def mutant(self, root: int, draw: random.Random, hints: Hints) -> int | None:
        """The program after one to three edits."""
        for _ in range(draw.randint(1, MOST_EDITS)):
            found = self.editor.edited(root, draw, hints)
            if found is None:
                return None
            root = found
        return root

    def mutants(
        self, root: int, n: int, draw: random.Random, hints: Hints, seen: set[int], counts: Mutants
    ) -> list[int]:
        """Up to `n` well-typed mutants that are not among `seen`, which grows by them."""
        found: list[int] = []
        if not self.well_typed(root):
            return found
        for _ in range(TRIES * n):
            if len(found) == n:
                break
            counts.drawn += 1
            made = self.mutant(root, draw, hints)
            if made is None:
                continue
            counts.made += 1
            if made not in seen:
                seen.add(made)
                found.append(made)
        return found


def mutate(programs: ProgramSet, n: int, seed: int = 0, tasks: TaskSet | None = None) -> Mutants:
    """`n` mutants of each program, named `<name>__m<number>`, into the same graph; see `Mutants`.

    tasks: where a program is named for one of them, its demo pairs' colours and symmetries are preferred. Mutants that equal
    a program or another mutant are left out. Raises JbattError for a negative number.
    """
    if n < 0:
        raise JbattError(f"{n} mutants of each program, expected 0 or more")
    mutator = Mutator(programs)
    ids = {t.id for t in tasks} if tasks is not None else set()
    seen = {p.root for p in programs.programs}
    known: dict[str, Hints] = {}
    result = Mutants()
    for program in programs.programs:
        task = task_of(program.name, ids)
        if tasks is not None and task is not None and task not in known:
            known[task] = hints(tasks[task])
        draw = random.Random(f"{seed} {program.body}")
        roots = mutator.mutants(program.root, n, draw, known.get(task or "", Hints()), seen, result)
        if len(roots) < n:
            result.short.append(program.name)
        result.programs += [_named(programs, program, root, k) for k, root in enumerate(roots)]
    return result


def _named(programs: ProgramSet, parent: Program, root: int, k: int) -> Program:
    """A mutant as a program: it stands where its parent stands, and has its own text."""
    name = f"{parent.name}__m{k:05}"
    return Program(name, parent.file, parent.line, root, programs.graph.body(root), parent.lines, parent.end)
