"""One cold run, and copies of its cache to damage."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

IDS = "007bbfb7,0b148d64"


@dataclass
class Ran:
    """A run of the real command: its summary, what it said on stderr, its results line by line."""

    summary: dict
    said: str
    results: list[str]

    @property
    def kernels(self) -> tuple[int, int]:
        """How many were compiled, how many loaded."""
        return self.summary["kernels"]["compiled"], self.summary["kernels"]["loaded"]


@dataclass
class Running:
    """A run that has begun; called, it waits for its end."""

    process: subprocess.Popen
    out: Path

    def __call__(self) -> Ran:
        stdout, stderr = self.process.communicate(timeout=600)
        assert self.process.returncode == 0, stdout + stderr
        assert "Traceback" not in stderr, stderr
        return Ran(json.loads(stdout), stderr, (self.out / "results.jsonl").read_text().splitlines())


PASSES = ["-p", "solver-body-cache", "-p", "batch-validation"]
"""Without the validation cache, which would leave nothing to evaluate."""


def start(cache: Path, out: Path) -> Running:
    command = [
        sys.executable,
        "-m",
        "jbatt_cli.cli",
        "run",
        "--ids",
        IDS,
        "--out",
        str(out),
        "--json",
        *PASSES,
    ]
    env = {**os.environ, "JBATT_CACHE_DIR": str(cache), "COLUMNS": "300"}
    return Running(
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), out
    )


@pytest.fixture
def begin(tmp_path):
    """Begins runs of the real command with a cache."""
    count = iter(range(100))
    return lambda cache: start(cache, tmp_path / f"out{next(count)}")


@pytest.fixture
def run(begin):
    """Runs the command with a cache; fails the test where it does not end well."""
    return lambda cache: begin(cache)()


@pytest.fixture(scope="session")
def cold(tmp_path_factory):
    """A first run with an empty cache: the cache, and the run."""
    base = tmp_path_factory.mktemp("cold")
    return base / "cache", start(base / "cache", base / "out")()


@pytest.fixture
def cache(cold, tmp_path) -> Path:
    """A full cache of this test's own, to damage."""
    shutil.copytree(cold[0], tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def entries(cache) -> list[Path]:
    """Its entries, the largest first."""
    return sorted((cache / "executables").iterdir(), key=lambda p: -(p / "executable" / "0").stat().st_size)
