"""The mask that is drawn over the picture."""

from __future__ import annotations

from typing import Any

from ...volume import Volume, as_mask
from .. import line
from ._traits import Flag, Real, voxels_trait
from .part import Part


class Mask(Part):
    """``mask`` here, ``overlay`` in the browser; how much of it is seen, and its outline."""

    overlay = voxels_trait()
    opacity = Real(0.25, min=0.0, max=1.0).tag(sync=True)
    outline = Flag(True).tag(sync=True)

    mask: Volume | None = None

    def begin_mask(self, mask: Any, opacity: float, outline: Any = True) -> None:
        """Take the mask, on the grid of the volume; None is no mask."""
        self.opacity, self.outline = opacity, outline
        if mask is not None:
            self.show_mask(as_mask(mask, on=self.volume))

    def show_mask(self, mask: Volume) -> None:
        """Draw another mask, on whatever grid."""
        self.hold("overlay", mask)
        self.mask = mask

    def hide_mask(self) -> None:
        """Draw no mask any more."""
        self.hold("overlay", None)
        self.mask = None

    def words(self) -> dict[str, str]:
        """The mask, where there is one, and how it is drawn."""
        words = {} if self.overlay is None else {"mask": "mask"}
        if self.opacity != 0.25:
            words["opacity"] = line.number(self.opacity)
        if not self.outline:
            words["outline"] = "False"
        return super().words() | words

    def let_go(self) -> None:
        """Drop the mask too."""
        super().let_go()
        self.mask = None
