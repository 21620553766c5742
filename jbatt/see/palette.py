"""ARC's ten colours, as arcprize.org shows them."""

from __future__ import annotations

NAMES = ("black", "blue", "red", "green", "yellow", "grey", "magenta", "orange", "light blue", "maroon")
COLORS = (
    "#000000",
    "#1e93ff",
    "#f93c31",
    "#4fcc30",
    "#ffdc00",
    "#999999",
    "#e53aa3",
    "#ff851b",
    "#87d8f1",
    "#921231",
)
OTHER = "#d9c8ff"
"""Colours above 9, which programs can make and tasks never have."""
CELL = "#ffffff"
"""A location without a colour, in a set of locations."""
EMPTY = "#2b2f36"
"""No cell: outside a grid, or beside a patch."""
LINES = "#555555"
MARK = "#ff00ff"

NOTHING, LOCATION = -1, -2
"""What stands in a picture where there is no cell, and where there is a location without a colour."""


def color(cell: int) -> str:
    """The colour of a picture's cell, "#rrggbb"."""
    if cell == LOCATION:
        return CELL
    if cell == NOTHING:
        return EMPTY
    return COLORS[cell] if cell < len(COLORS) else OTHER


def faint(shade: str) -> str:
    """A colour for what is only there to show where something lies."""
    return mix(shade, "#3a3f47", 0.72)


def mix(one: str, other: str, share: float) -> str:
    """Two colours mixed; `share` is that of the second."""
    pairs = [(int(one[k : k + 2], 16), int(other[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def ink(shade: str) -> str:
    """Black or white, whichever is read better on a colour."""
    red, green, blue = (int(shade[k : k + 2], 16) for k in (1, 3, 5))
    return "#000000" if 299 * red + 587 * green + 114 * blue > 140_000 else "#ffffff"
