"""The `jbatt` command. Subcommands only read their options and call the library."""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jbatt.search import shell as search_commands
from jbatt.see import completion
from jbatt.see.commands import register as register_see
from jbatt.store import shell as solver_commands
from jbatt.submit import shell as submit_commands

if TYPE_CHECKING:
    from jbatt.store.history import History

if TYPE_CHECKING:
    from jbatt.run.asked import Asked

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
    warnings.showwarning = _warning  # type: ignore[assignment]


def _warning(message: Warning | str, *_: object) -> None:
    """A warning as a line of its own, without the place in jbatt that gives it."""
    from jbatt.errors import printable

    print(f"jbatt: warning: {printable(message)}", file=sys.stderr)


def _cache_dir(folder: Path | None) -> Path | None:
    """The folder for this process and those it starts."""
    if folder is not None:
        os.environ["JBATT_CACHE_DIR"] = str(folder.expanduser().absolute())
    return folder


# Options that several commands have.
Tasks = Annotated[
    str,
    typer.Option(
        help="arc-agi-1/training, arc-agi-1/evaluation, arc-agi-2/training, arc-agi-2/evaluation, "
        "a folder of task files, one file, or a combined challenges file.",
        autocompletion=completion.task_sources,
    ),
]
Ids = Annotated[
    str | None,
    typer.Option(help="Only these tasks: ids with commas between.", autocompletion=completion.task_ids),
]
Start = Annotated[int, typer.Option(help="Skip this many tasks.", min=0)]
Limit = Annotated[int | None, typer.Option(help="Take at most this many tasks.", min=0)]
Programs = Annotated[
    list[Path] | None,
    typer.Option(help="A file or folder of ARC-DSL programs; repeatable. Default: jbatt's own bank."),
]
Match = Annotated[
    str,
    typer.Option(
        help="'name': solve_<id> belongs to task <id>; 'all': every program on every task.",
        autocompletion=completion.one_of("name", "all"),
    ),
]
Timeout = Annotated[float, typer.Option(help="Seconds for each candidate.", min=0.001)]
Out = Annotated[Path | None, typer.Option(help="Folder for the results. Default: runs/<UTC time>.")]
PassNames = Annotated[
    list[str] | None,
    typer.Option(
        "--pass",
        "-p",
        help="Run with this optimisation pass only; repeatable. See `jbatt plugins`.",
        autocompletion=completion.passes,
    ),
]
NoPlugins = Annotated[bool, typer.Option("--no-plugins", help="Run without any pass.")]
PassSettings = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        "-o",
        help="pass.key=value: a setting of a pass; repeatable.",
        autocompletion=completion.pass_settings,
    ),
]
FullScores = Annotated[
    bool, typer.Option("--full-scores", help="Evaluate every pair, also of candidates that have failed.")
]
Cache = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Keep kernels and results on disk for later runs.")
]
CacheDir = Annotated[
    Path | None,
    typer.Option(
        "--cache-dir",
        help="Folder of what is kept between runs. Default: $JBATT_CACHE_DIR, or the user's cache folder.",
        callback=_cache_dir,
        show_default=False,
    ),
]


