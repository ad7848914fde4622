"""What `check` and its like show: a plain text, the same on every machine, and HTML beside it."""

from __future__ import annotations

import re
from html import escape

#: A bar at the left, readable on light pages and dark ones.
COLORS = {"right": "#2e9e5b", "not yet": "#d9822b", "not tried": "#8c8c8c", "hint": "#3f8fc4"}


def marked(text: str) -> str:
    """Markdown's backticks, bold and paragraphs as HTML; all else is text.

    Examples
    --------
    >>> marked("`a < b` is **so**")
    '<code>a &lt; b</code> is <b>so</b>'
    """
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"<code>{escape(piece[1:-1])}</code>" if index % 2 else _bold(escape(piece, quote=False))
        for index, piece in enumerate(pieces)
    ).replace("\n\n", "<br><br>")


def _bold(text: str) -> str:
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)


def boxed(kind: str, *parts: str) -> str:
    """Parts of HTML one under the other, beside a bar in the colour of what they are."""
    style = (
        f"border-left: 4px solid {COLORS[kind]}; padding: 2px 0 2px 12px; margin: 4px 0; "
        "max-width: 60em; line-height: 1.5; text-align: left"
    )
    inside = "".join(f"<div>{part}</div>" for part in parts if part)
    return f'<div style="{style}">{inside}</div>'


class Said:
    """A sentence or two with an HTML of their own."""

    def __init__(self, plain: str, html: str) -> None:
        self.plain, self.html = plain, html

    def __repr__(self) -> str:
        return self.plain

    def _repr_html_(self) -> str:
        return self.html
