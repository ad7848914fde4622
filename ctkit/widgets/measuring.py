"""What a region of interest and a ruler say, as in the browser."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import reals, whole
from ..errors import ParameterError
from ..volume import Volume

KINDS = ("ellipse", "rectangle")


def measure_region(volume: Volume, region: dict, convention: str = "radiological") -> dict:
    """HU of the voxels whose centres lie inside a region of one plane.

    Parameters
    ----------
    volume : Volume of HU
    region : dict
        ``kind`` ("ellipse" or "rectangle"), ``plane``, ``slice``, and two opposite
        corners ``start`` and ``end`` as (slice, row, column), fractions too.
    convention : {"radiological", "neurological"}

    Returns
    -------
    dict
        `region` with ``voxels``, ``mean``, ``sd`` (of all of them), ``minimum``,
        ``maximum`` in HU (None where no voxel lies inside), and ``area_mm2``.

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
    region = _plain(region)
    layout = volume.layout(region["plane"], convention)
    picture = volume.plane(region["plane"], region["slice"], convention)
    axes = ((layout.down, layout.flip_down), (layout.across, layout.flip_across))
    rows, columns = (_span(volume, region, *axis) for axis in axes)
    inside = _inside(picture.shape, rows, columns, region["kind"])
    values = picture[inside].astype(np.float64)
    return {**region, **_statistics(values, layout.spacing[0] * layout.spacing[1])}


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


def _span(volume: Volume, region: dict, axis: int, flip: bool) -> tuple[float, float]:
    """(low, high) of a region along an axis of the picture."""
    ends = [region[name][axis] for name in ("start", "end")]
    if flip:
        ends = [volume.shape[axis] - 1 - end for end in ends]
    return min(ends), max(ends)


def _inside(shape: tuple[int, ...], rows: tuple, columns: tuple, kind: str) -> np.ndarray:
    """The pixels of a picture inside a rectangle, or the ellipse in it."""
    places = np.ogrid[: shape[0], : shape[1]]
    spans = (rows, columns)
    if kind == "rectangle":
        parts = [(p >= low) & (p <= high) for p, (low, high) in zip(places, spans, strict=True)]
        return parts[0] & parts[1]
    parts = [
        ((place - (low + high) / 2) / ((high - low) / 2 or 0.5)) ** 2
        for place, (low, high) in zip(places, spans, strict=True)
    ]
    return parts[0] + parts[1] <= 1


def _statistics(values: np.ndarray, pixel: float) -> dict[str, Any]:
    if not values.size:
        empty = dict.fromkeys(("mean", "sd", "minimum", "maximum"))
        return {"voxels": 0, **empty, "area_mm2": 0.0}
    return {
        "voxels": values.size,
        "mean": float(values.mean()),
        "sd": float(values.std()),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
        "area_mm2": values.size * pixel,
    }
