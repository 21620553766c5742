"""What `jbatt solvers` does."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from jbatt.errors import JbattError
from jbatt.markup import plain
from jbatt.store.solvers import Solver, SolverStore, to_file


def _chosen(store: Path | None, ids: list[str] | None, best: bool) -> list[Solver]:
    opened = SolverStore(store, create=False)
    found = opened.select(ids, best)
    missing = sorted(set(ids or ()) - {s.task for s in found})
    if missing:
        raise JbattError(f"{opened.path}: no solver of task {', '.join(missing[:5])}")
    return found


def _mark(s: Solver) -> str:
    return {True: "right", False: "wrong", None: "not known"}[s.solves_tests]


def list_command(store: Path | None, ids: list[str] | None, best: bool, as_json: bool) -> None:
    """Print the kept solvers as a table, or as JSON lines without their sources."""
    found = _chosen(store, ids, best)
    if as_json:
        for s in found:
            print(json.dumps({k: v for k, v in asdict(s).items() if k != "source"}))
        return
    table = Table("task", "body", "calls", "demos", "tests", "found by", "from", "added")
    for s in found:
        table.add_row(
            plain(s.task),
            s.body[:12],
            str(s.calls),
            str(len(s.demos)),
            _mark(s),
            s.found,
            plain(s.parent or s.data),
            s.added,
        )
    Console().print(table)
    tasks = {s.task for s in found}
    right = {s.task for s in found if s.solves_tests}
    print(
        f"{len(found)} programs of {len(tasks)} tasks; of {len(right)} tasks one is right on the tests, too"
    )


def show_command(name: str, store: Path | None) -> None:
    """Print the programs of a task, or those whose body begins so. Raises JbattError where there is none."""
    opened = SolverStore(store, create=False)
    found = [s for s in opened.select() if s.task == name or s.body.startswith(name)]
    if not found:
        raise JbattError(
            f"{opened.path}: no solver of task {name} and no body that begins with it; see `jbatt solvers list`"
        )
    for s in found:
        parent = f", from {s.parent}" if s.parent else ""
        print(f"# {s.body}: {s.calls} calls, found by {s.found}{parent} on {s.added} in {s.data}")
        print(f"# demos {list(s.demos)}, tests {list(s.tests)}")
        print(s.source)


def export_command(out: Path, store: Path | None, ids: list[str] | None, best: bool) -> None:
    """Write programs to a new file. Raises JbattError where it is there or cannot be written."""
    found = _chosen(store, ids, best)
    try:
        with open(out, "x", encoding="utf-8") as file:
            file.write(to_file(found))
    except FileExistsError:
        raise JbattError(f"{out} is there already: choose another --out") from None
    except OSError as e:
        raise JbattError(f"{out}: cannot be written: {e.strerror}") from None
    print(f"{out}: {len(found)} programs of {len({s.task for s in found})} tasks")


def recheck_command(store: Path | None, source: str, prune: bool) -> bool:
    """Validate again and report; whether some program solves its demo pairs no more."""
    from jbatt.run.keep import recheck
    from jbatt.store.executables import ExecutableStore
    from jbatt.tasks import load_tasks

    opened = SolverStore(store, create=False)
    done = recheck(opened, load_tasks(source), ExecutableStore())
    for s, r in done.changed:
        print(
            f"{s.task} {s.body[:12]}: {r.status}, demos {list(s.demos)} -> {r.demos}, tests {list(s.tests)} -> {r.tests}"
        )
    print(
        f"{done.checked} programs checked: {len(done.changed)} have other scores now, {len(done.broken)} solve no more"
    )
    if done.unknown:
        print(
            f"{len(done.unknown)} programs are of tasks that {source} does not have; check them with their own --tasks"
        )
    if prune and done.broken:
        opened.remove(done.broken)
        print(f"{len(done.broken)} programs removed")
    return bool(done.broken)
