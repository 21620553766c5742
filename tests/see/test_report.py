"""`jbatt report`: the page of a run, its data, and the page at work in a browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from jbatt_cli.cli import app
from typer.testing import CliRunner

from jbatt.see.report.page import page

PROGRAMS = """def solve_00d62c1b__right(I):
    x1 = objects(I, T, F, F)
    x2 = colorfilter(x1, ZERO)
    x3 = rbind(bordering, I)
    x4 = compose(flip, x3)
    x5 = mfilter(x2, x4)
    O = fill(I, FOUR, x5)
    return O

def solve_00d62c1b__near(I):
    return fill(I, FOUR, ofcolor(I, ZERO))

def solve_00d62c1b__nearest(I):
    return identity(I)

def solve_00d62c1b__raises(I):
    return fill(I, FOUR, first(colorfilter(objects(I, T, F, F), NINE)))

def solve_00d62c1b__types(I):
    return rot90(ONE)

def solve_00d62c1b__loop(I):
    for x in I:
        pass

def solve_67a3c6ac(I):
    return hmirror(I)
"""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")


def jbatt(*args: str, code: int = 0):
    done = CliRunner().invoke(app, [str(a) for a in args])
    assert done.exit_code == code, done.output
    return done


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A run with programs of every kind, and its report."""
    base = tmp_path_factory.mktemp("report")
    (base / "mine.py").write_text(PROGRAMS)
    jbatt("run", "--programs", base / "mine.py", "--out", base / "out", "-q")
    jbatt("report", base / "out")
    return base / "out"


def data_of(path: Path) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text(), re.S)
    assert found
    return json.loads(found[1])


def test_near_misses_come_first_and_have_predictions(run):
    data = data_of(run / "report.html")
    names = [row[1].partition("__")[2] for row in data["rows"]]
    assert names[:2] == ["nearest", "near"]
    assert set(names) == {"nearest", "near", "right", "raises", "types", "loop", ""}
    row = data["rows"][0]
    task, demos, pairs = data["tasks"][row[0]]
    outputs = [data["outputs"][k] for k in data["predictions"][row[9]]]
    assert (task, demos, len(pairs)) == ("00d62c1b", 5, 6)
    assert outputs == [grid for grid, _ in pairs]  # it is the identity
    right = data["rows"][names.index("right")]
    assert [data["outputs"][k] for k in data["predictions"][right[9]]] == [answer for _, answer in pairs]
    raises = data["rows"][names.index("raises")]
    assert all(data["outputs"][k].startswith("!") for k in data["predictions"][raises[9]])
    loop = data["rows"][names.index("loop")]
    assert loop[9] == -1 and "a 'for' statement" in data["reasons"][loop[7]]


def test_programs_are_shown_as_they_are_written(run):
    data = data_of(run / "report.html")
    row = next(row for row in data["rows"] if row[1].endswith("__right"))
    text = "\n".join(data["lines"][k] for k in data["sources"][row[8]])
    assert text.strip() == PROGRAMS.split("\n\n")[0].strip()


def test_nothing_is_loaded_from_anywhere(run):
    text = (run / "report.html").read_text()
    links = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert links == {"http://www.w3.org/2000/svg"}  # a name, never fetched
    assert "default-src 'none'" in text


def test_data_cannot_end_its_script():
    text = page({"folder": "</script><script>alert(1)</script>", "rows": []})
    assert "alert(1)" in text and "<script>alert(1)" not in text


def test_predictions_are_bounded_and_counted(run, tmp_path):
    done = jbatt("report", run, "--predictions", 1, "--out", tmp_path / "page.html")
    assert "7 candidates, predictions of 1 programs" in done.output
    assert len(data_of(tmp_path / "page.html")["predictions"]) == 1


def copied(run: Path, to: Path) -> Path:
    to.mkdir()
    for name in ("results.jsonl", "summary.json"):
        shutil.copy(run / name, to)
    return to


def test_runs_that_were_cut_off_are_reported_as_far_as_they_went(run, tmp_path):
    cut = copied(run, tmp_path / "cut")
    (cut / "summary.json").unlink()
    with open(cut / "results.jsonl", "a") as file:
        file.write('{"task":"00d62')
    said = jbatt("report", cut, code=2).stderr
    assert "--tasks" in said
    done = jbatt("report", cut, "--tasks", "arc-agi-1/training", "--predictions", 0)
    assert "7 candidates" in done.output and "incomplete" in done.output and "stopped" in done.output


def test_programs_that_changed_are_not_passed_off_as_those_of_the_run(run, tmp_path):
    moved = copied(run, tmp_path / "moved")
    text = (moved / "results.jsonl").read_text()
    mine = tmp_path / "mine.py"
    mine.write_text(PROGRAMS.replace("identity(I)", "vmirror(I)"))
    (moved / "results.jsonl").write_text(text.replace(str(run.parent / "mine.py"), str(mine)))
    done = jbatt("report", moved)
    assert "not in their file any more" in done.output
    rows = data_of(moved / "report.html")["rows"]
    changed = next(r for r in rows if r[1].endswith("__nearest"))
    assert changed[8] == changed[9] == -1
    mine.unlink()
    done = jbatt("report", moved)
    assert "No longer there" in done.output
    assert all(r[8] == -1 for r in data_of(moved / "report.html")["rows"])


