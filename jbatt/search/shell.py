"""The shell commands that make candidates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jbatt.shell import ProgramsOption, QuietOption, SeedOption, TasksOption, errors


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command()(mutate)


def mutate(
    out: Annotated[Path, typer.Option(help="The file to write.")],
    programs: ProgramsOption = None,
    count: Annotated[int, typer.Option("--count", "-n", help="Mutants of each program.", min=0)] = 100,
    seed: SeedOption = 0,
    tasks: TasksOption = "arc-agi-1/training",
    quiet: QuietOption = False,
) -> None:
    """Write mutants of programs: well typed, each only once, as a file of ARC-DSL programs."""
    from jbatt.search.command import mutate_command

    with errors():
        mutate_command(programs, count, seed, tasks, out, quiet)
