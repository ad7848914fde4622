"""What marks say: lengths, angles, and the HU inside of regions; as in the browser.

A region is measured on the picture of its slice. A pixel belongs to it where its centre lies
inside, or on the line to within a thousandth of a millimetre; where a freehand line
crosses itself, what it surrounds twice lies outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ParameterError
from ..geometry import (
    PLANES,
    Stack,
    apply_affine,
    nearest_plane,
    reaches,
    stack_on,
    turned_stack,
)
from ..marks import REGIONS, Stacks, slice_of, where_is
from ..overlay import slab_text
from ..sampling import NOTHING, difference_of, plane_of, sample
from ..volume import Volume

Points = npt.NDArray[np.float64]
#: The percentiles of a region's HU between which its window lies.
SPAN = (2, 98)

_BORDER = 1e-3  # mm
_MOST = 2000  # places along a profile


def stacks_of(volume: Volume) -> Stacks:
    """The three stacks of a volume, by plane."""
    return {plane: volume.stack(plane) for plane in PLANES}


def measure(
    volume: Volume,
    mark: Mapping[str, Any],
    after: Volume | None = None,
    *,
    slab: float = 0.0,
    projection: str = "max",
) -> dict[str, Any]:
    """What a mark says.

    Parameters
    ----------
    volume : Volume of HU
    mark : dict
        As `ctkit.marks` says.
    after : Volume of HU, optional
        A second volume on any grid, in which the same millimetres are measured.
    slab : float
        Thickness in mm of what is shown around the plane of the mark; 0 is the plane alone.
    projection : {"max", "min", "mean"}
        What is shown of a slab.

    Returns
    -------
    dict
        Of a ruler ``mm``, of an angle ``degrees``. Of a region, and of a point, which is the
        nearest pixel: ``voxels``, ``mean``, ``sd`` (of all of them), ``minimum``, ``maximum`` in HU
        (None where no voxel lies inside), ``area_mm2`` of these voxels, and ``missing``: how many
        of them are no number, and are left out. With a second volume the same of its own voxels as
        ``after``, and of after - before as ``difference``, at the pixels where both have
        something; ``after`` is None where it has no slice there. Where a plane is shown between
        the voxels (a tilted gantry, an oblique plane, a turned second volume) its pixels count; of
        a slab those of its picture, and ``slab`` says so, as in "MIP 10 mm".
    """
    points = np.asarray(mark["points"], np.float64)
    if mark["kind"] == "ruler":
        return {"mm": length_of(points)}
    if mark["kind"] == "angle":
        return {"degrees": angle_of(points)}
    plane, stack, index = _slice_in(volume, mark)
    stack = stack._replace(thickness=slab, projection=projection)
    picture = plane_of(volume.array, volume.affine, stack, index)
    result = statistics(_values(picture, stack, points, mark["kind"]), stack)
    result |= {"slab": slab_text(stack)} if slab else {}
    if after is None:
        return result
    return result | _of_second(volume, after, plane, stack, index, mark)


def length_of(points: Points) -> float:
    """The distance in mm between two points."""
    return float(np.linalg.norm(points[1] - points[0]))


def angle_of(points: Points) -> float:
    """The angle in degrees, 0 to 180, at the second of three points; 0 where two coincide.

    Examples
    --------
    >>> angle_of(np.array([[1.0, 0, 0], [0, 0, 0], [0, 2, 0]]))
    90.0
    """
    first, second = points[0] - points[1], points[2] - points[1]
    across = np.linalg.norm(np.cross(first, second))
    return float(np.degrees(np.arctan2(across, first @ second)))


def region_values(
    volume: Volume, mark: Mapping[str, Any], *, slab: float = 0.0, projection: str = "max"
) -> Points:
    """The HU of the pixels in a region, or of a point's one; without what is no number.

    Of a slab they are those of its picture, as `measure` says.

    Returns
    -------
    (n,) ndarray of float64
    """
    _, stack, index = _slice_in(volume, mark)
    stack = stack._replace(thickness=slab, projection=projection)
    picture = plane_of(volume.array, volume.affine, stack, index)
    found = _values(picture, stack, np.asarray(mark["points"], np.float64), mark["kind"])
    return found[np.isfinite(found)]


def window_of(values: Points) -> tuple[float, float]:
    """The window of a region: its center is their mean, its width spans 96 % of them.

    Parameters
    ----------
    values : (n,) ndarray of HU

    Returns
    -------
    (center, width) in HU: the width is the distance of the 2nd and the 98th percentile, linear
    between two values

    Raises
    ------
    ParameterError
        Where there is no value.

    Examples
    --------
    >>> window_of(np.arange(101.0))
    (50.0, 96.0)
    """
    if not values.size:
        message = "the region holds no voxel with a number: a window needs one"
        raise ParameterError(message)
    low, high = np.percentile(values, SPAN)
    return float(values.mean()), float(high - low)


def profile(
    volume: Volume, mark: Mapping[str, Any], after: Volume | None = None
) -> dict[str, Points]:
    """HU along a ruler, linear between the voxels.

    Parameters
    ----------
    volume : Volume of HU
    mark : dict of a ruler
    after : Volume of HU, optional

    Returns
    -------
    dict
        ``mm`` from the first end, in steps of about half the smallest spacing, and ``hu`` there;
        ``after`` of a second volume. NaN lies outside of it. All are (n,) ndarrays of float64.
    """
    start, end = np.asarray(mark["points"], np.float64)
    mm = length_of(np.array([start, end]))
    part = np.linspace(0, 1, profile_count(mm, min(volume.spacing)))
    places = start + part[:, None] * (end - start)
    found = {"mm": part * mm, "hu": sample(volume.array, volume.to_index(places))}
    if after is not None:
        found["after"] = sample(after.array, after.to_index(places))
    return found


def profile_count(mm: float, spacing: float) -> int:
    """How many places a profile of a length in mm has, both ends included.

    Examples
    --------
    >>> profile_count(10, 0.5)
    41
    """
    return min(max(int(np.ceil(2 * mm / spacing - 1e-6)), 1), _MOST - 1) + 1


def statistics(found: Points, stack: Stack) -> dict[str, Any]:
    """Statistics of the pixels of a picture, as `measure` says."""
    values = found[np.isfinite(found)]
    spacing = stack.layout.spacing
    area = {
        "area_mm2": found.size * spacing[0] * spacing[1],
        "missing": found.size - values.size,
    }
    if not values.size:
        return {"voxels": 0, **dict.fromkeys(("mean", "sd", "minimum", "maximum")), **area}
    return {
        "voxels": values.size,
        "mean": float(values.mean()),
        "sd": float(values.std()),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
        **area,
    }


def _slice_in(volume: Volume, mark: Mapping[str, Any]) -> tuple[str, Stack, int]:
    """The plane that a mark lies on or nearest to, its stack and its slice."""
    if mark["kind"] not in (*REGIONS, "point"):
        message = f"{mark['name']!r} is {mark['kind']}: HU have {', '.join(REGIONS)} and point"
        raise ParameterError(message)
    stacks = stacks_of(volume)
    plane, index = where_is(mark, stacks)
    if plane is not None and index is not None:
        return plane, stacks[plane], index
    plane = nearest_plane(mark["normal"], stacks)
    middle = np.mean(mark["points"], axis=0)
    turned = turned_stack(stacks[plane], volume.shape, volume.affine, mark["normal"], middle)
    return plane, turned, slice_of(mark, turned) or 0


def _of_second(
    volume: Volume,
    after: Volume,
    plane: str,
    stack: Stack,
    index: int,
    mark: Mapping[str, Any],
) -> dict[str, Any]:
    """What the second volume, and its difference to the first, are inside of a region."""
    kind, points = mark["kind"], np.asarray(mark["points"], np.float64)
    on = stack_on(stack, after.stack(plane), after.shape, after.affine)
    middle = apply_affine(np.linalg.inv(on.affine), points.mean(axis=0))
    there = int(np.floor(middle[on.layout.axis] + 0.5 + 1e-6))
    count = on.shape[on.layout.axis]
    if not (0 <= there < count and reaches(on, after.shape, after.affine, there)):
        return {"after": None, "difference": None}
    picture = plane_of(after.array, after.affine, on, there)
    both = difference_of(volume.array, volume.affine, after.array, after.affine, stack, index)
    return {
        "after": statistics(_values(picture, on, points, kind), on),
        "difference": statistics(_values(both, stack, points, kind), stack),
    }


def _values(picture: npt.NDArray[Any], stack: Stack, points: Points, kind: str) -> Points:
    """The values of the pixels of a picture inside of a mark; not where it has nothing."""
    corners = in_plane(points, stack)
    inside = inside_of(kind, corners, picture.shape, stack.layout.spacing)
    found = picture[inside].astype(np.float64)
    return found[found != NOTHING]


# --------------------------------------------------------------------- inside of a mark


def in_plane(points: Points, stack: Stack) -> Points:
    """Points in mm from the centre of the picture's first pixel, down and across: (n, 2)."""
    layout, shape = stack.layout, stack.shape
    index = apply_affine(np.linalg.inv(stack.affine), points)
    axes = ((layout.down, layout.flip_down), (layout.across, layout.flip_across))
    places = [shape[a] - 1 - index[:, a] if flip else index[:, a] for a, flip in axes]
    return np.stack(places, axis=1) * layout.spacing


