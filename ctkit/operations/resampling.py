"""Resample: the same head on another grid.

Grids whose axes are parallel are separable: one small sparse matrix an axis holds the
kernel's weights, and the volume is multiplied by three of them. The field of view stays
where it is, and voxel centres are where they should be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..arguments import choice, members, reals, wholes
from ..errors import GeometryError, ParameterError, UnitError
from ..geometry import orientation_letters
from ..hounsfield import as_finite
from ..room import check_room
from ..threads import for_each
from ..volume import Volume, as_volume, own
from .kernels import KERNELS, averages, axis_weights

if TYPE_CHECKING:
    from scipy import sparse


class _Default(float):
    """A default that is told from the same number by who it is: nobody else passes it."""


_ONE_MM = _Default(1.0)
_GRIDS = ("spacing", "shape", "like")


def resample(
    volume: Volume,
    spacing: float | Sequence[float | None] | None = _ONE_MM,
    *,
    shape: tuple[int, int, int] | None = None,
    like: Volume | None = None,
    kernel: str = "cubic",
    antialias: bool | None = None,
) -> Volume:
    """Resample to another spacing, shape or grid.

    Parameters
    ----------
    volume : Volume
        HU, or a mask or a label map (kernel "nearest" only).
    spacing : float or (slice, row, column) in mm
        The new spacing, exactly: the field of view may change by less than a voxel, half
        of that at each end. None keeps the spacing of an axis: ``(None, 1, 1)``.
    shape : three ints (slice, row, column), optional, instead of `spacing`
        The field of view stays exactly, and the spacing follows.
    like : Volume, optional, instead of `spacing`
        Take the grid of this one. A voxel whose centre lies beyond the scan, where the old
        voxels end, is air.
    kernel : {"cubic", "linear", "area", "nearest"}
        The curve through the old voxels. "cubic" is that of Keys (1981, a = -1/2), which
        overshoots at edges; "linear" are straight lines; "area" are steps, which are
        always averaged; "nearest" are steps that are never averaged.
    antialias : bool, optional
        Along an axis that shrinks, take the mean of the curve over the new voxel and not
        its value at the centre; up to steps of 1.2 old voxels, over a part of it. By
        default True where the kernel and the grid allow it: "nearest" never averages, nor
        does a grid of `like` at an angle to the old one.

    Returns
    -------
    Volume
        int16 (rounded) from int16, float32 from float32, a mask from a mask.

    Raises
    ------
    GeometryError
        For one slice alone along the slice, because nothing is known beside it; and where
        the grid of `like` holds no part of the volume; and where the new grid would be larger
        than any scan, or than the memory of this machine.
    UnitError
        For a mask or a label map, and for NaN or infinities, with another kernel than "nearest".
    ParameterError
        On another kernel, on a spacing or shape that is none, on more than one of spacing,
        shape and like, and on an `antialias` that contradicts the kernel or the grid.

    Notes
    -----
    R. G. Keys, IEEE Trans. Acoustics, Speech, Signal Process. 29 (1981) 1153. Beyond
    the outermost centres, half a voxel at most, the outermost voxel counts.

    Examples
    --------
    >>> scan = Volume.from_spacing(np.zeros((10, 8, 8), np.int16), (2.5, 0.5, 0.5))
    >>> resample(scan, 1)
    Volume 25 x 4 x 4, int16 HU, 1 x 1 x 1 mm (slice, row, column), indices to SPL
    """
    volume = _check(volume, kernel)
    _check_one_grid(spacing is not _ONE_MM, shape is not None, like is not None)
    averaged = averages(kernel, antialias)
    if like is not None:
        return _resample_like(volume, as_volume(like, "like"), kernel, averaged, antialias)
    if shape is None:
        steps = _steps(spacing, volume.spacing)
        sizes = [_size(n / step) for n, step in zip(volume.shape, steps, strict=True)]
    else:
        words = "a shape is three whole numbers above 0 (slice, row, column)"
        sizes = list(wholes(shape, words, 3, low=1))
        steps = [n / size for n, size in zip(volume.shape, sizes, strict=True)]
    # The centre of the field of view stays: it is at (n - 1) / 2 of either grid.
    starts = [
        (n - 1) / 2 - step * (size - 1) / 2
        for n, size, step in zip(volume.shape, sizes, steps, strict=True)
    ]
    return _separable(volume, sizes, steps, starts, kernel, averaged)


def regularize(volume: Volume, kernel: str = "cubic") -> Volume:
    """Take away the shear of a tilted gantry, so that slices lie straight above each other.

    Each slice is moved within its plane, and the frame grows so that nothing is lost.

    Parameters
    ----------
    volume : Volume
        HU, or a mask or a label map (kernel "nearest" only).
    kernel : {"cubic", "linear", "nearest"}

    Returns
    -------
    Volume with perpendicular axes and the same spacing, int16 from int16, float32 from
    float32; `volume` itself where it is not sheared

    Raises
    ------
    ParameterError
        On another kernel.
    UnitError
        For a mask or a label map, and for NaN or infinities, with another kernel than "nearest".
    GeometryError
        Where no two axes are perpendicular to each other.
    """
    volume = _check(volume, kernel, tuple(name for name in KERNELS if name != "area"))
    along = _leaning_axis(volume)
    if along:  # an array whose axes were swapped: the slices come first while it is worked on
        upright = regularize(_with_first(volume, along), kernel)
        return _with_first(upright, along)
    step, down, across = volume.affine[:3, :3].T
    # In-plane shift of each slice against the one below, in rows and columns.
    shear = np.array([step @ down / (down @ down), step @ across / (across @ across)])
    if np.abs(shear * (volume.shape[0] - 1)).max() < 1e-3:
        return volume
    shifts = np.outer(np.arange(volume.shape[0]), shear)
    # Headers are rounded: a thousandth of a voxel beyond a whole one needs no further voxel.
    low = np.floor(shifts.min(axis=0) + 1e-3)
    size = np.ceil(shifts.max(axis=0) - low - 1e-3).astype(int) + volume.shape[1:]
    check_room([volume.shape[0], *size], volume.array.itemsize, "its affine leans too far")
    result = np.full((volume.shape[0], *size), volume.outside, volume.array.dtype)
    for k, shift in enumerate(shifts):
        result[k] = _shifted(volume, k, low - shift, size, kernel)
    affine = np.array(volume.affine)
    affine[:3, 0] = step - shear[0] * down - shear[1] * across
    affine[:3, 3] += low[0] * down + low[1] * across
    degrees = np.degrees(np.arctan(np.hypot(*(shear * volume.spacing[1:])) / volume.spacing[0]))
    filled = 1 - np.prod(volume.shape[1:]) / np.prod(size)
    note = (
        f"Regularized: slices moved within their planes to undo a tilt of {degrees:.1f} deg; "
        f"{filled:.1%} of the grown frame lies beyond the scan, as air."
    )
    return Volume(own(result), affine, (*volume.report, note), volume.labels)


def _leaning_axis(volume: Volume) -> int:
    """Along which axis slices are stacked: the other two are perpendicular to each other."""
    steps = volume.affine[:3, :3].T / np.linalg.norm(volume.affine[:3, :3], axis=0)[:, None]
    planes = {axis: abs(np.delete(steps, axis, axis=0).prod(axis=0).sum()) for axis in range(3)}
    fit = [axis for axis, cosine in planes.items() if cosine <= 1e-4]
    if not fit:
        message = "no two axes are perpendicular to each other: no gantry tilt does that"
        raise GeometryError(message)
    # Where two fit, slices are farther apart than rows and columns.
    return 0 if 0 in fit else max(fit, key=lambda axis: volume.spacing[axis])


def _with_first(volume: Volume, axis: int) -> Volume:
    """A volume with an axis and the first one swapped."""
    array = np.swapaxes(volume.array, 0, axis)
    order = [axis if n == 0 else 0 if n == axis else n for n in range(4)]
    return Volume(array, volume.affine[:, order], volume.report, volume.labels)


def _shifted(
    volume: Volume, k: int, start: np.ndarray, size: np.ndarray, kernel: str
) -> np.ndarray:
    """Slice `k` on a frame whose first voxel is at `start` (row, column) of it."""
    weights = [
        axis_weights(old, int(new), 1.0, first, kernel)
        for old, new, first in zip(volume.shape[1:], size, start, strict=True)
    ]
    if kernel == "nearest":
        rows, columns = (matrix.indices for matrix in weights)
        moved = volume.array[k][np.ix_(rows, columns)]
    else:
        moved = np.empty(size, volume.array.dtype)
        _put(moved, _two_axes(volume.array[k : k + 1], weights[0], _widened(weights[1]))[0])
    for axis in range(2):
        _fill_beyond(moved, axis, start[axis], 1.0, volume.shape[1 + axis], volume.outside)
    return moved


def _separable(
    volume: Volume,
    sizes: Sequence[int],
    steps: Sequence[float],
    starts: Sequence[float],
    kernel: str,
    antialias: bool,
) -> Volume:
    """Resample along the volume's own axes; what lies beyond the scan becomes air."""
    alone = volume.shape[0] == 1
    if alone and not np.allclose((sizes[0], steps[0], starts[0]), (1, 1, 0), atol=1e-3):
        message = (
            "one slice alone can't be resampled across the slice: nothing is known beside it "
            "(spacing=(None, 1, 1) keeps the slice axis)"
        )
        raise GeometryError(message)
    check_room(sizes, volume.array.itemsize, "take a larger spacing, or crop first")
    if kernel != "nearest":  # slices come last, and in between there are all of the old ones
        check_room([volume.shape[0], *sizes[1:]], 4, "take a larger spacing, or crop first")
    weights = [
        axis_weights(n, size, step, start, kernel, antialias)
        for n, size, step, start in zip(volume.shape, sizes, steps, starts, strict=True)
    ]
    if kernel == "nearest":
        result = volume.array[np.ix_(*(matrix.indices for matrix in weights))]
    else:
        result = _multiply(volume.array, weights)
    for axis in range(3):
        _fill_beyond(result, axis, starts[axis], steps[axis], volume.shape[axis], volume.outside)
    change = np.diag([*steps, 1.0])
    change[:3, 3] = starts
    return Volume(own(result), volume.affine @ change, volume.report, volume.labels)


