"""What `jbatt run` does: read, validate, write as results come, and show."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from jbatt.engine.counters import Counters
from jbatt.errors import JbattError
from jbatt.program import read_programs
from jbatt.run.asked import OPTIONS, Asked, asked
from jbatt.run.interrupt import put_off
from jbatt.run.output import RunFolder
from jbatt.run.passes import make
from jbatt.run.resume import Kept, counts, ended
from jbatt.run.resume import kept as kept_results
from jbatt.run.sample import past_standings, sampled
from jbatt.run.settings import from_file, parsed, with_options
from jbatt.scale.place import LOCAL, place
from jbatt.store.history import History
from jbatt.store.location import cache_folder
from jbatt.tasks import TaskSet, load_tasks

MUTANTS = "mutants.py"
"""The file, beside the results, of the mutants that a run made."""


def bank() -> Path:
    """The folder of the programs that ship with jbatt."""
    return Path(str(resources.files("jbatt") / "bank"))


def run_command(
    *,
    source: str,
    ids: list[str] | None,
    start: int,
    limit: int | None,
    programs: list[Path] | None,
    match: str,
    timeout: float,
    folder: Path,
    quiet: bool,
    print_json: Callable[[dict[str, Any]], Any] | None,
    started: float,
    keep_kernels: bool = True,
    passes: list[str] | None = None,
    settings: list[str] | None = None,
    full_scores: bool = False,
    mutants: int = 0,
    seed: int = 0,
    solvers: Path | None = None,
    sample: int | None = None,
    past: list[Path] | None = None,
    counters: Counters | None = None,
    on: str = "local",
    workers: int | None = None,
    worker_memory: float | None = None,
    resume: Asked | None = None,
) -> bool:
    """Run and report; False where Ctrl-C ended it early. Raises JbattError for bad input, before any work is lost.

    passes: names of those to run with, None for what pyproject.toml says or jbatt's own. settings: "pass.key=value".
    mutants: how many typed mutants of each program are tried besides it, drawn by `seed`. solvers: the store
    in which programs that solve their task are kept. sample: how many programs are tried on each task, drawn by `seed` and their scores
    in `past`, folders of earlier runs; None: all of them. `started` is the `time.perf_counter()` from which the wall time counts.
    counters: what the kernels' costs are added to, of a run in this process. on, workers: where the run is evaluated, see
    `jbatt.scale.place`. worker_memory: GiB from which on a worker is replaced. resume: what the run in `folder` was asked to do, and is now to end; all arguments that decide on
    results are its own then.
    """
    given = {name: value for name, value in locals().items() if name in OPTIONS}
    clock = time.perf_counter
    seconds = {"read": 0.0, "load": 0.0, "record": 0.0}
    begin = clock()
    seconds["load"] += begin - started
    if match not in ("name", "all"):
        raise JbattError(f"--match is {match!r}, expected 'name' or 'all'")
    where = place(on, workers)
    if worker_memory is not None and (where.kind == LOCAL or worker_memory <= 0):
        raise JbattError(
            f"--worker-memory is {worker_memory:g}, expected more than 0 GiB, with --on processes or --on ray"
        )
    if resume is None:
        wanted = with_options(from_file(Path.cwd()), passes, parsed(settings or []))
    elif (over := ended(folder)) is not None:
        if print_json:
            print_json(over)
        if not quiet:
            print(f"{folder}: this run has finished, there is nothing to resume: {over['statuses']}")
        return True
    else:
        wanted = resume.settings()
    if past and sample is None:
        raise JbattError("--past says how programs are drawn: give --sample N as well")
    chosen = make(wanted)
    taken = selected(source, ids, start, limit)
    read = read_programs(programs if programs else bank())
    if not read.functions:
        raise JbattError(f"{', '.join(map(str, programs or []))}: no program found")
    parents: dict[str, str] = {}
    mutants_text = ""
    if mutants:
        from jbatt.search.mutate import mutate
        from jbatt.search.text import written

        made = mutate(read, mutants, seed, taken if match == "name" else None).programs
        parents = {p.body: p.name.rpartition("__m")[0] for p in made}
        mutants_text, made = written(read.graph, made, MUTANTS)
        read.programs += made
    kept = None
    if solvers is not None:
        from jbatt.store.solvers import SolverStore

        kept = SolverStore(solvers)
    seconds["read"] += clock() - begin

    begin = clock()
    from jbatt.run import display
    from jbatt.run.match import match as matched
    from jbatt.run.summary import summary
    from jbatt.run.validate import Validation, stream
    from jbatt.store.executables import ExecutableStore

    seconds["load"] += clock() - begin
    begin = clock()
    if where.kind != LOCAL:
        from jbatt.scale.stream import pool
        from jbatt.scale.stream import stream as on_workers
        from jbatt.scale.worker import MEMORY, Job

        memory = MEMORY if worker_memory is None else int(worker_memory * 2**30)
        job = Job(timeout, full_scores, wanted, cache_folder().absolute() if keep_kernels else None, memory)
        team = pool(where, job)  # before there is a folder: there may be no cluster
    candidates = matched(read, taken, match)
    if sample is not None:
        candidates = sampled(candidates, sample, seed, past_standings(past or []))
    total = sum(c.size for c in candidates)
    now = asked(given, [[p.name, p.settings] for p in chosen.all], taken, read, total)
    before = Kept()
    if resume is None:
        output = RunFolder(folder, now)
    else:
        resume.check(now, folder)
        output = RunFolder(folder, resume=True)
        before = kept_results(folder, candidates)
        output.keep(before.results)
    if mutants:
        output.add(MUTANTS, mutants_text)
    seconds["record"] += clock() - begin

    store = ExecutableStore() if keep_kernels else None
    run = Validation(before.results, counters=counters or Counters())
    todo = [c for c in candidates if c.task.id not in before.tasks]
    with display.progress(total, quiet, before.results) as bar:
        batches: Any
        if where.kind == LOCAL:
            batches = stream(
                run, read, taken, match, timeout, bar.compiling, store, chosen, full_scores, todo
            )
        else:
            batches = on_workers(run, read, todo, where, team, chosen, bar.say)
        try:
            for new in batches:
                begin = clock()
                with put_off() as interrupted:  # so that the file has what `run` has
                    output.write(new)
                    run.results += new
                seconds["record"] += clock() - begin
                bar.update(run, len(new))
                if interrupted:
                    break
        except KeyboardInterrupt:
            pass
        finally:
            batches.close()
    finished = len(run.results) == total
    with put_off():
        run.seconds = {**run.seconds, **seconds, "load": run.seconds.get("load", 0.0) + seconds["load"]}
        begin = clock()
        if resume is not None:
            run.counts |= counts(run.results)
        report = summary(run, taken, clock() - started, finished)
        if resume is not None:
            report["resumed"] = {"kept": len(before.results), "dropped": before.dropped}
        if kept is not None:
            from jbatt.run.keep import solvers as solving

            kept.add(solving(run.results, read, taken.source, "run", parents))
        spent = clock() - begin
        for part in ("record", "total"):
            report["seconds"][part] = round(report["seconds"][part] + spent, 6)
        output.close(report)
        # The times of a part of a run are not to be compared with those of whole ones.
        if keep_kernels and resume is None:
            keep(report, folder)
    if print_json:
        print_json(report)
    if not quiet:
        display.show(run, read, report, folder)
    return finished


def keep(report: dict[str, Any], folder: Path) -> None:
    """Add a run to the history."""
    history = History(cache_folder())
    history.add(datetime.now(UTC).isoformat(), str(folder.resolve()), report)
    history.close()


def selected(source: str, ids: list[str] | None, start: int, limit: int | None) -> TaskSet:
    """The tasks of a source that `--ids`, `--start` and `--limit` leave. Raises JbattError where none is left."""
    tasks = load_tasks(source)
    if ids is not None or start or limit is not None:
        tasks = tasks.select(ids=ids, start=start, limit=limit)
    if not len(tasks):
        raise JbattError(
            f"{source}: no task is left by --ids, --start and --limit; it has {len(load_tasks(source))} tasks, "
            f"take --start {start} lower or --limit higher"
        )
    return tasks
