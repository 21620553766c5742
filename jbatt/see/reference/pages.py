"""Markdown pages from the registry: signatures, meaning, corner cases and a drawn example for each primitive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from importlib import import_module
from typing import Any

import jbatt.dsl
from jbatt.dsl.parameters import PARAMETERS
from jbatt.dsl.registry import REGISTRY, Primitive, Same
from jbatt.engine.interpreter import OK, Interpreter
from jbatt.errors import JbattError
from jbatt.program import read_source
from jbatt.program.graph import CALL, CONST, INVOKE, PRIM
from jbatt.see.picture import Picture, of_grid, pictures
from jbatt.see.reference.examples import EXAMPLES, ON, STRUCTURAL, grid
from jbatt.see.svg import figures
from jbatt.see.text import short
from jbatt.see.trace import Trace, trace
from jbatt.store.executables import ExecutableStore

CORNER = re.compile(
    r"\b(raises?|empty|unsupported|no cells?|none|nothing|outside|below 1|negative|beyond|ignored|lost|"
    r"ties|equally|first of several|smallest of several|without cells|is 0|== 0)\b",
    re.I,
)
INTERNAL = re.compile(r"^(Source|State)\b|int32\[|int8\[")
ASIDE = re.compile(r": items int32\[\d+\]| \(`encode\.NONE`\)")
"""What a docstring says about arrays in passing."""
_HOME = {"height": "grids", "color": "colors"}


@dataclass(frozen=True)
class Entry:
    """What the reference says about a primitive."""

    name: str
    family: str
    signatures: list[str]
    meaning: list[str]
    corners: list[str]


def entry(name: str) -> Entry:
    """A primitive's entry, from the registry alone."""
    jbatt.dsl.load()
    found = REGISTRY[name]
    meaning: list[str] = []
    corners: list[str] = []
    for doc in _docs(found):
        for k, sentence in enumerate(_sentences(doc)):
            place = corners if k and CORNER.search(sentence) else meaning
            if sentence not in place:
                place.append(sentence)
    return Entry(name, _family(found), _signatures(found), meaning, corners)


def _family(found: Primitive) -> str:
    home = found.structural or found.overloads[0].function
    return _HOME.get(found.name) or home.__module__.rpartition(".")[2]


def _docs(found: Primitive) -> Iterator[str]:
    functions = [o.function for o in found.overloads] + ([found.structural] if found.structural else [])
    yield from dict.fromkeys(" ".join((f.__doc__ or "").split()) for f in functions)


def _sentences(doc: str) -> list[str]:
    """The sentences of a docstring, without those on arrays and sources."""
    parts = re.split(r"(?<=\.)\s+", ASIDE.sub("", doc))
    return [p for p in parts if p and not INTERNAL.search(p)]


def _signatures(found: Primitive) -> list[str]:
    names = [p[0] for p in found.parameters]
    lines = []
    for o in found.overloads:
        result = o.args[o.result.position] if isinstance(o.result, Same) else o.result
        lines.append(f"{found.name}({_typed(names, o.args)}) -> {result}")
    if found.structural is not None:
        given, _, result = STRUCTURAL[found.name].partition(" -> ")
        lines.append(f"{found.name}({given}) -> {result}")
    return list(dict.fromkeys(lines))


def _typed(names: list[str], types: tuple) -> str:
    return ", ".join(f"{n}: {t}" for n, t in zip(names, types, strict=True))


