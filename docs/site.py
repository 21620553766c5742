"""Hooks of MkDocs: the order of the pages, and the pages that are made rather than written.

The DSL reference is evaluated while the site is built, which compiles its kernels the first time (about a minute).
`JBATT_DOCS_DRAW=0` leaves the drawings out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from jbatt.see.reference.pages import Examples, families, index, page

ROOT = Path(__file__).parent.parent
FIRST = ["index.md", "tutorial.md", "seeing.md"]
ENGINE = ["engine.md", "exactness.md", "performance.md"]
"""Pages in this order; what else lies in the folder comes between, by name. A page that is not there is left out."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The navigation, from the pages there are."""
    folder = Path(config.docs_dir)
    written = sorted(p.name for p in folder.glob("*.md"))
    there = [*written, "performance.md"]
    first, last = ([name for name in names if name in there] for names in (FIRST, ENGINE))
    others = [name for name in written if name not in (*FIRST, *ENGINE)]
    dsl: list[Any] = ["dsl/index.md", *(f"dsl/{family}.md" for family in families())]
    config.nav = [*first, *others, {"The DSL": dsl}, *last]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The DSL reference, and the measurements as a page."""
    examples = None
    if os.environ.get("JBATT_DOCS_DRAW", "1") != "0":
        examples = Examples()
        examples.prepare()

    def add(path: str, content: str) -> None:
        files.append(File.generated(config, path, content=content))

    add("dsl/index.md", index())
    for family, names in families().items():
        add(f"dsl/{family}.md", page(family, names, examples))
    add("performance.md", (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8"))
    return files
