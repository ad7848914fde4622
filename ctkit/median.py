"""The median of 3 x 3 (x 3) voxels by a selection network over whole planes.

No voxel is looked at alone: `numpy.minimum` and `numpy.maximum` compare whole planes,
which keeps int16 and is many times faster than a sort at each voxel.
"""

from itertools import product

import numpy as np

from .parallel import for_each

_ROWS = 256  # at a time, so that the planes of the network stay in the cache


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
    starts = range(0, array.shape[1], _ROWS)

    def work(place):
        k, row = place
        slices = [max(k - 1, 0), k, min(k + 1, len(array) - 1)] if 0 in axes else [k]
        stop = min(row + _ROWS, array.shape[1])
        rows = np.clip(np.arange(row - 1, stop + 1), 0, array.shape[1] - 1)
        planes = [np.pad(array[i][rows], ((0, 0), (1, 1)), mode="edge") for i in slices]
        result[k, row:stop] = _median_of(_candidates(planes))

    for_each(work, product(range(len(array)), starts))
    return result


def _candidates(planes):
    """Sort along slices, rows and columns in turn, and keep what can be the median.

    Afterwards the value of rank (i, j, k) is no smaller than (i + 1)(j + 1)(k + 1) others
    and itself: beyond the middle on either side it is out.
    """
    ranked = {(i,): plane for i, plane in enumerate(_sort(planes))}
    for shifts in (
        [np.s_[:-2, :], np.s_[1:-1, :], np.s_[2:, :]],
        [np.s_[:, :-2], np.s_[:, 1:-1], np.s_[:, 2:]],
    ):
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
    """All but the smallest and the largest at each pixel, in no order."""
    half = len(planes) // 2
    pairs = list(zip(planes[:half], planes[-half:], strict=True))
    low = [np.minimum(a, b) for a, b in pairs]
    high = [np.maximum(a, b) for a, b in pairs] + planes[half:-half]
    smallest, rest = low[0], []
    for plane in low[1:]:
        rest.append(np.maximum(smallest, plane))
        smallest = np.minimum(smallest, plane)
    if len(planes) % 2:
        high[-1] = np.maximum(smallest, high[-1])
    largest = high[0]
    for plane in high[1:]:
        rest.append(np.minimum(largest, plane))
        largest = np.maximum(largest, plane)
    return rest
