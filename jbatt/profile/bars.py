"""Bars as an SVG file."""

from __future__ import annotations

from html import escape
from pathlib import Path

from jbatt.errors import JbattError
from jbatt.profile.table import Profile

MOST = 30
WIDTH, LABEL, LINE = 1000, 460, 22
SHORTEST = 60


def draw(profile: Profile, path: Path) -> None:
    """Write a bar for each of the largest parts. Raises JbattError where the file cannot be written."""
    bars = profile.bars[:MOST]
    longest = max((seconds for _, seconds in bars), default=0.0) or 1.0
    height = LINE * (len(bars) + 2)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">',
        "<style>text{font:13px sans-serif;fill:#222}rect{fill:#1e93ff}svg{background:#fff}</style>",
        f'<text x="8" y="16">seconds by {profile.by}, of {profile.total:.2f} s</text>',
    ]
    for k, (label, seconds) in enumerate(bars):
        y = LINE * (k + 1) + 8
        width = max(0.0, seconds) / longest * (WIDTH - LABEL - 80)
        short = label if len(label) <= SHORTEST else label[: SHORTEST - 1] + "…"
        lines.append(
            f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(short)}</text>'
            f'<rect x="{LABEL}" y="{y + 3}" width="{width:.1f}" height="{LINE - 6}">'
            f"<title>{escape(label)}: {seconds:.4f} s</title></rect>"
            f'<text x="{LABEL + width + 6:.1f}" y="{y + 14}">{seconds:.3f}</text>'
        )
    try:
        path.write_text("\n".join([*lines, "</svg>\n"]), encoding="utf-8")
    except OSError as e:
        raise JbattError(f"{path}: the picture cannot be written there: {e.strerror}") from None