class Examples:
    """Evaluates the examples of all primitives, in one graph and on one set of kernels."""

    def __init__(self) -> None:
        text = "\n".join(
            f"def {name}(I):\n    return {expression}\n" for name, expression in EXAMPLES.items()
        )
        self.programs = read_source(text, "examples")
        if self.programs.rejected:
            raise JbattError(str(self.programs.rejected[0]))
        self.by_name = {p.name: p for p in self.programs.programs}
        self.interpreter = Interpreter(self.programs.graph, store=ExecutableStore())

    def prepare(self) -> None:
        """Obtain the kernels of all examples, side by side."""
        self.interpreter.prepare([p.root for p in self.programs.programs])

    def trace(self, name: str) -> Trace:
        """The example of a primitive, evaluated. Raises JbattError where it has no value."""
        program = self.by_name[name]
        found = trace(
            program, self.programs, grid(ON.get(name, "shapes")), interpreter=self.interpreter, timeout=60
        )
        if found.status != OK:
            raise JbattError(f"the example of {name} gives no value: {found.status}: {found.reason}")
        return found

    def html(self, name: str) -> str:
        """The example drawn: the input, the arguments that can be drawn, the result."""
        found = self.trace(name)
        graph = self.programs.graph
        result = found.steps[-1]
        parts: list[tuple[str, list[Picture]]] = []
        if graph.input() in graph.reachable(result.line.node):
            parts.append(("I", [of_grid(found.input)]))
        steps = {s.line.node: s for s in found.steps}
        args = graph.args[result.line.node] if graph.kind[result.line.node] in (CALL, INVOKE) else ()
        for a in args:
            if a in steps and graph.kind[a] not in (CONST, PRIM):
                drawn = pictures(steps[a].value, steps[a].type, found.input)
                if drawn:
                    parts.append((steps[a].line.text, drawn))
        under = found.input if parts and _inside(result.value, result.type, found.input.shape) else None
        drawn = pictures(result.value, result.type, under)
        if drawn:
            parts.append(("result", drawn))
        text = (
            ""
            if drawn and len(drawn) == 1
            else f"<p>result: <code>{escape(short(result.value, result.type, 160))}</code></p>"
        )
        cells = "".join(
            f'<div class="value"><div>{figures(d, 120)}</div><code>{escape(label)}</code></div>'
            for label, d in parts
        )
        return f'<div class="example">{cells}</div>{text}'


def _inside(value: Any, kind: Any, shape: tuple) -> bool:
    """Whether a patch lies within twice the grid, so that drawing it on the grid helps."""
    from jbatt.values.types import is_patch

    if not is_patch(kind):
        return False
    places = [c[1] if isinstance(c[1], tuple) else c for c in value]
    return all(-2 <= i < 2 * shape[0] and -2 <= j < 2 * shape[1] for i, j in places)


def families() -> dict[str, list[str]]:
    """Family -> its primitives, in the order of the language."""
    jbatt.dsl.load()
    found: dict[str, list[str]] = {name: [] for name in jbatt.dsl.FAMILIES}
    for name in PARAMETERS:
        found[_family(REGISTRY[name])].append(name)
    return {family: names for family, names in found.items() if names}


def page(family: str, names: list[str], examples: Examples | None) -> str:
    """The Markdown page of a family; without `examples` nothing is evaluated or drawn."""
    about = " ".join((import_module(f"jbatt.dsl.{family}").__doc__ or "").strip().split("\n\n")[0].split())
    lines = [f"# {family.capitalize()}", "", about, ""]
    for name in names:
        e = entry(name)
        lines += [
            f"## `{name}` {{ #{name} }}",
            "",
            "```text",
            *e.signatures,
            "```",
            "",
            " ".join(e.meaning),
            "",
        ]
        if e.corners:
            lines += ["Corner cases:", "", *(f"- {c}" for c in e.corners), ""]
        lines += [f"Example: `{EXAMPLES[name]}`", ""]
        if examples is not None:
            lines += [examples.html(name), ""]
    return "\n".join(lines)


def index() -> str:
    """The page that lists all primitives."""
    lines = [
        "# The DSL",
        "",
        f"The {len(PARAMETERS)} primitives of ARC-DSL as jbatt evaluates them. Sets run in one canonical order; see",
        "[exactness](../exactness.md). Every example on these pages was evaluated when the page was made.",
        "",
        "`Patch` is an `Object` (cells with colours) or `Indices` (locations); `Piece` is a grid or a patch; `Element` is a",
        "grid or an object; a `Container` is a tuple or a set.",
        "",
    ]
    for family, names in families().items():
        links = ", ".join(f"[`{n}`]({family}.md#{n})" for n in names)
        lines += [f"**[{family.capitalize()}]({family}.md)**: {links}", ""]
    return "\n".join(lines)
