"""Closing a widget with all that was made for it."""

from __future__ import annotations

import ipywidgets


def close_all(*widgets: ipywidgets.Widget) -> None:
    """Close widgets, what stands inside of them, their layouts and their styles.

    ipywidgets closes only the one that it is told to close: its layout, its style and its
    children stay open, in the kernel and in the page.
    """
    for widget in widgets:
        if widget.comm is not None:
            inside = _inside(widget)
            widget.close()
            close_all(*inside)


def _inside(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    parts = [getattr(widget, name, None) for name in ("layout", "style")]
    parts += getattr(widget, "children", ())
    return [part for part in parts if isinstance(part, ipywidgets.Widget)]


class ClosesWhole(ipywidgets.Widget):
    """A widget that takes along, when it closes, all that was made for it."""

    def close(self) -> None:
        """Close this, what stands inside of it, its layout and its style."""
        if self.comm is not None:
            inside = _inside(self)
            super().close()
            close_all(*inside)