def test_programs_may_lie_beside_their_results(run, tmp_path):
    searched = copied(run, tmp_path / "searched")
    text = (searched / "results.jsonl").read_text()
    (searched / "results.jsonl").write_text(text.replace(str(run.parent / "mine.py"), "found.py"))
    (searched / "found.py").write_text("# found\n\n" + PROGRAMS)
    jbatt("report", searched)
    assert len(data_of(searched / "report.html")["predictions"]) == 5


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda f: shutil.rmtree(f), "no such folder"),
        (lambda f: (f / "results.jsonl").unlink(), "no results.jsonl"),
        (lambda f: (f / "results.jsonl").write_text("\n"), "has no results"),
        (lambda f: (f / "results.jsonl").write_text("{}\n"), "results.jsonl:1: not a result: has no task"),
        (lambda f: (f / "summary.json").write_text("[]"), "not the summary of a run"),
        (lambda f: (f / "summary.json").write_text('{"data": "arc-agi-1/evaluation"}'), "give --tasks"),
    ],
)
def test_what_is_no_run_is_said(run, tmp_path, prepare, says):
    folder = copied(run, tmp_path / "run")
    prepare(folder)
    said = jbatt("report", folder, code=2).stderr
    assert says in said and "Traceback" not in said


# In a browser -------------------------------------------------------------------------------------------------------


def rendered(path: Path, tmp_path: Path, script: str = "") -> str:
    """The page's elements after its script, and after `script`, have run."""
    text = path.read_text()
    opened = tmp_path / "opened.html"
    opened.write_text(text.replace("</body>", f"<script>{script}</script></body>"))
    command = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=10000",
        "--dump-dom",
        opened.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert 'data-ready="yes"' in done.stdout, "the page's script did not run to its end"
    return done.stdout


@browser
def test_the_page_draws_the_nearest_miss(run, tmp_path):
    dom = rendered(run / "report.html", tmp_path)
    assert "7 of 7 candidates, 1 to 7 below" in dom
    assert dom.count('class="pair"') == 6
    assert dom.count("<svg") == 18  # input, expected and prediction of six pairs
    assert 'class="differs"' in dom
    assert "return identity(I)" in dom
    assert "<td>early-exit</td>" in dom and "pairs not evaluated" in dom


@browser
@pytest.mark.parametrize(
    ("script", "kept"),
    [
        ("document.querySelectorAll('#statuses button')[0].click()", lambda r: r["status"] == "solved"),
        ("$('text').value = 'ROT90'; fire('text')", lambda r: r["program"].endswith("__types")),
        ("$('task').value = '67a'; fire('task')", lambda r: r["task"] == "67a3c6ac"),
        (
            "$('least').value = 500; fire('least')",
            lambda r: (known := [s for s in r["demos"] if s is not None]) and sum(known) / len(known) >= 500,
        ),
        ("document.querySelectorAll('#tasks tr.pick')[0].click()", lambda r: r["task"] == "67a3c6ac"),
        ("document.querySelectorAll('#failures tr.pick')[0].click()", lambda r: r["status"] == "failed"),
    ],
)
def test_filters(run, tmp_path, script, kept):
    fire = "const fire = (id) => $(id).dispatchEvent(new Event('input'));"
    dom = rendered(run / "report.html", tmp_path, fire + script)
    results = [json.loads(line) for line in (run / "results.jsonl").read_text().splitlines()]
    left = {r["program"] for r in results if kept(r)}
    assert 0 < len(left) < 7
    assert f"{len(left)} of 7 candidates" in dom
    body = dom[dom.index("<tbody>") : dom.index("</tbody>")]
    assert body.count('class="pick"') == len(left)
    assert all(f"<td>{program}</td>" in body for program in left)


@browser
def test_thirteen_thousand_candidates_are_paged(run, tmp_path):
    many = copied(run, tmp_path / "many")
    lines = (many / "results.jsonl").read_text().splitlines()
    with open(many / "results.jsonl", "w") as file:
        for k in range(13_200):
            file.write(lines[k % len(lines)].replace('","file"', f'_{k}","file"', 1) + "\n")
    jbatt("report", many, "--predictions", 5)
    assert (many / "report.html").stat().st_size < 8 * 2**20
    dom = rendered(many / "report.html", tmp_path)
    body = dom[dom.index("<tbody>") : dom.index("</tbody>")]
    assert "13,200 of 13,200 candidates, 1 to 50 below" in dom
    assert body.count('class="pick"') == 50
    dom = rendered(many / "report.html", tmp_path, "document.querySelectorAll('.pager button')[1].click()")
    assert "51 to 100 below" in dom
