"""Passes from the shell: chosen, listed, set, measured; one that comes from a package of its own."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "docs/examples/skip_tests"
IDS = "67a3c6ac,68b16354"
SOURCE = "".join(
    f"def solve_{task}__{name}(I):\n    return {name}(I)\n"
    for task in IDS.split(",")
    for name in ("vmirror", "hmirror")
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder to work in, with programs, and with a cache of its own that knows the kernels of other tests."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "programs.py").write_text(SOURCE)
    (folder / "cache").mkdir(mode=0o700)
    kernels = Path(os.environ["JBATT_CACHE_DIR"]) / "executables"
    kernels.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "cache/executables").symlink_to(kernels)
    return folder


def jbatt(
    base: Path, *args: str, check: int = 0, python: str = sys.executable
) -> subprocess.CompletedProcess:
    env = {**os.environ, "JBATT_CACHE_DIR": str(base / "cache"), "COLUMNS": "200"}
    done = subprocess.run(
        [python, "-m", "jbatt_cli.cli", *args], env=env, cwd=base, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == check, done.stdout + done.stderr
    return done


def run(base: Path, out: str, *args: str, **more) -> dict:
    done = jbatt(
        base, "run", "--programs", "programs.py", "--ids", IDS, "--out", out, "--json", *args, **more
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def runs(base):
    return {
        "default": run(base, "default"),
        "none": run(base, "none", "--no-plugins"),
        "full": run(base, "full", "--full-scores"),
        "exit": run(base, "exit", "-p", "solver-body-cache", "-p", "early-exit", "-o", "early-exit.first=2"),
    }


def test_which_passes_ran(runs):
    names = {name: [p["name"] for p in found["passes"]] for name, found in runs.items()}
    assert len(names["default"]) == len(names["full"]) == 5
    assert names["none"] == []
    assert runs["exit"]["passes"][1]["settings"] == {"first": 2}
    assert runs["exit"]["passes"][1]["avoided"]["pairs not evaluated"] > 0


def test_results_are_those_without_passes(runs):
    assert runs["full"]["results_digest"] == runs["none"]["results_digest"]
    assert len({json.dumps(found["statuses"]) for found in runs.values()}) == 1
    assert runs["default"]["statuses"]["solved"] == 2


def test_a_later_process_knows_the_answers(base, runs):
    again = run(base, "again")
    assert again["counts"]["evaluations"] == 0
    assert again["results_digest"] == runs["default"]["results_digest"]
    without = run(base, "without", "--no-cache")
    assert without["counts"]["recalled"] == 0
    assert without["results_digest"] == runs["default"]["results_digest"]


def test_runs_are_kept_and_compared(base, runs):
    kept = json.loads(jbatt(base, "history", "--json").stdout)
    assert [r["folder"] for r in kept[:4]] == [str(base / name) for name in runs]
    assert kept[1]["summary"] == runs["none"]
    assert "all built-in" in jbatt(base, "history").stdout
    found = json.loads(jbatt(base, "compare", "2", "full", "--json").stdout)
    assert found["same_results"] and found["passes"] == ["none", "all built-in"]
    evaluations = next(row for row in found["sections"]["counts"] if row[0] == "evaluations")
    assert evaluations[1:3] == [16, runs["full"]["counts"]["evaluations"]]
    shown = jbatt(base, "compare", "1", "2").stdout
    assert "results_digest differs" in shown and "B / A" in shown


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["compare", "1", "999"], "no run has the number 999"),
        (["compare", "1", "nowhere"], "nowhere/summary.json"),
        (["compare", "1", "."], "summary.json"),
        (["run", "-p", "early-exot"], "did you mean early-exit"),
        (["run", "-p", "early-exit", "--no-plugins"], "exclude each other"),
        (["run", "-o", "early-exit=2"], "expected pass.key"),
        (["run", "-o", "early-exit.first=x"], "expected a whole number"),
    ],
)
def test_bad_input_is_said_in_a_line(base, runs, args, says):
    done = jbatt(base, *args, check=2)
    assert says in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_settings_come_from_the_folder(base, runs):
    (base / "pyproject.toml").write_text(
        '[tool.jbatt]\npasses = ["solver-body-cache", "early-exit"]\n[tool.jbatt.early-exit]\nfirst = 3\n'
    )
    try:
        found = run(base, "table")
        assert [p["name"] for p in found["passes"]] == ["solver-body-cache", "early-exit"]
        assert found["passes"][1]["settings"] == {"first": 3}
        listed = {row["name"]: row for row in json.loads(jbatt(base, "plugins", "--json").stdout)}
        assert listed["early-exit"]["on"] and not listed["batch-validation"]["on"]
        assert listed["early-exit"]["settings"] == {"first": 3}
    finally:
        (base / "pyproject.toml").unlink()


# A pass of someone else's --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """Python of a new environment that sees what this one has, with the example installed as its own distribution."""
    folder = tmp_path_factory.mktemp("stranger")
    venv.create(folder, with_pip=True)
    python = str(folder / "bin/python")
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(
        subprocess.run([python, "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    )
    here = "; ".join(f"site.addsitedir({p!r})" for p in site.getsitepackages())
    (packages / "jbatt_of_the_tests.pth").write_text(f"import site; {here}\n")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "skip_tests.py"):
        (source / name).write_text((EXAMPLE / name).read_text())
    build = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "-w", str(folder), str(source)]
    install = [python, "-m", "pip", "install", str(folder / "jbatt_skip_tests-1.0-py3-none-any.whl")]
    for command in (build, install):
        done = subprocess.run([*command, "--quiet", "--no-deps"], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    return python


def test_a_stranger_s_pass_is_listed_and_works(base, runs, stranger):
    rows = {row["name"]: row for row in json.loads(jbatt(base, "plugins", "--json", python=stranger).stdout)}
    assert rows["skip-tests"]["origin"] == "jbatt-skip-tests 1.0" and not rows["skip-tests"]["on"]
    assert rows["skip-tests"]["settings"] == {"demos": 1}
    here = jbatt(base, "plugins").stdout
    assert "skip-tests" not in here and "batch-validation" in here

    found = run(base, "skipped", "-p", "solver-body-cache", "-p", "skip-tests", python=stranger)
    assert found["passes"][1]["origin"] == "jbatt-skip-tests 1.0"
    assert found["passes"][1]["avoided"] == {"test pairs not evaluated": 4}
    assert found["statuses"] == runs["none"]["statuses"]
    assert found["counts"]["evaluations"] == runs["none"]["counts"]["evaluations"] - 4
    lines = [json.loads(line) for line in (base / "skipped/results.jsonl").read_text().splitlines()]
    assert all(r["tests"] == [None] for r in lines)

    whole = run(
        base,
        "whole",
        "-p",
        "solver-body-cache",
        "-p",
        "skip-tests",
        "-o",
        "skip-tests.demos=9",
        python=stranger,
    )
    assert whole["results_digest"] == runs["none"]["results_digest"]


def test_a_stranger_s_pass_is_unknown_where_it_is_not_installed(base):
    assert "no pass is named 'skip-tests'" in jbatt(base, "run", "-p", "skip-tests", check=2).stderr
