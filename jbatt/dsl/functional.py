"""Functions of functions. A function value is symbolic: a `Closure` that names the combinator and what it captured."""

from __future__ import annotations

from jbatt.dsl.domain import Closure, Unsupported
from jbatt.dsl.registry import structural


def _closure(name: str, functions: tuple, captured: tuple = ()) -> Closure:
    for f in functions:
        if not isinstance(f, Closure):
            raise Unsupported(f"{name} expects a function, not a value of type {f.type}")
    return Closure(name, functions + captured)


@structural("compose")
def compose(d, outer, inner):
    """The function x -> outer(inner(x)). Source: ARC-DSL `compose`."""
    return _closure("compose", (outer, inner))


@structural("chain")
def chain(d, h, g, f):
    """The function x -> h(g(f(x))). Source: ARC-DSL `chain`."""
    return _closure("chain", (h, g, f))


@structural("matcher")
def matcher(d, function, target):
    """The function x -> whether function(x) equals the target. Source: ARC-DSL `matcher`."""
    return _closure("matcher", (function,), (target,))


@structural("rbind")
def rbind(d, function, fixed):
    """The function with its last argument fixed. Source: ARC-DSL `rbind`."""
    return _closure("rbind", (function,), (fixed,))


@structural("lbind")
def lbind(d, function, fixed):
    """The function with its first argument fixed. Source: ARC-DSL `lbind`."""
    return _closure("lbind", (function,), (fixed,))


@structural("power")
def power(d, function, n):
    """The function applied `n` times, `n` at least 1; raises for less. Source: ARC-DSL `power`."""
    return _closure("power", (function,), (n,))


@structural("fork")
def fork(d, outer, a, b):
    """The function x -> outer(a(x), b(x)). Source: ARC-DSL `fork`."""
    return _closure("fork", (outer, a, b))
