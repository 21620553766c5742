"""The `jbatt` command. Subcommands only read their options and call the library."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from jbatt.see import completion
from jbatt.see.commands import register as register_see

STARTED = time.perf_counter()

app = typer.Typer(
    help="Which candidate program solves which ARC task? Exactly, and fast.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"jbatt {version('jbatt')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Which candidate program solves which ARC task? Exactly, and fast."""


@app.command()
def run(
    tasks: Annotated[
        str,
        typer.Option(
            help="arc-agi-1/training, arc-agi-1/evaluation, arc-agi-2/training, arc-agi-2/evaluation, "
            "a folder of task files, one file, or a combined challenges file.",
            autocompletion=completion.task_sources,
        ),
    ] = "arc-agi-1/training",
    ids: Annotated[
        str | None,
        typer.Option(help="Only these tasks: ids with commas between.", autocompletion=completion.task_ids),
    ] = None,
    start: Annotated[int, typer.Option(help="Skip this many tasks.", min=0)] = 0,
    limit: Annotated[int | None, typer.Option(help="Take at most this many tasks.", min=0)] = None,
    programs: Annotated[
        list[Path] | None,
        typer.Option(help="A file or folder of ARC-DSL programs; repeatable. Default: jbatt's own bank."),
    ] = None,
    match: Annotated[
        str,
        typer.Option(
            help="'name': solve_<id> belongs to task <id>; 'all': every program on every task.",
            autocompletion=completion.one_of("name", "all"),
        ),
    ] = "name",
    timeout: Annotated[float, typer.Option(help="Seconds for each candidate.", min=0.001)] = 10.0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results. Default: runs/<UTC time>.")
    ] = None,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Keep compiled kernels on disk for later runs.")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON on stdout.")] = False,
) -> None:
    """Run programs on tasks and report which program solves which task."""
    from jbatt.errors import JbattError
    from jbatt.run.command import run_command

    folder = out or Path("runs") / datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    try:
        finished = run_command(
            source=tasks,
            ids=[i.strip() for i in ids.split(",") if i.strip()] if ids is not None else None,
            start=start,
            limit=limit,
            programs=programs,
            match=match,
            timeout=timeout,
            folder=folder,
            quiet=quiet or as_json,
            print_json=(lambda s: print(json.dumps(s, indent=2))) if as_json else None,
            started=STARTED,
            keep_kernels=cache,
        )
    except JbattError as e:
        print(f"jbatt: {e}", file=sys.stderr)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        print("jbatt: interrupted before there was a result", file=sys.stderr)
        raise typer.Exit(130) from None
    if not finished:
        raise typer.Exit(130)


register_see(app)


if __name__ == "__main__":
    app()
