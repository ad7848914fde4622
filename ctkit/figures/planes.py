"""Planes of a volume, in millimetres, with letters, a scale bar and the outline of a mask."""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from .. import geometry
from ..errors import GeometryError, ParameterError, UnitError
from ..volume import Volume, same_grid
from ..windowing import as_window
from .film import COLORS, FAINT, INK, WIDTH, Film

MASK = COLORS[1]


_HALO = [withStroke(linewidth=2, foreground="black")]  # words stay readable on bone


def show_slice(
    volume,
    plane="axial",
    index=None,
    *,
    window="soft tissue",
    mask=None,
    title=None,
    convention="radiological",
):
    """One plane, with millimetre axes, the letters of the patient's sides and a bar in HU.

    Parameters
    ----------
    volume : Volume of HU, or a mask
    plane : {"axial", "coronal", "sagittal"}
    index : int, optional
        In the array's own order; the middle one by default.
    window : preset's name or (center, width) in HU
    mask : Volume of bool on the same grid, optional
        Its outline is drawn.
    title : str, optional
    convention : {"radiological", "neurological"}
        Whether the patient's left is on the right of the picture, or on the left.

    Returns
    -------
    Film

    Raises
    ------
    GeometryError
        On an unknown plane, an index outside, or a mask on another grid.
    """
    index = _index(volume, plane, index)
    film = Film(5.2, width=6.4)
    axes = film.panel(1, 1, 1, title=title or "")
    image = draw_plane(axes, volume, plane, index, window, mask, convention)
    if not volume.is_mask:
        _color_bar(film, image, axes)
    film.facts = plane_facts(volume, plane, index, window)
    return film


def show_planes(volume, point=None, *, window="soft tissue", mask=None, convention="radiological"):
    """The three planes through one point, marked in each.

    Parameters
    ----------
    volume : Volume
    point : (x, y, z) in LPS+ mm, optional
        The middle of the volume by default.
    window, mask, convention : as for `show_slice`

    Returns
    -------
    Film
    """
    if point is None:
        point = volume.to_world((np.array(volume.shape) - 1) / 2)
    voxel = np.rint(volume.to_index(point)).astype(int)
    if (voxel < 0).any() or (voxel >= volume.shape).any():
        message = f"the point {tuple(point)} mm is voxel {tuple(voxel)}, outside of {volume.shape}"
        raise GeometryError(message)
    tallest = max(_row_height(volume, plane, 3) for plane in geometry.PLANES)
    film = Film(tallest)
    for column, plane in enumerate(geometry.PLANES, start=1):
        layout = volume.layout(plane, convention)
        axes = film.panel(1, 3, column)
        draw_plane(axes, volume, plane, voxel[layout.axis], window, mask, convention, small=True)
        axes.set_title(f"{plane} {voxel[layout.axis]}", color=INK, size=10)
        _cross(axes, volume, layout, voxel)
    where = ", ".join(_mm(value) for value in point)
    film.facts = f"Three planes through ({where}) mm LPS, {_window_words(volume, window)}"
    return film


def show_windows(volume, windows=("full", "brain", "bone"), plane="axial", index=None):
    """One slice through several windows, side by side.

    Parameters
    ----------
    volume : Volume of HU
    windows : sequence of presets' names or (center, width)
    plane, index : as for `show_slice`

    Returns
    -------
    Film
    """
    index = _index(volume, plane, index)
    film = Film(_row_height(volume, plane, len(windows), title=1.0))
    for column, window in enumerate(windows, start=1):
        name = window if isinstance(window, str) else "window"
        axes = film.panel(1, len(windows), column)
        image = draw_plane(axes, volume, plane, index, window, small=True)
        center, width = as_window(window)
        axes.set_title(f"{name} {center:g} / {width:g}", color=INK, size=10)
        _color_bar(film, image, axes, location="bottom")
    names = " | ".join(_window_words(volume, window) for window in windows)
    film.facts = f"{plane_facts(volume, plane, index)}; {names}"
    return film


