"""Writes the page: a template, a style, a script and the data, in one file."""

from __future__ import annotations

import json
import os
from importlib import resources
from pathlib import Path
from typing import Any

from jbatt.errors import JbattError


def page(data: dict[str, Any]) -> str:
    """The whole HTML text. Data cannot end its element: every "<" in it is escaped."""
    folder = resources.files("jbatt.see.report") / "page"
    text = (folder / "report.html").read_text(encoding="utf-8")
    packed = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    parts = {
        "<!-- style -->": f"<style>\n{(folder / 'report.css').read_text(encoding='utf-8')}</style>",
        "<!-- script -->": f"<script>\n{(folder / 'report.js').read_text(encoding='utf-8')}</script>",
        "<!-- data -->": f'<script type="application/json" id="data">{packed}</script>',
    }
    for mark, part in parts.items():
        text = text.replace(mark, part, 1)
    return text


def write(path: Path, text: str) -> None:
    """Write the page, whole or not at all. Raises JbattError where that is not possible."""
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    except OSError as e:
        raise JbattError(f"{path}: cannot be written: {e.strerror or e}; choose another --out") from None
