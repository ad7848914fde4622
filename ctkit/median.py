"""The median of 3 x 3 (x 3) voxels by a selection network over whole planes.

No voxel is looked at alone: `numpy.minimum` and `numpy.maximum` compare whole planes,
which keeps int16 and is many times faster than a sort at each voxel.
"""

from itertools import product

import numpy as np

from .parallel import for_each

_ROWS = 128  # at a time, so that the planes of the network stay in the cache


def median_of_3(array, axes):
    """Median of each voxel and its neighbours along `axes`; the ends are repeated.

    Parameters
    ----------
    array : (slice, row, column) array of int16 or float32
    axes : (1, 2) for 3 x 3, or (0, 1, 2) for 3 x 3 x 3

    Returns
    -------
    array of the same type, equal to that of ``scipy.ndimage.median_filter(mode="nearest")``
    """
    result = np.empty_like(array)
    starts, width = range(0, array.shape[1], _ROWS), array.shape[2] + 2

    def work(place):
        k, row = place
        slices = [max(k - 1, 0), k, min(k + 1, len(array) - 1)] if 0 in axes else [k]
        stop = min(row + _ROWS, array.shape[1])
        rows = np.clip(np.arange(row - 1, stop + 1), 0, array.shape[1] - 1)
        # Flat, as shifted rows of a flat plane lie in one piece: that is twice as fast.
        planes = [np.pad(array[i][rows], ((0, 0), (1, 1)), mode="edge").ravel() for i in slices]
        flat = np.empty((stop - row) * width, array.dtype)
        flat[:-2] = _median_of(_candidates(planes, width))
        result[k, row:stop] = flat.reshape(-1, width)[:, :-2]

    for_each(work, product(range(len(array)), starts))
    return result


def _candidates(planes, width):
    """Sort along slices, rows and columns in turn, and keep what can be the median.

    Afterwards the value of rank (i, j, k) is no smaller than (i + 1)(j + 1)(k + 1) others
    and itself: beyond the middle on either side it is out.
    """
    ranked = {(i,): plane for i, plane in enumerate(_sort(planes))}
    for step in (width, 1):
        shifts = (np.s_[: -2 * step], np.s_[step:-step], np.s_[2 * step :])
        ranked = {
            (*rank, i): moved
            for rank, plane in ranked.items()
            for i, moved in enumerate(_sort([plane[shift] for shift in shifts]))
        }
    size = (len(planes), 3, 3)
    middle = (np.prod(size) + 1) // 2
    return [
        plane
        for rank, plane in ranked.items()
        if np.prod(np.add(rank, 1)) <= middle and np.prod(np.subtract(size, rank)) <= middle
    ]


def _sort(planes):
    """One plane as it is, or three in rising order at each pixel."""
    if len(planes) == 1:
        return planes
    a, b, c = planes
    a, b = np.minimum(a, b), np.maximum(a, b)
    b, c = np.minimum(b, c), np.maximum(b, c)
    return np.minimum(a, b), np.maximum(a, b), c


def _median_of(planes):
    """Forgetful selection: of a few more than half, the extremes can't be the median."""
    count = len(planes) // 2 + 2
    kept, rest = planes[:count], planes[count:]
    while len(kept) > 1:
        kept = _without_extremes(kept)
        if rest:
            kept.append(rest.pop())
    return kept[0]


def _without_extremes(planes):
    """All but the smallest and the largest at each pixel, in no order; overwrites `planes`."""
    half = len(planes) // 2
    low, high = planes[:half], planes[-half:]
    for a, b in zip(low, high, strict=True):
        _order(a, b)
    for plane in low[1:]:
        _order(low[0], plane)
    if len(planes) % 2:
        high.append(np.maximum(low[0], planes[half], out=planes[half]))
    for plane in high[1:]:
        _order(plane, high[0])
    return low[1:] + high[1:]


def _order(a, b):
    """Put the smaller values into `a` and the larger into `b`."""
    smaller = np.minimum(a, b)
    np.maximum(a, b, out=b)
    a[...] = smaller
