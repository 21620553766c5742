"""The one table of primitives: names, signatures, functions. Everything else reads it.

A primitive has overloads. A *row* overload is a pure JAX function on the arrays of one row (`jbatt.values.row`),
which evaluators jit and vmap. A *family* overload makes several planes from one row: one function computes a state
and a count, a second picks the k-th plane. A *structural* definition is written against a `Domain`
(`jbatt.dsl.domain`) and serves containers and functions of any type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jbatt.dsl.parameters import PARAMETERS

GUARDED = frozenset({"shift", "move"})
"""Primitives that look at their pair only where the patch has cells, and themselves raise for the empty tuple."""


@dataclass(frozen=True)
class Same:
    """A result type: that of the argument at `position`."""

    position: int


@dataclass(frozen=True, eq=False)
class Overload:
    """One typed implementation of a primitive.

    args, result: types (unions allowed in args).
    clipped: what a clipped patch among the arguments does: "exact" (every cell is needed: overflow), "inside" (only
        cells inside a grid matter: ignored) or "through" (the result is clipped as well).
    multi: what an object with two colours at one location does: "unsupported", "fine" or "through".
    scalar: written with operators that NumPy and JAX share, so that the interpreter runs it without a kernel.
    rowwise: on CPU, loop over rows instead of vectorising over them (loops that end at different times).
    pick: for families, the function that gives the k-th item.
    """

    primitive: str
    args: tuple
    result: Any
    function: Callable
    clipped: str = "exact"
    multi: str = "unsupported"
    scalar: bool = False
    rowwise: bool = False
    pick: Callable | None = None

    @property
    def key(self) -> str:
        """A name for the kernel: functions are shared by overloads, kernels too."""
        return f"{self.primitive}.{self.function.__name__}"


@dataclass
class Primitive:
    """A primitive of the DSL: its parameters, its typed overloads, its structural definition."""

    name: str
    parameters: tuple[tuple[str, ...], ...]
    overloads: list[Overload] = field(default_factory=list)
    structural: Callable | None = None
    doc: str = ""

    @property
    def arity(self) -> int:
        return len(self.parameters)


REGISTRY: dict[str, Primitive] = {}


def _entry(name: str, doc: str | None) -> Primitive:
    if name not in PARAMETERS:
        raise KeyError(f"{name!r} is not a primitive of ARC-DSL")
    entry = REGISTRY.setdefault(name, Primitive(name, PARAMETERS[name]))
    entry.doc = entry.doc or (doc or "")
    return entry


def primitive(name: str, args, result, **options) -> Callable:
    """Register a row function for these argument types. May be stacked: one function, several signatures."""

    def register(function):
        entry = _entry(name, function.__doc__)
        if len(args) != entry.arity:
            raise TypeError(f"{name} takes {entry.arity} arguments, {len(args)} declared")
        entry.overloads.append(Overload(name, tuple(args), result, function, **options))
        return function

    return register


def family(name: str, args, result, pick: Callable, **options) -> Callable:
    """Register a function that makes several planes from one row.

    The function takes the arguments' rows and returns `(state, count)` or `Out((state, count), ...)`; `state` is any
    pytree of arrays. `pick(state, k, *args)` gives the row of item k, in canonical order for sets.
    """
    return primitive(name, args, result, pick=pick, **options)


def structural(name: str) -> Callable:
    """Register the definition of a primitive over containers and functions: `f(domain, *values)`."""

    def register(function):
        _entry(name, function.__doc__).structural = function
        return function

    return register