def _multiply(array: np.ndarray, weights: list[sparse.csr_array]) -> np.ndarray:
    """Three sparse matrices, an axis each; the slice axis last, when it is smallest."""
    along, rows, columns = weights[0], weights[1], _widened(weights[2])
    between = np.empty((array.shape[0], rows.shape[0], columns.shape[0]), np.float32)
    result = np.empty((along.shape[0], *between.shape[1:]), array.dtype)

    def within_slices(k: int) -> None:
        # Two at once: fewer turns between the threads; more would not fit the cache.
        between[k : k + 2] = _two_axes(array[k : k + 2], rows, columns)

    def across_slices(row: int) -> None:
        # A few rows at a time, so that no second copy in float32 is needed.
        part = slice(row, row + 16)
        flat = between[:, part].reshape(len(between), -1)
        _put(result[:, part], (along @ flat).reshape(len(result), -1, between.shape[2]))

    for_each(within_slices, range(0, len(between), 2))
    for_each(across_slices, range(0, between.shape[1], 16))
    return result


def _two_axes(
    pictures: np.ndarray, rows: sparse.csr_array, columns: sparse.csr_array
) -> np.ndarray:
    """Weights of rows and of columns (`_widened`) on a few slices."""
    count, height, width = pictures.shape
    wide = np.zeros((height, count, columns.shape[1]), np.float32)
    wide[..., :width] = pictures.swapaxes(0, 1)
    half = (rows @ wide.reshape(height, -1)).reshape(-1, count, columns.shape[1])
    turned = np.ascontiguousarray(half.transpose(2, 1, 0)).reshape(columns.shape[1], -1)
    return (columns @ turned).reshape(-1, count, len(half)).transpose(1, 2, 0)


