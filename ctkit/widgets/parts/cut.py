"""How thick the planes are that a view shows, and what is shown of them."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import traitlets

from ...arguments import choice
from ...geometry import PROJECTIONS
from .. import controls, line
from ._traits import Real, Whole
from .part import Part


class Cut(Part):
    """``slab`` in mm, 0 for a plane alone, and the ``projection`` of the planes that it holds.

    ``projection_index`` is there for `jslink`.
    """

    slab = Real(0.0, min=0.0).tag(sync=True)
    projection = traitlets.Enum(PROJECTIONS, "max").tag(sync=True)
    projection_index = Whole(0, min=0, max=len(PROJECTIONS) - 1).tag(sync=True)

    def begin_cut(self, slab: float, projection: str) -> None:
        """Take the thickness of the slab, and its projection."""
        self.slab = slab
        self.projection = choice(projection, "projection", PROJECTIONS)

    def rules(self) -> dict[str, Callable[[], None]]:
        """The projection and its index go together."""
        return super().rules() | {
            "slab": self._measure_again,
            "projection": self._settle_projection,
            "projection_index": self._settle_projection_index,
        }

    def settle(self) -> None:
        """Number the projection."""
        super().settle()
        self._settle_projection()

    def words(self) -> dict[str, str]:
        """The slab and its projection, where they are not the usual ones."""
        words = super().words()
        if self.slab:
            words["slab"] = line.number(self.slab)
        if self.projection != "max":
            words["projection"] = line.text(self.projection)
        return words

    def controls(self) -> dict[str, Callable[[], ipywidgets.Widget]]:
        """A slider for the thickness and a menu of the projections, seen while there is a slab."""
        return super().controls() | {
            "slab_slider": lambda: controls.SlabSlider(self.slab),
            "projection_picker": lambda: controls.ProjectionPicker(self.projection),
        }

    def _settle_projection(self) -> None:
        self.projection_index = PROJECTIONS.index(self.projection)
        self._measure_again()

    def _measure_again(self) -> None:
        """What was measured belongs to the slab that was there before."""
        again = getattr(self, "measure_again", None)
        if again is not None and not self._from_browser:
            again()

    def _settle_projection_index(self) -> None:
        self.projection = PROJECTIONS[self.projection_index]
