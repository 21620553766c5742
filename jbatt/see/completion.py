"""What the shell offers at the Tab key. Each function takes what is typed so far and gives what may stand there.

A shell asks a process of its own each time, so nothing slow is imported: data sets are read, JAX never.
"""

from __future__ import annotations

import inspect
import os
import re
from contextlib import suppress
from importlib import resources
from pathlib import Path

from jbatt.files import read_regular

MANY = 200
"""Offers beyond this help nobody; shells ask whether to show them."""


def task_sources(typed: str) -> list[str]:
    """Data sets by name, then files and folders."""
    from jbatt.tasks.sources import NAMED_SOURCES

    return [name for name in NAMED_SOURCES if name.startswith(typed)] + paths(typed, ".json")


def task_ids(typed: str) -> list[str]:
    """Task ids of all data sets, from the second character on; or files. After a comma, the next id."""
    done, comma, last = typed.rpartition(",")
    found = [] if len(last) < 2 else [f"{done}{comma}{each}" for each in _all_ids() if each.startswith(last)]
    return found[:MANY] or ([] if comma else paths(typed, ".json"))


def programs(typed: str) -> list[str]:
    """Programs of the bank, files, and `FILE:NAME` for the programs of a file."""
    head, colon, name = typed.rpartition(":")
    if colon:
        return [f"{head}:{each}" for each in _names(Path(head)) if each.startswith(name)][:MANY]
    if typed.endswith(".py") and os.path.isfile(typed):
        return [typed, *(f"{typed}:{each}" for each in _names(Path(typed)))][:MANY]
    bank = []
    if typed.startswith("solve_"):
        folder = Path(str(resources.files("jbatt") / "bank"))

        bank = [
            each for file in sorted(folder.glob("*.py")) for each in _names(file) if each.startswith(typed)
        ]
    return bank[:MANY] + paths(typed, ".py")


def runs(typed: str) -> list[str]:
    """Folders that hold a run, and folders on the way to one."""
    folders = [p for p in paths(typed, "/") if p.endswith("/")]
    names = ("results.jsonl", "run.json")
    held = [p.rstrip("/") for p in folders if any(os.path.isfile(os.path.join(p, n)) for n in names)]
    return held or folders


def passes(typed: str) -> list[str]:
    """Passes by name, built-in ones and those of other distributions."""
    from importlib.metadata import entry_points

    return sorted({e.name for e in entry_points(group="jbatt.passes") if e.name.startswith(typed)})


def pass_settings(typed: str) -> list[str]:
    """`pass.key=` for the settings of each pass that can be loaded."""
    from importlib.metadata import entry_points

    found = []
    for entry in entry_points(group="jbatt.passes"):
        if entry.name.startswith(typed.partition(".")[0]):
            with suppress(Exception):  # a pass of someone's that does not load; the command will say it
                found += [f"{entry.name}.{key}=" for key in inspect.signature(entry.load()).parameters]
    return sorted(each for each in found if each.startswith(typed))


def one_of(*words: str):
    """A completion among fixed words."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


def paths(typed: str, ending: str) -> list[str]:
    """Folders, and files with this ending, that begin as typed."""
    folder, _, begin = typed.rpartition("/")
    root = folder or ("/" if typed.startswith("/") else ".")
    try:
        entries = sorted(os.scandir(os.path.expanduser(root)), key=lambda e: e.name)
    except OSError:
        return []
    found = []
    for entry in entries:
        if not entry.name.startswith(begin) or (entry.name.startswith(".") and not begin):
            continue
        path = f"{folder}/{entry.name}" if "/" in typed else entry.name
        if entry.is_dir():
            found.append(path + "/")
        elif entry.name.endswith(ending):
            found.append(path)
    return found[:MANY]


def _names(file: Path) -> list[str]:
    try:
        text = read_regular(file, 1 << 24, "a file").decode("utf-8", "replace")
    except OSError:
        return []
    return re.findall(r"^def (\w+)\(", text, re.M)


def _all_ids() -> list[str]:
    from jbatt.errors import JbattError
    from jbatt.tasks.sources import named_ids

    try:
        return named_ids()
    except JbattError:
        return []  # the Tab key has no place for errors; the command will say it
