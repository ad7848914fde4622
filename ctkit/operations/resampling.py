"""Resample: the same head on another grid.

Grids whose axes are parallel are separable: one small sparse matrix an axis holds the
kernel's weights, and the volume is multiplied by three of them. The field of view stays
where it is, and voxel centres are where they should be.
"""

import numpy as np

from ..errors import GeometryError, ParameterError, UnitError
from ..geometry import orientation_letters
from ..hounsfield import AIR
from ..threads import for_each
from ..volume import Volume
from .kernels import KERNELS, axis_weights


def resample(volume, spacing=1.0, *, shape=None, like=None, kernel="cubic", antialias=True):
    """Resample to another spacing, shape or grid.

    Parameters
    ----------
    volume : Volume
        HU, or a mask (kernel "nearest" only).
    spacing : float or (slice, row, column) in mm
        Exact, so the field of view may change by less than a voxel, half at each end.
        None keeps that of an axis: ``(None, 1, 1)``.
    shape : three ints (slice, row, column), optional, instead of `spacing`
        The field of view stays exactly, and the spacing follows.
    like : Volume, optional, instead of `spacing`
        Take this one's grid. What lies beyond the scan is air.
    kernel : {"cubic", "linear", "area", "nearest"}
        The curve through the old voxels: Keys' cubic (1981, a = -1/2), which overshoots
        at edges; straight lines; steps, always averaged; or steps, never averaged.
    antialias : bool
        Along an axis that shrinks, take the mean of the curve over the new voxel, not
        its value at the centre; up to steps of 1.2 old voxels, over part of it.

    Returns
    -------
    Volume
        int16 (rounded) from int16, float32 from float32, a mask from a mask.

    Raises
    ------
    GeometryError
        For one slice alone along the slice: nothing is known beside it.
    UnitError
        For a mask with another kernel than "nearest".
    ParameterError
        On another kernel, or a spacing or shape that is none.

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
    _check(volume, kernel)
    if like is not None:
        return _resample_like(volume, like, kernel, antialias)
    if shape is None:
        steps = _steps(spacing, volume.spacing)
        sizes = [max(1, round(n / step)) for n, step in zip(volume.shape, steps, strict=True)]
    else:
        sizes = _sizes(shape)
        steps = [n / size for n, size in zip(volume.shape, sizes, strict=True)]
    # The centre of the field of view stays: it is at (n - 1) / 2 of either grid.
    starts = [
        (n - 1) / 2 - step * (size - 1) / 2
        for n, size, step in zip(volume.shape, sizes, steps, strict=True)
    ]
    return _separable(volume, sizes, steps, starts, kernel, antialias)


def regularize(volume, kernel="cubic"):
    """Take the shear of a tilted gantry away: slices straight above each other.

    Each slice is moved within its plane, by less than a voxel after whole ones; the
    frame grows so that nothing is lost.

    Parameters
    ----------
    volume : Volume
        HU, or a mask (kernel "nearest" only).
    kernel : {"cubic", "linear", "nearest"}

    Returns
    -------
    Volume with perpendicular axes and the same spacing, int16 from int16, float32 from
    float32; `volume` itself where it is not sheared. Rows or columns that were
    not perpendicular to each other are refused.

    Raises
    ------
    GeometryError
        Where rows and columns are not perpendicular.
    """
    _check(volume, kernel)
    step, down, across = volume.affine[:3, :3].T
    if abs(down @ across) > 1e-4 * np.linalg.norm(down) * np.linalg.norm(across):
        message = "rows and columns are not perpendicular: no gantry tilt does that"
        raise GeometryError(message)
    # In-plane shift of each slice against the one below, in rows and columns.
    shear = np.array([step @ down / (down @ down), step @ across / (across @ across)])
    if np.abs(shear * (volume.shape[0] - 1)).max() < 1e-3:
        return volume
    shifts = np.outer(np.arange(volume.shape[0]), shear)
    low = np.floor(shifts.min(axis=0) + 1e-6)
    size = np.ceil(shifts.max(axis=0) - low - 1e-6).astype(int) + volume.shape[1:]
    result = np.full((volume.shape[0], *size), _fill(volume), volume.array.dtype)
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
    return Volume(result, affine, (*volume.report, note))


def _shifted(volume, k, start, size, kernel):
    """Slice `k` on a frame whose first voxel is at `start` (row, column) of it."""
    weights = [
        axis_weights(old, new, 1.0, first, kernel)
        for old, new, first in zip(volume.shape[1:], size, start, strict=True)
    ]
    if kernel == "nearest":
        rows, columns = (matrix.indices for matrix in weights)
        moved = volume.array[k][np.ix_(rows, columns)]
    else:
        moved = np.empty(size, volume.array.dtype)
        _put(moved, _two_axes(volume.array[k : k + 1], weights[0], _widened(weights[1]))[0])
    for axis in range(2):
        _fill_beyond(moved, axis, start[axis], 1.0, volume.shape[1 + axis], _fill(volume))
    return moved


def _separable(volume, sizes, steps, starts, kernel, antialias):
    """Resample along the volume's own axes; what lies beyond the scan becomes air."""
    if volume.shape[0] == 1 and (sizes[0], steps[0], starts[0]) != (1, 1, 0):
        message = (
            "one slice alone can't be resampled along the slice: nothing is known beside it "
            "(spacing=(None, 1, 1) keeps the slice axis)"
        )
        raise GeometryError(message)
    weights = [
        axis_weights(n, size, step, start, kernel, antialias)
        for n, size, step, start in zip(volume.shape, sizes, steps, starts, strict=True)
    ]
    if kernel == "nearest":
        result = volume.array[np.ix_(*(matrix.indices for matrix in weights))]
    else:
        result = _multiply(volume.array, weights)
    for axis in range(3):
        _fill_beyond(result, axis, starts[axis], steps[axis], volume.shape[axis], _fill(volume))
    change = np.diag([*steps, 1.0])
    change[:3, 3] = starts
    return Volume(result, volume.affine @ change, volume.report)


