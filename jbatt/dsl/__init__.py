"""The primitives of ARC-DSL as functions on JAX arrays.

>>> import jbatt.dsl as dsl
>>> dsl.fill([[0, 0], [0, 0]], 3, frozenset({(0, 1)})).to_python()
((0, 3), (0, 0))

Everything is imported when it is first used: the names and parameters of the primitives alone cost nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from jbatt.dsl.parameters import PARAMETERS

#: The modules that define primitives.
FAMILIES = (
    "arithmetic",
    "colors",
    "containers",
    "cropping",
    "distances",
    "functional",
    "geometry",
    "grids",
    "lines",
    "logic",
    "painting",
    "patches",
    "patterns",
    "scaling",
    "segmentation",
    "sets",
    "splitting",
    "turning",
)
_HOMES = {"Value": "value", "as_value": "value", "capacity": "value", "stack": "value", "Padded": "padded"}

__all__ = [*_HOMES, *PARAMETERS, "load"]

_loaded = False


def load() -> None:
    """Import all families, so that `jbatt.dsl.registry.REGISTRY` is complete."""
    global _loaded
    if not _loaded:
        for name in FAMILIES:
            import_module(f"jbatt.dsl.{name}")
        _loaded = True


def __getattr__(name: str) -> Any:
    if name in PARAMETERS:
        found = import_module("jbatt.dsl.public").FUNCTIONS.get(name)
        if found is not None:
            globals()[name] = found
            return found
    elif name in _HOMES:
        module = import_module(f"jbatt.dsl.{_HOMES[name]}")
        return getattr(module, "value" if name == "as_value" else name)
    elif name in FAMILIES:
        return import_module(f"jbatt.dsl.{name}")
    raise AttributeError(f"module 'jbatt.dsl' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *FAMILIES, *__all__})
