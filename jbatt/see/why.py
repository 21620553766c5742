"""Why a call raises, in words: what it was given, and what the primitive's own documentation says."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from jbatt.dsl.registry import REGISTRY
from jbatt.see.text import short


class Call(NamedTuple):
    """A call that raises: its primitive, its arguments as Python values, their types, and as which row of how many."""

    name: str
    args: tuple[Any, ...]
    types: tuple[Any, ...]
    row: int
    rows: int


def why(calls: list[Call]) -> str:
    """One line on the first of the calls that raised."""
    if not calls:
        return "ARC-DSL raises here"
    call = calls[0]
    given = ", ".join(short(a, t) for a, t in zip(call.args, call.types, strict=True))
    where = f" (item {call.row + 1} of {call.rows})" if call.rows > 1 else ""
    told = conditions(call.name, call.types)
    return f"ARC-DSL raises here: {call.name}({given}){where}" + (f". {told}" if told else "")


def conditions(name: str, types: tuple | None = None) -> str:
    """What a primitive's documentation says about raising, for arguments of these types; "" where it says nothing."""
    from jbatt.dsl.domain import Unsupported, resolve

    entry = REGISTRY[name]
    texts = [o.function.__doc__ for o in entry.overloads]
    if types is not None:
        try:
            overload = resolve(name, types)[0]
            texts = [overload.function.__doc__] if overload else []
        except Unsupported:
            pass
    if entry.structural is not None:
        texts.append(entry.structural.__doc__)
    for text in texts:
        for sentence in re.split(r"(?<=[.;])\s+", " ".join((text or "").split())):
            if re.search(r"\braises?\b", sentence):
                return sentence if sentence.endswith(".") else sentence.rstrip(";") + "."
    return ""
