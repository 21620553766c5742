"""Mutants of ARC-DSL programs: a workload as program search makes it, the same for everyone.

    python benchmarks/workload.py --programs ARC/solvers.py --dsl ARC/dsl.py --out candidates.py

From each of the first T programs `solve_<task>` whose task is at hand come N candidates `solve_<task>__c0000` to
`solve_<task>__c<N - 1>`. First is meant by task id: ARC-DSL's solvers stand in the order of their length, and its first
100 have one to four calls (`--order file` takes those). Candidate 0 is the program as it is, every other has one to
three edits:

- a constant becomes another of its kind (colours, integers, booleans, directions, sizes),
- the primitive of a line becomes another with the same annotated parameters and result,
- an argument that is a variable becomes an earlier variable, most often one of the same annotated type.

Edits are drawn anew for each candidate, so some candidates of a short program are equal, as in a search. A candidate
depends on the seed, the program and its own number alone: more of them do not change those that there were. Signatures
and constants are read from the text of ARC-DSL's files; nothing is imported or executed.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

INPUT = "I"
SAME_TYPE = 0.9
"""How often a variable is replaced by one of the same annotated type, where a program has such a place."""

CANDIDATE = re.compile(r"solve_(?P<task>.+)__c\d+")


@dataclass(frozen=True)
class Line:
    """`target = function(args)`."""

    target: str
    function: str
    args: tuple[str, ...]

    def __str__(self) -> str:
        return f"    {self.target} = {self.function}({', '.join(self.args)})"


@dataclass(frozen=True)
class Source:
    """A program: its name, its lines and the variable that it returns."""

    name: str
    lines: tuple[Line, ...]
    result: str

    def text(self, name: str) -> str:
        return "\n".join([f"def {name}({INPUT}):", *map(str, self.lines), f"    return {self.result}"]) + "\n"


@dataclass(frozen=True)
class Language:
    """ARC-DSL as mutations see it.

    results: primitive -> annotated result type; alike: primitive -> the others with its signature; kinds: constant ->
    the others of its kind.
    """

    results: dict[str, str]
    alike: dict[str, list[str]]
    kinds: dict[str, list[str]]


# Reading ----------------------------------------------------------------------------------------------------------


def read_sources(path: Path) -> list[Source]:
    """The functions of a file that have one call a line on names, in their order; others are left out."""
    found = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and [a.arg for a in node.args.args] == [INPUT]:
            *body, last = node.body
            lines = [_line(statement) for statement in body]
            if isinstance(last, ast.Return) and isinstance(last.value, ast.Name) and lines and all(lines):
                found.append(Source(node.name, tuple(line for line in lines if line), last.value.id))
    return found


def _line(statement: ast.stmt) -> Line | None:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, call = statement.targets[0], statement.value
    if not (isinstance(target, ast.Name) and isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        return None
    args = [a.id for a in call.args if isinstance(a, ast.Name)]
    if call.keywords or len(args) != len(call.args):
        return None
    return Line(target.id, call.func.id, tuple(args))


def read_language(dsl: Path, constants: Path) -> Language:
    """Signatures and constants from the text of ARC-DSL's `dsl.py` and `constants.py`."""
    signatures: dict[str, tuple[tuple[str, ...], str]] = {}
    for node in ast.parse(dsl.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            given = tuple(ast.unparse(a.annotation) if a.annotation else "" for a in node.args.args)
            signatures[node.name] = (given, ast.unparse(node.returns) if node.returns else "")
    kinds: dict[str, str] = {}
    for node in ast.parse(constants.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            kinds[node.targets[0].id] = _kind(ast.literal_eval(node.value))
    return Language(
        {name: result for name, (_, result) in signatures.items()},
        _others({name: repr(signature) for name, signature in signatures.items()}),
        _others(kinds),
    )


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "colour" if 0 <= value <= 9 else "integer"
    if isinstance(value, tuple) and all(v in (-1, 0, 1) for v in value):
        return "direction"
    return "size"


def _others(groups: dict[str, str]) -> dict[str, list[str]]:
    """For each name the others of its group."""
    members: dict[str, list[str]] = defaultdict(list)
    for name, group in groups.items():
        members[group].append(name)
    return {name: [m for m in members[group] if m != name] for name, group in groups.items()}


# Mutating ---------------------------------------------------------------------------------------------------------


def mutant(source: Source, language: Language, draw: random.Random) -> Source:
    """The program with one to three edits; unchanged only where no edit is possible."""
    for _ in range(draw.randint(1, 3)):
        source = edited(source, language, draw)
    return source


@dataclass(frozen=True)
class Place:
    """What an edit can change: the function of line `at` (`k` is None) or its argument `k`, and what may come there."""

    at: int
    k: int | None
    names: list[str]


def edited(source: Source, language: Language, draw: random.Random) -> Source:
    """The program with one edit: the kind of edit is drawn first, then the place, then what comes there."""
    kinds = [_constants, _primitives, _variables]
    draw.shuffle(kinds)
    for kind in kinds:
        places = kind(source, language, draw)
        if places:
            place = draw.choice(places)
            name, line = draw.choice(place.names), source.lines[place.at]
            if place.k is None:
                line = replace(line, function=name)
            else:
                line = replace(line, args=(*line.args[: place.k], name, *line.args[place.k + 1 :]))
            return replace(source, lines=(*source.lines[: place.at], line, *source.lines[place.at + 1 :]))
    return source


def _constants(source: Source, language: Language, draw: random.Random) -> list[Place]:
    return [
        Place(at, k, language.kinds[a])
        for at, line in enumerate(source.lines)
        for k, a in enumerate(line.args)
        if language.kinds.get(a)
    ]


def _primitives(source: Source, language: Language, draw: random.Random) -> list[Place]:
    return [
        Place(at, None, language.alike[line.function])
        for at, line in enumerate(source.lines)
        if language.alike.get(line.function)
    ]


def _variables(source: Source, language: Language, draw: random.Random) -> list[Place]:
    """Variables that another can replace: mostly those for which there is one of the same annotated type."""
    types: dict[str, str | None] = {INPUT: "Grid"}
    same: list[Place] = []
    other: list[Place] = []
    for at, line in enumerate(source.lines):
        for k, a in enumerate(line.args):
            if a not in types:
                continue
            others = [v for v in types if v != a]
            alike = [v for v in others if types[v] is not None and types[v] == types[a]]
            if others:
                other.append(Place(at, k, others))
            if alike:
                same.append(Place(at, k, alike))
        # The value of a variable that is called has no annotation.
        types[line.target] = language.results.get(line.function)
    return same if same and draw.random() < SAME_TYPE else other


# The workload -----------------------------------------------------------------------------------------------------


def workload(
    sources: list[Source],
    language: Language,
    ids: Collection[str],
    tasks: int | None,
    candidates: int,
    seed: int,
    order: str = "id",
) -> dict[str, str]:
    """Name -> text of all candidates, task by task, in the order of the task ids or of the file ("file")."""
    chosen = [s for s in sources if s.name.removeprefix("solve_") in ids]
    if order == "id":
        chosen.sort(key=lambda source: source.name)
    chosen = chosen[:tasks]
    made: dict[str, str] = {}
    for source in chosen:
        for k in range(candidates):
            name = f"{source.name}__c{k:04}"
            draw = random.Random(f"{seed} {source.name} {k}")
            made[name] = (mutant(source, language, draw) if k else source).text(name)
    return made


def write_workload(
    programs: Path,
    dsl: Path,
    out: Path,
    ids: Collection[str],
    tasks: int | None = 100,
    candidates: int = 132,
    seed: int = 0,
    order: str = "id",
) -> dict[str, str]:
    """Write the candidates into one file and give them back; `constants.py` lies beside `dsl.py`."""
    language = read_language(dsl, dsl.with_name("constants.py"))
    made = workload(read_sources(programs), language, ids, tasks, candidates, seed, order)
    if not made:
        raise SystemExit(f"{programs}: no function solve_<task id>(I) of a task at hand with one call a line")
    out.write_text("\n\n".join(made.values()), encoding="utf-8")
    return made


def task_of(name: str) -> str:
    """The task of a candidate."""
    found = CANDIDATE.fullmatch(name)
    if not found:
        raise ValueError(f"{name!r} is not the name of a candidate")
    return found["task"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--programs", type=Path, required=True, help="a file of ARC-DSL programs, as solvers.py"
    )
    parser.add_argument(
        "--dsl", type=Path, required=True, help="ARC-DSL's dsl.py, with constants.py beside it"
    )
    parser.add_argument(
        "--data", default="arc-agi-1/training", help="tasks at hand, as `jbatt run --tasks` takes them"
    )
    parser.add_argument("--tasks", type=int, default=100, help="programs to take (default 100)")
    parser.add_argument("--candidates", type=int, default=132, help="candidates of each (default 132)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--order", choices=("id", "file"), default="id", help="which programs come first")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    options = parser.parse_args()

    from jbatt.tasks import load_tasks

    ids = {task.id for task in load_tasks(options.data)}
    made = write_workload(
        options.programs,
        options.dsl,
        options.out,
        ids,
        options.tasks,
        options.candidates,
        options.seed,
        options.order,
    )
    bodies = Counter(text.split("\n", 1)[1] for text in made.values())
    print(
        f"{len(made)} candidates of {len({task_of(name) for name in made})} tasks, "
        f"{len(bodies)} distinct texts, {sum(text.count(chr(10)) - 2 for text in made.values())} lines"
    )


if __name__ == "__main__":
    main()