def inside_of(
    kind: str, corners: Points, shape: tuple[int, ...], spacing: tuple[float, float]
) -> npt.NDArray[np.bool_]:
    """The pixels of a picture that belong to a mark.

    Parameters
    ----------
    kind : {"ellipse", "rectangle", "freehand", "point"}
    corners : (n, 2) ndarray in mm, as `in_plane` gives them
    shape : (rows, columns)
    spacing : (between rows, between columns) in mm

    Returns
    -------
    (rows, columns) ndarray of bool
    """
    if kind == "freehand":
        return _inside_line(corners, shape, spacing)
    if kind == "point":
        return _nearest_pixel(corners[0], shape, spacing)
    middle = corners.mean(axis=0)
    parts = []
    for way, half in _half_axes(corners, spacing):
        limit = (
            half + _BORDER if half > _BORDER or kind == "rectangle" else _half_pixel(way, spacing)
        )
        rows = (np.arange(shape[0]) * spacing[0] - middle[0]) * way[0]
        columns = (np.arange(shape[1]) * spacing[1] - middle[1]) * way[1]
        parts.append((rows[:, None] + columns[None, :]) / limit)
    if kind == "rectangle":
        return (np.abs(parts[0]) <= 1) & (np.abs(parts[1]) <= 1)
    return parts[0] ** 2 + parts[1] ** 2 <= 1


