"""The primitives as functions to call: eagerly, under `jax.jit`, under `jax.vmap`.

Arguments are `Value`s, Python ints, bools, tuples and frozensets, integer arrays (of two dimensions: grids), and
functions of this module. A call gives a `Value`, or a function.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

import jbatt.dsl
from jbatt.dsl.domain import Choice, Closure, Fixed, Unsupported, call, invoke
from jbatt.dsl.padded import Padded
from jbatt.dsl.parameters import PARAMETERS
from jbatt.dsl.registry import REGISTRY
from jbatt.dsl.value import Value, classes, default_capacity, value, widen

#: Primitives that make functions; they capture their arguments as they are and compute nothing.
COMBINATORS = frozenset({"compose", "chain", "matcher", "rbind", "lbind", "power", "fork"})


@partial(jax.jit, static_argnames=("items", "side"))
def _evaluate(closure: Closure, args: tuple, items: int, side: int):
    return invoke(Padded(items, side), closure, list(args))


class Function:
    """A function of the DSL: a primitive, or one that a combinator made. `closure` is its symbolic form."""

    def __init__(self, closure: Closure):
        self.closure = closure
        self.__name__ = self.__qualname__ = closure.name if closure.args is None else str(closure)
        self.__module__ = "jbatt.dsl"
        if closure.args is None:
            self.__doc__ = REGISTRY[closure.name].doc

    @property
    def __signature__(self) -> inspect.Signature:
        names = [f"x{k}" if k else "x" for k in range(self.closure.arity)]
        if self.closure.args is None:
            names = [accepted[0] for accepted in PARAMETERS[self.closure.name]]
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature([inspect.Parameter(n, kind) for n in names])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            args = self._bound(args, kwargs)
        if len(args) != self.closure.arity:
            raise TypeError(f"{self.__name__}{self.__signature__} is called with {len(args)} arguments")
        return _result(_apply(self.closure, [_argument(a) for a in args]))

    def _bound(self, args: tuple, kwargs: dict) -> tuple:
        """Positional arguments, keywords in their places; either dialect's names are accepted."""
        if self.closure.args is None:
            for accepted in PARAMETERS[self.closure.name]:
                for other in accepted[1:]:
                    if other in kwargs:
                        if accepted[0] in kwargs:
                            raise TypeError(f"{self.__name__} is given both {accepted[0]!r} and {other!r}")
                        kwargs = {
                            accepted[0]: kwargs[other],
                            **{k: v for k, v in kwargs.items() if k != other},
                        }
        bound = self.__signature__.bind(*args, **kwargs)
        return bound.args

    def __repr__(self) -> str:
        return f"<function jbatt.dsl.{self.__name__}>"


jax.tree_util.register_pytree_node(Function, lambda f: ((f.closure,), None), lambda _, c: _function(c[0]))


def _function(closure) -> Any:
    return Function(closure) if isinstance(closure, Closure) else closure


def _argument(x: Any) -> Any:
    if isinstance(x, Function):
        return x.closure
    if isinstance(x, Value):
        if jnp.ndim(x.flags):
            raise Unsupported("a batch of values is given where one is expected: use jax.vmap")
        return x
    if isinstance(x, Closure | Fixed | Choice):
        return x
    if isinstance(x, tuple | list | set | frozenset) and any(isinstance(v, Function | Fixed) for v in x):
        kind = "tuple" if isinstance(x, tuple | list) else "set"
        values = [_argument(v) for v in x]
        if all(isinstance(v, Closure | Fixed) for v in values):
            return Fixed(kind, tuple(values))
        return value(tuple(values))
    return value(x)


def _apply(closure: Closure, args: list) -> Any:
    if closure.args is None and closure.name in COMBINATORS:
        return call(Padded(), closure.name, args)
    found = [classes(a) for a in (closure, *args)]
    side, items = max(s for s, _ in found), max(i for _, i in found)
    default_side, default_items = default_capacity()
    side, items = side or default_side, items or default_items
    closure, *args = (widen(a, side, items) for a in (closure, *args))
    return _evaluate(closure, tuple(args), items=items, side=side)


def _result(x: Any) -> Any:
    if isinstance(x, Closure):
        return Function(x)
    if (
        isinstance(x, Choice)
        and not isinstance(x.condition.data, jax.core.Tracer)
        and not jnp.ndim(x.condition.data)
    ):
        side = x.a if bool(x.condition.data) else x.b
        if isinstance(side, Value):
            return side.replace(flags=side.flags | (x.condition.flags & 7))
        return _result(side)
    return x


jbatt.dsl.load()
FUNCTIONS = {name: Function(Closure(name)) for name in PARAMETERS if name in REGISTRY}
