"""Crop, pad and center: other frames around the same voxels.

Voxels are copied, never resampled. The affine follows, so that every landmark keeps
its millimetres; what a frame holds beyond the scan is air (-1000 HU), never 0, which
is water.
"""

import math

import numpy as np

from ..errors import GeometryError, ParameterError, UnitError
from ..hounsfield import AIR
from ..volume import Volume, same_grid


def bounding_box(mask):
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
    if not mask.is_mask:
        message = f"a mask is a Volume of bool; this one holds {mask.array.dtype} (try `> 0`)"
        raise UnitError(message)
    ends = []
    for axis in range(3):
        others = tuple(i for i in range(3) if i != axis)
        ends.append(np.flatnonzero(mask.array.any(axis=others)))
        if not ends[-1].size:
            message = "the mask is empty: there is nothing to crop to or to center"
            raise ParameterError(message)
    return np.array([e[0] for e in ends]), np.array([e[-1] + 1 for e in ends])


def crop(volume, mask, margin_mm=0):
    """The smallest box around a mask, with a margin.

    Parameters
    ----------
    volume : Volume
        HU, or a mask.
    mask : Volume of bool, on the grid of `volume`
    margin_mm : float or (slice, row, column) of floats
        Kept on all sides, rounded up to whole voxels, and cut at the volume's ends
        (the report then says so).

    Returns
    -------
    Volume of the same type, a view into `volume`

    Raises
    ------
    ParameterError
        On an empty mask, or a margin below 0.
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
    _check_mask(volume, mask)
    start, stop = bounding_box(mask)
    margin = _voxels(margin_mm, volume.spacing)
    inside_start = np.maximum(start - margin, 0)
    inside_stop = np.minimum(stop + margin, volume.shape)
    cut = (inside_start > start - margin).any() or (inside_stop < stop + margin).any()
    notes = ("Cropped: the margin was cut at the volume's ends.",) if cut else ()
    return crop_box(volume, inside_start, inside_stop, *notes)


def crop_box(volume, start, stop, *notes):
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
    GeometryError
        On a box that is empty or reaches outside of the volume.
    """
    start, stop = np.asarray(start, dtype=int), np.asarray(stop, dtype=int)
    if (start < 0).any() or (stop > volume.shape).any() or (start >= stop).any():
        message = (
            f"the box from {_text(start)} to {_text(stop)} is empty or reaches outside of "
            f"the volume of {_text(volume.shape)}"
        )
        raise GeometryError(message)
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    return Volume(volume.array[box], _moved(volume.affine, start), volume.report + notes)