def _multiply(array, weights):
    """Three sparse matrices, an axis each; the slice axis last, when it is smallest."""
    along, rows, columns = weights[0], weights[1], _widened(weights[2])
    between = np.empty((array.shape[0], rows.shape[0], columns.shape[0]), np.float32)
    result = np.empty((along.shape[0], *between.shape[1:]), array.dtype)

    def within_slices(k):
        # Two at once: fewer turns between the threads; more would not fit the cache.
        between[k : k + 2] = _two_axes(array[k : k + 2], rows, columns)

    def across_slices(row):
        # A few rows at a time, so that no second copy in float32 is needed.
        part = slice(row, row + 16)
        flat = between[:, part].reshape(len(between), -1)
        _put(result[:, part], (along @ flat).reshape(len(result), -1, between.shape[2]))

    for_each(within_slices, range(0, len(between), 2))
    for_each(across_slices, range(0, between.shape[1], 16))
    return result


def _two_axes(pictures, rows, columns):
    """Weights of rows and of columns (`_widened`) on a few slices."""
    count, height, width = pictures.shape
    wide = np.zeros((height, count, columns.shape[1]), np.float32)
    wide[..., :width] = pictures.swapaxes(0, 1)
    half = (rows @ wide.reshape(height, -1)).reshape(-1, count, columns.shape[1])
    turned = np.ascontiguousarray(half.transpose(2, 1, 0)).reshape(columns.shape[1], -1)
    return (columns @ turned).reshape(-1, count, len(half)).transpose(1, 2, 0)


def _widened(columns):
    """The weights for rows with four zeros more at their ends.

    Rows of 512 floats all fall on the same places of the cache, and to transpose them took six
    times as long.
    """
    size = columns.shape[0], columns.shape[1] + 4
    return type(columns)((columns.data, columns.indices, columns.indptr), shape=size)


