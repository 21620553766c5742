"""Pictures in a terminal: two columns a cell, half a column where that is too wide, digits where there is no colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.text import Text

from jbatt.see.palette import LOCATION, NOTHING, color, faint, ink
from jbatt.see.picture import Picture

GAP = 2


class Block:
    """Lines of text of one width."""

    def __init__(self, lines: list[Text]):
        self.width = max((line.cell_len for line in lines), default=0)
        self.lines = lines
        for line in lines:
            line.pad_right(self.width - line.cell_len)


def has_color(console: Console) -> bool:
    """Whether cells can be told apart by their colour."""
    return console.color_system is not None and not console.no_color


def block(picture: Picture, console: Console, wide: bool = True) -> Block:
    """A picture under its title. Without `wide`, cells are one column wide, and with colours half a line high."""
    if not has_color(console):
        lines = _digits(picture, wide)
    else:
        lines = _squares(picture) if wide else _halves(picture)
    return Block([Text(picture.title, "dim"), *lines] if picture.title else lines)


def side_by_side(blocks: Sequence[Block], gap: int = GAP) -> Block:
    """Blocks next to each other, their tops aligned."""
    height = max((len(b.lines) for b in blocks), default=0)
    rows = []
    for k in range(height):
        row = Text()
        for number, b in enumerate(blocks):
            row.append(" " * gap if number else "")
            row.append_text(b.lines[k]) if k < len(b.lines) else row.append(" " * b.width)
        rows.append(row)
    return Block(rows)


def flow(blocks: Sequence[Block], width: int, gap: int = GAP) -> list[Block]:
    """Blocks in as few rows as the width allows."""
    rows: list[list[Block]] = []
    used = 0
    for b in blocks:
        if rows and used + gap + b.width <= width:
            rows[-1].append(b)
            used += gap + b.width
        else:
            rows.append([b])
            used = b.width
    return [side_by_side(row, gap) for row in rows]


def gallery(pictures: Sequence[Picture], console: Console, width: int, together: bool = False) -> list[Block]:
    """Pictures in rows that fit the width, small cells where they would not; `together` keeps them in one row if it can."""
    made = [block(p, console) for p in pictures]
    fits = max((b.width for b in made), default=0) <= width
    if together:
        fits = sum(b.width for b in made) + GAP * (len(made) - 1) <= width
    if not fits:
        made = [block(p, console, wide=False) for p in pictures]
    return flow(made, width)


def show(blocks: Sequence[Block], console: Console, indent: int = 0) -> None:
    """Print blocks one below the other, with an empty line between them."""
    for k, b in enumerate(blocks):
        if k:
            console.print()
        for line in b.lines:
            text = Text(" " * indent)
            text.append_text(line)
            if not has_color(console):
                text.rstrip()
            console.print(text, no_wrap=True, overflow="crop", highlight=False)


def _shades(picture: Picture) -> list[list[str]]:
    pale = picture.faint if picture.faint is not None else np.zeros(picture.shape, bool)
    return [
        [faint(color(int(c))) if p and c != NOTHING else color(int(c)) for c, p in zip(*row, strict=True)]
        for row in zip(picture.cells, pale, strict=True)
    ]


def _squares(picture: Picture) -> list[Text]:
    marked = picture.marked if picture.marked is not None else np.zeros(picture.shape, bool)
    lines = []
    for cells, shades, marks in zip(picture.cells, _shades(picture), marked, strict=True):
        line = Text()
        for cell, shade, mark in zip(cells, shades, marks, strict=True):
            text = "><" if mark else f"{cell:<2}"[:2] if cell > 9 else "  "
            line.append(text, f"{ink(shade)} on {shade}")
        lines.append(line)
    return lines


def _halves(picture: Picture) -> list[Text]:
    """Two cells in a column, the upper one as the ink of a half block."""
    shades = _shades(picture)
    marked = picture.marked if picture.marked is not None else np.zeros(picture.shape, bool)
    if picture.marked is not None:  # too small for signs: cells that are right are faint instead
        shades = [
            [s if m else faint(s) for s, m in zip(*row, strict=True)]
            for row in zip(shades, marked, strict=True)
        ]
    lines = []
    for k in range(0, len(shades), 2):
        line = Text()
        below = shades[k + 1] if k + 1 < len(shades) else None
        for j, upper in enumerate(shades[k]):
            line.append("▀", f"{upper} on {below[j]}" if below else upper)
        lines.append(line)
    return lines


def _digits(picture: Picture, wide: bool) -> list[Text]:
    """Colours as digits; `#` is a location, `.` what lies under a patch, and `!` follows a cell that differs."""
    h, w = picture.shape
    pale = picture.faint if picture.faint is not None else np.zeros((h, w), bool)
    marked = picture.marked if picture.marked is not None else np.zeros((h, w), bool)
    lines = []
    for i in range(h):
        line = Text()
        for j in range(w):
            cell = int(picture.cells[i, j])
            sign = "." if pale[i, j] else " " if cell == NOTHING else "#" if cell == LOCATION else str(cell)
            if cell > 9 and not pale[i, j]:
                sign = "+"
            if not wide and picture.marked is not None and not marked[i, j]:
                sign = "."  # no room for signs: only the cells that differ are written
            line.append(sign)
            if wide:
                line.append("!" if marked[i, j] else " ")
        lines.append(line)
    return lines
