"""Arithmetic on integers and pairs.

Scalar functions: the same code runs on NumPy arrays of many rows and on JAX scalars. A result that does not
fit 32 bits (`2**31 - 1` itself is excluded, as everywhere) reports overflow.
"""

from __future__ import annotations

from jbatt.dsl.registry import primitive
from jbatt.values.row import Out
from jbatt.values.types import BOOLEAN, INTEGER, PAIR

LIMIT = 2**31 - 1


def _lifted(name: str, function) -> None:
    """Register `function` for pairs too, half by half; an integer beside a pair serves both halves."""

    def halves(x: Out, y: Out) -> Out:
        return Out((x.value, y.value), error=x.error | y.error, overflow=x.overflow | y.overflow)

    def of_pair(a):
        return halves(function(a[0]), function(a[1]))

    def of_pairs(a, b):
        return halves(function(a[0], b[0]), function(a[1], b[1]))

    def of_integer_and_pair(a, b):
        return halves(function(a, b[0]), function(a, b[1]))

    def of_pair_and_integer(a, b):
        return halves(function(a[0], b), function(a[1], b))

    unary = function.__code__.co_argcount == 1
    lifts = (
        {of_pair: (PAIR,)}
        if unary
        else {
            of_pairs: (PAIR, PAIR),
            of_integer_and_pair: (INTEGER, PAIR),
            of_pair_and_integer: (PAIR, INTEGER),
        }
    )
    for lift, kinds in lifts.items():
        lift.__doc__ = (
            f"`{name}`, half by half, for {' and '.join(map(str, kinds))}. Source: ARC-DSL `{name}`."
        )
        lift.__name__ = lift.__qualname__ = f"{name}_{lift.__name__}"
        primitive(name, kinds, PAIR, scalar=True)(lift)


def _too_large(value):
    return (value >= LIMIT) | (value <= -LIMIT)


def _sum(a, b) -> Out:
    total = a + b
    return Out(total, overflow=(((a ^ total) & (b ^ total)) < 0) | _too_large(total))


@primitive("add", (INTEGER, INTEGER), INTEGER, scalar=True)
def add(a, b):
    """The sum; pairs are added half by half, an integer to both halves. Source: ARC-DSL `add`."""
    return _sum(a, b)


@primitive("subtract", (INTEGER, INTEGER), INTEGER, scalar=True)
def subtract(a, b):
    """`a` less `b`; pairs half by half, an integer serves both halves. Source: ARC-DSL `subtract`."""
    return _sum(a, -b)


@primitive("multiply", (INTEGER, INTEGER), INTEGER, scalar=True)
def multiply(a, b):
    """The product; pairs half by half, an integer with both halves. Source: ARC-DSL `multiply`."""
    xp = a.__array_namespace__()
    value = a * b
    # A product that wrapped round does not divide back to its factor.
    wrapped = (a != 0) & (value // xp.where(a == 0, 1, a) != b)
    return Out(value, overflow=wrapped | _too_large(value))


@primitive("divide", (INTEGER, INTEGER), INTEGER, scalar=True)
def divide(a, b):
    """The quotient rounded towards minus infinity; a zero divisor raises, in either half of a pair.

    Source: ARC-DSL `divide`.
    """
    xp = a.__array_namespace__()
    zero = b == 0
    return Out(a // xp.where(zero, 1, b), error=zero)


@primitive("invert", (INTEGER,), INTEGER, scalar=True)
def invert(n):
    """The negative of a number or of both halves of a pair. Source: ARC-DSL `invert`."""
    return Out(-n)


@primitive("double", (INTEGER,), INTEGER, scalar=True)
def double(n):
    """Twice a number or both halves of a pair. Source: ARC-DSL `double`."""
    return _sum(n, n)


@primitive("halve", (INTEGER,), INTEGER, scalar=True)
def halve(n):
    """Half, rounded towards minus infinity, of a number or both halves of a pair. Source: ARC-DSL `halve`."""
    return Out(n >> 1)


@primitive("increment", (INTEGER,), INTEGER, scalar=True)
def increment(n):
    """One more, in both halves of a pair. Source: ARC-DSL `increment`."""
    return Out(n + 1, overflow=_too_large(n + 1))


@primitive("decrement", (INTEGER,), INTEGER, scalar=True)
def decrement(n):
    """One less, in both halves of a pair. Source: ARC-DSL `decrement`."""
    return Out(n - 1, overflow=_too_large(n - 1))


@primitive("crement", (INTEGER,), INTEGER, scalar=True)
def crement(n):
    """One further away from zero, zero unchanged; each half of a pair alone. Source: ARC-DSL `crement`."""
    value = n + n.__array_namespace__().sign(n)
    return Out(value, overflow=_too_large(value))


@primitive("sign", (INTEGER,), INTEGER, scalar=True)
def sign(n):
    """-1, 0 or 1; each half of a pair alone. Source: ARC-DSL `sign`."""
    return Out(n.__array_namespace__().sign(n))


for _function in (
    add,
    subtract,
    multiply,
    divide,
    invert,
    double,
    halve,
    increment,
    decrement,
    crement,
    sign,
):
    _lifted(_function.__name__, _function)


@primitive("even", (INTEGER,), BOOLEAN, scalar=True)
def even(n):
    """Whether two divides the number; zero and negative ones too. Source: ARC-DSL `even`."""
    return (n & 1) == 0


@primitive("positive", (INTEGER,), BOOLEAN, scalar=True)
def positive(n):
    """Whether the number is above zero. Source: ARC-DSL `positive`."""
    return n > 0


@primitive("toivec", (INTEGER,), PAIR, scalar=True)
def toivec(i):
    """The pair `(i, 0)`. Source: ARC-DSL `toivec`."""
    return (i, i.__array_namespace__().zeros_like(i))


@primitive("tojvec", (INTEGER,), PAIR, scalar=True)
def tojvec(j):
    """The pair `(0, j)`. Source: ARC-DSL `tojvec`."""
    return (j.__array_namespace__().zeros_like(j), j)


@primitive("greater", (INTEGER, INTEGER), BOOLEAN, scalar=True)
def greater(a, b):
    """Whether `a` is strictly larger. Source: ARC-DSL `greater`."""
    return a > b


@primitive("greater", (PAIR, PAIR), BOOLEAN, scalar=True)
def greater_pairs(a, b):
    """Whether `a` comes strictly after `b`, the first halves deciding first. Source: ARC-DSL `greater`."""
    return (a[0] > b[0]) | ((a[0] == b[0]) & (a[1] > b[1]))
