"""The commands that show things, as `jbatt` has them: options here, the work in the modules beside this one.

Nothing but typer is imported until a command runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jbatt.see import completion
from jbatt.shell import errors

TASKS = typer.Option(
    "--tasks",
    help="Where to look for tasks: a data set, folder or file, as for `jbatt run`.",
    autocompletion=completion.task_sources,
)
PROGRAM = typer.Argument(
    metavar="PROGRAM",
    help="FILE, FILE:NAME, FILE:LINE, or solve_<task id> of jbatt's own bank.",
    autocompletion=completion.programs,
)


def show(
    task: Annotated[
        str, typer.Argument(help="The id of a task, or the file of one.", autocompletion=completion.task_ids)
    ],
    tasks: Annotated[str | None, TASKS] = None,
    answers: Annotated[
        bool, typer.Option("--answers/--no-answers", help="Show the outputs of the test pairs too.")
    ] = True,
) -> None:
    """Draw the pairs of a task."""
    with errors():
        from jbatt.see.find import find_task

        found = find_task(task, tasks)
        from rich.console import Console

        from jbatt.see.show import show_task

        show_task(found, Console(), answers)


def trace(
    program: Annotated[str, PROGRAM],
    task: Annotated[
        str | None,
        typer.Option(
            help="A task's id or file. Default: the one that the program is named for.",
            autocompletion=completion.task_ids,
        ),
    ] = None,
    tasks: Annotated[str | None, TASKS] = None,
    pair: Annotated[
        str | None,
        typer.Option(
            help="1, 2, ... for the demo pairs, t1, t2, ... for the test pairs. Default: the first that is not right."
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for the program.", min=0.001)] = 10.0,
) -> None:
    """Draw what each line of a program makes, and where it goes wrong."""
    with errors():
        from jbatt.see.trace_command import trace_command

        trace_command(program, task, tasks, pair, timeout)


def explain(
    program: Annotated[str, PROGRAM],
    task: Annotated[
        str | None,
        typer.Option(
            help="A task to measure on: id or file. Default: the one that the program is named for.",
            autocompletion=completion.task_ids,
        ),
    ] = None,
    tasks: Annotated[str | None, TASKS] = None,
) -> None:
    """Say what a program is to the engine: types, body, kernels, capacity classes, cost."""
    with errors():
        from jbatt.see.explain_text import explain_command

        explain_command(program, task, tasks)


def report(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="The folder that a run wrote.", autocompletion=completion.runs),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The page to write. Default: report.html in the folder.")
    ] = None,
    tasks: Annotated[
        str | None,
        typer.Option(
            help="Where the run's tasks are. Default: where they were.",
            autocompletion=completion.task_sources,
        ),
    ] = None,
    predictions: Annotated[
        int, typer.Option(help="Draw what this many programs predict, the nearest misses first.", min=0)
    ] = 500,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Write a page about a run that shows what was solved, what nearly was, and why the rest was not."""
    with errors():
        from jbatt.see.report.command import report_command

        report_command(run, out, tasks, predictions, quiet)


def plot(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Folders that runs wrote.", autocompletion=completion.runs),
    ],
    kind: Annotated[
        str,
        typer.Option(
            help="seconds: by component. solved: tasks solved over candidates. throughput: candidates a second "
            "against how many there were, a point a run.",
            autocompletion=completion.one_of("seconds", "solved", "throughput"),
        ),
    ] = "seconds",
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write, .svg or .png. Default: KIND.svg in the first folder."),
    ] = None,
) -> None:
    """Draw runs into a file: where the time went, what was solved, how throughput grows."""
    with errors():
        from jbatt.see.plot import plot as draw

        target = out or runs[0] / f"{kind}.svg"
        draw(kind, runs, target)
        print(target)


def register(app: typer.Typer) -> None:
    """Add the commands to the shell command."""
    for command in (show, trace, explain, report, plot):
        app.command()(command)
