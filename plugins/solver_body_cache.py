"""Kernels and solver bodies compiled once: kept in memory between runs of a process, and on disk between processes."""

from __future__ import annotations

from jbatt.run.hooks import hookimpl


class SolverBodyCache:
    """Keeps compiled kernels and what was planned for the bodies of a program set."""

    saves = "compiling kernels, and planning bodies, that an earlier run has compiled or planned"

    @hookimpl
    def configure(self, options):
        options.keep = True

    @hookimpl
    def finish(self, kernels):
        return {"kernels loaded, not compiled": kernels.get("loaded", 0)}
