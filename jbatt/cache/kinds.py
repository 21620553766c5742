"""The kinds of things that are kept, each a module with three functions.

status(folder) -> Status; clear(folder) -> int, the bytes that were freed; verify(folder, drop) -> list[Problem], dropping
what is damaged if so asked. `folder` is the cache folder, which need not exist. None of them starts JAX.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType

from jbatt.errors import JbattError

KINDS = {"executables": "jbatt.cache.executables", "answers": "jbatt.cache.answers"}
"""Name -> module. A new kind is a line here."""


@dataclass
class Status:
    """What there is of one kind: entries, bytes on disk, when it was last used (seconds since 1970), remarks."""

    kind: str
    entries: int
    bytes: int
    used: float | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class Problem:
    """An entry that is not what was written, and what is wrong with it."""

    path: Path
    reason: str


def modules(kind: str | None) -> dict[str, ModuleType]:
    """The module of one kind, or of all. Raises JbattError for an unknown one."""
    if kind is not None and kind not in KINDS:
        raise JbattError(f"{kind!r} is no kind of cache, expected one of: {', '.join(KINDS)}")
    return {name: import_module(KINDS[name]) for name in KINDS if kind in (None, name)}
