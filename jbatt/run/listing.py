"""What `jbatt plugins` and `jbatt history` show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from jbatt.errors import JbattError
from jbatt.run.registry import BUILT_IN, available, defaults, named
from jbatt.run.settings import checked, from_file
from jbatt.store.history import History, Run


def plugins(history: History, folder: Path) -> list[dict[str, Any]]:
    """All passes that are installed: name, origin, what each saves, whether it is on in `folder`, settings, last gain."""
    chosen, gains, known = from_file(folder), history.gains(), available()
    on = list(BUILT_IN) if chosen.passes is None else chosen.passes
    for name in on:
        named(name, known)
    rows = []
    for name, found in known.items():
        row: dict[str, Any] = {"name": name, "origin": found.origin, "on": name in on}
        try:
            kind = found.load()
        except JbattError as e:
            rows.append(row | {"error": str(e)})
            continue
        settings = checked(chosen.values.get(name, {}), defaults(kind), name, chosen)
        row |= {"saves": getattr(kind, "saves", ""), "settings": settings, "gain": None}
        if name in gains:
            row["gain"] = vars(gains[name])
        rows.append(row)
    return rows


def show_plugins(rows: list[dict[str, Any]]) -> None:
    table = Table(Column("pass", no_wrap=True), "on", "origin", "saves", "settings", "last measured gain")
    for row in rows:
        gain = row.get("gain")
        table.add_row(
            row["name"],
            "on" if row["on"] else "off",
            row["origin"],
            row.get("saves", "") or f"[red]{row.get('error', '')}[/]",
            "\n".join(f"{k}={v}" for k, v in row.get("settings", {}).items()),
            f"{gain['percent']:.1f}% ({gain['about']}, {gain['time'][:10]})" if gain else "never measured",
        )
    Console().print(table)
    Console().print(
        "jbatt run -p NAME (repeatable) runs with these only, --no-plugins with none, -o NAME.KEY=VALUE changes a setting."
    )


def show_history(runs: list[Run]) -> None:
    time = Column("time (UTC)", no_wrap=True)
    table = Table("run", time, "data", "candidates", "solved", "seconds", "passes", "digest")
    for run in runs:
        s = run.summary
        table.add_row(
            str(run.id),
            run.time[:16].replace("T", " "),
            str(s.get("data", "")),
            f"{s['counts'].get('candidates', 0):,}",
            f"{s['counts'].get('solved_tasks', 0):,}",
            f"{s['seconds']['total']:.2f}",
            short_passes(s),
            s.get("results_digest", "")[:8],
        )
    Console().print(table)
    Console().print(
        "jbatt compare A B shows two of them side by side; A and B are numbers, or folders of runs."
    )


def short_passes(summary: dict[str, Any]) -> str:
    """The passes of a run in few words."""
    names = [p["name"] for p in summary.get("passes", [])]
    if not names:
        return "none"
    if names == list(BUILT_IN):
        return "all built-in"
    return ", ".join(names)
