"""`jbatt solvers`: the store of programs that solve tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jbatt.shell import IdsOption, JsonOption, TasksOption, errors, listed

StoreOption = Annotated[
    Path | None,
    typer.Option(help="The store. Default: $JBATT_SOLVERS, else solvers.db in the user's data folder."),
]
BestOption = Annotated[bool, typer.Option("--best", help="Only the smallest program of each task.")]

app = typer.Typer(help="The store of programs that solve tasks.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the commands to the app."""
    parent.add_typer(app, name="solvers")


@app.command("list")
def list_(
    store: StoreOption = None, ids: IdsOption = None, best: BestOption = False, as_json: JsonOption = False
) -> None:
    """List what is kept: task, size, scores, how it was found."""
    from jbatt.run.solvers_command import list_command

    with errors():
        list_command(store, listed(ids), best, as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A task's id, or the first digits of a body.")],
    store: StoreOption = None,
) -> None:
    """Show programs, with where they come from."""
    from jbatt.run.solvers_command import show_command

    with errors():
        show_command(name, store)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="The file to write.")],
    store: StoreOption = None,
    ids: IdsOption = None,
    best: BestOption = False,
) -> None:
    """Write programs as a file of ARC-DSL, which `jbatt run --programs` takes."""
    from jbatt.run.solvers_command import export_command

    with errors():
        export_command(out, store, listed(ids), best)


@app.command()
def recheck(
    store: StoreOption = None,
    tasks: TasksOption = "arc-agi-1/training",
    prune: Annotated[bool, typer.Option("--prune", help="Remove what does not solve its demos now.")] = False,
) -> None:
    """Validate what is kept once more and write the scores that changed; exit code 1 where a program solves its demos no more."""
    from jbatt.run.solvers_command import recheck_command

    with errors():
        if recheck_command(store, tasks, prune):
            raise typer.Exit(1)
