"""HU between voxels, linear: the reference of the browser's ``widgets/view/sampling.js``."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt


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
    # Faces are met by rounding too: an affine and its inverse are not exact.
    inside = ((places >= -0.5001) & (places <= ends + 0.5001)).all(axis=-1)
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
    return np.where(inside, total, np.nan)
