"""The folder of a run: `results.jsonl`, written as results come, and `summary.json`, written at the end."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from jbatt.errors import JbattError
from jbatt.run.results import Result


class RunFolder:
    """Opens the folder before any work is done, so that a run never ends with nowhere to write.

    Raises JbattError where the folder cannot be made or written to, or holds another run.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._file = open(self.path / "results.jsonl", "x", encoding="utf-8")  # noqa: SIM115
        except FileExistsError:
            if self.path.is_dir():
                raise JbattError(
                    f"{self.path} holds the results of another run: choose another --out"
                ) from None
            raise JbattError(f"{self.path} is a file; --out takes a folder") from None
        except OSError as e:
            raise JbattError(
                f"{self.path}: cannot write results there: {e.strerror}; choose another --out"
            ) from None

    def write(self, results: list[Result]) -> None:
        """Append results; they are on disk when this returns."""
        self._file.write("".join(r.to_json() + "\n" for r in results))
        self._file.flush()

    def close(self, summary: dict[str, Any]) -> None:
        """Write the summary, whole or not at all."""
        self._file.close()
        partial = self.path / "summary.json.part"
        partial.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        partial.replace(self.path / "summary.json")
