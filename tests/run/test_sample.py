"""Programs drawn by past score: more often where they did well, the same for the same seed, from demo pairs alone."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from jbatt_cli.cli import app
from typer.testing import CliRunner

from jbatt.errors import JbattError
from jbatt.run.results import Result
from jbatt.run.sample import LEAST, drawn, past_standings, standing


def result(body, task, demos, tests=(None,)):
    return Result(task, f"solve_{body}", "a.py", 1, body, "failed", list(demos), list(tests))


def test_chances_are_in_proportion_to_standing():
    standings = {"a": 3.0, "b": 1.0, "c": 1.0}
    counts = Counter(drawn(standings, 1, random.Random(k))[0] for k in range(4000))
    assert 0.56 < counts["a"] / 4000 < 0.64
    pairs = [drawn(standings, 2, random.Random(k)) for k in range(300)]
    assert all(len(set(p)) == 2 for p in pairs) and {frozenset(p) for p in pairs} == {
        frozenset(p) for p in ("ab", "ac", "bc")
    }
    assert sorted(drawn(standings, 9, random.Random(0))) == ["a", "b", "c"]


def test_standing_grows_with_scores_and_is_never_nothing():
    assert standing([0, 0]) == LEAST and standing([1000]) == 1.0
    assert standing([1000, 0]) > standing([800, 800]) > standing([500, 500])


def test_past_standings_come_from_demo_pairs_of_all_runs(tmp_path):
    for name, results in {
        "one": [result("good", "t1", [1000, 1000], [0]), result("bad", "t1", [0, None], [1000])],
        "two": [result("good", "t2", [0, None]), result("bad", "t1", [0, 0]), result("bad", "t2", [0, 0])],
    }.items():
        (tmp_path / name).mkdir()
        text = "".join(r.to_json() + "\n" for r in results)
        (tmp_path / name / "results.jsonl").write_text(text)
    found = past_standings([tmp_path / "one", tmp_path / "two"])
    assert found == {"good": 0.5, "bad": LEAST}
    with pytest.raises(JbattError, match="no results"):
        past_standings([tmp_path])


def test_the_command_draws_and_repeats_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = ["vmirror(I)", "hmirror(I)", "rot90(I)", "rot180(I)", "dmirror(I)", "cmirror(I)"]
    text = "\n".join(f"def p{k}(I):\n    return {call}\n" for k, call in enumerate(calls))
    (tmp_path / "p.py").write_text(text)
    ids = "67a3c6ac,68b16354,a416b8f3,0d3d703e"

    def tried(out, *args, code=0):
        words = ["run", "--programs", "p.py", "--match", "all", "--ids", ids, "--out", out, "-q", *args]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == code, done.output
        if code:
            return done.output
        lines = (tmp_path / out / "results.jsonl").read_text().splitlines()
        return sorted((r["task"], r["program"]) for r in map(json.loads, lines))

    assert len(tried("all")) == 24
    sample = ["--sample", "2", "--past", "all"]
    some = tried("some", *sample, "--seed", "5")
    assert Counter(task for task, _ in some) == dict.fromkeys(ids.split(","), 2)
    assert tried("again", *sample, "--seed", "5") == some
    assert any(tried(f"seed{k}", *sample, "--seed", str(k)) != some for k in range(3))
    assert "give --sample" in tried("none", "--past", "all", code=2)
