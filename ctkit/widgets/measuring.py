"""What a region of interest and a ruler say, as in the browser."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import reals, whole
from ..errors import GeometryError, ParameterError
from ..geometry import Stack, apply_affine, reaches, stack_on
from ..sampling import NOTHING, difference_of, plane_of
from ..volume import Volume

_SECOND = ("after", "difference")
KINDS = ("ellipse", "rectangle")


def measure_region(
    volume: Volume,
    region: dict,
    convention: str = "radiological",
    after: Volume | None = None,
) -> dict:
    """HU of the voxels whose centres lie inside a region of one plane.

    Parameters
    ----------
    volume : Volume of HU
    region : dict
        ``kind`` ("ellipse" or "rectangle"), ``plane``, ``slice`` (of ``volume.stack(plane)``),
        and two opposite corners ``start`` and ``end`` as (slice, row, column) of the volume,
        fractions too.
    convention : {"radiological", "neurological"}
    after : Volume of HU, optional
        A second volume on any grid, in which the same millimetres are measured.

    Returns
    -------
    dict
        `region` with ``voxels``, ``mean``, ``sd`` (of all of them), ``minimum``,
        ``maximum`` in HU (None where no voxel lies inside), ``area_mm2``, and ``missing``: how
        many of the voxels are no number, and are left out. With a second volume the same of its
        own voxels as ``after``, and of after - before as ``difference``, at the pixels where both
        have something; ``after`` is None where it has no slice there. Where a plane is shown
        between the voxels (a tilted gantry, a turned second volume) its pixels count.

    Raises
    ------
    ParameterError
        Where something is missing, or the kind is another.
    GeometryError
        On a slice outside of the volume.
    """
    missing = {"kind", "plane", "slice", "start", "end"} - set(region)
    if missing or region["kind"] not in KINDS:
        message = f"a region needs kind ({' or '.join(KINDS)}), plane, slice, start, end: {region}"
        raise ParameterError(message)
    region = {name: value for name, value in _plain(region).items() if name not in _SECOND}
    stack = volume.stack(region["plane"], convention)
    corners = _corners(volume, stack, region)
    picture = plane_of(volume.array, volume.affine, stack, region["slice"])
    result = {**region, **_statistics(picture, stack, corners, region["kind"])}
    if after is None:
        return result
    own = after.stack(region["plane"], convention)
    return result | _of_second(volume, after, stack, own, corners, region)


def _of_second(
    volume: Volume,
    after: Volume,
    stack: Stack,
    own: Stack,
    corners: np.ndarray,
    region: dict,
) -> dict[str, Any]:
    """What the second volume, and its difference to the first, are inside of a region."""
    kind, index = region["kind"], region["slice"]
    on = stack_on(stack, own, after.shape, after.affine)
    there = apply_affine(np.linalg.inv(on.affine) @ stack.affine, corners)
    plane = int(np.floor(there[:, on.layout.axis].mean() + 0.5 + 1e-6))
    count = on.shape[on.layout.axis]
    if not (0 <= plane < count and reaches(on, after.shape, after.affine, plane)):
        return {"after": None, "difference": None}
    picture = plane_of(after.array, after.affine, on, plane)
    both = difference_of(volume.array, volume.affine, after.array, after.affine, stack, index)
    return {
        "after": _statistics(picture, on, there, kind),
        "difference": _statistics(both, stack, corners, kind),
    }


def _corners(volume: Volume, stack: Stack, region: dict) -> np.ndarray:
    """The two corners of a region as indices of a stack, on its plane: (2, 3)."""
    count = stack.shape[stack.layout.axis]
    words = f"the slice of a region is a whole number from 0 to {count - 1} in this plane"
    index = whole(region["slice"], words, low=0, high=count - 1, error=GeometryError)
    change = np.linalg.inv(stack.affine) @ volume.affine
    corners = apply_affine(change, [region["start"], region["end"]])
    corners[:, stack.layout.axis] = index
    return corners


def measure_length(volume: Volume, ruler: dict) -> dict:
    """`ruler` with ``mm``: the distance from its ``start`` to its ``end``.

    Raises
    ------
    ParameterError
        Where something is missing, or an end is no (slice, row, column).
    """
    missing = {"plane", "slice", "start", "end"} - set(ruler)
    if missing:
        message = f"a ruler needs plane, slice, start, end: {ruler}"
        raise ParameterError(message)
    ruler = _plain(ruler)
    apart = volume.to_world(ruler["start"]) - volume.to_world(ruler["end"])
    return {**ruler, "mm": float(np.linalg.norm(apart))}


def _plain(mark: dict) -> dict[str, Any]:
    """A mark with Python's numbers alone: NumPy's can't be sent to the browser."""
    ends = {
        name: reals(mark[name], f"{name} is (slice, row, column)", 3) for name in ("start", "end")
    }
    return {**mark, "slice": whole(mark["slice"], "slice is a whole number"), **ends}


def _statistics(
    picture: np.ndarray, stack: Stack, corners: np.ndarray, kind: str
) -> dict[str, Any]:
    """Statistics of the pixels of a picture inside a region between two corners."""
    layout = stack.layout
    axes = ((layout.down, layout.flip_down), (layout.across, layout.flip_across))
    rows, columns = (_span(stack, corners, *axis) for axis in axes)
    found = picture[_inside(picture.shape, rows, columns, kind)].astype(np.float64)
    found = found[found != NOTHING]
    values = found[np.isfinite(found)]
    area = {
        "area_mm2": found.size * layout.spacing[0] * layout.spacing[1],
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


def _span(stack: Stack, corners: np.ndarray, axis: int, flip: bool) -> tuple[float, float]:
    """(low, high) of a region along an axis of the picture."""
    ends = corners[:, axis]
    if flip:
        ends = stack.shape[axis] - 1 - ends
    # What lies on the border but for rounding lies inside.
    return float(ends.min()) - 1e-6, float(ends.max()) + 1e-6


def _inside(shape: tuple[int, ...], rows: tuple, columns: tuple, kind: str) -> np.ndarray:
    """The pixels of a picture inside a rectangle, or the ellipse in it."""
    places = np.ogrid[: shape[0], : shape[1]]
    spans = (rows, columns)
    if kind == "rectangle":
        parts = [(p >= low) & (p <= high) for p, (low, high) in zip(places, spans, strict=True)]
        return parts[0] & parts[1]
    parts = [
        ((place - (low + high) / 2) / ((high - low) / 2 if high - low > 1e-5 else 0.5)) ** 2
        for place, (low, high) in zip(places, spans, strict=True)
    ]
    return parts[0] + parts[1] <= 1
