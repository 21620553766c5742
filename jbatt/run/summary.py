"""The summary of a run, as `summary.json` has it."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

from jbatt.run.validate import Validation
from jbatt.tasks import TaskSet

COMPONENTS = ("read", "plan", "compile", "load", "transfer", "execute", "score", "record")


def device() -> dict[str, Any]:
    """What this process computes on. Starts JAX's backend."""
    import jax

    first = jax.devices()[0]
    return {"platform": first.platform, "kind": first.device_kind, "count": jax.device_count()}


def summary(run: Validation, tasks: TaskSet, total: float, finished: bool) -> dict[str, Any]:
    """Everything about a run but its results. `total` is the wall time in seconds."""
    import jax

    parts = {name: run.seconds.get(name, 0.0) for name in COMPONENTS}
    seconds = {"total": total, **parts, "unattributed": total - sum(parts.values())}
    return {
        "finished": finished,
        "counts": run.counts,
        "statuses": run.statuses,
        "seconds": {k: round(v, 6) for k, v in seconds.items()},
        "kernels": run.kernels,
        "passes": run.passes.report(),
        "device": run.device or device(),
        "versions": {
            "jbatt": version("jbatt"),
            "jax": jax.__version__,
            "jaxlib": version("jaxlib"),
            "numpy": version("numpy"),
            "python": platform.python_version(),
        },
        **({"scale": run.scale} if run.scale else {}),
        "data": tasks.source,
        "data_digest": tasks.digest,
        "results_digest": run.digest,
    }
