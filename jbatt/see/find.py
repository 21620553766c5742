"""What a user means by the name of a task or of a program."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from jbatt.errors import JbattError
from jbatt.program import Program, ProgramSet, read_programs
from jbatt.run.match import task_of
from jbatt.tasks import Task, load_tasks
from jbatt.tasks.sources import NAMED_SOURCES


def find_task(name: str, source: str | None = None) -> Task:
    """A task by its id, in `source` or in the data sets that come with jbatt; or the one task of a file.

    Raises JbattError where there is none, with close ids.
    """
    if source is not None:
        return load_tasks(source)[name]
    if os.sep in name or name.endswith(".json"):
        tasks = load_tasks(name)
        if len(tasks) != 1:
            raise JbattError(
                f"{name} has {len(tasks)} tasks: name one by its id, and give the file as --tasks {name}"
            )
        return tasks[0]
    known: list[str] = []
    for each in NAMED_SOURCES:
        found = load_tasks(each)
        if name in found:
            return found[name]
        known += [t.id for t in found]
    close = difflib.get_close_matches(name, sorted(set(known)), n=3)
    advice = f"did you mean {' or '.join(close)}? " if close else ""
    raise JbattError(
        f"no task {name!r} in {', '.join(NAMED_SOURCES)}: {advice}"
        "for a task of your own give its file, or --tasks with its folder"
    )


def find_program(name: str, task: str | None = None) -> tuple[Program, ProgramSet]:
    """A program by `FILE`, `FILE:NAME`, `FILE:LINE`, or by its name in jbatt's own bank.

    Of several programs in a file the one that is named for the task is meant. Raises JbattError, with the names there
    are, where none or several remain, and with the reason where the one that is meant cannot be read.
    """
    path, wanted = _split(name)
    if path is None:
        from jbatt.run.command import bank

        programs = read_programs(bank())
        found = [p for p in programs.programs if wanted in (p.name, p.name.removeprefix("solve_"))]
        if not found:
            close = difflib.get_close_matches(wanted, [p.name for p in programs.programs], n=3, cutoff=0.7)
            advice = f" (close: {', '.join(close)})" if close else ""
            raise JbattError(
                f"no file and no program of jbatt's bank is named {wanted!r}{advice}; "
                "expected FILE, FILE:NAME, FILE:LINE or solve_<task id>"
            )
        return found[0], programs
    programs = read_programs(path)
    return _chosen(programs, str(path), wanted, task), programs


def _split(name: str) -> tuple[Path | None, str]:
    """The file, and which program of it; no file where the name is that of a program of the bank."""
    if os.path.exists(name):
        return Path(name), ""
    head, colon, tail = name.rpartition(":")
    if colon and (os.path.exists(head) or head.endswith(".py")):
        return Path(head), tail
    if os.sep in name or name.endswith(".py"):
        raise JbattError(f"{name}: no such file; expected a file of ARC-DSL programs, or FILE:NAME")
    return None, name


def _chosen(programs: ProgramSet, path: str, wanted: str, task: str | None) -> Program:
    read, rejected = programs.programs, programs.rejected
    if wanted.isdigit():
        line = int(wanted)
        found = [p for p in read if p.line <= line <= p.end]
        refused = [r for r in rejected if r.def_line <= line][-1:] if not found else []
    elif wanted:
        found = [p for p in read if p.name == wanted]
        refused = [r for r in rejected if r.name == wanted]
    else:
        found, refused = list(read), list(rejected)
        if task is not None and len(found) + len(refused) > 1:
            found = [p for p in read if task_of(p.name, {task})] or found
            refused = [r for r in rejected if task_of(r.name, {task})] or refused
    if len(found) == 1:
        return found[0]
    if not found and refused:
        raise JbattError(f"{refused[0]}")
    names = list(dict.fromkeys(p.name for p in (found or read)))
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    if not found:
        raise JbattError(f"{path}: no program {wanted!r}; it has {shown}")
    example = f"{path}:{found[0].line}" if len(names) == 1 else f"{path}:{names[0]}"
    raise JbattError(f"{path} has {len(found)} programs ({shown}): say which, as in {example}")


def task_for(program: Program, task: str | None, source: str | None) -> Task:
    """The task given, or the one that the program is named for."""
    if task is not None:
        return find_task(task, source)
    sources = [source] if source else NAMED_SOURCES
    for each in sources:
        tasks = load_tasks(each)
        found = task_of(program.name, {t.id for t in tasks})
        if found is not None:
            return tasks[found]
    raise JbattError(f"{program.name} is not named solve_<task id>: say which task, with --task ID")
