"""The constants that programs may use by name, and the values a literal may have.

`True == 1` in Python, and the DSL has both `T` and `ONE`: wherever values are looked up, the key is their `repr`,
which tells booleans from integers at any depth.
"""

from __future__ import annotations

from typing import TypeAlias, Union

Value: TypeAlias = Union[bool, int, "tuple[Value, ...]"]

CONSTANTS: dict[str, Value] = {
    "F": False,
    "T": True,
    "ZERO": 0,
    "ONE": 1,
    "TWO": 2,
    "THREE": 3,
    "FOUR": 4,
    "FIVE": 5,
    "SIX": 6,
    "SEVEN": 7,
    "EIGHT": 8,
    "NINE": 9,
    "TEN": 10,
    "NEG_ONE": -1,
    "NEG_TWO": -2,
    "DOWN": (1, 0),
    "RIGHT": (0, 1),
    "UP": (-1, 0),
    "LEFT": (0, -1),
    "ORIGIN": (0, 0),
    "UNITY": (1, 1),
    "NEG_UNITY": (-1, -1),
    "UP_RIGHT": (-1, 1),
    "DOWN_LEFT": (1, -1),
    "ZERO_BY_TWO": (0, 2),
    "TWO_BY_ZERO": (2, 0),
    "TWO_BY_TWO": (2, 2),
    "THREE_BY_THREE": (3, 3),
}

NAME_OF: dict[str, str] = {repr(value): name for name, value in CONSTANTS.items()}
"""The name of a constant, by the `repr` of its value."""

MAX_BITS = 63
"""Integers beyond this have no place in any array; the limit also keeps `repr` cheap."""

MAX_DEPTH = 32
"""Tuples nested deeper than this are refused, so that no walk over a value can run out of stack."""

MAX_ITEMS = 4096
"""Longer tuples are refused: no constant of a program is that long, and each item costs memory at every step."""


def flaw(value: object, depth: int = 0) -> str | None:
    """What keeps `value` from being a constant of the language; None where nothing does."""
    if type(value) is bool:
        return None
    if type(value) is int:
        if value.bit_length() > MAX_BITS:
            return f"an integer of {value.bit_length()} bits, expected at most {MAX_BITS}"
        return None
    if type(value) is not tuple:
        return f"a value of type {type(value).__name__}, expected a bool, an int or a tuple of them"
    if depth >= MAX_DEPTH:
        return f"tuples nested more than {MAX_DEPTH} deep"
    if len(value) > MAX_ITEMS:
        return f"a tuple of {len(value):,} items, expected at most {MAX_ITEMS:,}"
    for item in value:
        reason = flaw(item, depth + 1)
        if reason is not None:
            return reason
    return None


def literal(value: Value) -> str:
    """The text of a constant in a program: its name where it has one, otherwise a Python literal."""
    text = repr(value)
    return NAME_OF.get(text, text)
