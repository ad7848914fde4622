"""The Volume of a view, and its voxels in the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from ...errors import UnitError
from ...volume import Volume, as_hu
from ._traits import voxels_trait
from .part import Part


class Voxels(Part):
    """What is looked at: ``volume`` here, ``voxels`` in the browser, and a ``note`` on them."""

    voxels = voxels_trait()
    #: What is to be known of the values as they are shown.
    note = traitlets.Unicode("").tag(sync=True)

    def begin_voxels(self, volume: Any) -> None:
        """Take the Volume of the view."""
        self._volume = shown_as_hu(volume)
        self.hold("voxels", self._volume)
        self.note = _note(self._volume.array)


def shown_as_hu(thing: Any, name: str = "volume") -> Volume:
    """The Volume of HU that `thing` is; a mask is told where it belongs."""
    try:
        return as_hu(thing, name)
    except UnitError as error:
        message = f"{error}; draw it over its volume: explore(volume, mask=mask)"
        raise UnitError(message) from None


def _note(array: np.ndarray) -> str:
    if array.dtype == np.int16:
        return ""
    # A sum is no number as soon as one of its terms is none.
    missing = array.dtype.kind == "f" and not np.isfinite(array.sum())
    return "HU rounded for display" + ("\nno number: shown as −32768" if missing else "")
