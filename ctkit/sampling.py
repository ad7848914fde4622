"""HU between voxels, linear: the reference of the browser's ``widgets/view/sampling.js``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np
import numpy.typing as npt

from .geometry import PlaneLayout, Stack, apply_affine, leans, slab_offsets, step_of

#: What a sampled plane holds where the volume has no voxel; NaN is a voxel that is no number.
NOTHING = -np.inf


def sample(array: npt.ArrayLike, index: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Values at places between voxels, linear along each axis.

    Parameters
    ----------
    array : (slice, row, column) array-like
    index : (..., 3) array-like
        Places as indices, fractions too.

    Returns
    -------
    (...) ndarray of float64
        NaN outside of the outermost voxels' faces; within them, beyond the outermost
        centres, the outermost voxel counts.

    Examples
    --------
    >>> sample(np.arange(4.0).reshape(1, 1, 4), [[0, 0, 1.25], [0, 0, -0.4], [0, 0, 9]])
    array([1.25, 0.  ,  nan])
    """
    values, places = np.asarray(array), np.asarray(index, np.float64)
    ends = np.array(values.shape) - 1
    whole = np.floor(places + 0.5)
    near = np.where(np.abs(places - whole) < 1e-4, whole, places).clip(0, ends)
    low = np.minimum(np.floor(near).astype(np.intp), np.maximum(ends - 1, 0))
    part = near - low
    total = np.zeros(places.shape[:-1])
    # Eight neighbours are gathered, so that no copy of a large array is made.
    for corner in product((0, 1), repeat=3):
        weight = np.where(corner, part, 1 - part).prod(axis=-1)
        voxel = np.moveaxis(np.minimum(low + corner, ends), -1, 0)
        total += np.where(weight, weight * values[tuple(voxel)], 0)
    return np.where(is_inside(values.shape, places), total, np.nan)