@app.command()
def run(
    context: typer.Context,
    tasks: Tasks = "arc-agi-1/training",
    ids: Ids = None,
    start: Start = 0,
    limit: Limit = None,
    programs: Programs = None,
    match: Match = "name",
    timeout: Timeout = 10.0,
    out: Out = None,
    passes: PassNames = None,
    no_plugins: NoPlugins = False,
    settings: PassSettings = None,
    full_scores: FullScores = False,
    mutate: Annotated[
        int, typer.Option(help="Try this many typed mutants of each program as well.", min=0)
    ] = 0,
    sample: Annotated[
        int | None,
        typer.Option(
            help="Try so many programs on each task, drawn by --seed and their scores in --past.", min=1
        ),
    ] = None,
    past: Annotated[
        list[Path] | None,
        typer.Option(
            help="For --sample: the folder of an earlier run; repeatable.", autocompletion=completion.runs
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="For --mutate and --sample: same seed, same programs.")] = 0,
    solvers: Annotated[
        Path | None,
        typer.Option(help="Keep the programs that solve their task in this store (see jbatt solvers)."),
    ] = None,
    on: Annotated[
        str,
        typer.Option(
            help="Where to evaluate: 'local', 'processes' of this machine, 'ray' or 'ray://host:port' (docs/scale.md).",
            autocompletion=completion.one_of("local", "processes", "ray"),
        ),
    ] = "local",
    workers: Annotated[int | None, typer.Option(help="How many, for --on processes and --on ray.")] = None,
    worker_memory: Annotated[
        float | None,
        typer.Option(help="GiB of memory from which on a worker is replaced by a new one.", show_default="6"),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="Go on with a run that was interrupted or killed: its folder. All else is as it was asked then.",
            autocompletion=completion.runs,
        ),
    ] = None,
    cache: Cache = True,
    cache_dir: CacheDir = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON on stdout.")] = False,
) -> None:
    """Run programs on tasks and report which program solves which task."""
    from jbatt.run.command import run_command

    with _errors():
        asked: dict[str, Any] = {
            "source": tasks,
            "ids": _names(ids),
            "start": start,
            "limit": limit,
            "programs": programs,
            "match": match,
            "timeout": timeout,
            "passes": _passes(passes, no_plugins),
            "settings": settings,
            "full_scores": full_scores,
            "mutants": mutate,
            "seed": seed,
            "solvers": solvers,
            "sample": sample,
            "past": past,
        }
        begun = None
        if resume is not None:
            begun = _resumed(resume, out)
            asked = begun.given({name: asked[name] for name in _typed(context) if name in asked})
        finished = run_command(
            **asked,
            folder=resume or _folder(out),
            quiet=quiet or as_json,
            print_json=(lambda s: print(json.dumps(s, indent=2))) if as_json else None,
            started=STARTED,
            keep_kernels=cache,
            on=on,
            workers=workers,
            worker_memory=worker_memory,
            resume=begun,
        )
    if not finished:
        raise typer.Exit(130)


