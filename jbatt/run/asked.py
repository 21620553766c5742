"""What a run was asked to do, as `run.json` has it from the run's first moment: enough to go on with it later.

The options say what to do, the digests on what: a run goes on only with the tasks, the programs and the code that it
began with, so that all its results are those of one and the same run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import Any

from jbatt.errors import JbattError
from jbatt.files import text_of
from jbatt.program import ProgramSet
from jbatt.run.settings import Settings
from jbatt.tasks import TaskSet

FILE = "run.json"
FORMAT = 1
OPTIONS = {
    "source": "--tasks",
    "ids": "--ids",
    "start": "--start",
    "limit": "--limit",
    "programs": "--programs",
    "match": "--match",
    "timeout": "--timeout",
    "passes": "-p or --no-plugins",
    "settings": "-o",
    "full_scores": "--full-scores",
    "mutants": "--mutate",
    "seed": "--seed",
    "solvers": "--solvers",
    "sample": "--sample",
    "past": "--past",
}
"""Arguments of `run_command` that decide on results, with their options."""


@dataclass(frozen=True)
class Asked:
    """options: by the names of OPTIONS; folder: that in which relative paths count; passes: (name, settings) of all that
    take part, wherever they were asked for; data, programs, code: digests of the tasks, of what was read from the programs, and
    of jbatt's code and JAX's version; candidates: how many results there will be.
    """

    options: dict[str, Any]
    folder: str
    passes: list[list[Any]]
    data: str
    programs: str
    code: str
    candidates: int
    format: int = FORMAT

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    def given(self, again: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments to go on with. `again`: those that the user gave once more; they must be the same.

        Raises JbattError where they are not.
        """
        for name, value in again.items():
            if _plain(value) != self.options[name]:
                raise JbattError(
                    f"--resume: {OPTIONS[name]} is {_plain(value)!r}, but the run was begun with {self.options[name]!r}; "
                    "leave it out to go on with that run, or begin a new one without --resume"
                )
        options = dict(self.options)
        for name in ("programs", "past"):
            options[name] = options[name] and [self._path(p) for p in options[name]]
        options["solvers"] = options["solvers"] and self._path(options["solvers"])
        source = Path(self.folder) / options["source"]
        if not self._is_here() and source.exists():
            options["source"] = str(source)
        return options

    def settings(self) -> Settings:
        """The passes of the run, whatever pyproject.toml says by now."""
        made = Settings([name for name, _ in self.passes])
        for name, values in self.passes:
            for key, value in values.items():
                made.set(name, key, value, f"{FILE}: {name}.{key}")
        return made

    def check(self, now: Asked, folder: Path) -> None:
        """Raises JbattError where what is there now is not what the run began with."""
        what = {
            "data": f"the tasks of {self.options['source']} are not those that the run began with",
            "programs": f"the programs are not those that the run began with ({self.candidates} candidates then, {now.candidates} now)",
            "code": "the run began with another version of jbatt or JAX, and results of two versions are not mixed",
        }
        for name, text in what.items():
            if getattr(self, name) != getattr(now, name):
                raise JbattError(f"{folder}: {text}; restore them to resume it, or begin a new run")

    def _is_here(self) -> bool:
        return os.path.realpath(self.folder) == os.path.realpath(os.getcwd())

    def _path(self, text: str) -> Path:
        return Path(text) if self._is_here() else Path(self.folder) / text


def asked(
    options: Mapping[str, Any],
    passes: Sequence[list[Any]],
    tasks: TaskSet,
    programs: ProgramSet,
    candidates: int,
) -> Asked:
    """What is asked here and now."""
    from jbatt.store.code import answers_version

    plain = {name: _plain(options[name]) for name in OPTIONS}
    digests = tasks.digest, programs_digest(programs), answers_version().hex()
    return Asked(plain, os.getcwd(), _plain(list(passes)), *digests, candidates)


def load(folder: Path) -> Asked:
    """What the run in a folder was asked to do. Raises JbattError where the folder holds no run that can be resumed."""
    path = folder / FILE
    try:
        record = json.loads(text_of(path))
    except FileNotFoundError:
        what = f"has no {FILE}" if folder.is_dir() else "no such folder"
        raise JbattError(
            f"{folder}: {what}; --resume takes the folder that a `jbatt run` wrote its results to"
        ) from None
    except (OSError, ValueError, RecursionError) as e:
        why = e.strerror if isinstance(e, OSError) else "it is incomplete or damaged"
        raise JbattError(
            f"{path}: cannot be read: {why}; nothing can be resumed there, begin a new run with another --out"
        ) from None
    if isinstance(record, dict) and record.get("format", FORMAT) != FORMAT:
        raise JbattError(f"{path}: is of format {record['format']}, this version of jbatt reads {FORMAT}")
    names = {f.name for f in fields(Asked)}
    if not isinstance(record, dict) or set(record) != names or not _is_sound(record):
        raise JbattError(
            f"{path}: does not say what a run was asked to do; begin a new run with another --out"
        )
    return Asked(**record)


def programs_digest(programs: ProgramSet) -> str:
    """Names what was read: the texts of the files, in order; not where the files are."""
    digest = blake2b(b"jbatt programs 2", digest_size=16)
    for text in programs.texts:
        digest.update(blake2b(text.encode("utf-8", "surrogatepass")).digest())
    return digest.hexdigest()


def _is_sound(record: dict[str, Any]) -> bool:
    options, passes = record["options"], record["passes"]
    texts = ("folder", "data", "programs", "code")
    return (
        isinstance(options, dict)
        and set(options) == set(OPTIONS)
        and isinstance(options["source"], str)
        and isinstance(passes, list)
        and all(isinstance(p, list) and list(map(type, p)) == [str, dict] for p in passes)
        and all(isinstance(record[t], str) for t in texts)
        and isinstance(record["candidates"], int)
    )


def _plain(value: Any) -> Any:
    """As JSON gives it back."""
    return json.loads(json.dumps(value, default=str))
