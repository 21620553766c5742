"""The `jbatt` command. Subcommands only read their options and call the library."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from jbatt.store.history import History

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
            "a folder of task files, one file, or a combined challenges file."
        ),
    ] = "arc-agi-1/training",
    ids: Annotated[str | None, typer.Option(help="Only these tasks: ids with commas between.")] = None,
    start: Annotated[int, typer.Option(help="Skip this many tasks.", min=0)] = 0,
    limit: Annotated[int | None, typer.Option(help="Take at most this many tasks.", min=0)] = None,
    programs: Annotated[
        list[Path] | None,
        typer.Option(help="A file or folder of ARC-DSL programs; repeatable. Default: jbatt's own bank."),
    ] = None,
    match: Annotated[
        str, typer.Option(help="'name': solve_<id> belongs to task <id>; 'all': every program on every task.")
    ] = "name",
    timeout: Annotated[float, typer.Option(help="Seconds for each candidate.", min=0.001)] = 10.0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results. Default: runs/<UTC time>.")
    ] = None,
    passes: Annotated[
        list[str] | None,
        typer.Option(
            "--pass", "-p", help="Run with this optimisation pass only; repeatable. See `jbatt plugins`."
        ),
    ] = None,
    no_plugins: Annotated[bool, typer.Option("--no-plugins", help="Run without any pass.")] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--option", "-o", help="pass.key=value: a setting of a pass; repeatable."),
    ] = None,
    full_scores: Annotated[
        bool, typer.Option("--full-scores", help="Evaluate every pair, also of candidates that have failed.")
    ] = False,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Keep kernels and results on disk for later runs.")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON on stdout.")] = False,
) -> None:
    """Run programs on tasks and report which program solves which task."""
    from jbatt.errors import JbattError
    from jbatt.run.command import run_command

    if no_plugins and passes:
        print("jbatt: --no-plugins and -p exclude each other", file=sys.stderr)
        raise typer.Exit(2)
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
            passes=[] if no_plugins else passes or None,
            settings=settings,
            full_scores=full_scores,
        )
    except JbattError as e:
        print(f"jbatt: {e}", file=sys.stderr)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        print("jbatt: interrupted before there was a result", file=sys.stderr)
        raise typer.Exit(130) from None
    if not finished:
        raise typer.Exit(130)


@app.command()
def plugins(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the optimisation passes: where from, what each saves, on or off, last measured gain."""
    from jbatt.run.listing import plugins as found
    from jbatt.run.listing import show_plugins

    with _history() as history:
        rows = found(history, Path.cwd())
    print(json.dumps(rows, indent=2)) if as_json else show_plugins(rows)


@app.command()
def history(
    last: Annotated[int, typer.Option(help="Show the last N runs.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List earlier runs with what they cost."""
    from jbatt.run.listing import show_history

    with _history() as found:
        runs = found.runs(last)
    print(json.dumps([vars(r) for r in runs], indent=2)) if as_json else show_history(runs)


@app.command()
def compare(
    a: Annotated[str, typer.Argument(help="A run: its number in `jbatt history`, or its folder.")],
    b: Annotated[str, typer.Argument(help="Another run.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show two runs side by side: seconds, counts, statuses, kernels."""
    from jbatt.run.compare import compare as compared
    from jbatt.run.compare import find, show

    with _history() as history:
        (title, one), (other_title, other) = find(a, history), find(b, history)
    found = compared(one, other)
    print(json.dumps(found, indent=2)) if as_json else show((f"A: {title}", f"B: {other_title}"), found)


@contextmanager
def _history() -> Iterator[History]:
    """The history of runs; what is wrong with the user's input ends the command."""
    from jbatt.errors import JbattError
    from jbatt.store.executables import default_folder
    from jbatt.store.history import History

    found = History(default_folder())
    try:
        yield found
    except JbattError as e:
        print(f"jbatt: {e}", file=sys.stderr)
        raise typer.Exit(2) from None
    finally:
        found.close()


if __name__ == "__main__":
    app()
