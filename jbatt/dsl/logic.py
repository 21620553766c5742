"""Logic on booleans, and on integers as truth values. Scalar functions, as in `arithmetic`."""

from __future__ import annotations

from jbatt.dsl.registry import primitive
from jbatt.values.types import BOOLEAN, INTEGER


@primitive("flip", (BOOLEAN,), BOOLEAN, scalar=True)
def flip(b):
    """Logical not. Source: ARC-DSL `flip`."""
    return b.__array_namespace__().logical_not(b)


@primitive("flip", (INTEGER,), BOOLEAN, scalar=True)
def flip_integer(n):
    """Whether the number is zero. Source: ARC-DSL `flip`."""
    return n == 0


@primitive("both", (BOOLEAN, BOOLEAN), BOOLEAN, scalar=True)
def both(a, b):
    """Logical and. Source: ARC-DSL `both`."""
    return a & b


@primitive("both", (INTEGER, INTEGER), INTEGER, scalar=True)
def both_integers(a, b):
    """`b` where `a` is not zero, else `a` (so zero). Source: ARC-DSL `both`."""
    return a.__array_namespace__().where(a != 0, b, a)


@primitive("either", (BOOLEAN, BOOLEAN), BOOLEAN, scalar=True)
def either(a, b):
    """Logical or. Source: ARC-DSL `either`."""
    return a | b


@primitive("either", (INTEGER, INTEGER), INTEGER, scalar=True)
def either_integers(a, b):
    """`a` where it is not zero, else `b`. Source: ARC-DSL `either`."""
    return a.__array_namespace__().where(a != 0, a, b)
