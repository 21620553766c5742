"""`jbatt plot`: files that are pictures of what the runs hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jbatt_cli.cli import app
from typer.testing import CliRunner

pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'jbatt[plot]'")


def written(folder: Path, statuses: list[str], seconds: dict[str, float]) -> Path:
    """A run folder with a candidate a status, each of a task of its own."""
    folder.mkdir()
    with open(folder / "results.jsonl", "w") as file:
        for k, status in enumerate(statuses):
            record = {"task": str(k), "program": "p", "file": "f", "line": 1, "body": None, "status": status}
            file.write(json.dumps(record | {"demos": [0], "tests": [0]}) + "\n")
    (folder / "summary.json").write_text(json.dumps({"seconds": seconds}))
    return folder


@pytest.fixture
def runs(tmp_path) -> list[Path]:
    seconds = {
        "total": 10.0,
        "read": 1.0,
        "compile": 4.0,
        "load": 1.0,
        "execute": 4.0,
        "unattributed": -0.001,
    }
    return [
        written(tmp_path / "small", ["solved", "failed", "solved"], seconds),
        written(tmp_path / "large", ["solved"] * 12, seconds),
    ]


def jbatt(*args, code: int = 0):
    done = CliRunner().invoke(app, [str(a) for a in args])
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize("kind", ["seconds", "solved", "throughput"])
def test_plots_are_written(runs, tmp_path, kind):
    out = tmp_path / "plots" / "plot.svg"
    assert str(out) in jbatt("plot", *runs, "--kind", kind, "--out", out).output
    assert out.read_text().lstrip().startswith("<?xml")
    jbatt("plot", *runs, "--kind", kind, "--out", out.with_suffix(".png"))
    assert out.with_suffix(".png").read_bytes()[:4] == b"\x89PNG"


def test_the_file_is_in_the_first_run_by_default(runs):
    jbatt("plot", *runs)
    assert (runs[0] / "seconds.svg").exists()


def test_what_is_drawn_is_what_the_runs_hold(runs):
    from matplotlib.figure import Figure

    from jbatt.see import plot

    loaded = [plot._run(r) for r in runs]
    axes = Figure().subplots()
    plot.solved(axes, loaded)
    assert [line.get_ydata().tolist()[-1] for line in axes.lines] == [2, 12]
    axes = Figure().subplots()
    plot.seconds(axes, loaded)
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(20.0, abs=0.01)
    axes = Figure().subplots()
    plot.throughput(axes, loaded)
    assert axes.lines[0].get_xydata().tolist() == [[3.0, pytest.approx(0.6)], [12.0, pytest.approx(2.4)]]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nowhere"], "no such folder"),
        (["small", "--kind", "pie"], "expected one of seconds, solved, throughput"),
        (["small", "--out", "plot.doc"], "expected .svg or .png"),
        (["small", "--out", "plot"], "without ending"),
    ],
)
def test_what_cannot_be_drawn_is_said(runs, tmp_path, monkeypatch, args, says):
    monkeypatch.chdir(tmp_path)
    said = jbatt("plot", *args, code=2).stderr
    assert says in said and len(said.splitlines()) == 1


def test_a_run_without_summary_has_no_seconds(runs, tmp_path):
    (runs[0] / "summary.json").unlink()
    assert "summary.json" in jbatt("plot", runs[0], "--out", tmp_path / "a.svg", code=2).stderr
    jbatt("plot", runs[0], "--kind", "solved", "--out", tmp_path / "a.svg")
