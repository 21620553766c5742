"""A profile as data: tables of rows, which can be printed, written as JSON or drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Table:
    """columns: names, the first one of what a row is about; rows: values in that order. note: what to know about it."""

    title: str
    columns: list[str]
    rows: list[list[Any]] = field(default_factory=list)
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows, **({"note": self.note} if self.note else {})}


@dataclass
class Profile:
    """Tables, and what a picture of them shows: labels and seconds, the most important first."""

    by: str
    total: float
    tables: list[Table]
    bars: list[tuple[str, float]]

    def to_json(self) -> dict[str, Any]:
        return {"by": self.by, "total": self.total, "tables": [t.to_json() for t in self.tables]}
