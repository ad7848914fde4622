"""How much of the picture is seen."""

from __future__ import annotations

from typing import Any

import traitlets

from ...arguments import choice
from ...zooming import INTERPOLATIONS, ZOOMS
from .. import line
from ._traits import Offset, Real
from .part import Part


class Zoom(Part):
    """``zoom``, 1 where the picture fits; ``pan`` in mm of the patient; and the interpolation.

    ``pan`` is (x, y, z), LPS+: how far the place in the middle of the picture lies from the
    middle of the volume. One place in the patient goes for all planes of a view.
    """

    zoom = Real(1.0, min=ZOOMS[0], max=ZOOMS[1]).tag(sync=True)
    pan = Offset().tag(sync=True, from_json=lambda value, _: tuple(value))
    #: How the picture is drawn between the middles of its pixels.
    interpolation = traitlets.Enum(INTERPOLATIONS, "linear").tag(sync=True)

    def begin_zoom(self, zoom: float, pan: Any, interpolation: str) -> None:
        """Take zoom and pan, and how pixels are drawn."""
        self.zoom, self.pan = zoom, pan
        self.interpolation = choice(interpolation, "interpolation", INTERPOLATIONS)

    def fit(self) -> None:
        """Show the whole picture, as large as it fits."""
        with self.at_once():
            self.zoom, self.pan = 1.0, (0.0, 0.0, 0.0)

    def words(self) -> dict[str, str]:
        """Zoom, pan and interpolation, where they are not the usual ones."""
        words = super().words()
        if self.zoom != 1:
            words["zoom"] = line.number(self.zoom)
        if any(self.pan):
            words["pan"] = line.numbers(self.pan)
        if self.interpolation != "linear":
            words["interpolation"] = line.text(self.interpolation)
        return words
