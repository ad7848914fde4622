"""Crop, pad and center: other frames around the same voxels.

Voxels are copied, never resampled. The affine follows, so that every landmark keeps
its millimetres; what a frame holds beyond the scan is air (-1000 HU), never 0, which
is water.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import members, reals, wholes
from ..errors import GeometryError, ParameterError
from ..room import check_room
from ..volume import Volume, as_mask, as_volume, own, same_grid


def bounding_box(mask: Volume) -> tuple[np.ndarray, np.ndarray]:
    """First voxel of a mask and the one after its last, on each axis.

    Parameters
    ----------
    mask : Volume of bool

    Returns
    -------
    start, stop : (3,) ndarrays of int, such that ``array[start:stop]`` holds the mask

    Raises
    ------
    UnitError
        Where `mask` is no mask.
    ParameterError
        Where it is empty.
    """
    array = as_mask(mask).array
    ends = [np.flatnonzero(array.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    if not ends[0].size:
        message = "the mask is empty: there is nothing to crop to or to center"
        raise ParameterError(message)
    return np.array([e[0] for e in ends]), np.array([e[-1] + 1 for e in ends])


def crop(
    volume: Volume, mask: Volume | np.ndarray, margin_mm: float | tuple[float, float, float] = 0
) -> Volume:
    """The smallest box around a mask, with a margin.

    Parameters
    ----------
    volume : Volume
        HU, a mask, or a label map.
    mask : Volume of bool on the grid of `volume`, or an array of bool of its shape
    margin_mm : float or (slice, row, column) of floats
        What is kept on all sides, rounded up to whole voxels. Where it reaches beyond the
        volume it is cut, and the report says so.

    Returns
    -------
    Volume of the same type, a view into `volume`

    Raises
    ------
    ParameterError
        On an empty mask, or a margin below 0.
    UnitError
        Where `mask` is no mask.
    GeometryError
        Where the mask lies on another grid.

    Examples
    --------
    >>> array = np.full((4, 5, 6), -1000, np.int16)
    >>> array[1:3, 2:4, 3:5] = 40
    >>> scan = Volume.from_spacing(array, (2, 1, 1))
    >>> box = crop(scan, scan.with_array(array > 0), margin_mm=1)
    >>> box.shape, box.origin
    ((4, 4, 4), array([2., 1., 0.]))
    """
    volume = as_volume(volume)
    start, stop = bounding_box(as_mask(mask, on=volume))
    margin = _voxels(margin_mm, volume.spacing)
    inside_start = np.maximum(start - margin, 0)
    inside_stop = np.minimum(stop + margin, volume.shape)
    cut = (inside_start > start - margin).any() or (inside_stop < stop + margin).any()
    notes = ("Cropped: the margin was cut at the volume's ends.",) if cut else ()
    return crop_box(volume, inside_start, inside_stop, *notes)


def crop_box(volume: Volume, start: ArrayLike, stop: ArrayLike, *notes: str) -> Volume:
    """The voxels from `start` up to and without `stop`.

    Parameters
    ----------
    volume : Volume
    start, stop : three ints (slice, row, column)
    *notes : str, for the report

    Returns
    -------
    Volume, a view into `volume`

    Raises
    ------
    ParameterError
        Where `start` or `stop` are not three whole numbers.
    GeometryError
        On a box that is empty or reaches outside of the volume.
    """
    volume, start, stop = as_volume(volume), _three(start, "start"), _three(stop, "stop")
    if (start < 0).any() or (stop > volume.shape).any() or (start >= stop).any():
        message = (
            f"the box from {_text(start)} to {_text(stop)} is empty or reaches outside of "
            f"the volume of {_text(volume.shape)}"
        )
        raise GeometryError(message)
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    affine, report = _moved(volume.affine, start), volume.report + notes
    return Volume(volume.array[box], affine, report, volume.labels)


def pad(
    volume: Volume, shape: tuple[int, ...] | None = None, *, like: Volume | None = None
) -> Volume:
    """Put a volume into the middle of a larger frame of air.

    Parameters
    ----------
    volume : Volume
        HU, a mask, or a label map.
    shape : three ints (slice, row, column), or two (row, column)
        The shape of the frame. Two keep the number of slices. Where the difference is
        odd, the extra voxel stands at the end.
    like : Volume, optional, instead of `shape`
        Pad to the grid of this one, of which `volume` is a part. This undoes a crop.

    Returns
    -------
    Volume of the same type; air is -1000 HU, and False in a mask

    Raises
    ------
    ParameterError
        On a shape that is none, or where both or neither of `shape` and `like` are given.
    GeometryError
        Where the volume is larger than the frame, or no part of the grid of `like`.

    Examples
    --------
    >>> scan = Volume.from_spacing(np.zeros((2, 3, 3), np.int16), (5, 1, 1))
    >>> pad(scan, (4, 4)).array[0, :, 0]
    array([    0,     0,     0, -1000], dtype=int16)
    """
    volume = as_volume(volume)
    if (shape is None) == (like is None):
        message = "pad takes a shape, or like=: one of the two"
        raise ParameterError(message)
    if like is not None:
        like = as_volume(like, "like")
        framed = reframe(volume, *_place_in(volume, like))
        return Volume(framed.array, like.affine, framed.report, framed.labels)
    frame = _frame_shape(shape, volume.shape)
    room = frame - volume.shape
    if (room < 0).any():
        message = (
            f"the volume of {_text(volume.shape)} is larger than the frame of {_text(frame)}: "
            "crop it first, or resample it"
        )
        raise GeometryError(message)
    return reframe(volume, -(room // 2), frame)


def center(volume: Volume, mask: Volume | np.ndarray, shape: tuple[int, ...]) -> Volume:
    """Put what a mask holds into the middle of a frame.

    Parameters
    ----------
    volume : Volume
        HU, a mask, or a label map.
    mask : Volume of bool on the grid of `volume`, or an array of bool of its shape
    shape : three ints (slice, row, column), or two (row, column)
        The shape of the frame. Two keep the slices as they are.

    Returns
    -------
    Volume of the same type. What lies beyond the scan is air, and the report says how
    much of the frame that is. Voxels outside of the frame are gone.

    Raises
    ------
    ParameterError
        On an empty mask, or a shape that is none.
    UnitError
        Where `mask` is no mask.
    GeometryError
        Where the mask lies on another grid, or is larger than the frame.
    """
    volume = as_volume(volume)
    start, stop = bounding_box(as_mask(mask, on=volume))
    frame = _frame_shape(shape, volume.shape)
    if len(members(shape)) == 2:
        start[0], stop[0] = 0, volume.shape[0]
    if (stop - start > frame).any():
        message = (
            f"what the mask holds is {_text(stop - start)}, larger than the frame of "
            f"{_text(frame)}: take a larger shape, or resample first"
        )
        raise GeometryError(message)
    return reframe(volume, (start + stop) // 2 - frame // 2, frame)


def reframe(volume: Volume, start: ArrayLike, shape: ArrayLike) -> Volume:
    """The voxels of a frame; where it reaches beyond the volume, it holds air.

    Parameters
    ----------
    volume : Volume
    start : three ints
        Index in `volume` of the frame's first voxel; it may be negative.
    shape : three ints (slice, row, column)

    Returns
    -------
    Volume of the same type

    Raises
    ------
    GeometryError
        Where the frame holds no voxel of the volume.
    """
    volume, start = as_volume(volume), _three(start, "start")
    frame = _frame_shape(shape, volume.shape)
    check_room(frame, volume.array.itemsize, "take a smaller frame")
    low, high = np.maximum(start, 0), np.minimum(start + frame, volume.shape)
    if (low >= high).any():
        message = (
            f"the frame from {_text(start)}, {_text(frame)} voxels, lies outside of the "
            f"volume of {_text(volume.shape)}"
        )
        raise GeometryError(message)
    result = np.full(frame, volume.outside, volume.array.dtype)
    inner = tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))
    result[inner] = volume.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    added = 1 - np.prod(high - low) / np.prod(frame)
    notes = (f"Framed: {added:.1%} of the voxels lie beyond the scan, as air.",) if added else ()
    affine, report = _moved(volume.affine, start), volume.report + notes
    return Volume(own(result), affine, report, volume.labels)


def _moved(affine: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The affine of a frame whose voxel 0 is `start` of the old one."""
    moved = np.array(affine)
    moved[:3, 3] += affine[:3, :3] @ start
    return moved


