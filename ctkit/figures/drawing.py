"""One plane of a volume, drawn into axes: greys, letters, scale bar, the outline of a mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike

from ..geometry import Stack
from ..overlay import bar_length, letters
from ..sampling import NOTHING
from ..volume import Volume, as_volume, upright_plane
from ..windowing import Window, as_window
from .film import CROSS, FAINT, INK, LETTERS, ON_PICTURE, Film
from .outlines import Mask, as_layers, draw_outlines

# Where each letter stands, as a share of the picture from its lower left, and what lies there.
_PLACES = {
    "left": ((0.02, 0.5), ("left", "center")),
    "right": ((0.98, 0.5), ("right", "center")),
    "top": ((0.5, 0.98), ("center", "top")),
    "bottom": ((0.5, 0.02), ("center", "bottom")),
}
_HALO = [withStroke(linewidth=2, foreground="black")]  # words stay readable on bone


def draw_plane(
    axes: Axes,
    volume: Volume,
    plane: str = "axial",
    index: int | None = None,
    window: str | ArrayLike = "soft tissue",
    mask: Mask | None = None,
    convention: str = "radiological",
    *,
    small: bool = False,
    bar: bool = True,
) -> AxesImage:
    """Draw one plane into matplotlib axes, in millimetres, with letters and a scale bar.

    Parameters
    ----------
    axes : matplotlib Axes
    volume : Volume of HU, a mask, or a label map
    plane : {"axial", "coronal", "sagittal"}
    index : int, optional
        Of ``volume.stack(plane)``, which is in the array's own order; the middle one by default.
    window : preset's name or (center, width) in HU
    mask : mask, label map, or dict of name to mask, optional
        Outlines are drawn of it: a Volume of bool on the same grid, or an array of bool of the
        same shape; a label map on the same grid; or several such masks by name.
    convention : {"radiological", "neurological"}
        Whether the patient's left is on the right of the picture, or on the left.
    small : bool
        Whether to leave out the millimetre axes, for a picture among others.
    bar : bool
        Whether a small picture has a scale bar.

    Returns
    -------
    matplotlib AxesImage

    Raises
    ------
    GeometryError
        On an unknown plane, an index outside of the volume, or a mask on another grid.
    UnitError
        Where the mask holds HU.
    """
    volume = as_volume(volume)
    stack = volume.stack(plane, convention)
    picture = picture_of(volume, plane, index, convention)
    height, width = (n * step for n, step in zip(picture.shape, stack.layout.spacing, strict=True))
    low, high = _ends(volume, window)
    extent = (0, width, height, 0)
    # Where a tilted stack has nothing, the picture stays black.
    axes.add_patch(Rectangle((0, 0), width, height, color="black", zorder=-1))
    image = axes.imshow(picture, cmap="gray", vmin=low, vmax=high, extent=extent)
    if mask is not None:
        layers = as_layers(mask, volume)
        drawn = picture_of(layers.volume, plane, index, convention)
        draw_outlines(axes, layers, drawn, (width, height))
    _letters(axes, stack.layout.letters)
    if small:
        axes.set_axis_off()
    else:
        axes.set(xlabel="mm", ylabel="mm")
    if bar and small:
        _scale_bar(axes, width, height)
    return image


def picture_of(
    volume: Volume, plane: str, index: int | None, convention: str = "radiological"
) -> np.ndarray:
    """A plane as the viewers show it: upright, and NaN where a tilted stack has nothing.

    Raises
    ------
    GeometryError
        On an unknown plane, or an index outside of the volume.
    """
    picture = upright_plane(volume, plane, index, convention)
    is_float = picture.dtype.kind == "f"
    return np.where(picture == NOTHING, np.nan, picture) if is_float else picture


def window_ends(window: Window) -> tuple[float, float]:
    """The HU that are black and white: the ends of LINEAR (PS3.3 C.11.2.1.2.1).

    Examples
    --------
    >>> window_ends(as_window("brain"))
    (0.0, 79.0)
    """
    center, width = window
    # From a width of 1 HU downwards LINEAR is a step, and a picture needs two ends.
    return center - width / 2, center + max(width / 2 - 1, 0.5 - width / 2)


def label(axes: Axes, words: str) -> None:
    """Write words into the upper left corner of a picture."""
    _write(axes, (0.02, 0.98), words, ("left", "top"), size=8)


def cross(axes: Axes, stack: Stack, index: np.ndarray) -> None:
    """Draw lines through a place, as an index of a stack, across a plane of it."""
    layout = stack.layout
    for axis, flip, step, line in (
        (layout.down, layout.flip_down, layout.spacing[0], axes.axhline),
        (layout.across, layout.flip_across, layout.spacing[1], axes.axvline),
    ):
        place = stack.shape[axis] - 1 - index[axis] if flip else index[axis]
        line((place + 0.5) * step, color=CROSS, linewidth=0.7)


def color_bar(
    film: Film,
    image: AxesImage,
    axes: Axes | Sequence[Axes],
    location: Literal["right", "bottom"] = "right",
    unit: str = "HU",
) -> None:
    """Put a bar that says which grey is which HU beside a picture, or beside several."""
    bar = film.colorbar(image, ax=axes, location=location, shrink=0.7, pad=0.02)
    bar.set_label(unit, color=INK, size=8)
    bar.ax.tick_params(colors=FAINT, labelsize=8)
    bar.outline.set_visible(False)


def _ends(volume: Volume, window: str | ArrayLike) -> tuple[float, float]:
    """What is drawn black and white; a mask and a label map have no HU for a window."""
    if volume.is_mask:
        return 0, 1
    if volume.is_labels:
        return 0, max(int(volume.array.max()), 1)
    return window_ends(as_window(window))


def _letters(axes: Axes, ends: Sequence[str]) -> None:
    for side, letter in letters(ends).items():
        place, anchor = _PLACES[side]
        _write(axes, place, letter, anchor, size=9, color=LETTERS, weight="bold")


def _write(
    axes: Axes,
    place: tuple[float, float],
    words: str,
    anchor: tuple[str, str],
    *,
    size: float,
    color: str = ON_PICTURE,
    weight: str = "normal",
) -> None:
    """Write words at a place that counts from 0 to 1 over the picture."""
    axes.text(
        *place, words, transform=axes.transAxes, color=color, size=size, weight=weight,
        ha=anchor[0], va=anchor[1], path_effects=_HALO,
    )  # fmt: skip


def _scale_bar(axes: Axes, width: float, height: float) -> None:
    length = bar_length(width)
    left, top = 0.04 * width, 0.95 * height
    axes.add_patch(Rectangle((left, top), length, 0.012 * height, color=ON_PICTURE))
    words = f"{length:g} mm"
    axes.text(
        left, top - 0.015 * height, words, color=ON_PICTURE, size=7, va="bottom", path_effects=_HALO
    )
