"""jbatt: which candidate program solves which ARC task? Exactly, and fast.

The public names are imported when first used, so that `import jbatt` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jbatt.errors import JbattError
    from jbatt.program import read_programs, read_source
    from jbatt.run.library import Compiled, Solver, compile, solver, validate
    from jbatt.see.library import draw, trace
    from jbatt.tasks import load_tasks

_HOMES = {
    "Compiled": "jbatt.run.library",
    "JbattError": "jbatt.errors",
    "Solver": "jbatt.run.library",
    "compile": "jbatt.run.library",
    "draw": "jbatt.see.library",
    "dsl": "jbatt.dsl",
    "load_tasks": "jbatt.tasks",
    "read_programs": "jbatt.program",
    "read_source": "jbatt.program",
    "solver": "jbatt.run.library",
    "trace": "jbatt.see.library",
    "validate": "jbatt.run.library",
}

__all__ = [
    "Compiled",
    "JbattError",
    "Solver",
    "compile",
    "draw",
    "load_tasks",
    "read_programs",
    "read_source",
    "solver",
    "trace",
    "validate",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'jbatt' has no attribute {name!r}")
    module = import_module(home)
    return module if home.endswith(f".{name}") and name == "dsl" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted([*__all__, "dsl"])
