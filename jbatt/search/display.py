"""What a search shows: progress on stderr while it goes on, a table on stdout at its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from jbatt.search.state import Piece
from jbatt.store.solvers import Solver


class Bar:
    """The progress of a search: seconds of those given."""

    def __init__(self, progress: Progress, seconds: float):
        self._progress = progress
        self._task = progress.add_task("starting", total=seconds, solved=0, rate="")
        self._begin = time.perf_counter()
        self._tried, self._solved = 0, set[str]()

    def start(self, search: Any) -> None:
        """What is known before the first piece."""
        self._solved = set(search.solved)
        self._progress.update(self._task, solved=len(self._solved))

    def compiling(self, key: Any) -> None:
        """A kernel is about to be compiled."""
        self._progress.update(self._task, description=f"compiling {key[0]}")

    def update(self, piece: Piece) -> None:
        """A piece is done."""
        self._tried += piece.tried
        if piece.found:
            self._solved.add(piece.task)
        spent = time.perf_counter() - self._begin
        self._progress.update(
            self._task,
            completed=spent,
            description=f"round {piece.round + 1}: {piece.stage} {piece.task}",
            solved=len(self._solved),
            rate=f"{self._tried / max(spent, 1e-9):,.0f}/s",
        )


@contextmanager
def progress(tasks: int, seconds: float, quiet: bool) -> Iterator[Bar]:
    """A progress bar over `seconds`, for a search of so many tasks."""
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        TextColumn(f"{{task.fields[solved]}} of {tasks} tasks solved  {{task.fields[rate]}}"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        yield Bar(bar, seconds)


def show(report: dict[str, Any], found: list[Solver], folder: Path) -> None:
    """What was found and what it cost."""
    figures = report["search"]
    table = Table("", "", title="Search", title_justify="left", show_header=False)
    table.add_row("tasks solved", f"{figures['tasks_solved']} of {figures['tasks']} by their demo pairs")
    table.add_row("right on tests too", str(figures["tasks_solved_with_tests"]))
    table.add_row("solved by", "  ".join(f"{n} {stage}" for stage, n in figures["solved_by"].items()) or "-")
    rate = f"{figures['programs_per_second']:,.0f}/s"
    table.add_row("programs tried", f"{figures['programs_tried']:,} in {figures['seconds']:,.0f} s, {rate}")
    table.add_row("distinct values", f"{figures['distinct_values']:,}")
    table.add_row("programs found", f"{len(found):,}, in {folder / 'found.py'}")
    console = Console()
    console.print(table)
    if not report["finished"]:
        console.print(f"The time was over first: the same command goes on from {folder}.")
