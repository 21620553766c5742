"""Which passes are on, and their settings: from the command line, from `[tool.jbatt]` in pyproject.toml, else defaults.

    [tool.jbatt]
    passes = ["early-exit", "batch-validation"]

    [tool.jbatt.early-exit]
    first = 2

The command line (`-p early-exit -o early-exit.first=2`) comes before the file.
"""

from __future__ import annotations

import reprlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jbatt.errors import JbattError
from jbatt.files import text_of

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass
class Settings:
    """passes: names of those that are on, None for jbatt's own. values: by pass and setting, not yet checked."""

    passes: list[Any] | None = None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: dict[tuple[str, str], str] = field(default_factory=dict)

    def set(self, name: str, key: str, value: Any, source: str) -> None:
        """`source` says where a value comes from, for errors."""
        self.values.setdefault(name, {})[key] = value
        self.sources[name, key] = source


def from_file(folder: Path) -> Settings:
    """`[tool.jbatt]` of the pyproject.toml of a folder; empty settings where there is none. Raises JbattError."""
    path = folder / "pyproject.toml"
    try:
        table = tomllib.loads(text_of(path)).get("tool", {}).get("jbatt", {})
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError) as e:
        raise JbattError(f"{path}: {str(e)[:300]}") from None
    made = Settings()
    if not isinstance(table, Mapping):
        raise JbattError(f"{path}: [tool.jbatt] is not a table")
    for name, value in table.items():
        if name == "passes":
            if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
                raise JbattError(
                    f"{path}: [tool.jbatt] passes: expected a list of names, found {reprlib.repr(value)}"
                )
            made.passes = list(value)
        elif isinstance(value, Mapping):
            for key, v in value.items():
                made.set(name, key, v, f"{path}: [tool.jbatt.{name[:60]}]")
        else:
            raise JbattError(
                f"{path}: [tool.jbatt] {name[:60]}: expected `passes`, or a table of a pass's settings"
            )
    return made


def with_options(base: Settings, passes: Iterable[Any] | None, options: Mapping[str, Any]) -> Settings:
    """Settings with what the command line or the caller says. options: "pass.key" -> value."""
    made = Settings(base.passes if passes is None else list(passes))
    for (name, key), source in base.sources.items():
        made.set(name, key, base.values[name][key], source)
    for text, value in options.items():
        name, dot, key = text.rpartition(".")
        if not dot or not name or not key:
            raise JbattError(f"setting {text!r}: expected pass.key, as in early-exit.first")
        made.set(name, key, value, f"setting {text}")
    return made


def parsed(texts: Iterable[str]) -> dict[str, str]:
    """`pass.key=value` as "pass.key" -> value. Raises JbattError."""
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise JbattError(f"-o {text}: expected pass.key=value, as in -o early-exit.first=2")
        found[key.strip()] = value.strip()
    return found


def checked(values: Mapping[str, Any], defaults: Mapping[str, Any], name: str, settings: Settings) -> dict:
    """A pass's settings with the types of their defaults. Raises JbattError for what is unknown or of another type."""
    made = dict(defaults)
    for key, value in values.items():
        source = settings.sources.get((name, key), name)
        if key not in defaults:
            known = ", ".join(f"{name}.{k}" for k in defaults) or "none"
            raise JbattError(
                f"{source}: the pass {name} has no setting {reprlib.repr(key)}; its settings: {known}"
            )
        made[key] = _typed(value, defaults[key], source)
    return made


def _typed(value: Any, default: Any, source: str) -> Any:
    kind = type(default)
    if isinstance(default, bool):
        found = _WORDS.get(str(value).lower())
        if found is not None:
            return found
    elif default is None or (isinstance(value, kind) and not isinstance(value, bool)):
        return value
    elif isinstance(default, int | float) and not isinstance(value, bool):
        try:
            return kind(value)
        except (TypeError, ValueError):
            pass
    expected = {"bool": "true or false", "int": "a whole number", "float": "a number"}.get(
        kind.__name__, "text"
    )
    raise JbattError(f"{source}: expected {expected}, found {reprlib.repr(value)}")
