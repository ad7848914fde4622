"""The Volume of a view, and its voxels in the browser."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import traitlets

from ...errors import GeometryError, UnitError
from ...files.loading import load
from ...volume import ASSUMED, Volume, as_hu, assume_grid
from ._traits import voxels_trait
from .part import Part


class Voxels(Part):
    """What is looked at: ``volume`` here, ``voxels`` in the browser, and a ``note`` on them."""

    voxels = voxels_trait()
    #: "HU", or "" where the values can't be any.
    unit = traitlets.Unicode("HU").tag(sync=True)
    #: What is to be known of the values as they are shown.
    note = traitlets.Unicode("").tag(sync=True)

    def begin_voxels(self, volume: Any) -> None:
        """Take the Volume of the view."""
        self._volume = shown_as_hu(volume)
        self.hold("voxels", self._volume)
        self.unit = "HU" if self.is_hu() else ""
        self.note = _note(self._volume)


def shown_as_hu(thing: Any, name: str = "volume", *, on: Volume | None = None) -> Volume:
    """The Volume of HU that `thing` is, or makes: a Volume, an array, or a path.

    An array lies on the grid of `on` where there is one; else its grid is assumed, and its
    report and the picture say so. A mask is told its place.
    """
    volume = load(thing) if _is_path(thing) else thing
    if isinstance(volume, np.ndarray):
        volume = assume_grid(volume, name) if on is None else _laid_on(volume, on, name)
    try:
        return as_hu(volume, name)
    except UnitError as error:
        one = "labels" if volume.is_labels else "mask"
        message = f"{error}; draw it over its volume: explore(volume, mask={one})"
        raise UnitError(message) from None


def _laid_on(array: np.ndarray, grid: Volume, name: str) -> Volume:
    if array.shape == grid.shape:
        return grid.with_array(array)
    message = (
        f"{name} is an array of {array.shape}, but the other volume is {grid.shape}: "
        "Volume(array, affine) says where its voxels are"
    )
    raise GeometryError(message)


def _is_path(thing: Any) -> bool:
    """Whether this is what `load` takes, and no Volume nor array."""
    return isinstance(thing, str | os.PathLike | bytes | list | tuple) or hasattr(thing, "read")


def _note(volume: Volume) -> str:
    notes = ["1 mm and sides assumed"] if ASSUMED in volume.report else []
    array = volume.array
    # A sum is no number as soon as one of its terms is none.
    if array.dtype.kind == "f" and not np.isfinite(array.sum(dtype=np.float64)):
        missing = array.size - np.count_nonzero(np.isfinite(array))
        notes.append(f"{missing} of {array.size} voxels are no number")
    return "\n".join(notes)
