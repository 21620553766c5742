"""Which passes there are: plugins found by entry point, with where they come from.

A pass is a class. Its parameters are its settings, each with a default; its methods marked `hookimpl` are the points of a
run that it takes part in; its attribute `saves` says in one sentence what it saves.
"""

from __future__ import annotations

import difflib
import inspect
import reprlib
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from jbatt.errors import JbattError

GROUP = "jbatt.passes"
BUILT_IN = ("solver-body-cache", "validation-cache", "early-exit", "operation-cache", "batch-validation")
"""jbatt's own passes, on unless something else is asked for."""


@dataclass(frozen=True)
class Available:
    """A pass that can be used. distribution: the package that it was installed with; module: where it is."""

    name: str
    distribution: str
    version: str
    module: str
    entry: EntryPoint | None = None
    kind: Any = None

    @property
    def origin(self) -> str:
        return f"{self.distribution} {self.version}".strip()

    def load(self) -> Any:
        """The pass's class. Raises JbattError where it cannot be imported or is none."""
        if self.kind is not None:
            return self.kind
        assert self.entry is not None
        try:
            kind = self.entry.load()
        except Exception as e:
            raise JbattError(
                f"pass {self.name!r} of {self.origin} cannot be imported from {self.module}: {type(e).__name__}: {e}"
            ) from e
        if not inspect.isclass(kind):
            raise JbattError(
                f"pass {self.name!r} of {self.origin}: {self.module} is not a class, see docs/passes.md"
            )
        return kind


def available() -> dict[str, Available]:
    """All installed passes by name, jbatt's own first. Raises JbattError where two packages give one name."""
    found: dict[str, Available] = {}
    for entry in entry_points(group=GROUP):
        dist = entry.dist
        made = Available(
            entry.name,
            dist.name if dist else "?",
            dist.version if dist else "",
            entry.value,
            entry,
        )
        other = found.get(entry.name)
        if other is not None and other != made:
            raise JbattError(
                f"two packages give a pass {entry.name!r}: {other.origin} and {made.origin}; uninstall one"
            )
        found[entry.name] = made
    missing = [name for name in BUILT_IN if name not in found]
    if missing:
        raise JbattError(
            f"jbatt's own passes {', '.join(missing)} are not registered: install jbatt again (pip install -e .)"
        )
    own = {name: found.pop(name) for name in BUILT_IN}
    return own | dict(sorted(found.items()))


def named(name: str, known: dict[str, Available]) -> Available:
    """The pass of this name. Raises JbattError with the names there are."""
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise JbattError(f"no pass is named {reprlib.repr(name)}{hint}; installed: {', '.join(known)}")


def defaults(kind: Any) -> dict[str, Any]:
    """A pass's settings with their defaults: the parameters of its class."""
    parameters = inspect.signature(kind).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}
