"""The one place where the benchmarks call jbatt."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common import peak_memory
from reference import Key, Statuses

from jbatt.tasks import TaskSet, load_tasks


@dataclass
class JbattRun:
    """What a run found and what it cost.

    seconds: wall time of it all; parts: by component, as the engine counts them; reasons: why results are neither
    solved, failed nor error, and how many; early_exit: whether it was asked for.
    """

    statuses: Statuses
    seconds: float
    parts: dict[str, float] = field(default_factory=dict)
    kernels: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    why: dict[Key, str] = field(default_factory=dict)
    early_exit: bool = False
    peak: int = 0


def run_jbatt(
    file: Path,
    tasks: TaskSet,
    folder: Path,
    match: str,
    timeout: float,
    early_exit: bool,
) -> JbattRun:
    """Read a file of programs, validate them, write `results.jsonl` into a new folder: the work that is measured."""
    clock = time.perf_counter
    start = clock()
    from jbatt import read_programs
    from jbatt.run.output import RunFolder
    from jbatt.run.passes import make
    from jbatt.run.registry import BUILT_IN
    from jbatt.run.settings import Settings
    from jbatt.run.validate import Validation, validate
    from jbatt.store.executables import ExecutableStore

    options: dict[str, Any] = {"match": match, "timeout": timeout, "store": ExecutableStore()}
    # Not the validation cache: a repeat would only look up what the run before found.
    names = [n for n in BUILT_IN if n != "validation-cache" and (early_exit or n != "early-exit")]
    options["passes"] = make(Settings(names))
    parts = {"import": clock() - start}

    begin = clock()
    programs = read_programs(file)
    parts["read"] = clock() - begin

    output = RunFolder(folder)
    recording = 0.0

    def record(run: Validation, new: int) -> None:
        """As `jbatt run` does: written down as they come."""
        nonlocal recording
        begin = clock()
        output.write(run.results[-new:])
        recording += clock() - begin

    run = validate(programs, tasks, progress=record, **options)
    parts |= run.seconds

    begin = clock()
    output.close({"kernels": run.kernels})
    parts["record"] = recording + clock() - begin
    seconds = clock() - start
    parts["other"] = max(0.0, seconds - sum(parts.values()))

    why = {(r.task, r.program): r.reason for r in run.results if r.reason}
    odd = Counter(
        f"{r.status}: {r.reason}" for r in run.results if r.status not in ("solved", "failed", "error")
    )
    return JbattRun(
        {(r.task, r.program): r.status for r in run.results},
        seconds,
        parts,
        run.kernels,
        run.counts,
        dict(odd.most_common()),
        why,
        early_exit,
        peak_memory(),
    )


def prepare() -> None:
    """What `jbatt cache prepare` does."""
    from jbatt.cache.command import prepare

    prepare()


def jbatt_process(
    file: Path,
    data: str,
    ids: list[str] | None,
    folder: Path,
    match: str,
    timeout: float,
    early_exit: bool,
) -> JbattRun:
    """`run_jbatt` as the process calls that it runs in: the tasks are loaded before the clock starts."""
    tasks = load_tasks(data)
    return run_jbatt(
        file, tasks if ids is None else tasks.select(ids=ids), folder, match, timeout, early_exit
    )
