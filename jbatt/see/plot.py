"""Plots of runs as files: where the seconds went, tasks solved over candidates, throughput against batch size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jbatt.errors import JbattError
from jbatt.run.results import SOLVED, Result
from jbatt.see.palette import COLORS, OTHER
from jbatt.see.report.load import read_run

SHADES = (*(COLORS[k] for k in (1, 7, 3, 6, 4, 8, 9, 5)), OTHER)
"""One for each component of a run's time."""


@dataclass(frozen=True)
class Run:
    """A run's name, results in the order they came, and summary."""

    name: str
    results: list[Result]
    summary: dict[str, Any]


def plot(kind: str, folders: list[Path], out: Path) -> None:
    """Draw a kind of plot of runs into a file, whose ending says how (.svg, .png, .pdf).

    Raises JbattError for folders that are no runs, for endings that cannot be drawn, and without matplotlib.
    """
    if kind not in KINDS:
        raise JbattError(f"--kind is {kind!r}, expected one of {', '.join(KINDS)}")
    runs = [_run(f) for f in folders]
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise JbattError("plots need matplotlib: pip install 'jbatt[plot]'") from None
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    endings = figure.canvas.get_supported_filetypes()
    if out.suffix.lstrip(".").lower() not in endings:
        raise JbattError(
            f"{out}: cannot draw into {out.suffix or 'a file without ending'}, expected .svg or .png"
        )
    KINDS[kind](figure.subplots(), runs)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(out)
    except OSError as e:
        raise JbattError(f"{out}: cannot be written: {e.strerror or e}; choose another --out") from None


def _run(folder: Path) -> Run:
    results, summary, _ = read_run(folder)
    return Run(folder.name, results, summary)


def seconds(axes: Any, runs: list[Run]) -> None:
    """A bar a run: seconds by component."""
    names = list(dict.fromkeys(n for r in runs for n in _seconds(r) if n != "total"))
    left = [0.0] * len(runs)
    for k, name in enumerate(names):
        widths = [max(0.0, _seconds(r).get(name, 0.0)) for r in runs]
        axes.barh(
            [r.name for r in runs], widths, left=left, label=name, color=SHADES[k % len(SHADES)], height=0.6
        )
        left = [a + b for a, b in zip(left, widths, strict=True)]
    axes.set_ylim(max(len(runs), 2) - 0.5, -0.5)
    axes.set_xlabel("seconds")
    axes.set_title("Seconds by component")
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))


def _seconds(run: Run) -> dict[str, float]:
    found = run.summary.get("seconds")
    if not found:
        raise JbattError(
            f"{run.name}: no summary.json with seconds in it; only finished runs can be drawn so"
        )
    return found


def solved(axes: Any, runs: list[Run]) -> None:
    """A line a run: how many tasks are solved after each candidate."""
    for run in runs:
        tasks: set[str] = set()
        counts = [0]
        for r in run.results:
            if r.status == SOLVED:
                tasks.add(r.task)
            counts.append(len(tasks))
        axes.step(range(len(counts)), counts, where="post", label=run.name)
    axes.set_xlabel("candidates")
    axes.set_ylabel("tasks solved on their demo pairs")
    axes.set_title("Solved over candidates")
    axes.legend(fontsize="small")


def throughput(axes: Any, runs: list[Run]) -> None:
    """A point a run: candidates a second, compiling and loading not counted, against the number of candidates."""
    points = sorted(_point(r) for r in runs)
    axes.plot([x for x, _ in points], [y for _, y in points], marker="o")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("candidates in the run")
    axes.set_ylabel("candidates a second, without compiling and loading")
    axes.set_title("Throughput against batch size")
    axes.grid(alpha=0.3, which="both")


def _point(run: Run) -> tuple[int, float]:
    spent = _seconds(run)
    working = spent["total"] - spent.get("compile", 0.0) - spent.get("load", 0.0)
    return len(run.results), len(run.results) / max(working, 1e-9)


KINDS: dict[str, Callable[[Any, list[Run]], None]] = {
    "seconds": seconds,
    "solved": solved,
    "throughput": throughput,
}
