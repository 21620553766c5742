"""The folder of a run: `run.json`, written when it begins, `results.jsonl` and `summary.json`.

While a run goes on, its results are in `results.jsonl.part`, whole batches after one another; the last line there is
incomplete while it is being written, and stays so where the process is killed. `results.jsonl` is that file under its
final name, once the run has ended or was interrupted: nobody who reads it sees half a line, or half a run that looks like
a whole one.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from jbatt.errors import JbattError
from jbatt.run import asked as asking
from jbatt.run.asked import Asked
from jbatt.run.results import Result

RESULTS, SUMMARY = "results.jsonl", "summary.json"
PART = ".part"
"""Ends the names of files that are being written."""


class RunFolder:
    """A folder to write a run to, opened before any work is done, so that a run never ends with nowhere to write.

    asked: what the run is to do, kept as `run.json`. resume: go on with the run that is there; `keep` must be called before
    anything is written. Raises JbattError where the folder cannot be made or written to, holds another run, or is being
    written to by another process.
    """

    def __init__(self, path: str | os.PathLike, asked: Asked | None = None, resume: bool = False):
        self.path = Path(path)
        self._lock: IO[bytes] | None = None
        try:
            if resume:
                self._lock = locked(self.path)
            else:
                self._begin(asked)
        except FileExistsError:
            if not self.path.is_dir():
                raise JbattError(f"{self.path} is a file; --out takes a folder") from None
            again = f", or go on with that run (--resume {self.path})"
            raise JbattError(
                f"{self.path} holds the results of another run: choose another --out"
                + (again if (self.path / asking.FILE).exists() else "")
            ) from None
        except OSError as e:
            raise JbattError(
                f"{self.path}: cannot write results there: {e.strerror}; choose another --out"
            ) from None

    def _begin(self, asked: Asked | None) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        if (self.path / RESULTS).exists():
            raise FileExistsError
        # Each of them is made by one process only, whoever comes second.
        if asked is not None:
            with open(self.path / asking.FILE, "x", encoding="utf-8") as file:
                file.write(asked.to_json())
                file.flush()
                os.fsync(file.fileno())
            self._lock = locked(self.path)
        self._file = open(self.path / (RESULTS + PART), "xb", buffering=0)  # noqa: SIM115
        _sync(self.path)

    def keep(self, results: list[Result]) -> None:
        """Go on after these results, and drop what else was written. Raises JbattError."""
        part = self.path / (RESULTS + PART)
        new = part.with_suffix(".new")
        try:
            with open(new, "wb") as file:
                file.writelines(r.to_json().encode() + b"\n" for r in results)
                file.flush()
                os.fsync(file.fileno())
            # In this order there is a file with all that was done at any moment.
            new.replace(part)
            (self.path / SUMMARY).unlink(missing_ok=True)
            (self.path / RESULTS).unlink(missing_ok=True)
            self._file = open(part, "ab", buffering=0)  # noqa: SIM115
            _sync(self.path)
        except OSError as e:
            raise self._failed(e) from None

    def add(self, name: str, text: str) -> None:
        """A file beside the results, whole or not at all. Raises JbattError where it cannot be written."""
        partial = self.path / (name + PART)
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(self.path / name)
        except OSError as e:
            raise self._failed(e) from None

    def write(self, results: list[Result]) -> None:
        """Append results; they are on the disk when this returns. Raises JbattError where they cannot be written."""
        left = memoryview("".join([r.to_json() + "\n" for r in results]).encode())
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as e:
            raise self._failed(e) from None

    def close(self, summary: dict[str, Any]) -> None:
        """Give the results their final name and write the summary, whole or not at all."""
        try:
            self._file.close()
            (self.path / (RESULTS + PART)).replace(self.path / RESULTS)
            partial = self.path / (SUMMARY + PART)
            with open(partial, "w", encoding="utf-8") as file:
                file.write(json.dumps(summary, indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path / SUMMARY)
            _sync(self.path)
        except OSError as e:
            raise self._failed(e) from None
        if self._lock is not None:
            self._lock.close()

    def _failed(self, error: OSError) -> JbattError:
        advice = f"; once that is mended, go on with jbatt run --resume {self.path}" if self._lock else ""
        return JbattError(f"{self.path}: results cannot be written: {error.strerror}{advice}")


def results_file(folder: Path) -> Path:
    """The results of a folder: of a run that has ended, else those of one that goes on or was killed."""
    part = folder / (RESULTS + PART)
    return part if part.is_file() and not (folder / RESULTS).exists() else folder / RESULTS


def place(folder: Path, file: str) -> str:
    """Where the programs of a run are: a search and a run with mutants name a file that lies beside their results."""
    beside = folder / file
    return str(beside) if beside.is_file() else file


def locked(folder: Path) -> IO[bytes] | None:
    """A lock on a run, held until the file is closed or its process ends however; None where locks are not known.

    Raises JbattError where another process has it.
    """
    try:
        import fcntl
    except ImportError:  # not on this platform
        return None
    file = open(folder / asking.FILE, "rb")  # noqa: SIM115
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise JbattError(f"{folder}: another process is writing this run; wait for its end") from None
    except OSError:  # a file system without locks
        file.close()
        return None
    return file


def _sync(folder: Path) -> None:
    """Names of files reach the disk; where a folder cannot be synchronised, they do so by and by."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