def _put(target, values):
    """Values into `target`: of floats, in int16, the nearest integers; changes `values`."""
    if target.dtype != values.dtype:
        np.rint(np.clip(values, -32768, 32767, out=values), out=values)
    target[...] = values


def _resample_like(volume, like, kernel, antialias):
    matching = volume.reorient(orientation_letters(like.affine))
    change = np.linalg.inv(matching.affine) @ like.affine
    steps = np.diag(change)[:3]
    apart = np.abs(change[:3, :3] - np.diag(steps)) @ np.array(like.shape)
    if apart.max() > 1e-3:
        return _oblique(volume, like, kernel)
    return _separable(matching, like.shape, tuple(steps), tuple(change[:3, 3]), kernel, antialias)


def _oblique(volume, like, kernel):
    """A grid at an angle to this one: a sample at each new centre, nothing widened."""
    from scipy import ndimage

    if kernel == "area":
        message = "kernel 'area' needs parallel axes; these are at an angle: 'linear' or 'cubic'"
        raise ParameterError(message)
    if volume.shape[0] == 1:
        message = "one slice alone can't be resampled at an angle to it"
        raise GeometryError(message)
    change = np.linalg.inv(volume.affine) @ like.affine
    order = {"nearest": 0, "linear": 1, "cubic": 3}[kernel]
    source = volume.array if order == 0 else volume.array.astype(np.float32)
    if order == 3:
        source = ndimage.spline_filter(source, 3, output=np.float32, mode="nearest")
    result = np.empty(like.shape, volume.array.dtype)
    plane = np.stack(np.meshgrid(*map(np.arange, like.shape[1:]), indexing="ij"))
    across = np.tensordot(change[:3, 1:3], plane, 1) + change[:3, 3, None, None]
    for k in range(like.shape[0]):
        where = across + (change[:3, 0] * k)[:, None, None]
        values = ndimage.map_coordinates(
            source, where, order=order, mode="nearest", prefilter=False
        )
        ends = np.array(volume.shape)[:, None, None] - 0.5
        values[((where < -0.5) | (where > ends)).any(axis=0)] = _fill(volume)
        _put(result[k], values)
    return Volume(result, like.affine, volume.report)


def _fill_beyond(array, axis, start, step, size, fill):
    """Set what lies more than half a voxel of the new grid beyond the old one to air."""
    centres = start + step * np.arange(array.shape[axis])
    slack = max(0.5, step / 2) + 1e-6
    outside = (centres < -slack) | (centres > size - 1 + slack)
    if outside.any():
        array[(slice(None),) * axis + (outside,)] = fill


# What a voxel adds to the integral of the curve from 0 to x >= 0.


def _fill(volume):
    return False if volume.is_mask else AIR


def _check(volume, kernel):
    if kernel not in KERNELS:
        message = f"kernel is one of {', '.join(KERNELS)}; not {kernel!r}"
        raise ParameterError(message)
    if volume.is_mask and kernel != "nearest":
        message = f"a mask can only be resampled with kernel='nearest', not {kernel!r}"
        raise UnitError(message)


def _steps(spacing, old):
    """New spacing over old one, an axis each."""
    wanted = list(spacing) if np.ndim(spacing) else [spacing] * 3
    try:
        wanted = [was if new is None else float(new) for new, was in zip(wanted, old, strict=True)]
        usable = all(np.isfinite(new) and new > 0 for new in wanted)
    except (TypeError, ValueError):
        usable = False
    if not usable:
        message = f"spacing is one length above 0 in mm, or three with None to keep: {spacing!r}"
        raise ParameterError(message)
    return [new / was for new, was in zip(wanted, old, strict=True)]


def _sizes(shape):
    sizes = np.atleast_1d(shape)
    if sizes.shape != (3,) or sizes.dtype.kind not in "iu" or (sizes < 1).any():
        message = f"a shape is three whole numbers above 0 (slice, row, column), not {shape!r}"
        raise ParameterError(message)
    return [int(size) for size in sizes]
