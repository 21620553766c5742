"""Pictures in a terminal: with and without colour, in any width."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from jbatt.see.palette import COLORS, LOCATION, NOTHING
from jbatt.see.picture import Picture, of_grid, of_output, of_patch
from jbatt.see.show import show_task
from jbatt.see.terminal import block, gallery
from jbatt.tasks.task import Pair, Task


def console(width: int = 80, color: str | None = None) -> Console:
    return Console(
        file=io.StringIO(), width=width, color_system=color, force_terminal=color is not None, no_color=False
    )


def lines(picture: Picture, wide: bool = True) -> list[str]:
    return [line.plain.rstrip() for line in block(picture, console(), wide).lines]


def test_without_colour_cells_are_digits():
    assert lines(of_grid([[0, 1], [2, 9]], "title")) == ["title", "0 1", "2 9"]


def test_cells_that_differ_are_followed_by_a_sign():
    output, expected = np.array([[0, 1], [2, 3]]), np.array([[0, 5], [2, 3]])
    assert lines(of_output(output, expected, "")) == ["0 1!", "2 3"]
    assert lines(of_output(output, expected, ""), wide=False) == [".1", ".."]


def test_patches_lie_on_their_grid_and_may_leave_it():
    under = np.zeros((2, 2), np.int8)
    assert lines(of_patch(frozenset({(4, (0, 1)), (5, (2, 2))}), under)) == [". 4", ". .", "    5"]
    assert lines(of_patch(frozenset({(-1, 0)}), under)) == ["from -1,0", "#", ". .", ". ."]


def test_colours_are_arcs_and_true():
    c = console(color="truecolor")
    for line in block(of_grid([[3, 8]]), c).lines:
        c.print(line, end="")
    written = c.file.getvalue()
    for colour in (3, 8):
        red, green, blue = (int(COLORS[colour][k : k + 2], 16) for k in (1, 3, 5))
        assert f"48;2;{red};{green};{blue}" in written


def test_half_cells_where_the_width_is_short():
    c = console(40, "truecolor")
    (row,) = gallery([of_grid(np.zeros((30, 30), np.int8))], c, 40)
    assert row.width == 30 and len(row.lines) == 15


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(20, 200),
    st.sampled_from([None, "standard", "256", "truecolor"]),
)
def test_tasks_fit_the_width(h, w, width, color):
    grid = np.zeros((h, w), np.int8)
    task = Task("a", (Pair(grid, grid), Pair(grid, grid)), (Pair(grid, None),))
    c = console(max(width, w), color)
    show_task(task, c)
    plain = Console(file=io.StringIO(), width=max(width, w), color_system=None)
    show_task(task, plain)
    text = plain.file.getvalue()
    assert max(map(len, text.splitlines()[2:])) <= max(width, w)
    assert text.count("demo") == 3 and text.count("test 1") == 1


def test_answers_can_be_kept_back():
    grid, answer = np.zeros((1, 1), np.int8), np.full((1, 1), 7, np.int8)
    task = Task("a", (Pair(grid, grid),), (Pair(grid, answer),))
    shown = {}
    for answers in (True, False):
        c = console()
        show_task(task, c, answers)
        shown[answers] = c.file.getvalue()
    assert "7" in shown[True] and "7" not in shown[False]


@pytest.mark.parametrize("cell", [NOTHING, LOCATION, 0, 9, 10, 127])
def test_every_cell_can_be_drawn(cell):
    picture = Picture(np.full((3, 2), cell, np.int16))
    for color in (None, "truecolor"):
        for wide in (True, False):
            b = block(picture, console(color=color), wide)
            assert {line.cell_len for line in b.lines} == {b.width}