def _widened(columns: sparse.csr_array) -> sparse.csr_array:
    """The weights for rows with four zeros more at their ends.

    Rows of 512 floats all fall on the same places of the cache, and to transpose them took six
    times as long.
    """
    size = columns.shape[0], columns.shape[1] + 4
    return type(columns)((columns.data, columns.indices, columns.indptr), shape=size)


def _put(target: np.ndarray, values: np.ndarray) -> None:
    """Values into `target`: of floats, in int16, the nearest integers; changes `values`."""
    if target.dtype != values.dtype:
        np.rint(np.clip(values, -32768, 32767, out=values), out=values)
    target[...] = values


def _resample_like(
    volume: Volume, like: Volume, kernel: str, averaged: bool, antialias: bool | None
) -> Volume:
    matching = volume.reorient(orientation_letters(like.affine))
    change = np.linalg.inv(matching.affine) @ like.affine
    steps = np.diag(change)[:3]
    apart = np.abs(change[:3, :3] - np.diag(steps)) @ np.array(like.shape)
    if apart.max() > 1e-3:
        if antialias:
            message = "antialias=True needs parallel axes, and these are at an angle: leave it away"
            raise ParameterError(message)
        return _oblique(volume, like, kernel)
    _check_overlap(matching, like, steps, change[:3, 3])
    return _separable(matching, like.shape, tuple(steps), tuple(change[:3, 3]), kernel, averaged)


