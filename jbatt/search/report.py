"""What a search leaves in its folder: results.jsonl and summary.json as a run has them, found.py, near.py, and a plot."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from jbatt.errors import JbattError
from jbatt.program import Graph, ProgramSet, read_source
from jbatt.run.keep import solvers
from jbatt.run.results import SOLVED
from jbatt.run.summary import summary
from jbatt.run.validate import Validation, validate
from jbatt.search.search import Search, passes
from jbatt.search.state import State
from jbatt.store.solvers import Solver, to_file
from jbatt.tasks import TaskSet

FOUND, NEAR = "found.py", "near.py"
"""What was found, and the nearest miss of each task that is not solved."""


def results(search: Search, tasks: TaskSet, store: Any = None) -> tuple[Validation, list[Solver]]:
    """All programs found, and the nearest miss of each task that is not solved, validated on all pairs with full scores."""
    texts, how = [], {}
    parents: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for piece in search.state.pieces:
        for source in piece.found:
            counts[piece.task] += 1
            texts.append(_named(source, f"solve_{piece.task}__{counts[piece.task]}"))
            name = texts[-1].split("(", 1)[0][4:]
            how[name] = piece.stage
            if source in piece.parents:
                parents[name] = piece.parents[source]
    programs = ProgramSet(Graph())
    for file, text in ((FOUND, "\n\n".join(texts)), (NEAR, near_text(search))):
        if text:
            programs.programs += read_source(text, file, programs.graph).programs
    if not programs.programs:
        return Validation(), []
    run = validate(programs, tasks, passes=passes(), store=store, full_scores=True)
    return run, _solvers(run, programs, tasks.source, how, parents)


def near_text(search: Search) -> str:
    """The nearest miss of each task that is not solved, as ARC-DSL."""
    near = ((task, next(iter(near))) for task, near in search.near.items() if near)
    return "\n\n".join(
        _named(source, f"solve_{task}__near") for task, source in near if task not in search.solved
    )


def _solvers(
    run: Validation, programs: ProgramSet, data: str, how: dict[str, str], parents: dict[str, str]
) -> list[Solver]:
    found: list[Solver] = []
    made_from = {p.body: parents[p.name] for p in programs.programs if p.name in parents}
    for stage in ("enumeration", "mixing", "mutation"):
        mine = [r for r in run.results if r.status == SOLVED and how.get(r.program) == stage]
        found += solvers(mine, programs, data, stage, made_from if stage == "mutation" else None)
    return sorted(found, key=lambda s: (s.task, s.calls, len(s.source), s.body))


def write(
    folder: Path,
    search: Search,
    tasks: TaskSet,
    run: Validation,
    found: list[Solver],
    seconds: float,
    finished: bool,
) -> dict[str, Any]:
    """Write the files, each whole or not at all; the summary. Raises JbattError where the disk does."""
    report = summary(run, tasks, seconds, finished)
    report["search"] = figures(search.state, run, tasks)
    try:
        _replace(folder / "results.jsonl", "".join(r.to_json() + "\n" for r in run.results))
        head = f"# Programs found by search for {len({s.task for s in found})} of {len(tasks)} tasks of {tasks.source}.\n\n\n"
        _replace(folder / FOUND, head + to_file(found))
        _replace(folder / NEAR, near_text(search))
        _replace(folder / "summary.json", json.dumps(report, indent=2) + "\n")
    except OSError as e:
        raise JbattError(f"{folder}: results cannot be written there: {e.strerror}") from None
    return report


def figures(state: State, run: Validation, tasks: TaskSet) -> dict[str, Any]:
    """Counts of a search: programs tried and their rate, distinct values, tasks solved over time and by what."""
    tried = sum(p.tried for p in state.pieces)
    both = {r.task for r in run.results if r.status == SOLVED and r.solves_tests}
    stages: Counter[str] = Counter()
    for _, piece in solved_over_time(state):
        stages[piece.stage] += 1
    rounds = Counter((p.stage, p.round) for p in state.pieces)
    return {
        "seconds": state.seconds,
        "programs_tried": tried,
        "programs_per_second": round(tried / state.seconds, 1) if state.seconds else 0.0,
        "distinct_values": sum(p.values for p in state.pieces),
        "tasks": len(tasks),
        "tasks_solved": len({r.task for r in run.results if r.status == SOLVED}),
        "tasks_solved_with_tests": len(both),
        "solved_by": dict(stages),
        "pieces": {
            f"{stage} {k}": n for (stage, k), n in sorted(rounds.items(), key=lambda i: (i[0][1], i[0][0]))
        },
        "solved_over_time": [[at, n] for n, (at, _) in enumerate(solved_over_time(state), 1)],
    }


def solved_over_time(state: State) -> list[tuple[float, Any]]:
    """For each solved task the seconds after which it was, and the piece that did it, in order."""
    first: dict[str, Any] = {}
    for p in state.pieces:
        if p.found:
            first.setdefault(p.task, p)
    return sorted(((p.at, p) for p in first.values()), key=lambda s: s[0])


def plot(state: State, total: int, path: Path) -> None:
    """Tasks solved over time as an SVG. Raises JbattError where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        raise JbattError("--plot needs matplotlib: pip install 'jbatt[plot]'") from None
    matplotlib.use("svg")
    from matplotlib import pyplot

    times = [at for at, _ in solved_over_time(state)]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    axes.step([0.0, *times, state.seconds], [0, *range(1, len(times) + 1), len(times)], where="post")
    axes.set(
        xlabel="seconds", ylabel=f"tasks with all demos right (of {total})", xlim=(0, None), ylim=(0, None)
    )
    axes.grid(alpha=0.3)
    figure.tight_layout()
    try:
        figure.savefig(path, format="svg")
    except OSError as e:
        raise JbattError(f"{path}: cannot be written: {e.strerror}") from None
    finally:
        pyplot.close(figure)


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _named(source: str, name: str) -> str:
    return f"def {name}(I):\n" + source.split("\n", 1)[1]
