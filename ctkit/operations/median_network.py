"""The median of 3 x 3 (x 3) voxels by a selection network over whole planes.

A network compares pairs in an order that is fixed beforehand, whatever the values are. So no
voxel is looked at alone: each comparison is one `numpy.minimum` and one `numpy.maximum` of two
whole planes, which keeps int16 and is many times faster than a sort at each voxel.

For 3 x 3, each letter being a whole plane, shifted by a row or a column::

    sorted down each column       the same in each row           what is left holds the median

    a  b  c     a <= d <= g       a  b  c  smallest of columns   largest of (a, b, c)  --+
    d  e  f     b <= e <= h       d  e  f  middles               median of (d, e, f)   --+-- median
    g  h  i     c <= f <= i       g  h  i  largest               smallest of (g, h, i) --+

The first step pays three times over: a column that is sorted for one voxel serves its two
neighbours too, as the same plane read one place further on. With it done, 14 minima and maxima
are left.

For 3 x 3 x 3 a column is 3 x 3 values, sorted along the slices and then along the rows. Of the 27
values 19 can then be the median, and the network forgets the others, two at a time. Of the 19 it
holds two more than half, because the smallest and the largest of those can't be the median::

    held       o o o o o o o o o o o    waiting  + + + + + + + +
    forget     x o o o o o o o o o x             + + + + + + + +
    take one     o o o o o o o o o +             + + + + + + +
    forget       x o o o o o o o o x             + + + + + + +
    take one       o o o o o o o o +             + + + + + +
    ...
    one is left          o

That takes 140 minima and maxima in all.

Which planes have to be compared is worked out once, for all inputs of zeros and ones at the same
time: each plane is then an integer whose bits are those inputs, ``&`` is the minimum and ``|`` the
maximum. A network that is right for these is right for all numbers (Knuth, The Art of Computer
Programming 3, 5.3.4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations_with_replacement, product
from typing import TypeAlias

import numpy as np

from ..threads import for_each

# A comparison: function, first, second, target; the last three are numbers of slots, or bits.
Step: TypeAlias = tuple[Callable, int, int, int]
# How each set of bits was made: function, first, second; a source has None.
Made: TypeAlias = dict[int, tuple[Callable, int, int] | None]

# At a time: large, as two threads take turns between comparisons; small, for the cache.
_VOXELS, _SLICES = 1 << 17, 8


def median_of_3(array: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
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

    def work(place: tuple[int, int]) -> None:
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


def _filter(flat: np.ndarray, width: int, planes: int, target: np.ndarray) -> None:
    """Medians of flat padded slices into `target`."""
    steps, count = _network(planes)
    slots = np.empty((count, target.shape[1] * width), flat.dtype)
    used = [slot[:-2] for slot in slots]
    for k, picture in enumerate(target):
        sources = [
            plane[shift : len(plane) - 2 + shift]
            for low in _sort(list(flat[k : k + planes]))
            for plane in _sort([low[: -2 * width], low[width:-width], low[2 * width :]])
            for shift in range(3)
        ]
        everything = used + sources
        for function, a, b, into in steps:
            function(everything[a], everything[b], out=everything[into])
        picture[:] = slots[into].reshape(-1, width)[:, :-2]


def _sort(planes: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
    """One plane as it is, or three in rising order at each pixel."""
    if len(planes) == 1:
        return planes
    a, b, c = planes
    a, b = np.minimum(a, b), np.maximum(a, b)
    b, c = np.minimum(b, c), np.maximum(b, c)
    return np.minimum(a, b), np.maximum(a, b), c


@cache
def _network(planes: int) -> tuple[list[Step], int]:
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
    made: Made = dict.fromkeys(sources)
    median = _select(sources, made)
    return _in_slots(sources, made, median)


def _select(sources: list[int], made: Made) -> int:
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


def _compare(a: int, b: int, made: Made) -> tuple[int, int]:
    """The smaller and the larger; how each was made is noted, unless it was there."""
    made.setdefault(a & b, (np.minimum, a, b))
    made.setdefault(a | b, (np.maximum, a, b))
    return a & b, a | b


def _sorted_bits(three: list[int], made: Made) -> tuple[int, int, int]:
    a, b, c = three
    a, b = _compare(a, b, made)
    b, c = _compare(b, c, made)
    return *_compare(a, b, made), c


def _without_extreme(kept: list[int], side: int, made: Made) -> list[int]:
    """All but the smallest (side 0) or largest (1), found among those not known to be beyond."""
    ends = [x for x in kept if not any((x & y, x | y)[side] == y != x for y in kept)]
    others = [x for x in kept if x not in ends]
    while len(ends) > 1:
        pairs = [_compare(a, b, made) for a, b in zip(ends[::2], ends[1::2], strict=False)]
        others += [pair[1 - side] for pair in pairs]
        ends = [pair[side] for pair in pairs] + ends[2 * len(pairs) :]
    return others


def _in_slots(sources: list[int], made: Made, median: int) -> tuple[list[Step], int]:
    """Only what the median needs, with each slot used again once its plane is done with."""
    needed = {median}
    for bits in reversed(made):
        if bits in needed and (how := made[bits]):
            needed.update(how[1:])
    order = {bits: how for bits, how in made.items() if bits in needed and how}
    last = {source: bits for bits, how in order.items() for source in how[1:]}
    place = {bits: -len(sources) + i for i, bits in enumerate(sources)}
    free: list[int] = []
    steps: list[Step] = []
    for bits, (function, a, b) in order.items():
        free += [place[x] for x in (a, b) if last[x] == bits and place[x] >= 0]
        count = 1 + max([-1, *place.values(), *free])
        into = place[bits] = free.pop() if free else count
        steps.append((function, place[a], place[b], into))
    return steps, 1 + max(place.values())
