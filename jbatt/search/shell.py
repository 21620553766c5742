"""The shell commands that make candidates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jbatt.shell import (
    IdsOption,
    JsonOption,
    LimitOption,
    ProgramsOption,
    QuietOption,
    SeedOption,
    StartOption,
    TasksOption,
    errors,
    listed,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command()(mutate)
    app.command()(search)


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


def search(
    out: Annotated[Path, typer.Option(help="Folder for the results; a search that is in it goes on.")],
    tasks: TasksOption = "arc-agi-1/training",
    ids: IdsOption = None,
    start: StartOption = 0,
    limit: LimitOption = None,
    seconds: Annotated[float, typer.Option(help="How long to search, from now on.", min=0)] = 600.0,
    evaluations: Annotated[
        int | None,
        typer.Option(
            help="Evaluations of the last round for a task. Default: rounds until the time is over.", min=1
        ),
    ] = None,
    seed: SeedOption = 0,
    programs: Annotated[
        list[Path] | None,
        typer.Option(help="Programs to try on every task, and to mutate where they come near; repeatable."),
    ] = None,
    solvers: Annotated[
        Path | None, typer.Option(help="Keep what is found in this store as well (see jbatt solvers).")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Write tasks solved over time as an SVG.")] = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Search for programs that solve tasks: enumeration, mixing and mutation, demo pairs alone."""
    from jbatt.search.command import search_command

    with errors():
        search_command(
            source=tasks,
            ids=listed(ids),
            start=start,
            limit=limit,
            seconds=seconds,
            evaluations=evaluations,
            seed=seed,
            programs=programs,
            folder=out,
            solvers=solvers,
            plot=plot,
            quiet=quiet,
            as_json=as_json,
        )
