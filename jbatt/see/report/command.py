"""What `jbatt report` does."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console

from jbatt.see.report.data import page_data
from jbatt.see.report.load import load_run
from jbatt.see.report.page import page, write


def report_command(folder: Path, out: Path | None, source: str | None, most: int, quiet: bool) -> None:
    """Write the page of a run. Raises JbattError for a folder that is none, and for tasks that are not found."""
    begin = time.perf_counter()
    run = load_run(folder, source)
    predicted = {}
    console = Console(stderr=True, quiet=quiet)
    if most:
        with console.status("reading the run") as status:
            from jbatt.see.report.predict import predictions

            predicted = predictions(
                run, most, told=lambda done, total: status.update(f"predictions: {done} of {total}")
            )
    target = out or folder / "report.html"
    text = page(page_data(run, predicted))
    write(target, text)
    if not quiet:
        size, seconds = len(text.encode()) / 2**20, time.perf_counter() - begin
        print(
            f"{target}: {len(run.results):,} candidates, predictions of {len(predicted):,} programs, "
            f"{size:.1f} MiB, {seconds:.1f} s"
        )
        for note in run.notes:
            print(f"  {note}")
