"""The median of 3 x 3 (x 3) voxels by a selection network over whole planes.

No voxel is looked at alone: `numpy.minimum` and `numpy.maximum` compare whole planes,
which keeps int16 and is many times faster than a sort at each voxel. Which planes to compare is
worked out with all inputs of zeros and ones at once, as bits of an integer: ``&`` is then the
minimum and ``|`` the maximum, and a network that is right for these is right for all numbers
(Knuth, The Art of Computer Programming 3, 5.3.4).
"""

from functools import cache
from itertools import combinations_with_replacement, product

import numpy as np

from ..threads import for_each

# At a time: large, as two threads take turns between comparisons; small, for the cache.
_VOXELS, _SLICES = 1 << 17, 8


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
    planes, width = 3 if 0 in axes else 1, array.shape[2] + 2
    rows = max(1, _VOXELS // width)

    def work(place):
        target = result[place[0] : place[0] + _SLICES, place[1] : place[1] + rows]
        around = [
            np.clip(np.arange(start - size // 2, start + count + size // 2), 0, limit - 1)
            for start, count, size, limit in zip(
                place, target.shape[:2], (planes, 3), array.shape[:2], strict=True
            )
        ]
        padded = np.pad(array[np.ix_(*around)], ((0, 0), (0, 0), (1, 1)), mode="edge")
        # Flat, as shifted rows of a flat plane lie in one piece: that is twice as fast.
        _filter(padded.reshape(len(padded), -1), width, planes, target)

    for_each(work, product(range(0, len(array), _SLICES), range(0, array.shape[1], rows)))
    return result


def _filter(flat, width, planes, target):
    """Medians of flat padded slices into `target`."""
    steps, count = _network(planes)
    slots = np.empty((count, target.shape[1] * width), flat.dtype)
    used = [slot[:-2] for slot in slots]
    for k, picture in enumerate(target):
        sources = [
            plane[shift : len(plane) - 2 + shift]
            for low in _sort(flat[k : k + planes])
            for plane in _sort([low[: -2 * width], low[width:-width], low[2 * width :]])
            for shift in range(3)
        ]
        everything = used + sources
        for function, a, b, into in steps:
            function(everything[a], everything[b], out=everything[into])
        picture[:] = slots[into].reshape(-1, width)[:, :-2]


def _sort(planes):
    """One plane as it is, or three in rising order at each pixel."""
    if len(planes) == 1:
        return planes
    a, b, c = planes
    a, b = np.minimum(a, b), np.maximum(a, b)
    b, c = np.minimum(b, c), np.maximum(b, c)
    return np.minimum(a, b), np.maximum(a, b), c


@cache
def _network(planes):
    """The median of three columns of `planes` x 3 values, each column sorted both ways.

    Returns
    -------
    steps : list of (function, first, second, target); the last target is the median
    count : int
        Slots 0 to `count` - 1 are written to; behind them are the sources, by plane, row and
        column.
    """
    # A sorted column of zeros and ones: so many ones in each plane.
    columns = combinations_with_replacement(range(4), planes)
    cases = list(product(columns, repeat=3))
    sources = [
        sum(1 << i for i, ones in enumerate(cases) if row + ones[column][plane] >= 3)
        for plane, row, column in product(range(planes), range(3), range(3))
    ]
    made = dict.fromkeys(sources)
    median = _select(sources, made)
    return _in_slots(sources, made, median)


def _select(sources, made):
    """Forgetful selection: of a few more than half, the extremes can't be the median."""
    three = [_sorted_bits(sources[i : i + 3], made) for i in range(0, len(sources), 3)]
    ranked = [bits for part in three for bits in part]
    half = len(ranked) // 2 + 1
    able = [
        x
        for x in ranked
        if max(sum(x & y == x for y in ranked), sum(x & y == y for y in ranked)) <= half
    ]
    kept, rest = able[: len(able) // 2 + 2], able[len(able) // 2 + 2 :]
    while len(kept) > 1:
        for side in (0, 1):
            kept = _without_extreme(kept, side, made)
        kept += rest[:1]
        rest = rest[1:]
    return kept[0]


def _compare(a, b, made):
    """The smaller and the larger; how each was made is noted, unless it was there."""
    made.setdefault(a & b, (np.minimum, a, b))
    made.setdefault(a | b, (np.maximum, a, b))
    return a & b, a | b


def _sorted_bits(three, made):
    a, b, c = three
    a, b = _compare(a, b, made)
    b, c = _compare(b, c, made)
    return *_compare(a, b, made), c


def _without_extreme(kept, side, made):
    """All but the smallest (side 0) or largest (1), found among those not known to be beyond."""
    ends = [x for x in kept if not any((x & y, x | y)[side] == y != x for y in kept)]
    others = [x for x in kept if x not in ends]
    while len(ends) > 1:
        pairs = [_compare(a, b, made) for a, b in zip(ends[::2], ends[1::2], strict=False)]
        others += [pair[1 - side] for pair in pairs]
        ends = [pair[side] for pair in pairs] + ends[2 * len(pairs) :]
    return others


def _in_slots(sources, made, median):
    """Only what the median needs, with each slot used again once its plane is done with."""
    needed = {median}
    for bits in reversed(made):
        if bits in needed and made[bits]:
            needed.update(made[bits][1:])
    order = [bits for bits in made if bits in needed and made[bits]]
    last = {source: bits for bits in order for source in made[bits][1:]}
    place, free, steps = {bits: -len(sources) + i for i, bits in enumerate(sources)}, [], []
    for bits in order:
        function, a, b = made[bits]
        free += [place[x] for x in (a, b) if last[x] == bits and place[x] >= 0]
        count = 1 + max([-1, *place.values(), *free])
        into = place[bits] = free.pop() if free else count
        steps.append((function, place[a], place[b], into))
    return steps, 1 + max(place.values())
