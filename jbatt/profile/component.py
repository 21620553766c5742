"""Where the wall time of a run goes, by component: the parts add up to the whole."""

from __future__ import annotations

from typing import Any

from jbatt.profile.table import Profile, Table

MEANINGS = {
    "read": "programs and tasks",
    "plan": "work on the host: lowering, plans, what is between kernels",
    "compile": "tracing and compiling kernels, writing them to disk",
    "load": "imports; kernels from disk",
    "transfer": "planes between host and device",
    "execute": "in kernels",
    "score": "comparing outputs, judging",
    "record": "writing results",
    "unattributed": "the rest",
}


def by_component(report: dict[str, Any]) -> Profile:
    """From the summary of a run."""
    seconds = report["seconds"]
    total = seconds["total"]
    table = Table("seconds by component", ["component", "seconds", "share", "what it is"])
    parts = [(name, seconds[name]) for name in seconds if name != "total"]
    for name, spent in parts:
        table.rows.append([name, spent, spent / total if total else 0.0, MEANINGS.get(name, "")])
    table.rows.append(["total", total, 1.0, "from the command's start until its results were there"])
    return Profile("component", total, [table], parts)
