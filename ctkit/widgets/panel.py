"""A view with controls around it."""

from __future__ import annotations

from typing import Any

import ipywidgets
import traitlets

from . import cells
from .closing import close_all
from .state import SliceView

#: Those of a slab.
SLABS = ("slab_slider", "projection_picker")
#: The controls of two volumes, in the order in which they stand.
COMPARING = (
    "blend_picker",
    "plane_picker",
    "slice_slider",
    "window_sliders",
    "limit_slider",
    *SLABS,
)


class PanelView(SliceView):
    """A SliceView that chooses some of the controls that its parts offer.

    In a box of your own it brings them along; ``box`` holds both, ``panel`` the controls.
    """

    # The browser finds the controls by it where the view stands in somebody's own box.
    box: ipywidgets.Box | None = traitlets.Instance(ipywidgets.Box, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )

    def furnish(self, *names: str) -> None:
        """Make these controls, tied to this view, in the order in which they stand."""
        offered = self.controls()
        chosen = [offered[name]() for name in names]
        for name, control in zip(names, chosen, strict=True):
            setattr(self, name, control)
            control.tie(self)
        self.panel = ipywidgets.VBox(chosen)
        self.panel.add_class("ctkit-panel")
        self.box = _ViewBox(self, [self, self.panel])
        self.box.add_class(f"ctkit-{self.mode}")
        self.box.add_class("ctkit-explorer")

    def shown(self) -> Any:
        """The box: it stands in the page for this view."""
        return self if self.box is None else self.box

    def close(self) -> None:
        """Close the view and its controls, here and in the browser, and let its Volumes go."""
        super().close()
        if self.box is not None:
            close_all(self.box)


class _ViewBox(ipywidgets.HBox):
    """The box of a view. Whoever shows it, shows the view."""

    def __init__(self, view: PanelView, children: list[ipywidgets.Widget]) -> None:
        self.view = view
        super().__init__(children)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict:
        cells.note_shown(self.view)
        return super()._repr_mimebundle_(**kwargs)