def _place_in(volume: Volume, like: Volume) -> tuple[np.ndarray, np.ndarray]:
    """Start, in voxels of `volume`, and shape of the grid of `like`."""
    start = np.round(volume.to_index(like.origin)).astype(int)
    framed = _moved(volume.affine, start)
    inside = (start <= 0).all() and (start + like.shape >= volume.shape).all()
    if not inside or not same_grid(Volume(like.array, framed), like):
        message = "the volume is no part of the grid of `like`: resample(volume, like=...) first"
        raise GeometryError(message)
    return start, np.array(like.shape)


def _frame_shape(shape: Any, old: tuple[int, ...]) -> np.ndarray:
    given = members(shape)
    words = "a shape is (slice, row, column) or (row, column), whole and above 0"
    sizes = wholes(shape, words, 2 if len(given) == 2 else 3, low=1)
    return np.array([old[0], *sizes] if len(sizes) == 2 else sizes)


def _three(index: Any, name: str) -> np.ndarray:
    return np.array(wholes(index, f"{name} is (slice, row, column), three whole numbers", 3))


def _voxels(margin_mm: Any, spacing: tuple[float, float, float]) -> np.ndarray:
    words = "margin_mm is one length from 0 in mm, or three"
    margin = np.array(reals(margin_mm, words, 3, low=0, spread=True))
    # A margin of 60 voxels stays 60 where two files of one scan differ in the seventh digit.
    return np.array([math.ceil(min(m - 1e-3, 2**31)) for m in margin / spacing])


def _text(numbers: Any) -> str:
    return " x ".join(str(int(n)) for n in numbers)
