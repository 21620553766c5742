"""Pictures as SVG: for pages and notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from jbatt.see.palette import EMPTY, LINES, MARK, NOTHING, color, faint, ink
from jbatt.see.picture import Picture

LARGEST, SMALLEST = 22, 4
"""Pixels of a cell's side, at most and at least."""


def svg(picture: Picture, width: int = 176) -> str:
    """A picture as one `<svg>` element, its longer side about `width` pixels. Cells that differ are framed."""
    h, w = picture.shape
    if not h or not w:
        return ""
    side = max(SMALLEST, min(LARGEST, width // max(h, w)))
    pale = picture.faint if picture.faint is not None else np.zeros((h, w), bool)
    paths: dict[str, list[str]] = {}
    words = []
    for (i, j), cell in np.ndenumerate(picture.cells):
        shade = color(int(cell))
        if cell == NOTHING:
            continue
        if pale[i, j]:
            shade = faint(shade)
        paths.setdefault(shade, []).append(f"M{j} {i}h1v1h-1z")
        if cell > 9:
            words.append(
                f'<text x="{j + 0.5}" y="{i + 0.7}" font-size="0.55" text-anchor="middle" fill="{ink(shade)}">{cell}</text>'
            )
    parts = [f'<path d="M0 0h{w}v{h}h-{w}z" fill="{EMPTY}"/>']
    parts += [f'<path d="{"".join(d)}" fill="{shade}"/>' for shade, d in paths.items()]
    grid = "".join(f"M{j} 0v{h}" for j in range(1, w)) + "".join(f"M0 {i}h{w}" for i in range(1, h))
    if grid and side > SMALLEST:
        parts.append(f'<path d="{grid}" stroke="{LINES}" stroke-width="0.05" fill="none"/>')
    parts.append(f'<path d="M0 0h{w}v{h}h-{w}z" stroke="{LINES}" stroke-width="0.1" fill="none"/>')
    if picture.marked is not None and picture.marked.any():
        marks = "".join(f"M{j + 0.1} {i + 0.1}h.8v.8h-.8z" for i, j in np.argwhere(picture.marked))
        parts.append(f'<path d="{marks}" stroke="{MARK}" stroke-width="0.2" fill="none"/>')
    size = f'width="{w * side}" height="{h * side}" viewBox="0 0 {w} {h}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} shape-rendering="crispEdges">'
        f"{''.join(parts)}{''.join(words)}</svg>"
    )


def figure(picture: Picture, width: int = 176) -> str:
    """A picture with its title below it."""
    style = "display:inline-block;margin:0 1em .6em 0;vertical-align:top"
    caption = (
        f'<figcaption style="font-size:.8em;opacity:.8">{escape(picture.title)}</figcaption>'
        if picture.title
        else ""
    )
    return f'<figure style="{style}">{svg(picture, width)}{caption}</figure>'


def figures(pictures: Sequence[Picture], width: int = 176) -> str:
    """Pictures side by side."""
    return f"<div>{''.join(figure(p, width) for p in pictures)}</div>"
