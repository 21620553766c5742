"""Text of files and tasks among rich's own markup."""

from __future__ import annotations

from rich.markup import escape

from jbatt.errors import printable


def plain(text: object) -> str:
    """The text as it is: nothing in it is taken for markup, and no control code gets to the terminal."""
    return escape(printable(text))
