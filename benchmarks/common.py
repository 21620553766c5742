"""What the benchmarks share: the machine and versions, spreads of times, memory, tables, processes of their own."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

# Wide enough for all columns where the output goes to a file; a terminal keeps its own width.
console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)


# Where a time was taken -------------------------------------------------------------------------------------------


def cpu_model() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("model name", "Model", "cpu model")):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def environment() -> dict[str, Any]:
    """Machine and versions: what a time means nothing without."""
    versions = {"python": platform.python_version()}
    for package in ("jbatt", "jax", "jaxlib", "numpy"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "none"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return {
        "cpu": cpu_model(),
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": cores,
        "load": round(load, 2),  # of the minute before: times taken beside other work are no results
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
    }


def show_environment(found: dict[str, Any]) -> None:
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    console.print(
        f"{found['date']}, {found['cpu']} ({found['machine']}, {found['system']}), {found['cores']} cores, "
        f"load {found['load']}; {versions}"
    )


# Numbers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing."""

    median: float
    min: float
    max: float
    count: int

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values), len(values))


def peak_memory() -> int:
    """Bytes of memory that this process, and those that it has started and that still run, have used at most, each at its own time.

    Linux counts `ru_maxrss` on from the process that started this one; VmHWM starts anew.
    """
    mine = str(os.getpid())
    found = 0
    for place in Path("/proc").glob("[0-9]*/status"):
        try:
            about = dict(line.split(":", 1) for line in place.read_text().splitlines())
        except OSError:
            continue  # it has ended meanwhile
        if mine in (about["Pid"].strip(), about["PPid"].strip()) and "VmHWM" in about:
            found += int(about["VmHWM"].split()[0]) * 1024
    if found:
        return found
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def mib(bytes_: int) -> str:
    return f"{bytes_ / 2**20:,.0f}"


# Output -----------------------------------------------------------------------------------------------------------


def table(title: str, *columns: str) -> Table:
    """An empty table: the first column is text, numbers stand to the right in the others."""
    made = Table(title=title, title_justify="left", title_style="bold")
    for k, name in enumerate(columns):
        made.add_column(name, justify="right" if k else "left", no_wrap=k > 0)
    return made


def save(path: Path | None, report: dict[str, Any]) -> None:
    """The whole report as JSON, where the user asked for it."""
    if path is not None:
        path.write_text(json.dumps(report, indent=2, default=vars) + "\n", encoding="utf-8")


def parser(doc: str | None) -> argparse.ArgumentParser:
    """A parser with the module's text as its help, and the option all benchmarks have."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", type=Path, metavar="FILE", help="also write everything as JSON")
    return made


def add_reference(made: argparse.ArgumentParser) -> None:
    """The option `--reference`: a checkout of ARC-DSL, given by path, never copied."""
    made.add_argument(
        "--reference", type=_checkout, required=True, metavar="ARC", help="a checkout of michaelhodel/arc-dsl"
    )


def _checkout(text: str) -> Path:
    path = Path(text).resolve()
    if not (path / "dsl.py").is_file():
        raise argparse.ArgumentTypeError(f"{text} has no dsl.py")
    return path


def names_of(text: str) -> list[str]:
    """The names of a comma-separated option."""
    return [name for name in (part.strip() for part in text.split(",")) if name]


def numbers_of(text: str) -> list[int]:
    """The numbers of a comma-separated option."""
    return [int(name) for name in names_of(text)]


# Processes --------------------------------------------------------------------------------------------------------


class Worker:
    """A fresh process that runs functions, one after another, so that sides share neither memory nor caches.

    started: when it was asked for; environ: variables to set before anything is imported there.
    """

    def __init__(self, **environ: str):
        self.started = time.perf_counter()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        before = {name: os.environ.get(name) for name in environ}
        os.environ.update(environ)  # JAX and jbatt read some of them when they are imported
        try:
            self._process = context.Process(target=_serve, args=(theirs,))
            self._process.start()
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name)
                else:
                    os.environ[name] = value
        theirs.close()

    def __call__(self, function: Callable, *args: Any, **options: Any) -> Any:
        """The function's value, computed there. Raises RuntimeError with the text of what it raised."""
        self._pipe.send((function, args, options))
        try:
            good, value = self._pipe.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(f"the process ended with exit code {self._process.exitcode}") from None
        if not good:
            raise RuntimeError(value)
        return value

    def close(self) -> None:
        self._pipe.close()
        self._process.join()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _serve(pipe: Any) -> None:
    while True:
        try:
            function, args, options = pipe.recv()
        except EOFError:
            return
        try:
            answer = (True, function(*args, **options))
        except Exception:
            answer = (False, traceback.format_exc())
        pipe.send(answer)
