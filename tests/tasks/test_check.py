"""From parsed JSON to tasks: what is accepted, and that every refusal names file, task, pair and reason."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jbatt.errors import JbattError
from jbatt.tasks.check import At, describe, grid_from_json, task_from_json, task_from_pairs

GOOD = {"input": [[1, 2]], "output": [[3], [4]]}
AT = At("data.json", "007bbfb7", "train[2].input")

GRID_ERRORS = [
    (None, "found null, expected a grid: a list of rows of colours 0 to 9"),
    ("12", "found the string '12', expected a grid: a list of rows of colours 0 to 9"),
    ({"a": 1}, "found an object, expected a grid: a list of rows of colours 0 to 9"),
    ([], "the grid is empty, expected at least one row"),
    ([[]], "row 0 is empty, expected at least one cell"),
    ([[], []], "row 0 is empty, expected at least one cell"),
    ([1, 2], "row 0 is 1, expected a list of colours 0 to 9"),
    ([[1], "2"], "row 1 is the string '2', expected a list of colours 0 to 9"),
    ([[1, 2], [1, 2], [1]], "row 2 has 1 cells, expected 2 as in row 0"),
    ([[1, 2], [1, 2, 3]], "row 1 has 3 cells, expected 2 as in row 0"),
    ([[1, 2], []], "row 1 has 0 cells, expected 2 as in row 0"),
    ([[0, 1], [0, True]], "row 1, column 1 is true, expected a whole number from 0 to 9"),
    ([[False]], "row 0, column 0 is false, expected a whole number from 0 to 9"),
    ([[1.0]], "row 0, column 0 is 1.0, expected a whole number from 0 to 9"),
    ([[float("nan")]], "row 0, column 0 is nan, expected a whole number from 0 to 9"),
    ([["1"]], "row 0, column 0 is the string '1', expected a whole number from 0 to 9"),
    ([[None]], "row 0, column 0 is null, expected a whole number from 0 to 9"),
    ([[[1]]], "row 0, column 0 is a list of 1, expected a whole number from 0 to 9"),
    ([[0, 10]], "row 0, column 1 is 10, expected a whole number from 0 to 9"),
    ([[0], [-1]], "row 1, column 0 is -1, expected a whole number from 0 to 9"),
    ([[256]], "row 0, column 0 is 256, expected a whole number from 0 to 9"),
]


@pytest.mark.parametrize(("data", "reason"), GRID_ERRORS)
def test_a_wrong_grid_is_named_to_the_cell(data, reason):
    with pytest.raises(JbattError) as error:
        grid_from_json(data, AT)
    assert str(error.value) == f"data.json: task 007bbfb7: train[2].input: {reason}"


@settings(deadline=None)  # the cores may be shared
@given(st.integers(1, 40), st.integers(1, 40), st.randoms(use_true_random=False))
def test_a_right_grid_comes_back_cell_for_cell(height, width, random):
    rows = [[random.randint(0, 9) for _ in range(width)] for _ in range(height)]
    cells = grid_from_json(rows, AT)
    assert cells.dtype == np.int8
    assert cells.shape == (height, width)
    assert not cells.flags.writeable
    assert cells.tolist() == rows


def test_more_than_30_cells_on_a_side_are_fine():
    assert grid_from_json([[1] * 500] * 300, AT).shape == (300, 500)


def test_a_task():
    data = {
        "name": "ignored",
        "train": [GOOD, GOOD],
        "test": [GOOD, {"input": [[5]]}, {"input": [[5]], "output": None}],
    }
    task = task_from_json(data, "007bbfb7", "data.json")
    assert task.id == "007bbfb7"
    assert [pair.input.tolist() for pair in task.demos] == [[[1, 2]], [[1, 2]]]
    assert task.tests[0].output.tolist() == [[3], [4]]
    assert [pair.output is None for pair in task.tests] == [False, True, True]


def test_a_task_may_have_no_tests():
    assert task_from_json({"train": [GOOD], "test": []}, "a", "f").tests == ()


def test_a_flat_list_of_pairs():
    task = task_from_pairs([GOOD, GOOD, GOOD], "007bbfb7", "data.json")
    assert (len(task.demos), task.tests) == (3, ())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([], "found an empty list, expected an object with the keys 'train' and 'test'"),
        (3, "found 3, expected an object with the keys 'train' and 'test'"),
        ({"test": []}, "the key 'train' is missing, expected 'train' and 'test'"),
        ({"train": [GOOD]}, "the key 'test' is missing, expected 'train' and 'test'"),
        ({"train": {}, "test": []}, "train: found an empty object, expected a list of pairs"),
        ({"train": [GOOD], "test": "x"}, "test: found the string 'x', expected a list of pairs"),
        ({"train": [], "test": [GOOD]}, "train: the list is empty, expected at least one pair"),
        (
            {"train": [GOOD, 1], "test": []},
            "train[1]: found 1, expected an object with the keys 'input' and 'output'",
        ),
        ({"train": [{"output": [[1]]}], "test": []}, "train[0]: the key 'input' is missing"),
        (
            {"train": [{"input": [[1]]}], "test": []},
            "train[0]: the key 'output' is missing; only a test pair may be without it",
        ),
        (
            {"train": [{"input": [[1]], "output": None}], "test": []},
            "train[0].output: found null, expected a grid: a list of rows of colours 0 to 9",
        ),
        ({"train": [GOOD], "test": [{"output": [[1]]}]}, "test[0]: the key 'input' is missing"),
        (
            {"train": [GOOD], "test": [GOOD, {"input": [[1]], "output": [[1], [2, 3]]}]},
            "test[1].output: row 1 has 2 cells, expected 1 as in row 0",
        ),
        (
            {"train": [GOOD], "test": [{"input": [[1]], "output": []}]},
            "test[0].output: the grid is empty, expected at least one row",
        ),
    ],
)
def test_a_wrong_task_is_named_to_the_pair(data, reason):
    with pytest.raises(JbattError) as error:
        task_from_json(data, "007bbfb7", "data.json")
    assert str(error.value) == f"data.json: task 007bbfb7: {reason}"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "found an empty object, expected a list of pairs"),
        ([], "the list is empty, expected at least one pair"),
        ([GOOD, {"input": [[1]]}], "[1]: the key 'output' is missing; only a test pair may be without it"),
        (
            [GOOD, {"input": [[11]], "output": [[1]]}],
            "[1].input: row 0, column 0 is 11, expected a whole number from 0 to 9",
        ),
    ],
)
def test_a_wrong_list_of_pairs_is_named_to_the_pair(data, reason):
    with pytest.raises(JbattError) as error:
        task_from_pairs(data, "007bbfb7", "data.json")
    assert str(error.value) == f"data.json: task 007bbfb7: {reason}"


@pytest.mark.parametrize("id", ["", "a\nb", "\x1b[31m", "\ud800"])
def test_an_id_must_be_printable(id):
    with pytest.raises(JbattError) as error:
        task_from_json({"train": [GOOD], "test": []}, id, "data.json")
    assert str(error.value) == f"data.json: the task id {id!r} is empty or not printable"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["train", "test", "input", "output"]), inner)
    ),
)


@settings(deadline=None)  # the cores may be shared
@given(JSON)
def test_any_json_gives_a_task_or_an_error_of_one_short_line(data):
    for build in (task_from_json, task_from_pairs):
        try:
            build(data, "a", "f")
        except JbattError as error:
            assert str(error).startswith("f: task a: ")
            assert str(error).isprintable()
            assert len(str(error)) < 200


@settings(deadline=None)  # the cores may be shared
@given(JSON | st.text(min_size=100) | st.just(10**4000) | st.just(json.loads("[" * 500 + "]" * 500)))
def test_descriptions_are_short(value):
    assert len(describe(value)) < 80