def is_inside(shape: tuple[int, ...], index: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Whether places, as indices (..., 3), lie within the outermost voxels' faces."""
    # Faces are met by rounding too: an affine and its inverse are not exact.
    inside = (index >= -0.5001) & (index <= np.array(shape) - 0.4999)
    return np.asarray(inside.all(axis=-1))


def plane_of(
    array: npt.ArrayLike,
    affine: npt.ArrayLike,
    stack: Stack,
    index: int,
    *,
    nearest: bool = False,
) -> npt.NDArray[np.generic]:
    """One plane of a volume as a picture: rows downwards, as radiology shows it.

    Parameters
    ----------
    array : (slice, row, column) array-like
    affine : (4, 4) array-like, of the array
    stack : Stack
        Of the array itself, or of another volume.
    index : int
        Of the plane in the stack.
    nearest : bool
        Whether the nearest voxel counts, and nothing lies between two.

    Returns
    -------
    (row, column) ndarray
        Of a stack that is not resampled a view of the voxels; else float32, linear between
        the voxels, `NOTHING` outside of the volume, and NaN beside a voxel that is no finite
        number. Of bool it is bool, True from a half. Of a stack with a thickness it is the
        projection of all planes of the slab, as `project` makes it; of bool, what is True in
        any of them, and of the nearest voxels, which are labels, the highest.
    """
    values = np.asarray(array)
    if stack.thickness:
        projection = "max" if values.dtype == bool or nearest else stack.projection
        return project(_slab_of(values, affine, stack, index, nearest=nearest), projection)
    if not stack.resampled:
        return fill_plane(values, stack.layout, index)
    change = np.linalg.inv(np.asarray(affine, np.float64)) @ stack.affine
    places = apply_affine(change, places_of(stack, index))
    return sample_plane(values, _whole(places) if nearest else places)


def _whole(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The nearest voxels; the small number keeps rounding from choosing between two as near."""
    return np.floor(places + 0.5 + 1e-6)


def fill_plane(
    array: npt.NDArray[np.generic], layout: PlaneLayout, index: int
) -> npt.NDArray[np.generic]:
    """A plane of an array's own, laid out as a picture: a view."""
    picture = array[(slice(None),) * layout.axis + (index,)]
    picture = picture if layout.down < layout.across else picture.T
    rows = slice(None, None, -1 if layout.flip_down else 1)
    columns = slice(None, None, -1 if layout.flip_across else 1)
    return picture[rows, columns]


def _slab_of(
    values: npt.NDArray[np.generic],
    affine: npt.ArrayLike,
    stack: Stack,
    index: int,
    *,
    nearest: bool,
) -> Iterator[npt.NDArray[np.generic]]:
    """The planes of a slab, each as a picture."""
    offsets = slab_offsets(stack, values.shape, affine, index)
    if not stack.resampled and not leans(stack):
        for offset in offsets:
            yield _without_infinities(fill_plane(values, stack.layout, index + offset))
        return
    back = np.linalg.inv(np.asarray(affine, np.float64))
    places = apply_affine(back @ stack.affine, places_of(stack, index))
    step = back[:3, :3] @ step_of(stack)
    # A second volume may have nothing in all of the slab.
    for offset in offsets or range(1):
        there = places + offset * step
        yield sample_plane(values, _whole(there) if nearest else there)


def _without_infinities(picture: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """A picture in which an infinity is no number either: one of them means `NOTHING`."""
    if picture.dtype.kind != "f":
        return picture
    return np.where(np.isfinite(picture), picture, np.float32(np.nan))


def project(
    pictures: Iterable[npt.NDArray[np.generic]], projection: str
) -> npt.NDArray[np.generic]:
    """What a slab shows of its pictures: the highest, the lowest or the mean value of a pixel.

    Parameters
    ----------
    pictures : one or more (row, column) ndarrays
        `NOTHING` where a picture has nothing: there the others count.
    projection : {"max", "min", "mean"}

    Returns
    -------
    (row, column) ndarray
        Of the type of the pictures; a mean is float32. NaN where one of the pictures has NaN.

    Examples
    --------
    >>> project([np.array([[1.0, NOTHING]]), np.array([[5.0, 3.0]])], "min")
    array([[1., 3.]])
    """
    if projection == "mean":
        return _mean(pictures)
    better = np.maximum if projection == "max" else np.minimum
    worst = np.inf if projection == "min" else NOTHING
    best: npt.NDArray[np.generic] | None = None
    for picture in pictures:
        if picture.dtype.kind == "f":
            picture = np.where(picture == NOTHING, picture.dtype.type(worst), picture)
        best = picture.copy() if best is None else better(best, picture, out=best)
    if best is None:
        message = "a slab has one picture at least"
        raise ValueError(message)
    if best.dtype.kind == "f":
        best[best == worst] = NOTHING
    return best


def _mean(pictures: Iterable[npt.NDArray[np.generic]]) -> npt.NDArray[np.float32]:
    """The mean of the pictures that have something at a pixel."""
    total: npt.NDArray[np.float64] = np.zeros(())
    count = np.int64(0)
    for picture in pictures:
        # Whole numbers are there everywhere, which is much faster.
        there = picture != NOTHING if picture.dtype.kind == "f" else np.True_
        total = np.add(total, picture if there is np.True_ else np.where(there, picture, 0))
        count = count + there
    with np.errstate(invalid="ignore"):
        mean = total / np.maximum(count, 1)
    return np.where(count, mean, NOTHING).astype(np.float32)


def places_of(stack: Stack, index: int) -> npt.NDArray[np.float64]:
    """Where the pixels of a plane are, as indices of the stack: (row, column, 3)."""
    layout, shape = stack.layout, stack.shape
    places = np.zeros((shape[layout.down], shape[layout.across], 3))
    places[..., layout.axis] = index
    for axis, flip, turn in (
        (layout.down, layout.flip_down, (-1, 1)),
        (layout.across, layout.flip_across, (1, -1)),
    ):
        along = np.arange(shape[axis])
        places[..., axis] = (along[::-1] if flip else along).reshape(turn)
    return places


def sample_plane(
    values: npt.NDArray[np.generic], places: npt.NDArray[np.float64]
) -> npt.NDArray[np.generic]:
    """A picture of the values at indices, as `plane_of` tells it."""
    with np.errstate(invalid="ignore"):
        found = sample(values, places)
    if values.dtype == bool:
        return found >= 0.5
    found = np.where(np.isfinite(found), found, np.nan)
    return np.where(is_inside(values.shape, places), found, NOTHING).astype(np.float32)


def difference_of(
    first: npt.ArrayLike,
    first_affine: npt.ArrayLike,
    second: npt.ArrayLike,
    second_affine: npt.ArrayLike,
    stack: Stack,
    index: int,
) -> npt.NDArray[np.float32]:
    """Second minus first on a plane of the first's stack, as a picture.

    Linear between the voxels of the second; `NOTHING` where one of the two has nothing.

    Returns
    -------
    (row, column) ndarray of float32
    """
    before = plane_of(first, first_affine, stack, index)
    after = plane_of(second, second_affine, stack._replace(resampled=True), index)
    nothing = (before == NOTHING) | (after == NOTHING)
    with np.errstate(invalid="ignore"):
        difference = after.astype(np.float64) - before.astype(np.float64)
    return np.where(nothing, NOTHING, difference).astype(np.float32)
