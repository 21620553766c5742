"""Two runs side by side: what each cost, how their results differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from jbatt.errors import JbattError
from jbatt.files import text_of
from jbatt.run.listing import short_passes
from jbatt.store.history import History


def find(text: str, history: History) -> tuple[str, dict[str, Any]]:
    """A run by its number or by its folder: a title and its summary. Raises JbattError."""
    if text.isdecimal() and not Path(text).exists():
        run = history.run(int(text))
        if run is None:
            last = history.runs(1)
            there = (
                f"the last is {last[0].id}: see jbatt history"
                if last
                else "there is none yet: jbatt run makes one"
            )
            raise JbattError(f"no run has the number {text}; {there}")
        return f"run {run.id}", run.summary
    path = Path(text) / "summary.json"
    try:
        found = json.loads(text_of(path))
    except OSError as e:
        raise JbattError(f"{path}: {e.strerror}; expected a run's number (jbatt history) or folder") from None
    except (ValueError, RecursionError) as e:
        raise JbattError(f"{path} is no summary of a run: {e}") from None
    if not is_summary(found):
        raise JbattError(
            f"{path} is no summary of a run: counts, seconds or statuses are missing or no numbers"
        )
    return str(text), found


def is_summary(found: Any) -> bool:
    """Whether this is what a run says of itself, as far as it is compared."""
    if not isinstance(found, dict) or not {"counts", "seconds", "statuses"} <= set(found):
        return False
    parts = [found.get(name, {}) for name in ("counts", "seconds", "statuses", "kernels")]
    passes = found.get("passes", [])
    return all(
        isinstance(part, dict) and all(isinstance(v, int | float) for v in part.values()) for part in parts
    ) and (
        isinstance(passes, list)
        and all(isinstance(p, dict) and isinstance(p.get("name"), str) for p in passes)
    )


def compare(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """Rows of (what, A, B, B / A) by section, and notes on what makes the two hard to compare."""
    return {
        "sections": {
            name: [_row(key, a.get(name, {}).get(key), b.get(name, {}).get(key)) for key in _keys(name, a, b)]
            for name in ("seconds", "counts", "statuses", "kernels")
        },
        "passes": [short_passes(a), short_passes(b)],
        "same_results": a.get("results_digest") == b.get("results_digest"),
        "notes": _notes(a, b),
    }


def _keys(name: str, a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys([*a.get(name, {}), *b.get(name, {})]))


def _row(key: str, a: float | None, b: float | None) -> tuple[str, Any, Any, float | None]:
    return key, a, b, round(b / a, 4) if a and b is not None else None


def _notes(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    found = []
    if a.get("data_digest") != b.get("data_digest"):
        found.append("the tasks are not the same")
    if a["counts"].get("candidates") != b["counts"].get("candidates"):
        found.append("the numbers of candidates differ")
    if a.get("device") != b.get("device"):
        found.append("the devices differ")
    if a.get("versions") != b.get("versions"):
        found.append("the versions differ")
    for summary, name in ((a, "A"), (b, "B")):
        if not summary.get("finished", True):
            found.append(f"{name} was interrupted")
        found += [
            f"{name}: pass {p['name']} was switched off"
            for p in summary.get("passes", [])
            if "switched_off" in p
        ]
    return found


def show(titles: tuple[str, str], found: dict[str, Any]) -> None:
    table = Table("", *titles, "B / A")
    table.add_row("passes", *found["passes"], "")
    for name, rows in found["sections"].items():
        table.add_section()
        table.add_row(f"[bold]{name}[/]", "", "", "")
        for key, a, b, ratio in rows:
            table.add_row(key, _text(a), _text(b), "" if ratio is None else f"{ratio:.3f}")
    console = Console()
    console.print(table)
    same = "the same scores for every candidate" if found["same_results"] else "results_digest differs"
    console.print(f"Results: {same}." + ("" if found["same_results"] else " Early exit leaves scores out."))
    for note in found["notes"]:
        console.print(f"[yellow]Note:[/] {note}")


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}"
