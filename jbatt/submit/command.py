"""What `jbatt submit` and `jbatt score` do."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from jbatt.errors import JbattError
from jbatt.markup import plain
from jbatt.program import read_programs
from jbatt.submit.score import Score, score
from jbatt.submit.submission import read, write
from jbatt.tasks import load_tasks


def submit_command(
    *,
    source: str,
    ids: list[str] | None,
    start: int,
    limit: int | None,
    programs: list[Path] | None,
    match: str,
    timeout: float,
    out: Path,
    quiet: bool,
) -> None:
    """Validate programs on the demo pairs and write the outputs of the best. Raises JbattError for bad input."""
    from jbatt.run import display
    from jbatt.run.command import bank, selected
    from jbatt.run.match import match as matched
    from jbatt.run.passes import make
    from jbatt.run.settings import Settings
    from jbatt.run.validate import Validation, stream
    from jbatt.store.executables import ExecutableStore
    from jbatt.submit.predict import predict

    if not out.parent.is_dir() or out.is_dir():
        raise JbattError(
            f"{out}: cannot be written there, expected the name of a file in a folder that exists"
        )
    taken = selected(source, ids, start, limit)
    known = read_programs(programs if programs else bank())
    total = sum(c.size for c in matched(known, taken, match))
    store = ExecutableStore()
    run = Validation()
    with display.progress(total, quiet) as bar:
        passes = make(Settings())
        # Near misses are told by all their demo scores.
        for new in stream(run, known, taken, match, timeout, bar.compiling, store, passes, full_scores=True):
            run.results += new
            bar.update(run, len(new))
    found = predict(known, taken, run.results, store, timeout)
    write(out, taken, found.attempts)
    if not quiet:
        inputs = sum(len(t.tests) for t in taken)
        given = sum(bool(grids) for rows in found.attempts.values() for grids in rows)
        print(
            f"{out}: {len(taken)} tasks, {inputs} test inputs; attempts for {given} of them, from programs that solve the "
            f"demos of {len(found.solved)} tasks and nearly solve those of {len(found.near)}; placeholders for the others"
        )


def score_command(submission: Path, source: str, every: bool, as_json: bool) -> None:
    """Print the score of a submission. Raises JbattError for bad input."""
    tasks = load_tasks(source)
    found = score(tasks, read(submission, tasks))
    if as_json:
        print(json.dumps(_record(found, source), indent=2))
    else:
        _show(found, every)


def _record(found: Score, source: str) -> dict:
    return {
        "data": source,
        "outputs_right": found.outputs_right,
        "outputs": found.outputs,
        "tasks_solved": found.tasks_solved,
        "tasks": len(found.tasks),
        "mean": round(found.mean, 6),
        "missing": [t.task for t in found.tasks if t.missing],
        "hits": {t.task: list(t.hits) for t in found.tasks},
    }


def _show(found: Score, every: bool) -> None:
    console = Console()
    shown = [t for t in found.tasks if every or any(t.hits)]
    if shown:
        table = Table("task", "outputs right", "attempts", title="Per task", title_justify="left")
        for t in shown:
            right = sum(h > 0 for h in t.hits)
            which = "not in the submission" if t.missing else " ".join(str(h) if h else "-" for h in t.hits)
            table.add_row(plain(t.task), f"{right}/{len(t.hits)}", which, style="green" if t.solved else "")
        console.print(table)
    print(f"outputs {found.outputs_right}/{found.outputs}")
    print(f"tasks   {found.tasks_solved}/{len(found.tasks)} with all outputs right")
    print(f"mean    {100 * found.mean:.2f}% of a task's outputs")
    missing = sum(t.missing for t in found.tasks)
    if missing:
        print(f"{missing} tasks of the data set are not in the submission; they count as not solved")
