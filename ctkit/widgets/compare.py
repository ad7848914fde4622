"""compare: two volumes, lined up in millimetres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from ..files.sources import Paths
from ..volume import Volume
from .panel import COMPARING, PanelView
from .parts import Second
from .parts.voxels import shown_as_hu
from .state import MODES


class Compare(Second, PanelView):
    """Two volumes with one window, slice and cursor; see `compare`."""

    call = traitlets.Unicode("compare(before, after").tag(sync=True)
    mode = traitlets.Enum(MODES, "compare").tag(sync=True)

    def __init__(
        self,
        before: Any,
        after: Any,
        *,
        blend: str = "side by side",
        limit: float | None = None,
        names: Iterable[str] | None = None,
        curtain: float = 0.5,
        **keywords: Any,
    ) -> None:
        first, second = _on_one_grid(before, after)
        self.begin_second(second, blend, limit, names, curtain)
        super().__init__(first, **keywords)
        self.furnish(*COMPARING)


def _on_one_grid(before: Any, after: Any) -> tuple[Volume, Volume]:
    """Both as Volumes; an array alone lies on the grid of the other."""
    if isinstance(before, np.ndarray) and not isinstance(after, np.ndarray):
        second = shown_as_hu(after, "after")
        return shown_as_hu(before, "before", on=second), second
    first = shown_as_hu(before, "before")
    return first, shown_as_hu(after, "after", on=first)


def compare(
    before: Volume | np.ndarray | Paths,
    after: Volume | np.ndarray | Paths,
    *,
    blend: str = "side by side",
    limit: float | None = None,
    names: Iterable[str] = ("before", "after"),
    plane: str | None = None,
    slice: int | None = None,
    window: str | ArrayLike | None = None,
    mask: Volume | np.ndarray | Mapping[str, Volume | np.ndarray] | None = None,
    opacity: float = 0.25,
    function: str = "LINEAR",
    convention: str = "radiological",
    cursor: ArrayLike | None = None,
    invert: bool = False,
    outline: bool = True,
    labels: Iterable[Mapping[str, Any]] | None = None,
    zoom: float = 1,
    pan: ArrayLike = (0, 0, 0),
    interpolation: str = "linear",
    slab: float = 0,
    projection: str = "max",
    normal: ArrayLike | None = None,
    through: ArrayLike | None = None,
    curtain: float = 0.5,
    marks: Any = None,
) -> Compare:
    """Look at two Volumes together: side by side, curtain, flicker, difference.

    They may lie on different grids: places are matched in millimetres. Where the second is
    turned against the first, it is shown on the planes of the first, linear between its voxels,
    and that is said. Where it has no slice, "no slice here" is shown, and nothing of the other.
    A region has the statistics of both, each of its own voxels, and of their difference.

    Parameters
    ----------
    before, after : Volume of HU, array of HU, or what `load` takes: the path of one
        An array lies on the grid of the other volume; of two, the voxels are taken for 1 mm.
    blend : {"side by side", "curtain", "flicker", "difference"}
        Right of the curtain lies `after`: drag its white line, or press [ and ]. Flicker
        shows the two in turn. The difference is after - before, blue below 0, orange above,
        linear between the voxels of `after`.
    limit : float above 0, optional
        HU at which the colours of the difference are full, 100 by default; of values that are
        no HU, 100 steps of the window's sliders. A slider, or a drag to the right and left over
        the difference, changes it.
    names : two str
    plane, slice, window, mask, opacity, function, convention, cursor, invert, outline
        As in `explore`.
    labels, marks
        As in `explore`.
    zoom, pan, interpolation
        As in `explore`; the two volumes are zoomed together, about one place.
    slab, projection, normal, through
        As in `explore`, for both.
    curtain : float, 0 to 1
        Where the second begins, from left to right.

    Returns
    -------
    Compare
        A widget with the traits of `explore`; plane and slice are those of `before`.

    Raises
    ------
    UnitError
        Where one is a mask: draw it with ``explore(volume, mask=mask)``.
    GeometryError
        On an array of another shape than the other volume.
    """
    return Compare(
        before,
        after,
        blend=blend,
        limit=limit,
        names=names,
        plane=plane,
        slice=slice,
        window=window,
        mask=mask,
        opacity=opacity,
        function=function,
        convention=convention,
        cursor=cursor,
        invert=invert,
        outline=outline,
        labels=labels,
        zoom=zoom,
        pan=pan,
        interpolation=interpolation,
        slab=slab,
        projection=projection,
        normal=normal,
        through=through,
        curtain=curtain,
        marks=marks,
    )
