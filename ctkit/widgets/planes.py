"""planes: axial, coronal and sagittal at once, through one point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from ..files.sources import Paths
from ..volume import Volume
from .panel import SLABS, PanelView
from .state import MODES


class Planes(PanelView):
    """Three planes through the cursor, with one window; see `planes`."""

    call = traitlets.Unicode("planes(volume").tag(sync=True)
    mode = traitlets.Enum(MODES, "planes").tag(sync=True)

    def __init__(self, volume: Any, **keywords: Any) -> None:
        super().__init__(volume, **keywords)
        self.furnish("window_sliders", *SLABS)

    def _is_cursor_told(self) -> bool:
        """Always: two of the planes go through it."""
        return True


def planes(
    volume: Volume | np.ndarray | Paths,
    *,
    cursor: ArrayLike | None = None,
    plane: str | None = None,
    slice: int | None = None,
    window: str | ArrayLike | None = None,
    mask: Volume | np.ndarray | Mapping[str, Volume | np.ndarray] | None = None,
    opacity: float = 0.25,
    function: str = "LINEAR",
    convention: str = "radiological",
    invert: bool = False,
    outline: bool = True,
    marks: Any = None,
    labels: Iterable[Mapping[str, Any]] | None = None,
    zoom: float = 1,
    pan: ArrayLike = (0, 0, 0),
    interpolation: str = "linear",
    slab: float = 0,
    projection: str = "max",
    normal: ArrayLike | None = None,
    through: ArrayLike | None = None,
) -> Planes:
    """Look at a Volume in three planes at once; a click in one moves the other two.

    Parameters
    ----------
    volume : Volume of HU, array (slice, row, column) of HU, or what `load` takes: a path
        An array says nothing of its voxels: they are taken for 1 mm, slices upwards from
        the feet, and the picture says so.
    cursor : (slice, row, column), optional
        The voxel that the planes go through; the middle by default.
    plane : {"axial", "coronal", "sagittal"}, optional
        The one that the keys move at first.
    slice : int, optional
        Of that plane.
    window : str or (center, width), optional
        A preset's name or numbers in HU; "soft tissue" by default.
    mask, opacity, function, convention, invert, outline, labels, marks, interpolation
        As in `explore`.
    zoom, pan
        As in `explore`; each plane fits at a zoom of 1, and all are zoomed about one place.
    slab, projection
        As in `explore`, of all three planes.
    normal, through
        As in `explore`: one of the three planes is turned. A hand turns it by the handles on the
        lines of the cursor.

    Returns
    -------
    Planes
        A widget with the traits of `explore`.

    Examples
    --------
    >>> import numpy as np, ctkit
    >>> volume = ctkit.Volume.from_spacing(np.zeros((4, 6, 8), np.int16), (5, 1, 1))
    >>> planes(volume, cursor=(1, 2, 3), window="bone")
    planes(volume, plane='axial', slice=1, cursor=(1, 2, 3), window='bone')
    """
    return Planes(
        volume,
        cursor=cursor,
        plane=plane,
        slice=slice,
        window=window,
        mask=mask,
        opacity=opacity,
        function=function,
        convention=convention,
        invert=invert,
        outline=outline,
        marks=marks,
        labels=labels,
        zoom=zoom,
        pan=pan,
        interpolation=interpolation,
        slab=slab,
        projection=projection,
        normal=normal,
        through=through,
    )
