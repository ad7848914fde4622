"""Planes of volumes on a film: one, three, through several windows, side by side, many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import reals, whole
from ..errors import GeometryError, ParameterError
from ..geometry import PLANES, apply_affine, slice_at
from ..volume import Volume, as_hu, as_volume, same_grid
from ..windowing import as_window
from .drawing import color_bar, cross, draw_plane, label
from .film import INK, WIDTH, Film
from .outlines import Mask, as_layers, name_outlines
from .words import mm, plane_facts, plane_index, plane_position, window_words


def show_slice(
    volume: Volume,
    plane: str = "axial",
    index: int | None = None,
    *,
    window: str | ArrayLike = "soft tissue",
    mask: Mask | None = None,
    title: str | None = None,
    convention: str = "radiological",
) -> Film:
    """One plane, with millimetre axes, the letters of the patient's sides and a bar in HU.

    Parameters
    ----------
    volume : Volume of HU, a mask, or a label map
    plane : {"axial", "coronal", "sagittal"}
    index : int, optional
        In the array's own order; the middle one by default.
    window : preset's name or (center, width) in HU
    mask : mask, label map, or dict of name to mask, optional
        Outlines are drawn of it: a Volume of bool on the same grid, or an array of bool of the
        same shape; a label map on the same grid; or several such masks by name. The names of
        labels stand under the picture.
    title : str, optional
    convention : {"radiological", "neurological"}
        Whether the patient's left is on the right of the picture, or on the left.

    Returns
    -------
    Film

    Raises
    ------
    ParameterError
        Where `volume` is no Volume, or there is no such window.
    GeometryError
        On an unknown plane, an index outside of the volume, or a mask on another grid.
    UnitError
        Where the mask holds HU.
    """
    volume = as_volume(volume)
    index = plane_index(volume, plane, index)
    film = Film(5.2, width=6.4)
    axes = film.panel(1, 1, 1, title=title or "")
    image = draw_plane(axes, volume, plane, index, window, mask, convention)
    if not (volume.is_mask or volume.is_labels):
        color_bar(film, image, axes)
    film.facts = plane_facts(volume, plane, index, window)
    return name_outlines(film)


def show_planes(
    volume: Volume,
    point: ArrayLike | None = None,
    *,
    window: str | ArrayLike = "soft tissue",
    mask: Mask | None = None,
    convention: str = "radiological",
) -> Film:
    """The three planes through one point, marked in each.

    Parameters
    ----------
    volume : Volume of HU, a mask, or a label map
    point : (x, y, z) in LPS+ mm, optional
        The middle of the volume by default.
    window, mask, convention : as for `show_slice`

    Returns
    -------
    Film

    Raises
    ------
    GeometryError
        Where the point lies outside of the volume.
    """
    volume = as_volume(volume)
    place = _point(volume, point)
    voxel = _nearest_voxel(volume, place)
    if (voxel < 0).any() or (voxel >= volume.shape).any():
        where = tuple(int(index) for index in voxel)
        message = f"the point {place} mm is voxel {where}, outside of {volume.shape}"
        raise GeometryError(message)
    layers = None if mask is None else as_layers(mask, volume)
    film = Film(max(_row_height(volume, plane, 3) for plane in PLANES))
    for column, plane in enumerate(PLANES, start=1):
        stack = volume.stack(plane, convention)
        index = slice_at(stack, volume.affine, voxel)
        axes = film.panel(1, 3, column)
        draw_plane(axes, volume, plane, index, window, layers, convention, small=True)
        axes.set_title(f"{plane} {index}", color=INK, size=10)
        to_stack = np.linalg.inv(stack.affine) @ volume.affine
        cross(axes, stack, apply_affine(to_stack, voxel))
    words = ", ".join(mm(value) for value in place)
    film.facts = f"Three planes through ({words}) mm LPS, {window_words(volume, window)}"
    return name_outlines(film)


def show_windows(
    volume: Volume,
    windows: Sequence[str | ArrayLike] = ("full", "brain", "bone"),
    plane: str = "axial",
    index: int | None = None,
) -> Film:
    """One slice through several windows, side by side.

    Parameters
    ----------
    volume : Volume of HU
    windows : sequence of presets' names or (center, width)
    plane, index : as for `show_slice`

    Returns
    -------
    Film

    Raises
    ------
    ParameterError
        Where `windows` is no sequence of windows, or holds none.
    UnitError
        On a mask.
    """
    volume = as_hu(volume)
    if isinstance(windows, str) or len(windows) == 0:
        message = f"windows is a sequence of windows, such as ('brain', 'bone'); not {windows!r}"
        raise ParameterError(message)
    index = plane_index(volume, plane, index)
    film = Film(_row_height(volume, plane, len(windows), title=1.0))
    for column, window in enumerate(windows, start=1):
        center, width = as_window(window)
        name = window if isinstance(window, str) else "window"
        axes = film.panel(1, len(windows), column, title=f"{name} {center:g} / {width:g}")
        image = draw_plane(axes, volume, plane, index, window, small=True)
        color_bar(film, image, axes, location="bottom")
    names = " | ".join(window_words(volume, window) for window in windows)
    film.facts = f"{plane_facts(volume, plane, index)}; {names}"
    return film


def show_row(
    volumes: Mapping[str, Volume],
    plane: str = "axial",
    point: ArrayLike | None = None,
    *,
    window: str | ArrayLike = "soft tissue",
    mask: Mask | None = None,
) -> Film:
    """The same place of several volumes, side by side, by millimetres.

    Parameters
    ----------
    volumes : dict of title to Volume; their grids may differ
        One that ends before the point is shown where it comes nearest.
    plane : {"axial", "coronal", "sagittal"}
    point : (x, y, z) in LPS+ mm that the planes go through, optional
        The middle of the first volume by default.
    window : as for `show_slice`
    mask : mask, label map, or dict of name to mask, optional
        As in `show_slice`, on the grid of the first. Its outlines are drawn over every volume
        that shares this grid.

    Returns
    -------
    Film

    Raises
    ------
    ParameterError
        Where `volumes` is no dict of Volumes, or is empty.
    """
    if not isinstance(volumes, Mapping) or not volumes:
        message = f"volumes is a dict of title to Volume, not {volumes!r}"
        raise ParameterError(message)
    first = as_volume(next(iter(volumes.values())))
    layers = None if mask is None else as_layers(mask, first)
    place = _point(first, point)
    film = Film(_row_height(first, plane, len(volumes)))
    for column, (title, each) in enumerate(volumes.items(), start=1):
        volume = as_volume(each, title)
        axes = film.panel(1, len(volumes), column, title=title)
        fitting = layers if layers is not None and same_grid(layers.volume, volume) else None
        index = _nearest_plane(volume, plane, place)
        draw_plane(axes, volume, plane, index, window, fitting, small=True)
    facts = plane_facts(first, plane, _nearest_plane(first, plane, place))
    film.facts = f"{facts}: {', '.join(volumes)}"
    return name_outlines(film)


def show_montage(
    volume: Volume,
    count: int | None = None,
    plane: str = "axial",
    *,
    slices: Sequence[int] | None = None,
    window: str | ArrayLike = "soft tissue",
    columns: int = 4,
    mask: Mask | None = None,
) -> Film:
    """Slices on one sheet: evenly spaced from the first to the last, or those that are named.

    Parameters
    ----------
    volume : Volume of HU, a mask, or a label map
    count : int, number of slices from 1, optional
        12 by default.
    plane, window, mask : as for `show_slice`
    slices : sequence of int, optional
        In place of `count`: indices in the array's own order.
    columns : int, pictures in a row, from 1

    Returns
    -------
    Film

    Raises
    ------
    ParameterError
        Where both `count` and `slices` are given, or `slices` is empty.
    GeometryError
        On a slice that isn't there.
    """
    volume = as_volume(volume)
    columns = whole(columns, "columns is a number of pictures in a row from 1", low=1)
    layers = None if mask is None else as_layers(mask, volume)
    indices = _montage_slices(volume, plane, count, slices)
    total = _count(volume, plane)
    rows = -(-len(indices) // columns)
    film = Film(rows * _row_height(volume, plane, columns, title=0.05))
    film.set_layout_engine("constrained", h_pad=0.02, w_pad=0.02, hspace=0, wspace=0)
    for place, index in enumerate(indices, start=1):
        axes = film.panel(rows, columns, place)
        draw_plane(axes, volume, plane, index, window, layers, small=True, bar=place == 1)
        label(axes, f"{index}: {plane_position(volume, plane, index):.0f} mm")
    words = window_words(volume, window)
    film.facts = f"{len(indices)} {plane} slices of {total}, {words}"
    return name_outlines(film)


def _montage_slices(
    volume: Volume, plane: str, count: int | None, slices: Sequence[int] | None
) -> list[int]:
    total = _count(volume, plane)
    if slices is None:
        words = "count is a number of slices from 1"
        count = whole(12 if count is None else count, words, low=1)
        ends = np.linspace(0, total - 1, min(count, total))
        return np.unique(ends.round().astype(int)).tolist()
    if count is not None or len(slices) == 0:
        message = f"give either count, or slices with one at least; not {count!r} and {slices!r}"
        raise ParameterError(message)
    words = f"slices are whole numbers from 0 to {total - 1}"
    return [whole(n, words, low=0, high=total - 1, error=GeometryError) for n in slices]


def _count(volume: Volume, plane: str) -> int:
    """How many planes there are."""
    stack = volume.stack(plane)
    return stack.shape[stack.layout.axis]


def _point(volume: Volume, point: ArrayLike | None) -> tuple[float, ...]:
    """A point in mm; by default the middle of the volume."""
    if point is None:
        point = volume.to_world((np.array(volume.shape) - 1) / 2)
    return reals(point, "point is (x, y, z) in mm", 3)


def _nearest_voxel(volume: Volume, point: ArrayLike) -> np.ndarray:
    """The voxel whose centre is nearest to a point in mm; it may lie outside of the volume.

    Of two that are as near it is the one with the higher index, as in the viewer. The small
    number keeps a rounding error from choosing: the middle of an even count is such a place.
    """
    return np.floor(volume.to_index(point) + 0.5 + 1e-6).astype(int)


def _nearest_plane(volume: Volume, plane: str, point: ArrayLike) -> int:
    """The index of the plane of the volume that is nearest to a point in mm."""
    stack = volume.stack(plane)
    last = stack.shape[stack.layout.axis] - 1
    return int(np.clip(slice_at(stack, volume.affine, volume.to_index(point)), 0, last))


def _row_height(volume: Volume, plane: str, columns: int, title: float = 0.35) -> float:
    """Inches that a row of pictures of this shape needs."""
    stack = volume.stack(plane)
    layout = stack.layout
    rows, across = stack.shape[layout.down], stack.shape[layout.across]
    ratio = rows * layout.spacing[0] / (across * layout.spacing[1])
    return WIDTH / columns * ratio + title