def show_row(volumes, plane="axial", point=None, *, window="soft tissue", mask=None):
    """The same place of several volumes, side by side, by millimetres.

    Parameters
    ----------
    volumes : dict of title to Volume; their grids may differ
    plane : {"axial", "coronal", "sagittal"}
    point : (x, y, z) in LPS+ mm that the planes go through, optional
        The middle of the first volume by default.
    window : as for `show_slice`
    mask : Volume of bool on the grid of the first, optional
        Its outline is drawn over every volume that shares this grid.

    Returns
    -------
    Film
    """
    first = next(iter(volumes.values()))
    if point is None:
        point = first.to_world((np.array(first.shape) - 1) / 2)
    film = Film(_row_height(first, plane, len(volumes)))
    for column, (title, volume) in enumerate(volumes.items(), start=1):
        axes = film.panel(1, len(volumes), column)
        outline = mask if mask is not None and same_grid(mask, volume) else None
        index = _nearest(volume, plane, point)
        draw_plane(axes, volume, plane, index, window, outline, small=True)
        axes.set_title(title, color=INK, size=10)
    film.facts = f"{plane_facts(first, plane, _nearest(first, plane, point))}: {', '.join(volumes)}"
    return film


def show_montage(volume, count=12, plane="axial", *, window="soft tissue", columns=4, mask=None):
    """Evenly spaced slices on one sheet, from the first to the last.

    Parameters
    ----------
    volume : Volume
    count : int, number of slices
    plane, window, mask : as for `show_slice`
    columns : int, pictures in a row

    Returns
    -------
    Film
    """
    total = volume.shape[volume.layout(plane).axis]
    indices = np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(int))
    rows = -(-len(indices) // columns)
    film = Film(rows * _row_height(volume, plane, columns, title=0.05))
    film.get_layout_engine().set(h_pad=0.02, w_pad=0.02, hspace=0, wspace=0)
    for place, index in enumerate(indices, start=1):
        axes = film.panel(rows, columns, place)
        draw_plane(axes, volume, plane, index, window, mask, small=True, bar=place == 1)
        _label(axes, f"{index}: {volume.position(plane, index):.0f} mm")
    words = _window_words(volume, window)
    film.facts = f"{len(indices)} {plane} slices of {total}, {words}"
    return film


def draw_plane(
    axes,
    volume,
    plane="axial",
    index=None,
    window="soft tissue",
    mask=None,
    convention="radiological",
    *,
    small=False,
    bar=True,
):
    """Draw one plane into matplotlib axes, in millimetres, with letters and a scale bar.

    Parameters
    ----------
    axes : matplotlib Axes
    volume, plane, index, window, mask, convention : as for `show_slice`
    small : bool, whether to leave out the millimetre axes, for a picture among others
    bar : bool, whether to draw the scale bar

    Returns
    -------
    matplotlib AxesImage
    """
    layout = volume.layout(plane, convention)
    picture = volume.plane(plane, index, convention)
    height, width = (n * step for n, step in zip(picture.shape, layout.spacing, strict=True))
    extent = (0, width, height, 0)
    low, high = _ends(volume, window)
    image = axes.imshow(picture, cmap="gray", vmin=low, vmax=high, extent=extent)
    if mask is not None:
        _outline(axes, volume, mask.plane(plane, index, convention), mask, extent)
    _letters(axes, layout.letters)
    if small:
        axes.set_axis_off()
    else:
        axes.set(xlabel="mm", ylabel="mm")
    if bar and small:
        _scale_bar(axes, width, height)
    return image


def plane_facts(volume, plane="axial", index=None, window=None):
    """Words for one plane: which it is, where it lies, and through which window."""
    index = _index(volume, plane, index)
    count = volume.shape[volume.layout(plane).axis]
    letter = "xyz"[2 - geometry.PLANES.index(plane)]
    where = _mm(volume.position(plane, index))
    words = f"{plane} slice {index} of {count}, {letter} = {where} mm"
    return words if window is None else f"{words}, {_window_words(volume, window)}"


def _mm(value):
    """Two decimals, and no minus before a zero."""
    return f"{round(float(value), 2) + 0.0:.2f}"


def _window_words(volume, window):
    if volume.is_mask:
        return "a mask"
    center, width = as_window(window)
    name = f"{window} window" if isinstance(window, str) else "window"
    return f"{name} {center:g}/{width:g} HU"


def _index(volume, plane, index):
    if not isinstance(volume, Volume):
        message = f"this shows a Volume, not {type(volume).__name__}; load() makes one"
        raise ParameterError(message)
    return volume.shape[volume.layout(plane).axis] // 2 if index is None else int(index)


def _nearest(volume, plane, point):
    """The index of the plane nearest to a point in mm."""
    axis = volume.layout(plane).axis
    return int(np.clip(np.rint(volume.to_index(point)[axis]), 0, volume.shape[axis] - 1))


def _ends(volume, window):
    """Black and white in HU: the ends of DICOM's LINEAR function."""
    if volume.is_mask:
        return 0, 1
    center, width = as_window(window)
    return center - width / 2, center + max(width / 2 - 1, 0.5 - width / 2)


def _check_mask(volume, mask):
    if not mask.is_mask:
        message = f"a mask is a Volume of bool, not of {mask.array.dtype}"
        raise UnitError(message)
    if not same_grid(volume, mask):
        message = f"the mask ({mask!r}) is not on the grid of the volume ({volume!r})"
        raise GeometryError(message)


def _outline(axes, volume, picture, mask, extent):
    _check_mask(volume, mask)
    if picture.any() and not picture.all():
        rows, columns = picture.shape
        x = (np.arange(columns) + 0.5) * extent[1] / columns
        y = (np.arange(rows) + 0.5) * extent[2] / rows
        axes.contour(x, y, picture, levels=[0.5], colors=[MASK], linewidths=1.2)


def _letters(axes, letters):
    places = ((0.02, 0.5), (0.98, 0.5), (0.5, 0.98), (0.5, 0.02))
    sides = (("left", "center"), ("right", "center"), ("center", "top"), ("center", "bottom"))
    for letter, (x, y), (horizontal, vertical) in zip(letters, places, sides, strict=True):
        axes.text(
            x, y, letter, transform=axes.transAxes, color=COLORS[4], size=9, weight="bold",
            ha=horizontal, va=vertical, path_effects=_HALO,
        )  # fmt: skip


def _label(axes, words):
    axes.text(
        0.02, 0.98, words, transform=axes.transAxes, color=INK, size=8, ha="left", va="top",
        path_effects=_HALO,
    )  # fmt: skip


def _scale_bar(axes, width, height):
    """A bar of 50 mm, or of a round length that fits."""
    length = next(n for n in (50, 20, 10, 5, 1, 0.1) if n < 0.6 * width or n == 0.1)
    left, top = 0.04 * width, 0.95 * height
    axes.add_patch(Rectangle((left, top), length, 0.012 * height, color=INK))
    words = f"{length:g} mm"
    axes.text(left, top - 0.015 * height, words, color=INK, size=7, va="bottom", path_effects=_HALO)


def _cross(axes, volume, layout, voxel):
    """Lines at the chosen voxel in a plane of the array."""
    for axis, flip, step, line in (
        (layout.down, layout.flip_down, layout.spacing[0], axes.axhline),
        (layout.across, layout.flip_across, layout.spacing[1], axes.axvline),
    ):
        place = volume.shape[axis] - 1 - voxel[axis] if flip else voxel[axis]
        line((place + 0.5) * step, color=COLORS[0], linewidth=0.7)


def _color_bar(film, image, axes, location="right"):
    bar = film.colorbar(image, ax=axes, location=location, shrink=0.7, pad=0.02)
    bar.set_label("HU", color=INK, size=8)
    bar.ax.tick_params(colors=FAINT, labelsize=8)
    bar.outline.set_visible(False)


def _row_height(volume, plane, columns, title=0.35):
    """Inches that a row of pictures of this shape needs."""
    layout = volume.layout(plane)
    rows, across = volume.shape[layout.down], volume.shape[layout.across]
    ratio = rows * layout.spacing[0] / (across * layout.spacing[1])
    return WIDTH / columns * ratio + title
