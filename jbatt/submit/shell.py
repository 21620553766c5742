"""The shell commands around submissions."""

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
    StartOption,
    TasksOption,
    errors,
    listed,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command()(submit)
    app.command()(score)


def submit(
    tasks: TasksOption = "arc-agi-1/evaluation",
    ids: IdsOption = None,
    start: StartOption = 0,
    limit: LimitOption = None,
    programs: ProgramsOption = None,
    match: Annotated[
        str, typer.Option(help="'all': every program on every task; 'name': solve_<id> belongs to task <id>.")
    ] = "all",
    timeout: Annotated[float, typer.Option(help="Seconds for each candidate.", min=0.001)] = 10.0,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("submission.json"),
    quiet: QuietOption = False,
) -> None:
    """Write submission.json: two ranked attempts for every test input of the tasks."""
    from jbatt.submit.command import submit_command

    with errors():
        submit_command(
            source=tasks,
            ids=listed(ids),
            start=start,
            limit=limit,
            programs=programs,
            match=match,
            timeout=timeout,
            out=out,
            quiet=quiet,
        )


def score(
    submission: Annotated[Path, typer.Argument(help="The submission.json to score.")],
    tasks: TasksOption = "arc-agi-1/evaluation",
    every: Annotated[bool, typer.Option("--every", help="List the tasks that are not solved, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Score a submission against the test outputs of a data set, all of whose tasks count."""
    from jbatt.submit.command import score_command

    with errors():
        score_command(submission, tasks, every, as_json)
