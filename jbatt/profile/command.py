"""What `jbatt profile` does: a run that is watched, and what it cost in tables."""

from __future__ import annotations

import cProfile
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Printed

from jbatt.engine.counters import Counters
from jbatt.errors import JbattError
from jbatt.profile import bars
from jbatt.profile.component import by_component
from jbatt.profile.function import by_function
from jbatt.profile.operation import by_operation
from jbatt.profile.table import Profile, Table
from jbatt.run.command import run_command

WAYS = ("component", "op", "function")
SHOWN = 30
"""Rows of a table that are printed; JSON has all."""


def profile_command(*, by: str, trace: Path | None, plot: Path | None, as_json: bool, **options: Any) -> bool:
    """Run and show where the time went; False where Ctrl-C ended the run early.

    by: one of WAYS. trace: folder for JAX's own trace. plot: SVG file. options: those of `run_command`, but for what it
    prints. Raises JbattError for bad input.
    """
    if by not in WAYS:
        raise JbattError(f"--by is {by!r}, expected one of: {', '.join(WAYS)}")
    if plot is not None and not plot.absolute().parent.is_dir():
        raise JbattError(f"{plot}: there is no such folder")
    counters = Counters(steps={} if by == "op" else None)
    profiler = cProfile.Profile()
    reports: list[dict[str, Any]] = []
    with ExitStack() as watching:
        if trace is not None:
            watching.enter_context(_traced(trace))
        if by == "function":
            watching.enter_context(profiler)
        finished = run_command(**options, quiet=True, print_json=reports.append, counters=counters)
    (report,) = reports
    if by == "component":
        made = by_component(report)
    elif by == "op":
        made = by_operation(report, counters)
    else:
        made = by_function(report, profiler)
    if plot is not None:
        bars.draw(made, plot)
    if as_json:
        about = {"kernels": report["kernels"], "counts": report["counts"], "finished": finished}
        print(json.dumps({**made.to_json(), **about}, indent=2))
    else:
        show(made)
        written = [f"picture: {plot}"] * (plot is not None)
        written += [f"trace: {trace}, for Perfetto or TensorBoard"] * (trace is not None)
        for line in written:
            print(line)
    return finished


def _traced(folder: Path):
    """JAX's profiler: what it writes opens in Perfetto (the .json.gz) and in TensorBoard."""
    import jax

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise JbattError(f"{folder}: a trace cannot be written there: {e.strerror}") from None
    return jax.profiler.trace(str(folder), create_perfetto_trace=True)


def show(profile: Profile) -> None:
    """Print a profile's tables."""
    console = Console()
    for table in profile.tables:
        if table.rows:
            console.print(_printed(table))
        elif table.note:
            console.print(f"{table.title}: none. {table.note}", highlight=False)


def _printed(table: Table) -> Printed:
    made = Printed(title=table.title, title_justify="left")
    for k, name in enumerate(table.columns):
        number = k > 0 and all(isinstance(row[k], int | float) for row in table.rows)
        made.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in table.rows[:SHOWN]:
        made.add_row(*(_cell(name, value) for name, value in zip(table.columns, row, strict=True)))
    more = len(table.rows) - SHOWN
    notes = ([f"and {more:,} more rows, in --json"] if more > 0 else []) + (
        [table.note] if table.note else []
    )
    made.caption, made.caption_justify = "\n".join(notes) or None, "left"
    return made


def _cell(column: str, value: Any) -> str:
    if column == "share":
        return f"{value:.1%}"
    if isinstance(value, float):
        return f"{value:,.3f}"
    if isinstance(value, int) and column != "class":
        return f"{value:,}"
    return str(value)
