"""explore: one plane at a time, with all its controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from ..files.sources import Paths
from ..volume import Volume
from .panel import SLABS, PanelView


class Explorer(PanelView):
    """A SliceView with its controls around it; see `explore`.

    Its traits are the state of the view. A box of your own shows it with its controls, as in
    ``HBox([explore(a), explore(b)])``.
    """

    call = traitlets.Unicode("explore(volume").tag(sync=True)

    def __init__(self, volume: Any, **keywords: Any) -> None:
        super().__init__(volume, **keywords)
        self.furnish("plane_picker", "slice_slider", "window_sliders", *SLABS)


def explore(
    volume: Volume | np.ndarray | Paths,
    *,
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
    marks: Any = None,
    labels: Iterable[Mapping[str, Any]] | None = None,
    zoom: float = 1,
    pan: ArrayLike = (0, 0, 0),
    interpolation: str = "linear",
    slab: float = 0,
    projection: str = "max",
    normal: ArrayLike | None = None,
    through: ArrayLike | None = None,
) -> Explorer:
    """Look through a Volume: slices, planes, windows, and the HU under the pointer.

    Wheel, arrows, PageUp and PageDown, Home and End change the slice; a drag changes
    the window (right is wider, down is a higher center, as in OHIF); 1 to 8 are the
    presets, i inverts, space resets, ? shows all keys. Ruler and region are drawn with
    the tools above the picture.

    A right drag, Ctrl and wheel, two fingers, + and - zoom at the pointer; a middle drag, or Space
    and a drag, moves the picture, as Ctrl and arrows do; f fits it, n makes its pixels sharp, and
    m held down is a magnifier. c plays the slices: ``speed`` of them a second, from the first of
    ``range`` to its last, and ``playback`` is "looping" or "sweeping", there and back.

    Pictures are upright. The slices of a tilted gantry lean; the planes across them are cut at
    right angles to the slices, between the voxels, and the picture says "resampled upright".
    Values that can't be HU have no unit, and a window that follows their range; voxels that are no
    number are tinted, and left out of statistics.

    Parameters
    ----------
    volume : Volume of HU, array (slice, row, column) of HU, or what `load` takes: a path
        An array says nothing of its voxels: they are taken for 1 mm, slices upwards from
        the feet, and the picture says so.
    plane : {"axial", "coronal", "sagittal"}, optional
        "axial" by default, or the one that `normal` turns.
    slice : int, optional
        Of ``volume.stack(plane)``: along the plane's array axis, in the array's order; the
        middle by default.
    window : str or (center, width), optional
        A preset's name or numbers in HU; "soft tissue" by default, or the whole range of
        what can't be HU.
    mask : mask, label map, or dict of name to mask, optional
        Drawn over the picture; on the same grid. A mask is a Volume of bool, or an array of
        bool in the volume's shape; those of a dict may overlap.
    opacity : float, 0 to 1
        Of the mask, or of all labels.
    function : {"LINEAR", "LINEAR_EXACT", "SIGMOID"}
        How HU become greys; see `ctkit.apply_window`. LINEAR counts in whole HU: for what
        can't be HU it is LINEAR_EXACT.
    convention : {"radiological", "neurological"}
        Which side of the picture the patient's left is on: right, or left.
    cursor : (slice, row, column), optional
        The voxel that is marked; the middle by default. The slice is that of the cursor then.
    invert : bool
        Show what is dense dark.
    outline : bool
        Draw the edge of each label opaque.
    labels : list of dicts, optional
        What is otherwise than the mask says, by the ``value`` of a label (the masks of a dict
        are numbered from 1): its ``name``, ``color`` ("#rrggbb"), ``opacity`` (its part of that
        of all) and ``visible``; as in ``[{"value": 3, "visible": False}]``.
    marks : list of dict or pandas.DataFrame, optional
        Rulers, regions, angles and points to begin with, as ``view.marks`` has them.
    zoom : float, 0.25 to 64
        1 where the picture just fits, 2 where it is twice as large.
    pan : (x, y, z) in mm, LPS+
        How far the place in the middle of the picture lies from the middle of the volume: so
        the same picture comes back on another screen. What lies across the plane has no say.
    interpolation : {"linear", "nearest"}
        How the picture is drawn between the middles of its pixels: smooth, or each pixel as a
        rectangle.
    slab : float, 0 or more
        Thickness in mm: the picture shows the projection of all planes that lie within half of
        it, as `ctkit.slab` makes it, and the numbers are those of its pixels. 0 is a plane alone.
    projection : {"max", "min", "mean"}
        Of a slab the highest values (MIP), the lowest (MinIP) or their mean.
    normal : (x, y, z), LPS+, optional
        A direction of any length: the plane that is nearest to it is turned so that the
        direction runs across it, between the voxels, and what was up stays as far up as it can.
        Its slices move along the direction by steps of the smallest spacing of the volume, and
        its pixels have this size.
    through : (x, y, z) in mm, LPS+, optional
        A point of the turned plane; the middle of the cursor's voxel by default.

    Returns
    -------
    Explorer
        A widget with the traits ``slice``, ``plane``, ``center``, ``width``,
        ``cursor``, ``zoom``, ``pan``, ``slab``, ``normal``, ``roi``, ``ruler``: set from Python
        they move the picture; moved in the browser they reach ``observe``. ``marks`` is the table
        of all that is drawn, and ``drawn`` the trait behind it. The methods ``save``,
        ``save_marks`` and ``to_html`` keep it.

    Raises
    ------
    UnitError, GeometryError
        On a mask in place of a volume, or a mask of another grid.
    StateError, ParameterError
        On a slice, window, plane ... that can't be.

    Examples
    --------
    >>> import numpy as np, ctkit
    >>> volume = ctkit.Volume.from_spacing(np.zeros((4, 6, 8), np.int16), (5, 1, 1))
    >>> view = explore(volume, window="brain")
    >>> view.plane = "coronal"
    >>> view
    explore(volume, plane='coronal', slice=3, window='brain')
    """
    return Explorer(
        volume,
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
