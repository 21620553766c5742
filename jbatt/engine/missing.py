"""What None means where it is an argument: `index` outside a grid gives it as a number, and the corner of an empty patch is the
empty tuple, a pair of None twice."""

from __future__ import annotations

from jbatt.dsl.registry import GUARDED, Overload
from jbatt.values.flags import ERROR, UNSUPPORTED
from jbatt.values.types import INTEGER, PAIR

TOLERANT = frozenset({"flip", "both", "either", "toivec", "tojvec"})
"""Primitives to which None is a value like others; other arithmetic with it raises."""
MEMBERS, COMPARED = frozenset({"remove", "contained"}), frozenset({"greater", "initset", "insert"})
"""Primitives to which the empty tuple is no item of a patch; those that give something these types cannot hold."""


def without(overload: Overload, kind) -> int:
    """The flag of a call that is given None as a number, or the empty tuple as a pair; 0 where it is a value like others."""
    if kind is INTEGER:
        return ERROR if overload.scalar and overload.primitive not in TOLERANT else UNSUPPORTED
    if kind is PAIR and overload.primitive not in MEMBERS | GUARDED:
        return UNSUPPORTED if overload.primitive in COMPARED else ERROR
    return 0
