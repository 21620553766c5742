"""What the modules of shell commands share: options that mean the same everywhere, and how errors end a command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from jbatt.errors import JbattError, printable
from jbatt.see import completion

TasksOption = Annotated[
    str,
    typer.Option(
        help="arc-agi-1/training, arc-agi-1/evaluation, arc-agi-2/training, arc-agi-2/evaluation, "
        "a folder of task files, one file, or a combined challenges file.",
        autocompletion=completion.task_sources,
    ),
]
IdsOption = Annotated[
    str | None,
    typer.Option(help="Only these tasks: ids with commas between.", autocompletion=completion.task_ids),
]
StartOption = Annotated[int, typer.Option(help="Skip this many tasks.", min=0)]
LimitOption = Annotated[int | None, typer.Option(help="Take at most this many tasks.", min=0)]
ProgramsOption = Annotated[
    list[Path] | None,
    typer.Option(help="A file or folder of ARC-DSL programs; repeatable. Default: jbatt's own bank."),
]
SeedOption = Annotated[int, typer.Option(help="Same seed, same programs.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the summary as JSON on stdout.")]


def listed(ids: str | None) -> list[str] | None:
    """`--ids` as a list."""
    return None if ids is None else [i.strip() for i in ids.split(",") if i.strip()]


@contextmanager
def errors() -> Iterator[None]:
    """Bad input ends the command with one line and code 2, Ctrl-C with 130."""
    try:
        yield
    except JbattError as e:
        print(f"jbatt: {printable(e)}", file=sys.stderr)
        raise typer.Exit(2) from None
    except MemoryError:
        print("jbatt: there is not enough memory; take fewer programs or tasks at once", file=sys.stderr)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        print("jbatt: interrupted", file=sys.stderr)
        raise typer.Exit(130) from None
