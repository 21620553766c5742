"""The passes of one run: made with their settings, called at each point, switched off where they raise."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pluggy

from jbatt.errors import JbattError
from jbatt.run.hooks import HOOKS, PROJECT, Hooks
from jbatt.run.registry import BUILT_IN, Available, available, defaults, named
from jbatt.run.settings import Settings, checked


@dataclass
class Pass:
    """A pass at work. off: why it was switched off, empty while it is on. avoided: what it counted."""

    name: str
    origin: str
    plugin: Any
    settings: dict[str, Any] = field(default_factory=dict)
    off: str = ""
    avoided: dict[str, int] = field(default_factory=dict)

    def report(self) -> dict[str, Any]:
        """For `summary.json`."""
        found = {
            "name": self.name,
            "origin": self.origin,
            "settings": self.settings,
            "avoided": self.avoided,
        }
        return found | ({"switched_off": self.off} if self.off else {})


class Passes:
    """Calls hooks one pass at a time: one that raises, or gives what makes no sense, is off from then on.

    The passes named first are called first, but for what pluggy's `tryfirst` and `trylast` say.
    """

    def __init__(self, passes: Iterable[Pass] = ()):
        self.all = list(passes)
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        self._of: dict[int, Pass] = {}
        for p in reversed(self.all):  # pluggy calls the last registered first
            try:
                self._manager.register(p.plugin, p.name)
                self._manager.check_pending()
            except (pluggy.PluginValidationError, ValueError) as e:
                raise JbattError(f"pass {p.name!r} of {p.origin}: {e}; see docs/passes.md") from None
            self._of[id(p.plugin)] = p
        self._calls = {name: self._implementations(name) for name in HOOKS}

    def _implementations(self, name: str) -> list[tuple[Pass, pluggy.HookImpl]]:
        found = getattr(self._manager.hook, name).get_hookimpls()
        for impl in found:
            if impl.wrapper or impl.hookwrapper:
                p = self._of[id(impl.plugin)]
                raise JbattError(f"pass {p.name!r} of {p.origin}: {name}: hook wrappers are not supported")
        return [(self._of[id(impl.plugin)], impl) for impl in reversed(found)]

    def uses(self, name: str) -> bool:
        """Whether any pass takes part at a point."""
        return any(not p.off for p, _ in self._calls[name])

    def call(self, name: str, check: Callable[[Any], Any] = lambda found: found, **given: Any) -> list[Any]:
        """What each pass gives, Nones left out. `check` changes it to what is used, or raises where it makes no sense."""
        out = []
        for p, impl in self._calls[name]:
            if p.off:
                continue
            try:
                found = impl.function(*[given[a] for a in impl.argnames])
                if found is not None:
                    out.append(check(found))
            except Exception as e:
                self._off(p, name, e)
                continue
        return out

    def first(self, name: str, check: Callable[[Any], Any] = lambda found: found, **given: Any) -> Any:
        """What the first pass gives that gives something; None if none does."""
        for p, impl in self._calls[name]:
            if p.off:
                continue
            try:
                found = impl.function(*[given[a] for a in impl.argnames])
                if found is not None:
                    return check(found)
            except Exception as e:
                self._off(p, name, e)
        return None

    def configured(self, options: Any, copy: Callable[[Any], Any]) -> Any:
        """Options as the passes want them; what a pass changed before it raised is taken back."""
        for p, impl in self._calls["configure"]:
            trial = copy(options)
            try:
                impl.function(*[trial for _ in impl.argnames])
                options = trial
            except Exception as e:
                self._off(p, "configure", e)
        return options

    def finish(self, **given: Any) -> None:
        """Ask each pass what it avoided."""
        for p, impl in self._calls["finish"]:
            if not p.off:
                try:
                    found: Any = impl.function(*[given[a] for a in impl.argnames]) or {}
                    p.avoided = {str(k): int(v) for k, v in found.items()}
                except Exception as e:
                    self._off(p, "finish", e)

    def _off(self, p: Pass, hook: str, error: Exception) -> None:
        p.off = f"{hook}: {type(error).__name__}: {error}"
        warnings.warn(
            f"pass {p.name!r} of {p.origin} is switched off, the run goes on without it: {p.off}",
            stacklevel=4,
        )

    def report(self) -> list[dict[str, Any]]:
        return [p.report() for p in self.all]


def sharing() -> Passes:
    """The passes with which everything is evaluated, and nothing twice: for jbatt's own use of validation."""
    return make(Settings(["solver-body-cache", "operation-cache", "batch-validation"]))


def make(settings: Settings) -> Passes:
    """The passes that settings ask for: names, or objects of a pass's class. Raises JbattError for what is not known."""
    known = available()
    chosen = list(BUILT_IN) if settings.passes is None else settings.passes
    made, names = [], set()
    for wanted in chosen:
        p = _by_name(named(wanted, known), settings) if isinstance(wanted, str) else _object(wanted)
        if p.name not in names:
            made.append(p)
        names.add(p.name)
    for name, values in settings.values.items():
        if name not in names:  # a typing error should be seen, a pass that is just off may keep its settings
            checked(values, defaults(named(name, known).load()), name, settings)
    return Passes(made)


def _by_name(found: Available, settings: Settings) -> Pass:
    kind = found.load()
    values = checked(settings.values.get(found.name, {}), defaults(kind), found.name, settings)
    try:
        plugin = kind(**values)
    except Exception as e:
        raise JbattError(f"pass {found.name!r} of {found.origin}: {e}") from e
    return Pass(found.name, found.origin, plugin, values)


def _object(plugin: Any) -> Pass:
    if inspect.isclass(plugin):
        plugin = plugin()
    kind = type(plugin)
    return Pass(getattr(plugin, "name", kind.__name__), f"{kind.__module__}.{kind.__qualname__}", plugin)
