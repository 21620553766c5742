"""What a search has done so far, one JSON line for each piece of it, so that it can go on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jbatt.errors import JbattError
from jbatt.files import text_of
from jbatt.search import grammar
from jbatt.tasks import TaskSet

FILE = "state.jsonl"
MAX_STATE = 1 << 30
"""Bytes of a state that are read."""


@dataclass
class Piece:
    """One stage of one round on one task.

    stage: "enumeration", "mixing" or "mutation". found: sources of programs that solve the demos; near: score of 0 to 1000 and
    source of those that nearly do, best first. parents: for found programs that are mutants the body of what they were made from. tried: programs; values:
    distinct values; at: seconds of search until then, over all its parts.
    """

    stage: str
    round: int
    task: str
    found: list[str] = field(default_factory=list)
    near: list[tuple[float, str]] = field(default_factory=list)
    tried: int = 0
    values: int = 0
    at: float = 0.0
    parents: dict[str, str] = field(default_factory=dict)


class State:
    """The state file of a search; a last line that is not whole is dropped.

    Raises JbattError where the folder cannot be written to, or holds the state of another search.
    """

    def __init__(self, folder: Path, tasks: TaskSet, seed: int, programs: str):
        self.path = folder / FILE
        rules = blake2b(grammar.TEXT.encode(), digest_size=8).hexdigest()
        head = {
            "jbatt": version("jbatt"), "grammar": rules, "data": tasks.source, "digest": tasks.digest, "seed": seed,
            "programs": programs,
        }  # fmt: skip
        self.pieces: list[Piece] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lines = list(_whole_lines(self.path))
            if lines and lines[0] != head:
                other = ", ".join(k for k in head if lines[0].get(k) != head[k])
                raise JbattError(
                    f"{self.path}: the state of another search (it differs in {other}): choose another --out, "
                    "or go on with the same tasks, seed and programs"
                )
            self.pieces = [Piece(**line) for line in lines[1:]]
            partial = self.path.with_name(FILE + ".part")
            with open(partial, "w", encoding="utf-8") as file:
                for line in [head, *map(asdict, self.pieces)]:
                    file.write(json.dumps(line) + "\n")
            partial.replace(self.path)
            self._file = open(self.path, "a", encoding="utf-8")  # noqa: SIM115
        except (FileExistsError, NotADirectoryError):
            raise JbattError(f"{folder} is a file, or lies in one; --out takes a folder") from None
        except OSError as e:
            raise JbattError(
                f"{folder}: the search cannot be kept there: {e.strerror}; choose another --out"
            ) from None
        except (TypeError, KeyError, AttributeError):
            raise JbattError(f"{self.path}: not the state of a search; choose another --out") from None

    @property
    def seconds(self) -> float:
        """Seconds of search so far."""
        return max((p.at for p in self.pieces), default=0.0)

    def add(self, pieces: list[Piece]) -> None:
        """Pieces that are done; on disk when this returns."""
        self.pieces += pieces
        self._file.write("".join(json.dumps(asdict(p)) + "\n" for p in pieces))
        self._file.flush()

    def done(self, stage: str, round: int) -> dict[str, Piece]:
        """The pieces of a stage of a round, by task."""
        return {p.task: p for p in self.pieces if p.stage == stage and p.round == round}

    def close(self) -> None:
        self._file.close()


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = text_of(path, MAX_STATE)
    except FileNotFoundError:
        return
    except UnicodeDecodeError:
        raise JbattError(f"{path}: not the state of a search; choose another --out") from None
    for line in text.split("\n")[:-1]:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            raise JbattError(f"{path}: not the state of a search; choose another --out") from None