def pad(volume, shape=None, *, like=None):
    """Put a volume into the middle of a larger frame of air.

    Parameters
    ----------
    volume : Volume
        HU, or a mask.
    shape : three ints (slice, row, column), or two (row, column)
        Of the frame. Two keep the number of slices. Where the difference is odd, the
        extra voxel stands at the end.
    like : Volume, optional, instead of `shape`
        Pad to this one's grid, of which `volume` is a part: undoes a crop.

    Returns
    -------
    Volume of the same type; air is -1000 HU, and False in a mask

    Raises
    ------
    GeometryError
        Where the volume is larger than the frame, or no part of the grid of `like`.

    Examples
    --------
    >>> scan = Volume.from_spacing(np.zeros((2, 3, 3), np.int16), (5, 1, 1))
    >>> pad(scan, (4, 4)).array[0, :, 0]
    array([    0,     0,     0, -1000], dtype=int16)
    """
    if (shape is None) == (like is None):
        message = "pad takes a shape, or like=: one of the two"
        raise ParameterError(message)
    if like is not None:
        framed = reframe(volume, *_place_in(volume, like))
        return Volume(framed.array, like.affine, framed.report)
    shape = _frame_shape(shape, volume.shape)
    room = shape - volume.shape
    if (room < 0).any():
        message = (
            f"the volume of {_text(volume.shape)} is larger than the frame of {_text(shape)}: "
            "crop it first, or resample it"
        )
        raise GeometryError(message)
    return reframe(volume, -(room // 2), shape)


def center(volume, mask, shape):
    """A frame with the mask's box in its middle.

    Parameters
    ----------
    volume : Volume
        HU, or a mask.
    mask : Volume of bool, on the grid of `volume`
    shape : three ints (slice, row, column), or two (row, column)
        Of the frame. Two keep the slices as they are.

    Returns
    -------
    Volume of the same type. What lies beyond the scan is air, and the report says how
    much of the frame that is; voxels outside of the frame are gone.

    Raises
    ------
    ParameterError
        On an empty mask.
    GeometryError
        Where the mask lies on another grid, or is larger than the frame.
    """
    _check_mask(volume, mask)
    start, stop = bounding_box(mask)
    frame = _frame_shape(shape, volume.shape)
    keep_slices = np.size(shape) == 2
    if keep_slices:
        start[0], stop[0] = 0, volume.shape[0]
    if (stop - start > frame).any():
        message = (
            f"what the mask holds is {_text(stop - start)}, larger than the frame of "
            f"{_text(frame)}: take a larger shape, or resample first"
        )
        raise GeometryError(message)
    return reframe(volume, (start + stop) // 2 - frame // 2, frame)


def reframe(volume, start, shape):
    """The voxels of a frame that may reach beyond the volume, where it is air.

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
    start, shape = np.asarray(start, dtype=int), np.asarray(shape, dtype=int)
    low, high = np.maximum(start, 0), np.minimum(start + shape, volume.shape)
    if (low >= high).any():
        message = (
            f"the frame from {_text(start)}, {_text(shape)} voxels, lies outside of the "
            f"volume of {_text(volume.shape)}"
        )
        raise GeometryError(message)
    result = np.full(shape, False if volume.is_mask else AIR, volume.array.dtype)
    inner = tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))
    result[inner] = volume.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    added = 1 - np.prod(high - low) / np.prod(shape)
    notes = (f"Framed: {added:.1%} of the voxels lie beyond the scan, as air.",) if added else ()
    return Volume(result, _moved(volume.affine, start), volume.report + notes)


def _moved(affine, start):
    """The affine of a frame whose voxel 0 is `start` of the old one."""
    moved = np.array(affine)
    moved[:3, 3] += affine[:3, :3] @ np.asarray(start, dtype=np.float64)
    return moved


def _place_in(volume, like):
    """Start, in voxels of `volume`, and shape of the grid of `like`."""
    start = np.round(volume.to_index(like.origin)).astype(int)
    framed = _moved(volume.affine, start)
    inside = (start <= 0).all() and (start + like.shape >= volume.shape).all()
    if not inside or not same_grid(Volume(like.array, framed), like):
        message = "the volume is no part of the grid of `like`: resample(volume, like=...) first"
        raise GeometryError(message)
    return start, np.array(like.shape)


def _frame_shape(shape, old):
    sizes = np.atleast_1d(shape)
    if sizes.size == 2:
        sizes = np.array([old[0], *sizes])
    if sizes.shape != (3,) or sizes.dtype.kind not in "iu" or (sizes < 1).any():
        message = f"a shape is (slice, row, column) or (row, column), whole and above 0: {shape!r}"
        raise ParameterError(message)
    return sizes


def _voxels(margin_mm, spacing):
    margin = np.asarray(margin_mm, dtype=np.float64)
    if margin.shape not in ((), (3,)) or not np.isfinite(margin).all() or (margin < 0).any():
        message = f"margin_mm is one length from 0 in mm, or three; not {margin_mm!r}"
        raise ParameterError(message)
    # A margin of 3 voxels stays 3, whatever 3 * 0.1 / 0.1 is in floating point.
    return np.array([math.ceil(m - 1e-6) for m in np.broadcast_to(margin / spacing, 3)])


def _check_mask(volume, mask):
    if not same_grid(volume, mask):
        message = (
            f"the mask ({_text(mask.shape)}) lies on another grid than the volume "
            f"({_text(volume.shape)}): make it from this volume, or resample it with like="
        )
        raise GeometryError(message)


def _text(numbers):
    return " x ".join(str(int(n)) for n in numbers)