@app.command()
def profile(
    by: Annotated[
        str,
        typer.Option(
            help="'component': where the wall time goes; 'op': kernels, primitive by primitive; 'function': the host's side.",
            autocompletion=completion.one_of("component", "op", "function"),
        ),
    ] = "component",
    tasks: Tasks = "arc-agi-1/training",
    ids: Ids = None,
    start: Start = 0,
    limit: Limit = None,
    programs: Programs = None,
    match: Match = "name",
    timeout: Timeout = 10.0,
    out: Out = None,
    passes: PassNames = None,
    no_plugins: NoPlugins = False,
    settings: PassSettings = None,
    full_scores: FullScores = False,
    cache: Cache = True,
    cache_dir: CacheDir = None,
    trace: Annotated[
        Path | None, typer.Option(help="Folder for JAX's own trace, to open in Perfetto or TensorBoard.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="SVG file for a picture: bars.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON on stdout.")] = False,
) -> None:
    """Run as `jbatt run` does, and show where the time goes."""
    from jbatt.profile.command import profile_command

    with _errors():
        finished = profile_command(
            by=by,
            trace=trace,
            plot=plot,
            as_json=as_json,
            source=tasks,
            ids=_names(ids),
            start=start,
            limit=limit,
            programs=programs,
            match=match,
            timeout=timeout,
            folder=_folder(out),
            started=STARTED,
            keep_kernels=cache,
            passes=_passes(passes, no_plugins),
            settings=settings,
            full_scores=full_scores,
        )
    if not finished:
        raise typer.Exit(130)


@contextmanager
def _errors() -> Iterator[None]:
    """Errors of the user's making as a line on stderr; Ctrl-C before there is anything to keep."""
    from jbatt.errors import JbattError, printable

    try:
        yield
    except JbattError as e:
        print(f"jbatt: {printable(e)}", file=sys.stderr)
        raise typer.Exit(2) from None
    except MemoryError:
        print("jbatt: there is not enough memory; take fewer programs or tasks at once", file=sys.stderr)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        print("jbatt: interrupted before there was a result", file=sys.stderr)
        raise typer.Exit(130) from None


_RENAMED = {"tasks": "source", "mutate": "mutants", "no_plugins": "passes"}
"""Options that the library calls otherwise."""


def _typed(context: typer.Context) -> set[str]:
    """What the user gave on the command line, by the library's names."""
    return {
        _RENAMED.get(name, name)
        for name in context.params
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }


def _resumed(folder: Path, out: Path | None) -> Asked:
    """What the run in a folder was asked to do."""
    from jbatt.errors import JbattError
    from jbatt.run.asked import load

    if out is not None and out.absolute() != folder.absolute():
        raise JbattError(f"--resume {folder} writes to that folder: leave out --out {out}")
    return load(folder)


def _passes(names: list[str] | None, none: bool) -> list[str] | None:
    """Names of the passes to run with; None for the default ones."""
    from jbatt.errors import JbattError

    if none and names:
        raise JbattError("--no-plugins and -p exclude each other: leave one of them out")
    return [] if none else names or None


def _names(ids: str | None) -> list[str] | None:
    return None if ids is None else [i.strip() for i in ids.split(",") if i.strip()]


def _folder(out: Path | None) -> Path:
    return out or Path("runs") / datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")


caches = typer.Typer(help="What is kept between runs: see it, check it, clear it.", no_args_is_help=True)
app.add_typer(caches, name="cache")
Kind = Annotated[
    str | None,
    typer.Argument(
        help="Only this kind of thing, for example executables.",
        autocompletion=completion.one_of("executables", "answers"),
    ),
]


@caches.command("status")
def cache_status(
    kind: Kind = None,
    cache_dir: CacheDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show what is kept: how many entries of each kind, their size, when they were last used."""
    from jbatt.cache import command

    with _errors():
        command.status(kind, as_json)


@caches.command("size")
def cache_size(kind: Kind = None, cache_dir: CacheDir = None) -> None:
    """Print the size in bytes."""
    from jbatt.cache import command

    with _errors():
        command.size(kind)


@caches.command("prepare")
def cache_prepare(cache_dir: CacheDir = None) -> None:
    """Compile the machine for all classes now (a minute or two), so that every later run only loads it."""
    from jbatt.cache import command

    with _errors():
        command.prepare()


@caches.command("clear")
def cache_clear(kind: Kind = None, cache_dir: CacheDir = None) -> None:
    """Remove what is kept; later runs compute it again."""
    from jbatt.cache import command

    with _errors():
        command.clear(kind)


@caches.command("verify")
def cache_verify(
    kind: Kind = None,
    cache_dir: CacheDir = None,
    drop: Annotated[bool, typer.Option("--drop", help="Remove what is damaged.")] = False,
) -> None:
    """Read everything that is kept and compare it with its checksums. Exit code 1: something is damaged."""
    from jbatt.cache import command

    with _errors():
        sound = command.verify(kind, drop)
    if not sound:
        raise typer.Exit(1)


@caches.command("path")
def cache_path(cache_dir: CacheDir = None) -> None:
    """Print the folder."""
    from jbatt.store.location import cache_folder

    print(cache_folder())


search_commands.register(app)
submit_commands.register(app)
solver_commands.register(app)
register_see(app)


@app.command()
def plugins(
    cache_dir: CacheDir = None,
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
    cache_dir: CacheDir = None,
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
    a: Annotated[
        str,
        typer.Argument(
            help="A run: its number in `jbatt history`, or its folder.", autocompletion=completion.runs
        ),
    ],
    b: Annotated[str, typer.Argument(help="Another run.", autocompletion=completion.runs)],
    cache_dir: CacheDir = None,
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
    """The history of runs."""
    from jbatt.store.history import History
    from jbatt.store.location import cache_folder

    with _errors(), closing(History(cache_folder())) as found:
        yield found


if __name__ == "__main__":
    app()
