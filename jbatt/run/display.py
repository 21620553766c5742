"""What a run shows in the terminal: progress on stderr, tables on stdout."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from jbatt.markup import plain
from jbatt.program import ProgramSet
from jbatt.run.match import task_of
from jbatt.run.output import place
from jbatt.run.results import SOLVED, STATUSES, Result
from jbatt.run.validate import Validation

MANY = 20
STYLES = {SOLVED: "green", "failed": "default", "error": "red", "timeout": "yellow"}


class Bar:
    """The progress of a run."""

    def __init__(self, progress: Progress, total: int, done: Sequence[Result] = ()):
        self._progress = progress
        self._task = progress.add_task("starting", total=total, completed=len(done), rate="", solved=0)
        self._solved = len({r.task for r in done if r.status == SOLVED})
        self._start = time.perf_counter()
        self._kernels = 0

    def compiling(self, key: Any) -> None:
        """A kernel is about to be compiled."""
        self._kernels += 1
        self._progress.update(self._task, description=f"compiling kernel {self._kernels} ({key[0]})")

    def say(self, text: str) -> None:
        """What goes on."""
        self._progress.update(self._task, description=text)

    def update(self, run: Validation, n: int) -> None:
        """`n` more candidates are done."""
        rate = run.counts["candidates"] / max(1e-9, time.perf_counter() - self._start)
        self._progress.update(
            self._task,
            advance=n,
            description="validating",
            rate=f"{rate:,.0f}/s",
            solved=self._solved + run.counts["solved_tasks"],
        )


@contextmanager
def progress(total: int, quiet: bool, done: Sequence[Result] = ()):
    """A progress bar over `total` candidates, of which some are done."""
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("candidates  {task.fields[rate]}  {task.fields[solved]} tasks solved"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.description}"),
    )
    bar = Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True)
    with bar:
        yield Bar(bar, total, done)


def show(run: Validation, read: ProgramSet, report: dict[str, Any], folder: Path) -> None:
    """Tables of what was solved and of what it cost."""
    console = Console()
    for note in (read.rejected + read.notes)[:MANY]:
        console.print(f"[yellow]not run[/] {plain(note)}", highlight=False, soft_wrap=True)
    if len(read.rejected) + len(read.notes) > MANY:
        console.print(f"[yellow]... and {len(read.rejected) + len(read.notes) - MANY} more not run[/]")
    _show_tasks(console, run)
    _show_failures(console, run)
    _show_summary(console, run, report, folder)


def _to_trace(results: Sequence[Result], folder: Path) -> Iterator[str]:
    """How to see why one of the candidates is not right: of a task that none solves, where there is one."""
    solved = {r.task for r in results if r.status == SOLVED}
    wrong = [r for r in results if r.status not in (SOLVED, "unsupported")]
    for r in sorted(wrong, key=lambda r: r.task in solved)[:1]:
        task = "" if task_of(r.program, {r.task}) else f" --task {r.task}"
        yield f"why {r.program} is not right: jbatt trace {quote(f'{place(folder, r.file)}:{r.line}')}{task}"


def _show_tasks(console: Console, run: Validation) -> None:
    solved: dict[str, list] = {}
    for r in run.results:
        if r.status == SOLVED:
            solved.setdefault(r.task, []).append(r)
    table = Table(
        "task", "solved by", "demos", "tests", title=f"{len(solved)} tasks solved", title_justify="left"
    )
    for task, results in sorted(solved.items())[:MANY]:
        best = max(results, key=lambda r: r.solves_tests)
        others = f" and {len(results) - 1} more" if len(results) > 1 else ""
        known = [s for s in best.tests if s is not None]
        tests = f"{sum(s == 1000 for s in known)}/{len(known)}"
        right = all(s == 1000 for s in known)
        table.add_row(
            plain(task),
            plain(best.program) + others,
            f"{len(best.demos)}/{len(best.demos)}",
            tests,
            style="" if right else "red",
        )
    if len(solved) > MANY:
        table.caption = f"and {len(solved) - MANY} more, in results.jsonl"
    if solved:
        console.print(table)


def _show_failures(console: Console, run: Validation) -> None:
    reasons = Counter((r.status, r.reason) for r in run.results if r.status != SOLVED and r.reason)
    if not reasons:
        return
    table = Table("status", "candidates", "reason", title="Not solved, with a reason", title_justify="left")
    for (status, reason), n in reasons.most_common(10):
        table.add_row(status, f"{n:,}", plain(reason), style=STYLES.get(status, "yellow"))
    console.print(table)


def _show_summary(console: Console, run: Validation, report: dict[str, Any], folder: Path) -> None:
    seconds, counts, kernels = report["seconds"], report["counts"], report["kernels"]
    table = Table("", "", title="Summary", title_justify="left", show_header=False)
    statuses = "  ".join(f"{report['statuses'][s]:,} {s}" for s in STATUSES if report["statuses"][s])
    table.add_row(
        "candidates", f"{counts.get('candidates', 0):,} ({counts.get('unique_bodies', 0):,} distinct)"
    )
    table.add_row("statuses", statuses)
    both = sum(r.status == SOLVED and r.solves_tests for r in run.results)
    table.add_row("right on tests too", f"{both:,} candidates")
    working = seconds["plan"] + seconds["execute"] + seconds["score"] + seconds["record"]
    rate = counts.get("pairs_evaluated", 0) / working if working else 0.0
    table.add_row("pairs", f"{counts.get('pairs_evaluated', 0):,} evaluated, {rate:,.0f}/s without compiling")
    parts = "  ".join(f"{name} {seconds[name]:.2f}" for name in seconds if name != "total")
    table.add_row("seconds", f"{seconds['total']:.2f} = {parts}")
    table.add_row(
        "kernels",
        f"{kernels.get('compiled', 0)} compiled, {kernels.get('loaded', 0)} loaded, {kernels.get('calls', 0):,} calls",
    )
    for p in report["passes"]:
        avoided = [f"{n:,} {name}" for name, n in p["avoided"].items() if n]
        if p.get("switched_off"):
            avoided = [f"[red]switched off: {p['switched_off']}[/]"]
        if avoided:
            table.add_row(p["name"], ", ".join(avoided))
    device = report["device"]
    table.add_row("device", f"{device['count']} x {device['kind']} ({device['platform']})")
    if "scale" in report:
        scale = report["scale"]
        lost = f", {scale['replaced']} replaced for their memory" if scale["replaced"] else ""
        lost += f", {scale['died']} died, {scale['retried']} shards tried again" if scale["died"] else ""
        table.add_row("workers", f"{scale['workers']} ({scale['on']}), {scale['shards']} shards{lost}")
    table.add_row("results", plain(folder))
    console.print(table)
    for hint in (*_to_trace(run.results, folder), f"to look at it: jbatt report {quote(str(folder))}"):
        console.print(plain(hint), style="dim", highlight=False, soft_wrap=True)
    if not report["finished"]:
        console.print(
            f"[yellow]Interrupted: the results so far are kept.[/] Go on with: jbatt run --resume {plain(folder)}",
            highlight=False,
            soft_wrap=True,
        )
