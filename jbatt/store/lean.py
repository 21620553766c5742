"""Compiling without what only says where in the source an operation comes from.

XLA writes that down for each instruction, keeps it with the executable, and makes three copies of it when one is loaded.
"""

from __future__ import annotations

from typing import Any

import jax

try:
    from jaxlib.mlir import passmanager
except ImportError:  # where jaxlib keeps it elsewhere, executables are larger
    passmanager = None  # type: ignore[assignment]


def compiled(lowered: jax.stages.Lowered) -> Any:
    """The executable of what was lowered, its operations without names and places."""
    module: Any = lowered.compiler_ir("stablehlo")
    if passmanager is not None:
        with module.context:
            passmanager.PassManager.parse("builtin.module(strip-debuginfo)").run(module.operation)
    return lowered.compile()