def _oblique(volume: Volume, like: Volume, kernel: str) -> Volume:
    """A grid at an angle to this one: a sample at each new centre, nothing widened."""
    from scipy import ndimage

    if kernel == "area":
        message = "kernel 'area' needs parallel axes; these are at an angle: 'linear' or 'cubic'"
        raise ParameterError(message)
    if volume.shape[0] == 1:
        message = "one slice alone can't be resampled at an angle to it"
        raise GeometryError(message)
    check_room(like.shape, volume.array.itemsize, "take a smaller grid for like")
    change = np.linalg.inv(volume.affine) @ like.affine
    order = {"nearest": 0, "linear": 1, "cubic": 3}[kernel]
    source = volume.array if order == 0 else volume.array.astype(np.float32)
    if order == 3:
        source = ndimage.spline_filter(source, 3, output=np.float32, mode="nearest")
    result = np.empty(like.shape, volume.array.dtype)
    plane = np.stack(np.meshgrid(*map(np.arange, like.shape[1:]), indexing="ij"))
    across = np.tensordot(change[:3, 1:3], plane, 1) + change[:3, 3, None, None]
    sizes = np.array(volume.shape)[:, None, None]
    found = False
    for k in range(like.shape[0]):
        where = across + (change[:3, 0] * k)[:, None, None]
        values = ndimage.map_coordinates(
            source, where, order=order, mode="nearest", prefilter=False
        )
        outside = _beyond(where, sizes).any(axis=0)
        found = found or not outside.all()
        values[outside] = volume.outside
        _put(result[k], values)
    if not found:
        _refuse_far(volume, like)
    return Volume(own(result), like.affine, volume.report, volume.labels)


def _check_overlap(volume: Volume, like: Volume, steps: np.ndarray, starts: np.ndarray) -> None:
    """Refuse a grid, parallel to this one, of which no voxel would be more than air."""
    for size, new_size, step, start in zip(volume.shape, like.shape, steps, starts, strict=True):
        if _beyond(start + step * np.arange(new_size), size).all():
            _refuse_far(volume, like)


def _refuse_far(volume: Volume, like: Volume) -> NoReturn:
    middles = (np.round(v.to_world((np.array(v.shape) - 1) / 2)).tolist() for v in (volume, like))
    here, there = (", ".join(f"{mm:g}" for mm in middle) for middle in middles)
    message = (
        f"the grid of like holds no part of the volume: it has its middle at ({there}) mm, and "
        f"the volume at ({here}) mm (x, y, z); no centre of its voxels lies within the volume"
    )
    raise GeometryError(message)


def _fill_beyond(
    array: np.ndarray, axis: int, start: float, step: float, size: int, fill: float
) -> None:
    """Set what lies beyond the old voxels to air."""
    outside = _beyond(start + step * np.arange(array.shape[axis]), size)
    if outside.any():
        array[(slice(None),) * axis + (outside,)] = fill


def _beyond(centres: np.ndarray, size: int | np.ndarray) -> np.ndarray:
    """Which new centres lie beyond the old voxels, which end half a voxel beyond their centres.

    This is the one rule, whatever the new spacing and the angle: a new voxel, however large, is
    inside where its centre is.
    """
    return (centres < -0.5 - 1e-6) | (centres > size - 0.5 + 1e-6)


def _size(length: float) -> int:
    """How many new voxels come nearest to a length of so many; a half is rounded down.

    Two files of one scan, such as its image and a mask, often differ in the seventh digit of the
    spacing. So the line is drawn a little above the half, where no round numbers fall.
    """
    return max(1, math.ceil(min(length, 1e18) - 0.5 - 3.5e-4))


# ---- checks


def _check(volume: Volume, kernel: str, kernels: Sequence[str] = KERNELS) -> Volume:
    volume, kernel = as_volume(volume), choice(kernel, "kernel", kernels)
    if (volume.is_mask or volume.is_labels) and kernel != "nearest":
        what = "mask" if volume.is_mask else "label map"
        message = f"a {what} can only be resampled with kernel='nearest', not {kernel!r}"
        raise UnitError(message)
    if kernel != "nearest":
        as_finite(volume.array, "volume")
    return volume


def _check_one_grid(*given: bool) -> None:
    names = [name for name, is_given in zip(_GRIDS, given, strict=True) if is_given]
    if len(names) > 1:
        message = f"{' and '.join(names)} each name a grid: resample takes one of them"
        raise ParameterError(message)


def _steps(spacing: Any, old: tuple[float, float, float]) -> list[float]:
    """New spacing over old one, an axis each."""
    wanted = [None] * 3 if spacing is None else members(spacing)
    if len(wanted) == 3:
        spacing = [was if new is None else new for new, was in zip(wanted, old, strict=True)]
    words = "spacing is one length above 0 in mm, or three with None to keep"
    lengths = reals(spacing, words, 3, above=0, spread=True)
    return [max(new / was, 1e-300) for new, was in zip(lengths, old, strict=True)]