def _half_axes(corners: Points, spacing: tuple[float, float]) -> list[tuple[Points, float]]:
    """The two directions of a box, and half its length along each; a line has a side too."""
    sides = [(corners[1] - corners[0]) / 2, (corners[3] - corners[0]) / 2]
    halves = [float(np.hypot(*side)) for side in sides]
    if halves[0] > _BORDER:
        way = sides[0] / halves[0]
        return [(way, halves[0]), (np.array([-way[1], way[0]]), halves[1])]
    way = sides[1] / halves[1] if halves[1] > _BORDER else np.array([1.0, 0.0])
    return [(np.array([-way[1], way[0]]), halves[0]), (way, halves[1])]


def _half_pixel(way: Points, spacing: tuple[float, float]) -> float:
    """Half of a pixel along a direction: an ellipse with no width is as wide as a pixel."""
    return float(abs(way[0]) * spacing[0] + abs(way[1]) * spacing[1]) / 2


def _nearest_pixel(
    point: Points, shape: tuple[int, ...], spacing: tuple[float, float]
) -> npt.NDArray[np.bool_]:
    inside = np.zeros(shape, bool)
    row, column = np.floor(point / spacing + 0.5 + 1e-6).astype(int)
    if 0 <= row < shape[0] and 0 <= column < shape[1]:
        inside[row, column] = True
    return inside


def _inside_line(
    corners: Points, shape: tuple[int, ...], spacing: tuple[float, float]
) -> npt.NDArray[np.bool_]:
    """Row by row between where a closed line goes in and where it comes out, and on it."""
    inside = np.zeros(shape, bool)
    following = np.roll(corners, -1, axis=0)
    low, high = (f(corners[:, 0], following[:, 0]) for f in (np.minimum, np.maximum))
    first = max(int(np.ceil((low.min() - _BORDER) / spacing[0])), 0)
    last = min(int(np.floor((high.max() + _BORDER) / spacing[0])), shape[0] - 1)
    for row in range(first, last + 1):
        for left, right in _spans(row * spacing[0], corners, following):
            start = max(int(np.ceil((left - _BORDER) / spacing[1])), 0)
            end = min(int(np.floor((right + _BORDER) / spacing[1])), shape[1] - 1)
            # An end before the first pixel would count from the last one.
            inside[row, start : max(end + 1, 0)] = True
    return inside


def _spans(y: float, start: Points, end: Points) -> list[tuple[float, float]]:
    """From where to where a level line lies inside of a closed one, or on it."""
    crosses = (start[:, 0] <= y) != (end[:, 0] <= y)
    (y0, x0), (y1, x1) = start[crosses].T, end[crosses].T
    places = np.sort(x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    spans = list(zip(places[::2], places[1::2], strict=True))
    here = np.abs(start[:, 0] - y) <= _BORDER
    level = here & (np.abs(end[:, 0] - y) <= _BORDER)
    spans += [(x, x) for x in start[here, 1]]
    ends = np.sort(np.stack([start[level, 1], end[level, 1]], axis=1), axis=1)
    return spans + [(a, b) for a, b in ends]
