"""`jbatt profile`, as it is typed: its figures are those of the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

import pytest

PASSES = ["-p", "solver-body-cache", "-p", "batch-validation"]
IDS = ["--ids", "67a3c6ac,68b16354,74dd1130"]


def jbatt(*args: str, folder, check: int = 0) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "jbatt_cli.cli", "profile", *args]
    env = {**os.environ, "COLUMNS": "200"}
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == check, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def profiled(tmp_path_factory):
    """Each kind of profile, once, as JSON; with pictures, and a trace."""
    folder = tmp_path_factory.mktemp("profiles")
    found = {}
    for by, more in (("component", []), ("op", []), ("function", ["--trace", "trace"])):
        plot = ["--plot", f"{by}.svg"]
        start = time.perf_counter()
        done = jbatt("--by", by, "--json", "--out", by, *IDS, *PASSES, *plot, *more, folder=folder)
        found[by] = json.loads(done.stdout), time.perf_counter() - start
    return folder, found


def test_components_add_up_to_the_wall_time(profiled):
    folder, found = profiled
    report, wall = found["component"]
    rows = {r["component"]: r["seconds"] for r in report["tables"][0]["rows"]}
    total = rows.pop("total")
    assert sum(rows.values()) == pytest.approx(total, abs=1e-4)
    assert 0 < total <= wall
    assert all(seconds >= -1e-4 for seconds in rows.values())
    assert rows["unattributed"] < 0.1 * total + 0.1
    summary = json.loads((folder / "component" / "summary.json").read_text())
    assert {name: summary["seconds"][name] for name in rows} == rows


def test_components_of_a_run_that_compiles(tmp_path):
    """What is compiled while something else is measured counts once."""
    cold = ["--cache-dir", str(tmp_path / "cache"), "--out", "cold", *IDS, *PASSES]
    report = json.loads(jbatt("--json", *cold, folder=tmp_path).stdout)
    rows = {r["component"]: r["seconds"] for r in report["tables"][0]["rows"]}
    total = rows.pop("total")
    assert sum(rows.values()) == pytest.approx(total, abs=1e-4)
    assert all(seconds >= -1e-4 for seconds in rows.values()), rows
    assert report["kernels"]["compiled"] > 0 and rows["compile"] > rows["score"]


def test_operations_are_all_calls(profiled):
    _, found = profiled
    report, _ = found["op"]
    tables = {t["title"]: t["rows"] for t in report["tables"]}
    calls = tables["kernel calls"]
    assert sum(r["calls"] for r in calls) == report["kernels"]["calls"] > 0
    assert sum(r["share"] for r in calls) == pytest.approx(1)
    assert all(r["us a row"] == pytest.approx(r["seconds"] / r["rows"] * 1e6, rel=0.1, abs=1) for r in calls)
    mirrors = [r for r in calls if r["operation"] == "hmirror(Grid)"]
    assert len(mirrors) == 1 and mirrors[0]["class"] == 32 and mirrors[0]["rows"] > 0
    assert {"upload", "fetch"} <= {r["operation"] for r in calls}


def test_functions_are_the_hosts(profiled):
    _, found = profiled
    report, _ = found["function"]
    rows = report["tables"][0]["rows"]
    assert any(r["where"].startswith("jbatt/run/command.py") and r["function"] == "run_command" for r in rows)
    assert [r["own s"] for r in rows] == sorted((r["own s"] for r in rows), reverse=True)
    assert max(r["with callees s"] for r in rows) <= report["total"] * 1.5


def test_pictures_are_svg_with_a_bar_each(profiled):
    folder, found = profiled
    for by, (report, _) in found.items():
        picture = ET.parse(folder / f"{by}.svg")
        bars = picture.findall(".//{http://www.w3.org/2000/svg}rect")
        rows = [r for r in report["tables"][0]["rows"] if r.get("component") != "total"]
        assert len(bars) == min(30, len(rows))
        assert all(0 <= float(b.get("width", "-1")) <= 1000 for b in bars)


def test_a_trace_is_written(profiled):
    folder, _ = profiled
    assert list((folder / "trace").rglob("perfetto_trace.json.gz"))
    assert list((folder / "trace").rglob("*.xplane.pb"))


def test_tables_are_printed(tmp_path):
    done = jbatt("--by", "op", "--out", "out", *IDS, *PASSES, folder=tmp_path)
    assert "kernel calls" in done.stdout and "hmirror(Grid)" in done.stdout
    done = jbatt("--out", "out2", *IDS, *PASSES, folder=tmp_path)
    assert "unattributed" in done.stdout and "total" in done.stdout


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--by", "magic"], "component, op, function"),
        (["--plot", "nowhere/x.svg"], "no such folder"),
        (["--ids", "none"], "none"),
    ],
)
def test_bad_input_is_said_in_a_line(args, says, tmp_path):
    done = jbatt(*args, folder=tmp_path, check=2)
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
    assert not (tmp_path / "runs").exists()
